package google_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/figgosync/figgosync/internal/calendars/calendartest/official"
)

// validated counts the requests held against the discovery document.
var validated atomic.Int64

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	fmt.Printf("requests validated by Google's discovery document: %d\n", validated.Load())
	whole := true // no test was left out
	for _, name := range []string{"test.run", "test.skip", "test.list", "test.fuzz"} {
		whole = whole && flag.Lookup(name).Value.String() == ""
	}
	_, err := official.Google()
	if code == 0 && whole && validated.Load() == 0 && (err == nil || os.Getenv("CI") == "true") {
		fmt.Println("FAIL: no request was validated")
		code = 1
	}
	os.Exit(code)
}

func TestDiscoveryDocument(t *testing.T) {
	t.Parallel()
	if _, err := official.Google(); err != nil {
		official.Missing(t, err)
	}
}

// validate holds a request against the discovery document; t fails if it is wrong.
func validate(t tester, r *http.Request, path string, body []byte) {
	d, err := official.Google()
	if err != nil {
		return // TestDiscoveryDocument tells
	}
	for _, problem := range d.Check(r.Method, path, r.URL.Query(), body) {
		t.Error(problem)
	}
	validated.Add(1)
}

// TestDiscoveryNotices proves that the check is able to fail.
func TestDiscoveryNotices(t *testing.T) {
	t.Parallel()
	d, err := official.Google()
	if err != nil {
		t.Skipf("the discovery document is not at hand: %v", err)
	}
	const good = `{"start":{"date":"2026-02-02"},"end":{"date":"2026-02-03"},"status":"tentative"}`
	if problems := d.Check("POST", "calendars/primary/events", url.Values{"sendUpdates": {"none"}}, []byte(good)); problems != nil {
		t.Fatalf("a good request: %q", problems)
	}
	const clears = `{"summary":null,"start":{"date":null,"dateTime":"2026-02-02T09:00:00","timeZone":"Europe/Paris"}}`
	if problems := d.Check("PATCH", "calendars/primary/events/abcde", nil, []byte(clears)); problems != nil {
		t.Fatalf("a good patch: %q", problems)
	}
	for name, tc := range map[string]struct{ verb, path, query, body string }{
		"path":             {"POST", "calendars/primary/event", "", good},
		"verb":             {"PUT", "calendars/primary/events", "", good},
		"query name":       {"POST", "calendars/primary/events", "sendUpdate=none", good},
		"query enum":       {"POST", "calendars/primary/events", "sendUpdates=nobody", good},
		"query bounds":     {"GET", "calendars/primary/events", "maxResults=0", ""},
		"query repeated":   {"GET", "calendars/primary/events", "pageToken=a&pageToken=b", ""},
		"query boolean":    {"GET", "calendars/primary/events", "showDeleted=no", ""},
		"quota user":       {"GET", "calendars/primary/events", "quotaUser=" + strings.Repeat("a", 41), ""},
		"empty id":         {"GET", "calendars/primary/events/", "", ""},
		"body on a GET":    {"GET", "calendars/primary/events", "", "{}"},
		"no start":         {"POST", "calendars/primary/events", "", `{"end":{"date":"2026-02-03"}}`},
		"property":         {"POST", "calendars/primary/events", "", `{"start":{},"end":{},"title":"Absent"}`},
		"type":             {"POST", "calendars/primary/events", "", `{"start":{},"end":{},"sequence":"1"}`},
		"date":             {"POST", "calendars/primary/events", "", `{"start":{"date":"2.2.2026"},"end":{}}`},
		"time, no zone":    {"POST", "calendars/primary/events", "", `{"start":{"dateTime":"2026-02-02T09:00:00"},"end":{}}`},
		"described value":  {"POST", "calendars/primary/events", "", `{"start":{},"end":{},"status":"pending"}`},
		"visibility":       {"POST", "calendars/primary/events", "", `{"start":{},"end":{},"visibility":"hidden"}`},
		"patched property": {"PATCH", "calendars/primary/events/abcde", "", `{"title":null}`},
		"patched type":     {"PATCH", "calendars/primary/events/abcde", "", `{"start":{"date":7}}`},
		"null":             {"POST", "calendars/primary/events", "", `{"start":{},"end":{},"summary":null}`},
	} {
		query, _ := url.ParseQuery(tc.query)
		if problems := d.Check(tc.verb, tc.path, query, []byte(tc.body)); len(problems) != 1 {
			t.Errorf("%s: %d problems, want 1: %q", name, len(problems), problems)
		}
	}
}
