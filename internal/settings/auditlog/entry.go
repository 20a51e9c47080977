// Package auditlog keeps who did what, as a chain: each line carries the hash of the
// one before it, so that a line that was changed, removed, inserted or moved is found.
//
//	digest   = SHA-256(salt, S(by.id), S(by.name), S(action), S(kind), S(name), S(network),
//	           and for each field S(field), S(from), S(to))
//	hash     = SHA-256(previous, S(id), S(at), digest)
//	S(text)  = the text as a netstring: its length in bytes in decimals, ":", the text, ","
//	previous = the hash of the line before; 32 zero bytes for the first
//
// at is UTC with six decimals, such as 2026-11-30T08:15:00.000000Z. The salt is 16
// random bytes: once it is erased together with the content, nobody can find the
// content again by trying what its digest may stand for.
package auditlog

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/settings"
)

// atLayout is how a line's moment is hashed and exported.
const atLayout = "2006-01-02T15:04:05.000000Z"

const saltSize = 16

// Entry is a line with its place in the chain.
type Entry struct {
	settings.Change
	// Salt is nil in a line whose content was erased.
	Salt                   []byte
	Digest, Previous, Hash []byte
}

// Erased tells whether the line's content was erased.
func (e Entry) Erased() bool { return e.Salt == nil }

// Head names a line by its id and its hash. The zero Head is that of an empty log.
type Head struct {
	ID   int64
	Hash [sha256.Size]byte
}

// String is ID:HASH, the hash in hexadecimals.
func (h Head) String() string {
	return strconv.FormatInt(h.ID, 10) + ":" + hex.EncodeToString(h.Hash[:])
}

// ParseHead reads what String wrote.
func ParseHead(text string) (Head, error) {
	var id int64
	var digits string
	if _, err := fmt.Sscanf(text, "%d:%64s", &id, &digits); err != nil || id < 1 {
		return Head{}, fmt.Errorf("%q is not the number of a line, a colon and its hash", text)
	}
	hash, err := hex.DecodeString(digits)
	if err != nil || len(hash) != sha256.Size {
		return Head{}, fmt.Errorf("%q is not the number of a line, a colon and its hash", text)
	}
	return Head{ID: id, Hash: [sha256.Size]byte(hash)}, nil
}

// follow makes the change the line after previous.
func follow(previous Head, change settings.Change) Entry {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // it never fails
	change.ID = previous.ID + 1
	e := Entry{Change: plain(change), Salt: salt, Previous: previous.Hash[:]}
	e.Digest = e.digest()
	e.Hash = e.link()
	return e
}

// plain is a change as it can be read again: databases and JSON keep valid UTF-8 and
// microseconds.
func plain(c settings.Change) settings.Change {
	valid := func(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }
	c.At = c.At.UTC().Truncate(time.Microsecond)
	c.By.ID, c.By.Name, c.Name, c.Network = valid(c.By.ID), valid(c.By.Name), valid(c.Name), valid(c.Network)
	c.Fields = slices.Clone(c.Fields)
	for i, f := range c.Fields {
		c.Fields[i] = settings.FieldChange{Field: valid(f.Field), From: valid(f.From), To: valid(f.To)}
	}
	return c
}

// head is the line as a Head.
func (e Entry) head() Head {
	h := Head{ID: e.ID}
	copy(h.Hash[:], e.Hash)
	return h
}

// digest is that of the content.
func (e Entry) digest() []byte {
	canonical := append([]byte{}, e.Salt...)
	for _, text := range []string{e.By.ID, e.By.Name, string(e.Action), string(e.Kind), e.Name, e.Network} {
		canonical = netstring(canonical, text)
	}
	for _, f := range e.Fields {
		canonical = netstring(netstring(netstring(canonical, f.Field), f.From), f.To)
	}
	sum := sha256.Sum256(canonical)
	return sum[:]
}

// link is the line's hash.
func (e Entry) link() []byte {
	canonical := append([]byte{}, e.Previous...)
	canonical = netstring(canonical, strconv.FormatInt(e.ID, 10))
	canonical = netstring(canonical, e.At.UTC().Format(atLayout))
	sum := sha256.Sum256(append(canonical, e.Digest...))
	return sum[:]
}

// netstring appends a text so that no two sequences of texts look alike
// (https://cr.yp.to/proto/netstrings.txt).
func netstring(to []byte, text string) []byte {
	to = append(strconv.AppendInt(to, int64(len(text)), 10), ':')
	return append(append(to, text...), ',')
}
