package exchange

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// The ids are opaque to clients: base64 with its +, / and =, compared exactly.
// They begin like real ones and hold their mailbox.
var (
	itemPrefix   = []byte{0, 3, 0x24, 0}
	folderPrefix = []byte{0, 1, 0x2e, 0}
	keyPrefix    = []byte{0x0f, 0, 0, 0, 0x16, 0, 0, 0}
)

const (
	prefixBytes   = 4
	itemIDBytes   = 43
	folderIDBytes = prefixBytes + 16 + 20
)

func mailboxTag(email string) []byte {
	sum := sha256.Sum256([]byte(email))
	return sum[:16]
}

func newItemID(email string) string {
	raw := append(append([]byte(nil), itemPrefix...), mailboxTag(email)...)
	random := make([]byte, itemIDBytes-len(raw))
	_, _ = rand.Read(random) // never fails
	return base64.StdEncoding.EncodeToString(append(raw, random...))
}

// checkItemID tells why an id cannot be one of this mailbox's items.
func checkItemID(id, email string) *itemError {
	if id == "" {
		return &itemError{code: "ErrorInvalidIdEmpty", message: "Id must be non-empty."}
	}
	raw, err := base64.StdEncoding.DecodeString(id)
	if err != nil || len(raw) != itemIDBytes || !bytes.HasPrefix(raw, itemPrefix) {
		return malformed
	}
	if !bytes.Equal(raw[prefixBytes:20], mailboxTag(email)) {
		return notFound
	}
	return nil
}

var (
	malformed = &itemError{code: "ErrorInvalidIdMalformed", message: "Id is malformed."}
	notFound  = &itemError{code: "ErrorItemNotFound", message: "The specified object was not found in the store."}
)

func folderID(email, folder string) string {
	raw := append(append([]byte(nil), folderPrefix...), mailboxTag(email)...)
	sum := sha256.Sum256([]byte(folder))
	return base64.StdEncoding.EncodeToString(append(raw, sum[:20]...))
}

// changeKey names one state of one item.
func changeKey(item mailboxes.Item) string {
	sum := sha256.Sum256([]byte(item.ID))
	raw := append(append([]byte(nil), keyPrefix...), sum[:8]...)
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(raw, uint64(item.Version)))
}

func checkChangeKey(key string) *itemError {
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil || !bytes.HasPrefix(raw, keyPrefix) {
		return &itemError{code: "ErrorInvalidChangeKey", message: "The change key is invalid."}
	}
	return nil
}
