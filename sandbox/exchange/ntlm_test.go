package exchange_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	ntlmssp "github.com/Azure/go-ntlmssp"

	"github.com/figgosync/figgosync/sandbox/exchange"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// worker is an independent NTLM client with one transport of its own.
type worker struct {
	t         *testing.T
	url       string
	client    *http.Client
	exchanges atomic.Int64
}

func newWorker(t *testing.T, url string) *worker {
	t.Helper()
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	transport := &http.Transport{Protocols: protocols}
	t.Cleanup(transport.CloseIdleConnections)
	w := &worker{t: t, url: url}
	w.client = &http.Client{Transport: ntlmssp.Negotiator{RoundTripper: counting{transport, &w.exchanges}}}
	return w
}

type counting struct {
	http.RoundTripper
	n *atomic.Int64
}

func (c counting) RoundTrip(req *http.Request) (*http.Response, error) {
	c.n.Add(1)
	return c.RoundTripper.RoundTrip(req)
}

func (w *worker) send(login, password string, r request) answer {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodPost, w.url, bytes.NewReader([]byte(r.text())))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "text/xml; charset=utf-8")
	req.Header.Set("X-AnchorMailbox", or(r.as, alice))
	req.SetBasicAuth(login, password)
	resp, err := w.client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	return read(w.t, resp)
}

func TestNTLMHandshakePerConnection(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{exchange.NTLM, exchange.Negotiate} {
		for _, login := range []string{`DEMO\svc`, `demo\SVC`, `svc@demo.example.com`} {
			s := start(t, exchange.Config{Schemes: []string{scheme}})
			w := newWorker(t, s.url)
			for range 10 {
				if a := w.send(login, "secret", request{body: createBody(item("Absent", wholeDays))}); a.status != http.StatusOK || a.one("ResponseCode") != "NoError" {
					t.Fatalf("%s %s: %d %s", scheme, login, a.status, a.text)
				}
			}
			if n := w.exchanges.Load(); n != 12 {
				t.Errorf("%s %s: %d HTTP requests for 10 calls, want 12: one handshake", scheme, login, n)
			}
		}
	}
}

func TestNTLMRefusals(t *testing.T) {
	t.Parallel()
	s := start(t, exchange.Config{})
	for _, login := range [][2]string{{`DEMO\svc`, "wrong"}, {`DEMO\nobody`, "secret"}, {`OTHER\svc`, "secret"}, {`svc@other.example.com`, "secret"}} {
		a := newWorker(t, s.url).send(login[0], login[1], request{body: createBody(item("Absent", wholeDays))})
		if a.status != http.StatusUnauthorized || len(a.header.Values("WWW-Authenticate")) != 2 || !strings.Contains(a.text, "<html") {
			t.Errorf("%v: %d %v %s", login, a.status, a.header, a.text)
		}
	}
	if views := s.views(t, alice); len(views) != 0 {
		t.Error("a refused login wrote an event")
	}
}

func TestTwoAccountsSideBySide(t *testing.T) {
	t.Parallel()
	only := func(email string) func(string) bool { return func(e string) bool { return e == email } }
	s := start(t, exchange.Config{CloseEvery: 7, Accounts: []exchange.Account{
		{Domain: "DEMO", Username: "svc", Password: "one", Impersonate: true, Scope: only(alice)},
		{Domain: "LAB", Username: "svc", Password: "two", Impersonate: true, Scope: only("bob@example.com")},
	}})
	var group sync.WaitGroup
	for i := range 8 {
		login, password, email, other := `DEMO\svc`, "one", alice, "bob@example.com"
		if i%2 == 1 {
			login, password, email, other = `LAB\svc`, "two", other, email
		}
		group.Go(func() {
			w := newWorker(t, s.url)
			for range 20 {
				if a := w.send(login, password, request{as: email, body: createBody(item("Absent", wholeDays))}); a.one("ResponseCode") != "NoError" {
					t.Errorf("%s: %d %s", login, a.status, a.text)
				}
				if a := w.send(login, password, request{as: other, body: findBody("calendar", "", "")}); a.one("ResponseCode") != "ErrorImpersonateUserDenied" {
					t.Errorf("%s outside its scope: %d %s", login, a.status, a.text)
				}
			}
		})
	}
	group.Wait()
	if a, b := len(s.views(t, alice)), len(s.views(t, "bob@example.com")); a != 80 || b != 80 {
		t.Errorf("%d and %d events, want 80 each", a, b)
	}
}

// raw sends one request over a connection that is kept, and tells the token of
// the challenge.
type raw struct {
	t      *testing.T
	url    string
	client *http.Client
	conn   net.Conn
}

func newRaw(t *testing.T, url string) *raw {
	transport := &http.Transport{MaxIdleConnsPerHost: 1}
	t.Cleanup(transport.CloseIdleConnections)
	return &raw{t: t, url: url, client: &http.Client{Transport: transport}}
}

func (r *raw) send(authorization string) *http.Response {
	r.t.Helper()
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if r.conn != nil && info.Conn != r.conn {
			r.t.Error("not the same connection")
		}
		r.conn = info.Conn
	}}
	req, _ := http.NewRequestWithContext(httptrace.WithClientTrace(context.Background(), trace), http.MethodGet, r.url, nil)
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	return resp
}

func typeOne(t *testing.T) string {
	return "NTLM " + base64.StdEncoding.EncodeToString(must(ntlmssp.NewNegotiateMessage("", "")))
}

func typeThree(t *testing.T, resp *http.Response) string {
	t.Helper()
	_, token, _ := strings.Cut(resp.Header.Get("WWW-Authenticate"), " ")
	challenge, err := base64.StdEncoding.DecodeString(token)
	if err != nil || len(challenge) == 0 {
		t.Fatalf("no challenge in %v", resp.Header)
	}
	return "NTLM " + base64.StdEncoding.EncodeToString(must(ntlmssp.NewAuthenticateMessage(challenge, `DEMO\svc`, "secret", nil)))
}

func TestNTLMBelongsToTheConnection(t *testing.T) {
	t.Parallel()
	s := start(t, exchange.Config{})
	first, second := newRaw(t, s.url), newRaw(t, s.url)
	answer := typeThree(t, first.send(typeOne(t)))
	second.send(typeOne(t))
	if resp := second.send(answer); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a Type 3 for another connection's challenge: %d", resp.StatusCode)
	}
	if resp := first.send(answer); resp.StatusCode != http.StatusOK {
		t.Errorf("the right Type 3: %d", resp.StatusCode)
	}
	if resp := first.send(""); resp.StatusCode != http.StatusOK {
		t.Errorf("a later request without header: %d", resp.StatusCode)
	}
	if resp := second.send(""); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("another connection without header: %d", resp.StatusCode)
	}
	first.send(typeOne(t))
	if resp := first.send(""); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("after a new Type 1 the old identity holds: %d", resp.StatusCode)
	}
	if resp := first.send(answer); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a Type 3 is accepted twice: %d", resp.StatusCode)
	}
	third := newRaw(t, s.url)
	for _, header := range []string{"NTLM YII=", "NTLM !", "Basic ZGVtbzpkZW1v", "Bearer x", answer} {
		if resp := third.send(header); resp.StatusCode != http.StatusUnauthorized || len(resp.Header.Values("WWW-Authenticate")) != 2 {
			t.Errorf("Authorization %.12q: %d %v", header, resp.StatusCode, resp.Header.Values("WWW-Authenticate"))
		}
	}
}

func TestHTTP2IsRefused(t *testing.T) {
	t.Parallel()
	store := mailboxes.New()
	web := httptest.NewUnstartedServer(exchange.New(store, exchange.Config{}).Handler())
	web.Config.ConnContext = exchange.ConnContext
	web.EnableHTTP2 = true
	web.StartTLS()
	defer web.Close()
	resp, err := web.Client().Get(web.URL + exchange.Path)
	if err == nil {
		resp.Body.Close()
		t.Fatalf("HTTP/2 was answered: %s %d", resp.Proto, resp.StatusCode)
	}
}

func TestServerWithoutConnContext(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(exchange.New(mailboxes.New(), exchange.Config{}).Handler())
	defer web.Close()
	resp, err := http.Get(web.URL + exchange.Path)
	if err != nil {
		t.Fatal(err)
	}
	if a := read(t, resp); a.status != http.StatusInternalServerError || !strings.Contains(a.text, "ConnContext") {
		t.Errorf("%d %s", a.status, a.text)
	}
}
