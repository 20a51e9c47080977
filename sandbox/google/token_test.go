package google_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/sandbox/google"
	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/oauth2"
	oauthgoogle "golang.org/x/oauth2/google"
	"google.golang.org/api/calendar/v3"
)

// claimsFor are the claims Go's own library sends.
func claimsFor(w *world, subject string) jwt.MapClaims {
	return jwt.MapClaims{
		"iss": robot, "scope": calendar.CalendarScope, "aud": w.base + "/token", "sub": subject, "prn": subject,
		"iat": w.clock().Add(-10 * time.Second).Unix(), "exp": w.clock().Add(time.Hour - 10*time.Second).Unix(),
	}
}

func (w *world) sign(claims jwt.MapClaims) string {
	w.t.Helper()
	return w.signAs(w.key.account.KeyID, privateKey(w), jwt.SigningMethodRS256, claims)
}

func (w *world) signAs(kid string, key any, method jwt.SigningMethod, claims jwt.MapClaims) string {
	w.t.Helper()
	token := jwt.NewWithClaims(method, claims)
	token.Header["kid"] = kid
	signed, err := token.SignedString(key)
	if err != nil {
		w.t.Fatal(err)
	}
	return signed
}

func privateKey(w *world) *rsa.PrivateKey {
	w.t.Helper()
	var file struct {
		PrivateKey string `json:"private_key"`
	}
	if err := json.Unmarshal(w.key.file, &file); err != nil {
		w.t.Fatal(err)
	}
	key, err := jwt.ParseRSAPrivateKeyFromPEM([]byte(file.PrivateKey))
	if err != nil {
		w.t.Fatal(err)
	}
	return key
}

func TestTheKeyFileIsOneGooglesLibraryReads(t *testing.T) {
	t.Parallel()
	file, account, err := google.GenerateKeyFile("sync@acme.iam.gserviceaccount.com", "1234", "http://127.0.0.1:1/token")
	if err != nil {
		t.Fatal(err)
	}
	conf, err := oauthgoogle.JWTConfigFromJSON(file, calendar.CalendarScope)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "e-mail", "sync@acme.iam.gserviceaccount.com", conf.Email)
	equal(t, "token URL", "http://127.0.0.1:1/token", conf.TokenURL)
	equal(t, "key id", account.KeyID, conf.PrivateKeyID)
	var fields map[string]string
	if err := json.Unmarshal(file, &fields); err != nil {
		t.Fatal(err)
	}
	equal(t, "type, project and client", []string{"service_account", "acme", "1234"},
		[]string{fields["type"], fields["project_id"], fields["client_id"]})
	equal(t, "account", []string{conf.Email, "1234", conf.PrivateKeyID}, []string{account.Email, account.ClientID, account.KeyID})
	equal(t, "granted scopes", 0, len(account.Scopes))
	signing, err := jwt.ParseRSAPrivateKeyFromPEM(conf.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	if !signing.PublicKey.Equal(account.PublicKey) {
		t.Error("the account's public key is not that of the key file")
	}
}

func TestGooglesLibraryGetsAToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	conf, err := oauthgoogle.JWTConfigFromJSON(w.key.file, calendar.CalendarScope)
	if err != nil {
		t.Fatal(err)
	}
	conf.Subject, conf.TokenURL = alice, w.base+"/token"
	before := time.Now()
	token, err := conf.TokenSource(context.Background()).Token()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "type", "Bearer", token.Type())
	if token.Expiry.Before(before.Add(59*time.Minute)) || token.Expiry.After(time.Now().Add(time.Hour)) {
		t.Errorf("asked at %v, the token lives until %v", before, token.Expiry)
	}

	conf.Subject = "nobody@example.com"
	_, err = conf.TokenSource(context.Background()).Token()
	var failure *oauth2.RetrieveError
	if !errors.As(err, &failure) || !strings.Contains(string(failure.Body), "invalid_grant") {
		t.Errorf("an unknown person: %v", err)
	}
}

func TestTheTokenEndpointRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	const shortLived = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim."
	const unauthorized = "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested."
	changed := func(name string, value any) string {
		claims := claimsFor(w, alice)
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
		return w.sign(claims)
	}
	times := func(iat, exp time.Duration) string {
		claims := claimsFor(w, alice)
		claims["iat"], claims["exp"] = w.clock().Add(iat).Unix(), w.clock().Add(exp).Unix()
		return w.sign(claims)
	}
	good := w.sign(claimsFor(w, alice))
	for name, c := range map[string]struct {
		assertion   string
		status      int
		code        string
		description string
	}{
		"an unknown person":       {w.sign(claimsFor(w, "nobody@example.com")), 400, "invalid_grant", "Invalid email or User ID"},
		"a person on Exchange":    {w.sign(claimsFor(w, "carol@example.com")), 400, "invalid_grant", "Invalid email or User ID"},
		"no subject":              {w.sign(claimsFor(w, "")), 400, "invalid_grant", "Invalid email or User ID"},
		"two subjects":            {changed("prn", bob), 400, "invalid_grant", "Invalid email or User ID"},
		"an unknown account":      {changed("iss", "other@sync.iam.gserviceaccount.com"), 400, "invalid_grant", "Invalid grant: account not found"},
		"another audience":        {changed("aud", "https://oauth2.googleapis.com/token"), 400, "invalid_grant", "Invalid JWT: Failed audience check. The right audience is " + w.base + "/token"},
		"no audience":             {changed("aud", nil), 400, "invalid_grant", "Invalid JWT: Failed audience check. The right audience is " + w.base + "/token"},
		"more than an hour":       {times(0, time.Hour+time.Second), 400, "invalid_grant", shortLived},
		"long expired":            {times(-2*time.Hour, -time.Hour), 400, "invalid_grant", shortLived},
		"a clock far ahead":       {times(10*time.Minute, 30*time.Minute), 400, "invalid_grant", shortLived},
		"no expiry":               {changed("exp", nil), 400, "invalid_grant", shortLived},
		"no issue time":           {changed("iat", nil), 400, "invalid_grant", shortLived},
		"another key":             {w.signAs(w.key.account.KeyID, stranger, jwt.SigningMethodRS256, claimsFor(w, alice)), 400, "invalid_grant", "Invalid JWT Signature."},
		"another key id":          {w.signAs("0123", privateKey(w), jwt.SigningMethodRS256, claimsFor(w, alice)), 400, "invalid_grant", "Invalid JWT Signature."},
		"another algorithm":       {w.signAs(w.key.account.KeyID, privateKey(w), jwt.SigningMethodRS512, claimsFor(w, alice)), 400, "invalid_grant", "Invalid JWT Signature."},
		"no signature":            {good[:strings.LastIndex(good, ".")+1], 400, "invalid_grant", "Invalid JWT Signature."},
		"not a JWT":               {"abc", 400, "invalid_request", "Bad Request"},
		"nothing":                 {"", 400, "invalid_request", "Required parameter is missing: assertion"},
		"a scope not granted":     {changed("scope", calendar.CalendarScope+" https://www.googleapis.com/auth/gmail.settings.basic"), 401, "unauthorized_client", unauthorized},
		"a narrower scope":        {changed("scope", calendar.CalendarEventsScope), 401, "unauthorized_client", unauthorized},
		"a scope that is no such": {changed("scope", calendar.CalendarScope+" calendar"), 400, "invalid_scope", "Invalid OAuth scope or ID token audience provided."},
		"no scope":                {changed("scope", nil), 400, "invalid_scope", "Empty or missing scope not allowed."},
	} {
		t.Run(name, func(t *testing.T) {
			got := w.exchange(c.assertion)
			equal(t, "status", c.status, got.status)
			equal(t, "body", map[string]any{"error": c.code, "error_description": c.description}, got.body)
		})
	}
	t.Run("another grant", func(t *testing.T) {
		got := w.read(http.PostForm(w.base+"/token", url.Values{"grant_type": {"refresh_token"}, "assertion": {good}}))
		equal(t, "error", "unsupported_grant_type", got.text("error"))
		got = w.read(http.PostForm(w.base+"/token", nil))
		equal(t, "error", "invalid_request", got.text("error"))
	})
	t.Run("a small clock skew is fine", func(t *testing.T) {
		equal(t, "ahead", 200, w.exchange(times(4*time.Minute, time.Hour)).status)
		equal(t, "behind", 200, w.exchange(times(-64*time.Minute, -4*time.Minute)).status)
	})
	t.Run("the address may be in capitals", func(t *testing.T) {
		equal(t, "status", 200, w.exchange(w.sign(claimsFor(w, "Alice@Example.com"))).status)
	})
}

// TestAnAssertionNeedsNoKeyID: all keys of the account are tried then.
func TestAnAssertionNeedsNoKeyID(t *testing.T) {
	t.Parallel()
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(c *google.Config) {
		newer := c.ServiceAccounts[0]
		newer.KeyID, newer.PublicKey = "newer", &stranger.PublicKey
		c.ServiceAccounts = append(c.ServiceAccounts, newer)
	})
	third, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		key    *rsa.PrivateKey
		kid    any
		status int
	}{
		"the first key":                   {privateKey(w), nil, 200},
		"the second key":                  {stranger, nil, 200},
		"no key of the account":           {third, nil, 400},
		"the second key by its id":        {stranger, "newer", 200},
		"the first key by the other's id": {privateKey(w), "newer", 400},
		"an empty id":                     {privateKey(w), "", 400},
	} {
		token := jwt.NewWithClaims(jwt.SigningMethodRS256, claimsFor(w, alice))
		if token.Header["kid"] = c.kid; c.kid == nil {
			delete(token.Header, "kid")
		}
		signed, err := token.SignedString(c.key)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.exchange(signed); got.status != c.status {
			t.Errorf("%s: %d %v, want %d", name, got.status, got.body, c.status)
		}
	}
}

func TestAnAccountWithoutGrantsGetsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *google.Config) { c.ServiceAccounts[0].Scopes = nil })
	got := w.exchange(w.sign(claimsFor(w, alice)))
	equal(t, "status", 401, got.status)
	equal(t, "error", "unauthorized_client", got.text("error"))
}

func TestAnAccessTokenOpensOneCalendarForAnHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ok(t, "own calendar", w.do("GET", "", ""), 200)
	events := func(calendar, token string) answer {
		return w.send("GET", "/calendar/v3/calendars/"+calendar+"/events", "", "Authorization", token)
	}
	ok(t, "by address", events("Alice%40example.com", "Bearer "+w.token(alice)), 200)
	want(t, "of somebody else", events(bob, "Bearer "+w.token(alice)), 404, "notFound")
	want(t, "no token", w.send("GET", "/calendar/v3/calendars/primary/events", ""), 401, "required")
	want(t, "unknown token", events("primary", "Bearer ya29.x"), 401, "authError")
	want(t, "another scheme", events("primary", "Basic "+w.token(alice)), 401, "authError")

	got := events("primary", "Bearer x")
	equal(t, "body of 401", map[string]any{"error": map[string]any{
		"errors": []any{map[string]any{"domain": "global", "reason": "authError", "message": "Invalid Credentials", "locationType": "header", "location": "Authorization"}},
		"code":   401.0, "message": "Invalid Credentials",
	}}, got.body)

	w.pass(time.Hour - time.Second)
	ok(t, "after 59:59", w.do("GET", "", ""), 200)
	w.pass(time.Second)
	want(t, "after an hour", w.do("GET", "", ""), 401, "authError")
}

func TestAScopeMustFitTheMethod(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reader := w.client(alice, calendar.CalendarEventsReadonlyScope)
	if _, err := reader.Events.List("primary").Do(); err != nil {
		t.Errorf("reading with a reading scope: %v", err)
	}
	_, err := reader.Events.Insert("primary", &calendar.Event{}).Do()
	wantGoogle(t, "writing with a reading scope", err, 403, "insufficientPermissions")
	_, err = w.client(alice, freebusy).Events.List("primary").Do()
	wantGoogle(t, "reading with a scope for something else", err, 403, "insufficientPermissions")
	if !strings.Contains(err.Error(), "ACCESS_TOKEN_SCOPE_INSUFFICIENT") {
		t.Errorf("%v does not carry Google's ErrorInfo", err)
	}
}

func TestAPersonWithoutCalendar(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := w.client(alice)
	if _, err := client.Events.List("primary").Do(); err != nil {
		t.Fatal(err)
	}
	w.store.Remove(alice)
	_, err := client.Events.List("primary").Do()
	wantGoogle(t, "list", err, 403, "notACalendarUser")
}
