package ews_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/figgosync/figgosync/internal/calendars/ews"
)

var binding = bytes.Repeat([]byte{0xB1}, 16)

// challengeOf is a CHALLENGE_MESSAGE with these pairs and something behind them.
func challengeOf(pairs ...byte) []byte {
	message := append([]byte("NTLMSSP\x00\x02\x00\x00\x00"), make([]byte, 28)...)
	message = appendField(message, len(pairs), 48)
	return append(append(message, pairs...), "behind"...)
}

func pairsOf(message []byte) []byte { return readField(message, 40) }

func TestBindChallenge(t *testing.T) {
	t.Parallel()
	bound := slices.Concat([]byte{10, 0, 16, 0}, binding, []byte{0, 0, 0, 0})
	domain := []byte{2, 0, 4, 0, 'E', 0, 'X', 0}
	other := slices.Concat([]byte{10, 0, 16, 0}, make([]byte, 16))
	for name, test := range map[string]struct{ message, want []byte }{
		"a domain":         {challengeOf(append(domain, 0, 0, 0, 0)...), slices.Concat(domain, bound)},
		"nothing":          {challengeOf(0, 0, 0, 0), bound},
		"another binding":  {challengeOf(slices.Concat(other, domain, []byte{0, 0, 0, 0})...), slices.Concat(domain, bound)},
		"what is not read": {challengeOf(append(domain, 0, 0, 0, 0, 9, 9)...), slices.Concat(domain, bound)},
		"no pairs":         {challengeOf(), nil},
		"no end":           {challengeOf(domain...), nil},
		"half a pair":      {challengeOf(2, 0, 200, 0, 'E', 0), nil},
		"another message":  {[]byte("NTLMSSP\x00\x03\x00\x00\x00" + string(make([]byte, 60))), nil},
		"too short":        {challengeOf(0, 0, 0, 0)[:46], nil},
		"empty":            {nil, nil},
	} {
		got := ews.BindChallenge(test.message, binding)
		if (got == nil) != (test.want == nil) || got != nil && !bytes.Equal(pairsOf(got), test.want) {
			t.Errorf("%s: %v", name, got)
		}
		if got != nil && !bytes.Equal(got[:40], test.message[:40]) {
			t.Errorf("%s: more than the pairs changed", name)
		}
	}
	if got := ews.BindChallenge(challengeOf(0, 0, 0, 0), nil); got != nil {
		t.Errorf("without a binding: %v", got)
	}
	beyond := challengeOf(0, 0, 0, 0)
	binary.LittleEndian.PutUint32(beyond[44:], 1<<31)
	if got := ews.BindChallenge(beyond, binding); got != nil {
		t.Errorf("pairs beyond the end: %v", got)
	}
}

func FuzzBindChallenge(f *testing.F) {
	f.Add(challengeOf(0, 0, 0, 0))
	f.Add(challengeOf(2, 0, 4, 0, 'E', 0, 'X', 0, 0, 0, 0, 0))
	f.Fuzz(func(t *testing.T, message []byte) {
		before := bytes.Clone(message)
		if got := ews.BindChallenge(message, binding); got != nil && !bytes.Contains(pairsOf(got), binding) {
			t.Errorf("%x", got)
		}
		if !bytes.Equal(before, message) {
			t.Error("the message was changed")
		}
	})
}
