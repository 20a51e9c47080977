package egress

import (
	"context"
	"fmt"
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
// The address of base's proxy is the operator's, from the environment, and may be
// private. Requests through it are refused by CheckURL only: see the package's
// text. The first look at every request, with a proxy or without, is CheckURL too,
// so that each address a redirect leads to is looked at before it is resolved.
//
// A proxy that refuses a connection is a *ProxyRefusedError.
func (p Policy) Transport(base *http.Transport) *http.Transport {
	return p.guard(base, func(base *http.Transport) *proxies { return &proxies{policy: p, choose: base.Proxy} })
}

// Through is Transport through a proxy whose address an administrator typed, in the
// place of base's. Such a proxy lifts nothing: its own address is looked at as any
// other, and so are the addresses that the target's name resolves to here. A name
// that only the proxy can resolve is let through.
func (p Policy) Through(proxy *url.URL) func(base *http.Transport) *http.Transport {
	names := newNames(p)
	return func(base *http.Transport) *http.Transport {
		return p.guard(base, func(*http.Transport) *proxies { return &proxies{policy: p, typed: proxy, names: names} })
	}
}

func (p Policy) guard(base *http.Transport, proxiesOf func(*http.Transport) *proxies) *http.Transport {
	if base == nil {
		base = http.DefaultTransport.(*http.Transport)
	}
	guarded := base.Clone()
	via := proxiesOf(base)
	guarded.Proxy = via.proxy
	guarded.DialContext = via.dial
	guarded.DialTLSContext = nil
	guarded.OnProxyConnectResponse = connected
	//lint:ignore SA1019 deprecated, and still used by net/http where they are set
	guarded.Dial, guarded.DialTLS = nil, nil
	return guarded
}

// ProxyRefusedError says that an HTTP proxy answered a CONNECT with another status
// than 200.
type ProxyRefusedError struct{ Status int }

// Error tells the status.
func (e *ProxyRefusedError) Error() string {
	return fmt.Sprintf("the proxy answers HTTP %d", e.Status)
}

func connected(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode != http.StatusOK {
		return &ProxyRefusedError{Status: answer.StatusCode}
	}
	return nil
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
	// typed is an administrator's proxy, with names; nil for the operator's.
	typed *url.URL
	names *names
	// chosen are the dial addresses of proxies, direct those of targets that are
	// reached without one. Somebody may give a proxy's address for a target's.
	chosen, direct sync.Map
}

// proxy is called for every request, before anything is dialed for it.
func (v *proxies) proxy(request *http.Request) (*url.URL, error) {
	if err := v.policy.CheckURL(request.URL.String()); err != nil {
		return nil, err
	}
	if v.typed != nil {
		return v.typed, v.lookAtTyped(request)
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

// lookAtTyped refuses a typed proxy's own address, and what a proxy would connect to
// in our place.
func (v *proxies) lookAtTyped(request *http.Request) error {
	if err := v.policy.CheckURL(v.typed.String()); err != nil {
		return err
	}
	return v.names.check(request.Context(), request.URL.Hostname())
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
