package exchange

import (
	"strings"

	"github.com/figgosync/figgosync/sandbox/exchange/schema"
)

// maxNodes bounds a restriction
// (learn.microsoft.com/exchange/client-developer/web-service-reference/restriction).
const maxNodes = 255

// compileRestriction turns a Restriction into a test of items.
func compileRestriction(n *schema.Node) (func(calendarItem) bool, *itemError) {
	if count(n) > maxNodes {
		return nil, &itemError{code: "ErrorRestrictionTooComplex", message: "The restriction is too complex."}
	}
	return compileExpression(n.Children[0])
}

func count(n *schema.Node) int {
	total := 1
	for _, child := range n.Children {
		total += count(child)
	}
	return total
}

// compileExpression knows the operators refuseLoudly lets through.
func compileExpression(n *schema.Node) (func(calendarItem) bool, *itemError) {
	if n.Name.Local == "And" || n.Name.Local == "Or" || n.Name.Local == "Not" {
		return compileLogic(n)
	}
	value, failed := operand(n.Children[0])
	if failed != nil {
		return nil, failed
	}
	switch n.Name.Local {
	case "Exists":
		return func(i calendarItem) bool { _, ok := value(i); return ok }, nil
	case "Contains":
		return contains(n, value), nil
	}
	constant := n.Child("FieldURIOrConstant").Child("Constant")
	if constant == nil {
		return nil, &itemError{code: "ErrorInvalidRestriction", message: "Sandbox: two fields are not compared with each other."}
	}
	return func(i calendarItem) bool {
		got, ok := value(i)
		return ok && strings.EqualFold(got, constant.Value("Value"))
	}, nil
}

func compileLogic(n *schema.Node) (func(calendarItem) bool, *itemError) {
	var parts []func(calendarItem) bool
	for _, child := range n.Children {
		part, failed := compileExpression(child)
		if failed != nil {
			return nil, failed
		}
		parts = append(parts, part)
	}
	and := n.Name.Local == "And"
	return func(i calendarItem) bool {
		if n.Name.Local == "Not" {
			return !parts[0](i)
		}
		for _, part := range parts {
			if part(i) != and {
				return !and
			}
		}
		return and
	}, nil
}

// operand reads the field an expression looks at. Of the fields of an item only
// its subject can be searched here.
func operand(path *schema.Node) (func(calendarItem) (string, bool), *itemError) {
	if path.Name.Local == "ExtendedFieldURI" {
		key, failed := parseKey(path)
		return func(i calendarItem) (string, bool) {
			p, ok := i.property(key)
			return strings.Join(p.values, ";"), ok
		}, failed
	}
	if uri := path.Value("FieldURI"); uri != "item:Subject" {
		return nil, &itemError{code: "ErrorUnsupportedPathForQuery", message: "The property can not be used with this type of restriction.", field: uri}
	}
	return func(i calendarItem) (string, bool) { return i.subject, true }, nil
}

// contains compares exactly unless ContainmentComparison says otherwise; all
// looser comparisons are the one without case here.
func contains(n *schema.Node, value func(calendarItem) (string, bool)) func(calendarItem) bool {
	want, fold := n.Child("Constant").Value("Value"), false
	if comparison, given := n.Attr("ContainmentComparison"); given && comparison != "Exact" {
		want, fold = strings.ToLower(want), true
	}
	return func(i calendarItem) bool {
		got, ok := value(i)
		if fold {
			got = strings.ToLower(got)
		}
		switch n.Value("ContainmentMode") {
		case "Substring", "ExactPhrase", "PrefixOnWords":
			return ok && strings.Contains(got, want)
		case "Prefixed":
			return ok && strings.HasPrefix(got, want)
		}
		return ok && got == want
	}
}
