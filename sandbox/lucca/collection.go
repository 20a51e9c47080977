package lucca

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"
)

// collection describes one kind of resource of the v5 API; list and single serve it.
// Its functions run with the service's lock held for reading.
type collection[T any] struct {
	name   string // in the path
	scopes []string
	items  func() []T
	id     func(T) string
	key    func(T) string // sorts as the id does
	encode func(T) any
	// filters and dates are the fields that can be filtered, "" being null; dates
	// also by range. search is the text a search looks into.
	filters map[string]func(T) string
	dates   map[string]func(T) string
	sorts   map[string]func(T) string
	search  func(T) string
	// embed adds the resources items point at, by type and id.
	embed func(g grant, items []T) map[string]map[string]any
}

// listBody is the envelope of a collection; see
// https://developers.lucca.fr/documentation/using-api/paging.
type listBody struct {
	Type       string                    `json:"type"`
	URL        string                    `json:"url"`
	Items      []any                     `json:"items"`
	TotalCount *int                      `json:"totalCount,omitempty"`
	Links      map[string]*link          `json:"links,omitempty"`
	Embedded   map[string]map[string]any `json:"embedded,omitempty"`
}

func list[T any](s *Service, c *collection[T]) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		q := parseQuery(req.URL.Query(), c)
		if len(q.wrong) > 0 {
			problem(w, req, http.StatusBadRequest, "the query is not valid", q.wrong)
			return
		}
		s.sortEmployees()
		s.mu.RLock()
		body := listing(s, c, &q, req)
		s.mu.RUnlock()
		writeJSON(w, http.StatusOK, body)
	}
}

func listing[T any](s *Service, c *collection[T], q *query[T], req *http.Request) listBody {
	matching := []T{}
	for _, item := range c.items() {
		if !slices.ContainsFunc(q.keep, func(keep func(T) bool) bool { return !keep(item) }) {
			matching = append(matching, item)
		}
	}
	q.order(matching)
	first, last := q.window(matching)
	shown := matching[first:last]
	base := s.cfg.Host + "/lucca-api/" + c.name
	body := listBody{Type: c.name, URL: withQuery(base, req.URL.Query()), Items: []any{}}
	for _, item := range shown {
		body.Items = append(body.Items, c.encode(item))
	}
	if slices.Contains(q.include, "totalCount") {
		body.TotalCount = new(len(matching))
	}
	if slices.Contains(q.include, "links") {
		body.Links = q.links(base, req.URL.Query(), matching, first, last)
	}
	if slices.Contains(q.include, "embedded") {
		body.Embedded = embedded(c, req, shown)
	}
	return body
}

func embedded[T any](c *collection[T], req *http.Request, items []T) map[string]map[string]any {
	if c.embed == nil {
		return map[string]map[string]any{}
	}
	return c.embed(grantOf(req), items)
}

func (q *query[T]) keys(item T) []string {
	keys := make([]string, len(q.sorts))
	for i, term := range q.sorts {
		keys[i] = term.key(item)
	}
	return keys
}

// order sorts the items, which come by id.
func (q *query[T]) order(items []T) {
	if len(q.sorts) == 1 && !q.sorts[0].descending {
		return
	}
	type keyed struct {
		item T
		keys []string
	}
	list := make([]keyed, len(items))
	for i, item := range items {
		list[i] = keyed{item, q.keys(item)}
	}
	slices.SortStableFunc(list, func(a, b keyed) int { return q.compare(a.keys, b.keys) })
	for i := range list {
		items[i] = list[i].item
	}
}

func (q *query[T]) compare(a, b []string) int {
	for i, term := range q.sorts {
		if order := cmp.Compare(a[i], b[i]); order != 0 {
			if term.descending {
				return -order
			}
			return order
		}
	}
	return 0
}

// window is the page's part of items, which are in order. A cursor stays right when
// items come or go between two pages.
func (q *query[T]) window(items []T) (first, last int) {
	switch {
	case q.cursor == nil:
		first = min((q.page-1)*q.limit, len(items))
	case q.cursor.Before:
		last = q.count(items, 0)
		return max(0, last-q.limit), last
	default:
		first = q.count(items, 1)
	}
	return first, min(first+q.limit, len(items))
}

// count is how many items come before the cursor's keys, items equal to it included
// when below is 1.
func (q *query[T]) count(items []T, below int) int {
	return sort.Search(len(items), func(i int) bool { return q.compare(q.keys(items[i]), q.cursor.Keys) >= below })
}

func (q *query[T]) links(base string, values url.Values, items []T, first, last int) map[string]*link {
	to := func(c cursor) *link {
		values.Set("page", c.String())
		return &link{Href: withQuery(base, values)}
	}
	links := map[string]*link{"prev": nil, "next": nil}
	if first > 0 && first < len(items) {
		links["prev"] = to(cursor{Keys: q.keys(items[first]), Before: true})
	}
	if last < len(items) && last > first {
		links["next"] = to(cursor{Keys: q.keys(items[last-1])})
	}
	return links
}

func withQuery(base string, values url.Values) string {
	if len(values) == 0 {
		return base
	}
	return base + "?" + values.Encode()
}

func single[T any](s *Service, c *collection[T]) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		for name := range req.URL.Query() {
			if name != "include" {
				problem(w, req, http.StatusBadRequest, "the query is not valid",
					map[string][]string{name: {"unknown query parameter"}})
				return
			}
		}
		s.sortEmployees()
		s.mu.RLock()
		items := c.items()
		i := slices.IndexFunc(items, func(item T) bool { return c.id(item) == req.PathValue("id") })
		var text []byte
		if i >= 0 {
			text, _ = json.Marshal(withEmbedded(c, req, items[i]))
		}
		s.mu.RUnlock()
		if i < 0 {
			problem(w, req, http.StatusNotFound, "no such resource", nil)
			return
		}
		answerTagged(w, req, text)
	}
}

func withEmbedded[T any](c *collection[T], req *http.Request, item T) any {
	if !strings.Contains(req.URL.Query().Get("include"), "embedded") {
		return c.encode(item)
	}
	var members map[string]any
	text, _ := json.Marshal(c.encode(item))
	_ = json.Unmarshal(text, &members) // it was just marshalled
	members["embedded"] = embedded(c, req, []T{item})
	return members
}

// answerTagged answers with a weak ETag, or 304 to who has it already.
func answerTagged(w http.ResponseWriter, req *http.Request, text []byte) {
	sum := sha256.Sum256(text)
	tag := fmt.Sprintf(`W/"%s"`, base64.RawURLEncoding.EncodeToString(sum[:9]))
	w.Header().Set("ETag", tag)
	if req.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	writeJSON(w, http.StatusOK, json.RawMessage(text))
}
