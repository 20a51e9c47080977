package access

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/figgosync/figgosync/internal/settings"
)

// How long a session lasts: without use, and at most. OWASP recommends both
// (https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html#session-expiration).
// SessionUnasked is how long one lasts at most when the identity provider cannot be
// asked about the person meanwhile.
const (
	SessionIdle     = time.Hour
	SessionLifetime = 12 * time.Hour
	SessionUnasked  = time.Hour
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
	manager.Lifetime = SessionLifetime
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
	sessionID     = "id"
	sessionName   = "name"
	sessionRole   = "role"
	sessionWay    = "way"
	sessionClaims = "claims"
)

// way is how somebody signed in.
type way string

const (
	wayOIDC way = "oidc"
	wayLink way = "link"
)

// arrival is somebody who has just signed in.
type arrival struct {
	Principal
	way way
	// claims are those that gave the role, and refresh what the provider is asked
	// again with, "" for nothing; both only by single sign-on.
	claims  map[string]any
	refresh string
}

// life is how long the session lasts at most.
func (a arrival) life() time.Duration {
	if a.way == wayOIDC && a.refresh == "" {
		return SessionUnasked
	}
	return SessionLifetime
}

// load finds the session of the request's cookie, or an empty one.
func (g *Gate) load(r *http.Request) (context.Context, error) {
	ctx := r.Context()
	if byItself(r) {
		ctx = quietly(ctx)
	}
	return g.sessions.Load(ctx, g.sessionToken(r))
}

// sessionToken is what the browser has, "" for nothing.
func (g *Gate) sessionToken(r *http.Request) string {
	cookie, err := r.Cookie(g.sessions.Cookie.Name)
	if err != nil || len(cookie.Value) >= 100 {
		return ""
	}
	return cookie.Value
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
func (g *Gate) begin(w http.ResponseWriter, r *http.Request, who arrival) error {
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
	claims, err := json.Marshal(who.claims)
	if err != nil {
		return err
	}
	for key, value := range map[string]string{
		sessionID: who.ID, sessionName: who.Name, sessionRole: string(who.Role), sessionWay: string(who.way),
		sessionClaims: string(claims),
	} {
		g.sessions.Put(ctx, key, value)
	}
	record := sessionRecord{id: newID(), arrival: who, network: coarseNet(r, g.config.TrustedProxies)}
	token, expiry, err := g.sessions.Commit(context.WithValue(ctx, recordKey{}, record))
	if err != nil {
		return err
	}
	if err := g.keepRefresh(ctx, token, who.refresh); err != nil {
		return err
	}
	g.sessions.WriteSessionCookie(ctx, w, token, expiry)
	noStore(w)
	return nil
}

// Session is what is known of a session: all but what opens it.
type Session struct {
	ID     string          `json:"id"`
	Person settings.Author `json:"person"`
	Role   Role            `json:"role"`
	// Way is how they signed in, "oidc" or "link", and Network where they did.
	Way     string `json:"way" enum:"oidc,link"`
	Network string `json:"network" doc:"Where they signed in: /24 of an IPv4 address, /48 of an IPv6 one."`
	// StartedAt, LastUsed and Ends are UTC; LastUsed is up to a minute old. Without
	// use the session ends before Ends, after SessionIdle.
	StartedAt time.Time `json:"startedAt"`
	LastUsed  time.Time `json:"lastUsed" doc:"Up to a minute old."`
	Ends      time.Time `json:"ends" doc:"At the latest; sooner without use."`
}

// Sessions lists those that are open, the newest first.
func (g *Gate) Sessions(ctx context.Context) ([]Session, error) {
	if g.config.DB == nil {
		return []Session{}, nil
	}
	return g.tables.sessions(ctx)
}

// EndSession ends one session, at once and in every process. It returns
// settings.ErrNotFound, wrapped, where there is none with the id.
func (g *Gate) EndSession(ctx context.Context, by Principal, id string) error {
	ended, err := g.tables.endSession(ctx, id)
	if err != nil {
		return err
	}
	g.note(ctx, settings.Change{
		By: by.Author(), Action: settings.ActionRemoved, Kind: settings.KindSession, Name: ended.Way,
		Fields: []settings.FieldChange{{Field: "person", From: ended.Person.ID}},
	})
	g.config.Log.InfoContext(ctx, "access: a session was ended", "session", id, "by", by.logged())
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
