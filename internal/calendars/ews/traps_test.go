package ews_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/calendars/ews"
)

func serveOn(t testing.TB, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(calendartest.InOrder(handler))
	t.Cleanup(server.Close)
	return server.URL
}

func calendarOn(t testing.TB, url string, change func(*ews.Config)) *ews.Calendar {
	t.Helper()
	cfg := ews.Config{URL: url, Username: alice, Password: "secret", Auth: ews.AuthBasic, AllowInsecure: true, Timeout: 10 * time.Second}
	if change != nil {
		change(&cfg)
	}
	c, err := ews.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	whole := success("FindItem", page(1, true)).body
	inBody := func(inside string) string { return envelopeStart + inside + envelopeEnd }
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		code    string
	}{
		"huge": {func(w http.ResponseWriter, _ *http.Request) {
			chunk := strings.Repeat("<!-- -->", 1<<13)
			for range 200 {
				if _, err := io.WriteString(w, chunk); err != nil {
					return
				}
			}
		}, "answer-too-big"},
		"huge 401": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(401)
			for range 200 {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		}, "answer-too-big"},
		"entity bomb":    {text(`<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY c "&a;&a;&a;&a;">]>` + strings.TrimPrefix(whole, `<?xml version="1.0" encoding="utf-8"?>`)), "unreadable-answer"},
		"entity":         {text(inBody(`<x>&secret;</x>`)), "unreadable-answer"},
		"deep":           {text(nested(10_000)), "unreadable-answer"},
		"garbage":        {text("\x00\xff\xfe<<<>>>"), "unreadable-answer"},
		"latin":          {text(`<?xml version="1.0" encoding="iso-8859-1"?>` + strings.TrimPrefix(whole, `<?xml version="1.0" encoding="utf-8"?>`)), "unreadable-answer"},
		"cut":            {func(w http.ResponseWriter, _ *http.Request) { cut(w) }, "connection-closed"},
		"no HTTP":        {raw("220 mail.example.com ESMTP\r\n\r\n"), "network"},
		"too short":      {raw("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + whole), "connection-closed"},
		"endless header": {raw("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("a", 200_000)), "network"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := calendarOn(t, serveOn(t, test.handler), nil)
			events, err := c.Find(t.Context(), mailbox, key)
			if describe(err) != "*calendars.Temporary "+test.code || events != nil {
				t.Errorf("%v, %v", events, describe(err))
			}
		})
	}
}

// nested is a good answer whose message text holds elements to that depth.
func nested(depth int) string {
	deep := strings.Repeat("<a>", depth) + strings.Repeat("</a>", depth)
	return strings.Replace(success("FindItem", page(1, true)).body, "the mailbox jean@example.com", deep, 1)
}

func TestDepthIsBounded(t *testing.T) {
	t.Parallel()
	// The message text itself is element 6 of the document.
	if err := ews.Parse([]byte(nested(58))); err != nil {
		t.Error(err)
	}
	if err := ews.Parse([]byte(nested(59))); err == nil {
		t.Error("65 levels were read")
	}
}

func text(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }
}

// raw writes bytes to the connection instead of an HTTP answer.
func raw(bytes string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, bytes)
	}
}

func TestReset(t *testing.T) {
	t.Parallel()
	c := calendarOn(t, serveOn(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
	})), nil)
	if _, err := c.Find(t.Context(), mailbox, key); describe(err) != "*calendars.Temporary connection-reset" {
		t.Error(err)
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	c := calendarOn(t, "http://"+address+"/", nil)
	if _, err := c.Find(t.Context(), mailbox, key); describe(err) != "*calendars.Temporary connection-refused" || strings.Contains(err.Error(), "127.0.0.1") {
		t.Error(err)
	}
}

// A lost answer is asked for again, except that of a create.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for call, want := range []int64{2, 1, 2, 2} {
		var n atomic.Int64
		c := calendarOn(t, serveOn(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n.Add(1)
			cut(w)
		})), nil)
		if err := oneCall(t, c, mailbox, call); describe(err) != "*calendars.Temporary connection-closed" || n.Load() != want {
			t.Errorf("call %d: %v after %d requests", call, err, n.Load())
		}
	}
}

func TestSlowServer(t *testing.T) {
	t.Parallel()
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(200)
		for r.Context().Err() == nil { // a drop now and then
			_, _ = io.WriteString(w, " ")
			_ = http.NewResponseController(w).Flush()
			time.Sleep(5 * time.Millisecond)
		}
	})
	t.Run("our own patience", func(t *testing.T) {
		t.Parallel()
		c := calendarOn(t, serveOn(t, slow), func(cfg *ews.Config) { cfg.Timeout = 80 * time.Millisecond })
		if _, err := c.Find(t.Context(), mailbox, key); describe(err) != "*calendars.Temporary timeout" {
			t.Error(err)
		}
	})
	t.Run("the caller's", func(t *testing.T) {
		t.Parallel()
		c := calendarOn(t, serveOn(t, slow), func(cfg *ews.Config) { cfg.MaxConcurrent = 1 })
		ctx, cancel := context.WithTimeout(t.Context(), 80*time.Millisecond)
		defer cancel()
		waiting := make(chan error)
		go func() { // waits for the only slot
			_, err := c.Find(ctx, mailbox, key)
			waiting <- err
		}()
		_, err := c.Find(ctx, mailbox, key)
		if other := <-waiting; !errors.Is(err, context.DeadlineExceeded) || !errors.Is(other, context.DeadlineExceeded) {
			t.Error(err, other)
		}
	})
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := serveOn(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	c := calendarOn(t, serveOn(t, http.RedirectHandler(elsewhere, http.StatusTemporaryRedirect)), nil)
	if _, err := c.Find(t.Context(), mailbox, key); describe(err) != "*calendars.Blocked redirect-307" {
		t.Error(err)
	}
}

// authority makes certificates for these tests.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem         string
}

func newAuthority(t testing.TB) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "company CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{certificate, key, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))}
}

func (a authority) issue(t testing.TB, notAfter time.Time, names []string, ips []net.IP) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(2), DNSNames: names, IPAddresses: ips,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: notAfter, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.key}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	local := []net.IP{net.IPv4(127, 0, 0, 1)}
	good := ca.issue(t, time.Now().Add(time.Hour), nil, local)
	for name, test := range map[string]struct {
		server *tls.Config
		client func(*ews.Config)
		want   string
	}{
		"company CA":        {&tls.Config{Certificates: []tls.Certificate{good}}, nil, ""},
		"unknown authority": {&tls.Config{Certificates: []tls.Certificate{good}}, func(c *ews.Config) { c.CAPEM = "" }, "*calendars.Blocked tls-unknown-authority"},
		"expired":           {&tls.Config{Certificates: []tls.Certificate{ca.issue(t, time.Now().Add(-time.Minute), nil, local)}}, nil, "*calendars.Blocked tls-expired"},
		"other name":        {&tls.Config{Certificates: []tls.Certificate{ca.issue(t, time.Now().Add(time.Hour), []string{"mail.example.com"}, nil)}}, nil, "*calendars.Blocked tls-name-mismatch"},
		"too old":           {&tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, nil, "*calendars.Blocked tls-version"},
		"old but allowed":   {&tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}, func(c *ews.Config) { c.MinTLS = "1.0" }, ""},
		"1.3 wanted":        {&tls.Config{Certificates: []tls.Certificate{good}, MaxVersion: tls.VersionTLS12}, func(c *ews.Config) { c.MinTLS = "1.3" }, "*calendars.Blocked tls-version"},
		"no common cipher":  {&tls.Config{Certificates: []tls.Certificate{good}, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}}, nil, "*calendars.Blocked tls-refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &exchange{respond: wellBehaved}
			server := httptest.NewUnstartedServer(e)
			server.TLS = test.server
			server.EnableHTTP2 = true
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			server.StartTLS()
			t.Cleanup(server.Close)
			c := calendarOn(t, server.URL, func(cfg *ews.Config) {
				cfg.CAPEM, cfg.AllowInsecure = ca.pem, false
				if test.client != nil {
					test.client(cfg)
				}
			})
			_, err := c.Find(t.Context(), mailbox, key)
			if describe(err) != test.want {
				t.Errorf("%v, want %q", err, test.want)
			}
			if blocked, ok := errors.AsType[*calendars.Blocked](err); ok && (blocked.Reason != calendars.ServerUnreachable || blocked.Scope != calendars.ScopeConnection) {
				t.Errorf("%+v", blocked)
			}
			if seen := e.seen(); err == nil && seen[0].proto != "HTTP/1.1" {
				t.Errorf("spoke %s", seen[0].proto)
			}
		})
	}
	t.Run("not spoken", func(t *testing.T) {
		t.Parallel()
		plain := serveOn(t, text("hello"))
		c := calendarOn(t, strings.Replace(plain, "http://", "https://", 1), nil)
		if _, err := c.Find(t.Context(), mailbox, key); describe(err) != "*calendars.Blocked tls-not-spoken" {
			t.Error(err)
		}
	})
}

func FuzzAnswer(f *testing.F) {
	f.Add(200, []byte(success("FindItem", page(1, true, item("A", "C", "acme/1", "1:f"))).body))
	f.Add(500, []byte(soapFault("ErrorServerBusy", "<MessageXml><Value Name='BackOffMilliseconds'>5</Value></MessageXml>").body))
	f.Add(200, []byte("<!DOCTYPE x><html>"))
	f.Fuzz(func(t *testing.T, status int, document []byte) {
		err := ews.ReadAnswer(status, document)
		if err != nil && !strings.HasPrefix(describe(err), "*calendars.") {
			t.Errorf("%T %v", err, err)
		}
		if err == nil && (status != 200 || ews.Parse(document) != nil) {
			t.Errorf("status %d taken for success", status)
		}
	})
}
