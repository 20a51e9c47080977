package access

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"
)

// provider is the identity provider. It is asked for its addresses at the first
// sign-in, and again at the next one as long as it does not answer.
type provider struct {
	config OIDC
	origin string
	now    func() time.Time
	client *http.Client

	asking singleflight.Group
	mu     sync.Mutex
	known  *discovered
}

// discovered is what the provider says of itself.
type discovered struct {
	provider   *oidc.Provider
	verifier   *oidc.IDTokenVerifier
	oauth      *oauth2.Config // by pointer: it remembers how the provider wants the secret
	endSession string         // "" where one cannot sign out
}

// metadata is the part of the discovery document that the library leaves to us.
// https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata and
// https://openid.net/specs/openid-connect-rpinitiated-1_0.html#OPMetadata
type metadata struct {
	JWKS        string   `json:"jwks_uri"`
	EndSession  string   `json:"end_session_endpoint"`
	AuthMethods []string `json:"token_endpoint_auth_methods_supported"`
}

func newProvider(config OIDC, origin string, now func() time.Time) (*provider, error) {
	config, err := config.completed(origin)
	if err != nil {
		return nil, err
	}
	return &provider{config: config, origin: origin, now: now, client: providerClient()}, nil
}

// The bounds of a talk with the provider.
const (
	providerTimeout = 10 * time.Second
	maxAnswer       = 1 << 20
)

// providerClient follows no redirect, which would carry secrets elsewhere.
func providerClient() *http.Client {
	return &http.Client{
		Timeout:       providerTimeout,
		Transport:     boundedTransport{http.DefaultTransport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// boundedTransport ends an answer that is too long with an error.
type boundedTransport struct{ http.RoundTripper }

func (b boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		response.Body = http.MaxBytesReader(nil, response.Body, maxAnswer)
	}
	return response, err
}

// context makes the libraries use our client.
func (p *provider) context(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.client)
}

// discovered asks the provider who it is, once for all who want to know.
func (p *provider) discovered(ctx context.Context) (*discovered, error) {
	if known := p.remembered(); known != nil {
		return known, nil
	}
	answer := p.asking.DoChan("", func() (any, error) {
		// The client's timeout bounds it; one visitor who leaves must not end it for
		// the others.
		found, err := p.discover(p.context(context.WithoutCancel(ctx)))
		if err == nil {
			p.mu.Lock()
			p.known = found
			p.mu.Unlock()
		}
		return found, err
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case result := <-answer:
		found, _ := result.Val.(*discovered)
		return found, result.Err
	}
}

// remembered is nil before the provider has answered.
func (p *provider) remembered() *discovered {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.known
}

func (p *provider) discover(ctx context.Context) (*discovered, error) {
	found, err := oidc.NewProvider(ctx, p.config.Issuer)
	if err != nil {
		return nil, err
	}
	var more metadata
	if err := found.Claims(&more); err != nil {
		return nil, err
	}
	endpoint := found.Endpoint()
	for _, address := range []string{endpoint.AuthURL, endpoint.TokenURL, more.JWKS} {
		if !allowedScheme(address, p.config.AllowInsecure) {
			return nil, errInsecure
		}
	}
	if !allowedScheme(more.EndSession, p.config.AllowInsecure) {
		more.EndSession = ""
	}
	endpoint.AuthStyle = p.authStyle(more.AuthMethods)
	return &discovered{
		provider: found, endSession: more.EndSession,
		verifier: found.Verifier(&oidc.Config{ClientID: p.config.ClientID, Now: p.now}),
		oauth: &oauth2.Config{
			ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret.Reveal(), Endpoint: endpoint,
			RedirectURL: p.origin + callbackPath, Scopes: p.config.Scopes,
		},
	}, nil
}

// errInsecure is for a provider whose own addresses are not https.
var errInsecure = errors.New("access: the identity provider names an address that is not https")

// authStyle is how the secret goes to the token endpoint. Where the provider
// takes both ways, a registration may allow only one of them: the library tries.
// No list means Basic (OpenID Connect Discovery, 3).
func (p *provider) authStyle(methods []string) oauth2.AuthStyle {
	basic := len(methods) == 0 || slices.Contains(methods, "client_secret_basic")
	post := slices.Contains(methods, "client_secret_post")
	switch {
	case p.config.ClientSecret.Reveal() == "" || post && !basic:
		return oauth2.AuthStyleInParams
	case basic && !post:
		return oauth2.AuthStyleInHeader
	}
	return oauth2.AuthStyleAutoDetect
}

// authURL is where a browser goes to sign in.
func (d *discovered) authURL(f flow) string {
	return d.oauth.AuthCodeURL(f.state, oidc.Nonce(f.nonce()), oauth2.S256ChallengeOption(f.verifier()))
}

// identity is what a checked ID token says.
type identity struct {
	subject string
	claims  map[string]any
	refresh string // what the provider is asked again with, "" for nothing
}

// identify trades the code for an ID token and checks it: signature, iss, aud,
// exp, azp and nonce. https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
func (p *provider) identify(ctx context.Context, d *discovered, f flow, code string) (identity, error) {
	ctx = p.context(ctx)
	token, err := d.oauth.Exchange(ctx, code, oauth2.VerifierOption(f.verifier()))
	if err != nil {
		return identity{}, stageError{"exchange", err}
	}
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		return identity{}, stageError{"no-id-token", nil}
	}
	verified, err := d.verifier.Verify(ctx, raw)
	if err != nil {
		return identity{}, stageError{"id-token", err}
	}
	who := identity{subject: verified.Subject, refresh: token.RefreshToken}
	if err := verified.Claims(&who.claims); err != nil {
		return identity{}, stageError{"id-token", err}
	}
	if err := p.checkClaims(verified, who, f); err != nil {
		return identity{}, err
	}
	return p.completed(ctx, d, who, token)
}

func (p *provider) checkClaims(token *oidc.IDToken, who identity, f flow) error {
	azp, _ := who.claims["azp"].(string)
	switch {
	case !equal(token.Nonce, f.nonce()):
		return stageError{"nonce", nil}
	case len(token.Audience) > 1 && azp == "", azp != "" && azp != p.config.ClientID:
		return stageError{"authorized-party", nil}
	case !isSubject(who.subject):
		return stageError{"subject", nil}
	}
	return nil
}

// completed asks the userinfo endpoint where the ID token has no roles: some
// providers put them only there.
func (p *provider) completed(ctx context.Context, d *discovered, who identity, token *oauth2.Token) (identity, error) {
	if _, ok := lookup(who.claims, p.config.RolesClaim); ok || d.provider.UserInfoEndpoint() == "" ||
		overage(who.claims, p.config.RolesClaim) {
		return who, nil
	}
	if !allowedScheme(d.provider.UserInfoEndpoint(), p.config.AllowInsecure) {
		return who, nil
	}
	info, err := d.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return identity{}, stageError{"userinfo", err}
	}
	// https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponse: with
	// another subject it must not be used.
	if info.Subject != who.subject {
		return identity{}, stageError{"userinfo-subject", nil}
	}
	var more map[string]any
	if err := info.Claims(&more); err != nil {
		return identity{}, stageError{"userinfo", err}
	}
	for name, value := range more {
		if _, ok := who.claims[name]; !ok {
			who.claims[name] = value
		}
	}
	return who, nil
}

// stageError says where a sign-in broke. The libraries' texts quote the
// provider's answers, with names and tokens in them: they are not kept.
type stageError struct {
	stage string
	cause error
}

func (e stageError) Error() string { return fmt.Sprintf("access: sign-in: %s", e.stage) }
