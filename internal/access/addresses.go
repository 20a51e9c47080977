package access

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// clientNet is the network that a request is counted for: an IPv4 address, or the
// /64 that an IPv6 customer has to himself. The zero prefix stands for an unknown
// address, such as that of a Unix socket.
func clientNet(r *http.Request, trusted []netip.Prefix) netip.Prefix {
	address := clientAddress(r, trusted)
	bits := 32
	if address.Is6() {
		bits = 64
	}
	network, err := address.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return network
}

// coarseNet is the network of a request as the audit log and lists of sessions keep
// it: /24 of an IPv4 address, /48 of an IPv6 one. That is a company, an office or a
// provider, not a person. It is "" for an unknown address.
func coarseNet(r *http.Request, trusted []netip.Prefix) string {
	address := clientAddress(r, trusted)
	bits := 24
	if address.Is6() {
		bits = 48
	}
	network, err := address.Prefix(bits)
	if err != nil {
		return ""
	}
	return network.String()
}

// clientAddress goes back through X-Forwarded-For, from the last proxy, as long
// as a trusted one wrote it. What stands before that anybody could have written
// (https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/X-Forwarded-For#security_and_privacy_concerns).
func clientAddress(r *http.Request, trusted []netip.Prefix) netip.Addr {
	address := parseAddress(r.RemoteAddr)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !isTrusted(address, trusted) {
			break
		}
		before := parseAddress(strings.TrimSpace(hop))
		if !before.IsValid() {
			break
		}
		address = before
	}
	return address
}

func isTrusted(address netip.Addr, trusted []netip.Prefix) bool {
	return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(address) })
}

// parseAddress reads an address with or without a port; some proxies add one.
func parseAddress(text string) netip.Addr {
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	address, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return address.Unmap().WithZone("")
}
