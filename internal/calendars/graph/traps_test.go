package graph_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/graph"
)

func TestHugeAnswersAreNotRead(t *testing.T) {
	t.Parallel()
	written := make(chan int, 1)
	f := newFake(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		total := 0
		for range 1000 {
			n, err := io.WriteString(w, strings.Repeat(" ", 1<<20))
			if total += n; err != nil {
				break
			}
		}
		written <- total
	})
	_, err := f.calendar().Find(t.Context(), mailbox, key)
	if diff := cmp.Diff(temporary("answer-too-big"), outcomeOf(err)); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	if total := <-written; total > 64<<20 {
		t.Errorf("the server could send %d MiB", total>>20)
	}
}

// half sends the beginning of an answer and then does what the test says.
func half(then func(*http.Request, http.ResponseWriter)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"value":[]`)
		_ = http.NewResponseController(w).Flush()
		then(r, w)
	}
}

func TestSlowAnswersEndWithTheCallersContext(t *testing.T) {
	t.Parallel()
	f := newFake(t, half(func(r *http.Request, _ http.ResponseWriter) { <-r.Context().Done() }))
	cal := f.calendar(func(c *graph.Config) { c.Timeout = time.Minute })
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for len(f.requests()) == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if _, err := cal.Find(ctx, mailbox, key); err != context.Canceled {
		t.Errorf("error %v, want the context's own", err)
	}
}

func TestSlowAnswersEndAtTheTimeout(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"header": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"body":   half(func(r *http.Request, _ http.ResponseWriter) { <-r.Context().Done() }),
	} {
		f := newFake(t, answer)
		_, err := f.calendar(func(c *graph.Config) { c.Timeout = 100 * time.Millisecond }).Find(t.Context(), mailbox, key)
		if diff := cmp.Diff(temporary("timeout"), outcomeOf(err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func hangUp(w http.ResponseWriter, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func TestLostConnectionsAreTemporary(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		codes  string
	}{
		"closed before the answer": {func(w http.ResponseWriter, _ *http.Request) { hangUp(w, false) }, "connection-closed"},
		"reset before the answer":  {func(w http.ResponseWriter, _ *http.Request) { hangUp(w, true) }, "connection-reset connection-closed"},
		"closed inside the answer": {half(func(_ *http.Request, w http.ResponseWriter) { hangUp(w, false) }), "connection-closed"},
		"reset inside the answer":  {half(func(_ *http.Request, w http.ResponseWriter) { hangUp(w, true) }), "connection-reset connection-closed"},
	} {
		f := newFake(t, test.answer)
		cal := f.calendar()
		_, find := cal.Find(t.Context(), mailbox, key)
		_, create := cal.Create(t.Context(), mailbox, marker, allDay(t, "2026-02-02", "2026-02-03"), "v1")
		for _, err := range []error{find, create} {
			got := outcomeOf(err)
			if got.Kind != "temporary" || got.Code == "" || !strings.Contains(test.codes, got.Code) {
				t.Errorf("%s: %+v", name, got)
			}
		}
		posts := 0
		for _, r := range f.requests() {
			if r.Method == "POST" {
				posts++
			}
		}
		if posts != 1 {
			t.Errorf("%s: %d POSTs were sent, want 1: repeating is the workflow's", name, posts)
		}
	}
}

func TestNobodyListeningIsTemporary(t *testing.T) {
	t.Parallel()
	f := newFake(t, always(200, list()))
	closed := httptest.NewServer(nil)
	closed.Close()
	for name, change := range map[string]func(*graph.Config){
		"Graph":     func(c *graph.Config) { c.GraphURL = closed.URL },
		"authority": func(c *graph.Config) { c.AuthorityURL = closed.URL },
	} {
		_, err := f.calendar(change).Find(t.Context(), mailbox, key)
		if diff := cmp.Diff(temporary("connection-refused"), outcomeOf(err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestServersThatAreNotGraphBlockTheConnection(t *testing.T) {
	t.Parallel()
	f := newFake(t, always(200, list()))
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = discardLog()
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	for name, test := range map[string]struct {
		change func(*graph.Config)
		code   string
	}{
		"unknown certificate":             {func(c *graph.Config) { c.GraphURL = untrusted.URL }, "tls-unknown-authority"},
		"authority's unknown certificate": {func(c *graph.Config) { c.AuthorityURL = untrusted.URL }, "tls-unknown-authority"},
		"no TLS":                          {func(c *graph.Config) { c.GraphURL = strings.Replace(f.URL, "http:", "https:", 1) }, "tls-not-spoken"},
	} {
		_, err := f.calendar(test.change).Find(t.Context(), mailbox, key)
		if diff := cmp.Diff(ofConnection(calendars.ServerUnreachable, test.code), outcomeOf(err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A challenge for other claims must not reach the SDK, which would read it
// carelessly and repeat the request by itself.
func TestChallengesAreNotTheSDKs(t *testing.T) {
	t.Parallel()
	for _, challenge := range []string{`Bearer claims=x`, `Bearer error="insufficient_claims", claims="eyJ9"`, `Bearer claims`} {
		f := newFake(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", challenge)
			w.WriteHeader(401)
		})
		_, err := f.calendar().Find(t.Context(), mailbox, key)
		if diff := cmp.Diff(unclear(calendars.CredentialsRejected, "HTTP 401"), outcomeOf(err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", challenge, diff)
		}
		if n := len(f.requests()); n != 2 {
			t.Errorf("%s: %d requests, want 2", challenge, n)
		}
	}
}

// The caller's context ends a call with its own error, whatever else happened.
func TestEndedContextsSendNothing(t *testing.T) {
	t.Parallel()
	f := newFake(t, always(200, list()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	cal, event := f.calendar(), allDay(t, "2026-02-02", "2026-02-03")
	_, find := cal.Find(ctx, mailbox, key)
	_, create := cal.Create(ctx, mailbox, marker, event, "v1")
	_, update := cal.Update(ctx, mailbox, placed, event)
	for i, err := range []error{find, create, update, cal.Delete(ctx, mailbox, placed)} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if n := len(f.requests()); n != 0 {
		t.Error(fmt.Sprint(n, " requests were sent"))
	}
}
