package figgo

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

const (
	// APIVersion is the version of Lucca's API we were written against. Every
	// call must name one
	// (https://developers.lucca.fr/documentation/using-api/versioning).
	APIVersion = "2024-11-01"
	// Scopes are what the integration key needs.
	Scopes = "employees.readonly job-positions.readonly business-establishments.readonly"
	// LeaveScopes are what it needs to read leaves too, for initializations.
	LeaveScopes = Scopes + " leaves.readonly"
	// WebhookScopes are what it needs to create webhook endpoints.
	WebhookScopes = "webhook-endpoints.readwrite"
	// DefaultTokenURL is the one token endpoint of all Lucca accounts.
	DefaultTokenURL = "https://accounts.world.luccasoftware.com/connect/token"
)

// ClientConfig says how to reach one Lucca account.
type ClientConfig struct {
	// Host is the account's base address, such as https://acme.ilucca.net.
	Host string
	// TokenURL is DefaultTokenURL when empty.
	TokenURL     string
	ClientID     string
	ClientSecret string
	// HTTPClient is a new one when nil. Its redirect rule is replaced: a
	// redirect would carry our token elsewhere.
	HTTPClient *http.Client
	// AllowInsecure lets Host and TokenURL be http, for tests and the sandbox.
	AllowInsecure bool
	UserAgent     string
	// Throttle is a new one when nil. Clients of one Lucca account, one after the
	// other or of both generations, should share one: the limit is the account's.
	Throttle *Throttle
	// Now is time.Now when nil.
	Now func() time.Time
}

// Client reads employees and leaves from Lucca's v5 API with an integration key
// (OAuth 2 client credentials; Scopes, and LeaveScopes for Leaves). It stays under Lucca's limit of calls by itself:
// keep one per Lucca account. It is safe for concurrent use. Every call to Lucca
// obeys ctx and takes 6 seconds at most, not counting the wait for its turn. Its
// errors are *APIError, or wrap ErrNoEmployee or ErrNoLegalEntity.
type Client struct {
	base    *url.URL
	invalid error
	calls   caller
	// tokens are for look-ups, leaveTokens for reading leaves, webhookTokens for
	// webhook endpoints: a key without one of the rights still has the others.
	tokens, leaveTokens, webhookTokens *tokens
	zones                              *lru.Cache[string, zone]
	// listed is when the list of all zones was read last, in Unix seconds.
	listed atomic.Int64
	now    func() time.Time
}

// NewClient returns a client. A configuration that cannot work is told by every
// call, as a permanent APIError with CodeConfiguration.
func NewClient(cfg ClientConfig) *Client {
	if cfg.TokenURL == "" {
		cfg.TokenURL = DefaultTokenURL
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	calls := newCaller(cfg.HTTPClient, cfg.Throttle, cfg.UserAgent, cfg.Now)
	c := &Client{calls: calls, now: cfg.Now}
	c.base, c.invalid = endpoint("host", cfg.Host, cfg.AllowInsecure)
	_, tokenErr := endpoint("token URL", cfg.TokenURL, cfg.AllowInsecure)
	if c.invalid = errors.Join(c.invalid, tokenErr); c.invalid == nil &&
		(cfg.ClientID == "" || cfg.ClientSecret == "") {
		c.invalid = errors.New("client id and client secret are both needed")
	}
	c.tokens = newTokens(cfg, Scopes, calls.http)
	c.leaveTokens = newTokens(cfg, LeaveScopes, calls.http)
	c.webhookTokens = newTokens(cfg, WebhookScopes, calls.http)
	c.zones, _ = lru.New[string, zone](maxZones) // fails for sizes below 1 only
	return c
}

// endpoint reads a base address.
func endpoint(what, address string, allowInsecure bool) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "":
		return nil, errors.New("the " + what + " is not an address such as https://acme.ilucca.net")
	case u.Scheme != "https" && (u.Scheme != "http" || !allowInsecure):
		return nil, errors.New("the " + what + " must be https")
	}
	// So that a path joined to it begins as the one of a link does.
	u.Path = strings.TrimRight(u.Path, "/") + "/"
	return u, nil
}

// get asks for a resource, as a look-up does.
func (c *Client) get(ctx context.Context, query url.Values, path ...string) ([]byte, error) {
	return c.fetch(ctx, c.tokens, lookups, query, path...)
}

// fetch asks for a resource.
func (c *Client) fetch(ctx context.Context, tokens *tokens, kind kindOfCall, query url.Values,
	path ...string) ([]byte, error) {
	address := c.addressOf(path...)
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return c.do(ctx, tokens, callTo{method: http.MethodGet, resource: path[0], address: address, want: http.StatusOK,
		kind: kind})
}

// do makes a call. A token that Lucca no longer takes is renewed once: what was
// refused was not done.
func (c *Client) do(ctx context.Context, tokens *tokens, call callTo) ([]byte, error) {
	if c.invalid != nil {
		return nil, &APIError{Resource: call.resource, Code: CodeConfiguration, Err: c.invalid}
	}
	body, token, err := c.attempt(ctx, tokens, call)
	if apiErr, ok := errors.AsType[*APIError](err); ok && token != "" && apiErr.Status == http.StatusUnauthorized {
		tokens.drop(token)
		body, _, err = c.attempt(ctx, tokens, call)
	}
	return body, err
}

// address is where a resource is.
func (c *Client) address(path ...string) *url.URL {
	return c.base.JoinPath(append([]string{"lucca-api"}, path...)...)
}

// addressOf is address as text, "" where the configuration cannot work.
func (c *Client) addressOf(path ...string) string {
	if c.invalid != nil {
		return ""
	}
	return c.address(path...).String()
}

// attempt makes one call; token is "" when it came to none.
func (c *Client) attempt(ctx context.Context, tokens *tokens, call callTo) (body []byte, token string, err error) {
	if err := c.calls.throttle.held(call.resource); err != nil {
		return nil, "", err
	}
	if token, err = tokens.get(ctx); err != nil {
		return nil, "", c.calls.obey(err)
	}
	header := http.Header{"Authorization": {"Bearer " + token}, "Api-Version": {APIVersion}}
	body, err = c.calls.do(ctx, call, header)
	return body, token, err
}

// unreadable is an answer that is not what Lucca documents.
func unreadable(resource string, problem error) *APIError {
	if bodyErr, ok := errors.AsType[*BodyError](problem); ok {
		// Not an ErrBody: that is for what is sent to us.
		problem = errors.New(strings.TrimPrefix(bodyErr.Field+": "+bodyErr.Problem, ": "))
	}
	return &APIError{Resource: resource, Status: http.StatusOK, Code: CodeUnreadable, Err: problem}
}
