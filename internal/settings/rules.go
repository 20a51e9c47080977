package settings

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Rules say what values may be, the same for a settings file, the pages and the
// REST API.
type Rules struct {
	// AllowInsecureEndpoints lets addresses be http, and the demonstration's own
	// secrets, which everybody knows, open our doors: nothing is real.
	AllowInsecureEndpoints bool
}

// The codes of Problems. Behind each are the Values that its text names.
const (
	CodeRequired        = "required"
	CodeBadName         = "bad-name" // limit
	CodeTooLong         = "too-long" // limit, in characters
	CodeTooMany         = "too-many" // limit
	CodeNotUTF8         = "not-utf8"
	CodeControl         = "control-characters"
	CodeSpace           = "has-space"
	CodeBadChoice       = "bad-choice"   // allowed
	CodeBadNumber       = "bad-number"   // least, most
	CodeBadDuration     = "bad-duration" // least, most
	CodeRetryOrder      = "retry-order"  // first, last
	CodeNotAddress      = "not-an-address"
	CodeNotHTTPS        = "not-https"
	CodeNotWeb          = "not-web"
	CodeHasLogin        = "has-login"
	CodeHasQuery        = "has-query"
	CodeBadHeader       = "bad-header"
	CodeWeak            = "weak-secret" // least, in characters
	CodeSecretAgain     = "secret-again"
	CodeNotOneDirectory = "not-one-directory"
	CodeTwoSecrets      = "two-secrets"
	CodeOtherProvider   = "other-provider" // provider
	CodeBadCertificate  = "bad-certificate"
	CodeLockedKey       = "locked-key"
	CodeBadAuthority    = "bad-authority"
	CodeAuthorityOther  = "authority-has-other"
	CodeAuthorityBroken = "authority-unreadable" // number
	CodeBadKeyJSON      = "bad-key-json"
	CodeNotService      = "not-a-service-account"
	CodeBadKeyEmail     = "bad-key-email"
	CodeBadKeyPrivate   = "bad-key-private"
	CodeBadKeyToken     = "bad-key-token-address"
	CodeBadZone         = "bad-zone" // zone
	CodeBadClock        = "bad-clock"
	CodeHoursOrder      = "hours-order"        // time, before
	CodeUnknownSource   = "unknown-source"     // name
	CodeUnknownConnect  = "unknown-connection" // name
	CodeEntityTaken     = "legal-entity-taken" // legalEntity, synchronization
	CodeEntityTwice     = "legal-entity-twice" // legalEntity
	CodeBadEntity       = "bad-legal-entity"   // limit
)

// Codes lists every code a Problem of this package has.
func Codes() []string {
	return []string{
		CodeRequired, CodeBadName, CodeTooLong, CodeTooMany, CodeNotUTF8, CodeControl, CodeSpace, CodeBadChoice, CodeBadNumber,
		CodeBadDuration, CodeRetryOrder, CodeNotAddress, CodeNotHTTPS, CodeNotWeb, CodeHasLogin, CodeHasQuery, CodeBadHeader, CodeWeak, CodeSecretAgain,
		CodeNotOneDirectory, CodeTwoSecrets, CodeOtherProvider, CodeBadCertificate, CodeLockedKey, CodeBadAuthority, CodeAuthorityOther,
		CodeAuthorityBroken, CodeBadKeyJSON, CodeNotService, CodeBadKeyEmail, CodeBadKeyPrivate, CodeBadKeyToken, CodeBadZone,
		CodeBadClock, CodeHoursOrder, CodeUnknownSource, CodeUnknownConnect, CodeEntityTaken, CodeEntityTwice, CodeBadEntity,
	}
}

// The bounds of texts, in characters.
const (
	MaxName     = 40
	MaxLabel    = 120
	MaxAddress  = 2000
	MaxID       = 253  // a client id, a tenant, a login
	MaxSecret   = 4096 // a secret of one line
	MaxPEM      = 64 << 10
	MaxZone     = 64
	MaxEntity   = 128
	MaxEntities = 10_000
)

// checker gathers the problems of one value.
type checker struct {
	rules    Rules
	problems []Problem
}

// add reports a problem; values are pairs of a name and a text.
func (c *checker) add(field, code string, values ...string) {
	p := Problem{Field: field, Code: code}
	for i := 0; i+1 < len(values); i += 2 {
		if p.Values == nil {
			p.Values = map[string]string{}
		}
		p.Values[values[i]] = values[i+1]
	}
	c.problems = append(c.problems, p)
}

// filled reports a text that is missing.
func (c *checker) filled(field, text string) bool {
	if strings.TrimSpace(text) == "" {
		c.add(field, CodeRequired)
		return false
	}
	return true
}

// text checks a text of one line and tells whether it is good and not empty.
func (c *checker) text(field, text string, limit int) bool {
	return c.lines(field, text, limit, unicode.IsControl)
}

// lines checks a text of several lines; control are characters it may not have.
func (c *checker) lines(field, text string, limit int, control func(rune) bool) bool {
	switch {
	case !utf8.ValidString(text):
		c.add(field, CodeNotUTF8)
	case strings.ContainsFunc(text, control):
		c.add(field, CodeControl)
	case utf8.RuneCountInString(text) > limit:
		c.add(field, CodeTooLong, "limit", strconv.Itoa(limit))
	default:
		return text != ""
	}
	return false
}

// file checks a text as files hold it.
func (c *checker) file(field, text string) bool {
	return c.lines(field, text, MaxPEM, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\r\n\t", r) })
}

// word checks a text without spaces.
func (c *checker) word(field, text string, limit int) bool {
	if !c.text(field, text, limit) {
		return false
	}
	if strings.ContainsFunc(text, unicode.IsSpace) {
		c.add(field, CodeSpace)
		return false
	}
	return true
}

// secret checks a secret of one line.
func (c *checker) secret(field string, secret Secret) { c.text(field, secret.Reveal(), MaxSecret) }

// name checks the name of a record. Names go into addresses and workflow ids.
func (c *checker) name(name string) {
	if c.filled("name", name) && !namePattern.MatchString(name) {
		c.add("name", CodeBadName, "limit", strconv.Itoa(MaxName))
	}
}

// address checks the address of an outside system; "" is good.
func (c *checker) address(field, text string) {
	if !c.word(field, text, MaxAddress) {
		return
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		c.add(field, CodeNotAddress)
	case u.Scheme == "http" && !c.rules.AllowInsecureEndpoints:
		c.add(field, CodeNotHTTPS)
	case u.Scheme != "https" && u.Scheme != "http":
		c.add(field, CodeNotWeb)
	case u.User != nil:
		c.add(field, CodeHasLogin)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		c.add(field, CodeHasQuery)
	}
}

// oneOf checks a choice.
func oneOf[T ~string](c *checker, field string, value T, allowed ...T) {
	if slices.Contains(allowed, value) {
		return
	}
	texts := make([]string, len(allowed))
	for i, a := range allowed {
		texts[i] = string(a)
	}
	if value == "" {
		c.add(field, CodeRequired)
		return
	}
	c.add(field, CodeBadChoice, "allowed", strings.Join(texts, ", "))
}

// number checks a whole number from 0 to most.
func (c *checker) number(field string, value, most int) {
	if value < 0 || value > most {
		c.add(field, CodeBadNumber, "least", "0", "most", strconv.Itoa(most))
	}
}
