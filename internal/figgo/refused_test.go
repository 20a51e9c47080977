package figgo_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/figgosync/figgosync/internal/egress"
	"github.com/figgosync/figgosync/internal/figgo"
)

// What our own policy refuses is no outage: trying again is of no use.
func TestRefusedAddress(t *testing.T) {
	t.Parallel()
	var arrived atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived.Add(1) }))
	defer server.Close()
	// Where the token comes from and where it goes are refused alike.
	client := func(host, tokenURL string) *figgo.Client {
		return figgo.NewClient(figgo.ClientConfig{
			Host: host, TokenURL: tokenURL, ClientID: "key", ClientSecret: "secret", AllowInsecure: true, HTTPClient: egress.Policy{}.Client(),
		})
	}
	legacy := figgo.NewLegacyClient(figgo.LegacyConfig{Host: server.URL, APIKey: "k", AllowInsecure: true, HTTPClient: egress.Policy{}.Client()})
	for name, reader := range map[string]figgo.Reader{"v5": client(server.URL, server.URL+"/connect/token"), "v3": legacy} {
		_, err := reader.LegalEntities(t.Context())
		apiErr, ok := errors.AsType[*figgo.APIError](err)
		if !ok || apiErr.Code != "private-address-refused" || apiErr.Temporary() || apiErr.CredentialsRejected() || apiErr.ScopeMissing() {
			t.Errorf("%s: %v", name, err)
		}
		if refused, ok := errors.AsType[*egress.RefusedError](err); !ok || refused.Why != egress.Loopback {
			t.Errorf("%s does not say why: %v", name, err)
		}
	}
	if n := arrived.Load(); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

// A redirect would carry the key elsewhere.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var arrived atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived.Add(1) }))
	defer elsewhere.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	v5 := figgo.NewClient(figgo.ClientConfig{
		Host: server.URL, TokenURL: server.URL + "/connect/token", ClientID: "key", ClientSecret: "secret", AllowInsecure: true,
	})
	v3 := figgo.NewLegacyClient(figgo.LegacyConfig{Host: server.URL, APIKey: "k", AllowInsecure: true})
	for name, reader := range map[string]figgo.Reader{"v5": v5, "v3": v3} {
		if _, err := reader.LegalEntities(t.Context()); err == nil || arrived.Load() != 0 {
			t.Errorf("%s: %v, %d requests elsewhere", name, err, arrived.Load())
		}
	}
}
