package access

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/figgosync/figgosync/internal/settings"
)

// maxCode bounds the code of an identity provider. Entra ID's have about 2000
// characters.
const maxCode = 8 << 10

// SignInOIDC is GET /sign-in/oidc?next=PATH: it sends the browser to the identity
// provider. Pages lead to it by a link: the redirect of a form would be stopped by
// the pages' form-action.
func (g *Gate) SignInOIDC(w http.ResponseWriter, r *http.Request) {
	next := LocalPath(r.URL.Query().Get("next"))
	switch {
	case !g.isGet(w, r):
		return
	case fromElsewhere(r):
		// A link from another site leads to the button; an image of one to nothing
		// that counts.
		http.Redirect(w, r, signInPage("", next), http.StatusSeeOther)
		return
	case !g.countBegin(r):
		g.markBrowser(w, r) // the next try is this browser's own
		g.tooMany(w, r)
		return
	case g.provider == nil:
		toSignIn(w, r, ReasonOff, next)
		return
	}
	found, err := g.provider.discovered(r.Context())
	if err != nil {
		g.config.Log.WarnContext(r.Context(), "access: the identity provider does not answer as one",
			"cause", cause(err))
		toSignIn(w, r, ReasonUnavailable, next)
		return
	}
	g.removeExpired(r.Context())
	f, err := g.startFlow(w, r, next)
	if err != nil {
		g.trouble(w, r, "begin a sign-in", err)
		return
	}
	http.Redirect(w, r, found.authURL(f), http.StatusSeeOther)
}

// FinishOIDC is GET /sign-in/oidc/callback, to which the identity provider sends
// the browser back. Every outcome but success is a redirect to the sign-in page
// with a Reason.
func (g *Gate) FinishOIDC(w http.ResponseWriter, r *http.Request) {
	switch {
	case !g.isGet(w, r):
		return
	case g.provider == nil:
		g.stray(w, r, ReasonOff)
		return
	}
	query := r.URL.Query()
	f := flow{state: query.Get("state"), browser: g.flowBrowser(r)}
	next, err := g.finishFlow(r.Context(), f)
	switch {
	case errors.Is(err, errFlow):
		g.stray(w, r, ReasonExpired)
		return
	case err != nil:
		g.trouble(w, r, "finish a sign-in", err)
		return
	}
	if code := query.Get("error"); code != "" {
		g.refuseCode(w, r, code, next)
		return
	}
	g.finish(w, r, f, next)
}

// stray answers a callback of no sign-in that is under way. Nothing of it is ours:
// no line in the audit log, which anybody could fill.
func (g *Gate) stray(w http.ResponseWriter, r *http.Request, reason Reason) {
	if _, within := g.Failed(r, "oidc"); !within {
		g.tooMany(w, r)
		return
	}
	g.config.Log.WarnContext(r.Context(), "access: a sign-in was refused", "reason", reason)
	toSignIn(w, r, reason, "")
}

// finish lets in who has a role.
func (g *Gate) finish(w http.ResponseWriter, r *http.Request, f flow, next string) {
	query := r.URL.Query()
	found, err := g.provider.discovered(r.Context())
	if err != nil {
		g.refuseSignIn(w, r, settings.Author{}, ReasonUnavailable, next, "discovery", cause(err))
		return
	}
	// RFC 9207: the answer of another provider must not pass for this one's.
	if issuer := query.Get("iss"); issuer != "" && issuer != g.provider.config.Issuer ||
		len(query.Get("code")) > maxCode || query.Get("code") == "" {
		g.refuseSignIn(w, r, settings.Author{}, ReasonFailed, next, "answer", "issuer-or-code")
		return
	}
	who, err := g.provider.identify(r.Context(), found, f, query.Get("code"))
	if err != nil {
		g.refuseError(w, r, err, next)
		return
	}
	p := Principal{ID: "person:" + who.subject, Name: nameOf(who.claims), Person: true}
	role, reason := g.provider.config.roleOf(who.claims)
	if reason != "" {
		g.refuseSignIn(w, r, p.Author(), reason, next, "roles", "")
		return
	}
	p.Role = role
	g.welcome(w, r, arrival{Principal: p, way: wayOIDC, claims: g.provider.config.kept(who.claims),
		refresh: who.refresh}, next)
}

// welcome starts the session and leads on.
func (g *Gate) welcome(w http.ResponseWriter, r *http.Request, who arrival, next string) {
	if err := g.begin(w, r, who); err != nil {
		g.trouble(w, r, "begin a session", err)
		return
	}
	g.noteSession(r, who.Author(), settings.ActionSignedIn, who.way,
		settings.FieldChange{Field: "role", To: string(who.Role)})
	g.config.Log.InfoContext(r.Context(), "access: signed in", "way", who.way, "role", who.Role)
	g.removeExpired(r.Context())
	http.Redirect(w, r, LocalPath(next), http.StatusSeeOther)
}

// refuseCode is for the error codes of the provider (RFC 6749, 4.1.2.1).
func (g *Gate) refuseCode(w http.ResponseWriter, r *http.Request, code, next string) {
	reason := ReasonFailed
	switch code {
	case "access_denied", "login_required", "interaction_required", "consent_required":
		reason = ReasonDenied
	case "temporarily_unavailable", "server_error":
		reason = ReasonUnavailable
	}
	if !oauthCode.MatchString(code) {
		code = "other"
	}
	g.refuseSignIn(w, r, settings.Author{}, reason, next, "provider", code)
}

func (g *Gate) refuseError(w http.ResponseWriter, r *http.Request, err error, next string) {
	stage, why := "exchange", err
	if at, ok := errors.AsType[stageError](err); ok {
		stage, why = at.stage, at.cause
	}
	reason := ReasonFailed
	if unreachable(why) {
		reason = ReasonUnavailable
	}
	g.refuseSignIn(w, r, settings.Author{}, reason, next, stage, cause(why))
}

// refuseSignIn notes the refusal of a sign-in that was begun here.
func (g *Gate) refuseSignIn(w http.ResponseWriter, r *http.Request, by settings.Author, reason Reason, next, stage,
	why string) {
	g.config.Log.WarnContext(r.Context(), "access: a sign-in was refused", "reason", reason, "stage", stage,
		"cause", why)
	g.noteRefusal(r, refusal{door: string(wayOIDC), reason: string(reason), by: by})
	toSignIn(w, r, reason, next)
}

// tooMany answers 429. Browsers go on to the sign-in page, which says so.
func (g *Gate) tooMany(w http.ResponseWriter, r *http.Request) {
	g.config.Log.WarnContext(r.Context(), "access: too many tries to sign in")
	w.Header().Set("Retry-After", strconv.Itoa(g.failures.clients.wait()))
	w.Header().Set("Refresh", "0; url="+signInPage(ReasonTooMany, ""))
	refuse(w, r, http.StatusTooManyRequests, "too-many-sign-ins")
}

func (g *Gate) isGet(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet {
		return true
	}
	w.Header().Set("Allow", http.MethodGet)
	refuse(w, r, http.StatusMethodNotAllowed, "method")
	return false
}
