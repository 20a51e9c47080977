package ntlm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf16"
)

// signature begins every NTLM message.
const signature = "NTLMSSP\x00"

// The negotiate flags this server looks at or sets ([MS-NLMP] 2.2.2.5).
const (
	flagUnicode          = 1 << 0
	flagOEM              = 1 << 1
	flagRequestTarget    = 1 << 2
	flagNTLM             = 1 << 9
	flagAlwaysSign       = 1 << 15
	flagTargetTypeDomain = 1 << 16
	flagExtendedSecurity = 1 << 19
	flagTargetInfo       = 1 << 23
	flagVersion          = 1 << 25
	flag128              = 1 << 29
	flag56               = 1 << 31
)

// The ids of the AV pairs in a target info ([MS-NLMP] 2.2.2.1).
const (
	avEOL             = 0
	avNbComputerName  = 1
	avNbDomainName    = 2
	avDNSComputerName = 3
	avDNSDomainName   = 4
	avFlags           = 6
	avTimestamp       = 7
)

// avFlagMIC in the client's avFlags says that its message carries a MIC.
const avFlagMIC = 2

// ErrMalformed is returned for bytes that are not the NTLM message awaited.
var ErrMalformed = errors.New("malformed NTLM message")

// MessageType returns 1, 2 or 3 for a NEGOTIATE, CHALLENGE or AUTHENTICATE
// message and ErrMalformed for anything else, such as SPNEGO or Kerberos.
func MessageType(message []byte) (int, error) {
	if len(message) < 12 || string(message[:8]) != signature {
		return 0, fmt.Errorf("%w: no NTLMSSP signature", ErrMalformed)
	}
	kind := binary.LittleEndian.Uint32(message[8:])
	if kind < 1 || kind > 3 {
		return 0, fmt.Errorf("%w: type %d", ErrMalformed, kind)
	}
	return int(kind), nil
}

// authenticate is an AUTHENTICATE_MESSAGE ([MS-NLMP] 2.2.1.3).
type authenticate struct {
	flags        uint32
	lm, nt       []byte
	domain, user string
	// payload is where the first field's bytes begin.
	payload int
}

func parseAuthenticate(message []byte) (authenticate, error) {
	kind, err := MessageType(message)
	if err != nil || kind != 3 || len(message) < 64 {
		return authenticate{}, fmt.Errorf("%w: not an AUTHENTICATE message", ErrMalformed)
	}
	a := authenticate{flags: binary.LittleEndian.Uint32(message[60:]), payload: len(message)}
	var fields [6][]byte // lm, nt, domain, user, workstation, session key
	for i := range fields {
		var offset int
		if fields[i], offset, err = field(message, 12+8*i); err != nil {
			return authenticate{}, err
		}
		if len(fields[i]) > 0 {
			a.payload = min(a.payload, offset)
		}
	}
	a.lm, a.nt = fields[0], fields[1]
	decode := decodeUTF16
	if a.flags&flagUnicode == 0 {
		decode = decodeOEM
	}
	a.domain, a.user = decode(fields[2]), decode(fields[3])
	return a, nil
}

// field reads the length and offset at position at and returns the bytes they
// point to. Both come from the other side and are checked against the message.
func field(message []byte, at int) (value []byte, offset int, err error) {
	length := int(binary.LittleEndian.Uint16(message[at:]))
	offset = int(binary.LittleEndian.Uint32(message[at+4:]))
	if length == 0 {
		return nil, offset, nil
	}
	if offset < 64 || offset > len(message) || length > len(message)-offset {
		return nil, 0, fmt.Errorf("%w: a field lies outside it", ErrMalformed)
	}
	return message[offset : offset+length], offset, nil
}

// avPairs reads a target info up to its end mark.
func avPairs(raw []byte) (map[uint16][]byte, error) {
	pairs := map[uint16][]byte{}
	for len(raw) >= 4 {
		id, length := binary.LittleEndian.Uint16(raw), int(binary.LittleEndian.Uint16(raw[2:]))
		raw = raw[4:]
		if id == avEOL {
			return pairs, nil
		}
		if length > len(raw) {
			break
		}
		pairs[id], raw = raw[:length], raw[length:]
	}
	return nil, fmt.Errorf("%w: target info without end", ErrMalformed)
}

func appendAV(raw []byte, id uint16, value []byte) []byte {
	raw = binary.LittleEndian.AppendUint16(raw, id)
	raw = binary.LittleEndian.AppendUint16(raw, uint16(len(value)))
	return append(raw, value...)
}

func encodeUTF16(s string) []byte {
	var raw []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		raw = binary.LittleEndian.AppendUint16(raw, unit)
	}
	return raw
}

// decodeOEM reads a name in the client's own character set, which no field names:
// only ASCII is sure.
func decodeOEM(raw []byte) string { return string(raw) }

func decodeUTF16(raw []byte) string {
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(raw[2*i:])
	}
	return string(utf16.Decode(units))
}
