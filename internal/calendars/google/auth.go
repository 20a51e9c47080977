package google

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/oauth2"
	oauth2google "golang.org/x/oauth2/google"
	"golang.org/x/oauth2/jwt"
	"golang.org/x/sync/singleflight"
	calendar "google.golang.org/api/calendar/v3"
	gmail "google.golang.org/api/gmail/v1"
	"google.golang.org/api/option"

	"github.com/figgosync/figgosync/internal/calendars"
)

// formerTokenURLs stand in key files handed out long ago. They serve the same
// keys as today's address, which replaces them.
var formerTokenURLs = []string{
	"https://accounts.google.com/o/oauth2/token",
	"https://www.googleapis.com/oauth2/v4/token",
}

var (
	errKeyFile = errors.New("key: not the key file of a service account")
	errAddress = errors.New("calendarUrl, gmailUrl or tokenUrl: address not allowed here")
)

// parseKey reads the key file and decides where assertions are sent. Its errors
// say nothing of what the file holds.
func parseKey(cfg Config) (*jwt.Config, error) {
	key, err := oauth2google.JWTConfigFromJSON(cfg.KeyJSON)
	if err != nil || key.Email == "" || !isRSAKey(key.PrivateKey) {
		return nil, &calendars.Blocked{
			Reason: calendars.CredentialsRejected, Scope: calendars.ScopeConnection, Code: "key-file", Err: errKeyFile,
		}
	}
	if cfg.TokenURL != "" {
		key.TokenURL = cfg.TokenURL
	}
	if key.TokenURL == "" || slices.Contains(formerTokenURLs, key.TokenURL) {
		key.TokenURL = oauth2google.JWTTokenURL
	}
	if key.TokenURL != oauth2google.JWTTokenURL && !(cfg.AllowInsecure && isAddress(key.TokenURL)) {
		return nil, unreachable("token-url", errAddress)
	}
	return key, nil
}

func isRSAKey(text []byte) bool {
	block, _ := pem.Decode(text)
	if block == nil {
		return false
	}
	if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		_, ok := key.(*rsa.PrivateKey)
		return ok
	}
	_, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	return err == nil
}

// checkURL demands the slash at the end: without it the client library
// takes the version for a file name and drops it.
func checkURL(code, address string, allowInsecure bool) error {
	secure := strings.HasPrefix(address, "https://") || allowInsecure
	if !secure || !isAddress(address) || !strings.HasSuffix(address, "/") {
		return unreachable(code, errAddress)
	}
	return nil
}

// isAddress tells whether text is an http(s) address with a host and a path only.
func isAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" &&
		u.User == nil && u.RawQuery == "" && !u.ForceQuery && u.Fragment == ""
}

// clients keeps one client for each employee we write for, least recently used
// first to go. They share one transport, so dropping one closes nothing.
type clients struct {
	process context.Context
	key     *jwt.Config
	cfg     Config
	scopes  *scopes
	base    http.RoundTripper
	cache   *lru.Cache[string, *client]
}

// client acts as one employee. Its services have tokens of their own: one that is not
// granted must not keep the other from working.
type client struct {
	events *calendar.EventsService
	// replies are the settings of their mail, made when they are needed first.
	replies func() (*gmail.UsersSettingsService, error)
}

func newClients(process context.Context, key *jwt.Config, cfg Config, base http.RoundTripper) (*clients, error) {
	cache, err := lru.New[string, *client](cfg.MaxClients)
	if err != nil {
		return nil, err
	}
	return &clients{process: process, key: key, cfg: cfg, scopes: newScopes(cfg.Scope), base: base, cache: cache}, nil
}

// of returns the employee's client, a new one when there is none.
func (c *clients) of(mailbox string) (*client, error) {
	id := mailboxID(mailbox)
	if known, ok := c.cache.Get(id); ok {
		return known, nil
	}
	fresh, err := c.open(mailbox)
	if err != nil {
		return nil, err
	}
	if known, ok, _ := c.cache.PeekOrAdd(id, fresh); ok {
		return known, nil
	}
	return fresh, nil
}

// drop forgets the client with its token, unless somebody replaced it already.
func (c *clients) drop(mailbox string, refused *client) {
	id := mailboxID(mailbox)
	if known, ok := c.cache.Peek(id); ok && known == refused {
		c.cache.Remove(id)
	}
}

func (c *clients) open(mailbox string) (*client, error) {
	key := *c.key
	key.Subject = strings.TrimSpace(mailbox)
	service, err := calendar.NewService(c.process, c.options(&key, c.scopes, bounded{c.base}, c.cfg.CalendarURL)...)
	if err != nil {
		return nil, unreachable("client", errAddress)
	}
	service.UserAgent = userAgent
	return &client{events: service.Events, replies: sync.OnceValues(func() (*gmail.UsersSettingsService, error) {
		return c.openReplies(&key)
	})}, nil
}

const userAgent = "figgosync"

func (c *clients) openReplies(key *jwt.Config) (*gmail.UsersSettingsService, error) {
	base := vacationOnly{bounded{c.base}}
	service, err := gmail.NewService(c.process, c.options(key, newScopes(ScopeReplies), base, c.cfg.GmailURL)...)
	if err != nil {
		return nil, unreachable("client", errAddress)
	}
	service.UserAgent = userAgent
	return service.Users.Settings, nil
}

// options are those of a service at address that is reached with a token for scopes.
func (c *clients) options(key *jwt.Config, scopes *scopes, base http.RoundTripper,
	address string) []option.ClientOption {
	return []option.ClientOption{
		option.WithHTTPClient(&http.Client{
			Transport: &authorized{
				base:   base,
				tokens: &tokens{process: c.process, key: key, scopes: scopes, base: c.base, timeout: c.cfg.Timeout},
			},
			CheckRedirect: refuseRedirect,
		}),
		option.WithEndpoint(address),
		// The library would log whole events when an environment variable says so.
		option.WithLogger(slog.New(slog.DiscardHandler)),
	}
}

// authorized adds the employee's access token to requests. Unlike the transport
// of package oauth2 it waits for a token no longer than the request may take.
type authorized struct {
	base   http.RoundTripper
	tokens *tokens
}

func (a *authorized) RoundTrip(request *http.Request) (*http.Response, error) {
	token, err := a.tokens.get(request.Context())
	if err != nil {
		if request.Body != nil {
			_ = request.Body.Close()
		}
		return nil, err
	}
	request = request.Clone(request.Context())
	token.SetAuthHeader(request)
	return a.base.RoundTrip(request)
}

// tokens gives one employee's access token, fetched once for all who wait.
// A fetch belongs to the process: who asked first may leave, the others get it.
type tokens struct {
	process context.Context
	key     *jwt.Config
	scopes  *scopes
	base    http.RoundTripper
	timeout time.Duration

	fetching singleflight.Group
	mu       sync.Mutex
	current  *oauth2.Token
}

// get returns a token with some seconds left, or the port's error, or ctx's.
func (t *tokens) get(ctx context.Context) (*oauth2.Token, error) {
	if token := t.known(); token.Valid() {
		return token, nil
	}
	arrival := t.fetching.DoChan("", func() (any, error) { return t.fetch() })
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case fetched := <-arrival:
		if fetched.Err != nil {
			return nil, fetched.Err
		}
		return fetched.Val.(*oauth2.Token), nil
	}
}

func (t *tokens) known() *oauth2.Token {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.current
}

func (t *tokens) fetch() (*oauth2.Token, error) {
	if token := t.known(); token.Valid() {
		return token, nil // arrived between our look and our turn
	}
	ctx, cancel := context.WithTimeout(t.process, t.timeout)
	defer cancel()
	token, err := t.request(ctx)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.current = token
	return token, nil
}

// request asks for a token with the scope that is granted. When none is, the error
// is the one of the scope that comes first.
func (t *tokens) request(ctx context.Context) (*oauth2.Token, error) {
	var first error
	for _, scope := range t.scopes.inOrder() {
		token, err := t.requestFor(ctx, scope)
		switch {
		case err == nil:
			t.scopes.granted(scope)
			return token, nil
		case first == nil:
			first = err
		}
		if !isNotGranted(err) {
			return nil, err
		}
	}
	return nil, first
}

func (t *tokens) requestFor(ctx context.Context, scope string) (*oauth2.Token, error) {
	key := *t.key
	key.Scopes = []string{scope}
	wire := &recorder{ctx: ctx, base: t.base}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: wire, CheckRedirect: refuseRedirect})
	token, err := key.TokenSource(ctx).Token()
	switch {
	case err != nil:
		return nil, tokenError(err, wire.err)
	case token.AccessToken == "":
		return nil, &calendars.Temporary{Code: "token-answer", Err: errUnexpectedAnswer}
	}
	return token, nil
}

// recorder keeps the error of a token request, which package oauth2 turns into
// mere text, and binds the request to ctx, which it forgets.
type recorder struct {
	ctx  context.Context
	base http.RoundTripper
	err  error
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	answer, err := r.base.RoundTrip(request.WithContext(r.ctx))
	r.err = err
	return answer, err
}
