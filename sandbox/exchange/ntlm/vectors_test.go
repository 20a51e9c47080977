package ntlm

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"
)

// The example of [MS-NLMP] 4.2.4: User, Domain, Password.
const (
	vectorNonce   = "0123456789abcdef"
	vectorOWF     = "0c868a403bfd7a93a3001ef22ef02e3f"
	vectorProof   = "68cd0ab851e51c96aabc927bebef6a1c"
	vectorSession = "8de40ccadbc14a82f15cb0ad0de95ca3"
	vectorTemp    = "01010000000000000000000000000000aaaaaaaaaaaaaaaa0000000002000c0044006f006d00610069006e0001000c005300650072007600650072000000000000000000"
	vectorMessage = "4e544c4d5353500003000000180018006c00000054005400840000000c000c004800000008000800540000001000100" +
		"05c00000010001000d8000000358288e20501280a0000000f44006f006d00610069006e00550073006500720043004f004d0050005500540045005200" +
		"86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa" + vectorProof + vectorTemp + "c5dad2544fc9799094ce1ce90bc9d03e"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func vectorHandshake(t *testing.T) *Handshake {
	h := &Handshake{}
	copy(h.nonce[:], unhex(t, vectorNonce))
	return h
}

func passwords(known map[string]string) func(Identity) (string, bool) {
	return func(who Identity) (string, bool) {
		secret, ok := known[who.Domain+`\`+who.User]
		return secret, ok
	}
}

func TestPublishedVectors(t *testing.T) {
	t.Parallel()
	key := responseKey("Password", Identity{Domain: "Domain", User: "User"})
	if got := hex.EncodeToString(key); got != vectorOWF {
		t.Errorf("NTOWFv2 = %s, want %s", got, vectorOWF)
	}
	proof := hmacMD5(key, unhex(t, vectorNonce), unhex(t, vectorTemp))
	if got := hex.EncodeToString(proof); got != vectorProof {
		t.Errorf("NTProofStr = %s, want %s", got, vectorProof)
	}
	if got := hex.EncodeToString(hmacMD5(key, proof)); got != vectorSession {
		t.Errorf("session base key = %s, want %s", got, vectorSession)
	}
}

func TestVerifyPublishedMessage(t *testing.T) {
	t.Parallel()
	message := unhex(t, vectorMessage)
	who, err := vectorHandshake(t).Verify(message, passwords(map[string]string{`Domain\User`: "Password"}))
	if err != nil || who != (Identity{"Domain", "User"}) {
		t.Fatalf("Verify = %v, %v; want Domain\\User", who, err)
	}
	if _, err := vectorHandshake(t).Verify(message, passwords(map[string]string{`Domain\User`: "password"})); !errors.Is(err, ErrDenied) {
		t.Errorf("wrong password: %v, want ErrDenied", err)
	}
	if _, err := vectorHandshake(t).Verify(message, passwords(nil)); !errors.Is(err, ErrDenied) {
		t.Errorf("unknown user: %v, want ErrDenied", err)
	}
	other := vectorHandshake(t)
	other.nonce[0]++
	if _, err := other.Verify(message, passwords(map[string]string{`Domain\User`: "Password"})); !errors.Is(err, ErrDenied) {
		t.Errorf("another connection's challenge: %v, want ErrDenied", err)
	}
	late := vectorHandshake(t)
	late.time = time.Now()
	if _, err := late.Verify(message, passwords(map[string]string{`Domain\User`: "Password"})); !errors.Is(err, ErrDenied) {
		t.Errorf("a time that is not the challenge's: %v, want ErrDenied", err)
	}
}

// [MS-NLMP] 4.2.2 and 4.2.3 are NTLMv1 with and without extended security: 24
// bytes of NT response.
func TestVerifyRefusesV1(t *testing.T) {
	t.Parallel()
	m := append([]byte(signature), 3, 0, 0, 0)
	m = appendField(m, 24, 64) // LM
	m = appendField(m, 24, 88) // NT
	m = appendField(m, 12, 112)
	m = appendField(m, 8, 124)
	m = appendField(m, 0, 0)
	m = appendField(m, 0, 0)
	m = append(m, flagUnicode, 2, 0, 0)
	m = append(m, make([]byte, 48)...)
	m = append(m, encodeUTF16("DomainUser")...)
	_, err := vectorHandshake(t).Verify(m, passwords(map[string]string{`Domain\User`: "Password"}))
	if !errors.Is(err, ErrNotV2) {
		t.Errorf("NTLMv1: %v, want ErrNotV2", err)
	}
}

func TestMICIsChecked(t *testing.T) {
	t.Parallel()
	server := Server{Domain: "DEMO", Computer: "EX1"}
	negotiate := append([]byte(signature), 1, 0, 0, 0, flagUnicode, 2, 0, 0)
	h, err := server.Challenge(negotiate, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	message := answerWithMIC(h, "svc", "DEMO", "secret")
	known := passwords(map[string]string{`DEMO\svc`: "secret"})
	if _, err := h.Verify(message, known); err != nil {
		t.Fatalf("right MIC: %v", err)
	}
	message[72] ^= 1
	if _, err := h.Verify(message, known); !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), "MIC") {
		t.Errorf("wrong MIC: %v, want ErrDenied", err)
	}
}

// answerWithMIC is what a Windows client sends: version, MIC, then the fields.
func answerWithMIC(h *Handshake, user, domain, password string) []byte {
	blob := append([]byte{1, 1, 0, 0, 0, 0, 0, 0}, make([]byte, 20)...)
	copy(blob[8:], appendAV(nil, avTimestamp, unpackTime(h.time))[4:])
	blob = appendAV(blob, avFlags, []byte{avFlagMIC, 0, 0, 0})
	blob = append(appendAV(blob, avEOL, nil), 0, 0, 0, 0)
	key := responseKey(password, Identity{Domain: domain, User: user})
	proof := hmacMD5(key, h.nonce[:], blob)
	nt := append(append([]byte(nil), proof...), blob...)
	d, u := encodeUTF16(domain), encodeUTF16(user)
	m := append([]byte(signature), 3, 0, 0, 0)
	m = appendField(m, 0, 88)
	m = appendField(m, len(nt), 88)
	m = appendField(m, len(d), 88+len(nt))
	m = appendField(m, len(u), 88+len(nt)+len(d))
	m = appendField(m, 0, 88)
	m = appendField(m, 0, 88)
	m = append(m, flagUnicode, 2, 0, 0)
	m = append(m, make([]byte, 24)...)
	m = append(append(append(m, nt...), d...), u...)
	copy(m[72:], hmacMD5(hmacMD5(key, proof), h.negotiate, h.challenge, m))
	return m
}

func unpackTime(t time.Time) []byte {
	raw := make([]byte, 8)
	for i, ticks := 0, fileTime(t); i < 8; i++ {
		raw[i] = byte(ticks >> (8 * i))
	}
	return raw
}
