package egress

import (
	"net"
	"net/http"
	"net/url"
	"testing"
)

// Where a target has a proxy's own address, connections to it are looked at,
// whichever of the two came first.
func TestATargetAtAProxysAddressIsLookedAt(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	address := listener.Addr().String()
	viaProxy := true
	v := &proxies{choose: func(*http.Request) (*url.URL, error) {
		if viaProxy {
			return &url.URL{Scheme: "http", Host: address}, nil
		}
		return nil, nil
	}}
	if _, err := v.proxy(&http.Request{URL: &url.URL{Scheme: "http", Host: "mail.example.com"}}); err != nil {
		t.Fatal(err)
	}
	conn, err := v.dial(t.Context(), "tcp", address)
	if err != nil {
		t.Fatalf("the proxy cannot be reached: %v", err)
	}
	_ = conn.Close()
	viaProxy = false
	v.policy.AllowPrivate = true // so that the address as text is let through
	if _, err := v.proxy(&http.Request{URL: &url.URL{Scheme: "http", Host: address}}); err != nil {
		t.Fatal(err)
	}
	v.policy.AllowPrivate = false
	if conn, err := v.dial(t.Context(), "tcp", address); err == nil {
		_ = conn.Close()
		t.Error("the target was reached")
	}
}
