package graph_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/calendars/graph"
)

const (
	mailbox = "marie.o'neil@example.com"
	keyID   = "String {7b1f0c52-6d0e-4f0c-9c55-5b0d6f1e7a21} Name figgosyncKey"
	runID   = "String {7b1f0c52-6d0e-4f0c-9c55-5b0d6f1e7a21} Name figgosyncRun"
)

var (
	key    = calendars.Key{Source: "lucca", Absence: "42"}
	marker = calendars.Marker{Key: key, Run: 1}
	placed = calendars.Placed{Marker: marker, ID: "AAMk+/="}
)

// received is one request as it arrived at Graph.
type received struct {
	Method, Path, Query string
	Header              http.Header
	Body                string
}

// fake is a Graph and a token endpoint on one server, answering as the test
// says. Every Graph request is checked against Microsoft's description.
type fake struct {
	*httptest.Server
	t      testing.TB
	answer http.HandlerFunc
	// token answers a token request; its number begins at 1.
	token func(w http.ResponseWriter, r *http.Request, number int)

	valid atomic.Int64 // requests checked against Microsoft's description

	// schedule answers the question for a mailbox's zone, by default without one.
	schedule http.HandlerFunc

	mu     sync.Mutex
	graph  []received // all but the questions for zones, which are counted apart
	asked  int
	tokens []string // form bodies
}

func newFake(t testing.TB, answer http.HandlerFunc) *fake {
	t.Helper()
	f := newFakeMux(t, answer)
	f.Server = httptest.NewServer(calendartest.InOrder(f.mux()))
	t.Cleanup(f.Close)
	return f
}

func newFakeMux(t testing.TB, answer http.HandlerFunc) *fake {
	noHours := always(200, `{"value":[{"scheduleId":"x","availabilityView":"0","scheduleItems":[]}]}`)
	return &fake{t: t, answer: answer, schedule: noHours, token: func(w http.ResponseWriter, _ *http.Request, number int) {
		writeJSON(w, 200, fmt.Sprintf(`{"token_type":"Bearer","expires_in":3599,"access_token":"token-%d"}`, number))
	}}
}

func (f *fake) mux() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /entra/contoso.example/oauth2/v2.0/token", f.serveToken)
	mux.HandleFunc("/graph/v1.0/", f.serveGraph)
	return mux
}

func (f *fake) serveToken(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	f.tokens = append(f.tokens, string(body))
	number := len(f.tokens)
	f.mu.Unlock()
	f.token(w, r, number)
}

func (f *fake) serveGraph(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if strings.HasSuffix(r.URL.Path, "/calendar/getSchedule") {
		f.mu.Lock()
		f.asked++
		f.mu.Unlock()
		validate(f.t, r, body)
		f.schedule(w, r)
		return
	}
	f.mu.Lock()
	f.graph = append(f.graph, received{r.Method, r.URL.EscapedPath(), r.URL.Query().Encode(), r.Header.Clone(), string(body)})
	f.mu.Unlock()
	if validate(f.t, r, body) {
		f.valid.Add(1)
	}
	f.answer(w, r)
}

// requests returns what Graph received so far.
func (f *fake) requests() []received {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]received(nil), f.graph...)
}

// zoneQuestions counts the questions for a mailbox's zone.
func (f *fake) zoneQuestions() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked
}

func (f *fake) tokenCount() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.tokens)
}

func (f *fake) config() graph.Config {
	return graph.Config{
		TenantID: "contoso.example", ClientID: "client-1", ClientSecret: "s3cret-value",
		AuthorityURL: f.URL + "/entra", GraphURL: f.URL + "/graph/v1.0", AllowInsecure: true,
		Timeout: time.Minute,
	}
}

func (f *fake) calendar(change ...func(*graph.Config)) *graph.Calendar {
	f.t.Helper()
	cfg := f.config()
	for _, c := range change {
		c(&cfg)
	}
	cal, err := graph.New(cfg)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(cal.Close)
	return cal
}

func writeJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json; odata.metadata=minimal")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// always answers every request alike.
func always(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, status, body) }
}

// listed writes an event as a search shows it.
func listed(id, key, run string) string {
	properties := []map[string]string{{"id": keyID, "value": key}}
	if run != "" {
		properties = append(properties, map[string]string{"id": runID, "value": run})
	}
	text, _ := json.Marshal(map[string]any{"@odata.etag": "W/\"x\"", "id": id, "isCancelled": false, "singleValueExtendedProperties": properties})
	return string(text)
}

func list(events ...string) string {
	return `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#x","value":[` + strings.Join(events, ",") + `]}`
}

func day(t testing.TB, text string) absence.Date {
	t.Helper()
	d, err := absence.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func allDay(t testing.TB, from, until string) absence.Event {
	return absence.Event{Run: 1, Title: "Absent", AllDay: true,
		Start: absence.LocalTime{Date: day(t, from)}, End: absence.LocalTime{Date: day(t, until)},
		Zone: "Europe/Paris", Status: absence.Confirmed, ShowAs: absence.OutOfOffice}
}

// sameJSON compares two JSON texts without regard to order and spaces.
func sameJSON(t testing.TB, got, want string) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatalf("not JSON: %q: %v", got, err)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(w, g); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}
