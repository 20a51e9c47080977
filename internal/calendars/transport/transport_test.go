package transport_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/transport"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, " 7 ": 7 * time.Second, "2.128": 2128 * time.Millisecond, "0": 0, "-3": 0, "soon": 0, "NaN": 0,
		"Inf": transport.LongestRetryAfter, "1e300": transport.LongestRetryAfter, "999999": transport.LongestRetryAfter,
		" 2.128 ":                       2128 * time.Millisecond,
		"Mon, 30 Nov 2026 08:10:00 GMT": 10 * time.Minute, "Mon, 30 Nov 2026 08:01:30 GMT": 90 * time.Second, "Mon, 30 Nov 2026 07:00:00 GMT": 0,
		"Mon, 30 Nov 2099 07:00:00 GMT": transport.LongestRetryAfter,
	} {
		if got := transport.RetryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if got := transport.RetryAfter(http.Header{}, now); got != 0 {
		t.Errorf("no header: %s", got)
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"timeout":            fmt.Errorf("get: %w", context.DeadlineExceeded),
		"name-not-resolved":  &net.OpError{Err: &net.DNSError{Name: "host.example.com"}},
		"connection-refused": &net.OpError{Err: syscall.ECONNREFUSED},
		"connection-reset":   &net.OpError{Err: syscall.ECONNRESET},
		"connection-closed":  io.ErrUnexpectedEOF,
		"answer-too-big":     &http.MaxBytesError{Limit: 1},
		"network":            errors.New("host.example.com is on fire"),
	} {
		err := transport.Classify(err, errors.New("find"))
		temporary, ok := errors.AsType[*calendars.Temporary](err)
		if !ok || temporary.Code != want || strings.Contains(err.Error(), "example.com") {
			t.Errorf("%v, want temporary: %s", err, want)
		}
	}
}

// A client's own error is a timeout only where the error right below it is.
func TestATimeoutBelowOtherErrors(t *testing.T) {
	t.Parallel()
	slow := &url.Error{Op: "Get", URL: "https://host.example.com", Err: fmt.Errorf("sent: %w", &net.OpError{Err: timeout{}})}
	if got := transport.Code(slow); got != "timeout" {
		t.Error(got)
	}
}

type timeout struct{ error }

func (timeout) Timeout() bool { return true }

func TestReadAll(t *testing.T) {
	t.Parallel()
	whole, err := transport.ReadAll(strings.NewReader("12345"), 5)
	if err != nil || string(whole) != "12345" {
		t.Errorf("%q, %v", whole, err)
	}
	part, err := transport.ReadAll(strings.NewReader("123456"), 5)
	if part != nil || transport.Code(err) != "answer-too-big" {
		t.Errorf("%q, %v", part, err)
	}
}

// What crypto/tls itself says to a client.
func TestTLSCode(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = nil
	server.TLS = &tls.Config{MaxVersion: tls.VersionTLS12}
	server.StartTLS()
	defer server.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	trusting := server.Client().Transport.(*http.Transport).TLSClientConfig
	for want, c := range map[string]struct {
		address string
		change  func(*tls.Config)
	}{
		"tls-unknown-authority": {server.URL, func(c *tls.Config) { c.RootCAs = nil }},
		"tls-name-mismatch":     {server.URL, func(c *tls.Config) { c.ServerName = "another.invalid" }},
		"tls-expired":           {server.URL, func(c *tls.Config) { c.Time = func() time.Time { return time.Now().AddDate(200, 0, 0) } }},
		"tls-version":           {server.URL, func(c *tls.Config) { c.MinVersion = tls.VersionTLS13 }},
	} {
		config := trusting.Clone()
		c.change(config)
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: config}}
		answer, err := client.Get(c.address)
		if err == nil {
			answer.Body.Close()
		}
		if got := transport.TLSCode(err); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
		blocked, ok := errors.AsType[*calendars.Blocked](transport.Classify(err, errors.New("find")))
		if !ok || blocked.Scope != calendars.ScopeConnection || blocked.Reason != calendars.ServerUnreachable {
			t.Errorf("%s: not blocked for the connection", want)
		}
	}
	conn, err := tls.Dial("tcp", strings.TrimPrefix(plain.URL, "http://"), trusting)
	if err == nil {
		conn.Close()
	}
	if got := transport.TLSCode(err); got != "tls-not-spoken" {
		t.Errorf("%v: %q", err, got)
	}
	for _, none := range []error{nil, io.EOF, errors.New("protocol version"), errors.New("remote error: tls: internal error")} {
		if got := transport.TLSCode(none); got != "" {
			t.Errorf("%v: %q", none, got)
		}
	}
}

func TestGate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := transport.NewGate(2)
		var now, most atomic.Int64
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				leave, err := gate.Enter(t.Context(), []string{"Marie@example.com", "marie@EXAMPLE.com"}[i%2])
				if err != nil {
					t.Error(err)
					return
				}
				defer leave()
				most.Store(max(most.Load(), now.Add(1)))
				time.Sleep(time.Second)
				now.Add(-1)
			})
		}
		synctest.Wait()
		expiring, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := gate.Enter(expiring, "marie@example.com"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the gate is full: %v", err)
		}
		leave, err := gate.Enter(t.Context(), "paul@example.com")
		if err != nil {
			t.Fatal(err)
		}
		leave()
		all.Wait()
		if most.Load() != 2 || gate.Size() != 0 {
			t.Errorf("%d at once, %d mailboxes left over", most.Load(), gate.Size())
		}
		cancelled, stop := context.WithCancel(t.Context())
		stop()
		if _, err := gate.Enter(cancelled, "marie@example.com"); !errors.Is(err, context.Canceled) {
			t.Errorf("Enter after its context ended: %v", err)
		}
	})
}
