package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/sandbox/desk"
)

// ruleBody is a rule as it is posted.
type ruleBody struct {
	// Target is lucca, entra, graph, exchange, google or google-token.
	Target string `json:"target"`
	// Match is a part, or a regular expression, of "METHOD path?query", a line feed and
	// the body; empty matches every request. The claims of an assertion in the body
	// (Google's sign-in) follow on a line of their own, in clear.
	Match string `json:"match,omitempty"`
	// Status is the answer's; 0 cuts the connection. Without a status a rule with a delay
	// only delays, and one without cuts the connection.
	Status  *int              `json:"status,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	// Body is the answer's: a text as it is, anything else as JSON.
	Body json.RawMessage `json:"body,omitempty"`
	// Times is how many requests are hit; default 1, -1 is forever.
	Times *int `json:"times,omitempty"`
	// AfterCommit lets the service do its work first. When the service refuses (an NTLM
	// handshake begins so), its answer goes out and the rule is not used up.
	AfterCommit bool `json:"afterCommit,omitempty"`
	// Delay comes before the answer, and before the service's work unless AfterCommit:
	// milliseconds, or a text such as "1.5s".
	Delay json.RawMessage `json:"delay,omitempty"`
}

func (f *faults) add(w http.ResponseWriter, r *http.Request) {
	var body ruleBody
	if !desk.Read(w, r, &body) {
		return
	}
	added, err := body.rule()
	if err != nil {
		desk.Problem(w, http.StatusBadRequest, err.Error())
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules.Store(new(append(slices.Clone(f.all()), added)))
	desk.JSON(w, http.StatusCreated, added.show())
}

func (f *faults) list(w http.ResponseWriter, _ *http.Request) {
	shown := []any{}
	for _, rule := range f.all() {
		shown = append(shown, rule.show())
	}
	desk.JSON(w, http.StatusOK, shown)
}

func (f *faults) clear(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules.Store(nil)
	w.WriteHeader(http.StatusNoContent)
}

// show is the rule as it was posted, with how many hits it had and has left (-1 is no
// end).
func (ru *rule) show() any {
	return struct {
		ruleBody
		Hits int64 `json:"hits"`
		Left int64 `json:"left"`
	}{ru.body, ru.hits.Load(), ru.left.Load()}
}

// rule checks what was posted.
func (b ruleBody) rule() (*rule, error) {
	if !slices.Contains(targets, b.Target) {
		return nil, fmt.Errorf("target: give one of %s", strings.Join(targets, ", "))
	}
	ru := &rule{body: b, target: b.Target, match: b.Match, after: b.AfterCommit, headers: map[string]string{}}
	ru.pattern, _ = regexp.Compile("(?s)" + b.Match) // what is none is matched as a text only
	var err error
	if ru.delay, err = parseDelay(b.Delay); err != nil {
		return nil, err
	}
	switch {
	case b.Status != nil && *b.Status != 0 && (*b.Status < 200 || *b.Status > 599):
		return nil, fmt.Errorf("status: give 200 to 599, or 0 to cut the connection")
	case b.Status != nil:
		ru.status = *b.Status
	case ru.delay > 0:
		ru.status = passes
	}
	times := 1
	if b.Times != nil && *b.Times != 0 {
		times = *b.Times
	}
	if times < -1 {
		return nil, fmt.Errorf("times: give how many requests to hit, or -1 for all")
	}
	ru.left.Store(int64(times))
	ru.readAnswer(b)
	return ru, nil
}

func (ru *rule) readAnswer(b ruleBody) {
	var plain string
	switch {
	case len(b.Body) == 0 || string(b.Body) == "null":
	case json.Unmarshal(b.Body, &plain) == nil:
		ru.answer = []byte(plain)
	default:
		ru.answer = b.Body
		ru.headers["Content-Type"] = "application/json"
	}
	for name, value := range b.Headers {
		ru.headers[http.CanonicalHeaderKey(name)] = value
	}
}

func parseDelay(raw json.RawMessage) (time.Duration, error) {
	text := strings.Trim(string(raw), `"`)
	if text == "" || text == "null" {
		return 0, nil
	}
	if ms, err := strconv.ParseFloat(text, 64); err == nil && ms >= 0 {
		return time.Duration(ms * float64(time.Millisecond)), nil
	}
	delay, err := time.ParseDuration(text)
	if err != nil || delay < 0 {
		return 0, fmt.Errorf(`delay: give milliseconds, or a text such as "1.5s"`)
	}
	return delay, nil
}
