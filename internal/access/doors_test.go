package access_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/database/databasetest"
	"github.com/figgosync/figgosync/internal/settings"
)

// A page of another site makes every browser of an office fetch the address that
// begins a sign-in. Nobody is locked out, and nothing is kept.
func TestImagesOfAnotherSiteLockNobodyOut(t *testing.T) {
	t.Parallel()
	p := fake(t)
	h := p.house(nil)
	for _, site := range []string{"cross-site", "same-site"} {
		for range 100 {
			w := h.from("GET", "/sign-in/oidc", "192.0.2.7:1", map[string]string{"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"})
			if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/sign-in" || w.Header().Get("Set-Cookie") != "" {
				t.Fatalf("got %d %v", w.Code, w.Header())
			}
		}
	}
	if rows := dump(t, h.db); rows != "" {
		t.Errorf("kept %s", rows)
	}
	w := h.from("GET", "/sign-in/oidc", "192.0.2.7:1", map[string]string{"Sec-Fetch-Site": "same-origin"})
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), p.url) {
		t.Errorf("the button: got %d %s", w.Code, w.Header().Get("Location"))
	}
}

// Browsers that tell not where a request comes from are counted together at first;
// with our cookie, which another site cannot make them send, each by itself.
func TestABrowserOfItsOwnIsNotLockedOutByOthers(t *testing.T) {
	t.Parallel()
	p := fake(t)
	h := p.house(nil)
	var last *httptest.ResponseRecorder
	for range 100 {
		last = h.from("GET", "/sign-in/oidc", "192.0.2.7:1", nil)
	}
	cookie, _, _ := strings.Cut(last.Header().Get("Set-Cookie"), ";")
	if last.Code != http.StatusTooManyRequests || !strings.HasPrefix(cookie, "figgosync-sign-in=") {
		t.Fatalf("got %d %v", last.Code, last.Header())
	}
	w := h.from("GET", "/sign-in/oidc", "192.0.2.7:1", map[string]string{"Cookie": cookie})
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), p.url) {
		t.Errorf("the second click: got %d %s", w.Code, w.Header().Get("Location"))
	}
}

// Strangers fill neither the audit log nor the log.
func TestAFloodOfRefusalsIsAFewLines(t *testing.T) {
	t.Parallel()
	h := open(t, sqlite(t), nil)
	for i := range 1000 {
		address := "198.51." + strconv.Itoa(i%250) + "." + strconv.Itoa(i/250) + ":1"
		h.from("GET", "/api/v1/sources", address, map[string]string{"Authorization": "Bearer guess-" + strconv.Itoa(i)})
	}
	lines := len(h.audit.texts())
	if lines == 0 || lines > 110 {
		t.Errorf("%d lines", lines)
	}
	for _, line := range h.audit.lines {
		if line.Action == settings.ActionRefused && line.Network != "" && !strings.HasSuffix(line.Network, ".0/24") {
			t.Errorf("the network is %q", line.Network)
		}
	}
	h.clock.forward(time.Hour)
	h.from("GET", "/api/v1/sources", "192.0.2.1:1", map[string]string{"Authorization": "Bearer guess"})
	if text := strings.Join(h.audit.texts(), "\n"); !strings.Contains(text, "times:>") {
		t.Errorf("how often is not told:\n%s", text[max(0, len(text)-500):])
	}
}

func TestPeopleSeeAndEndSessions(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		h := open(t, db, nil)
		first, second := h.browser(), h.browser()
		h.signIn(first, access.Consult)
		h.clock.forward(time.Minute)
		h.signIn(second, access.Configure)
		all, err := h.gate.Sessions(t.Context())
		if err != nil || len(all) != 2 || all[0].Role != access.Configure || all[1].Role != access.Consult || all[0].Way != "link" || all[0].Network != "127.0.0.0/24" {
			t.Fatalf("got %+v, %v", all, err)
		}
		if err := h.gate.EndSession(t.Context(), admin, all[1].ID); err != nil {
			t.Fatal(err)
		}
		if _, known := first.who(); known {
			t.Error("the session that was ended goes on")
		}
		if _, known := second.who(); !known {
			t.Error("another session ended")
		}
		if err := h.gate.EndSession(t.Context(), admin, all[1].ID); !errors.Is(err, settings.ErrNotFound) {
			t.Errorf("got %v", err)
		}
		texts := h.audit.texts()
		if last := texts[len(texts)-1]; !strings.HasPrefix(last, "removed person:7 session link person:person:link:") {
			t.Errorf("got %q", last)
		}
	})
}

// A page that asks by itself, again and again, does not keep a session from ending.
func TestPollingIsNoUse(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		h := open(t, db, nil)
		b := h.browser()
		h.signIn(b, access.Consult)
		for range 6 {
			h.clock.forward(access.SessionIdle / 6)
			b.get("/overview/live")
			b.get("/initializations/x/events")
		}
		h.clock.forward(time.Second)
		if _, known := b.who(); known {
			t.Error("a session that nobody used goes on")
		}
	})
}

// streamer is a page that streams until it has to end.
func (h *house) streamer() (http.Handler, chan struct{}) {
	begun := make(chan struct{}, 1000)
	return h.gate.Identify(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		<-r.Context().Done()
	})), begun
}

// stream opens a stream and returns what ends when it does.
func stream(handler http.Handler, ctx context.Context, cookie, bearer string) chan int {
	r := httptest.NewRequest(http.MethodGet, "/initializations/x/events", nil).WithContext(ctx)
	if cookie != "" {
		r.AddCookie(&http.Cookie{Name: "figgosync", Value: cookie})
	}
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	ended := make(chan int, 1)
	go func() {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		ended <- w.Code
	}()
	return ended
}

func TestStreamsEndWithTheRightsOfWhoOpenedThem(t *testing.T) {
	t.Parallel()
	h := open(t, sqlite(t), func(c *access.Config) { c.RecheckStreams = time.Millisecond })
	handler, begun := h.streamer()
	b := h.browser()
	h.signIn(b, access.Consult)
	bySession := stream(handler, t.Context(), b.cookie("figgosync"), "")
	<-begun
	plain, made, err := h.gate.CreateToken(t.Context(), admin, "x", access.Consult, h.nextMonth())
	if err != nil {
		t.Fatal(err)
	}
	byToken := stream(handler, t.Context(), "", plain)
	<-begun
	if err := h.gate.RevokeToken(t.Context(), admin, made.ID); err != nil {
		t.Fatal(err)
	}
	<-byToken // or the test's own timeout
	all, err := h.gate.Sessions(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	if err := h.gate.EndSession(t.Context(), admin, all[0].ID); err != nil {
		t.Fatal(err)
	}
	<-bySession
}

func TestStreamsHaveAShareForEachPerson(t *testing.T) {
	t.Parallel()
	h := open(t, sqlite(t), nil)
	handler, begun := h.streamer()
	tokens := []string{}
	for range 20 {
		plain, _, err := h.gate.CreateToken(t.Context(), admin, "x", access.Consult, h.nextMonth())
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, plain)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var open []chan int
	count := func(ctx context.Context, token string) (opened int) {
		for range 20 {
			ended := stream(handler, ctx, "", token)
			select {
			case <-begun:
				opened++
				open = append(open, ended)
			case code := <-ended:
				if code != http.StatusTooManyRequests {
					t.Fatalf("got %d", code)
				}
				return opened
			}
		}
		return opened
	}
	total := 0
	for i, token := range tokens {
		share := count(ctx, token)
		if i == 0 && (share < 5 || share > 15) {
			t.Errorf("one has %d streams", share)
		}
		total += share
	}
	if total != 200 {
		t.Errorf("%d streams in all", total)
	}
	cancel()
	for _, ended := range open {
		<-ended
	}
	ctx, cancel = context.WithCancel(t.Context())
	if share := count(ctx, tokens[0]); share < 5 {
		t.Errorf("the places were not given back: %d", share)
	}
	cancel()
	for _, ended := range open[total:] {
		<-ended
	}
}

// Tokens do not breed: one that was stolen ends with itself.
func TestProgramsMakeNoTokens(t *testing.T) {
	t.Parallel()
	h := open(t, sqlite(t), nil)
	_, _, err := h.gate.CreateToken(t.Context(), access.Principal{ID: "token:x", Name: "x", Role: access.Configure}, "child", access.Configure, h.nextMonth())
	if !errors.Is(err, access.ErrNotPerson) {
		t.Errorf("got %v", err)
	}
}

// Without a database the gate knows the tokens of the environment, and limits
// guessing all the same.
func TestAGateWithoutADatabase(t *testing.T) {
	t.Parallel()
	h := open(t, sqlite(t), func(c *access.Config) { c.DB = nil })
	h.gate.AddFixedToken("fixed-token", access.Consult, "f")
	try := func(token string) int {
		return h.from("GET", "/api/v1/sources", "192.0.2.7:1", map[string]string{"Authorization": "Bearer " + token}).Code
	}
	limited := false
	for range 100 {
		limited = limited || try("wrong") == http.StatusTooManyRequests
	}
	if got := try("fixed-token"); !limited || got != http.StatusOK {
		t.Errorf("limited %v, the right one %d", limited, got)
	}
	if w := h.from("GET", "/", "192.0.2.7:1", map[string]string{"Cookie": "figgosync=x"}); w.Code != http.StatusOK {
		t.Errorf("a cookie: got %d", w.Code)
	}
}

// Making a link is in the audit log, with who made it.
func TestMakingALinkIsNoted(t *testing.T) {
	t.Parallel()
	h := open(t, sqlite(t), nil)
	noted := &audit{}
	gate, err := access.New(access.Config{DB: h.db, Audit: auditor(noted.keep), Log: discard})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gate.NewLink(t.Context(), settings.Author{ID: "command", Name: "ada"}, access.Configure, time.Hour); err != nil {
		t.Fatal(err)
	}
	if len(noted.lines) != 1 || noted.lines[0].By.Name != "ada" || noted.lines[0].Kind != settings.KindLink {
		t.Errorf("got %+v", noted.lines)
	}
}

type auditor func(settings.Change)

func (a auditor) Note(_ context.Context, change settings.Change) error { a(change); return nil }

func (a *audit) keep(change settings.Change) { a.lines = append(a.lines, change) }
