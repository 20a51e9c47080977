package egress

import "net/netip"

// block is a range of addresses with one meaning.
type block struct {
	prefix netip.Prefix
	why    Why
}

func blocks(why Why, prefixes ...string) []block {
	var all []block
	for _, text := range prefixes {
		all = append(all, block{netip.MustParsePrefix(text), why})
	}
	return all
}

func join(lists ...[]block) []block {
	var all []block
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// metadata are the addresses at which clouds give credentials or settings to
// whoever asks. Those of the link-local ranges are told apart for the message
// only. Sources: docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html,
// docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint.html,
// cloud.google.com/compute/docs/metadata/querying-metadata,
// learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16 (a
// public address, of the host below the machine),
// www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata,
// docs.oracle.com/iaas/Content/Compute/Tasks/gettingmetadata.htm.
var metadata = blocks(Metadata,
	"169.254.169.254/32", "169.254.170.2/32", "169.254.170.23/32", "168.63.129.16/32", "100.100.100.200/32",
	"192.0.0.192/32",
	"fd00:ec2::/64", "fd20:ce::254/128", "fd00:c1::a9fe:a9fe/128")

// blocks4 are the ranges of IPv4 that are no public hosts
// (www.iana.org/assignments/iana-ipv4-special-registry). The first that holds an
// address counts.
var blocks4 = join(metadata,
	blocks(Loopback, "127.0.0.0/8"),
	blocks(Private, "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15"),
	blocks(LinkLocal, "169.254.0.0/16"),
	// 192.88.99.0/24 leads to whichever 6to4 relay is near; 0/8 to this machine.
	blocks(NotUnicast, "0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.51.100.0/24",
		"203.0.113.0/24",
		"224.0.0.0/4", "240.0.0.0/4"),
)

// blocks6 are those of IPv6 (www.iana.org/assignments/iana-ipv6-special-registry).
// What is in none of them and not in global6 is no host either.
var blocks6 = join(metadata,
	blocks(Loopback, "::1/128"),
	blocks(Private, "fc00::/7", "fec0::/10", "64:ff9b:1::/48"),
	blocks(LinkLocal, "fe80::/10"),
	// 2001::/23 are protocols, Teredo among them, which hides an IPv4 address.
	blocks(NotUnicast, "2001::/23", "2001:db8::/32", "3fff::/20"),
)

var (
	global6 = netip.MustParsePrefix("2000::/3")
	sixto4  = netip.MustParsePrefix("2002::/16")
	nat64   = netip.MustParsePrefix("64:ff9b::/96")
	local64 = netip.MustParsePrefix("64:ff9b:1::/48")
)

// judge returns why no connection to addr may be made, "" for a public host.
func judge(addr netip.Addr) Why {
	if !addr.IsValid() {
		return NotAnAddress
	}
	addr = addr.WithZone("").Unmap()
	if addr.Is4() {
		return find(blocks4, addr)
	}
	bytes := addr.As16()
	switch {
	// A translator or a relay takes the packets to the IPv4 address inside.
	case nat64.Contains(addr):
		return judge(netip.AddrFrom4([4]byte(bytes[12:])))
	case sixto4.Contains(addr):
		return judge(netip.AddrFrom4([4]byte(bytes[2:6])))
	case local64.Contains(addr):
		// Where a network's own prefix is 96 bits long, as most are.
		if why := judge(netip.AddrFrom4([4]byte(bytes[12:]))); why != "" && why != NotUnicast {
			return why
		}
		return Private
	}
	if why := find(blocks6, addr); why != "" || global6.Contains(addr) {
		return why
	}
	return NotUnicast
}

func find(list []block, addr netip.Addr) Why {
	for _, one := range list {
		if one.prefix.Contains(addr) {
			return one.why
		}
	}
	return ""
}
