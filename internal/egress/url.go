package egress

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// CheckURL returns a *RefusedError when raw is no http or https address, or leads
// where no connection may be made, as far as its text tells: IP addresses in every
// spelling that some system reads as one, and local names. It resolves no name;
// Control does the rest when the connection is made. "" is no address and passes.
func (p Policy) CheckURL(raw string) error {
	if raw == "" {
		return nil
	}
	address, err := url.Parse(raw)
	if err != nil || address.Opaque != "" || address.Scheme != "https" && address.Scheme != "http" {
		return &RefusedError{Why: NotAnAddress}
	}
	return p.checkHost(address.Hostname())
}

// checkHost is CheckURL for a host without port and brackets.
func (p Policy) checkHost(host string) error {
	host, ok := plainHost(host)
	if !ok {
		return &RefusedError{Why: NotAnAddress}
	}
	if strings.Contains(host, ":") {
		return p.checkIPv6(host)
	}
	if strings.Contains(host, "%") {
		return &RefusedError{Why: NotAnAddress}
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return p.CheckAddr(addr)
	}
	if numeric(host) {
		return p.checkOddIPv4(host)
	}
	return p.checkName(host)
}

// unseen are characters that resolvers leave out of a name.
var unseen = []*unicode.RangeTable{unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point}

// plainHost makes of a host what a resolver gets to see: the characters that
// domain names may be typed with for others (UTS 46) become those others.
func plainHost(host string) (string, bool) {
	host = strings.ToLower(norm.NFKC.String(host))
	host = strings.ReplaceAll(host, "。", ".") // U+FF0E and U+FF61 became one of the two
	host = strings.TrimSuffix(host, ".")
	if host == "" || len(host) > 253 || strings.HasPrefix(host, ".") || strings.Contains(host, "..") {
		return "", false
	}
	for _, r := range host {
		if !unicode.In(r, unicode.L, unicode.M, unicode.Nd) && !strings.ContainsRune(".-_:%", r) ||
			unicode.In(r, unseen...) {
			return "", false
		}
	}
	return host, true
}

// checkIPv6 refuses zones: they belong to link-local addresses.
func (p Policy) checkIPv6(host string) error {
	addr, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return &RefusedError{Why: NotAnAddress}
	case addr.Zone() != "":
		return &RefusedError{Why: Spelling}
	}
	return p.CheckAddr(addr)
}

// numeric tells whether the last part of a host is a number: no name ends so, and
// browsers take such a host for an IPv4 address (url.spec.whatwg.org, "ends in a
// number checker").
func numeric(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if strings.Trim(last, "0123456789") == "" {
		return true
	}
	digits, ok := strings.CutPrefix(last, "0x")
	return ok && strings.Trim(digits, "0123456789abcdef") == ""
}

// checkOddIPv4 reads an IPv4 address as inet_aton does: one to four parts, each
// decimal, octal or hexadecimal, the last as wide as what is left. Systems differ:
// 010 is 8 or 10. So it is refused in any case; the reason is the better one.
func (p Policy) checkOddIPv4(host string) error {
	if addr, ok := inetAton(host); ok {
		if err := p.CheckAddr(addr); err != nil {
			return err
		}
	}
	return &RefusedError{Why: Spelling}
}

func inetAton(host string) (netip.Addr, bool) {
	parts := strings.Split(host, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var sum uint64
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 0, 32)
		if part == "0x" { // some read it as 0
			n, err = 0, nil
		}
		if err != nil {
			return netip.Addr{}, false
		}
		if i < len(parts)-1 {
			if n > 255 {
				return netip.Addr{}, false
			}
			sum |= n << (24 - 8*i)
			continue
		}
		if n >= 1<<(8*(5-len(parts))) {
			return netip.Addr{}, false
		}
		sum |= n
	}
	return netip.AddrFrom4([4]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}), true
}

// loopbackNames are this machine wherever the file of hosts is a usual one
// (RFC 6761 6.3 for localhost and all below it).
var loopbackNames = []string{"localhost", "localhost.localdomain", "localhost4", "localhost6",
	"localhost4.localdomain4",
	"localhost6.localdomain6", "ip6-localhost", "ip6-loopback", "loopback", "broadcasthost"}

// metadataNames lead to metadata, from inside the cloud.
var metadataNames = []string{"metadata", "metadata.google.internal", "metadata.goog", "instance-data",
	"instance-data.ec2.internal"}

// localSuffixes are what the internet's DNS does not have: mDNS (RFC 6762), home
// networks (RFC 8375), .internal (ICANN, 2024-07-29), and what companies use
// (RFC 6762, appendix G).
var localSuffixes = []string{"local", "localhost", "localdomain", "home.arpa", "internal", "intranet", "private",
	"corp", "home", "lan"}

func (p Policy) checkName(host string) error {
	for _, name := range metadataNames {
		if host == name || strings.HasSuffix(host, "."+name) {
			return &RefusedError{Why: Metadata}
		}
	}
	if p.AllowPrivate {
		return nil
	}
	for _, name := range loopbackNames {
		if host == name || strings.HasSuffix(host, "."+name) {
			return &RefusedError{Why: Loopback}
		}
	}
	if !strings.Contains(host, ".") {
		return &RefusedError{Why: LocalName} // of a search domain, or the hosts file
	}
	for _, suffix := range localSuffixes {
		if strings.HasSuffix(host, "."+suffix) {
			return &RefusedError{Why: LocalName}
		}
	}
	return nil
}
