package lucca

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// v3Query is a v3 query string: see
// https://developers.lucca.fr/api-reference/legacy/timmi-absences/leaves/list-leaves.
type v3Query struct {
	offset, limit int
	fields        tree // nil: all
	orderBy       string
	descending    bool
	filters       map[string]v3Filter
}

// v3Filter tests a value's text; null is "".
type v3Filter func(string) bool

// tree is a parsed fields parameter.
type tree map[string]tree

// parseV3 reads the query; any name but paging, fields, orderBy and the known filters
// is an error.
func parseV3(values url.Values, known ...string) (*v3Query, error) {
	q := &v3Query{limit: 1000, filters: map[string]v3Filter{}}
	for name, all := range values {
		var err error
		switch {
		case len(all) > 1:
			err = fmt.Errorf("%s is given twice", name)
		case name == "paging":
			err = q.readPaging(all[0])
		case name == "fields":
			q.fields, err = parseFields(all[0])
		case name == "orderBy":
			err = q.readOrder(all[0])
		case slices.Contains(known, name):
			q.filters[name], err = parseV3Filter(all[0])
		default:
			err = fmt.Errorf("unknown parameter %s", name)
		}
		if err != nil {
			return nil, err
		}
	}
	return q, nil
}

func (q *v3Query) readPaging(text string) error {
	offset, limit, _ := strings.Cut(text, ",")
	var err1, err2 error
	q.offset, err1 = strconv.Atoi(offset)
	q.limit, err2 = strconv.Atoi(limit)
	if err1 != nil || err2 != nil || q.offset < 0 || q.limit < 0 || q.limit > 10_000 {
		return fmt.Errorf("paging is offset,limit with a limit of at most 10000")
	}
	return nil
}

func (q *v3Query) readOrder(text string) error {
	field, direction, _ := strings.Cut(text, ",")
	if field == "" || direction != "asc" && direction != "desc" {
		return fmt.Errorf("orderBy is field,asc or field,desc")
	}
	q.orderBy, q.descending = field, direction == "desc"
	return nil
}

// order sorts the rows, which come by id.
func (q *v3Query) order(rows []any) {
	if q.orderBy == "" {
		return
	}
	key := func(row any) string {
		members, _ := row.(map[string]any)
		return fmt.Sprintf("%12v", members[q.orderBy]) // numbers are right-aligned
	}
	slices.SortStableFunc(rows, func(a, b any) int {
		if q.descending {
			a, b = b, a
		}
		return strings.Compare(key(a), key(b))
	})
}

func parseV3Filter(text string) (v3Filter, error) {
	values := strings.Split(text, ",")
	word, rest := values[0], values[1:]
	if want := map[string]int{"since": 1, "until": 1, "between": 2, "greaterthan": 1, "like": 1,
		"notequal": 1}[word]; want != 0 && len(rest) != want {
		return nil, fmt.Errorf("%s needs %d values", word, want)
	}
	switch word {
	case "since":
		return func(v string) bool { return v != "" && v >= rest[0] }, nil
	case "until":
		return func(v string) bool { return v != "" && day(v, rest[0]) <= rest[0] }, nil
	case "between":
		return func(v string) bool { return v >= rest[0] && day(v, rest[1]) <= rest[1] }, nil
	case "greaterthan":
		least, err := strconv.Atoi(rest[0])
		return func(v string) bool { n, _ := strconv.Atoi(v); return n > least }, err
	case "like":
		return func(v string) bool { return strings.Contains(strings.ToLower(v), strings.ToLower(rest[0])) }, nil
	case "notequal":
		return func(v string) bool { return null(v) != rest[0] }, nil
	}
	return func(v string) bool { return slices.Contains(values, null(v)) }, nil
}

// day cuts a date-time to its date when it is compared with a date.
func day(value, with string) string { return value[:min(len(value), max(len(with), 10))] }

func null(value string) string {
	if value == "" {
		return "null"
	}
	return value
}

// keeps tells whether a row with that value of the field passes.
func (q *v3Query) keeps(field, value string) bool {
	filter := q.filters[field]
	return filter == nil || filter(value)
}

// parseFields reads id,owner[id,name],collection.count into a tree.
func parseFields(text string) (tree, error) {
	root := tree{}
	stack := []tree{root}
	last, word := root, ""
	flush := func() {
		if word == "" {
			return
		}
		last = stack[len(stack)-1]
		for part := range strings.SplitSeq(word, ".") {
			if last[part] == nil {
				last[part] = tree{}
			}
			last = last[part]
		}
		word = ""
	}
	for _, char := range text {
		switch char {
		case ',', '[', ']':
			flush()
		default:
			word += string(char)
		}
		if char == '[' {
			stack = append(stack, last)
		}
		if char == ']' {
			stack = stack[:len(stack)-1]
		}
		if len(stack) == 0 {
			return nil, fmt.Errorf("fields has a ] too many")
		}
	}
	flush()
	if len(stack) != 1 {
		return nil, fmt.Errorf("fields has a [ too many")
	}
	return root, nil
}

// project keeps of a value only what fields names; an empty tree is all of it.
func project(value any, fields tree) any {
	members, ok := value.(map[string]any)
	if !ok || len(fields) == 0 {
		return value
	}
	kept := map[string]any{}
	for name, inner := range fields {
		if member, ok := members[name]; ok {
			kept[name] = project(member, inner)
		}
	}
	return kept
}
