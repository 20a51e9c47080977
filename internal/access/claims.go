package access

import (
	"crypto/subtle"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// roleOf reads the role that somebody's claims give, or the reason for none.
func (o OIDC) roleOf(claims map[string]any) (Role, Reason) {
	if overage(claims, o.RolesClaim) {
		return "", ReasonTooManyGroups
	}
	value, _ := lookup(claims, o.RolesClaim)
	values, same := textsOf(value), func(a, b string) bool { return a == b }
	if o.RolesClaim == "email" {
		same = strings.EqualFold
	}
	has := func(wanted []string) bool {
		return slices.ContainsFunc(wanted, func(w string) bool {
			return slices.ContainsFunc(values, func(v string) bool { return same(v, w) })
		})
	}
	role := Role("")
	switch {
	case has(o.ConfigureValues):
		role = Configure
	case has(o.ConsultValues):
		role = Consult
	default:
		return "", ReasonNoRole
	}
	if o.RolesClaim == "email" && !isTrue(claims["email_verified"]) {
		return "", ReasonUnverifiedEmail
	}
	return role, ""
}

// lookup finds a claim by its name, or else by the way of dots into objects.
func lookup(claims map[string]any, name string) (any, bool) {
	if value, ok := claims[name]; ok {
		return value, true
	}
	first, rest, ok := strings.Cut(name, ".")
	if inner, isObject := claims[first].(map[string]any); ok && isObject {
		return lookup(inner, rest)
	}
	return nil, false
}

// textsOf are those of a claim that is one text or a list.
func textsOf(value any) []string {
	switch value := value.(type) {
	case string:
		return []string{value}
	case []any:
		var all []string
		for _, each := range value {
			if text, ok := each.(string); ok {
				all = append(all, text)
			}
		}
		return all
	}
	return nil
}

// isTrue reads a boolean that some providers send as a text.
func isTrue(value any) bool { return value == true || value == "true" }

// overage tells whether Entra ID left the claim out for being too long.
// https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference#groups-overage-claim
func overage(claims map[string]any, name string) bool {
	if _, there := claims[name]; there {
		return false
	}
	elsewhere, _ := claims["_claim_names"].(map[string]any)
	_, ok := elsewhere[name]
	return ok || name == "groups" && isTrue(claims["hasgroups"])
}

// maxName bounds the name that pages show, in characters.
const maxName = 100

// nameOf is what people read about somebody.
func nameOf(claims map[string]any) string {
	for _, claim := range []string{"name", "preferred_username", "email"} {
		text, _ := claims[claim].(string)
		text = strings.TrimSpace(strings.Map(printable, text))
		if utf8.RuneCountInString(text) > maxName {
			text = string([]rune(text)[:maxName])
		}
		if text != "" {
			return text
		}
	}
	return ""
}

func printable(r rune) rune {
	if !unicode.IsPrint(r) || r == utf8.RuneError {
		return -1
	}
	return r
}

// isSubject tells whether a subject is one: at most 255 ASCII characters
// (https://openid.net/specs/openid-connect-core-1_0.html#IDToken), here without
// control characters and spaces.
func isSubject(subject string) bool {
	return subject != "" && len(subject) <= 255 &&
		!strings.ContainsFunc(subject, func(r rune) bool { return r <= ' ' || r > '~' })
}

// equal compares in constant time.
func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// wanted leaves out the values that give no role: groups say much about a person.
func wanted(values []string, o OIDC) []any {
	all := []any{}
	for _, value := range values {
		if slices.ContainsFunc(slices.Concat(o.ConfigureValues, o.ConsultValues), func(w string) bool {
			return w == value || o.RolesClaim == "email" && strings.EqualFold(w, value)
		}) {
			all = append(all, value)
		}
	}
	return all
}
