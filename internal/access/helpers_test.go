package access_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/settings"
)

// house is figgosync's HTTP side as far as access goes: its handlers, a page that
// tells who one is, and one that changes something.
type house struct {
	t     *testing.T
	gate  *access.Gate
	db    *database.DB
	clock *clock
	audit *audit
	logs  *safeBuffer
	url   string

	mu      sync.Mutex
	secrets []string
}

// open starts a house; change may alter what its gate is made with.
func open(t *testing.T, db *database.DB, change func(*access.Config)) *house {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	h := &house{t: t, db: db, clock: &clock{}, audit: &audit{}, logs: &safeBuffer{}, url: "http://" + server.Listener.Addr().String()}
	config := access.Config{
		DB: db, Audit: h.audit, PublicURL: h.url, Now: h.clock.now,
		Log: slog.New(slog.NewTextHandler(h.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&config)
	}
	gate, err := access.New(config)
	if err != nil {
		t.Fatal(err)
	}
	h.gate = gate
	server.Config.Handler = h.handler()
	if strings.HasPrefix(config.PublicURL, "https:") {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	t.Cleanup(h.checkSecrecy)
	return h
}

func (h *house) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/sign-in/oidc", h.gate.SignInOIDC)
	mux.HandleFunc("/sign-in/oidc/callback", h.gate.FinishOIDC)
	mux.HandleFunc("/sign-in/link", h.gate.UseLink)
	mux.HandleFunc("/sign-out", h.gate.SignOut)
	mux.HandleFunc("/sign-out/oidc", h.gate.SignOutOIDC)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		p, ok := access.From(r.Context())
		_ = json.NewEncoder(w).Encode(map[string]any{"known": ok, "principal": p})
	})
	return h.gate.Protect(h.gate.Identify(mux))
}

// secret registers what must show in no log and no table.
func (h *house) secret(text string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(text) > 3 {
		h.secrets = append(h.secrets, text)
	}
	return text
}

// checkSecrecy runs after every test.
func (h *house) checkSecrecy() {
	h.mu.Lock()
	defer h.mu.Unlock()
	rows := dump(h.t, h.db)
	for _, secret := range append(h.secrets, "@example.com", "Alice", "Bob Brown", "Carol") {
		if strings.Contains(h.logs.String(), secret) {
			h.t.Errorf("the log shows %q", secret)
		}
	}
	for _, secret := range h.secrets {
		if strings.Contains(rows, secret) {
			h.t.Errorf("the database holds %q", secret)
		}
	}
}

// dump is everything in our tables.
func dump(t *testing.T, db *database.DB) string {
	t.Helper()
	var all strings.Builder
	for _, table := range []string{"access_sessions", "access_sign_ins", "access_links", "access_tokens"} {
		rows, err := db.QueryContext(context.Background(), "SELECT * FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		columns, _ := rows.Columns()
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				t.Fatal(err)
			}
			for i := range values {
				fmt.Fprintf(&all, "%s ", *values[i].(*any))
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		_ = rows.Close()
	}
	return all.String()
}

// browser is one with its own cookies, which follows no redirect by itself.
type browser struct {
	t      *testing.T
	house  *house
	client *http.Client
	header http.Header
}

func (h *house) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &browser{t: h.t, house: h, header: http.Header{}, client: &http.Client{
		Jar: jar, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	body string
}

// location is the redirect's target.
func (a answer) location(t *testing.T) *url.URL {
	t.Helper()
	if a.StatusCode != http.StatusSeeOther && a.StatusCode != http.StatusFound {
		t.Fatalf("got %d %q, want a redirect", a.StatusCode, a.body)
	}
	location, err := a.Location()
	if err != nil {
		t.Fatal(err)
	}
	return location
}

func (b *browser) do(method, target string, form url.Values) answer {
	b.t.Helper()
	if strings.HasPrefix(target, "/") {
		target = b.house.url + target
	}
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, target, body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header = b.header.Clone()
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, cookie := range response.Cookies() {
		b.house.secret(cookie.Value)
	}
	return answer{response, string(content)}
}

func (b *browser) get(target string) answer { b.t.Helper(); return b.do(http.MethodGet, target, nil) }

func (b *browser) post(target string, form url.Values) answer {
	b.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	return b.do(http.MethodPost, target, form)
}

// who is the principal that pages see; false for nobody.
func (b *browser) who() (access.Principal, bool) {
	b.t.Helper()
	var answer struct {
		Known     bool
		Principal access.Principal
	}
	got := b.get("/whoami")
	if err := json.Unmarshal([]byte(got.body), &answer); err != nil {
		b.t.Fatalf("%d %s: %v", got.StatusCode, got.body, err)
	}
	return answer.Principal, answer.Known
}

// cookie is the value of the session's cookie, "" for none.
func (b *browser) cookie(name string) string {
	at, err := url.Parse(b.house.url)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, cookie := range b.client.Jar.Cookies(at) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}

// setCookie plants a cookie.
func (b *browser) setCookie(name, value string) {
	at, err := url.Parse(b.house.url)
	if err != nil {
		b.t.Fatal(err)
	}
	b.client.Jar.SetCookies(at, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// bearer makes it a program with a token.
func (b *browser) bearer(token string) *browser {
	b.header.Set("Authorization", "Bearer "+b.house.secret(token))
	return b
}

// wantReason fails unless the answer leads to the sign-in page with the reason.
func wantReason(t *testing.T, a answer, want access.Reason) {
	t.Helper()
	location := a.location(t)
	if got := access.Reason(location.Query().Get("reason")); location.Path != "/sign-in" || got != want {
		t.Errorf("got %s, want /sign-in?reason=%s", location, want)
	}
}

// link makes a sign-in link and returns its token.
func (h *house) link(role access.Role, validFor time.Duration) string {
	h.t.Helper()
	path, err := h.gate.NewLink(h.t.Context(), settings.Author{ID: "command"}, role, validFor)
	if err != nil {
		h.t.Fatal(err)
	}
	token, ok := strings.CutPrefix(path, "/sign-in/link#")
	if !ok {
		h.t.Fatalf("got %q", path)
	}
	return h.secret(token)
}

// signIn signs a browser in by a link.
func (h *house) signIn(b *browser, role access.Role) {
	h.t.Helper()
	got := b.post("/sign-in/link", url.Values{"token": {h.link(role, time.Hour)}})
	if location := got.location(h.t); location.Path != "/" {
		h.t.Fatalf("got %s", location)
	}
}

// clock is the system's, moved.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// audit keeps the lines of the audit log.
type audit struct {
	mu    sync.Mutex
	lines []settings.Change
	fail  error
}

func (a *audit) Note(_ context.Context, change settings.Change) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if change.Kind != settings.KindLink { // made by the tests themselves
		a.lines = append(a.lines, change)
	}
	return a.fail
}

// texts are the lines in short: "signed-in person:x link role=consult".
func (a *audit) texts() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := []string{}
	for _, line := range a.lines {
		text := fmt.Sprintf("%s %s %s %s", line.Action, line.By.ID, line.Kind, line.Name)
		for _, field := range line.Fields {
			text += fmt.Sprintf(" %s:%s>%s", field.Field, field.From, field.To)
		}
		all = append(all, text)
	}
	return all
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

var discard = slog.New(slog.DiscardHandler)

// nextMonth is when tokens of tests end.
func (h *house) nextMonth() time.Time {
	return h.clock.now().AddDate(0, 1, 0).Truncate(time.Microsecond)
}
