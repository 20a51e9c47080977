// Package egress keeps our own calls from being led astray (server-side request
// forgery). An administrator may type the addresses of outside systems; behind one
// of them could be what only figgosync can reach: a service on this machine, in
// the company's network, or a cloud's metadata with its credentials.
//
// The rule that counts is Policy.Control: it looks at the IP address of every
// connection, after the name was resolved, so neither a name that resolves
// otherwise the second time (DNS rebinding) nor a redirect gets around it.
// Policy.CheckURL is the same rule for what can be seen in an address as it is
// typed, for an immediate message at the field.
//
// Through an HTTP proxy the proxy resolves the name, and connects. Where the
// operator set it, in the environment, only what CheckURL sees is refused: IP
// addresses in every spelling, and names that are local by themselves. A public name
// that leads to a private address is the proxy's to refuse: deny private
// destinations there. Where an administrator typed it (Policy.Through), its own
// address is looked at too, and what the name resolves to here.
package egress

import (
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// Code is the one short word for a refused address, for the Code of other packages'
// errors.
const Code = "private-address-refused"

// Why is the reason an address is refused for.
type Why string

// The reasons. Only AllowPrivate makes a difference to Private, Loopback and
// LocalName.
const (
	// Private is in a private network: RFC 1918, RFC 4193, RFC 6598 (shared
	// address space), RFC 2544 (benchmarks), RFC 8215 and site-local addresses.
	Private Why = "private-address"
	// Loopback is this machine.
	Loopback Why = "loopback-address"
	// LocalName is a name that no public DNS server has, such as localhost,
	// mailserver or mail.corp.internal.
	LocalName Why = "local-name"
	// LinkLocal is an address without a network, and clouds' metadata among them.
	LinkLocal Why = "link-local-address"
	// Metadata is a cloud's service that gives away credentials.
	Metadata Why = "metadata-address"
	// NotUnicast is no address of one host on the internet: unspecified,
	// multicast, broadcast, reserved, for documentation, or of a tunnel.
	NotUnicast Why = "not-a-host-address"
	// Spelling is an IP address in a spelling that systems read in different ways,
	// such as 0177.1, or one with an IPv6 zone.
	Spelling Why = "unusual-spelling"
	// NotAnAddress is no http or https address with a host.
	NotAnAddress Why = "not-an-address"
)

// RefusedError says that a connection must not be made. Its text has no address:
// the person who typed it knows it, and logs need not.
type RefusedError struct{ Why Why }

// Error names the reason.
func (e *RefusedError) Error() string { return fmt.Sprintf("%s: %s", Code, e.Why) }

// Policy says where connections may go. Its zero value, for hosted installations,
// allows public unicast addresses only. It is safe for concurrent use.
type Policy struct {
	// AllowPrivate also allows private networks, this machine, and local names: for
	// an installation inside the company, where the Exchange server is. Link-local
	// and metadata addresses stay refused.
	AllowPrivate bool
}

// CheckAddr returns a *RefusedError when no connection to addr may be made.
// IPv4-mapped addresses count as what they hold.
func (p Policy) CheckAddr(addr netip.Addr) error {
	why := judge(addr)
	if why == "" || p.AllowPrivate && (why == Private || why == Loopback) {
		return nil
	}
	return &RefusedError{Why: why}
}

// Control is the net.Dialer.Control of the policy. It is called with the resolved
// address of each connection before it is made. What is not TCP or UDP to an IP
// address, such as a Unix socket, is refused.
func (p Policy) Control(network, address string, _ syscall.RawConn) error {
	switch network {
	case "tcp", "tcp4", "tcp6", "udp", "udp4", "udp6":
	default:
		return &RefusedError{Why: NotAnAddress}
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return &RefusedError{Why: NotAnAddress}
	}
	return p.CheckAddr(at.Addr())
}

// Times of a Dialer.
const (
	dialTimeout = 15 * time.Second
	keepAlive   = 30 * time.Second
)

// Dialer returns a dialer that obeys the policy. Where a name has several
// addresses, those that are refused are passed over.
func (p Policy) Dialer() *net.Dialer {
	return &net.Dialer{Timeout: dialTimeout, KeepAlive: keepAlive, Control: p.Control}
}
