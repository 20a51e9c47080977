package egress

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// Transport returns a copy of base that obeys the policy; nil is
// http.DefaultTransport. It brings its own dialer: a DialContext or DialTLSContext
// of base is not used. base's Proxy is, and so are its TLS settings.
//
// The address of a proxy is the operator's, from the environment, and may be
// private. Requests through it are refused by CheckURL only: see the package's
// text. The first look at every request, with a proxy or without, is CheckURL too,
// so that each address a redirect leads to is looked at before it is resolved.
func (p Policy) Transport(base *http.Transport) *http.Transport {
	if base == nil {
		base = http.DefaultTransport.(*http.Transport)
	}
	guarded := base.Clone()
	via := &proxies{policy: p, choose: base.Proxy}
	guarded.Proxy = via.proxy
	guarded.DialContext = via.dial
	guarded.DialTLSContext = nil
	//lint:ignore SA1019 deprecated, and still used by net/http where they are set
	guarded.Dial, guarded.DialTLS = nil, nil
	return guarded
}

// Client returns a client over Transport(nil) that follows no redirect: it hands the
// redirect over as the answer. Credentials would go along to where it leads.
func (p Policy) Client() *http.Client {
	return &http.Client{
		Transport:     p.Transport(nil),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// proxies tells connections to a proxy from those to a target: net/http dials both
// in the same way.
type proxies struct {
	policy Policy
	choose func(*http.Request) (*url.URL, error)
	// chosen are the dial addresses of proxies, direct those of targets that are
	// reached without one. Somebody may give a proxy's address for a target's.
	chosen, direct sync.Map
}

// proxy is called for every request, before anything is dialed for it.
func (v *proxies) proxy(request *http.Request) (*url.URL, error) {
	if err := v.policy.CheckURL(request.URL.String()); err != nil {
		return nil, err
	}
	var proxy *url.URL
	if v.choose != nil {
		var err error
		if proxy, err = v.choose(request); err != nil {
			return nil, err
		}
	}
	if proxy == nil {
		v.direct.Store(dialAddress(request.URL), true)
		return nil, nil
	}
	v.chosen.Store(dialAddress(proxy), true)
	return proxy, nil
}

// dial is called with the address of the proxy, or else of the target.
func (v *proxies) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := v.policy.Dialer()
	_, chosen := v.chosen.Load(strings.ToLower(address))
	if _, direct := v.direct.Load(strings.ToLower(address)); chosen && !direct {
		dialer.Control = nil
	}
	return dialer.DialContext(ctx, network, address)
}

// dialAddress is the address that net/http dials for u, in lower case.
func dialAddress(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme]
	}
	return strings.ToLower(net.JoinHostPort(u.Hostname(), port))
}
