package access

import (
	"net/http"
	"net/url"
	"time"

	"github.com/figgosync/figgosync/internal/settings"
)

// SignOut is POST /sign-out: it ends the session, on the server too, and leads to
// the sign-in page with ReasonSignedOut or ReasonSignedOutHere.
func (g *Gate) SignOut(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, r, http.StatusMethodNotAllowed, "method")
		return
	}
	ctx, err := g.load(r)
	if err != nil {
		g.trouble(w, r, "sign out", err)
		return
	}
	p, ok := g.person(ctx)
	by := way(g.sessions.GetString(ctx, sessionWay))
	if err := g.sessions.Destroy(ctx); err != nil {
		g.trouble(w, r, "sign out", err)
		return
	}
	g.sessions.WriteSessionCookie(ctx, w, "", time.Time{})
	noStore(w)
	if ok {
		g.noteSession(r, p.Author(), settings.ActionSignedOut, by)
		g.config.Log.InfoContext(r.Context(), "access: signed out", "way", by)
	}
	reason := ReasonSignedOut
	if by == wayOIDC && g.endSession(r) != "" {
		reason = ReasonSignedOutHere
	}
	toSignIn(w, r, reason, "")
}

// endSession is where the provider lets one sign out, "" for nowhere.
func (g *Gate) endSession(r *http.Request) string {
	if g.provider == nil {
		return ""
	}
	found, err := g.provider.discovered(r.Context())
	if err != nil {
		return ""
	}
	return found.endSession
}

// SignOutOIDC is GET /sign-out/oidc: it leads to the identity provider's own
// sign-out, and from there back to /sign-in
// (https://openid.net/specs/openid-connect-rpinitiated-1_0.html). The provider
// asks the person first: figgosync keeps no ID token to prove who wants it,
// which would be one more copy of a name and an address.
func (g *Gate) SignOutOIDC(w http.ResponseWriter, r *http.Request) {
	if !g.isGet(w, r) {
		return
	}
	u, err := url.Parse(g.endSession(r))
	if err != nil || u.Host == "" {
		toSignIn(w, r, ReasonSignedOut, "")
		return
	}
	query := u.Query()
	query.Set("client_id", g.provider.config.ClientID)
	query.Set("post_logout_redirect_uri", g.config.PublicURL+signInPath)
	u.RawQuery = query.Encode()
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
}
