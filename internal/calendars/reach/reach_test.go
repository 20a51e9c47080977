package reach_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/reach"
	"github.com/figgosync/figgosync/internal/egress"
)

var key = sync.OnceValue(func() *rsa.PrivateKey {
	made, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return made
})

// authority signs the certificates of the tests.
type authority struct {
	certificate *x509.Certificate
	pool        *x509.CertPool
}

var root = sync.OnceValue(func() authority {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Corp Root"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(10, 0, 0), KeyUsage: x509.KeyUsageCertSign,
	}
	made := sign(template, template)
	pool := x509.NewCertPool()
	pool.AddCert(made)
	return authority{made, pool}
})

func sign(template, parent *x509.Certificate) *x509.Certificate {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key().PublicKey, crypto.Signer(key()))
	if err != nil {
		panic(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return made
}

// certificate is one for 127.0.0.1, good for a year, with changes.
func certificate(changes ...func(*x509.Certificate)) tls.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "mail.corp.example"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, change := range changes {
		change(template)
	}
	made := sign(template, root().certificate)
	return tls.Certificate{Certificate: [][]byte{made.Raw}, PrivateKey: key()}
}

func serve(t *testing.T, config *tls.Config, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	if config == nil {
		server.Start()
	} else {
		server.TLS = config
		server.StartTLS()
	}
	t.Cleanup(server.Close)
	return server.URL
}

func ok(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }

func trusting() *http.Transport {
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: root().pool}}
}

// run checks one address and returns the two steps.
func run(ctx context.Context, target reach.Target) (address, security calendars.Step) {
	list := calendars.NewChecklist()
	reach.Check(ctx, list, target)
	steps := list.Steps()
	return steps[0], steps[1]
}

func expect(t *testing.T, step calendars.Step, outcome calendars.StepOutcome, finding calendars.Finding, detail string) {
	t.Helper()
	if step.Outcome != outcome || step.Finding != finding || !strings.Contains(step.Detail, detail) {
		t.Errorf("%s: %s, %q, %q; want %s, %q, …%q…", step.Name, step.Outcome, step.Finding, step.Detail, outcome, finding, detail)
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	with := func(changes ...func(*x509.Certificate)) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{certificate(changes...)}}
	}
	weak := with()
	weak.MaxVersion, weak.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}
	old := with()
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	asking := with()
	asking.ClientAuth = tls.RequireAnyClientCert
	other := with()
	other.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return nil, io.ErrUnexpectedEOF }
	for name, test := range map[string]struct {
		config  *tls.Config
		trust   *x509.CertPool
		outcome calendars.StepOutcome
		finding calendars.Finding
		detail  string
	}{
		"good":              {with(), root().pool, calendars.StepOK, "", "TLS 1.3, certificate until " + time.Now().AddDate(1, 0, 0).UTC().Format(time.DateOnly)},
		"expires soon":      {with(func(c *x509.Certificate) { c.NotAfter = time.Now().AddDate(0, 0, 10) }), root().pool, calendars.StepOK, calendars.TLSExpiresSoon, "certificate until"},
		"unknown authority": {with(), x509.NewCertPool(), calendars.StepFailed, calendars.TLSUnknownAuthority, "issued by CN=Corp Root"},
		"expired": {with(func(c *x509.Certificate) {
			c.NotAfter = time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
			c.NotBefore = c.NotAfter.AddDate(-1, 0, 0)
		}),
			root().pool, calendars.StepFailed, calendars.TLSExpired, "on 2026-01-31"},
		"not yet valid": {with(func(c *x509.Certificate) { c.NotBefore = time.Now().AddDate(0, 1, 0) }), root().pool, calendars.StepFailed, calendars.TLSNotYetValid, "from "},
		"other names": {with(func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"mail.corp.example"} }),
			root().pool, calendars.StepFailed, calendars.TLSNameMismatch, "certificate for mail.corp.example"},
		"no name": {with(func(c *x509.Certificate) { c.IPAddresses = nil }), root().pool, calendars.StepFailed, calendars.TLSNameMismatch, "names no host"},
		"not for servers": {with(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }),
			root().pool, calendars.StepFailed, calendars.TLSCertificateUnusable, ""},
		"signed with SHA-1": {with(func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA }), root().pool, calendars.StepFailed, calendars.TLSWeak, "SHA-1"},
		"RSA key exchange":  {weak, root().pool, calendars.StepFailed, calendars.TLSWeak, "TLS 1.2, TLS_RSA_WITH_AES_128_CBC_SHA"},
		"TLS 1.1":           {old, root().pool, calendars.StepFailed, calendars.TLSTooOld, "TLS 1.1"},
		"wants ours":        {asking, root().pool, calendars.StepFailed, calendars.TLSClientCertificate, ""},
		"refuses":           {other, root().pool, calendars.StepFailed, calendars.TLSRefused, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			transport := trusting()
			transport.TLSClientConfig.RootCAs = test.trust
			address, security := run(t.Context(), reach.Target{URL: serve(t, test.config, ok), Transport: transport})
			expect(t, address, calendars.StepOK, "", "127.0.0.1:")
			expect(t, security, test.outcome, test.finding, test.detail)
		})
	}
}

// What the connection allows is not weak for it.
func TestOldTLSMayBeAllowed(t *testing.T) {
	t.Parallel()
	server := serve(t, &tls.Config{Certificates: []tls.Certificate{certificate()}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, ok)
	transport := trusting()
	transport.TLSClientConfig.MinVersion = tls.VersionTLS10
	_, security := run(t.Context(), reach.Target{URL: server, Transport: transport})
	expect(t, security, calendars.StepOK, "", "TLS 1.1")
}

func TestNoTLSAtAll(t *testing.T) {
	t.Parallel()
	plain := serve(t, nil, ok)
	_, security := run(t.Context(), reach.Target{URL: plain, Transport: trusting()})
	expect(t, security, calendars.StepSkipped, "", "http")
	_, security = run(t.Context(), reach.Target{URL: strings.Replace(plain, "http:", "https:", 1), Transport: trusting()})
	expect(t, security, calendars.StepFailed, calendars.TLSNotSpoken, "")

	_, security = run(t.Context(), reach.Target{URL: "https://" + hangUp(t), Transport: trusting()})
	expect(t, security, calendars.StepFailed, calendars.ConnectionCut, "in the TLS handshake")
}

// hangUp is a server that closes every connection once something came.
func hangUp(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 1))
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

func TestConnecting(t *testing.T) {
	t.Parallel()
	dialing := func(err error) *http.Transport {
		return &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: err}
		}}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + listener.Addr().String()
	_ = listener.Close()
	waiting := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	for name, test := range map[string]struct {
		url       string
		transport *http.Transport
		finding   calendars.Finding
	}{
		"no such name":  {"https://mail.corp.example/", dialing(&net.DNSError{IsNotFound: true}), calendars.NameNotResolved},
		"DNS down":      {"https://mail.corp.example/", dialing(&net.DNSError{IsTemporary: true}), calendars.NameNotResolved},
		"nobody there":  {closed, trusting(), calendars.ConnectionRefused},
		"no answer":     {"https://mail.corp.example/", waiting, calendars.ConnectionTimeout},
		"hangs up":      {"http://" + hangUp(t), trusting(), calendars.ConnectionCut},
		"no address":    {"https://mail corp/", trusting(), calendars.SettingsInvalid},
		"another ghost": {"https://mail.corp.example/", dialing(io.ErrUnexpectedEOF), calendars.ConnectionCut},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit := time.Minute // these fail by themselves
			if test.transport == waiting {
				limit = 200 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			address, security := run(ctx, reach.Target{URL: test.url, Transport: test.transport})
			expect(t, address, calendars.StepFailed, test.finding, "")
			expect(t, security, calendars.StepSkipped, "", "")
		})
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	answer := func(status int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
		}
	}
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		judge   func(reach.Answer) calendars.Finding
		outcome calendars.StepOutcome
		finding calendars.Finding
		detail  string
	}{
		"any":         {answer(401), nil, calendars.StepOK, "", ""},
		"sign-in":     {answer(302, "Location", "https://adfs.corp.example/ls?user=x"), nil, calendars.StepFailed, calendars.Redirected, "→ https://adfs.corp.example"},
		"outage":      {answer(503), nil, calendars.StepFailed, calendars.ServiceUnavailable, "HTTP 503"},
		"wrong proxy": {answer(407), nil, calendars.StepFailed, calendars.ProxyRefuses, ""},
		"judged": {answer(404), func(a reach.Answer) calendars.Finding {
			if a.Status == 404 {
				return calendars.NotThatService
			}
			return ""
		}, calendars.StepFailed, calendars.NotThatService, "HTTP 404"},
		"clock": {answer(200, "Date", time.Now().Add(10*time.Hour).UTC().Format(http.TimeFormat)), nil, calendars.StepOK, calendars.ClockSkew, "off by -"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, _ := run(t.Context(), reach.Target{URL: serve(t, nil, test.handler), Transport: trusting(), Judge: test.judge})
			expect(t, address, test.outcome, test.finding, test.detail)
			if strings.Contains(address.Detail, "user=x") {
				t.Errorf("the detail %q tells more than the host", address.Detail)
			}
		})
	}
}

func TestProxies(t *testing.T) {
	t.Parallel()
	behind := func(proxy string) *http.Transport {
		transport := trusting()
		address, err := url.Parse(proxy)
		if err != nil {
			t.Fatal(err)
		}
		address.User = url.UserPassword("svc", "hunter2")
		transport.Proxy = http.ProxyURL(address)
		return transport
	}
	refusing := serve(t, nil, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusProxyAuthRequired) })
	address, _ := run(t.Context(), reach.Target{URL: "https://mail.corp.example/", Transport: behind(refusing)})
	expect(t, address, calendars.StepFailed, calendars.ProxyRefuses, "HTTP 407")
	if strings.Contains(address.Detail, "hunter2") {
		t.Errorf("the detail %q tells the proxy's password", address.Detail)
	}

	address, _ = run(t.Context(), reach.Target{URL: "https://mail.corp.example/", Transport: behind("http://" + hangUp(t))})
	expect(t, address, calendars.StepFailed, calendars.ProxyUnreachable, "127.0.0.1:")

	server := serve(t, &tls.Config{Certificates: []tls.Certificate{certificate()}}, ok)
	tunnel := serve(t, nil, connect)
	address, security := run(t.Context(), reach.Target{URL: server, Transport: behind(tunnel)})
	expect(t, address, calendars.StepOK, "", "through the proxy 127.0.0.1:")
	expect(t, security, calendars.StepOK, "", "TLS 1.3")
}

// connect is an HTTP proxy's CONNECT.
func connect(w http.ResponseWriter, r *http.Request) {
	there, err := net.Dial("tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	here, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() { _, _ = io.Copy(here, there); _ = here.Close() }()
	_, _ = io.Copy(there, buffered)
	_ = there.Close()
}

// Two servers: the address of both comes before the TLS of either.
func TestAddressesComeFirst(t *testing.T) {
	t.Parallel()
	list := calendars.NewChecklist()
	untrusted := reach.Target{URL: serve(t, &tls.Config{Certificates: []tls.Certificate{certificate()}}, ok), Transport: &http.Transport{}}
	gone := reach.Target{URL: serve(t, nil, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }), Transport: &http.Transport{}}
	if _, passed := reach.Check(t.Context(), list, untrusted, gone); passed {
		t.Error("passed")
	}
	expect(t, list.Steps()[0], calendars.StepFailed, calendars.ServiceUnavailable, "HTTP 502")
	list = calendars.NewChecklist()
	good := reach.Target{URL: serve(t, nil, ok), Transport: &http.Transport{}}
	answers, passed := reach.Check(t.Context(), list, good, good)
	if !passed || len(answers) != 2 || string(answers[1].Body) != "hello" {
		t.Errorf("%v, %t", answers, passed)
	}
}

// Graph and Google speak HTTP/2.
func TestHTTP2(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("asked by %s", r.Proto)
		}
		ok(w, r)
	}))
	server.EnableHTTP2 = true
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate()}}
	server.StartTLS()
	t.Cleanup(server.Close)
	transport := trusting()
	transport.ForceAttemptHTTP2 = true
	client := &http.Client{Transport: transport}
	for range 2 { // also beside calls that use the original
		response, err := client.Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		address, security := run(t.Context(), reach.Target{URL: server.URL, Transport: transport})
		expect(t, address, calendars.StepOK, "", "127.0.0.1:")
		expect(t, security, calendars.StepOK, "", "TLS 1.3")
	}
}

// A redirect is told, never followed; a refused address is told as the settings'
// fault, behind a proxy too.
func TestRefusedAddress(t *testing.T) {
	t.Parallel()
	target := serve(t, nil, ok)
	step, _ := run(t.Context(), reach.Target{URL: target, Transport: egress.Policy{}.Transport(nil)})
	expect(t, step, calendars.StepFailed, calendars.SettingsInvalid, egress.Code+": loopback-address")

	base := http.DefaultTransport.(*http.Transport).Clone()
	proxy, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	base.Proxy = http.ProxyURL(proxy)
	step, _ = run(t.Context(), reach.Target{URL: "http://10.0.0.1/", Transport: egress.Policy{}.Transport(base)})
	expect(t, step, calendars.StepFailed, calendars.SettingsInvalid, egress.Code+": private-address")
	step, _ = run(t.Context(), reach.Target{URL: "http://mail.example.com/", Transport: egress.Policy{}.Transport(base)})
	expect(t, step, calendars.StepOK, "", "mail.example.com through the proxy "+proxy.Host)
}
