package access

import (
	"context"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
)

// How long a session lasts: without use, and at most. OWASP recommends both
// (https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html#session-expiration).
const (
	SessionIdle = time.Hour
	SessionLife = 12 * time.Hour
)

// cookieName is that of the session's cookie. Browsers take one with the prefix
// __Host- only over https, for the whole host and from this host alone
// (https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes):
// a neighbour of the same domain cannot plant one.
const (
	cookieName   = "figgosync"
	securePrefix = "__Host-"
)

func (g *Gate) cookieName(name string) string {
	if g.secure {
		return securePrefix + name
	}
	return name
}

// newSessions is the library's manager without its middleware: that would wrap
// every answer, live ones too, and write the session back after each request,
// which would bring back one that another request has just ended. Here a session
// is written once, at sign-in; the store alone moves its expiry.
func (g *Gate) newSessions() *scs.SessionManager {
	manager := scs.New()
	manager.Lifetime = SessionLife
	manager.Store = sessionStore{g.tables}
	manager.Cookie.Name = g.cookieName(cookieName)
	manager.Cookie.Secure = g.secure
	manager.Cookie.HttpOnly = true
	manager.Cookie.SameSite = http.SameSiteLaxMode
	manager.Cookie.Path = "/"
	manager.Cookie.Persist = false // the cookie ends with the browser, the session by the server's clock
	return manager
}

// The values of a session.
const (
	sessionID   = "id"
	sessionName = "name"
	sessionRole = "role"
	sessionWay  = "way"
)

// way is how somebody signed in.
type way string

const (
	wayOIDC way = "oidc"
	wayLink way = "link"
)

// load finds the session of the request's cookie, or an empty one.
func (g *Gate) load(r *http.Request) (context.Context, error) {
	token := ""
	if cookie, err := r.Cookie(g.sessions.Cookie.Name); err == nil && len(cookie.Value) < 100 {
		token = cookie.Value
	}
	return g.sessions.Load(r.Context(), token)
}

// person is who signed in; false for an empty session.
func (g *Gate) person(ctx context.Context) (Principal, bool) {
	p := Principal{
		ID: g.sessions.GetString(ctx, sessionID), Name: g.sessions.GetString(ctx, sessionName),
		Role: Role(g.sessions.GetString(ctx, sessionRole)), Person: true,
	}
	return p, p.ID != "" && p.Role.known()
}

// begin starts a session for somebody. Whatever session the browser had ends: a
// token from before the sign-in may be known to somebody else.
func (g *Gate) begin(w http.ResponseWriter, r *http.Request, p Principal, by way) error {
	ctx, err := g.load(r)
	if err != nil {
		return err
	}
	if err := g.sessions.RenewToken(ctx); err != nil {
		return err
	}
	if err := g.sessions.Clear(ctx); err != nil {
		return err
	}
	for key, value := range map[string]string{sessionID: p.ID, sessionName: p.Name, sessionRole: string(p.Role), sessionWay: string(by)} {
		g.sessions.Put(ctx, key, value)
	}
	token, expiry, err := g.sessions.Commit(ctx)
	if err != nil {
		return err
	}
	g.sessions.WriteSessionCookie(ctx, w, token, expiry)
	noStore(w)
	return nil
}

// EndSessions ends the sessions of everybody, at once and in every process, for
// when roles were taken away at the identity provider. It returns how many there
// were.
func (g *Gate) EndSessions(ctx context.Context) (int64, error) {
	result, err := g.config.DB.ExecContext(ctx, "DELETE FROM access_sessions")
	if err != nil {
		return 0, wrap("end all sessions", err)
	}
	count, err := result.RowsAffected()
	return count, wrap("end all sessions", err)
}
