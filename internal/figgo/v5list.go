package figgo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"strconv"
)

const (
	// v5Limit is the most Lucca gives of every list in one page
	// (https://developers.lucca.fr/documentation/using-api/paging).
	v5Limit = 100
	// maxListed bounds the items of an answer: some lists have pages of 1000.
	maxListed = 1000
	// unknownTotal is a total that Lucca did not give.
	unknownTotal = -1
)

// v5Cursor is where a list goes on.
type v5Cursor struct {
	// Query is the query of Lucca's own next link. It is Lucca's business what is
	// in it.
	Query string `json:"q"`
	// Seen counts the items of the pages so far, and Total is what the first of
	// them said there would be.
	Seen  int `json:"s"`
	Total int `json:"t"`
	// Pages counts the pages; Mark is the content of one of them, the last whose
	// number was a power of two. A list that goes in a circle of any length comes
	// upon it again (Brent's way to find a cycle), however its links are written.
	Pages int    `json:"p"`
	Mark  string `json:"m"`
}

// v5List is a list of the v5 API.
type v5List struct {
	tokens   *tokens
	kind     kindOfCall
	resource string
	// query has the filters, and include with links and totalCount at least.
	query url.Values
	limit int
}

// v5Page is one page of a v5List.
type v5Page struct {
	// answer has items, embedded, links and totalCount.
	answer members
	items  []value
	next   string // our cursor
}

// page reads one page and makes sure that it is a whole one: what Lucca cut off,
// sent twice or counted otherwise is a Temporary error, never the list's end.
func (c *Client) page(ctx context.Context, list v5List, cursor string) (v5Page, error) {
	at := v5Cursor{Total: unknownTotal}
	query := list.query
	query.Set("limit", strconv.Itoa(list.limit))
	if cursor != "" {
		if err := decodeCursor(list.resource, "5", cursor, &at); err != nil {
			return v5Page{}, err
		}
		next, err := url.ParseQuery(at.Query)
		if err != nil {
			return v5Page{}, unreadable(list.resource, errors.New("the next link has no query"))
		}
		query = next
		list.limit, _ = strconv.Atoi(next.Get("limit")) // 0 when it has none
	}
	body, err := c.fetch(ctx, list.tokens, list.kind, query, list.resource)
	if err != nil {
		return v5Page{}, err
	}
	return c.readPage(body, list, at)
}

func (c *Client) readPage(body []byte, list v5List, at v5Cursor) (v5Page, error) {
	var problem error
	answer := bodyOf(body, &problem).members("items", "embedded", "links", "totalCount")
	answer.of.mustBeObject()
	page := v5Page{answer: answer, items: answer.at("items").required().items(maxListed)}
	total := answer.at("totalCount").count()
	href := answer.at("links").members("next").at("next").members("href").at("href").text()
	if problem != nil {
		return v5Page{}, unreadable(list.resource, problem)
	}
	next, err := c.nextQuery(list.resource, href)
	if err != nil {
		return v5Page{}, err
	}
	if err := at.check(list, page, total, next); err != nil {
		return v5Page{}, err
	}
	if next != "" {
		page.next = encodeCursor("5", at.after(page, total, next))
	}
	if len(page.next) > maxCursor {
		return v5Page{}, unreadable(list.resource, errors.New("the next link is too long"))
	}
	return page, nil
}

// nextQuery returns the query of a next link, which must lead to the same list
// on the same host: our token goes with it.
func (c *Client) nextQuery(resource, href string) (string, error) {
	if href == "" {
		return "", nil
	}
	here := c.address(resource)
	next, err := here.Parse(href)
	if err != nil || next.Scheme != here.Scheme || next.Host != here.Host || next.Path != here.Path ||
		next.RawQuery == "" {
		return "", unreadable(resource, errors.New("the next link leads somewhere else"))
	}
	return next.RawQuery, nil
}

// check refuses a page that cannot be a whole one.
func (at v5Cursor) check(list v5List, page v5Page, total int, next string) error {
	seen := at.Seen + len(page.items)
	switch {
	case len(page.items) > 0 && at.Mark == mark(page.items):
		return truncated(list.resource, "the pages go in a circle")
	case next != "" && next == at.Query:
		return truncated(list.resource, "the next page is this one")
	case next != "" && len(page.items) == 0:
		return truncated(list.resource, "an empty page says that there are more")
	case next != "" && total != unknownTotal && len(page.items) < list.limit:
		return truncated(list.resource, "the page has fewer items than asked for, and there are more")
	case next != "":
		return nil
	case !page.answer.at("links").present() && (total == unknownTotal || seen < total):
		return truncated(list.resource, "the page does not say whether there are more")
	case at.Pages > 0 && len(page.items) == 0 && total <= 0:
		return truncated(list.resource, "the page is empty where there were to be more items")
	case seen < expected(at.Total, total):
		return truncated(list.resource, "the list ends before its total count")
	}
	return nil
}

// expected is how many items there must be at least. The list may grow or shrink
// while it is read.
func expected(first, last int) int {
	if first == unknownTotal || last == unknownTotal {
		return max(first, last)
	}
	return min(first, last)
}

// after is the cursor behind a page.
func (at v5Cursor) after(page v5Page, total int, next string) v5Cursor {
	if at.Pages == 0 {
		at.Total = total
	}
	at.Query, at.Seen, at.Pages = next, at.Seen+len(page.items), at.Pages+1
	if at.Pages&(at.Pages-1) == 0 {
		at.Mark = mark(page.items)
	}
	return at
}

// mark tells the content of two pages apart, by the ids in it.
func mark(items []value) string {
	hash := sha256.New()
	for _, item := range items {
		hash.Write(item.apart().members("id").at("id").raw)
		hash.Write([]byte{'\n'})
	}
	return hex.EncodeToString(hash.Sum(nil)[:8])
}
