package google_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/calendars/google"
)

const alice = "alice@corp.example"

var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// keyJSON is a key file as Google hands it out, with changes.
func keyJSON(changes map[string]any) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(signingKey())
	if err != nil {
		panic(err)
	}
	file := map[string]any{
		"type": "service_account", "project_id": "corp", "private_key_id": "key-1",
		"private_key":  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"client_email": "figgosync@corp.iam.gserviceaccount.com", "client_id": "1234567890",
		"token_uri": "https://oauth2.googleapis.com/token",
	}
	for name, value := range changes {
		file[name] = value
	}
	text, err := json.Marshal(file)
	if err != nil {
		panic(err)
	}
	return text
}

// sent is one request the fake received; path is relative to the API's base.
type sent struct {
	verb, path, owner, raw string
	query                  map[string][]string
	header                 http.Header
	body                   map[string]any
}

// tester is what *testing.T and *rapid.T have in common.
type tester interface {
	Helper()
	Error(args ...any)
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// fake is Google as its pages describe it: a token endpoint and the events of
// everybody's primary calendar, with tombstones, versions and pages.
type fake struct {
	*httptest.Server
	t tester

	mu       sync.Mutex
	events   map[string]map[string]map[string]any // by owner and id
	etags    int
	issued   int
	tokens   map[string]string // owner by access token
	claims   []jwt.MapClaims
	headers  []map[string]any // of the assertions
	requests []sent
	pageSize int
	expires  int // expires_in of tokens, seconds

	// before may answer instead of the calendar (true: it did), after may spoil
	// the answer to a change that was done. Both run without the lock.
	before func(w http.ResponseWriter, s sent) bool
	after  func(w http.ResponseWriter, s sent) bool
	// token may answer instead of the token endpoint.
	token func(w http.ResponseWriter, r *http.Request) bool
}

func newFake(t tester) *fake {
	f := &fake{t: t, events: map[string]map[string]map[string]any{}, tokens: map[string]string{}, pageSize: 250, expires: 3599}
	mux := http.NewServeMux()
	mux.HandleFunc("/token", f.serveToken)
	mux.HandleFunc("/calendar/v3/", f.serveCalendar)
	f.Server = httptest.NewServer(calendartest.InOrder(mux))
	t.Cleanup(f.Close)
	return f
}

// config reaches the fake.
func (f *fake) config() google.Config {
	return google.Config{
		KeyJSON: keyJSON(nil), AllowInsecure: true, Timeout: 2 * time.Minute,
		CalendarURL: f.URL + "/calendar/v3/", TokenURL: f.URL + "/token",
	}
}

func (f *fake) open(changes ...func(*google.Config)) *google.Calendar {
	f.t.Helper()
	cfg := f.config()
	for _, change := range changes {
		change(&cfg)
	}
	c, err := google.New(cfg)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(c.Close)
	return c
}

func (f *fake) serveToken(w http.ResponseWriter, r *http.Request) {
	if f.token != nil && f.token(w, r) {
		return
	}
	if got := r.FormValue("grant_type"); r.Method != http.MethodPost || got != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
		f.t.Errorf("token request: %s, grant type %q", r.Method, got)
	}
	claims := jwt.MapClaims{}
	assertion, err := jwt.ParseWithClaims(r.FormValue("assertion"), claims,
		func(*jwt.Token) (any, error) { return signingKey().Public(), nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithAudience(f.URL+"/token"), jwt.WithExpirationRequired())
	if err != nil {
		f.t.Errorf("assertion: %v", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.issued++
	token := fmt.Sprintf("token-%d", f.issued)
	f.tokens[token], _ = claims["sub"].(string)
	f.claims, f.headers = append(f.claims, claims), append(f.headers, assertion.Header)
	writeJSON(w, 200, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": f.expires})
}

func (f *fake) serveCalendar(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	s := sent{
		verb: r.Method, path: strings.TrimPrefix(r.URL.Path, "/calendar/v3/"), query: r.URL.Query(),
		header: r.Header.Clone(), raw: strings.TrimSpace(string(raw)),
	}
	validate(f.t, r, s.path, raw)
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &s.body); err != nil {
			f.t.Errorf("body: %v", err)
		}
	}
	f.mu.Lock()
	s.owner = f.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	f.requests = append(f.requests, s)
	f.mu.Unlock()
	if s.owner == "" {
		writeError(w, 401, "authError", "Invalid Credentials")
		return
	}
	if f.before != nil && f.before(w, s) {
		return
	}
	answer := httptest.NewRecorder()
	f.mu.Lock()
	f.answer(answer, s)
	f.mu.Unlock()
	if f.after != nil && f.after(w, s) {
		return
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// answer is the calendar itself; the lock is held.
func (f *fake) answer(w http.ResponseWriter, s sent) {
	if f.events[s.owner] == nil {
		f.events[s.owner] = map[string]map[string]any{}
	}
	events := f.events[s.owner]
	id, one := strings.CutPrefix(s.path, "calendars/primary/events/")
	known := events[id]
	match := s.header.Get("If-Match")
	switch {
	case !one && s.verb == "GET":
		f.list(w, s, events)
	case !one && s.verb == "POST":
		f.insert(w, s, events)
	case known == nil:
		writeError(w, 404, "notFound", "Not Found")
	case s.verb == "GET":
		writeJSON(w, 200, known)
	case match != "" && match != known["etag"]:
		writeError(w, 412, "conditionNotMet", "Precondition Failed")
	case s.verb == "PUT" && known["purged"] == true:
		writeError(w, 403, "forbidden", "Forbidden")
	case s.verb == "PUT" && number(s.body["sequence"]) < number(known["sequence"]):
		writeError(w, 400, "invalid", "Invalid sequence value. The specified sequence number is below the current sequence number of the resource.")
	case s.verb == "PUT":
		events[id] = f.store(id, s.body)
		writeJSON(w, 200, events[id])
	case s.verb == "PATCH" && known["status"] == "cancelled":
		writeError(w, 410, "deleted", "Resource has been deleted")
	case s.verb == "PATCH":
		merged := merge(maps.Clone(known), s.body)
		delete(merged, "etag")
		events[id] = f.store(id, merged)
		writeJSON(w, 200, events[id])
	case s.verb == "DELETE" && known["status"] == "cancelled":
		writeError(w, 410, "deleted", "Resource has been deleted")
	case s.verb == "DELETE":
		f.bury(known)
		w.WriteHeader(204)
	}
}

// merge applies a PATCH: objects are merged, null removes, the rest replaces.
func merge(into, patch map[string]any) map[string]any {
	for name, value := range patch {
		object, isObject := value.(map[string]any)
		switch {
		case value == nil:
			delete(into, name)
		case isObject:
			inner, _ := into[name].(map[string]any)
			if inner = maps.Clone(inner); inner == nil {
				inner = map[string]any{}
			}
			into[name] = merge(inner, object)
		default:
			into[name] = value
		}
	}
	return into
}

func number(v any) float64 { n, _ := v.(float64); return n }

var idAlphabet = regexp.MustCompile(`^[0-9a-v]*$`)

// isLegalID is what Google allows as an event's id.
func isLegalID(id string) bool { return len(id) >= 5 && len(id) <= 1024 && idAlphabet.MatchString(id) }

func (f *fake) insert(w http.ResponseWriter, s sent, events map[string]map[string]any) {
	id, _ := s.body["id"].(string)
	switch {
	case !isLegalID(id):
		writeError(w, 400, "invalid", "Invalid resource id value.")
	case events[id] != nil:
		writeError(w, 409, "duplicate", "The requested identifier already exists.")
	default:
		events[id] = f.store(id, s.body)
		writeJSON(w, 200, events[id])
	}
}

func (f *fake) store(id string, body map[string]any) map[string]any {
	f.etags++
	event := map[string]any{"kind": "calendar#event", "status": "confirmed", "sequence": 0.0, "created": "2026-01-05T08:00:00.000Z"}
	for name, value := range body {
		event[name] = value
	}
	event["id"], event["etag"] = id, fmt.Sprintf(`"%d"`, f.etags)
	return event
}

func (f *fake) bury(event map[string]any) {
	f.etags++
	event["status"], event["etag"] = "cancelled", fmt.Sprintf(`"%d"`, f.etags)
	event["sequence"] = number(event["sequence"]) + 1
}

func (f *fake) list(w http.ResponseWriter, s sent, events map[string]map[string]any) {
	constraints := s.query["privateExtendedProperty"]
	if len(constraints) != 1 {
		f.t.Errorf("%d constraints in a list", len(constraints))
	}
	name, value, _ := strings.Cut(constraints[0], "=")
	var found []any
	for _, event := range events {
		// Looser than exact, as a provider may be.
		if event["status"] != "cancelled" && strings.EqualFold(property(event, name), value) {
			found = append(found, event)
		}
	}
	slices.SortFunc(found, func(a, b any) int {
		return strings.Compare(a.(map[string]any)["id"].(string), b.(map[string]any)["id"].(string))
	})
	page := map[string]any{"kind": "calendar#events"}
	from, _ := strconv.Atoi(slices.Concat(s.query["pageToken"], []string{"0"})[0])
	to := min(from+f.pageSize, len(found))
	if to < len(found) {
		page["nextPageToken"] = strconv.Itoa(to)
	}
	page["items"] = append([]any{}, found[from:to]...)
	writeJSON(w, 200, page)
}

func property(event map[string]any, name string) string {
	extended, _ := event["extendedProperties"].(map[string]any)
	private, _ := extended["private"].(map[string]any)
	value, _ := private[name].(string)
	return value
}

// live returns the owner's events that are not cancelled.
func (f *fake) live(owner string) []map[string]any {
	f.mu.Lock()
	defer f.mu.Unlock()
	var live []map[string]any
	for _, event := range f.events[owner] {
		if event["status"] != "cancelled" {
			live = append(live, event)
		}
	}
	return live
}

// change does something to a stored event, as its owner or Google would.
func (f *fake) change(owner, id string, do func(event map[string]any)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	event := f.events[owner][id]
	if event == nil {
		f.t.Fatalf("no event %s", id)
	}
	f.etags++
	event["etag"] = fmt.Sprintf(`"%d"`, f.etags)
	do(event)
}

// log returns the requests as "VERB path".
func (f *fake) log() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var lines []string
	for _, s := range f.requests {
		lines = append(lines, s.verb+" "+strings.TrimPrefix(s.path, "calendars/primary/"))
	}
	return lines
}

func (f *fake) last() sent {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests[len(f.requests)-1]
}

func (f *fake) tokenRequests() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.issued
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// writeError answers in the Calendar API's shape.
func writeError(w http.ResponseWriter, status int, reason, message string) {
	writeJSON(w, status, map[string]any{"error": map[string]any{
		"errors": []any{map[string]any{"domain": "global", "reason": reason, "message": message}},
		"code":   status, "message": message,
	}})
}

// reset drops the connection instead of answering.
func reset(http.ResponseWriter, sent) bool { panic(http.ErrAbortHandler) }

var (
	key    = calendars.Key{Source: "acme", Absence: "leave-17"}
	marker = calendars.Marker{Key: key, Run: 1}
)

// allDay is two days off, approved.
func allDay() absence.Event {
	return absence.Event{
		Run: 1, Title: "Absent", AllDay: true, Zone: "Europe/Paris", Status: absence.Confirmed, ShowAs: absence.OutOfOffice,
		Start: at("2026-02-02", 0), End: at("2026-02-04", 0),
	}
}

// morning is one morning off, awaiting approval.
func morning() absence.Event {
	return absence.Event{
		Run: 1, Title: "Absent", Zone: "Europe/Paris", Status: absence.Pending, ShowAs: absence.Tentative,
		Start: at("2026-02-02", 9*60), End: at("2026-02-02", 12*60),
	}
}

func at(date string, clock absence.Clock) absence.LocalTime {
	d, err := absence.ParseDate(date)
	if err != nil {
		panic(err)
	}
	return absence.LocalTime{Date: d, Clock: clock}
}

// create places an event that must succeed.
func create(t testing.TB, c *google.Calendar, event absence.Event) calendars.Placed {
	t.Helper()
	placed, err := c.Create(context.Background(), alice, marker, event, "token")
	if err != nil {
		t.Fatal(err)
	}
	return placed
}
