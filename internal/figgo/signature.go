package figgo

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
	"unicode/utf8"
)

// ErrSignature is why VerifyV5 refuses a delivery: a header is missing, the
// signature is not ours, or the delivery is too old or from the future. The
// answer is 401.
var ErrSignature = errors.New("the webhook's signature is refused")

// ErrAuthorization is why VerifyHTTPSynchronization refuses a post. The answer
// is 401.
var ErrAuthorization = errors.New("the webhook's Authorization header is refused")

// The headers of a v5 delivery
// (https://developers.lucca.fr/documentation/webhooks/catching/validate).
const (
	HeaderSignature = "Lucca-Signature"
	HeaderTimestamp = "Lucca-Timestamp"
)

// SignatureWindow is how far from our clock, either way and inclusive, the
// timestamp of a v5 delivery may be. Lucca's page sets it.
const SignatureWindow = 5 * time.Minute

// maxEcho bounds the text we are willing to send back.
const maxEcho = 4096

// Challenge returns what to answer to the GET by which Lucca activates a v5
// webhook: the value of the query parameter echo, as text/plain and nothing
// else. ok is false when there is no usable challenge. The GET is not signed,
// and comes before the secret exists: it must work without one
// (https://developers.luccasoftware.com/documentation/webhooks/catching/spec-activate).
func Challenge(query url.Values) (echo string, ok bool) {
	echo = query.Get("echo")
	if echo == "" || len(echo) > maxEcho || !utf8.ValidString(echo) {
		return "", false
	}
	return echo, true
}

// VerifyV5 checks that body was signed with secret within SignatureWindow of
// now: HMAC-SHA256 over the Lucca-Timestamp header as it was sent, a dot and
// the raw body, in standard base64. The secret is used as the text it is, not
// decoded. An empty secret refuses everything. Every refusal is ErrSignature
// (https://developers.lucca.fr/documentation/webhooks/catching/validate).
func VerifyV5(secret string, header http.Header, body []byte, now time.Time) error {
	if secret == "" {
		return fmt.Errorf("%w: the source has no webhook secret", ErrSignature)
	}
	signature, timestamp := header.Get(HeaderSignature), header.Get(HeaderTimestamp)
	if signature == "" || timestamp == "" {
		return fmt.Errorf("%w: %s and %s are both needed", ErrSignature, HeaderSignature, HeaderTimestamp)
	}
	sent, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return fmt.Errorf("%w: %s is not base64", ErrSignature, HeaderSignature)
	}
	if !hmac.Equal(sent, sign(secret, timestamp, body)) {
		return fmt.Errorf("%w: it was made with another secret, or over another body", ErrSignature)
	}
	at, err := time.Parse(time.RFC3339Nano, timestamp)
	if err != nil {
		return fmt.Errorf("%w: %s is not an RFC 3339 date-time", ErrSignature, HeaderTimestamp)
	}
	if now.Sub(at).Abs() > SignatureWindow {
		return fmt.Errorf("%w: %s is more than %s from this server's clock", ErrSignature, HeaderTimestamp,
			SignatureWindow)
	}
	return nil
}

func sign(secret, timestamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp))
	mac.Write([]byte{'.'})
	mac.Write(body)
	return mac.Sum(nil)
}

// VerifyHTTPSynchronization checks a post of the legacy webhook, which is not
// signed: its whole Authorization header must be key, the text the company gave
// to Lucca. An empty key refuses everything. Every refusal is ErrAuthorization.
func VerifyHTTPSynchronization(key string, header http.Header) error {
	if key == "" {
		return fmt.Errorf("%w: the source has no HTTP synchronization key", ErrAuthorization)
	}
	// Digests have one length, so the comparison does not tell the key's.
	want, got := sha256.Sum256([]byte(key)), sha256.Sum256([]byte(header.Get("Authorization")))
	if subtle.ConstantTimeCompare(want[:], got[:]) != 1 {
		return fmt.Errorf("%w: it is missing or is not the source's key", ErrAuthorization)
	}
	return nil
}
