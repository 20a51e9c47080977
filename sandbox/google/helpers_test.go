package google_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
	_ "time/tzdata" // a machine without a zone database runs these tests too

	"github.com/figgosync/figgosync/sandbox/google"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
	"github.com/google/go-cmp/cmp"
	oauthgoogle "golang.org/x/oauth2/google"
	"google.golang.org/api/calendar/v3"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	"pgregory.net/rapid"
)

const (
	alice    = "alice@example.com"
	bob      = "bob@example.com"
	robot    = "robot@sync.iam.gserviceaccount.com"
	freebusy = "https://www.googleapis.com/auth/calendar.freebusy"
)

// key is one service account for all tests: making an RSA key takes a while.
var key = sync.OnceValues(func() (madeKey, error) {
	file, account, err := google.GenerateKeyFile(robot, "104", "https://oauth2.googleapis.com/token")
	return madeKey{file, account}, err
})

type madeKey struct {
	file    []byte
	account google.ServiceAccount
}

// world is a service behind real HTTP, under /google as in the sandbox: alice in
// Paris and bob in Reunion are on Google, carol is on Exchange.
type world struct {
	t        rapid.TB
	store    *mailboxes.Store
	service  *google.Service
	base     string // with /google
	key      madeKey
	mu       sync.Mutex
	now      time.Time
	tokenFor map[string]string
}

func newWorld(t *testing.T, change ...func(*google.Config)) *world {
	t.Helper()
	made, err := key()
	if err != nil {
		t.Fatal(err)
	}
	made.account.Scopes = []string{calendar.CalendarScope, calendar.CalendarEventsReadonlyScope, freebusy}
	server := httptest.NewUnstartedServer(nil)
	w := &world{t: t, store: mailboxes.New(), key: made, now: time.Now(), tokenFor: map[string]string{}}
	w.base = "http://" + server.Listener.Addr().String() + "/google"
	w.store.Add(mailboxes.Mailbox{Email: alice, Name: "Alice Martin", System: mailboxes.Google, Zone: "Europe/Paris"})
	w.store.Add(mailboxes.Mailbox{Email: bob, System: mailboxes.Google, Zone: "Indian/Reunion"})
	w.store.Add(mailboxes.Mailbox{Email: "carol@example.com", System: mailboxes.Exchange, Zone: "Europe/Paris"})
	config := google.Config{TokenURL: w.base + "/token", ServiceAccounts: []google.ServiceAccount{made.account}, Now: w.clock}
	for _, c := range change {
		c(&config)
	}
	w.service = google.New(w.store, config)
	server.Config.Handler = http.StripPrefix("/google", w.service.Handler())
	server.Start()
	t.Cleanup(server.Close)
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// client is Google's own Go client, acting as subject.
func (w *world) client(subject string, scopes ...string) *calendar.Service {
	w.t.Helper()
	if len(scopes) == 0 {
		scopes = []string{calendar.CalendarScope}
	}
	conf, err := oauthgoogle.JWTConfigFromJSON(w.key.file, scopes...)
	if err != nil {
		w.t.Fatal(err)
	}
	conf.Subject, conf.TokenURL = subject, w.base+"/token"
	service, err := calendar.NewService(context.Background(), option.WithHTTPClient(conf.Client(context.Background())),
		option.WithEndpoint(w.base+"/calendar/v3/"))
	if err != nil {
		w.t.Fatal(err)
	}
	return service
}

// answer is a raw answer.
type answer struct {
	status int
	header http.Header
	body   map[string]any
}

// reason is the error's reason, "" when there is none.
func (a answer) reason() string {
	failure, _ := a.body["error"].(map[string]any)
	items, _ := failure["errors"].([]any)
	if len(items) != 1 {
		return ""
	}
	text, _ := items[0].(map[string]any)["reason"].(string)
	return text
}

func (a answer) message() string {
	failure, _ := a.body["error"].(map[string]any)
	text, _ := failure["message"].(string)
	return text
}

func (a answer) text(name string) string {
	text, _ := a.body[name].(string)
	return text
}

// do sends a raw request as alice to a path below her events; headers are pairs.
func (w *world) do(method, path, body string, headers ...string) answer {
	w.t.Helper()
	return w.send(method, "/calendar/v3/calendars/primary/events"+path, body, append([]string{"Authorization", "Bearer " + w.token(alice)}, headers...)...)
}

func (w *world) send(method, path, body string, headers ...string) answer {
	w.t.Helper()
	request, err := http.NewRequest(method, w.base+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return w.read(http.DefaultClient.Do(request))
}

func (w *world) read(response *http.Response, err error) answer {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	got := answer{status: response.StatusCode, header: response.Header}
	if len(bytes.TrimSpace(text)) > 0 {
		if err := json.Unmarshal(text, &got.body); err != nil {
			w.t.Fatalf("%s: %v", text, err)
		}
	}
	return got
}

// token gets an access token for a subject, once.
func (w *world) token(subject string) string {
	w.t.Helper()
	w.mu.Lock()
	known := w.tokenFor[subject]
	w.mu.Unlock()
	if known != "" {
		return known
	}
	got := w.exchange(w.sign(claimsFor(w, subject)))
	token := got.text("access_token")
	if token == "" {
		w.t.Fatalf("no access token: %d %v", got.status, got.body)
	}
	w.mu.Lock()
	w.tokenFor[subject] = token
	w.mu.Unlock()
	return token
}

func (w *world) exchange(assertion string) answer {
	w.t.Helper()
	return w.read(http.PostForm(w.base+"/token", url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion},
	}))
}

// want fails unless the answer is an error of that status and reason, in the
// Calendar API's shape.
func want(t rapid.TB, what string, got answer, status int, reason string) {
	t.Helper()
	if got.status != status || got.reason() != reason {
		t.Errorf("%s: %d %q (%v), want %d %q", what, got.status, got.reason(), got.body, status, reason)
		return
	}
	failure := got.body["error"].(map[string]any)
	if code, _ := failure["code"].(float64); int(code) != status || failure["message"] == "" {
		t.Errorf("%s: the body %v does not repeat the status, or has no message", what, got.body)
	}
}

// ok fails unless the answer has that status and no error.
func ok(t rapid.TB, what string, got answer, status int) answer {
	t.Helper()
	if got.status != status || got.body["error"] != nil {
		t.Fatalf("%s: %d %v, want %d", what, got.status, got.body, status)
	}
	return got
}

// wantGoogle fails unless Google's client understood err as that status and reason.
func wantGoogle(t rapid.TB, what string, err error, status int, reason string) {
	t.Helper()
	var failure *googleapi.Error
	if !errors.As(err, &failure) {
		t.Fatalf("%s: %v is not an API error", what, err)
	}
	if failure.Code != status || len(failure.Errors) != 1 || failure.Errors[0].Reason != reason {
		t.Errorf("%s: %v, want %d %s", what, failure, status, reason)
	}
}

func equal(t rapid.TB, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func (w *world) views(email string) []mailboxes.View {
	w.t.Helper()
	views, err := w.store.Views(email)
	if err != nil {
		w.t.Fatal(err)
	}
	return views
}

// Bodies that many tests begin with.
const (
	day  = `"start":{"date":"2026-12-01"},"end":{"date":"2026-12-02"}`
	noon = `"start":{"dateTime":"2026-12-01T12:00:00","timeZone":"Europe/Paris"},"end":{"dateTime":"2026-12-01T13:00:00","timeZone":"Europe/Paris"}`
)
