package record

import (
	"encoding/base64"
	"unicode/utf8"
)

// derSequence is the first byte of binary keys and certificates (X.690 8.9).
const derSequence = 0x30

// SecretText is the text that stands for the contents of a secret file: the contents
// as they are, or base64 where they are binary DER, such as a .pfx file.
func SecretText(contents []byte) string {
	if len(contents) > 0 && contents[0] == derSequence && !utf8.Valid(contents) {
		return base64.StdEncoding.EncodeToString(contents)
	}
	return string(contents)
}
