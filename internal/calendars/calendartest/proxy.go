package calendartest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Proxy stands before a sandbox service in the same HTTP server and does to chosen
// requests what networks, balancers and servers in trouble do. It shares the
// server because NTLM signs in a TCP connection: behind a second connection of
// the proxy's own a handshake would mean nothing.
//
// It is safe for concurrent use.
type Proxy struct {
	// Observe, when set before the first request, sees every request before
	// anything is done to it.
	Observe func(r *http.Request, body []byte)

	service http.Handler
	closed  chan struct{}
	once    sync.Once
	flooded atomic.Int64

	mu      sync.Mutex
	rules   []*rule
	count   int
	inviter string
}

// Match chooses requests; nil chooses all.
type Match func(*http.Request) bool

// Action is done to a request instead of handing it to the service. It may call
// service itself.
type Action func(service http.Handler, w http.ResponseWriter, r *http.Request)

type rule struct {
	match  Match
	nth    int // 0: every
	seen   int
	hits   int
	action Action
}

// NewProxy returns a proxy before service that passes everything.
func NewProxy(service http.Handler) *Proxy {
	return &Proxy{service: service, closed: make(chan struct{})}
}

// Close ends every Stall and Trickle. Call it before the server's own Close.
func (p *Proxy) Close() { p.once.Do(func() { close(p.closed) }) }

// Every does action to all requests that match, until Clear.
func (p *Proxy) Every(match Match, action Action) { p.add(&rule{match: match, action: action}) }

// Nth does action to the nth request from now (from 1) that matches.
func (p *Proxy) Nth(n int, match Match, action Action) {
	p.add(&rule{match: match, nth: n, action: action})
}

func (p *Proxy) add(added *rule) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = append(p.rules, added)
}

// Clear lets everything pass again and returns how many requests were hit.
func (p *Proxy) Clear() (hits int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.rules {
		hits += r.hits
	}
	p.rules = nil
	return hits
}

// Count returns how many requests came since the last Count.
func (p *Proxy) Count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	count := p.count
	p.count = 0
	return count
}

// Inviter returns a request that would have written to people, "" when
// there was none.
func (p *Proxy) Inviter() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.inviter
}

// inviting is how the three systems are asked to invite or to notify somebody,
// in small letters; invitingPaths end the addresses that do.
var (
	inviting = []string{
		`"attendees"`, "<t:requiredattendees", "<t:optionalattendees", "<t:resources", "sendupdates=all",
		"sendupdates=externalonly",
		"sendnotifications=true", `"sendtoall`, `"sendtochanged`, `"sendonlyto`,
	}
	invitingPaths = []string{"/forward", "/cancel", "/sendmail"}
)

func invites(r *http.Request, body []byte) bool {
	text := strings.ToLower(r.URL.RawQuery) + "\n" + string(bytes.ToLower(body))
	return slices.ContainsFunc(inviting, func(word string) bool { return strings.Contains(text, word) }) ||
		slices.ContainsFunc(invitingPaths,
			func(end string) bool { return strings.HasSuffix(strings.ToLower(r.URL.Path), end) })
}

// maxRequest bounds what is read of a request; none of ours comes near.
const maxRequest = 4 << 20

// ServeHTTP implements http.Handler.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// Once the body is read the server notices when the client goes away.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if p.Observe != nil {
		p.Observe(r, body)
	}
	if invites(r, body) {
		p.note(r.Method + " " + r.RequestURI + "\n" + string(body))
	}
	if action := p.choose(r); action != nil {
		action(p.service, w, r)
		return
	}
	p.service.ServeHTTP(w, r)
}

func (p *Proxy) note(inviter string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inviter = inviter
}

func (p *Proxy) choose(r *http.Request) Action {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count++
	var chosen Action
	for _, rule := range p.rules {
		if rule.match != nil && !rule.match(r) {
			continue
		}
		rule.seen++
		if chosen == nil && (rule.nth == 0 || rule.nth == rule.seen) {
			rule.hits++
			chosen = rule.action
		}
	}
	return chosen
}

// Give answers instead of the service.
func Give(a Answer) Action {
	return func(_ http.Handler, w http.ResponseWriter, _ *http.Request) {
		for name, value := range a.Header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(a.Status)
		_, _ = io.WriteString(w, a.Body)
	}
}

// Cut closes the connection before the service sees the request.
func Cut() Action {
	return func(http.Handler, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
}

// Lose lets the service do all its work and closes the connection instead of
// answering.
func Lose() Action {
	return func(service http.Handler, _ http.ResponseWriter, r *http.Request) {
		service.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}
}

// Halve sends the service's answer up to its middle and closes the connection.
func Halve() Action {
	return func(service http.Handler, w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		service.ServeHTTP(answer, r)
		body := answer.Body.Bytes()
		if len(body) < 2 {
			panic(http.ErrAbortHandler)
		}
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(answer.Code)
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// First does something while the request is on its way, then passes it.
func First(do func()) Action {
	return func(service http.Handler, w http.ResponseWriter, r *http.Request) {
		do()
		service.ServeHTTP(w, r)
	}
}

// Late calls held, holds the request back until release is closed, whether its
// client waits or not, and then lets the service do it; done is called after.
func Late(held func(), release <-chan struct{}, done func()) Action {
	return func(service http.Handler, _ http.ResponseWriter, r *http.Request) {
		held()
		<-release
		answer := httptest.NewRecorder()
		service.ServeHTTP(answer, r)
		done()
		panic(http.ErrAbortHandler)
	}
}

// Stall never answers.
func (p *Proxy) Stall() Action {
	return func(_ http.Handler, _ http.ResponseWriter, r *http.Request) {
		p.wait(r, time.Hour)
		panic(http.ErrAbortHandler)
	}
}

// wait returns false when the client went away or the proxy was closed.
func (p *Proxy) wait(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
	case <-p.closed:
	}
	return false
}

// Trickle answers one byte after another and never comes to an end.
func (p *Proxy) Trickle(media string) Action {
	return func(_ http.Handler, w http.ResponseWriter, r *http.Request) {
		start(w, media)
		for p.wait(r, 20*time.Millisecond) {
			if _, err := io.WriteString(w, " "); err != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
		}
	}
}

// floodLimit is more than any client may swallow.
const floodLimit = 256 << 20

// Flood answers with one long text that does not end before floodLimit.
func (p *Proxy) Flood(media string) Action {
	return func(_ http.Handler, w http.ResponseWriter, _ *http.Request) {
		start(w, media)
		chunk := strings.Repeat("figgosync ", 6553)
		for sent := int64(0); sent < floodLimit; {
			n, err := io.WriteString(w, chunk)
			sent += int64(n)
			p.flooded.Add(int64(n))
			if err != nil {
				return
			}
		}
	}
}

// Flooded returns how many bytes of Flood left the server.
func (p *Proxy) Flooded() int64 { return p.flooded.Load() }

// start begins an answer in a way that the media type's parsers accept so far.
func start(w http.ResponseWriter, media string) {
	w.Header().Set("Content-Type", media)
	w.WriteHeader(http.StatusOK)
	beginning := `{"note":"`
	if strings.Contains(media, "xml") {
		beginning = `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><!--`
	}
	_, _ = io.WriteString(w, beginning)
}
