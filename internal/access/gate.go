package access

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/settings"
)

// Auditor takes lines of the audit log. A settings.Editor is one.
type Auditor interface {
	Note(ctx context.Context, change settings.Change) error
}

// Config is what a Gate needs.
type Config struct {
	// DB holds sessions, sign-ins under way, sign-in links and API tokens. Without
	// one, nil, the gate knows tokens from the environment and nobody else.
	DB *database.DB
	// Audit is told who signed in and out, who was refused, and of API tokens;
	// nil tells nobody.
	Audit Auditor
	// OIDC is the single sign-on; nil is none.
	OIDC *OIDC
	// PublicURL is where browsers find figgosync: scheme and host, such as
	// "https://figgosync.example.com". Cookies are Secure when it is https. It is
	// required with OIDC; "" stands for plain http under any name.
	PublicURL string
	// TrustedProxies are the addresses whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// TokensOnly are paths, with all below them, where sessions do not count and
	// pages of other sites may send requests, because only a token opens them:
	// "/codec".
	TokensOnly []string
	// Log is required.
	Log *slog.Logger
	// RecheckStreams is how often a stream of events asks whether whoever opened it
	// may still look; 0 is every 10 s.
	RecheckStreams time.Duration
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Gate is the door of the HTTP side. It is safe for concurrent use.
type Gate struct {
	config   Config
	secure   bool // the pages are https
	headers  map[string]string
	crossing *http.CrossOriginProtection
	sessions *scs.SessionManager
	tables   tables
	provider *provider // nil: no single sign-on
	begun    begun     // sign-ins that begin
	failures failures  // wrong secrets
	streams  streams
	refused  refusals // for the audit log
	fixed    fixedTokens
	purge    throttle
}

// New returns a gate. It asks nobody: figgosync starts while the identity
// provider is down. Errors say what is wrong with the configuration and hold no
// secret.
func New(config Config) (*Gate, error) {
	switch {
	case config.Log == nil:
		return nil, errors.New("access: Config needs Log")
	case config.DB == nil && config.OIDC != nil:
		return nil, errors.New("access: Config needs DB and Log: single sign-on keeps in a database who is signed in")
	}
	config.RecheckStreams = cmp.Or(config.RecheckStreams, recheckStreams)
	if config.Now == nil {
		config.Now = time.Now
	}
	origin, err := originOf(config.PublicURL)
	if err != nil {
		return nil, err
	}
	config.PublicURL = origin
	g := &Gate{
		config: config, secure: strings.HasPrefix(origin, "https://"),
		tables:   tables{db: config.DB, now: config.Now},
		begun:    begun{newLimiter(perClient), newLimiter(perBrowser), newLimiter(perNetwork)},
		failures: newFailures(),
	}
	g.refused.take = g.takeRefusal
	g.headers = headers(g.secure)
	g.sessions = g.newSessions()
	if g.crossing, err = crossings(origin, config.TokensOnly); err != nil {
		return nil, err
	}
	if config.OIDC != nil {
		g.provider, err = newProvider(*config.OIDC, origin, config.Now)
	}
	return g, err
}

// originOf checks the public address and drops a slash at its end.
func originOf(address string) (string, error) {
	if address == "" {
		return "", nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Trim(u.Path, "/") != "" ||
		u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("access: the public address must be like https://figgosync.example.com, without a path")
	}
	return u.Scheme + "://" + u.Host, nil
}

// HasOIDC tells whether there is a single sign-on.
func (g *Gate) HasOIDC() bool { return g.provider != nil }

// OIDCName is what the button of the single sign-on shows; "" without one.
func (g *Gate) OIDCName() string {
	if g.provider == nil {
		return ""
	}
	return g.provider.config.Name
}

// trouble tells a browser or a program that figgosync's own database does not
// answer. It must not look like a missing sign-in: that would send people and
// programs away to sign in again.
func (g *Gate) trouble(w http.ResponseWriter, r *http.Request, what string, err error) {
	if r.Context().Err() == nil {
		g.config.Log.ErrorContext(r.Context(), "access: the database did not answer", "doing", what, "error", err)
	}
	w.Header().Set("Retry-After", "5")
	refuse(w, r, http.StatusServiceUnavailable, "database-unavailable")
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("access: %s: %w", doing, err)
}
