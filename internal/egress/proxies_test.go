package egress

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
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

// What a proxy would connect to in our place is looked at as if we did.
func TestATypedProxyLiftsNothing(t *testing.T) {
	t.Parallel()
	public := &url.URL{Scheme: "http", Host: "proxy.example.com:3128"}
	const unknown = ""
	for name, c := range map[string]struct {
		policy        Policy
		proxy         *url.URL
		target, leads string
		want          Why
	}{
		"a public name":                  {Policy{}, public, "https://mail.example.com/ews", "93.184.216.34", ""},
		"a name only the proxy knows":    {Policy{}, public, "https://mail.example.com/ews", unknown, ""},
		"a name that leads inside":       {Policy{}, public, "https://mail.example.com/ews", "10.0.0.7", Private},
		"a name that leads here":         {Policy{}, public, "https://mail.example.com/ews", "127.0.0.1", Loopback},
		"a name of metadata's address":   {Policy{AllowPrivate: true}, public, "https://mail.example.com/", "169.254.169.254", Metadata},
		"an inside name, self-hosted":    {Policy{AllowPrivate: true}, public, "https://mail.example.com/", "10.0.0.7", ""},
		"an address inside":              {Policy{}, public, "https://10.0.0.7/", unknown, Private},
		"an address inside, other words": {Policy{}, public, "https://0x0a000007/", unknown, Private},
		"a local name":                   {Policy{}, public, "https://exchange/", unknown, LocalName},
		"the proxy inside":               {Policy{}, &url.URL{Scheme: "http", Host: "10.0.0.1:3128"}, "https://mail.example.com/", "93.184.216.34", Private},
		"the proxy here":                 {Policy{}, &url.URL{Scheme: "http", Host: "localhost:3128"}, "https://mail.example.com/", "93.184.216.34", Loopback},
		"the proxy by a local name":      {Policy{}, &url.URL{Scheme: "http", Host: "proxy:3128"}, "https://mail.example.com/", "93.184.216.34", LocalName},
		"the proxy inside, self-hosted":  {Policy{AllowPrivate: true}, &url.URL{Scheme: "http", Host: "10.0.0.1:3128"}, "https://mail.example.com/", "93.184.216.34", ""},
		"metadata as the proxy":          {Policy{AllowPrivate: true}, &url.URL{Scheme: "http", Host: "169.254.169.254"}, "https://mail.example.com/", "93.184.216.34", Metadata},
	} {
		questions := 0
		known := newNames(c.policy)
		known.lookup = func(_ context.Context, _, host string) ([]netip.Addr, error) {
			questions++
			if c.leads == unknown || host != "mail.example.com" {
				return nil, &net.DNSError{IsNotFound: true}
			}
			return []netip.Addr{netip.MustParseAddr("93.184.216.34"), netip.MustParseAddr(c.leads)}, nil
		}
		v := &proxies{policy: c.policy, typed: c.proxy, names: known}
		for range 3 {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.target, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = v.proxy(request)
			refused, ok := errors.AsType[*RefusedError](err)
			if ok != (c.want != "") || ok && refused.Why != c.want || !ok && err != nil {
				t.Errorf("%s: %v, want %q", name, err, c.want)
			}
		}
		if questions > 1 {
			t.Errorf("%s: asked %d times", name, questions)
		}
	}
}

// A question that was given up is no answer.
func TestAGivenUpNameIsNotRemembered(t *testing.T) {
	t.Parallel()
	n := newNames(Policy{})
	ctx, cancel := context.WithCancel(t.Context())
	n.lookup = func(context.Context, string, string) ([]netip.Addr, error) {
		cancel()
		return nil, context.Canceled
	}
	if err := n.check(ctx, "mail.example.com"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	n.lookup = func(context.Context, string, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("10.0.0.7")}, nil
	}
	if err := n.check(t.Context(), "mail.example.com"); err == nil {
		t.Error("let through")
	}
}

// A typed proxy's own address is dialed as any other: its name may lead inside.
func TestATypedProxyIsDialedUnderThePolicy(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	v := &proxies{typed: &url.URL{Scheme: "http", Host: listener.Addr().String()}}
	if conn, err := v.dial(t.Context(), "tcp", listener.Addr().String()); err == nil {
		_ = conn.Close()
		t.Error("the proxy was reached")
	}
}
