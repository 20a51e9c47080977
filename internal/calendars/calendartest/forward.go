package calendartest

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/egress"
)

// Forward is an HTTP proxy as companies have them: it knows CONNECT, and wants a
// login (RFC 9110 9.3.6 and 11.7).
type Forward struct {
	// URL is its address with the login.
	URL *url.URL
	// Refuse, when not 0, is its answer to every CONNECT.
	Refuse atomic.Int64

	server *httptest.Server
	mu     sync.Mutex
	asked  []string
}

const forwardLogin = "svc-proxy:pass:wörd"

// NewForward starts a Forward that stops with the test.
func NewForward(t testing.TB) *Forward {
	t.Helper()
	f := &Forward{}
	f.server = httptest.NewServer(f)
	t.Cleanup(f.server.Close)
	f.URL = must(url.Parse(f.server.URL))
	user, password, _ := strings.Cut(forwardLogin, ":")
	f.URL.User = url.UserPassword(user, password)
	return f
}

// Tunnels are the targets it was asked to connect to by those it let in.
func (f *Forward) Tunnels() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.asked)
}

// ServeHTTP answers one CONNECT.
func (f *Forward) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	login := "Basic " + base64.StdEncoding.EncodeToString([]byte(forwardLogin))
	switch {
	case r.Method != http.MethodConnect:
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	case f.Refuse.Load() != 0:
		w.WriteHeader(int(f.Refuse.Load()))
		return
	case r.Header.Get("Proxy-Authorization") != login:
		w.Header().Set("Proxy-Authenticate", `Basic realm="proxy"`)
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	f.mu.Lock()
	f.asked = append(f.asked, r.Host)
	f.mu.Unlock()
	there, err := new(net.Dialer).DialContext(r.Context(), "tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer there.Close()
	here, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() { _, _ = io.Copy(here, there); _ = here.Close() }()
	_, _ = io.Copy(there, buffered)
}

// TLSServer serves handler with TLS; trusting makes transports trust it. change, when
// not nil, changes the server before it starts.
func TLSServer(t testing.TB, handler http.Handler,
	change func(*http.Server)) (address string, trusting func(*http.Transport)) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	if change != nil {
		change(server.Config)
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return server.URL, func(transport *http.Transport) { transport.TLSClientConfig.RootCAs = roots }
}

// Trusting is wrap for transports that trust.
func Trusting(trust func(*http.Transport),
	wrap func(*http.Transport) *http.Transport) func(*http.Transport) *http.Transport {
	return func(transport *http.Transport) *http.Transport {
		wrapped := wrap(transport)
		if wrapped.TLSClientConfig == nil {
			wrapped.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		trust(wrapped)
		return wrapped
	}
}

// Behind shows that an adapter does all that it does through an HTTP proxy, its
// sign-in included. open makes one with good credentials for a server with TLS; wrap
// is what its transports pass.
func Behind(t *testing.T, mailbox string, open func(wrap func(*http.Transport) *http.Transport) calendars.Adapter) {
	t.Helper()
	proxy := NewForward(t)
	through := func(policy egress.Policy, proxy *url.URL) calendars.Adapter {
		adapter := open(policy.Through(proxy))
		t.Cleanup(adapter.Close)
		return adapter
	}
	inside := egress.Policy{AllowPrivate: true}
	adapter := through(inside, proxy.URL)
	for _, step := range adapter.Check(t.Context(), mailbox, true) {
		if step.Outcome == calendars.StepFailed || step.Name == calendars.StepAddress &&
			!strings.Contains(step.Detail, "through the proxy "+proxy.URL.Host) {
			t.Errorf("check: %+v", step)
		}
	}
	key := calendars.Key{Source: "paris", Absence: "behind-a-proxy"}
	for _, events := range [][]absence.Event{eventsIn("Europe/Paris", days(monday, friday)),
		eventsIn("Europe/Paris", half(tuesday, absence.Morning)), nil} {
		if _, err := calendars.Apply(t.Context(), adapter, mailbox, key, events,
			calendars.Options{Token: "1"}); err != nil {
			t.Errorf("%d events: %v", len(events), err)
		}
		found, err := adapter.Find(t.Context(), mailbox, key)
		if err != nil || len(found) != len(events) {
			t.Errorf("%d events: found %d, %v", len(events), len(found), err)
		}
	}
	if len(proxy.Tunnels()) == 0 {
		t.Error("nothing went through the proxy")
	}

	tunnels := len(proxy.Tunnels())
	stranger := *proxy.URL
	stranger.User = url.UserPassword("svc-proxy", "wrong")
	isRefused(t, through(inside, &stranger), mailbox)
	proxy.Refuse.Store(http.StatusForbidden)
	isRefused(t, through(inside, proxy.URL), mailbox)
	proxy.Refuse.Store(http.StatusServiceUnavailable)
	isAway(t, through(inside, proxy.URL), mailbox, calendars.ProxyRefuses)
	proxy.Refuse.Store(0)
	hosted := through(egress.Policy{}, proxy.URL)
	if refused, ok := errors.AsType[*calendars.Blocked](find(t, hosted, mailbox)); !ok || refused.Code != egress.Code ||
		refused.Scope != calendars.ScopeConnection {
		t.Errorf("a proxy of this machine, hosted: %v", refused)
	}
	if n := len(proxy.Tunnels()); n != tunnels {
		t.Errorf("%d tunnels where there must be none", n-tunnels)
	}
	proxy.server.Close()
	isAway(t, through(inside, proxy.URL), mailbox, calendars.ProxyUnreachable)
}

func find(t testing.TB, adapter calendars.Adapter, mailbox string) error {
	t.Helper()
	_, err := adapter.Find(t.Context(), mailbox, calendars.Key{Source: "paris", Absence: "behind-a-proxy"})
	return err
}

// isRefused: a person must mend it, and the check says where.
func isRefused(t testing.TB, adapter calendars.Adapter, mailbox string) {
	t.Helper()
	err := find(t, adapter, mailbox)
	refused, ok := errors.AsType[*calendars.Blocked](err)
	if !ok || refused.Reason != calendars.ServerUnreachable || refused.Scope != calendars.ScopeConnection ||
		refused.Code != string(calendars.ProxyRefuses) {
		t.Errorf("refused by the proxy: %v", err)
	}
	if step := adapter.Check(t.Context(), mailbox, false)[0]; step.Finding != calendars.ProxyRefuses ||
		strings.Contains(step.Detail, "wrong") {
		t.Errorf("refused by the proxy: %+v", step)
	}
}

// isAway: it may come back by itself.
func isAway(t testing.TB, adapter calendars.Adapter, mailbox string, want calendars.Finding) {
	t.Helper()
	err := find(t, adapter, mailbox)
	if away, ok := errors.AsType[*calendars.Temporary](err); !ok || away.Code != string(want) {
		t.Errorf("want %s: %v", want, err)
	}
	if step := adapter.Check(t.Context(), mailbox, false)[0]; step.Finding != want {
		t.Errorf("want %s: %+v", want, step)
	}
}
