package graph_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/graph"
)

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

func TestTokenRequest(t *testing.T) {
	t.Parallel()
	f := newFake(t, always(200, list()))
	if _, err := f.calendar().Find(t.Context(), mailbox, key); err != nil {
		t.Fatal(err)
	}
	got, err := url.ParseQuery(f.tokens[0])
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{"grant_type": {"client_credentials"}, "client_id": {"client-1"}, "client_secret": {"s3cret-value"}, "scope": {f.URL + "/.default"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}
}

func TestManyCallsShareOneToken(t *testing.T) {
	t.Parallel()
	f := newFake(t, always(200, list()))
	cal := f.calendar()
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			if _, err := cal.Find(t.Context(), fmt.Sprintf("p%d@example.com", i), key); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if f.tokenCount() != 1 {
		t.Errorf("%d token requests, want 1", f.tokenCount())
	}
}

func TestARefusedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer token-1" {
			writeJSON(w, 401, graphError("InvalidAuthenticationToken"))
			return
		}
		writeJSON(w, 201, `{"id":"A"}`)
	})
	cal := f.calendar()
	event := allDay(t, "2026-02-02", "2026-02-03")
	for range 2 {
		if _, err := cal.Create(t.Context(), mailbox, marker, event, "v1"); err != nil {
			t.Fatal(err)
		}
	}
	all := f.requests()
	if len(all) != 3 || f.tokenCount() != 2 {
		t.Errorf("%d requests with %d tokens, want 3 and 2", len(all), f.tokenCount())
	}
	sameJSON(t, all[1].Body, all[0].Body)
}

func TestATokenRefusedTwiceIsWrongCredentials(t *testing.T) {
	t.Parallel()
	f := newFake(t, always(401, ``))
	_, err := f.calendar().Find(t.Context(), mailbox, key)
	if diff := cmp.Diff(unclear(calendars.CredentialsRejected, "HTTP 401"), outcomeOf(err)); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	if len(f.requests()) != 2 || f.tokenCount() != 2 {
		t.Errorf("%d requests with %d tokens, want 2 and 2", len(f.requests()), f.tokenCount())
	}
}

// A right granted by the admin shows only in a token issued afterwards. A fresh
// token is kept all the same: many mailboxes may be refused at once.
func TestARefusedRightRenewsAnOldToken(t *testing.T) {
	t.Parallel()
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer token-1" {
			writeJSON(w, 403, graphError("Authorization_RequestDenied"))
			return
		}
		writeJSON(w, 200, list())
	})
	cal := f.calendar()
	refused := func() {
		t.Helper()
		_, err := cal.Find(t.Context(), mailbox, key)
		if diff := cmp.Diff(unclear(calendars.ConsentMissing, "Authorization_RequestDenied"), outcomeOf(err)); diff != "" {
			t.Errorf("error (-want +got):\n%s", diff)
		}
	}
	refused()
	refused()
	graph.AgeToken(cal, time.Hour)
	refused()
	if _, err := cal.Find(t.Context(), mailbox, key); err != nil {
		t.Errorf("with a new token: %v", err)
	}
	if f.tokenCount() != 2 {
		t.Errorf("%d token requests, want 2", f.tokenCount())
	}
}

func entraError(code int, name string) string {
	return fmt.Sprintf(`{"error":%q,"error_description":"AADSTS%d: about 's3cret-value' of marie@example.com","error_codes":[%d],"trace_id":"x"}`, name, code, code)
}

func TestEveryTokenRefusalHasOneMeaning(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status int
		body   string
		want   outcome
	}{
		{401, entraError(7000215, "invalid_client"), ofConnection(calendars.CredentialsRejected, "AADSTS7000215")},
		{401, entraError(7000222, "invalid_client"), ofConnection(calendars.CredentialsRejected, "AADSTS7000222")},
		{401, entraError(700027, "invalid_client"), ofConnection(calendars.CredentialsRejected, "AADSTS700027")},
		{400, entraError(90002, "invalid_request"), ofConnection(calendars.CredentialsRejected, "AADSTS90002")},
		{400, entraError(900023, "invalid_request"), ofConnection(calendars.CredentialsRejected, "AADSTS900023")},
		{400, entraError(700016, "unauthorized_client"), ofConnection(calendars.ConsentMissing, "AADSTS700016")},
		{401, entraError(7000229, "invalid_client"), ofConnection(calendars.ConsentMissing, "AADSTS7000229")},
		{401, entraError(7000112, "unauthorized_client"), ofConnection(calendars.ConsentMissing, "AADSTS7000112")},
		{400, entraError(65001, "invalid_grant"), ofConnection(calendars.ConsentMissing, "AADSTS65001")},
		{400, entraError(53003, "access_denied"), ofConnection(calendars.ConsentMissing, "AADSTS53003")},
		{400, entraError(90033, "temporarily_unavailable"), temporary("AADSTS90033")},
		{400, `{"error":"temporarily_unavailable"}`, temporary("temporarily_unavailable")},
		{400, `{"error":"invalid_scope","error_description":"AADSTS70011: x"}`, ofConnection(calendars.CredentialsRejected, "AADSTS70011")},
		{401, `{"error":"invalid_client"}`, ofConnection(calendars.CredentialsRejected, "invalid_client")},
		{400, `{"error":"a sentence about marie@example.com"}`, ofConnection(calendars.CredentialsRejected, "HTTP 400")},
		{429, ``, outcome{Kind: "temporary", Code: "HTTP 429", RetryAfter: 2500 * time.Millisecond}},
		{500, `<html>`, outcome{Kind: "temporary", Code: "HTTP 500", RetryAfter: 2500 * time.Millisecond}},
		{503, entraError(90033, "temporarily_unavailable"), outcome{Kind: "temporary", Code: "AADSTS90033", RetryAfter: 2500 * time.Millisecond}},
		{302, ``, ofConnection(calendars.ServerUnreachable, "HTTP 302")},
		{404, `<html>`, ofConnection(calendars.ServerUnreachable, "HTTP 404")},
		{403, ``, ofConnection(calendars.ServerUnreachable, "HTTP 403")},
		{200, `<html>`, temporary("unexpected-answer")},
		{200, `{}`, temporary("unexpected-answer")},
		{200, ``, temporary("unexpected-answer")},
		{200, `{"error":"invalid_client"}`, temporary("unexpected-answer")},
	} {
		f := newFake(t, always(200, list()))
		f.token = func(w http.ResponseWriter, _ *http.Request, _ int) {
			if test.want.RetryAfter != 0 {
				w.Header().Set("Retry-After", "2.5")
			}
			w.Header().Set("Location", "/graph/v1.0/users")
			writeJSON(w, test.status, test.body)
		}
		_, err := f.calendar().Find(t.Context(), mailbox, key)
		if diff := cmp.Diff(test.want, outcomeOf(err)); diff != "" {
			t.Errorf("%d %s (-want +got):\n%s", test.status, test.body, diff)
		}
		if text := fmt.Sprint(err); strings.Contains(text, "s3cret") || strings.Contains(text, "marie") {
			t.Errorf("%d %s: the error's text tells too much: %s", test.status, test.body, text)
		}
		if len(f.requests()) != 0 || f.tokenCount() != 1 {
			t.Errorf("%d: %d Graph and %d token requests, want 0 and 1", test.status, len(f.requests()), f.tokenCount())
		}
	}
}

func TestASlowAuthorityIsTemporary(t *testing.T) {
	t.Parallel()
	f := newFake(t, always(200, list()))
	f.token = func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() }
	_, err := f.calendar(func(c *graph.Config) { c.Timeout = 50 * time.Millisecond }).Find(t.Context(), mailbox, key)
	if diff := cmp.Diff(temporary("timeout"), outcomeOf(err)); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

// secureFake is the fake over https, with the documents Microsoft's library
// reads before it asks for a token.
func secureFake(t *testing.T, answer http.HandlerFunc) (*fake, *http.Transport) {
	t.Helper()
	f := newFakeMux(t, answer)
	mux := http.NewServeMux()
	mux.Handle("/graph/", f.mux())
	mux.HandleFunc("POST /contoso.example/oauth2/v2.0/token", f.serveToken)
	mux.HandleFunc("GET /contoso.example/v2.0/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, 200, fmt.Sprintf(`{"token_endpoint":"%[1]s/oauth2/v2.0/token","authorization_endpoint":"%[1]s/oauth2/v2.0/authorize","issuer":"%[1]s/v2.0"}`, f.URL+"/contoso.example"))
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("unexpected request %s %s", r.Method, r.URL.Path)
		w.WriteHeader(404)
	})
	f.Server = httptest.NewTLSServer(mux)
	t.Cleanup(f.Close)
	return f, f.Client().Transport.(*http.Transport)
}

func (f *fake) secure(transport *http.Transport, change func(*graph.Config)) *graph.Calendar {
	f.t.Helper()
	cfg := graph.Config{TenantID: "contoso.example", ClientID: "client-1", AuthorityURL: f.URL, GraphURL: f.URL + "/graph/v1.0/", Timeout: time.Minute}
	change(&cfg)
	cal, err := graph.NewWithTransport(cfg, transport)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(cal.Close)
	return cal
}

func TestMicrosoftsLibraryWithASecret(t *testing.T) {
	t.Parallel()
	f, transport := secureFake(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer token-1" {
			writeJSON(w, 401, graphError("InvalidAuthenticationToken"))
			return
		}
		writeJSON(w, 200, list())
	})
	cal := f.secure(transport, func(c *graph.Config) { c.ClientSecret = "s3cret-value" })
	for range 2 {
		if _, err := cal.Find(t.Context(), mailbox, key); err != nil {
			t.Fatal(err)
		}
	}
	form, _ := url.ParseQuery(f.tokens[0])
	if got := form.Get("client_secret"); got != "s3cret-value" {
		t.Errorf("client_secret = %q", got)
	}
	if got := strings.Fields(form.Get("scope")); len(got) == 0 || got[0] != f.URL+"/.default" {
		t.Errorf("scope = %q", got)
	}
	if len(f.requests()) != 3 || f.tokenCount() != 2 {
		t.Errorf("%d requests with %d tokens, want 3 and 2: the library must not answer with the refused token", len(f.requests()), f.tokenCount())
	}
}

func TestMicrosoftsLibraryErrorsAreSortedToo(t *testing.T) {
	t.Parallel()
	for status, test := range map[int]struct {
		body string
		want outcome
	}{
		401: {entraError(7000222, "invalid_client"), ofConnection(calendars.CredentialsRejected, "AADSTS7000222")},
		400: {entraError(65001, "invalid_grant"), ofConnection(calendars.ConsentMissing, "AADSTS65001")},
		503: {`<html>`, temporary("HTTP 503")},
		302: {``, ofConnection(calendars.ServerUnreachable, "HTTP 302")},
		200: {`{"token_type":"Bearer"}`, temporary("unexpected-answer")},
	} {
		f, transport := secureFake(t, always(200, list()))
		f.token = func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Location", "/graph/v1.0/users")
			writeJSON(w, status, test.body)
		}
		_, err := f.secure(transport, func(c *graph.Config) { c.ClientSecret = "s3cret-value" }).Find(t.Context(), mailbox, key)
		if diff := cmp.Diff(test.want, outcomeOf(err)); diff != "" {
			t.Errorf("%d (-want +got):\n%s", status, diff)
		}
		if strings.Contains(fmt.Sprint(err), "s3cret") || f.tokenCount() != 1 {
			t.Errorf("%d: %d token requests, error %v", status, f.tokenCount(), err)
		}
	}
}

// certificate makes a self-signed certificate with its key, as PEM.
func certificate(t *testing.T) (text []byte, public *rsa.PublicKey) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "figgosync"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return append(text, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...), &key.PublicKey
}

func TestMicrosoftsLibraryWithACertificate(t *testing.T) {
	t.Parallel()
	text, public := certificate(t)
	f, transport := secureFake(t, always(200, list()))
	if _, err := f.secure(transport, func(c *graph.Config) { c.CertificatePEM = text }).Find(t.Context(), mailbox, key); err != nil {
		t.Fatal(err)
	}
	form, _ := url.ParseQuery(f.tokens[0])
	if got := form.Get("client_assertion_type"); got != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		t.Errorf("client_assertion_type = %q", got)
	}
	assertion, err := jwt.Parse(form.Get("client_assertion"), func(*jwt.Token) (any, error) { return public, nil },
		jwt.WithIssuer("client-1"), jwt.WithAudience(f.URL+"/contoso.example/oauth2/v2.0/token"))
	if err != nil || !assertion.Valid {
		t.Errorf("client_assertion: %v", err)
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	text, _ := certificate(t)
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(other)
	if err != nil {
		t.Fatal(err)
	}
	withoutKey := text[:bytes.Index(text, []byte("-----BEGIN PRIVATE"))]
	foreignKey := append(bytes.Clone(withoutKey), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)
	good := graph.Config{TenantID: "contoso.example", ClientID: "client-1", ClientSecret: "s3cret-value"}
	if _, err := graph.New(good); err != nil {
		t.Fatalf("a good configuration: %v", err)
	}
	certified := func(pem []byte) func(*graph.Config) {
		return func(c *graph.Config) { c.ClientSecret, c.CertificatePEM = "", pem }
	}
	for name, change := range map[string]func(*graph.Config){
		"no tenant":              func(c *graph.Config) { c.TenantID = "" },
		"a path as tenant":       func(c *graph.Config) { c.TenantID = "a/../b" },
		"no client id":           func(c *graph.Config) { c.ClientID = " " },
		"no secret":              func(c *graph.Config) { c.ClientSecret = "" },
		"secret and certificate": func(c *graph.Config) { c.CertificatePEM = text },
		"http Graph":             func(c *graph.Config) { c.GraphURL = "http://graph.example/v1.0" },
		"http authority":         func(c *graph.Config) { c.AuthorityURL = "http://login.example" },
		"a password in Graph":    func(c *graph.Config) { c.GraphURL = "https://s3cret-value:x@graph.example/v1.0" },
		"a file as Graph":        func(c *graph.Config) { c.GraphURL, c.AllowInsecure = "file:///etc/passwd", true },
		"garbage as certificate": certified([]byte("s3cret-value")),
		"no private key":         certified(withoutKey),
		"another private key":    certified(foreignKey),
		"a certificate over http": func(c *graph.Config) {
			certified(text)(c)
			c.AuthorityURL, c.AllowInsecure = "http://127.0.0.1:1/entra", true
		},
	} {
		cfg := good
		change(&cfg)
		cal, err := graph.New(cfg)
		if err == nil {
			cal.Close()
			t.Errorf("%s was accepted", name)
		} else if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the error tells the secret: %v", name, err)
		}
	}
}

func TestNothingSecretIsLogged(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	f := newFake(t, always(403, graphError("ErrorAccessDenied")))
	cfg := f.config()
	cal := f.calendar(func(c *graph.Config) { c.Logger = logger })
	_, _ = cal.Create(t.Context(), mailbox, marker, allDay(t, "2026-02-02", "2026-02-03"), "v1")
	logger.Info("configured", "config", cfg)
	fmt.Fprintf(&logged, "%v %+v", cfg, cfg)
	text := logged.String()
	if !strings.Contains(text, "code=ErrorAccessDenied") || !strings.Contains(text, "operation=create") {
		t.Errorf("the call was not logged: %s", text)
	}
	for _, secret := range []string{"s3cret", "token-1", "marie", "Absent", "lucca/42"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q was logged: %s", secret, text)
		}
	}
}
