package graph

import (
	"net/http"
	"slices"
	"strings"
	"unicode"
)

// filter is the one documented search for events by an extended property:
//
//	singleValueExtendedProperties/Any(ep: ep/id eq '{id}' and ep/value eq '{value}')
//
// with eq, ne, contains or startswith for the value. The id's name is compared
// with case, the value without:
// learn.microsoft.com/graph/api/singlevaluelegacyextendedproperty-get.
type filter struct {
	id    extendedID
	match func(value string) bool
}

func (f filter) matches(e *event) bool {
	value, ok := e.property(f.id)
	return ok && f.match(value)
}

// scanner walks over the tokens of a $filter or $expand. Its first mistake
// stays; every later call does nothing.
type scanner struct {
	tokens []string // a string literal keeps its opening quote, and only that
	broken bool
}

func scan(text string) *scanner {
	s := &scanner{}
	runes := []rune(text)
	for i := 0; i < len(runes); {
		switch r := runes[i]; {
		case unicode.IsSpace(r):
			i++
		case r == '\'':
			literal, next, ok := scanLiteral(runes, i+1)
			s.tokens, i, s.broken = append(s.tokens, "'"+literal), next, s.broken || !ok
		case isWord(r):
			start := i
			for i < len(runes) && isWord(runes[i]) {
				i++
			}
			s.tokens = append(s.tokens, string(runes[start:i]))
		default:
			s.tokens, i = append(s.tokens, string(r)), i+1
		}
	}
	return s
}

func isWord(r rune) bool { return r == '$' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// scanLiteral reads a string up to its closing quote; ” inside is a quote.
func scanLiteral(runes []rune, i int) (literal string, next int, ok bool) {
	var text strings.Builder
	for ; i < len(runes); i++ {
		if runes[i] != '\'' {
			text.WriteRune(runes[i])
			continue
		}
		if i+1 >= len(runes) || runes[i+1] != '\'' {
			return text.String(), i + 1, true
		}
		text.WriteRune('\'')
		i++
	}
	return "", i, false
}

func (s *scanner) next() string {
	if s.broken || len(s.tokens) == 0 {
		s.broken = true
		return ""
	}
	token := s.tokens[0]
	s.tokens = s.tokens[1:]
	return token
}

func (s *scanner) expect(tokens ...string) {
	for _, token := range tokens {
		if s.next() != token {
			s.broken = true
		}
	}
}

func (s *scanner) literal() string {
	text, ok := strings.CutPrefix(s.next(), "'")
	s.broken = s.broken || !ok
	return text
}

func (s *scanner) done() bool { return !s.broken && len(s.tokens) == 0 }

func parseFilter(text string) (filter, *failure) {
	wanted, f := parseSearch(text)
	if f == nil || f.code != invalidFilter.code {
		return wanted, f
	}
	return filter{}, refuseFilter(text)
}

var invalidFilter = fail(http.StatusBadRequest, "ErrorInvalidUrlQueryFilter",
	"The query filter contains one or more invalid nodes.")

// parseSearch reads the search by an extended property alone.
func parseSearch(text string) (filter, *failure) {
	s := scan(text)
	if len(s.tokens) > 0 && strings.EqualFold(s.tokens[0], "id") {
		return filter{}, fail(http.StatusBadRequest, "ErrorInvalidProperty",
			"The property 'Id' does not support filtering.")
	}
	s.expect("singleValueExtendedProperties", "/")
	if !strings.EqualFold(s.next(), "any") {
		s.broken = true
	}
	s.expect("(")
	variable := s.next()
	s.expect(":", variable, "/", "id", "eq")
	idText := s.literal()
	s.expect("and")
	match := s.comparison(variable)
	s.expect(")")
	if !s.done() {
		return filter{}, invalidFilter
	}
	id, f := parseExtendedID(idText)
	return filter{id, match}, f
}

// comparison reads what is asked of the value.
func (s *scanner) comparison(variable string) func(string) bool {
	operator := s.next()
	if operator == "contains" || operator == "startswith" {
		s.expect("(", variable, "/", "value", ",")
		wanted := strings.ToLower(s.literal())
		s.expect(")")
		if operator == "contains" {
			return func(value string) bool { return strings.Contains(strings.ToLower(value), wanted) }
		}
		return func(value string) bool { return strings.HasPrefix(strings.ToLower(value), wanted) }
	}
	if operator != variable {
		s.broken = true
	}
	s.expect("/", "value")
	operator = s.next()
	wanted := s.literal()
	if operator != "eq" && operator != "ne" {
		s.broken = true
	}
	return func(value string) bool { return strings.EqualFold(value, wanted) == (operator == "eq") }
}

// navigations are the properties of an event that can be expanded.
var navigations = []string{"attachments", "calendar", "exceptionOccurrences", "extensions", "instances",
	"multiValueExtendedProperties"}

// parseExpand reads a $expand, of which singleValueExtendedProperties is imitated.
func parseExpand(text string) (ids []extendedID, f *failure) {
	for _, part := range splitList(text) {
		name := strings.TrimSpace(part)
		if end := strings.IndexAny(name, "(/ "); end >= 0 {
			name = name[:end]
		}
		switch {
		case name == extendedName:
			if ids, f = parseExpandExtended(part); f != nil {
				return nil, f
			}
		case slices.Contains(navigations, name):
			return nil, failNotImitated("$expand of " + name)
		case slices.Contains(known, name):
			return nil, failBadRequest("Property '%s' on type 'microsoft.graph.event' is not a navigation property or complex property.", name)
		default:
			return nil, failNoProperty(name)
		}
	}
	return ids, nil
}

// parseExpandExtended reads singleValueExtendedProperties($filter=id eq '{id}'), with
// more ids joined by or. Graph "often" rejects an expand without the inner filter; here
// it always is.
func parseExpandExtended(text string) ([]extendedID, *failure) {
	s := scan(text)
	s.expect("singleValueExtendedProperties", "(", "$filter", "=")
	var ids []extendedID
	for {
		s.expect("id", "eq")
		literal := s.literal()
		if s.broken {
			return nil, fail(http.StatusBadRequest, "ErrorInvalidUrlQuery",
				"The $expand clause is not supported: singleValueExtendedProperties needs a $filter on id.")
		}
		id, f := parseExtendedID(literal)
		if f != nil {
			return nil, f
		}
		ids = append(ids, id)
		switch s.next() {
		case "or":
			continue
		case ")":
			if s.done() {
				return ids, nil
			}
		}
		s.broken = true
	}
}
