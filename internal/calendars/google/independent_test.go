package google_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/google"
)

const bob = "bob@corp.example"

// startDelegation is an OAuth server that knows our service account and lets it
// act for alice and bob.
func startDelegation(t *testing.T) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(signingKey().Public())
	if err != nil {
		t.Fatal(err)
	}
	return startOAuth(t, oauthSettings{
		Scopes: []string{google.DefaultScope, google.ScopeEvents},
		Users:  []string{alice, bob},
		Clients: []oauthClient{{
			ID:        "figgosync@corp.iam.gserviceaccount.com",
			PublicKey: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), KeyID: "key-1",
			Grant: "urn:ietf:params:oauth:grant-type:jwt-bearer", Scopes: []string{google.DefaultScope},
		}},
	})
}

// newProtected is the fake behind tokens of the server: a token opens the primary
// calendar of whom the server issued it for, if its signature is the server's.
func newProtected(t *testing.T, server string) (*fake, string) {
	t.Helper()
	f := newFake(t)
	guard := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		claims, err := readToken(http.DefaultClient, server, token)
		if err != nil {
			t.Errorf("access token: %v", err)
			writeError(w, 401, "authError", "Invalid Credentials")
			return
		}
		if claims["scope"] != google.DefaultScope || claims["client_id"] != "figgosync@corp.iam.gserviceaccount.com" {
			t.Errorf("access token for %v", claims)
		}
		f.mu.Lock()
		f.tokens[token], _ = claims["sub"].(string)
		f.mu.Unlock()
		f.serveCalendar(w, r)
	}))
	t.Cleanup(guard.Close)
	return f, guard.URL
}

func TestAnIndependentServerAcceptsOurAssertions(t *testing.T) {
	t.Parallel()
	server := startDelegation(t)
	f, guard := newProtected(t, server)
	cfg := google.Config{KeyJSON: keyJSON(nil), TokenURL: server + "/token", CalendarURL: guard + "/calendar/v3/", AllowInsecure: true}
	c, err := google.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, person := range []string{alice, bob} {
		created, err := c.Create(t.Context(), person, marker, allDay(), "token")
		if err != nil {
			t.Fatal(err)
		}
		found, err := c.Find(t.Context(), person, key)
		if err != nil || len(found) != 1 || found[0].ID != created.ID {
			t.Errorf("found %d events: %v", len(found), err)
		}
		if len(f.live(person)) != 1 {
			t.Errorf("%d events in the calendar", len(f.live(person)))
		}
	}
}

func TestAnIndependentServersRefusalsAreUnderstood(t *testing.T) {
	t.Parallel()
	server := startDelegation(t)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	stranger := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(other)}))
	for name, test := range map[string]struct {
		key    map[string]any
		scope  string
		person string
		reason calendars.Reason
		scoped calendars.Scope
		code   string
	}{
		// This server does not say, as Google does, that it is the signature.
		"another key":        {map[string]any{"private_key": stranger}, "", alice, calendars.CredentialsRejected, calendars.ScopeUnclear, "token 400 invalid_grant"},
		"a deleted key":      {map[string]any{"private_key_id": "key-0"}, "", alice, calendars.CredentialsRejected, calendars.ScopeConnection, "token 400 invalid_grant"},
		"unknown account":    {map[string]any{"client_email": "who@corp.iam.gserviceaccount.com"}, "", alice, calendars.CredentialsRejected, calendars.ScopeConnection, "token 400 invalid_client"},
		"scope not granted":  {nil, google.ScopeEvents, alice, calendars.ConsentMissing, calendars.ScopeUnclear, "token 400 unauthorized_client"},
		"nobody of the name": {nil, "", "carol@corp.example", calendars.MailboxMissing, calendars.ScopeMailbox, "token 400 invalid_grant"},
	} {
		cfg := google.Config{KeyJSON: keyJSON(test.key), Scope: test.scope, TokenURL: server + "/token", CalendarURL: server + "/calendar/v3/", AllowInsecure: true}
		c, err := google.New(cfg)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		defer c.Close()
		_, err = c.Find(t.Context(), test.person, key)
		t.Run(name, func(t *testing.T) { wantBlocked(t, err, test.reason, test.scoped, test.code) })
	}
}
