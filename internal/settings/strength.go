package settings

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/internal/record"
)

// How long a secret is at least that strangers can try at our own doors, in
// characters. Guessing cannot be stopped there by locking the door: whoever has the
// right one must always come in.
const (
	MinToken      = 32 // an API token
	MinWebhookKey = 24 // a webhook secret, or the password of an HTTP synchronization key
)

// The demonstration's secrets, which stand in its documentation: everybody knows
// them. They pass only where Rules.AllowInsecureEndpoints says that nothing is real.
const (
	DemoToken         = "demo-admin-token"
	DemoWebhookSecret = "demo-webhook-secret"
	DemoHTTPKey       = "Basic ZGVtbzpkZW1v"
)

// IsDemo tells whether a secret is one of the demonstration's.
func IsDemo(s Secret) bool { return s == DemoToken || s == DemoWebhookSecret || s == DemoHTTPKey }

// Strong tells whether a secret has the length and is not made of few characters,
// of one text again and again, or of a sequence such as abcdef. It cannot tell
// chance from a sentence: it stops what people type to get on.
func Strong(secret string, length int) bool {
	text := []rune(secret)
	if len(text) < length {
		return false
	}
	// Of 24 random hexadecimal digits, one secret in 36,000 has seven characters or
	// fewer, and one in 300 million five.
	const leastCharacters = 6
	characters, pairs, steps := map[rune]bool{}, map[[2]rune]bool{}, 0
	for i, r := range text {
		characters[r] = true
		if i == 0 {
			continue
		}
		pairs[[2]rune{text[i-1], r}] = true
		if step := r - text[i-1]; step >= -1 && step <= 1 {
			steps++
		}
	}
	// Of 24 random hexadecimal digits 22 pairs differ, and four follow on each other: a
	// dozen one time in 10,000, three quarters one in a billion. A long text repeats
	// pairs, and may.
	needed := min(len(text)-1, length) * 3 / 5
	return len(characters) >= leastCharacters && len(pairs) >= needed && steps*4 < len(text)*3
}

// ValidateToken returns what is wrong with an API token from the environment, nil
// when it is good or "".
func ValidateToken(token Secret, rules Rules) []Problem {
	c := &record.Checker{Rules: rules}
	checkStrength(c, "token", token, token.Reveal(), MinToken)
	return c.Problems()
}

// checkStrength checks a secret of one of our doors; guessed is the part of it that
// must be guessed.
func checkStrength(c *record.Checker, field string, secret Secret, guessed string, length int) {
	if secret == "" || IsDemo(secret) && c.Rules.AllowInsecureEndpoints || Strong(guessed, length) {
		return
	}
	c.Add(field, CodeWeak, "least", strconv.Itoa(length))
}

// guessedOf is the part of an Authorization header that nobody can know: the
// password of a Basic one, or what follows the scheme.
func guessedOf(header string) string {
	scheme, rest, found := strings.Cut(header, " ")
	if !found {
		return header
	}
	if !strings.EqualFold(scheme, "Basic") {
		return strings.TrimSpace(rest)
	}
	plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
	if err != nil {
		return strings.TrimSpace(rest)
	}
	_, password, _ := strings.Cut(string(plain), ":")
	return password
}
