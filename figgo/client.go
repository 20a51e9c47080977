package figgo

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
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
	// DefaultTokenURL is the one token endpoint of all Lucca accounts.
	DefaultTokenURL = "https://accounts.world.luccasoftware.com/connect/token"

	// callTimeout is a little more than the 5 s after which Lucca itself answers
	// 408.
	callTimeout = 6 * time.Second
	// maxAnswer bounds an answer.
	maxAnswer = 4 << 20
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
	// Now is time.Now when nil.
	Now func() time.Time
}

// Client reads employees from Lucca's v5 API with an integration key (OAuth 2
// client credentials, Scopes). It stays under Lucca's limit of calls by itself:
// keep one per Lucca account. It is safe for concurrent use. Every call obeys
// ctx and takes 6 seconds at most, not counting the wait for its turn; its
// errors are *APIError or wrap ErrNoEmployee.
type Client struct {
	cfg      ClientConfig
	http     *http.Client
	base     *url.URL
	invalid  error
	tokens   *tokens
	throttle *throttle
	zones    *lru.Cache[string, zone]
	now      func() time.Time
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
	client := &http.Client{}
	if cfg.HTTPClient != nil {
		*client = *cfg.HTTPClient
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c := &Client{cfg: cfg, http: client, throttle: newThrottle(cfg.Now), now: cfg.Now}
	c.base, c.invalid = endpoint("host", cfg.Host, cfg.AllowInsecure)
	_, tokenErr := endpoint("token URL", cfg.TokenURL, cfg.AllowInsecure)
	if c.invalid = errors.Join(c.invalid, tokenErr); c.invalid == nil && (cfg.ClientID == "" || cfg.ClientSecret == "") {
		c.invalid = errors.New("client id and client secret are both needed")
	}
	c.tokens = newTokens(cfg, client)
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
	return u, nil
}

// get asks for a resource. A token that Lucca no longer takes is renewed once.
func (c *Client) get(ctx context.Context, query url.Values, path ...string) ([]byte, error) {
	resource := path[0]
	if c.invalid != nil {
		return nil, &APIError{Resource: resource, Code: CodeConfiguration, Err: c.invalid}
	}
	address := c.base.JoinPath(append([]string{"lucca-api"}, path...)...)
	address.RawQuery = query.Encode()
	body, token, err := c.attempt(ctx, resource, address.String())
	if apiErr, ok := errors.AsType[*APIError](err); ok && token != "" && apiErr.Status == http.StatusUnauthorized {
		c.tokens.drop(token)
		body, _, err = c.attempt(ctx, resource, address.String())
	}
	if apiErr, ok := errors.AsType[*APIError](err); ok && apiErr.Code != CodeThrottled && apiErr.RetryAfter > 0 {
		c.throttle.hold(apiErr.RetryAfter)
	}
	return body, err
}

// attempt makes one call; token is "" when it came to none.
func (c *Client) attempt(ctx context.Context, resource, address string) (body []byte, token string, err error) {
	if err := c.throttle.held(resource); err != nil {
		return nil, "", err
	}
	if token, err = c.tokens.get(ctx); err != nil {
		return nil, "", err
	}
	if err := c.throttle.wait(ctx, resource); err != nil {
		return nil, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, "", &APIError{Resource: resource, Code: CodeConfiguration}
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Api-Version", APIVersion)
	request.Header.Set("Accept", "application/json")
	if c.cfg.UserAgent != "" {
		request.Header.Set("User-Agent", c.cfg.UserAgent)
	}
	body, err = c.send(resource, request)
	return body, token, err
}

// send returns the body of a 200, and an APIError for all else.
func (c *Client) send(resource string, request *http.Request) ([]byte, error) {
	response, err := c.http.Do(request)
	if err != nil {
		return nil, networkError(resource, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case response.StatusCode != http.StatusOK:
		return nil, answerError(resource, response, body, c.now())
	case err != nil:
		return nil, networkError(resource, err)
	case len(body) > maxAnswer:
		return nil, unreadable(resource, errors.New("the answer is too long"))
	}
	return body, nil
}

// unreadable is an answer that is not what Lucca documents.
func unreadable(resource string, problem error) *APIError {
	if bodyErr, ok := errors.AsType[*BodyError](problem); ok {
		// Not an ErrBody: that is for what is sent to us.
		problem = errors.New(strings.TrimPrefix(bodyErr.Field+": "+bodyErr.Problem, ": "))
	}
	return &APIError{Resource: resource, Status: http.StatusOK, Code: CodeUnreadable, Err: problem}
}
