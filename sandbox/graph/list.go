package graph

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// Pages are of 10 events unless $top says otherwise, of 1000 at most:
// learn.microsoft.com/graph/api/user-list-events and paging.
const (
	defaultPage = 10
	maxPage     = 1000
)

// listEvents lists the default calendar. Binned events are not in it.
func listEvents(c *call) (answer, *failure) {
	keep := func(*event) bool { return true }
	if c.query.Has("$filter") {
		wanted, f := parseFilter(c.query.Get("$filter"))
		if f != nil {
			return answer{}, f
		}
		keep = wanted.matches
	}
	return c.list(keep, "calendar/events")
}

// listView lists the events that touch a time window. It compares instants, an
// all-day event's in its own zone, so one near midnight may be missing or too
// much (github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/471).
func listView(c *call) (answer, *failure) {
	if c.query.Has("$filter") {
		// As seen for extended properties: github.com/microsoftgraph/msgraph-sdk-dotnet/issues/2375.
		return answer{}, fail(http.StatusInternalServerError, "ErrorInternalServerError",
			"An internal server error occurred. The operation failed.")
	}
	from, okFrom := c.windowEdge("startdatetime")
	until, okUntil := c.windowEdge("enddatetime")
	if !okFrom || !okUntil || !until.After(from) {
		return answer{}, fail(http.StatusBadRequest, "ErrorInvalidParameter",
			"This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.")
	}
	touches := func(e *event) bool {
		return e.start.instant().Before(until) && e.end.instant().After(from)
	}
	return c.list(touches, "calendarView")
}

// windowEdge reads an ISO 8601 time; without an offset it is UTC.
func (c *call) windowEdge(name string) (time.Time, bool) {
	text := c.query.Get(name)
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, true
	}
	t, ok := parseDateTime(text)
	return t, ok
}

// page is the part of a list a request asks for.
type page struct {
	top, skip int
	order     func(a, b *event) int
	count     bool
}

func (c *call) list(keep func(*event) bool, context string) (answer, *failure) {
	s, f := c.shape()
	if f != nil {
		return answer{}, f
	}
	p, f := c.page()
	if f != nil {
		return answer{}, f
	}
	var all []*event
	if f := c.within(func(tx *mailboxes.Tx) *failure { all = events(tx); return nil }); f != nil {
		return answer{}, f
	}
	all = slices.DeleteFunc(all, func(e *event) bool { return !e.live() || !keep(e) })
	if p.order != nil {
		slices.SortStableFunc(all, p.order)
	}
	fields := map[string]any{"@odata.context": c.contextURL(context)}
	if p.count {
		fields["@odata.count"] = len(all)
	}
	shown := all[min(p.skip, len(all)):]
	if len(shown) > p.top {
		shown = shown[:p.top]
		fields["@odata.nextLink"] = c.nextLink(p.skip + p.top)
	}
	value := make([]map[string]any, 0, len(shown))
	for _, e := range shown {
		value = append(value, c.render(e, s))
	}
	fields["value"] = value
	return answer{status: http.StatusOK, body: fields}, nil
}

func (c *call) nextLink(skip int) string {
	query := maps.Clone(c.query)
	query["$skip"] = []string{strconv.Itoa(skip)}
	return c.base + c.path + "?" + url.Values(query).Encode()
}

func (c *call) page() (page, *failure) {
	p := page{top: defaultPage}
	for name, into := range map[string]*int{"$top": &p.top, "$skip": &p.skip} {
		if !c.query.Has(name) {
			continue
		}
		n, err := strconv.Atoi(c.query.Get(name))
		if err != nil || n < 0 || name == "$top" && (n == 0 || n > maxPage) {
			return p, failBadRequest("Invalid value '%s' for %s query option found.", c.query.Get(name), name)
		}
		*into = n
	}
	switch count := c.query.Get("$count"); count {
	case "", "false":
	case "true":
		p.count = true
	default:
		return p, failBadRequest("Invalid value '%s' for $count query option found.", count)
	}
	if c.query.Has("$orderby") {
		order, f := parseOrder(c.query.Get("$orderby"))
		if f != nil {
			return p, f
		}
		p.order = order
	}
	return p, nil
}

var orders = map[string]func(a, b *event) int{
	"start/dateTime":       func(a, b *event) int { return a.start.instant().Compare(b.start.instant()) },
	"end/dateTime":         func(a, b *event) int { return a.end.instant().Compare(b.end.instant()) },
	"createdDateTime":      func(a, b *event) int { return a.created.Compare(b.created) },
	"lastModifiedDateTime": func(a, b *event) int { return a.modified.Compare(b.modified) },
	"subject": func(a, b *event) int {
		return cmp.Compare(strings.ToLower(a.subject),
			strings.ToLower(b.subject))
	},
}

// parseOrder reads properties, each with asc or desc after it or nothing.
func parseOrder(text string) (func(a, b *event) int, *failure) {
	var by []func(a, b *event) int
	for part := range strings.SplitSeq(text, ",") {
		words := strings.Fields(part)
		if len(words) == 0 || len(words) > 2 || len(words) == 2 && words[1] != "asc" && words[1] != "desc" {
			return nil, failBadRequest("The $orderby expression '%s' is not valid.", text)
		}
		root, _, _ := strings.Cut(words[0], "/")
		order, imitated := orders[words[0]]
		switch {
		case !slices.Contains(known, root):
			return nil, failNoProperty(words[0])
		case !imitated:
			return nil, failNotImitated("$orderby by " + words[0])
		case len(words) == 2 && words[1] == "desc":
			by = append(by, func(a, b *event) int { return order(b, a) })
		default:
			by = append(by, order)
		}
	}
	return func(a, b *event) int {
		for _, order := range by {
			if sign := order(a, b); sign != 0 {
				return sign
			}
		}
		return 0
	}, nil
}
