package e2e_test

import (
	"bufio"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/internal/calendars/calendartest/official"
)

// vendors are the official schemas of the three calendar systems.
type vendors struct {
	graph  *official.OpenAPI
	ews    *official.XSD
	google *official.Discovery
}

// newVendors skips the test where the schemas are not at hand; never under CI.
func newVendors(t *testing.T) (v vendors) {
	t.Helper()
	var errs [3]error
	v.graph, errs[0] = official.Graph()
	v.ews, errs[1] = official.EWS()
	v.google, errs[2] = official.Google()
	if err := errors.Join(errs[:]...); err != nil {
		official.Missing(t, err)
	}
	return v
}

// sentRequest is a request with its body.
type sentRequest struct {
	*http.Request
	body []byte
}

// requests are those that arrived whole.
func (tap *Tap) requests(t *testing.T) (all []sentRequest) {
	t.Helper()
	for _, sent := range tap.Sent() {
		reader := bufio.NewReader(strings.NewReader(sent))
		for {
			request, err := http.ReadRequest(reader)
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				break // the product ended before it had sent all of it
			}
			if err != nil {
				t.Fatalf("what the product sent is no HTTP: %v", err)
			}
			body, err := io.ReadAll(request.Body)
			if errors.Is(err, io.ErrUnexpectedEOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s %s: %v", request.Method, request.URL, err)
			}
			all = append(all, sentRequest{request, body})
		}
	}
	return all
}

// everyRequestIsValid holds all that was sent to the calendar systems against their
// vendors' schemas, and says of how many requests that write there must have been some.
func everyRequestIsValid(t *testing.T, requests []sentRequest, atLeast map[string]int) {
	t.Helper()
	schemas, valid, writes := newVendors(t), map[string]int{}, map[string]int{}
	envelopes := map[string]bool{}
	for _, r := range requests {
		system, problems := schemas.check(r, envelopes)
		if len(problems) > 0 {
			t.Errorf("%s %s is not as its vendor describes it: %q\n%s", r.Method, r.URL, problems, r.body)
		}
		valid[system]++
		if r.writes() {
			writes[system]++
		}
	}
	current, old, err := schemas.ews.Check(t.Context(), slices.Collect(maps.Keys(envelopes)))
	if err != nil {
		t.Error(err)
	}
	for system, want := range atLeast {
		if writes[system] < want {
			t.Errorf("%d requests wrote to %s, want %d at least: this test looks at too little", writes[system], system, want)
		}
	}
	t.Logf("held against the official schemas: %v, of them writing %v; %d envelopes, %d of them by the schemas of 2010 too", valid, writes, current, old)
}

// check tells the calendar system of a request and what is wrong with it; envelopes are
// kept, to be read together.
func (v vendors) check(r sentRequest, envelopes map[string]bool) (system string, problems []string) {
	path := r.URL.EscapedPath()
	if strings.HasPrefix(path, "/graph/") {
		if err := v.graph.Check(r.Request, r.body); err != nil {
			problems = append(problems, err.Error())
		}
		return "office365", problems
	}
	if strings.HasPrefix(path, "/EWS/") {
		if len(r.body) > 0 { // a step of the sign-in has none
			envelopes[string(r.body)] = true
		}
		return "exchange", nil
	}
	if rest, ok := strings.CutPrefix(r.URL.Path, "/google/calendar/v3/"); ok {
		return "google", v.google.Check(r.Method, rest, r.URL.Query(), r.body)
	}
	if strings.HasPrefix(path, "/lucca/") || strings.HasPrefix(path, "/entra/") || path == "/google/token" {
		return "others", nil
	}
	return "others", []string{"no schema is known for this path"}
}

// writes tells that a request makes or changes an event.
func (r sentRequest) writes() bool {
	if bytes := string(r.body); strings.Contains(bytes, "<m:CreateItem") || strings.Contains(bytes, "<m:UpdateItem") {
		return true
	}
	return strings.Contains(r.URL.Path, "/events") && (r.Method == http.MethodPost || r.Method == http.MethodPatch)
}

// A request that is wrong is noticed in each of the three.
func TestOfficialSchemasNotice(t *testing.T) {
	t.Parallel()
	schemas := newVendors(t)
	request := func(method, path, body string) sentRequest {
		r, err := http.NewRequest(method, "http://sandbox.example"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		return sentRequest{r, []byte(body)}
	}
	const events = "/graph/v1.0/users/x/calendar/events"
	for want, r := range map[string]sentRequest{
		"office365": request("POST", events, `{"sensitivity":"secret"}`),
		"google":    request("POST", "/google/calendar/v3/calendars/primary/events", `{"start":{},"end":{},"status":"pending"}`),
		"others":    request("POST", "/outlook/v2/events", `{}`),
	} {
		if system, problems := schemas.check(r, nil); system != want || len(problems) != 1 {
			t.Errorf("%s: %s %q", want, system, problems)
		}
	}
	if system, problems := schemas.check(request("POST", events, `{"sensitivity":"private"}`), nil); problems != nil {
		t.Errorf("a good request to %s: %q", system, problems)
	}
	envelopes := map[string]bool{}
	schemas.check(request("POST", "/EWS/Exchange.asmx", "<Envelope/>"), envelopes)
	if _, _, err := schemas.ews.Check(t.Context(), slices.Collect(maps.Keys(envelopes))); err == nil {
		t.Error("an envelope that is none was let through")
	}
}
