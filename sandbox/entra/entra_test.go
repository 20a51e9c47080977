package entra_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/sandbox/entra"
)

const (
	tenantID = "11111111-2222-4333-8444-555555555555"
	clientID = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
	secret   = "s3cr3t~value"
	graph    = "https://graph.microsoft.com"
)

func config(t *testing.T) entra.Config {
	t.Helper()
	// Every service with this Config signs with one key: making keys is slow.
	return entra.Config{Key: signingKey(), Tenants: []entra.Tenant{{
		ID: tenantID, Domains: []string{"example.com"},
		Apps: []entra.App{{
			ClientID: clientID, Secret: secret, CertificatePEM: certificate(t).pem,
			RedirectURIs: []string{"https://figgosync.example.com/consent?from=entra"},
			Roles:        []string{entra.CalendarsReadWrite},
		}},
	}}}
}

var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// serve runs the service over TLS under /entra, as the sandbox mounts it.
func serve(t *testing.T, service *entra.Service) *httptest.Server {
	t.Helper()
	server := httptest.NewTLSServer(http.StripPrefix("/entra", service.Handler()))
	t.Cleanup(server.Close)
	return server
}

type tokenAnswer struct {
	TokenType     string `json:"token_type"`
	ExpiresIn     int    `json:"expires_in"`
	AccessToken   string `json:"access_token"`
	Error         string `json:"error"`
	Description   string `json:"error_description"`
	ErrorCodes    []int  `json:"error_codes"`
	Timestamp     string `json:"timestamp"`
	TraceID       string `json:"trace_id"`
	CorrelationID string `json:"correlation_id"`
}

func askToken(t *testing.T, server *httptest.Server, tenant string, form url.Values) (int, tokenAnswer) {
	t.Helper()
	resp, err := server.Client().PostForm(server.URL+"/entra/"+tenant+"/oauth2/v2.0/token", form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer tokenAnswer
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, answer
}

func secretForm(changes ...string) url.Values {
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID},
		"client_secret": {secret}, "scope": {graph + "/.default"},
	}
	for i := 0; i < len(changes); i += 2 {
		form.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			form.Del(changes[i])
		}
	}
	return form
}

func TestTokenCarriesTheClaimsOfAnApp(t *testing.T) {
	t.Parallel()
	now := time.Now().Truncate(time.Second)
	cfg := config(t)
	cfg.Now = func() time.Time { return now }
	service := entra.New(cfg)
	server := serve(t, service)
	for _, tenant := range []string{tenantID, "Example.com", strings.ToUpper(tenantID)} {
		status, answer := askToken(t, server, tenant, secretForm())
		if status != http.StatusOK || answer.TokenType != "Bearer" || answer.ExpiresIn != 3599 {
			t.Fatalf("tenant %s: %d %+v", tenant, status, answer)
		}
		claims := jwt.MapClaims{}
		if _, _, err := jwt.NewParser().ParseUnverified(answer.AccessToken, claims); err != nil {
			t.Fatal(err)
		}
		got := map[string]any{}
		for _, name := range []string{"aud", "iss", "tid", "appid", "roles", "idtyp", "exp"} {
			got[name] = claims[name]
		}
		want := map[string]any{
			"aud": []any{graph}, "iss": "https://sts.windows.net/" + tenantID + "/", "tid": tenantID, "appid": clientID,
			"roles": []any{"Calendars.ReadWrite"}, "idtyp": "app", "exp": float64(now.Unix() + 3599),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("claims (-want +got):\n%s", diff)
		}
		principal, err := service.Verify(answer.AccessToken, graph)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(entra.Principal{TenantID: tenantID, AppID: clientID, Roles: []string{"Calendars.ReadWrite"}}, principal); diff != "" {
			t.Errorf("principal (-want +got):\n%s", diff)
		}
	}
}

func TestTokenErrors(t *testing.T) {
	t.Parallel()
	server := serve(t, entra.New(config(t)))
	tests := map[string]struct {
		tenant string
		form   url.Values
		status int
		oauth  string
		code   int
	}{
		"wrong secret":        {tenantID, secretForm("client_secret", "wrong"), 401, "invalid_client", 7000215},
		"no credential":       {tenantID, secretForm("client_secret", ""), 401, "invalid_client", 7000216},
		"unknown app":         {tenantID, secretForm("client_id", "99999999-bbbb-4ccc-8ddd-eeeeeeeeeeee"), 400, "unauthorized_client", 700016},
		"unknown tenant":      {"99999999-2222-4333-8444-555555555555", secretForm(), 400, "invalid_request", 90002},
		"unknown domain":      {"elsewhere.example", secretForm(), 400, "invalid_request", 90002},
		"malformed tenant":    {"nonsense", secretForm(), 400, "invalid_request", 900023},
		"common":              {"common", secretForm(), 400, "invalid_request", 50059},
		"named scope":         {tenantID, secretForm("scope", graph+"/Calendars.ReadWrite"), 400, "invalid_scope", 1002012},
		"two scopes":          {tenantID, secretForm("scope", graph+"/.default https://graph.microsoft.us/.default"), 400, "invalid_scope", 70011},
		"OpenID scopes alone": {tenantID, secretForm("scope", "openid profile"), 400, "invalid_scope", 70011},
		"unknown resource":    {tenantID, secretForm("scope", "https://graph.example.com/.default"), 400, "invalid_resource", 500011},
		"no grant type":       {tenantID, secretForm("grant_type", ""), 400, "invalid_request", 900144},
		"no client id":        {tenantID, secretForm("client_id", ""), 400, "invalid_request", 900144},
		"no scope":            {tenantID, secretForm("scope", ""), 400, "invalid_request", 900144},
		"unsupported grant":   {tenantID, secretForm("grant_type", "password"), 400, "unsupported_grant_type", 70003},
		"assertion of no one": {tenantID, secretForm("client_assertion", "x.y.z", "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), 400, "invalid_request", 50027},
		"assertion, no type":  {tenantID, secretForm("client_assertion", "x.y.z"), 400, "invalid_request", 900144},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, answer := askToken(t, server, test.tenant, test.form)
			if status != test.status || answer.Error != test.oauth || !cmp.Equal(answer.ErrorCodes, []int{test.code}) {
				t.Errorf("got %d %s %v, want %d %s %d", status, answer.Error, answer.ErrorCodes, test.status, test.oauth, test.code)
			}
			if answer.Description == "" || answer.Timestamp == "" || answer.TraceID == "" || answer.CorrelationID == "" || answer.AccessToken != "" {
				t.Errorf("not Microsoft's shape: %+v", answer)
			}
			if strings.Contains(answer.Description, secret) {
				t.Errorf("the answer repeats the secret: %s", answer.Description)
			}
		})
	}
}

func TestTokenReadsOnlyForms(t *testing.T) {
	t.Parallel()
	server := serve(t, entra.New(config(t)))
	body := `{"grant_type":"client_credentials","client_id":"` + clientID + `"}`
	resp, err := server.Client().Post(server.URL+"/entra/"+tenantID+"/oauth2/v2.0/token", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(text), "AADSTS900144") {
		t.Errorf("JSON body: %d %s", resp.StatusCode, text)
	}
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	now := time.Now()
	cfg := config(t)
	cfg.Now = func() time.Time { return now }
	service := entra.New(cfg)
	server := serve(t, service)
	_, answer := askToken(t, server, tenantID, secretForm())
	cfg.Key = nil
	_, foreign := askToken(t, serve(t, entra.New(cfg)), tenantID, secretForm())
	if _, err := service.Verify(answer.AccessToken, "https://graph.microsoft.us"); err == nil {
		t.Error("a token for another cloud's Graph was taken")
	}
	if _, err := service.Verify(foreign.AccessToken, graph); err == nil {
		t.Error("a token signed by another key was taken")
	}
	unsigned, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"aud": graph, "exp": now.Add(time.Hour).Unix()}).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.Verify(unsigned, graph); err == nil {
		t.Error("an unsigned token was taken")
	}
	now = now.Add(3600 * time.Second)
	if _, err := service.Verify(answer.AccessToken, graph); err == nil {
		t.Error("an expired token was taken")
	}
}

func TestConsentChangesNewTokensOnly(t *testing.T) {
	t.Parallel()
	service := entra.New(config(t))
	server := serve(t, service)
	_, before := askToken(t, server, tenantID, secretForm())
	if err := service.SetConsent(tenantID, clientID); err != nil {
		t.Fatal(err)
	}
	_, after := askToken(t, server, tenantID, secretForm())
	roles := func(token string) []string {
		principal, err := service.Verify(token, graph)
		if err != nil {
			t.Fatal(err)
		}
		return principal.Roles
	}
	if diff := cmp.Diff([]string{"Calendars.ReadWrite"}, roles(before.AccessToken)); diff != "" {
		t.Errorf("the token from before lost its roles:\n%s", diff)
	}
	if got := roles(after.AccessToken); len(got) != 0 {
		t.Errorf("roles after consent was withdrawn: %v", got)
	}
	if err := service.SetConsent("elsewhere.example", clientID, "x"); err != entra.ErrNoTenant {
		t.Errorf("unknown tenant: %v", err)
	}
	if err := service.SetConsent(tenantID, "nobody", "x"); err != entra.ErrNoApp {
		t.Errorf("unknown app: %v", err)
	}
}
