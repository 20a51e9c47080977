package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	abstractions "github.com/microsoft/kiota-abstractions-go"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/sync/semaphore"

	"github.com/figgosync/figgosync/internal/calendars"
)

// bearer puts the access token on each request. The SDK's own provider silently
// sends no token to a host it does not know or over http
// (github.com/microsoft/kiota-authentication-azure-go).
type bearer struct{ tokens *tokens }

// AuthenticateRequest implements the SDK's AuthenticationProvider.
func (b bearer) AuthenticateRequest(ctx context.Context, request *abstractions.RequestInformation,
	_ map[string]any) error {
	token, err := b.tokens.get(ctx)
	if err != nil {
		return err
	}
	if a := attemptOf(ctx); a != nil {
		a.token = token
	}
	request.Headers.Remove("Authorization")
	request.Headers.Add("Authorization", "Bearer "+token)
	return nil
}

const (
	// renewBefore is how long before its end a token is renewed. Entra's live
	// about an hour.
	renewBefore = 5 * time.Minute
	// rightsAge is how old a token must be to be blamed for a refused right: a
	// token keeps the rights the application had when it was issued.
	rightsAge = 5 * time.Minute
	// defaultTokenTTL is how long a token is used whose answer did not say.
	defaultTokenTTL = 5 * time.Minute
	// renewTimeout bounds a renewal while the old token still lives, and
	// renewPause is the time to the next try after one failed in passing.
	renewTimeout = 5 * time.Second
	renewPause   = 30 * time.Second
)

// tokens keeps the connection's access token and renews it, one at a time.
type tokens struct {
	scope string
	// newCredential makes a credential with an empty cache. Microsoft's
	// credentials keep their tokens, so a refused token can only be replaced
	// through a new credential.
	newCredential func() (azcore.TokenCredential, error)

	lock       *semaphore.Weighted // 1; waiting for it obeys ctx
	credential azcore.TokenCredential
	current    azcore.AccessToken
	issued     time.Time
	renewFrom  time.Time
}

// newTokens refuses credentials that cannot be used at all, such as a
// certificate without its key.
func newTokens(cfg Config, base, authority *url.URL, transport http.RoundTripper) (*tokens, error) {
	client := &http.Client{Transport: &wire{base: transport, code: entraCode}}
	t := &tokens{
		scope: base.Scheme + "://" + base.Host + "/.default",
		lock:  semaphore.NewWeighted(1),
	}
	t.newCredential = func() (azcore.TokenCredential, error) { return newCredential(cfg, authority, client) }
	credential, err := t.newCredential()
	if err != nil {
		return nil, err
	}
	t.credential = credential
	return t, nil
}

// get returns a token that is good for some time yet. Its errors are the port's
// or ctx's. When a renewal fails in passing and the old token still lives, the
// old one is used.
func (t *tokens) get(ctx context.Context) (string, error) {
	if err := t.lock.Acquire(ctx, 1); err != nil {
		return "", err
	}
	defer t.lock.Release(1)
	now := time.Now()
	alive := t.current.Token != "" && now.Before(t.current.ExpiresOn)
	if alive && now.Before(t.renewFrom) {
		return t.current.Token, nil
	}
	fresh, err := t.renew(ctx, alive)
	if _, passing := errors.AsType[*calendars.Temporary](err); passing && alive {
		t.renewFrom = now.Add(renewPause)
		return t.current.Token, nil
	}
	if err != nil {
		return "", err
	}
	t.keep(fresh, now)
	return fresh.Token, nil
}

// fresh fetches a token whatever is kept: one that is kept shows neither that a
// secret expired since nor the rights granted since.
func (t *tokens) fresh(ctx context.Context) (string, error) {
	if err := t.lock.Acquire(ctx, 1); err != nil {
		return "", err
	}
	defer t.lock.Release(1)
	now := time.Now()
	token, err := t.fetch(ctx)
	if err != nil {
		return "", err
	}
	t.keep(token, now)
	return token.Token, nil
}

func (t *tokens) keep(token azcore.AccessToken, issued time.Time) {
	t.current, t.issued = token, issued
	t.renewFrom = token.ExpiresOn.Add(-min(renewBefore, token.ExpiresOn.Sub(issued)/10))
}

// renew fetches a token, in a hurry when the old one can still serve.
func (t *tokens) renew(ctx context.Context, alive bool) (azcore.AccessToken, error) {
	if !alive {
		return t.fetch(ctx)
	}
	hurried, cancel := context.WithTimeout(ctx, renewTimeout)
	defer cancel()
	token, err := t.fetch(hurried)
	if err != nil && hurried.Err() != nil && ctx.Err() == nil {
		err = transportError(hurried.Err())
	}
	return token, err
}

// forget drops token when it is the current one and at least age old.
func (t *tokens) forget(token string, age time.Duration) {
	// Waits at most for a renewal under way, which has a deadline.
	if t.lock.Acquire(context.Background(), 1) != nil {
		return
	}
	defer t.lock.Release(1)
	if token != "" && token == t.current.Token && time.Since(t.issued) >= age {
		t.current, t.credential = azcore.AccessToken{}, nil
	}
}

// fetch asks for a new token. What went wrong is taken from what the wire saw,
// never from the credential's error: its text holds the whole answer.
func (t *tokens) fetch(ctx context.Context) (azcore.AccessToken, error) {
	if t.credential == nil || t.current.Token != "" {
		credential, err := t.newCredential()
		if err != nil {
			return azcore.AccessToken{}, &calendars.Blocked{Reason: calendars.CredentialsRejected,
				Scope: calendars.ScopeConnection, Code: "credential"}
		}
		t.credential = credential
	}
	seen := &attempt{}
	ctx = context.WithValue(ctx, attemptKey{}, seen)
	token, err := t.credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{t.scope}})
	switch {
	case err == nil && token.Token != "":
		return token, nil
	case ctx.Err() != nil:
		return azcore.AccessToken{}, ctx.Err()
	case seen.err != nil:
		return azcore.AccessToken{}, tokenError(seen.err)
	}
	return azcore.AccessToken{}, unexpectedAnswer("no access token in the answer")
}

// newCredential uses Microsoft's library wherever it can be used: it insists on
// https, and on the tenant being the first part of the path.
func newCredential(cfg Config, authority *url.URL, client *http.Client) (azcore.TokenCredential, error) {
	ownAddress := authority.Scheme != "https" || (authority.Path != "" && authority.Path != "/")
	switch {
	case ownAddress && cfg.ClientSecret == "":
		return nil, errors.New("graph: a certificate needs an authority of Microsoft's form: https and no path")
	case ownAddress:
		return newPlainCredential(cfg, authority, client), nil
	case cfg.ClientSecret != "":
		credential, err := azidentity.NewClientSecretCredential(cfg.TenantID, cfg.ClientID, cfg.ClientSecret,
			&azidentity.ClientSecretCredentialOptions{
				ClientOptions:            identityOptions(authority, client),
				DisableInstanceDiscovery: !knownAuthority[authority.Host]})
		if err != nil {
			return nil, errors.New("graph: the tenant, client id or secret cannot be used")
		}
		return credential, nil
	}
	certificates, key, err := azidentity.ParseCertificates(cfg.CertificatePEM, nil)
	if err != nil {
		return nil, errors.New("graph: the PEM must hold a certificate and its unencrypted private key")
	}
	credential, err := azidentity.NewClientCertificateCredential(cfg.TenantID, cfg.ClientID, certificates, key,
		&azidentity.ClientCertificateCredentialOptions{
			ClientOptions:            identityOptions(authority, client),
			DisableInstanceDiscovery: !knownAuthority[authority.Host],
		})
	if err != nil {
		return nil, errors.New("graph: the certificate does not belong to the private key or cannot be used")
	}
	return credential, nil
}

// knownAuthority lists Microsoft's clouds (learn.microsoft.com/graph/deployments).
// For any other authority Microsoft's library must not ask the worldwide cloud
// whether it exists.
var knownAuthority = map[string]bool{
	"login.microsoftonline.com":        true,
	"login.microsoftonline.us":         true,
	"login.chinacloudapi.cn":           true,
	"login.partner.microsoftonline.cn": true,
}

// identityOptions turns off the library's own retries and telemetry.
func identityOptions(authority *url.URL, client *http.Client) azcore.ClientOptions {
	return azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: authority.Scheme + "://" + authority.Host + "/"},
		Retry:     policy.RetryOptions{MaxRetries: -1},
		Telemetry: policy.TelemetryOptions{Disabled: true},
		Transport: client,
	}
}

// plainCredential is the client-credentials grant with a secret
// (learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow),
// for authorities Microsoft's library refuses: a rehearsal over http, or an
// authority below a path.
type plainCredential struct {
	grant  clientcredentials.Config
	client *http.Client
}

func newPlainCredential(cfg Config, authority *url.URL, client *http.Client) *plainCredential {
	return &plainCredential{
		grant: clientcredentials.Config{
			ClientID:     cfg.ClientID,
			ClientSecret: cfg.ClientSecret,
			TokenURL:     authority.JoinPath(cfg.TenantID, "oauth2", "v2.0", "token").String(),
			AuthStyle:    oauth2.AuthStyleInParams,
		},
		client: client,
	}
}

// GetToken implements azcore.TokenCredential.
func (p *plainCredential) GetToken(ctx context.Context,
	options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	grant := p.grant
	grant.Scopes = options.Scopes
	token, err := grant.Token(context.WithValue(ctx, oauth2.HTTPClient, p.client))
	if err != nil {
		return azcore.AccessToken{}, fmt.Errorf("token: %w", err)
	}
	expires := token.Expiry
	if expires.IsZero() {
		expires = time.Now().Add(defaultTokenTTL)
	}
	return azcore.AccessToken{Token: token.AccessToken, ExpiresOn: expires}, nil
}
