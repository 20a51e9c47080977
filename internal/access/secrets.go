package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// hash is how the database knows what opens a door. These are random texts of
// 256 bits: a slow hash, as for passwords, would add nothing.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// textLength is that of newText.
const textLength = 52

// newText returns 260 random bits in base32.
func newText() string { return rand.Text() + rand.Text() }

// isText tells whether newText could have made it.
func isText(text string) bool {
	return len(text) == textLength && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// newID names a record; it opens nothing.
func newID() string { return strings.ToLower(rand.Text()[:12]) }
