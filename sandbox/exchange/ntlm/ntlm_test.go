package ntlm_test

import (
	"encoding/binary"
	"errors"
	"testing"
	"time"

	ntlmssp "github.com/Azure/go-ntlmssp"
	"pgregory.net/rapid"

	"github.com/figgosync/figgosync/sandbox/exchange/ntlm"
)

var server = ntlm.Server{Domain: "DEMO", DNSDomain: "demo.example.com", Computer: "EX1", DNSComputer: "ex1.demo.example.com"}

func handshake(t *testing.T) *ntlm.Handshake {
	t.Helper()
	negotiate, err := ntlmssp.NewNegotiateMessage("", "")
	if err != nil {
		t.Fatal(err)
	}
	h, err := server.Challenge(negotiate, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func only(domain, user, password string) func(ntlm.Identity) (string, bool) {
	return func(who ntlm.Identity) (string, bool) {
		return password, who == ntlm.Identity{Domain: domain, User: user}
	}
}

func TestIndependentClient(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ login, domain, user string }{
		{`DEMO\svc-figgo`, "DEMO", "svc-figgo"},
		{`svc-figgo@demo.example.com`, "", "svc-figgo@demo.example.com"},
		{`DEMO\Zoë`, "DEMO", "Zoë"},
	} {
		h := handshake(t)
		answer, err := ntlmssp.NewAuthenticateMessage(h.Message(), test.login, "pässwörd", nil)
		if err != nil {
			t.Fatal(err)
		}
		who, err := h.Verify(answer, only(test.domain, test.user, "pässwörd"))
		if err != nil || who.User != test.user || who.Domain != test.domain {
			t.Errorf("%s: Verify = %v, %v", test.login, who, err)
		}
		if _, err := h.Verify(answer, only(test.domain, test.user, "password")); !errors.Is(err, ntlm.ErrDenied) {
			t.Errorf("%s with a wrong password: %v, want ErrDenied", test.login, err)
		}
		if _, err := handshake(t).Verify(answer, only(test.domain, test.user, "pässwörd")); !errors.Is(err, ntlm.ErrDenied) {
			t.Errorf("%s answered to another challenge: %v, want ErrDenied", test.login, err)
		}
	}
}

func TestChallengeOffersNoKeyExchange(t *testing.T) {
	t.Parallel()
	first, second := handshake(t).Message(), handshake(t).Message()
	flags := binary.LittleEndian.Uint32(first[20:])
	if flags&(1<<30) != 0 || flags&(1<<7) != 0 {
		t.Errorf("flags %08x offer key exchange or LM_KEY", flags)
	}
	if string(first[24:32]) == string(second[24:32]) {
		t.Error("two challenges are equal")
	}
}

// The flags with which curl and requests_ntlm begin.
func TestClientsThatDoNotOfferUnicodeOrNTLM(t *testing.T) {
	t.Parallel()
	for name, offered := range map[string]uint32{"curl": 0x00088206, "requests_ntlm": 0xe2889032, "Unicode alone": 1} {
		h, err := server.Challenge(binary.LittleEndian.AppendUint32(append([]byte("NTLMSSP\x00"), 1, 0, 0, 0), offered), time.Now())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if flags := binary.LittleEndian.Uint32(h.Message()[20:]); flags&1 != offered&1 || flags&1 == 0 && flags&2 == 0 || flags&(1<<9) == 0 {
			t.Errorf("%s: answered with the flags %08x", name, flags)
		}
	}
}

func TestChallengeRefuses(t *testing.T) {
	t.Parallel()
	for name, message := range map[string][]byte{
		"nothing":   nil,
		"SPNEGO":    {0x60, 0x48, 0x06, 0x06, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x02, 0xa0, 0x3e, 0x30, 0x3c, 0, 0, 0, 0},
		"challenge": handshake(t).Message(),
		"no set":    append([]byte("NTLMSSP\x00"), 1, 0, 0, 0, 0, 2, 0, 0),
	} {
		if _, err := server.Challenge(message, time.Now()); !errors.Is(err, ntlm.ErrMalformed) {
			t.Errorf("%s: %v, want ErrMalformed", name, err)
		}
	}
}

// A damaged answer must be refused, and never crash the server.
func TestDamagedAnswers(t *testing.T) {
	t.Parallel()
	h := handshake(t)
	answer, err := ntlmssp.NewAuthenticateMessage(h.Message(), `DEMO\svc`, "secret", nil)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		damaged := append([]byte(nil), answer...)
		for range rapid.IntRange(1, 4).Draw(t, "bytes") {
			damaged[rapid.IntRange(0, 59).Draw(t, "at")] = rapid.Byte().Draw(t, "value")
		}
		damaged = damaged[:rapid.IntRange(0, len(damaged)).Draw(t, "length")]
		if _, err := h.Verify(damaged, only("DEMO", "svc", "secret")); err == nil && len(damaged) < len(answer) {
			t.Fatalf("a truncated answer was accepted")
		}
	})
}
