package google_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/google"
)

func TestAssertion(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	before := time.Now()
	create(t, f.open(), allDay())
	claims := f.claims[0]
	issued, _ := claims.GetIssuedAt()
	expires, _ := claims.GetExpirationTime()
	// In whole seconds, and somewhat early: another clock may be behind.
	if earliest, latest := before.Add(-time.Minute), time.Now(); issued.Before(earliest) || issued.After(latest) {
		t.Errorf("issued %v, not within %v and %v", issued, earliest, latest)
	}
	if life := expires.Sub(issued.Time); life != time.Hour {
		t.Errorf("lives %v", life)
	}
	delete(claims, "iat")
	delete(claims, "exp")
	want := map[string]any{
		"iss": "figgosync@corp.iam.gserviceaccount.com", "sub": alice, "prn": alice,
		"aud": f.URL + "/token", "scope": "https://www.googleapis.com/auth/calendar.events.owned",
	}
	if diff := cmp.Diff(want, map[string]any(claims)); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"alg": "RS256", "typ": "JWT", "kid": "key-1"}, f.headers[0]); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
}

func TestScopeIsAsConfigured(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	create(t, f.open(func(cfg *google.Config) { cfg.Scope = google.ScopeEvents }), allDay())
	if got := f.claims[0]["scope"]; got != "https://www.googleapis.com/auth/calendar.events" {
		t.Errorf("scope %v", got)
	}
}

func TestNewChecks(t *testing.T) {
	t.Parallel()
	const googleToken = "https://oauth2.googleapis.com/token"
	for name, tc := range map[string]struct {
		change func(*google.Config)
		code   string // "" when New succeeds
	}{
		"as Google hands it out": {func(*google.Config) {}, ""},
		"token URL said again":   {func(c *google.Config) { c.TokenURL = googleToken }, ""},
		"former token URL in the key": {func(c *google.Config) {
			c.KeyJSON = keyJSON(change("token_uri", "https://accounts.google.com/o/oauth2/token"))
		}, ""},
		"no token URL in the key":        {func(c *google.Config) { c.KeyJSON = keyJSON(change("token_uri", "")) }, ""},
		"insecure":                       {insecure("http://127.0.0.1:1/token"), ""},
		"not JSON":                       {func(c *google.Config) { c.KeyJSON = []byte("secret") }, "key-file"},
		"empty":                          {func(c *google.Config) { c.KeyJSON = nil }, "key-file"},
		"another kind of key":            {func(c *google.Config) { c.KeyJSON = keyJSON(change("type", "authorized_user")) }, "key-file"},
		"no e-mail":                      {func(c *google.Config) { c.KeyJSON = keyJSON(change("client_email", "")) }, "key-file"},
		"no private key":                 {func(c *google.Config) { c.KeyJSON = keyJSON(change("private_key", "")) }, "key-file"},
		"broken private key":             {func(c *google.Config) { c.KeyJSON = keyJSON(change("private_key", brokenPEM)) }, "key-file"},
		"elliptic key":                   {func(c *google.Config) { c.KeyJSON = keyJSON(change("private_key", ellipticPEM())) }, "key-file"},
		"token URL elsewhere":            {func(c *google.Config) { c.TokenURL = "https://evil.example/token" }, "token-url"},
		"token URL elsewhere in the key": {func(c *google.Config) { c.KeyJSON = keyJSON(change("token_uri", "https://evil.example/token")) }, "token-url"},
		"insecure, but no address":       {insecure("file:///etc/passwd"), "token-url"},
		"calendar URL without slash":     {func(c *google.Config) { c.CalendarURL = "https://www.googleapis.com/calendar/v3" }, "calendar-url"},
		"calendar URL without TLS":       {func(c *google.Config) { c.CalendarURL = "http://www.googleapis.com/calendar/v3/" }, "calendar-url"},
		"calendar URL without a host":    {func(c *google.Config) { c.CalendarURL = "https:///calendar/v3/" }, "calendar-url"},
		"calendar URL with a query":      {func(c *google.Config) { c.CalendarURL = "https://a.example/v3/?x=/" }, "calendar-url"},
		"calendar URL with a password":   {func(c *google.Config) { c.CalendarURL = "https://a:b@a.example/v3/" }, "calendar-url"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := google.Config{KeyJSON: keyJSON(nil)}
			tc.change(&cfg)
			c, err := google.New(cfg)
			if tc.code == "" {
				if err != nil {
					t.Fatal(err)
				}
				c.Close()
				return
			}
			reason := calendars.ServerUnreachable
			if tc.code == "key-file" {
				reason = calendars.CredentialsRejected
			}
			wantBlocked(t, err, reason, calendars.ScopeConnection, tc.code)
			if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "evil") {
				t.Errorf("the error tells too much: %v", err)
			}
		})
	}
}

const brokenPEM = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"

func ellipticPEM() string {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	der, _ := x509.MarshalPKCS8PrivateKey(key)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func change(name string, value any) map[string]any { return map[string]any{name: value} }

func insecure(tokenURL string) func(*google.Config) {
	return func(c *google.Config) { c.AllowInsecure, c.TokenURL = true, tokenURL }
}

// TestNoMailbox: a token without a subject would open the service account's own
// calendar.
func TestNoMailbox(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.open()
	placed := calendars.Placed{Marker: marker, ID: "fs0abc", Version: "1"}
	_, find := c.Find(t.Context(), "", key)
	_, insert := c.Create(t.Context(), " ", marker, allDay(), "")
	_, update := c.Update(t.Context(), "", placed, allDay())
	for _, err := range []error{find, insert, update, c.Delete(t.Context(), "", placed)} {
		wantBlocked(t, err, calendars.MailboxMissing, calendars.ScopeMailbox, "no-address")
	}
	if f.tokenRequests() != 0 || f.log() != nil {
		t.Error("something was sent")
	}
}

func TestOneTokenForAllWhoWait(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.open()
	f.token = func(http.ResponseWriter, *http.Request) bool { time.Sleep(50 * time.Millisecond); return false }
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			if _, err := c.Find(t.Context(), alice, key); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := f.tokenRequests(); got != 1 {
		t.Errorf("%d token requests", got)
	}
}

func TestTokensExpire(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.expires = 5 // less than what a token must have left
	c := f.open()
	for range 2 {
		if _, err := c.Find(t.Context(), alice, key); err != nil {
			t.Fatal(err)
		}
	}
	if got := f.tokenRequests(); got != 2 {
		t.Errorf("%d token requests", got)
	}
}

func TestLeastRecentlyUsedClientGoes(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.open(func(cfg *google.Config) { cfg.MaxClients = 2 })
	for _, name := range []string{"a", "b", "a", "c", "a", "b"} {
		if _, err := c.Find(t.Context(), name+"@corp.example", key); err != nil {
			t.Fatal(err)
		}
	}
	var subjects []string
	for _, claims := range f.claims {
		subjects = append(subjects, fmt.Sprint(claims["sub"])[:1])
	}
	if got := strings.Join(subjects, ""); got != "abcb" {
		t.Errorf("tokens for %s, want abcb", got)
	}
}

// TestRevokedToken: the first 401 costs a new token, nothing else.
func TestRevokedToken(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.open()
	create(t, c, allDay())
	f.mu.Lock()
	clear(f.tokens)
	f.mu.Unlock()
	if _, err := c.Find(t.Context(), alice, key); err != nil {
		t.Fatal(err)
	}
	if got := f.tokenRequests(); got != 2 {
		t.Errorf("%d token requests", got)
	}
}

func TestRefusedTokens(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.open()
	f.before = func(w http.ResponseWriter, s sent) bool {
		writeError(w, 401, "authError", "Invalid Credentials")
		return true
	}
	_, err := c.Find(t.Context(), alice, key)
	wantBlocked(t, err, calendars.CredentialsRejected, calendars.ScopeUnclear, "401 authError")
	if got := f.tokenRequests(); got != 2 || len(f.log()) != 2 {
		t.Errorf("%d token requests, %d calls", got, len(f.log()))
	}
	f.before = nil
	if _, err := c.Find(t.Context(), alice, key); err != nil || f.tokenRequests() != 3 {
		t.Errorf("after it was mended: %v, %d token requests", err, f.tokenRequests())
	}
}

func TestTokenErrors(t *testing.T) {
	t.Parallel()
	const (
		connection = calendars.ScopeConnection
		mailbox    = calendars.ScopeMailbox
		unclear    = calendars.ScopeUnclear
	)
	for name, tc := range map[string]struct {
		status int
		body   string
		want   error
	}{
		"not granted": {
			401, grantError("unauthorized_client", "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested."),
			&calendars.Blocked{Reason: calendars.ConsentMissing, Scope: unclear, Code: "token 401 unauthorized_client"},
		},
		"not authorized": {
			400, grantError("access_denied", "Requested client not authorized."),
			&calendars.Blocked{Reason: calendars.ConsentMissing, Scope: unclear, Code: "token 400 access_denied"},
		},
		"policy of a unit": {
			400, grantError("admin_policy_enforced", ""),
			&calendars.Blocked{Reason: calendars.ConsentMissing, Scope: unclear, Code: "token 400 admin_policy_enforced"},
		},
		"no such employee": {
			400, grantError("invalid_grant", "Invalid email or User ID"),
			&calendars.Blocked{Reason: calendars.MailboxMissing, Scope: mailbox, Code: "token 400 invalid_grant"},
		},
		"no such employee, other words": {
			400, grantError("invalid_grant", "Not a valid email or user ID."),
			&calendars.Blocked{Reason: calendars.MailboxMissing, Scope: mailbox, Code: "token 400 invalid_grant"},
		},
		"no address at all": {
			400, grantError("invalid_grant", "Not a valid email."),
			&calendars.Blocked{Reason: calendars.MailboxMissing, Scope: mailbox, Code: "token 400 invalid_grant"},
		},
		"a leaver": {
			400, grantError("invalid_grant", "The account has been deleted"),
			&calendars.Blocked{Reason: calendars.MailboxMissing, Scope: mailbox, Code: "token 400 invalid_grant"},
		},
		"impersonation, prn": {
			400, grantError("invalid_request", "Invalid impersonation prn email address."),
			&calendars.Blocked{Reason: calendars.MailboxMissing, Scope: mailbox, Code: "token 400 invalid_request"},
		},
		"impersonation, sub": {
			400, grantError("invalid_request", "Invalid impersonation &quot;sub&quot; field: alice@corp.example"),
			&calendars.Blocked{Reason: calendars.MailboxMissing, Scope: mailbox, Code: "token 400 invalid_request"},
		},
		"restricted account": {
			400, grantError("access_denied", "Account restricted"),
			&calendars.Blocked{Reason: calendars.AccessDenied, Scope: mailbox, Code: "token 400 access_denied"},
		},
		"no reason": {
			400, grantError("invalid_grant", "Bad Request"),
			&calendars.Blocked{Reason: calendars.CredentialsRejected, Scope: unclear, Code: "token 400 invalid_grant"},
		},
		"key deleted": {
			400, grantError("invalid_grant", "Invalid JWT Signature."),
			&calendars.Blocked{Reason: calendars.CredentialsRejected, Scope: connection, Code: "token 400 invalid_grant"},
		},
		"clock wrong": {
			400, grantError("invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."),
			&calendars.Blocked{Reason: calendars.CredentialsRejected, Scope: connection, Code: "token 400 invalid_grant"},
		},
		"service account unknown": {
			400, grantError("invalid_grant", "Invalid JWT: No valid verifier found for issuer."),
			&calendars.Blocked{Reason: calendars.CredentialsRejected, Scope: connection, Code: "token 400 invalid_grant"},
		},
		"service account deleted": {
			400, grantError("invalid_grant", "Invalid grant: account not found"),
			&calendars.Blocked{Reason: calendars.CredentialsRejected, Scope: connection, Code: "token 400 invalid_grant"},
		},
		"service account off": {
			401, grantError("disabled_client", "The OAuth client was disabled."),
			&calendars.Blocked{Reason: calendars.CredentialsRejected, Scope: connection, Code: "token 401 disabled_client"},
		},
		"scope misspelt": {
			400, grantError("invalid_scope", "alice@corp.example is not a scope"),
			&calendars.Blocked{Reason: calendars.ConsentMissing, Scope: unclear, Code: "token 400 invalid_scope"},
		},
		"unknown":            {400, `{"error":"something_new"}`, &calendars.Blocked{Reason: calendars.CredentialsRejected, Scope: unclear, Code: "token 400 something_new"}},
		"a sentence":         {400, `{"error":"alice@corp.example is unknown"}`, &calendars.Blocked{Reason: calendars.CredentialsRejected, Scope: unclear, Code: "token 400"}},
		"another server":     {404, `<html>`, &calendars.Blocked{Reason: calendars.ServerUnreachable, Scope: unclear, Code: "token 404"}},
		"redirect":           {302, ``, &calendars.Blocked{Reason: calendars.ServerUnreachable, Scope: unclear, Code: "token 302"}},
		"a proxy signs in":   {407, `<html>`, &calendars.Blocked{Reason: calendars.ServerUnreachable, Scope: connection, Code: "token 407"}},
		"outage":             {503, `<html>`, &calendars.Temporary{Code: "token 503", RetryAfter: 7 * time.Second, Scope: connection}},
		"outage, words":      {400, `{"error":"internal_failure"}`, &calendars.Temporary{Code: "token 400 internal_failure", RetryAfter: 7 * time.Second}},
		"too many":           {429, `{"error":"rate_limit_exceeded"}`, &calendars.Temporary{Code: "token 429 rate_limit_exceeded", RetryAfter: 7 * time.Second}},
		"success, garbage":   {200, `<html>sign in</html>`, &calendars.Temporary{Code: "token-answer"}},
		"success, no token":  {200, `{}`, &calendars.Temporary{Code: "token-answer"}},
		"success, cut short": {200, `{"access_token":"abc`, &calendars.Temporary{Code: "token-answer"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.token = func(w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("Retry-After", "7")
				w.Header().Set("Location", f.URL+"/elsewhere")
				w.WriteHeader(tc.status)
				_, _ = w.Write([]byte(tc.body))
				return true
			}
			c := f.open()
			_, err := c.Find(t.Context(), alice, key)
			wantPortError(t, tc.want, err)
			// Never may it look as if there were nothing to delete.
			err = c.Delete(t.Context(), alice, calendars.Placed{Marker: marker, ID: "fs0abc", Version: "1"})
			wantPortError(t, tc.want, err)
			if log := f.log(); log != nil {
				t.Errorf("the calendar was asked: %q", log)
			}
		})
	}
}

// grantError is an error of the token endpoint.
func grantError(code, description string) string {
	text, _ := json.Marshal(map[string]string{"error": code, "error_description": description})
	return string(text)
}

// TestScopesAreTried: the narrowest scope that is granted is asked for, and from
// then on first.
func TestScopesAreTried(t *testing.T) {
	t.Parallel()
	const root = "https://www.googleapis.com/auth/calendar"
	f := newFake(t)
	var mu sync.Mutex
	var asked []string
	granted := root
	f.token = func(w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		claims := jwt.MapClaims{}
		if _, _, err := jwt.NewParser().ParseUnverified(r.FormValue("assertion"), claims); err != nil {
			t.Error(err)
		}
		scope := fmt.Sprint(claims["scope"])
		asked = append(asked, strings.TrimPrefix(scope, root))
		if scope != granted {
			writeJSON(w, 401, json.RawMessage(grantError("unauthorized_client", "Client is unauthorized to retrieve access tokens using this method.")))
		}
		return scope != granted
	}
	c := f.open()
	find := func(mailbox, grant string) (scopes string, err error) {
		mu.Lock()
		granted, asked = grant, nil
		mu.Unlock()
		_, err = c.Find(t.Context(), mailbox, key)
		return strings.Join(asked, " "), err
	}
	for _, step := range []struct{ who, granted, asked string }{
		{"a", root, ".events.owned .events "},
		{"b", root, ""},
		{"c", root + ".events.owned", " .events.owned"},
		{"d", root + ".events.owned", ".events.owned"},
	} {
		if got, err := find(step.who+"@corp.example", step.granted); err != nil || got != step.asked {
			t.Errorf("%s: asked for %q, want %q; %v", step.who, got, step.asked, err)
		}
	}
	got, err := find("e@corp.example", root+".readonly")
	wantBlocked(t, err, calendars.ConsentMissing, calendars.ScopeUnclear, "token 401 unauthorized_client")
	if got != ".events.owned  .events" {
		t.Errorf("asked for %q", got)
	}
}

func TestTokenEndpointDown(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.token = func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }
	_, err := f.open().Find(t.Context(), alice, key)
	if !isTemporary(err) {
		t.Errorf("connection lost: %v", err)
	}
	c := f.open(func(cfg *google.Config) { cfg.TokenURL = "http://127.0.0.1:1/token" })
	_, err = c.Find(t.Context(), alice, key)
	wantTemporary(t, err, "connection-refused", 0)
}

// TestSlowToken: the wait ends with the caller's context; the token still comes
// for the next one.
func TestSlowToken(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	release := make(chan struct{})
	f.token = func(http.ResponseWriter, *http.Request) bool { <-release; return false }
	c := f.open()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := c.Find(ctx, alice, key); err != context.DeadlineExceeded {
		t.Errorf("%v, want the context's own error", err)
	}
	close(release)
	if _, err := c.Find(t.Context(), alice, key); err != nil || f.tokenRequests() != 1 {
		t.Errorf("%v, %d token requests", err, f.tokenRequests())
	}
}

func TestTokenTimeout(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	f.token = func(http.ResponseWriter, *http.Request) bool { <-release; return true }
	_, err := f.open(func(cfg *google.Config) { cfg.Timeout = 50 * time.Millisecond }).Find(t.Context(), alice, key)
	wantTemporary(t, err, "timeout", 0)
	if errors.Is(err, context.DeadlineExceeded) {
		t.Error("looks like the caller's own deadline")
	}
}
