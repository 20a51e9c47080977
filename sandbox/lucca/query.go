package lucca

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// query is a collection's query string after reading it strictly: see
// https://developers.lucca.fr/documentation/using-api/filtering and /paging.
type query[T any] struct {
	limit   int
	page    int     // from 1, when given as a number
	cursor  *cursor // when given as one
	include []string
	sorts   []sortTerm[T]
	keep    []func(T) bool
	wrong   map[string][]string
}

type sortTerm[T any] struct {
	key        func(T) string
	descending bool
}

// cursor points between two items: after (or before) the item with these sort keys.
type cursor struct {
	Keys   []string `json:"k"`
	Before bool     `json:"b,omitempty"`
}

func (c cursor) String() string {
	text, _ := json.Marshal(c) // strings and a bool
	return "!" + base64.RawURLEncoding.EncodeToString(text)
}

func parseCursor(text string) (*cursor, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(text, "!"))
	var c cursor
	if err != nil || json.Unmarshal(raw, &c) != nil {
		return nil, false
	}
	return &c, true
}

func parseQuery[T any](values url.Values, c *collection[T]) query[T] {
	q := query[T]{limit: 25, page: 1, wrong: map[string][]string{}, sorts: []sortTerm[T]{{key: c.key}}}
	for name, all := range values {
		text := all[0]
		var err error
		switch {
		case len(all) > 1:
			err = fmt.Errorf("given twice; separate values by commas")
		case name == "limit":
			err = q.readLimit(text)
		case name == "page":
			err = q.readPage(text)
		case name == "include":
			err = q.readInclude(text)
		case name == "sort":
			err = q.readSort(text, c)
		default:
			err = q.readFilter(name, text, c)
		}
		if err != nil {
			q.wrong[name] = []string{err.Error()}
		}
	}
	if q.cursor != nil && len(q.cursor.Keys) != len(q.sorts) {
		q.wrong["page"] = []string{"the cursor belongs to another sort"}
	}
	return q
}

func (q *query[T]) readLimit(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 100 {
		return fmt.Errorf("give a number from 0 to 100")
	}
	q.limit = n
	return nil
}

func (q *query[T]) readPage(text string) error {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		q.page = n
		return nil
	}
	c, ok := parseCursor(text)
	if !ok {
		return fmt.Errorf("give a cursor from links, or a number from 1")
	}
	q.cursor = c
	return nil
}

func (q *query[T]) readInclude(text string) error {
	q.include = strings.Split(text, ",")
	for _, word := range q.include {
		if !slices.Contains([]string{"links", "totalCount", "embedded"}, word) {
			return fmt.Errorf("unknown value %q", word)
		}
	}
	return nil
}

func (q *query[T]) readSort(text string, c *collection[T]) error {
	q.sorts = nil
	for term := range strings.SplitSeq(text, ",") {
		name, descending := strings.CutPrefix(term, "-")
		key, ok := c.sorts[name]
		if name == "id" {
			key, ok = c.key, true
		}
		if !ok {
			return fmt.Errorf("cannot sort by %q", name)
		}
		q.sorts = append(q.sorts, sortTerm[T]{key, descending})
	}
	// The id settles what the other keys leave open, so that a cursor is exact.
	q.sorts = append(q.sorts, sortTerm[T]{key: c.key})
	return nil
}

func (q *query[T]) readFilter(name, text string, c *collection[T]) error {
	if name == "search" && c.search != nil {
		text = strings.ToLower(text)
		q.keep = append(q.keep, func(item T) bool { return strings.Contains(strings.ToLower(c.search(item)), text) })
		return nil
	}
	if field, ok := strings.CutSuffix(name, ".between"); ok && c.dates[field] != nil {
		return q.readRange(text, c.dates[field])
	}
	field, negated := strings.CutPrefix(name, "-")
	value := c.filters[field]
	if value == nil {
		value = c.dates[field]
	}
	if value == nil {
		return fmt.Errorf("unknown query parameter")
	}
	wanted := strings.Split(text, ",")
	if len(wanted) > 100 {
		return fmt.Errorf("at most 100 values")
	}
	q.keep = append(q.keep, func(item T) bool {
		got := value(item)
		if got == "" {
			got = "null"
		}
		return slices.Contains(wanted, got) != negated
	})
	return nil
}

// readRange reads from--to, either of which may be "..". Both ends of a range of dates
// are included; a range of date-times ends before its end.
func (q *query[T]) readRange(text string, value func(T) string) error {
	from, to, ok := strings.Cut(text, "--")
	if !ok || !rangeEnd(from) || !rangeEnd(to) {
		return fmt.Errorf("give two dates as from--to, with .. for an open end")
	}
	q.keep = append(q.keep, func(item T) bool {
		got := value(item)
		if got == "" {
			return false
		}
		afterStart := from == ".." || got >= from
		beforeEnd := to == ".." || got < to || got == to && len(to) == len(time.DateOnly)
		return afterStart && beforeEnd
	})
	return nil
}

func rangeEnd(text string) bool {
	if text == ".." || isDate(text) {
		return true
	}
	_, err := time.Parse(time.RFC3339Nano, text)
	return err == nil
}
