package egress_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/figgosync/figgosync/internal/egress"
)

func get(t *testing.T, client *http.Client, address string) (status int, body string, err error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

func TestTransportRefusesPrivateAddresses(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	defer server.Close()
	named := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	for _, address := range []string{server.URL, named} {
		_, _, err := get(t, &http.Client{Transport: hosted.Transport(nil)}, address)
		if got := why(t, err); got != egress.Loopback {
			t.Errorf("%s: %q", address, got)
		}
		if calls.Load() != 0 {
			t.Fatal("the server was called")
		}
	}
	if status, _, err := get(t, &http.Client{Transport: selfHosted.Transport(nil)}, server.URL); status != http.StatusOK {
		t.Errorf("self-hosted: %d, %v", status, err)
	}
}

// The dialer of the base would not obey.
func TestTransportTakesNoDialerOfTheBase(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	base := server.Client().Transport.(*http.Transport)
	base.DialTLSContext = (&tls.Dialer{Config: base.TLSClientConfig}).DialContext
	if _, _, err := get(t, &http.Client{Transport: base}, server.URL); err != nil {
		t.Fatal(err)
	}
	if _, _, err := get(t, &http.Client{Transport: hosted.Transport(base)}, server.URL); why(t, err) != egress.Loopback {
		t.Errorf("%v", err)
	}
}

// A redirect is an answer, and where somebody follows it, refused.
func TestRedirects(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
	}))
	defer server.Close()
	if status, _, err := get(t, selfHosted.Client(), server.URL); status != http.StatusFound {
		t.Errorf("Client: %d, %v", status, err)
	}
	_, _, err := get(t, &http.Client{Transport: selfHosted.Transport(nil)}, server.URL)
	if got := why(t, err); got != egress.Metadata {
		t.Errorf("followed: %v", err)
	}
}

// proxyServer is a forward proxy that answers plain requests itself and says which
// target it was asked for.
func proxyServer(t *testing.T) (base *http.Transport, asked *atomic.Value) {
	t.Helper()
	asked = new(atomic.Value)
	asked.Store("")
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Method + " " + r.Host)
		_, _ = io.WriteString(w, "through the proxy")
	}))
	t.Cleanup(proxy.Close)
	at, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	base = http.DefaultTransport.(*http.Transport).Clone()
	base.Proxy = func(r *http.Request) (*url.URL, error) {
		if r.URL.Host == at.Host || r.URL.Query().Has("direct") { // NO_PROXY
			return nil, nil
		}
		return at, nil
	}
	return base, asked
}

func TestAProxyOnAPrivateAddressWorks(t *testing.T) {
	t.Parallel()
	base, asked := proxyServer(t)
	client := &http.Client{Transport: hosted.Transport(base)}
	if _, body, err := get(t, client, "http://mail.example.com/ews"); body != "through the proxy" {
		t.Fatalf("%q, %v", body, err)
	}
	if asked.Load() != "GET mail.example.com" {
		t.Errorf("the proxy was asked for %q", asked.Load())
	}
	asked.Store("")
	for _, address := range []string{"http://10.0.0.1/", "http://localhost/", "http://169.254.169.254/", "http://127.1/", "http://exchange/", "https://[::1]/"} {
		if _, _, err := get(t, client, address); why(t, err) == "" || asked.Load() != "" {
			t.Errorf("%s went to the proxy: %v", address, err)
		}
	}
}

// The proxy's address is allowed for its own use only.
func TestNobodyReachesTheProxyAsATarget(t *testing.T) {
	t.Parallel()
	base, asked := proxyServer(t)
	at, _ := base.Proxy(&http.Request{URL: &url.URL{Host: "example.com"}})
	named := strings.Replace(at.String(), "127.0.0.1", "localhost", 1) + "/?direct"
	client := &http.Client{Transport: hosted.Transport(base)}
	if _, _, err := get(t, client, "http://mail.example.com/"); err != nil {
		t.Fatal(err)
	}
	asked.Store("")
	for _, address := range []string{at.String(), named} {
		if _, _, err := get(t, client, address); why(t, err) != egress.Loopback || asked.Load() != "" {
			t.Errorf("%s: %v", address, err)
		}
	}
}
