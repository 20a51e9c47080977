package sandbox

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// rule is one fault to come.
type rule struct {
	body    ruleBody
	target  string
	match   string
	pattern *regexp.Regexp // nil: match is no regular expression
	status  int            // 0 cuts the connection; passes lets the service answer
	headers map[string]string
	answer  []byte
	delay   time.Duration
	after   bool
	left    atomic.Int64 // negative: forever
	hits    atomic.Int64
}

// passes is the status of a rule that only delays.
const passes = -1

// faults are the rules; the first that matches wins. Without any they cost nothing.
type faults struct {
	mu    sync.Mutex
	rules atomic.Pointer[[]*rule]
}

func (f *faults) all() []*rule {
	if rules := f.rules.Load(); rules != nil {
		return *rules
	}
	return nil
}

// serve answers a request by its fault, or by its service.
func (f *faults) serve(target string, service http.Handler, w http.ResponseWriter, r *http.Request) {
	hit := f.claim(target, r)
	if hit == nil {
		service.ServeHTTP(w, r)
		return
	}
	if hit.after {
		hit.serveAfter(service, w, r)
		return
	}
	switch {
	case !wait(r.Context(), hit.delay):
		panic(http.ErrAbortHandler) // the client went away
	case hit.status == passes:
		service.ServeHTTP(w, r)
	default:
		hit.serve(w)
	}
}

// serveAfter has the service do its work, then answers the fault instead, late if the rule
// says so.
func (ru *rule) serveAfter(service http.Handler, w http.ResponseWriter, r *http.Request) {
	done := &recorder{header: http.Header{}}
	service.ServeHTTP(done, r)
	if done.code() >= http.StatusBadRequest {
		ru.giveBack()
		done.replay(w)
		return
	}
	switch {
	case !wait(r.Context(), ru.delay):
		panic(http.ErrAbortHandler)
	case ru.status == passes:
		done.replay(w)
	default:
		ru.serve(w)
	}
}

// claim uses up one hit of the first rule that matches.
func (f *faults) claim(target string, r *http.Request) *rule {
	var subject *subject
	for _, rule := range f.all() {
		if rule.target != target || rule.left.Load() == 0 {
			continue
		}
		if subject == nil {
			subject = newSubject(r)
		}
		if subject.matches(rule) && rule.take() {
			return rule
		}
	}
	return nil
}

func (ru *rule) take() bool {
	for left := ru.left.Load(); left != 0; left = ru.left.Load() {
		if left < 0 || ru.left.CompareAndSwap(left, left-1) {
			ru.hits.Add(1)
			return true
		}
	}
	return false
}

func (ru *rule) giveBack() {
	ru.hits.Add(-1)
	if ru.left.Load() >= 0 {
		ru.left.Add(1)
	}
}

func (ru *rule) serve(w http.ResponseWriter) {
	if ru.status == 0 {
		panic(http.ErrAbortHandler) // the server closes the connection without a word
	}
	for name, value := range ru.headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(ru.status)
	_, _ = w.Write(ru.answer)
}

// wait returns false when the client went away meanwhile.
func wait(ctx context.Context, delay time.Duration) bool {
	if delay == 0 {
		return true
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// subject is what rules are matched against; the body is read when a rule needs it.
type subject struct {
	request *http.Request
	heads   []string // with the path as it was sent, and as it reads
	body    []byte
	read    bool
}

func newSubject(r *http.Request) *subject {
	query := ""
	if r.URL.RawQuery != "" {
		query = "?" + r.URL.RawQuery
	}
	s := &subject{request: r, heads: []string{r.Method + " " + r.URL.EscapedPath() + query}}
	if plain := r.Method + " " + r.URL.Path + query; plain != s.heads[0] {
		s.heads = append(s.heads, plain)
	}
	return s
}

func (s *subject) matches(ru *rule) bool {
	if ru.match == "" || slices.ContainsFunc(s.heads, ru.matchesText) {
		return true
	}
	text := s.text() + claimsIn(s.text())
	return slices.ContainsFunc(s.heads, func(head string) bool { return ru.matchesText(head + "\n" + text) })
}

// claimsIn is what the assertion in a form says, in clear and on a line of its own, so
// that a rule can be about the one person whom a token is asked for.
func claimsIn(form string) string {
	values, err := url.ParseQuery(form)
	parts := strings.Split(values.Get("assertion"), ".")
	if err != nil || len(parts) != 3 {
		return ""
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	return "\n" + string(claims)
}

func (ru *rule) matchesText(text string) bool {
	return strings.Contains(text, ru.match) || ru.pattern != nil && ru.pattern.MatchString(text)
}

// maxMatched is how much of a body rules can see.
const maxMatched = 4 << 20

// text reads the body, and puts it back for the service.
func (s *subject) text() string {
	if !s.read {
		s.read = true
		rest := s.request.Body
		s.body, _ = io.ReadAll(io.LimitReader(rest, maxMatched))
		s.request.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(s.body), rest), rest}
	}
	return string(s.body)
}

// recorder keeps a service's answer.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (rec *recorder) Header() http.Header { return rec.header }

func (rec *recorder) WriteHeader(status int) {
	if rec.status == 0 && status >= http.StatusOK {
		rec.status = status
	}
}

func (rec *recorder) Write(text []byte) (int, error) {
	rec.WriteHeader(http.StatusOK)
	return rec.body.Write(text)
}

func (rec *recorder) code() int { return max(rec.status, http.StatusOK) }

func (rec *recorder) replay(w http.ResponseWriter) {
	for name, values := range rec.header {
		w.Header()[name] = values
	}
	w.WriteHeader(rec.code())
	_, _ = w.Write(rec.body.Bytes())
}
