package figgo

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// LegacyConfig says how to reach one Lucca account by its legacy API.
type LegacyConfig struct {
	// Host is the account's base address, such as https://acme.ilucca.net.
	Host string
	// APIKey is the key that Lucca gives an application
	// (https://developers.lucca.fr/api-reference/legacy/authentication).
	APIKey string
	// HTTPClient is a new one when nil. Its redirect rule is replaced: a
	// redirect would carry our key elsewhere.
	HTTPClient *http.Client
	// AllowInsecure lets Host be http, for tests and the sandbox.
	AllowInsecure bool
	UserAgent     string
	// Throttle is a new one when nil. Lucca does not say whether the legacy API
	// has a limit of its own: share the one of the account.
	Throttle *Throttle
	// Now is time.Now when nil.
	Now func() time.Time
}

// LegacyClient reads employees and leaves from Lucca's v3 and v4 API with an API
// key, as Client does from v5: it is a Reader and finds employees for a
// Directory. Ids are v3's. It is safe for concurrent use; keep one per account.
type LegacyClient struct {
	base    *url.URL
	invalid error
	key     string
	calls   caller
	now     func() time.Time

	mu sync.Mutex
	// zones are by legal entity, from the list of all, read at zonesAt.
	zones   map[string]string
	zonesAt time.Time
}

// NewLegacyClient returns a client. A configuration that cannot work is told by
// every call, as a permanent APIError with CodeConfiguration.
func NewLegacyClient(cfg LegacyConfig) *LegacyClient {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	c := &LegacyClient{key: cfg.APIKey, calls: newCaller(cfg.HTTPClient, cfg.Throttle, cfg.UserAgent, cfg.Now),
		now: cfg.Now}
	if c.base, c.invalid = endpoint("host", cfg.Host, cfg.AllowInsecure); c.invalid == nil && cfg.APIKey == "" {
		c.invalid = errors.New("the API key is needed")
	}
	return c
}

// get asks for a resource by its path.
func (c *LegacyClient) get(ctx context.Context, kind kindOfCall, resource, path string,
	query url.Values) ([]byte, error) {
	if c.invalid != nil {
		return nil, &APIError{Resource: resource, Code: CodeConfiguration, Err: c.invalid}
	}
	address := c.base.JoinPath(path)
	address.RawQuery = query.Encode()
	return c.calls.get(ctx, kind, resource, address.String(),
		http.Header{"Authorization": {"lucca application=" + c.key}})
}

// v3Page is one page of a v3 list.
type v3Page struct {
	offset int
	items  []value
	// total is how many items the whole list has, unknownTotal when not told.
	total int
	// last tells that there are no items behind these.
	last bool
}

// end is the offset behind the page.
func (p v3Page) end() int { return p.offset + len(p.items) }

// list reads one page of a v3 list and makes sure that it is a whole one. A page
// with fewer items than the count says is a Temporary error. Where Lucca does not
// count, the end of the list is one behind which there is nothing.
func (c *LegacyClient) list(ctx context.Context, kind kindOfCall, resource string, query url.Values, offset,
	limit int) (v3Page, error) {
	page, err := c.readPage(ctx, kind, resource, query, offset, limit)
	if err != nil {
		return v3Page{}, err
	}
	if page.total != unknownTotal {
		page.last = page.end() >= page.total
		if len(page.items) < min(limit, page.total-offset) {
			return v3Page{}, truncated(resource, "the page has fewer items than the count says")
		}
		return page, nil
	}
	if page.last = len(page.items) < limit; page.last && len(page.items) > 0 {
		behind, err := c.readPage(ctx, kind, resource, query, page.end(), 1)
		if err != nil {
			return v3Page{}, err
		}
		if len(behind.items) > 0 {
			return v3Page{}, truncated(resource, "the page has fewer items than asked for, and there are more")
		}
	}
	return page, nil
}

// readPage reads {data: {items, count}}; query needs fields with collection.count.
func (c *LegacyClient) readPage(ctx context.Context, kind kindOfCall, resource string, query url.Values, offset,
	limit int) (v3Page, error) {
	query.Set("paging", strconv.Itoa(offset)+","+strconv.Itoa(limit))
	body, err := c.get(ctx, kind, resource, "api/v3/"+resource, query)
	if err != nil {
		return v3Page{}, err
	}
	var problem error
	data := bodyOf(body, &problem).members("data").at("data").required().members("items", "count")
	page := v3Page{offset: offset, items: data.at("items").required().items(limit), total: data.at("count").count()}
	if problem != nil {
		return v3Page{}, unreadable(resource, problem)
	}
	return page, nil
}

// whole reads a v3 list from its first to its last item. A list that changes on
// the way is a Temporary error: by offsets one cannot tell which items one missed.
func (c *LegacyClient) whole(ctx context.Context, kind kindOfCall, resource string, query url.Values) ([]value, error) {
	var all []value
	total := unknownTotal
	for range maxPages {
		page, err := c.list(ctx, kind, resource, query, len(all), v3Limit)
		if err != nil {
			return nil, err
		}
		if len(all) > 0 && page.total != total {
			return nil, truncated(resource, "the list changes while it is read")
		}
		if len(all) > 0 && len(page.items) > 0 && string(page.items[0].raw) == string(all[0].raw) {
			return nil, truncated(resource, "the first page comes again")
		}
		total = page.total
		if all = append(all, page.items...); page.last {
			return all, nil
		}
	}
	return nil, truncated(resource, "it has no end")
}

// oneOf tells whether id is in a list with commas; "" is every id.
func oneOf(list, id string) bool {
	return list == "" || strings.Contains(","+list+",", ","+id+",")
}
