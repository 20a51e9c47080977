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
