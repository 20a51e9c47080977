package access_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"

	"github.com/figgosync/figgosync/internal/access"
)

// fakeProvider is a provider that a certified one cannot imitate: it lies.
type fakeProvider struct {
	t         *testing.T
	url       string
	key       *ecdsa.PrivateKey
	discovery map[string]any
	claims    map[string]any // added to those of a right ID token; nil removes one
	userinfo  map[string]any
	sign      func(claims string) string
	token     http.HandlerFunc // instead of a right answer
	asked     atomic.Int32     // for the discovery document
	down      atomic.Bool
	nonce     string
}

func fake(t *testing.T) *fakeProvider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &fakeProvider{t: t, key: key}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.url = server.URL
	p.sign = func(claims string) string { return oidctest.SignIDToken(key, "key", oidc.ES256, claims) }
	p.discovery = map[string]any{
		"issuer": p.url, "authorization_endpoint": p.url + "/authorize", "token_endpoint": p.url + "/token", "jwks_uri": p.url + "/keys",
		"userinfo_endpoint": p.url + "/userinfo", "id_token_signing_alg_values_supported": []string{"ES256"},
	}
	return p
}

func (p *fakeProvider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p.down.Load() {
		http.Error(w, "secret internals of provider for alice@example.com", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		p.asked.Add(1)
		_ = json.NewEncoder(w).Encode(p.discovery)
	case "/keys":
		keys := oidctest.Server{PublicKeys: []oidctest.PublicKey{{PublicKey: p.key.Public(), KeyID: "key", Algorithm: oidc.ES256}}}
		keys.SetIssuer(p.url)
		keys.ServeHTTP(w, r)
	case "/userinfo":
		_ = json.NewEncoder(w).Encode(p.userinfo)
	case "/token":
		if p.token != nil {
			p.token(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "an-access-token", "token_type": "Bearer", "id_token": p.sign(p.idToken())})
	default:
		http.NotFound(w, r)
	}
}

func (p *fakeProvider) idToken() string {
	claims := map[string]any{
		"iss": p.url, "aud": clientID, "sub": "subject-alice", "nonce": p.nonce, "name": "Alice Atkins",
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(), "roles": []string{"in"},
	}
	maps.Copy(claims, p.claims)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	text, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
	}
	return string(text)
}

// house opens one that trusts the provider; change may alter the configuration.
func (p *fakeProvider) house(change func(*access.OIDC)) *house {
	p.t.Helper()
	h := open(p.t, sqlite(p.t), func(c *access.Config) {
		c.OIDC = &access.OIDC{Issuer: p.url, ClientID: clientID, ClientSecret: clientSecret, AllowInsecure: true, ConsultValues: []string{"in"}}
		if change != nil {
			change(c.OIDC)
		}
	})
	for _, secret := range []string{clientSecret, "an-access-token", "secret internals"} {
		h.secret(secret)
	}
	return h
}

// signIn goes the whole way, in a new browser.
func (p *fakeProvider) signIn(h *house) (*browser, answer) {
	p.t.Helper()
	b := h.browser()
	to := b.begin("/next")
	p.nonce = to.Query().Get("nonce")
	return b, b.get("/sign-in/oidc/callback?" + url.Values{"state": {to.Query().Get("state")}, "code": {h.secret("the-code")}}.Encode())
}

func TestATokenThatDoesNotHold(t *testing.T) {
	t.Parallel()
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	unsigned := func(claims string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + "."
	}
	claim := func(name string, value any) func(*fakeProvider) {
		return func(p *fakeProvider) { p.claims = map[string]any{name: value} }
	}
	for name, change := range map[string]func(*fakeProvider){
		"another issuer":            claim("iss", "https://evil.example.com"),
		"no issuer":                 claim("iss", nil),
		"another audience":          claim("aud", "another-client"),
		"expired":                   claim("exp", time.Now().Add(-time.Minute).Unix()),
		"no expiry":                 claim("exp", nil),
		"another party":             claim("azp", "another-client"),
		"audiences, no party":       claim("aud", []string{clientID, "another-client"}),
		"not yet":                   claim("nbf", time.Now().Add(time.Hour).Unix()),
		"no nonce":                  claim("nonce", nil),
		"empty nonce":               claim("nonce", ""),
		"no subject":                claim("sub", nil),
		"a subject with a new line": claim("sub", "a\nb"),
		"an endless subject":        claim("sub", strings.Repeat("a", 300)),
		"signed by another key": func(p *fakeProvider) {
			p.sign = func(c string) string { return oidctest.SignIDToken(other, "key", oidc.ES256, c) }
		},
		"not signed":                 func(p *fakeProvider) { p.sign = unsigned },
		"signed with our own secret": func(p *fakeProvider) { p.sign = hs256 },
		"no token at all":            func(p *fakeProvider) { p.sign = func(string) string { return "" } },
		"nonsense":                   func(p *fakeProvider) { p.sign = func(string) string { return "a.b.c" } },
		"userinfo of somebody else": func(p *fakeProvider) {
			p.claims = map[string]any{"roles": nil}
			p.userinfo = map[string]any{"sub": "subject-mallory", "roles": "in"}
		},
		"an endless answer": func(p *fakeProvider) {
			p.token = func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte(`{"access_token":"` + strings.Repeat("x", 3<<20)))
			}
		},
		"an error that quotes everything": func(p *fakeProvider) {
			p.token = func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(http.StatusBadRequest)
				_, _ = w.Write([]byte(`{"error":"invalid_grant alice@example.com","error_description":"` + r.FormValue("code") + `"}`))
			}
		},
		"a redirect that wants the secret": func(p *fakeProvider) {
			p.token = func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Has("followed") {
					p.t.Error("the redirect was followed with the secret")
				}
				http.Redirect(w, r, "/token?followed=1", http.StatusTemporaryRedirect)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := fake(t)
			change(p)
			h := p.house(nil)
			b, got := p.signIn(h)
			wantReason(t, got, access.ReasonFailed)
			if who, known := b.who(); known {
				t.Errorf("came in as %+v", who)
			}
		})
	}
	p := fake(t)
	if b, got := p.signIn(p.house(nil)); got.location(t).Path != "/next" {
		t.Errorf("the right one: got %s", got.location(t))
	} else if _, known := b.who(); !known {
		t.Error("the right one: not known")
	}
}

// hs256 signs with the client secret, which must not pass for the provider's key.
func hs256(claims string) string {
	return oidctest.SignIDToken([]byte(strings.Repeat(clientSecret, 2)), "key", "HS256", claims)
}

func TestRoles(t *testing.T) {
	t.Parallel()
	entra := map[string]any{"roles": nil, "_claim_names": map[string]any{"groups": "src1"}, "_claim_sources": map[string]any{"src1": map[string]any{"endpoint": "https://graph.example.com"}}}
	for name, test := range map[string]struct {
		claim  string
		claims map[string]any
		want   access.Role
		reason access.Reason
	}{
		"a text":                   {"", map[string]any{"roles": "in"}, access.Consult, ""},
		"a list":                   {"", map[string]any{"roles": []any{"x", 7, "in"}}, access.Consult, ""},
		"configure wins":           {"", map[string]any{"roles": []any{"in", "boss"}}, access.Configure, ""},
		"another":                  {"", map[string]any{"roles": []any{"inn", "IN", " in"}}, "", access.ReasonNoRole},
		"none":                     {"", map[string]any{"roles": nil}, "", access.ReasonNoRole},
		"an object":                {"", map[string]any{"roles": map[string]any{"in": true}}, "", access.ReasonNoRole},
		"Keycloak's realm":         {"realm_access.roles", map[string]any{"realm_access": map[string]any{"roles": []any{"boss"}}}, access.Configure, ""},
		"Keycloak's client":        {"resource_access.figgosync.roles", map[string]any{"resource_access": map[string]any{"figgosync": map[string]any{"roles": []any{"in"}}}}, access.Consult, ""},
		"a name with dots":         {"https://a.example.com/roles", map[string]any{"https://a.example.com/roles": "in"}, access.Consult, ""},
		"groups":                   {"groups", map[string]any{"groups": []any{"in"}}, access.Consult, ""},
		"too many groups":          {"groups", entra, "", access.ReasonTooManyGroups},
		"too many groups, briefly": {"groups", map[string]any{"hasgroups": true}, "", access.ReasonTooManyGroups},
		"an address":               {"email", map[string]any{"email": "Ada@Example.com", "email_verified": true}, access.Configure, ""},
		"an address, as text":      {"email", map[string]any{"email": "ada@example.com", "email_verified": "true"}, access.Configure, ""},
		"an unverified address":    {"email", map[string]any{"email": "ada@example.com", "email_verified": false}, "", access.ReasonUnverifiedEmail},
		"an address, nothing said": {"email", map[string]any{"email": "ada@example.com"}, "", access.ReasonUnverifiedEmail},
		"another address":          {"email", map[string]any{"email": "eve@example.com", "email_verified": true}, "", access.ReasonNoRole},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := fake(t)
			p.claims, p.userinfo = test.claims, map[string]any{"sub": "subject-alice"}
			h := p.house(func(o *access.OIDC) {
				o.RolesClaim, o.ConfigureValues = test.claim, []string{"boss", "ada@example.com"}
			})
			b, got := p.signIn(h)
			if test.reason != "" {
				wantReason(t, got, test.reason)
			}
			if who, _ := b.who(); who.Role != test.want {
				t.Errorf("got %+v, want %q\n%s", who, test.want, h.logs)
			}
		})
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for want, claims := range map[string]map[string]any{
		"Alice Atkins":           nil,
		"Zoé Ünal":               {"name": " Zoé\x00\n Ünal\u202e "},
		"ada":                    {"name": "\t", "preferred_username": "ada"},
		"a@example.com":          {"name": nil, "email": "a@example.com"},
		"":                       {"name": 7},
		strings.Repeat("é", 100): {"name": strings.Repeat("é", 5000)},
	} {
		p := fake(t)
		p.claims = claims
		b, _ := p.signIn(p.house(nil))
		if who, known := b.who(); who.Name != want || !known {
			t.Errorf("got %q, want %q", who.Name, want)
		}
	}
}

func TestAProviderThatIsDownAtFirst(t *testing.T) {
	t.Parallel()
	p := fake(t)
	p.down.Store(true)
	h := p.house(nil) // starts all the same
	if p.asked.Load() != 0 || !h.gate.HasOIDC() || !strings.HasPrefix(h.gate.OIDCName(), "127.0.0.1") {
		t.Error("the provider was asked at the start, or there is no single sign-on")
	}
	got := h.browser().get("/sign-in/oidc?next=/audit")
	wantReason(t, got, access.ReasonUnavailable)
	if next := got.location(t).Query().Get("next"); next != "/audit" {
		t.Errorf("the way back is lost: %q", next)
	}
	p.down.Store(false)
	if b, _ := p.signIn(h); p.asked.Load() != 1 {
		t.Errorf("asked %d times", p.asked.Load())
	} else if _, known := b.who(); !known {
		t.Error("not signed in once the provider is up")
	}
	p.signIn(h)
	if p.asked.Load() != 1 {
		t.Errorf("asked %d times", p.asked.Load())
	}
	// It goes down in the middle.
	b := h.browser()
	state := b.begin("/").Query().Get("state")
	p.down.Store(true)
	wantReason(t, b.get("/sign-in/oidc/callback?code=x&state="+state), access.ReasonUnavailable)
}

// What a provider says of itself is not taken on trust.
func TestAProviderThatIsNotOne(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*fakeProvider){
		"another issuer":         func(p *fakeProvider) { p.discovery["issuer"] = "https://evil.example.com" },
		"a script":               func(p *fakeProvider) { p.discovery["authorization_endpoint"] = "javascript:alert(1)" },
		"no token endpoint":      func(p *fakeProvider) { delete(p.discovery, "token_endpoint") },
		"no keys":                func(p *fakeProvider) { delete(p.discovery, "jwks_uri") },
		"an endless description": func(p *fakeProvider) { p.discovery["x"] = strings.Repeat("x", 2<<20) },
	} {
		p := fake(t)
		change(p)
		got := p.house(nil).browser().get("/sign-in/oidc")
		t.Log(name)
		wantReason(t, got, access.ReasonUnavailable)
	}
	h := open(t, sqlite(t), nil)
	wantReason(t, h.browser().get("/sign-in/oidc"), access.ReasonOff)
	wantReason(t, h.browser().get("/sign-in/oidc/callback?state=x"), access.ReasonOff)
	wantReason(t, h.browser().get("/sign-out/oidc"), access.ReasonSignedOut)
}
