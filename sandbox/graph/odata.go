package graph

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// The checks below tell OData that is right, and not imitated, from OData that is
// wrong: docs.oasis-open.org/odata/odata/v4.01, part 2, and the properties of
// learn.microsoft.com/graph/api/resources/event.

// odataToken are the tokens of an expression. Each is read where the one before ends.
var odataToken = regexp.MustCompile(`^(?:'(?:[^']|'')*'` +
	`|\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?` +
	`|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}` +
	`|-?\d+(?:\.\d+)?` +
	`|[$A-Za-z_][A-Za-z0-9_.]*` +
	`|[/():,])`)

var (
	odataWord       = regexp.MustCompile(`^[$A-Za-z_][A-Za-z0-9_.]*$`)
	odataComparison = []string{"eq", "ne", "gt", "ge", "lt", "le", "has", "in"}
	odataLiterals   = []string{"true", "false", "null"}
)

// expression walks over a $filter and finds out whether it is one, which properties
// of the event it names, and which searches by an extended property are in it.
type expression struct {
	text      string // all of it
	tokens    []string
	ends      []int // where each token ends in text
	at        int
	broken    bool
	variables []string
	roots     []string
	extended  []string
}

func parseExpression(text string) *expression {
	e := &expression{text: text}
	for at := 0; ; {
		rest := strings.TrimLeft(text[at:], " \t\n")
		at = len(text) - len(rest)
		token := odataToken.FindString(rest)
		if token == "" {
			e.broken = rest != ""
			break
		}
		at += len(token)
		e.tokens, e.ends = append(e.tokens, token), append(e.ends, at)
	}
	e.or()
	e.broken = e.broken || e.at < len(e.tokens)
	return e
}

func (e *expression) peek() string {
	if e.broken || e.at >= len(e.tokens) {
		return ""
	}
	return e.tokens[e.at]
}

func (e *expression) next() string {
	token := e.peek()
	e.broken = e.broken || token == ""
	e.at++
	return token
}

func (e *expression) take(token string) bool {
	if e.peek() != token {
		return false
	}
	e.at++
	return true
}

func (e *expression) expect(token string) { e.broken = !e.take(token) || e.broken }

func (e *expression) or() {
	for e.and(); e.take("or"); {
		e.and()
	}
}

func (e *expression) and() {
	for e.unary(); e.take("and"); {
		e.unary()
	}
}

func (e *expression) unary() {
	if e.take("not") {
		e.unary()
		return
	}
	e.operand()
	if slices.Contains(odataComparison, e.peek()) {
		e.next()
		e.operand()
	}
}

// operand is a literal, a list or expression in brackets, a function or a path.
func (e *expression) operand() {
	token := e.next()
	switch {
	case e.broken:
	case token == "(":
		e.list()
	case !odataWord.MatchString(token) || slices.Contains(odataLiterals, token):
		e.broken = e.broken || strings.ContainsAny(token[:1], "/:),")
	case e.take("("): // a function
		if !e.take(")") {
			e.list()
		}
	default:
		e.path(token)
	}
}

// list reads expressions up to a closing bracket.
func (e *expression) list() {
	for e.or(); e.take(","); {
		e.or()
	}
	e.expect(")")
}

// path follows a property, which may end in any(...) or all(...).
func (e *expression) path(first string) {
	if !slices.Contains(e.variables, first) {
		e.roots = append(e.roots, first)
	}
	start := e.ends[e.at-1] - len(first)
	for e.take("/") {
		name := e.next()
		e.broken = e.broken || !odataWord.MatchString(name)
		if e.take("(") {
			e.lambda(name)
			if first == extendedName && !e.broken {
				e.extended = append(e.extended, e.text[start:e.ends[e.at-1]])
			}
			return
		}
	}
}

func (e *expression) lambda(name string) {
	if !strings.EqualFold(name, "any") && !strings.EqualFold(name, "all") {
		e.broken = true
		return
	}
	if e.take(")") {
		return
	}
	e.variables = append(e.variables, e.next())
	e.expect(":")
	e.list()
}

const extendedName = "singleValueExtendedProperties"

// refuseFilter says what is wrong with a $filter that is not imitated, or that nothing
// is.
func refuseFilter(text string) *failure {
	e := parseExpression(text)
	if e.broken || len(e.roots) == 0 {
		return invalidFilter
	}
	for _, search := range e.extended {
		if _, f := parseSearch(search); f != nil {
			return f
		}
	}
	for _, root := range e.roots {
		if !slices.Contains(known, root) {
			return failNoProperty(root)
		}
	}
	slices.Sort(e.roots)
	return failNotImitated("$filter by " + strings.Join(slices.Compact(e.roots), ", "))
}

// failNoProperty is the refusal of a property that events do not have.
func failNoProperty(name string) *failure {
	return fail(http.StatusBadRequest, "RequestBroker--ParseUri",
		"Could not find a property named '%s' on type 'microsoft.graph.event'.", name)
}

// splitList splits at commas outside brackets and quotes.
func splitList(text string) []string {
	depth, quoted, from := 0, false, 0
	var list []string
	for i, r := range text {
		switch {
		case r == '\'':
			quoted = !quoted
		case quoted:
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == ',' && depth == 0:
			list, from = append(list, text[from:i]), i+1
		}
	}
	return append(list, text[from:])
}
