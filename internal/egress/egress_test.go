package egress_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"

	"github.com/figgosync/figgosync/internal/egress"
)

var (
	hosted     = egress.Policy{}
	selfHosted = egress.Policy{AllowPrivate: true}
)

// why returns the reason of a refusal, "" for none.
func why(t *testing.T, err error) egress.Why {
	t.Helper()
	if err == nil {
		return ""
	}
	refused, ok := errors.AsType[*egress.RefusedError](err)
	if !ok {
		t.Fatalf("%v is not a RefusedError", err)
	}
	return refused.Why
}

// spelled is one host as somebody may type it, and what the two modes say.
type spelled struct {
	host               string
	hosted, selfHosted egress.Why
}

// both is a host that both modes refuse for the same reason.
func both(host string, reason egress.Why) spelled { return spelled{host, reason, reason} }

// private is a host that only self-hosted mode allows.
func private(host string, reason egress.Why) spelled { return spelled{host, reason, ""} }

// odd is a spelling of a private address: the hosted mode names the address, the
// other the spelling.
func odd(host string, reason egress.Why) spelled { return spelled{host, reason, egress.Spelling} }

var spellings = []spelled{
	// Public ones.
	both("example.com", ""), both("EXAMPLE.com.", ""), both("acme.ilucca.net", ""), both("login.microsoftonline.com", ""),
	both("8.8.8.8", ""), both("1.1.1.1", ""), both("9.255.255.255", ""), both("11.0.0.0", ""), both("172.15.255.255", ""),
	both("172.32.0.0", ""), both("100.63.255.255", ""), both("100.128.0.0", ""), both("192.167.255.255", ""), both("223.255.255.255", ""),
	both("[2606:4700:4700::1111]", ""), both("[2a00:1450:4007:80e::200e]", ""), both("[::ffff:8.8.8.8]", ""), both("[64:ff9b::8.8.8.8]", ""),
	both("[2002:808:808::1]", ""), both("müller.example", ""), both("xn--mller-kva.example", ""), both("mail_1.example.com", ""),
	both("localhost.example.com", ""), both("127.0.0.1.example.com", ""), both("10.0.0.com", ""), both("0x7f.example", ""),

	// This machine.
	private("localhost", egress.Loopback), private("LocalHost", egress.Loopback), private("localhost.", egress.Loopback),
	private("a.b.localhost", egress.Loopback), private("localhost.localdomain", egress.Loopback), private("localhost6", egress.Loopback),
	private("ip6-localhost", egress.Loopback), private("ip6-loopback", egress.Loopback), private("ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", egress.Loopback),
	private("ｌｏｃａｌｈｏｓｔ", egress.Loopback), private("localho\u017ft", egress.Loopback),
	private("127.0.0.1", egress.Loopback), private("127.255.255.254", egress.Loopback), private("127.0.0.1.", egress.Loopback),
	private("[::1]", egress.Loopback), private("[0:0:0:0:0:0:0:1]", egress.Loopback), private("[0000::0001]", egress.Loopback),
	private("[::ffff:127.0.0.1]", egress.Loopback), private("[::ffff:7f00:1]", egress.Loopback), private("[0:0:0:0:0:ffff:7f00:0001]", egress.Loopback),
	private("[64:ff9b::127.0.0.1]", egress.Loopback), private("[64:ff9b::7f00:1]", egress.Loopback), private("[2002:7f00:1::]", egress.Loopback),
	private("[64:ff9b:1::7f00:1]", egress.Loopback), private("１２７.０.０.１", egress.Loopback), private("①②⑦.⓪.⓪.①", egress.Loopback),
	private("127。0。0。1", egress.Loopback), private("127．0｡0。1", egress.Loopback),
	odd("127.1", egress.Loopback), odd("127.0.1", egress.Loopback), odd("2130706433", egress.Loopback), odd("0x7f000001", egress.Loopback),
	odd("0X7F000001", egress.Loopback), odd("017700000001", egress.Loopback), odd("0177.0.0.1", egress.Loopback), odd("0177.0.0.01", egress.Loopback),
	odd("0x7f.0.0.1", egress.Loopback), odd("0x7f.1", egress.Loopback), odd("0x7f.0x0.0x0.0x1", egress.Loopback), odd("127.0x000001", egress.Loopback),
	odd("0000000000177.1", egress.Loopback), odd("127.0.0.0x1.", egress.Loopback), odd("127.1.", egress.Loopback),

	// Private networks.
	private("10.0.0.1", egress.Private), private("10.255.255.255", egress.Private), private("172.16.0.1", egress.Private),
	private("172.31.255.255", egress.Private), private("192.168.1.1", egress.Private), private("100.64.0.1", egress.Private),
	private("100.127.255.255", egress.Private), private("198.18.0.1", egress.Private), private("198.19.255.255", egress.Private),
	private("[fd12:3456::1]", egress.Private), private("[fc00::1]", egress.Private), private("[fec0::1]", egress.Private),
	private("[::ffff:10.0.0.1]", egress.Private), private("[::ffff:c0a8:101]", egress.Private), private("[64:ff9b::10.0.0.1]", egress.Private),
	private("[2002:a00:1::1]", egress.Private), private("[2002:c0a8:101::1]", egress.Private), private("[64:ff9b:1::8.8.8.8]", egress.Private),
	odd("10.1", egress.Private), odd("0xa000001", egress.Private), odd("012.0.0.1", egress.Private), odd("192.168.257", egress.Private),
	odd("3232235777", egress.Private),

	// Local names.
	private("exchange", egress.LocalName), private("mail.corp", egress.LocalName), private("mail.acme.local", egress.LocalName),
	private("server.internal", egress.LocalName), private("nas.home.arpa", egress.LocalName), private("x.lan", egress.LocalName),
	private("intranet", egress.LocalName), private("mail.acme.LOCAL.", egress.LocalName),

	// Metadata and link-local addresses, in both modes.
	both("169.254.169.254", egress.Metadata), both("169.254.170.2", egress.Metadata), both("168.63.129.16", egress.Metadata),
	both("100.100.100.200", egress.Metadata), both("192.0.0.192", egress.Metadata), both("[fd00:ec2::254]", egress.Metadata),
	both("[fd00:ec2:0:0:0:0:0:254]", egress.Metadata), both("[fd20:ce::254]", egress.Metadata), both("[::ffff:169.254.169.254]", egress.Metadata),
	both("[::ffff:a9fe:a9fe]", egress.Metadata), both("[64:ff9b::169.254.169.254]", egress.Metadata), both("[2002:a9fe:a9fe::]", egress.Metadata),
	both("[64:ff9b:1::a9fe:a9fe]", egress.Metadata), both("metadata.google.internal", egress.Metadata), both("METADATA.google.internal.", egress.Metadata),
	both("instance-data.ec2.internal", egress.Metadata), both("metadata", egress.Metadata), both("2852039166", egress.Metadata),
	both("0xa9fea9fe", egress.Metadata), both("0251.0376.0251.0376", egress.Metadata), both("169.254.43518", egress.Metadata),
	both("169.16689662", egress.Metadata), both("１６９.254.169.254", egress.Metadata),
	both("169.254.0.1", egress.LinkLocal), both("[fe80::1]", egress.LinkLocal), both("[febf::1]", egress.LinkLocal),

	// What is no host.
	both("0.0.0.0", egress.NotUnicast), both("0.1.2.3", egress.NotUnicast), both("224.0.0.1", egress.NotUnicast), both("239.1.1.1", egress.NotUnicast),
	both("240.0.0.1", egress.NotUnicast), both("255.255.255.255", egress.NotUnicast), both("192.0.0.1", egress.NotUnicast),
	both("192.0.2.1", egress.NotUnicast), both("198.51.100.7", egress.NotUnicast), both("203.0.113.9", egress.NotUnicast),
	both("192.88.99.1", egress.NotUnicast), both("[::]", egress.NotUnicast), both("[ff02::1]", egress.NotUnicast), both("[ff0e::1]", egress.NotUnicast),
	both("[2001:db8::1]", egress.NotUnicast), both("[3fff::1]", egress.NotUnicast), both("[2001::1]", egress.NotUnicast),
	both("[::127.0.0.1]", egress.NotUnicast), both("[::ffff:0:127.0.0.1]", egress.NotUnicast), both("[100::1]", egress.NotUnicast),
	both("[64:ff9b::0.0.0.0]", egress.NotUnicast), both("[2002:e000:1::]", egress.NotUnicast), both("0", egress.NotUnicast), both("0x0", egress.NotUnicast),
	both("0.0", egress.NotUnicast), both("00000000", egress.NotUnicast), both("4294967295", egress.NotUnicast), both("0x", egress.NotUnicast),

	// Public addresses in spellings that systems read in different ways.
	both("8.8.2056", egress.Spelling), both("134744072", egress.Spelling), both("010.8.8.8", egress.Spelling), both("0x8.8.8.8", egress.Spelling),
	both("1.2.3.4.5", egress.Spelling), both("256.1.1.1", egress.Spelling), both("4294967296", egress.Spelling), both("99999999999999999999", egress.Spelling),
	both("1.2.3.09", egress.Spelling), both("example.1", egress.Spelling), both("example.0x1f", egress.Spelling),
	both("[fe80::1%25eth0]", egress.Spelling), both("[::1%25lo]", egress.Spelling), both("[2606:4700::1%251]", egress.Spelling),

	// What is no address.
	both("", egress.NotAnAddress), both(".", egress.NotAnAddress), both("a..b", egress.NotAnAddress), both(".example.com", egress.NotAnAddress),
	both("loca\u00adlhost", egress.NotAnAddress), both("local\u200bhost", egress.NotAnAddress), both("local\ufe0fhost", egress.NotAnAddress),
	both("local\u034fhost", egress.NotAnAddress), both("127%2e0.0.1", egress.NotAnAddress), both("[::1", egress.NotAnAddress),
	both("[127.0.0.1]", egress.NotAnAddress), both("[:::1]", egress.NotAnAddress), both("a b", egress.NotAnAddress), both("exa<mple.com", egress.NotAnAddress),
	both("good.example\\@127.0.0.1", egress.NotAnAddress), both("1::2", egress.NotAnAddress),
}

func TestCheckURLReadsEverySpelling(t *testing.T) {
	t.Parallel()
	for _, s := range spellings {
		for _, form := range []string{"https://%/", "http://%:8080/path?q#f", "https://user:pass@%/ews/exchange.asmx"} {
			address := replace(form, s.host)
			if got := why(t, hosted.CheckURL(address)); got != s.hosted {
				t.Errorf("hosted: %q is %q, want %q", address, got, s.hosted)
			}
			if got := why(t, selfHosted.CheckURL(address)); got != s.selfHosted {
				t.Errorf("self-hosted: %q is %q, want %q", address, got, s.selfHosted)
			}
		}
	}
	if len(spellings) < 100 {
		t.Errorf("only %d spellings", len(spellings))
	}
}

func replace(form, host string) string {
	for i := range form {
		if form[i] == '%' {
			return form[:i] + host + form[i+1:]
		}
	}
	return form
}

func TestCheckURLWantsAnAddressOfTheWeb(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"example.com", "//example.com", "ftp://example.com", "file:///etc/passwd", "gopher://example.com:70/", "https:example.com", "https://",
		"https:///path", "https://:443", "unix:///var/run/docker.sock", "javascript:alert(1)", " https://example.com", "https://example.com\n", "https://exa\tmple.com",
		"https://[::1]extra/", "https://example.com:port/", "data:text/html,x", "jar:https://example.com!/", "http+unix://%2Fvar%2Frun/x",
	} {
		if got := why(t, selfHosted.CheckURL(address)); got != egress.NotAnAddress {
			t.Errorf("%q is %q", address, got)
		}
	}
	if err := hosted.CheckURL(""); err != nil {
		t.Errorf("no address: %v", err)
	}
}

// Of IP addresses in their usual spelling both say the same.
func TestControlAgreesWithCheckURL(t *testing.T) {
	t.Parallel()
	for _, s := range spellings {
		addr, err := netip.ParseAddr(trim(s.host))
		if err != nil || s.hosted == egress.Spelling || s.hosted == egress.NotAnAddress {
			continue // what is allowed in a dial need not be as a URL
		}
		for _, policy := range []egress.Policy{hosted, selfHosted} {
			byURL := why(t, policy.CheckURL("https://"+s.host+"/"))
			byDial := why(t, policy.Control("tcp", netip.AddrPortFrom(addr, 443).String(), nil))
			if byURL != byDial {
				t.Errorf("%s: CheckURL %q, Control %q", s.host, byURL, byDial)
			}
		}
	}
}

func trim(host string) string {
	if len(host) > 1 && host[0] == '[' {
		return host[1 : len(host)-1]
	}
	return host
}

func TestControlRefusesWhatIsNoAddressOfTheInternet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ network, address string }{
		{"unix", "/var/run/docker.sock"}, {"unixgram", "@x"}, {"ip4:icmp", "8.8.8.8"}, {"tcp", "example.com:443"}, {"tcp", "8.8.8.8"}, {"tcp", ""},
	} {
		if got := why(t, selfHosted.Control(c.network, c.address, nil)); got != egress.NotAnAddress {
			t.Errorf("%s %s is %q", c.network, c.address, got)
		}
	}
	if got := why(t, selfHosted.Control("tcp6", "[fe80::1%eth0]:443", nil)); got != egress.LinkLocal {
		t.Errorf("a zone: %q", got)
	}
	if got := why(t, hosted.CheckAddr(netip.Addr{})); got != egress.NotAnAddress {
		t.Errorf("no address: %q", got)
	}
}

// A real dial: the name is resolved, the address refused, nothing arrives.
func TestDialerRefusesAfterResolving(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	arrived := make(chan struct{}, 10)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			arrived <- struct{}{}
			_ = conn.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	for _, host := range []string{"127.0.0.1", "localhost", "::ffff:127.0.0.1"} {
		conn, err := hosted.Dialer().DialContext(t.Context(), "tcp", net.JoinHostPort(host, port))
		if err == nil {
			_ = conn.Close()
			t.Fatalf("%s was reached", host)
		}
		if got := why(t, err); got != egress.Loopback {
			t.Errorf("%s: %q", host, got)
		}
	}
	select {
	case <-arrived:
		t.Error("a connection was made all the same")
	default:
	}
	conn, err := selfHosted.Dialer().DialContext(t.Context(), "tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		t.Fatalf("self-hosted: %v", err)
	}
	_ = conn.Close()
	<-arrived
}

// A name that resolves to a private address, as with DNS rebinding: only the dial
// can know.
func TestDialerRefusesANameThatResolvesToAPrivateAddress(t *testing.T) {
	t.Parallel()
	if err := hosted.CheckURL("https://rebind.example.com/"); err != nil {
		t.Fatal(err)
	}
	dialer := hosted.Dialer()
	dialer.Resolver = &net.Resolver{PreferGo: true, Dial: dnsOf(t, [4]byte{10, 0, 0, 7})}
	_, err := dialer.DialContext(t.Context(), "tcp4", "rebind.example.com:443")
	if got := why(t, err); got != egress.Private {
		t.Errorf("%v", err)
	}
}

// dnsOf is a DNS server that answers every question for an A record with addr.
func dnsOf(t *testing.T, addr [4]byte) func(context.Context, string, string) (net.Conn, error) {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	go func() {
		buffer := make([]byte, 1500)
		for {
			n, from, err := server.ReadFrom(buffer)
			if err != nil {
				return
			}
			_, _ = server.WriteTo(dnsAnswer(buffer[:n], addr), from)
		}
	}()
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server.LocalAddr().String())
	}
}

// dnsAnswer answers a question (RFC 1035 4.1): the header, the question, and one
// record of type A that points back to the question's name.
func dnsAnswer(question []byte, addr [4]byte) []byte {
	end := 12
	for question[end] != 0 {
		end += int(question[end]) + 1
	}
	end += 5
	answer := append([]byte{}, question[:end]...)
	answer[2], answer[3] = 0x81, 0x80
	copy(answer[4:12], []byte{0, 1, 0, 1, 0, 0, 0, 0})
	answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
	return append(answer, addr[:]...)
}

func FuzzCheckURL(f *testing.F) {
	for _, s := range spellings {
		f.Add("https://" + s.host + ":443/x")
	}
	f.Fuzz(func(t *testing.T, address string) {
		inHosted, inSelfHosted := hosted.CheckURL(address), selfHosted.CheckURL(address)
		if inHosted == nil && inSelfHosted != nil {
			t.Errorf("hosted mode allows %q, self-hosted mode does not", address)
		}
		for _, err := range []error{inHosted, inSelfHosted} {
			why(t, err)
		}
	})
}
