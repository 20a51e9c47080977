package graph_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/sandbox/graph"
)

func escape(text string) string { return url.QueryEscape(text) }

func roundTrip(t *testing.T, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		t.Fatal(err)
	}
	return plain
}

func TestWhoMayEnter(t *testing.T) {
	t.Parallel()
	refuse := func(cfg *graph.Config) { cfg.Allowed = func(_, mailbox string) bool { return mailbox != anna } }
	rbac := func(cfg *graph.Config) {
		cfg.RBAC = func(app, mailbox string) bool { return app == appID && mailbox == anna }
	}
	both := func(cfg *graph.Config) { refuse(cfg); rbac(cfg) }
	tests := map[string]struct {
		change func(*graph.Config)
		method string
		path   string
		token  string
		status int
		code   string
	}{
		"good token":                    {nil, "GET", events(anna), "Bearer good", 200, ""},
		"case of the address":           {nil, "GET", events("ANNA@Example.COM"), "Bearer good", 200, ""},
		"by directory id":               {nil, "GET", events(graph.UserID(anna)), "Bearer good", 200, ""},
		"no token":                      {nil, "GET", events(anna), "", 401, "InvalidAuthenticationToken"},
		"not a bearer":                  {nil, "GET", events(anna), "Basic good", 401, "InvalidAuthenticationToken"},
		"bad token":                     {nil, "GET", events(anna), "Bearer stolen", 401, "InvalidAuthenticationToken"},
		"no role":                       {nil, "GET", events(anna), "Bearer bare", 401, "NoPermissionsInAccessToken"},
		"reader reads":                  {nil, "GET", events(anna), "Bearer reader", 200, ""},
		"reader writes":                 {nil, "POST", events(anna), "Bearer reader", 403, "ErrorAccessDenied"},
		"settings need their own role":  {nil, "GET", "/users/" + anna + "/mailboxSettings", "Bearer reader", 403, "ErrorAccessDenied"},
		"access policy refuses":         {refuse, "GET", events(anna), "Bearer good", 403, "ErrorAccessDenied"},
		"access policy allows":          {refuse, "GET", events(ravi), "Bearer good", 200, ""},
		"RBAC gives one mailbox":        {rbac, "GET", events(anna), "Bearer bare", 200, ""},
		"RBAC gives no other":           {rbac, "GET", events(ravi), "Bearer bare", 403, "ErrorAccessDenied"},
		"RBAC and a policy add up":      {both, "GET", events(anna), "Bearer good", 200, ""},
		"unknown user":                  {nil, "GET", events("nobody@example.com"), "Bearer good", 404, "ErrorInvalidUser"},
		"mailbox at Google":             {nil, "GET", events(gina), "Bearer good", 404, "ErrorInvalidUser"},
		"unknown path":                  {nil, "GET", "/users/" + anna + "/telegrams", "Bearer good", 400, "BadRequest"},
		"settings are not a calendar's": {nil, "GET", "/users/" + anna + "/calendar/mailboxSettings", "Bearer good", 400, "BadRequest"},
		"unknown root":                  {nil, "GET", "/me", "Bearer good", 400, "BadRequest"},
		"unknown method":                {nil, "PUT", events(anna), "Bearer good", 405, "ErrorMethodNotAllowed"},
		"unknown parameter":             {nil, "GET", events(anna) + "?$colour=x", "Bearer good", 400, "BadRequest"},
		"parameter without its dollar":  {nil, "GET", events(anna) + "?filter=x", "Bearer good", 501, "SandboxNotImitated"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, test.change)
			a := w.do(test.method, test.path, nil, "Authorization", test.token)
			if a.status != test.status || a.code() != test.code {
				t.Errorf("got %d %s, want %d %s", a.status, a.text, test.status, test.code)
			}
		})
	}
}

func TestAccessPolicyText(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(cfg *graph.Config) { cfg.Allowed = func(string, string) bool { return false } })
	if a := w.do("GET", events(anna), nil); !strings.Contains(string(a.text), "Access to OData is disabled.") {
		t.Errorf("answer: %s", a.text)
	}
}

// The same mailbox on an Exchange server answers with either error.
func TestMailboxOnPremises(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	codes := map[string]bool{}
	for range 4 {
		codes[w.must(http.StatusNotFound, w.do("GET", events(onPrem), nil)).code()] = true
	}
	if !codes["MailboxNotEnabledForRESTAPI"] || !codes["ResourceNotFound"] || len(codes) != 2 {
		t.Errorf("codes: %v", codes)
	}
}

func TestClientRequestIDComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, path := range []string{events(anna), events("nobody@example.com")} {
		if a := w.do("GET", path, nil, "client-request-id", "mine"); a.header.Get("client-request-id") != "mine" || a.header.Get("request-id") == "mine" {
			t.Errorf("%s: %v", path, a.header)
		}
	}
}

func TestContentTypeAndEncoding(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	plain, err := json.Marshal(timed())
	if err != nil {
		t.Fatal(err)
	}
	var zipped bytes.Buffer
	zip := gzip.NewWriter(&zipped)
	_, _ = zip.Write(plain)
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		body    []byte
		headers []string
		status  int
	}{
		"gzip":                        {zipped.Bytes(), []string{"Content-Encoding", "gzip"}, 201},
		"gzip said, plain sent":       {plain, []string{"Content-Encoding", "gzip"}, 400},
		"gzip cut short":              {zipped.Bytes()[:zipped.Len()/2], []string{"Content-Encoding", "gzip"}, 400},
		"gzip sent, not said":         {zipped.Bytes(), nil, 400},
		"no content type":             {plain, []string{"Content-Type", ""}, 400},
		"not JSON":                    {plain, []string{"Content-Type", "text/plain"}, 415},
		"charset":                     {plain, []string{"Content-Type", "application/json; charset=utf-8"}, 201},
		"nothing":                     {[]byte(" "), nil, 400},
		"not an object":               {[]byte(`[]`), nil, 400},
		"null":                        {[]byte(`null`), nil, 400},
		"trailing":                    {append(bytes.Clone(plain), '{'), nil, 400},
		"more than Graph reads":       {[]byte(`{"subject":"` + strings.Repeat("x", 4<<20) + `"}`), nil, 413},
		"another encoding than known": {plain, []string{"Content-Encoding", "br"}, 415},
	}
	for name, test := range tests {
		if a := w.do("POST", events(anna), test.body, test.headers...); a.status != test.status {
			t.Errorf("%s: %d %.200s, want %d", name, a.status, a.text, test.status)
		}
	}
	if n := len(w.views(anna)); n != 2 {
		t.Errorf("%d events, want the 2 accepted ones", n)
	}
}

// Four requests that wait for the rest of their bodies hold the mailbox's four
// places: the next one is throttled, with decimal seconds to wait; another
// mailbox is not concerned; and the four end well.
func TestFiveAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	text, err := json.Marshal(timed())
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	statuses, ends := make([]int, 4), make([]*io.PipeWriter, 4)
	for i := range ends {
		var body *io.PipeReader
		body, ends[i] = io.Pipe()
		t.Cleanup(func() { ends[i].Close() }) // else a failed test waits for ever
		wait.Go(func() { statuses[i] = w.postStream(events(anna), body) })
		if _, err := ends[i].Write(text[:10]); err != nil {
			t.Fatal(err)
		}
	}
	var fifth answer
	for deadline := time.Now().Add(time.Minute); fifth.status != http.StatusTooManyRequests; {
		if fifth = w.do("GET", events(anna), nil); time.Now().After(deadline) {
			t.Fatalf("never throttled: %d %s", fifth.status, fifth.text)
		}
	}
	if fifth.code() != "ApplicationThrottled" || fifth.header.Get("Retry-After") != "1.250" {
		t.Errorf("throttled: %s Retry-After %q", fifth.text, fifth.header.Get("Retry-After"))
	}
	w.must(http.StatusOK, w.do("GET", events(ravi), nil))
	for _, end := range ends {
		if _, err := end.Write(text[10:]); err != nil {
			t.Fatal(err)
		}
		end.Close()
	}
	wait.Wait()
	if diff := cmp.Diff([]int{201, 201, 201, 201}, statuses); diff != "" {
		t.Errorf("the four (-want +got):\n%s", diff)
	}
	w.must(http.StatusOK, w.do("GET", events(anna), nil))
}

// postStream returns the status of a POST, 0 when there is none.
func (w *world) postStream(path string, body io.Reader) int {
	req, err := http.NewRequest("POST", w.server.URL+"/graph/v1.0"+path, body)
	if err != nil {
		return 0
	}
	req.Header.Set("Authorization", "Bearer good")
	req.Header.Set("Content-Type", "application/json")
	resp, err := w.server.Client().Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

func TestLatency(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(cfg *graph.Config) { cfg.Latency = 50 * time.Millisecond })
	start := time.Now()
	w.must(http.StatusOK, w.do("GET", events(anna), nil))
	if took := time.Since(start); took < 50*time.Millisecond {
		t.Errorf("answered after %s", took)
	}
}
