package figgo

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/sync/singleflight"
)

const (
	// tokenMargin is how long before its end a token is no longer used.
	tokenMargin = time.Minute
	// tokenTTL is for a token that does not say how long it is good. Lucca's
	// are good for 30 minutes
	// (https://developers.lucca.fr/documentation/using-api/authentication-spec).
	tokenTTL = 5 * time.Minute
)

// tokens keeps the access token. oauth2's own source takes the context of its
// making: a call that gives up would still wait for a slow token endpoint.
type tokens struct {
	oauth  clientcredentials.Config
	http   *http.Client
	now    func() time.Time
	flight singleflight.Group

	mu    sync.Mutex
	token string
	until time.Time
}

func newTokens(cfg ClientConfig, scopes string, client *http.Client) *tokens {
	return &tokens{
		oauth: clientcredentials.Config{
			ClientID: cfg.ClientID, ClientSecret: cfg.ClientSecret, TokenURL: cfg.TokenURL,
			Scopes: strings.Fields(scopes), AuthStyle: oauth2.AuthStyleInParams,
		},
		http: client,
		now:  cfg.Now,
	}
}

// get returns a token that is good for a minute at least, where Lucca gives such.
func (t *tokens) get(ctx context.Context) (string, error) {
	if token, ok := t.current(); ok {
		return token, nil
	}
	// One fetch serves all who wait, so it must outlive the one who began it.
	result := t.flight.DoChan("", func() (any, error) { return t.fetch(context.WithoutCancel(ctx)) })
	select {
	case r := <-result:
		token, _ := r.Val.(string)
		return token, r.Err
	case <-ctx.Done():
		return "", networkError("token", ctx.Err())
	}
}

func (t *tokens) current() (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.token, t.token != "" && t.now().Before(t.until)
}

func (t *tokens) fetch(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, oauth2.HTTPClient, t.http), callTimeout)
	defer cancel()
	token, err := t.oauth.Token(ctx)
	if err != nil {
		return "", tokenError(err, t.now())
	}
	ttl := tokenTTL
	if left := time.Until(token.Expiry); !token.Expiry.IsZero() {
		ttl = max(left-tokenMargin, left/2)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.token, t.until = token.AccessToken, t.now().Add(ttl)
	return t.token, nil
}

// drop forgets a token that was refused, unless there is a newer one.
func (t *tokens) drop(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == token {
		t.token = ""
	}
}
