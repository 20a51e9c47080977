package exchange

import (
	"slices"
	"strings"

	"github.com/figgosync/figgosync/sandbox/exchange/schema"
)

// maxNodes bounds a restriction
// (learn.microsoft.com/exchange/client-developer/web-service-reference/restriction).
const maxNodes = 255

// test is a compiled restriction.
type test func(calendarItem) bool

// compileRestriction turns a Restriction into a test of items.
func (c *call) compileRestriction(n *schema.Node) (test, *itemError) {
	if count(n) > maxNodes {
		return nil, &itemError{code: "ErrorRestrictionTooComplex", message: "The restriction is too complex."}
	}
	return c.compileExpression(n.Children[0])
}

func count(n *schema.Node) int {
	total := 1
	for _, child := range n.Children {
		total += count(child)
	}
	return total
}

// comparisons are the operators that compare a property, by what the comparison
// must give. A property the item does not have is not compared at all.
var comparisons = map[string]func(int) bool{
	"IsEqualTo":              func(sign int) bool { return sign == 0 },
	"IsNotEqualTo":           func(sign int) bool { return sign != 0 },
	"IsGreaterThan":          func(sign int) bool { return sign > 0 },
	"IsGreaterThanOrEqualTo": func(sign int) bool { return sign >= 0 },
	"IsLessThan":             func(sign int) bool { return sign < 0 },
	"IsLessThanOrEqualTo":    func(sign int) bool { return sign <= 0 },
}

// compileExpression knows the operators and paths refuseNodes lets through.
func (c *call) compileExpression(n *schema.Node) (test, *itemError) {
	if n.Name.Local == "And" || n.Name.Local == "Or" || n.Name.Local == "Not" {
		return c.compileLogic(n)
	}
	of, failed := fieldOf(n.Children[0])
	if failed != nil {
		return nil, failed
	}
	switch n.Name.Local {
	case "Exists":
		return func(i calendarItem) bool { _, ok := of.read(i); return ok }, nil
	case "Contains":
		return compileContains(n, of)
	}
	with, failed := c.comparand(n, of)
	if failed != nil {
		return nil, failed
	}
	holds := comparisons[n.Name.Local]
	return func(i calendarItem) bool {
		left, has := of.read(i)
		right, known := with(i)
		return has && known && holds(left.compare(right, of.kind))
	}, nil
}

// comparand is what a field is compared with: a constant, or another field of the
// same kind.
func (c *call) comparand(n *schema.Node, of field) (func(calendarItem) (value, bool), *itemError) {
	other := n.Child("FieldURIOrConstant").Children[0]
	if other.Name.Local == "Constant" {
		constant, ok := of.parse(other.Value("Value"), c.location)
		if !ok {
			return nil, &itemError{code: "ErrorInvalidValueForProperty",
				message: "The value is not one of the property's type.", field: n.Children[0].Value("FieldURI")}
		}
		return func(calendarItem) (value, bool) { return constant, true }, nil
	}
	with, failed := fieldOf(other)
	if failed == nil && with.kind != of.kind {
		failed = &itemError{code: "ErrorInvalidRestriction", message: "Properties of different types are not compared."}
	}
	return with.read, failed
}

func (c *call) compileLogic(n *schema.Node) (test, *itemError) {
	var parts []test
	for _, child := range n.Children {
		part, failed := c.compileExpression(child)
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

// compileContains compares exactly unless ContainmentComparison says otherwise; all
// looser comparisons are the one without case here.
func compileContains(n *schema.Node, of field) (test, *itemError) {
	if of.kind != texts {
		return nil, &itemError{code: "ErrorContainsFilterWrongType",
			message: "The Contains filter can only be used for string properties."}
	}
	want, fold := n.Child("Constant").Value("Value"), false
	if comparison, given := n.Attr("ContainmentComparison"); given && comparison != "Exact" {
		want, fold = strings.ToLower(want), true
	}
	return func(i calendarItem) bool {
		v, ok := of.read(i)
		got := v.text
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
	}, nil
}

// order is a compiled SortOrder: it compares two items.
type order func(a, b calendarItem) int

// compileOrder sorts by one field after the other. Items that lack a field come
// before those that have it.
func compileOrder(n *schema.Node) (order, *itemError) {
	var by []order
	for _, fieldOrder := range n.All() {
		of, failed := fieldOf(fieldOrder.Children[0])
		if failed != nil {
			return nil, failed
		}
		descending := fieldOrder.Value("Order") == "Descending"
		by = append(by, func(a, b calendarItem) int {
			if descending {
				a, b = b, a
			}
			return compareBy(of, a, b)
		})
	}
	return func(a, b calendarItem) int {
		for _, compare := range by {
			if sign := compare(a, b); sign != 0 {
				return sign
			}
		}
		return 0
	}, nil
}

func compareBy(of field, a, b calendarItem) int {
	left, hasLeft := of.read(a)
	right, hasRight := of.read(b)
	switch {
	case hasLeft && hasRight:
		return left.compare(right, of.kind)
	case hasLeft:
		return 1
	case hasRight:
		return -1
	}
	return 0
}

// computed are properties that Exchange works out when they are read, which no
// restriction and no sort order may name
// (learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode,
// ErrorUnsupportedPathForQuery and ErrorUnsupportedPathForSortGroup).
var computed = []string{"item:MimeContent", "item:Attachments", "item:ResponseObjects", "item:EffectiveRights",
	"calendar:RequiredAttendees", "calendar:OptionalAttendees", "calendar:Resources", "calendar:ConflictingMeetings",
	"calendar:AdjacentMeetings", "calendar:StartTimeZone", "calendar:EndTimeZone", "calendar:Recurrence"}

// checkPaths finds the computed properties a restriction or sort order names; code is
// what they are refused with.
func checkPaths(n *schema.Node, code string) *itemError {
	if uri := n.Value("FieldURI"); slices.Contains(computed, uri) {
		return &itemError{code: code, message: "The property can not be used with this type of restriction.",
			field: uri}
	}
	for _, child := range n.All() {
		if failed := checkPaths(child, code); failed != nil {
			return failed
		}
	}
	return nil
}

// unknownPath returns the first path below n that Exchange can search by and the service
// cannot, "" for none.
func unknownPath(n *schema.Node) string {
	if uri := n.Value("FieldURI"); uri != "" && !slices.Contains(computed, uri) {
		if _, known := fields[uri]; !known {
			return uri
		}
	}
	for _, child := range n.All() {
		if uri := unknownPath(child); uri != "" {
			return uri
		}
	}
	return ""
}
