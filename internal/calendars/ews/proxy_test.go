package ews_test

import (
	"net/http"
	"testing"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/internal/egress"
	sandbox "github.com/figgosync/figgosync/sandbox/exchange"
)

// withTLS is a company's server with TLS, and what opens it by NTLM.
func withTLS(t *testing.T) func(wrap func(*http.Transport) *http.Transport) calendars.Adapter {
	t.Helper()
	p := newPremises(t, sandbox.ServerSE)
	address, trust := calendartest.TLSServer(t, p.proxy, func(s *http.Server) { s.ConnContext = sandbox.ConnContext })
	return func(wrap func(*http.Transport) *http.Transport) calendars.Adapter {
		c, err := ews.New(ews.Config{
			URL: address + sandbox.Path, Username: `EX\svc-figgosync`, Password: conformPassword, MaxConcurrent: 1,
			WrapTransport: calendartest.Trusting(trust, wrap),
		})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

func TestThroughAProxy(t *testing.T) {
	t.Parallel()
	calendartest.Behind(t, "marie.o'neil@example.com", withTLS(t))
}

// NTLM signs in a connection: its three requests go through one tunnel, and what
// follows stays there.
func TestNTLMStaysInOneTunnel(t *testing.T) {
	t.Parallel()
	proxy := calendartest.NewForward(t)
	c := withTLS(t)(egress.Policy{AllowPrivate: true}.Through(proxy.URL))
	t.Cleanup(c.Close)
	for range 3 {
		if _, err := c.Find(t.Context(), "marie.o'neil@example.com", key); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(proxy.Tunnels()); n != 1 {
		t.Errorf("%d tunnels", n)
	}
}
