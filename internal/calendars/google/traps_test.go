package google_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/google"
)

// everyMethod calls each method of the port once on an event that never was.
func everyMethod(ctx context.Context, c *google.Calendar) map[string]error {
	placed := calendars.Placed{Marker: marker, ID: "fs0abcdef", Version: `"1"`}
	_, find := c.Find(ctx, alice, key)
	_, insert := c.Create(ctx, alice, marker, allDay(), "")
	_, update := c.Update(ctx, alice, placed, allDay())
	return map[string]error{"Find": find, "Create": insert, "Update": update, "Delete": c.Delete(ctx, alice, placed)}
}

// TestStrangeAnswers: whatever comes that is not Google's is an error from every
// method, never "no events" and never "already gone".
func TestStrangeAnswers(t *testing.T) {
	t.Parallel()
	const html, jsonType = "text/html; charset=utf-8", "application/json"
	unexpected := &calendars.Temporary{Code: "unexpected-answer"}
	blocked := func(code string) error {
		return &calendars.Blocked{Reason: calendars.ServerUnreachable, Scope: calendars.ScopeUnclear, Code: code}
	}
	for name, tc := range map[string]struct {
		status            int
		contentType, body string
		want              error
		notDelete         bool // a DELETE's answer has nothing to look at
	}{
		"login page":               {200, html, "<html>Sign in</html>", unexpected, false},
		"page without type":        {200, "", "<html>Sign in</html>", unexpected, false},
		"garbage":                  {200, jsonType, "]", unexpected, true},
		"empty object":             {200, jsonType, "{}", unexpected, true},
		"null":                     {200, jsonType, "null", unexpected, true},
		"list":                     {200, jsonType, "[]", unexpected, true},
		"another object":           {200, jsonType, `{"ok":true,"items":[]}`, unexpected, true},
		"an event without id":      {200, jsonType, `{"kind":"calendar#events","items":[{"status":"confirmed"}]}`, unexpected, true},
		"an event that is null":    {200, jsonType, `{"kind":"calendar#events","items":[null]}`, unexpected, true},
		"wrong types":              {200, jsonType, `{"kind":"calendar#events","items":{"a":1},"id":7}`, unexpected, true},
		"cut short":                {200, jsonType, `{"kind":"calendar#events","items":[`, unexpected, true},
		"redirect":                 {302, html, "", blocked("302"), false},
		"permanent redirect":       {308, html, "", blocked("308"), false},
		"a page not found":         {404, html, "<html>alice@corp.example</html>", blocked("404"), false},
		"JSON of another server":   {404, jsonType, `{"detail":"Not Found"}`, blocked("404"), false},
		"a page that is gone":      {410, html, "<html>", blocked("410"), false},
		"a proxy forbids":          {403, html, "<html>Blocked category: leave-17</html>", blocked("403"), false},
		"a proxy asks for a login": {407, html, "<html>", forConnection(calendars.ServerUnreachable, "407"), false},
		"a gateway fails":          {502, html, "<html>", &calendars.Temporary{Code: "502"}, false},
		"throttled by a page":      {429, html, "<html>", &calendars.Temporary{Code: "429"}, false},
		"bad request page":         {400, html, "<html>", &calendars.Invalid{Code: "400"}, false},
		"empty error":              {500, jsonType, "", &calendars.Temporary{Code: "500"}, false},
		"not modified":             {304, jsonType, "", &calendars.Temporary{Code: "304"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.before = func(w http.ResponseWriter, _ sent) bool {
				w.Header()["Content-Type"] = []string{tc.contentType}
				w.Header().Set("Location", f.URL+"/calendar/v3/elsewhere")
				w.WriteHeader(tc.status)
				_, _ = w.Write([]byte(tc.body))
				return true
			}
			for method, err := range everyMethod(t.Context(), f.open()) {
				if method == "Delete" && tc.notDelete {
					continue
				}
				if err == nil {
					t.Errorf("%s: no error", method)
				}
				wantPortError(t, tc.want, err)
			}
			if strings.Contains(strings.Join(f.log(), " "), "elsewhere") {
				t.Error("followed a redirect")
			}
		})
	}
}

func TestHugeAnswer(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.before = func(w http.ResponseWriter, _ sent) bool {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"kind":"calendar#events","nextSyncToken":"`)
		for range 9 << 10 {
			_, _ = w.Write(bytes.Repeat([]byte("a"), 1<<10))
		}
		_, _ = io.WriteString(w, `"}`)
		return true
	}
	_, err := f.open().Find(t.Context(), alice, key)
	wantTemporary(t, err, "answer-too-big", 0)
}

func TestEndlessPages(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.before = func(w http.ResponseWriter, s sent) bool {
		next := "b"
		if s.query["pageToken"] != nil && s.query["pageToken"][0] == "b" {
			next = "a"
		}
		writeJSON(w, 200, map[string]any{"kind": "calendar#events", "nextPageToken": next})
		return true
	}
	_, err := f.open().Find(t.Context(), alice, key)
	wantTemporary(t, err, "endless-pages", 0)
}

func TestPageThatNamesItself(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.before = func(w http.ResponseWriter, _ sent) bool {
		writeJSON(w, 200, map[string]any{"kind": "calendar#events", "nextPageToken": "same"})
		return true
	}
	_, err := f.open().Find(t.Context(), alice, key)
	wantTemporary(t, err, "unexpected-answer", 0)
}

// TestSecondPageFails: half a list is no list.
func TestSecondPageFails(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.before = func(w http.ResponseWriter, s sent) bool {
		if s.query["pageToken"] != nil {
			writeError(w, 503, "backendError", "message")
			return true
		}
		writeJSON(w, 200, map[string]any{"kind": "calendar#events", "nextPageToken": "2"})
		return true
	}
	found, err := f.open().Find(t.Context(), alice, key)
	wantTemporary(t, err, "503 backendError", 0)
	if found != nil {
		t.Errorf("found %v", found)
	}
}

func TestSlowServer(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	f.before = func(http.ResponseWriter, sent) bool { <-release; return true }
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	for method, err := range everyMethod(ctx, f.open()) {
		if err != context.DeadlineExceeded {
			t.Errorf("%s: %v, want the context's own error", method, err)
		}
	}
	for method, err := range everyMethod(t.Context(), f.open(func(cfg *google.Config) { cfg.Timeout = 50 * time.Millisecond })) {
		wantTemporary(t, err, "timeout", 0)
		if errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: looks like the caller's own deadline", method)
		}
	}
}

// TestSlowBody: headers come at once, the body never.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	f.before = func(w http.ResponseWriter, _ sent) bool {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"kind":"calendar#events",`)
		w.(http.Flusher).Flush()
		<-release
		return true
	}
	_, err := f.open(func(cfg *google.Config) { cfg.Timeout = 100 * time.Millisecond }).Find(t.Context(), alice, key)
	wantTemporary(t, err, "timeout", 0)
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for method, err := range everyMethod(ctx, f.open()) {
		if err != context.Canceled {
			t.Errorf("%s: %v, want the context's own error", method, err)
		}
	}
}

func TestConnectionLost(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.before = reset
	for method, err := range everyMethod(t.Context(), f.open()) {
		if !isTemporary(err) {
			t.Errorf("%s: %v", method, err)
		}
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	arrived, release := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(release) })
	f.before = func(http.ResponseWriter, sent) bool { close(arrived); <-release; return true }
	c := f.open()
	under := make(chan error)
	go func() { _, err := c.Find(t.Context(), alice, key); under <- err }()
	<-arrived
	c.Close()
	c.Close()
	wantTemporary(t, <-under, "closed", 0)
	for _, err := range everyMethod(t.Context(), c) {
		wantTemporary(t, err, "closed", 0)
	}
}

// TestUntrustedServer: time does not mend a certificate nobody trusts.
func TestUntrustedServer(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	picky := httptest.NewUnstartedServer(http.NotFoundHandler())
	picky.Config.ErrorLog = log.New(io.Discard, "", 0)
	picky.TLS = &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}}
	picky.StartTLS()
	t.Cleanup(picky.Close)
	plain := "https" + strings.TrimPrefix(f.URL, "http")
	for name, test := range map[string]struct {
		code   string
		change func(*google.Config)
	}{
		"answers with an alert": {"tls-refused", func(cfg *google.Config) { cfg.CalendarURL = picky.URL + "/calendar/v3/" }},
		"calendar":              {"tls-unknown-authority", func(cfg *google.Config) { cfg.CalendarURL = secure.URL + "/calendar/v3/" }},
		"token":                 {"tls-unknown-authority", func(cfg *google.Config) { cfg.TokenURL = secure.URL + "/token" }},
		"speaks no TLS":         {"tls-not-spoken", func(cfg *google.Config) { cfg.CalendarURL = plain + "/calendar/v3/" }},
		"token, no TLS":         {"tls-not-spoken", func(cfg *google.Config) { cfg.TokenURL = plain + "/token" }},
	} {
		t.Run(name, func(t *testing.T) {
			for _, err := range everyMethod(t.Context(), f.open(test.change)) {
				wantBlocked(t, err, calendars.ServerUnreachable, calendars.ScopeConnection, test.code)
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.open(func(cfg *google.Config) { cfg.CalendarURL = "http://127.0.0.1:1/calendar/v3/" })
	for _, err := range everyMethod(t.Context(), c) {
		wantTemporary(t, err, "connection-refused", 0)
	}
}

// TestLogsTellNothing: no address, title or token in what is logged.
func TestLogsTellNothing(t *testing.T) {
	t.Setenv("GOOGLE_SDK_GO_LOGGING_LEVEL", "debug")
	var logged bytes.Buffer
	f := newFake(t)
	c := f.open(func(cfg *google.Config) {
		cfg.Logger = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	placed := create(t, c, allDay())
	f.change(alice, placed.ID, func(e map[string]any) { e["status"], e["purged"] = "cancelled", true })
	f.mu.Lock()
	clear(f.tokens)
	f.mu.Unlock()
	create(t, c, allDay())
	if logged.Len() == 0 {
		t.Error("nothing was logged")
	}
	for _, private := range []string{"alice", "corp.example", "Absent", "token-", "leave-17"} {
		if strings.Contains(logged.String(), private) {
			t.Errorf("%q is logged:\n%s", private, logged.String())
		}
	}
}
