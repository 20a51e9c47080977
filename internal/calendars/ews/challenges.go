package ews

import (
	"net/http"
	"strings"
)

// challenges returns the challenges of a 401, one each, with their schemes spelled as
// go-ntlmssp looks for them. A server or a proxy may put several into one field, behind
// commas, which also separate the parameters of one challenge, and schemes in any case:
// RFC 9110 11.1 and 11.6.1.
func challenges(header http.Header) []string {
	var list []string
	for _, field := range header.Values("WWW-Authenticate") {
		for _, part := range splitOutsideQuotes(field) {
			switch part = strings.TrimSpace(part); {
			case part == "":
			case isParameter(part) && len(list) > 0:
				list[len(list)-1] += ", " + part
			default:
				list = append(list, spelled(part))
			}
		}
	}
	return list
}

// spelled writes a challenge with its scheme's usual capitals and one space behind it.
func spelled(challenge string) string {
	scheme, rest := challenge, ""
	if end := strings.IndexAny(challenge, " \t"); end > 0 {
		scheme, rest = challenge[:end], " "+strings.TrimLeft(challenge[end:], " \t")
	}
	for _, usual := range []string{"NTLM", "Negotiate", "Basic"} {
		if strings.EqualFold(scheme, usual) {
			scheme = usual
		}
	}
	return scheme + rest
}

func splitOutsideQuotes(field string) []string {
	var parts []string
	quoted, escaped, start := false, false, 0
	for i := range len(field) {
		switch c := field[i]; {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			parts, start = append(parts, field[start:i]), i+1
		}
	}
	return append(parts, field[start:])
}

// isParameter tells name=value from a scheme, which a space or the end follows.
// What follows a scheme may end in "=" (token68) but does not begin with it.
func isParameter(part string) bool {
	end := strings.IndexAny(part, " \t=")
	return end > 0 && strings.HasPrefix(strings.TrimLeft(part[end:], " \t"), "=")
}

func schemeOf(challenge string) string {
	scheme, _, _ := strings.Cut(challenge, " ")
	return scheme
}

// schemes lists the ways to sign in that a server offers.
func schemes(header http.Header) string {
	var names []string
	for _, challenge := range challenges(header) {
		names = append(names, schemeOf(challenge))
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, " ")
}
