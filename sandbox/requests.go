package sandbox

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/figgosync/figgosync/sandbox/desk"
	"github.com/figgosync/figgosync/sandbox/imitation"
)

// The targets: what is counted, and what a fault can hit.
const (
	targetLucca       = "lucca"
	targetEntra       = "entra"
	targetGraph       = "graph"
	targetExchange    = "exchange"
	targetGoogle      = "google"
	targetGoogleToken = "google-token"
)

var targets = []string{targetLucca, targetEntra, targetGraph, targetExchange, targetGoogle, targetGoogleToken}

// counts is how many requests arrived, per target.
type counts map[string]*count

type count struct {
	total, inFlight, most atomic.Int64
	routes                sync.Map // "METHOD route" -> *atomic.Int64
	missing               sync.Map // what is not imitated -> *atomic.Int64
	kinds                 atomic.Int64
}

// mostMissing bounds how many different things a target remembers as not imitated.
const mostMissing = 100

func newCounts() counts {
	c := counts{}
	for _, target := range targets {
		c[target] = &count{}
	}
	return c
}

// enter counts a request, and returns what to call when it is answered.
func (c counts) enter(target string, r *http.Request) (leave func()) {
	one := c[target]
	one.total.Add(1)
	now := one.inFlight.Add(1)
	for most := one.most.Load(); now > most && !one.most.CompareAndSwap(most, now); most = one.most.Load() {
	}
	add(&one.routes, routeOf(r))
	return func() { one.inFlight.Add(-1) }
}

// answered looks at an answer: whether it says that something is not imitated.
func (c counts) answered(target string, header http.Header) {
	what := header.Get(imitation.Header)
	one := c[target]
	if _, known := one.missing.Load(what); what != "" && (known || one.kinds.Add(1) <= mostMissing) {
		add(&one.missing, what)
	}
}

// add counts key up by one.
func add(counts *sync.Map, key string) {
	n, ok := counts.Load(key)
	if !ok {
		n, _ = counts.LoadOrStore(key, new(atomic.Int64))
	}
	n.(*atomic.Int64).Add(1)
}

// read returns the counts by key.
func read(counts *sync.Map) map[string]int64 {
	all := map[string]int64{}
	counts.Range(func(key, n any) bool {
		all[key.(string)] = n.(*atomic.Int64).Load()
		return true
	})
	return all
}

// routeOf is the method and the path with every id replaced by {id}; EWS, which has one
// path, is told apart by its SOAPAction where the client sends one.
func routeOf(r *http.Request) string {
	segments := strings.Split(r.URL.EscapedPath(), "/")
	for i, segment := range segments {
		if i > 0 && (named[segments[i-1]] || looksLikeID(segment)) && segment != "" {
			segments[i] = "{id}"
		}
	}
	route := r.Method + " " + strings.Join(segments, "/")
	if action := strings.Trim(r.Header.Get("SOAPAction"), `"`); action != "" {
		route += " " + action[strings.LastIndex(action, "/")+1:]
	}
	return route
}

// named are the segments that an id follows.
var named = map[string]bool{"users": true, "calendars": true, "entra": true}

// looksLikeID is true of what is very long or holds a digit, an @ or an escape, but not
// of a version.
func looksLikeID(segment string) bool {
	if len(segment) > 1 && segment[0] == 'v' && segment[1] >= '0' && segment[1] <= '9' && len(segment) <= 4 {
		return false
	}
	return segment != "oauth2" && (len(segment) > 40 || strings.ContainsAny(segment, "0123456789@%="))
}

type countBody struct {
	Total       int64            `json:"total"`
	InFlight    int64            `json:"inFlight"`
	MaxInFlight int64            `json:"maxInFlight"`
	Routes      map[string]int64 `json:"routes"`
	NotImitated map[string]int64 `json:"notImitated"`
}

// list answers, per target, how many requests arrived, how many are being answered and
// were at most at once, how many came to each route, and what was asked for that the
// sandbox does not imitate.
func (c counts) list(w http.ResponseWriter, _ *http.Request) {
	body := map[string]countBody{}
	for target, one := range c {
		body[target] = countBody{
			Total: one.total.Load(), InFlight: one.inFlight.Load(), MaxInFlight: one.most.Load(),
			Routes: read(&one.routes), NotImitated: read(&one.missing),
		}
	}
	desk.JSON(w, http.StatusOK, body)
}

// reset counts from zero again; requests in flight stay counted as such.
func (c counts) reset(w http.ResponseWriter, _ *http.Request) {
	for _, one := range c {
		one.total.Store(0)
		one.most.Store(one.inFlight.Load())
		one.routes.Clear()
		one.missing.Clear()
		one.kinds.Store(0)
	}
	w.WriteHeader(http.StatusNoContent)
}
