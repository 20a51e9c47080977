package ntlm

import (
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // NTLMv2 is defined over MD5 and MD4.
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/md4" //lint:ignore SA1019 NTLM is made of it
)

// The reasons a well-formed answer is refused.
var (
	// ErrNotV2 is returned for LM, NTLMv1 and anonymous answers.
	ErrNotV2 = errors.New("not an NTLMv2 answer")
	// ErrDenied is returned for an unknown user and for a wrong password alike.
	ErrDenied = errors.New("unknown user or wrong password")
)

// maxAge is how far the time inside an answer may be from the challenge's.
// MsvAvTimestamp obliges the client to send the server's own time back
// ([MS-NLMP] 3.1.5.1.2), so clocks play no part; Windows lets a challenge live
// for 36 hours ([MS-NLMP] 3.1.1.1, MaxLifetime), HTTP needs minutes.
const maxAge = 30 * time.Minute

// Server names the server and its domain as challenges tell them.
type Server struct {
	Domain, DNSDomain     string
	Computer, DNSComputer string
}

// Handshake is one challenge that waits for its answer. It belongs to one
// connection and is used once.
type Handshake struct {
	negotiate, challenge []byte
	nonce                [8]byte
	// time is the challenge's time, zero when it told none.
	time time.Time
}

// Identity is who answered, as the client wrote it: Domain is empty when the
// user gave a user principal name.
type Identity struct{ Domain, User string }

// Challenge answers a NEGOTIATE message with a fresh random challenge.
// It returns ErrMalformed for anything else.
func (s Server) Challenge(negotiate []byte, now time.Time) (*Handshake, error) {
	kind, err := MessageType(negotiate)
	if err != nil {
		return nil, err
	}
	if kind != 1 || len(negotiate) < 16 {
		return nil, fmt.Errorf("%w: not a NEGOTIATE message", ErrMalformed)
	}
	// A client need not name NTLM, and one without Unicode gets its names in OEM;
	// only one that knows no character set at all is refused ([MS-NLMP] 3.2.5.1.1).
	offered := binary.LittleEndian.Uint32(negotiate[12:])
	if offered&(flagUnicode|flagOEM) == 0 {
		return nil, fmt.Errorf("%w: no character set offered", ErrMalformed)
	}
	h := &Handshake{negotiate: negotiate, time: now.UTC()}
	rand.Read(h.nonce[:]) //nolint:errcheck // crypto/rand.Read never fails.
	h.challenge = s.message(h.nonce, h.time, offered&flagUnicode != 0)
	return h, nil
}

// Message is the CHALLENGE message to send.
func (h *Handshake) Message() []byte { return h.challenge }

// message builds a CHALLENGE_MESSAGE ([MS-NLMP] 2.2.1.2). Key exchange and
// LM_KEY are never among its flags.
func (s Server) message(nonce [8]byte, now time.Time, unicode bool) []byte {
	const header = 56
	name, info := []byte(s.Domain), s.targetInfo(now)
	set := uint32(flagOEM)
	if unicode {
		name, set = encodeUTF16(s.Domain), flagUnicode
	}
	flags := set | uint32(flagRequestTarget|flagNTLM|flagAlwaysSign|flagTargetTypeDomain|
		flagExtendedSecurity|flagTargetInfo|flagVersion|flag128|flag56)
	m := append([]byte(signature), 2, 0, 0, 0)
	m = appendField(m, len(name), header)
	m = binary.LittleEndian.AppendUint32(m, flags)
	m = append(m, nonce[:]...)
	m = append(m, make([]byte, 8)...)
	m = appendField(m, len(info), header+len(name))
	m = append(m, 10, 0, 0x63, 0x45, 0, 0, 0, 15) // Windows 10.0.17763, NTLM revision 15
	m = append(m, name...)
	return append(m, info...)
}

func appendField(m []byte, length, offset int) []byte {
	m = binary.LittleEndian.AppendUint16(m, uint16(length))
	m = binary.LittleEndian.AppendUint16(m, uint16(length))
	return binary.LittleEndian.AppendUint32(m, uint32(offset))
}

func (s Server) targetInfo(now time.Time) []byte {
	var info []byte
	for _, pair := range []struct {
		id    uint16
		value string
	}{{avNbDomainName, s.Domain}, {avNbComputerName, s.Computer}, {avDNSDomainName, s.DNSDomain},
		{avDNSComputerName, s.DNSComputer}} {
		info = appendAV(info, pair.id, encodeUTF16(pair.value))
	}
	info = appendAV(info, avTimestamp, binary.LittleEndian.AppendUint64(nil, fileTime(now)))
	return appendAV(info, avEOL, nil)
}

// Verify checks an AUTHENTICATE message against this challenge. password
// returns the password of a user, ok false when there is none of that name.
// The errors are ErrMalformed, ErrNotV2 and ErrDenied.
func (h *Handshake) Verify(message []byte, password func(Identity) (secret string, ok bool)) (Identity, error) {
	a, err := parseAuthenticate(message)
	if err != nil {
		return Identity{}, err
	}
	// An NTLMv1 response is exactly 24 bytes; an NTLMv2 one is a 16-byte proof
	// and a blob of at least 28 ([MS-NLMP] 2.2.2.6 to 2.2.2.8).
	if a.user == "" || len(a.nt) < 16+28+4 || a.nt[16] != 1 || a.nt[17] != 1 {
		return Identity{}, ErrNotV2
	}
	who := Identity{Domain: a.domain, User: a.user}
	secret, ok := password(who)
	if !ok {
		return Identity{}, ErrDenied
	}
	key := responseKey(secret, who)
	proof, blob := a.nt[:16], a.nt[16:]
	if !hmac.Equal(proof, hmacMD5(key, h.nonce[:], blob)) {
		return Identity{}, ErrDenied
	}
	return who, h.checkBlob(message, a, blob, hmacMD5(key, proof))
}

// checkBlob checks what the proven blob says: the challenge's own time and,
// when it announces one, the message integrity code over all three messages.
func (h *Handshake) checkBlob(message []byte, a authenticate, blob, sessionKey []byte) error {
	if !h.time.IsZero() {
		sent := fromFileTime(binary.LittleEndian.Uint64(blob[8:]))
		if sent.Sub(h.time).Abs() > maxAge {
			return fmt.Errorf("%w: its time is not the challenge's", ErrDenied)
		}
	}
	pairs, err := avPairs(blob[28:])
	if err != nil {
		return err
	}
	if flags := pairs[avFlags]; len(flags) != 4 || binary.LittleEndian.Uint32(flags)&avFlagMIC == 0 {
		return nil
	}
	const from = 72
	if a.payload < from+16 {
		return fmt.Errorf("%w: it announces a MIC and has none", ErrMalformed)
	}
	blank := append([]byte(nil), message...)
	clear(blank[from : from+16])
	if !hmac.Equal(message[from:from+16], hmacMD5(sessionKey, h.negotiate, h.challenge, blank)) {
		return fmt.Errorf("%w: its MIC is wrong", ErrDenied)
	}
	return nil
}

// responseKey is NTOWFv2 ([MS-NLMP] 3.3.2): the user name counts in upper case,
// the domain as it was written.
func responseKey(password string, who Identity) []byte {
	hash := md4.New()
	hash.Write(encodeUTF16(password))
	return hmacMD5(hash.Sum(nil), encodeUTF16(strings.ToUpper(who.User)+who.Domain))
}

func hmacMD5(key []byte, parts ...[]byte) []byte {
	mac := hmac.New(md5.New, key)
	for _, part := range parts {
		mac.Write(part)
	}
	return mac.Sum(nil)
}

// fileTimeEpoch is 1601-01-01 in tenths of microseconds before 1970.
const fileTimeEpoch = 116444736000000000

func fileTime(t time.Time) uint64 { return uint64(t.UnixNano()/100 + fileTimeEpoch) }

func fromFileTime(ticks uint64) time.Time {
	since := int64(ticks) - fileTimeEpoch
	return time.Unix(since/1e7, since%1e7*100).UTC()
}
