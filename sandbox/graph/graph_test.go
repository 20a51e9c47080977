package graph_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	_ "time/tzdata"

	"github.com/figgosync/figgosync/sandbox/graph"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

const (
	anna   = "anna@example.com" // Europe/Paris
	ravi   = "ravi@example.com" // Indian/Reunion
	onPrem = "otto@example.com" // on an Exchange server
	gina   = "gina@example.com" // at Google
	appID  = "the-app"          // its tokens: "good", "reader", "bare"
	paris  = "Romance Standard Time"
	keyID  = "String {7b1f0c52-6d0e-4f0c-9c55-5b0d6f1e7a21} Name figgosyncKey"
)

// world is a served service and what is behind it.
type world struct {
	t       *testing.T
	store   *mailboxes.Store
	service *graph.Service
	server  *httptest.Server
}

func newWorld(t *testing.T, change func(*graph.Config)) *world {
	t.Helper()
	store := mailboxes.New()
	store.Add(mailboxes.Mailbox{Email: anna, Name: "Anna", System: mailboxes.Graph, Zone: "Europe/Paris"})
	store.Add(mailboxes.Mailbox{Email: ravi, Name: "Ravi", System: mailboxes.Graph, Zone: "Indian/Reunion"})
	store.Add(mailboxes.Mailbox{Email: onPrem, Name: "Otto", System: mailboxes.Exchange, Zone: "Europe/Paris"})
	store.Add(mailboxes.Mailbox{Email: gina, Name: "Gina", System: mailboxes.Google, Zone: "Europe/Paris"})
	cfg := graph.Config{Authorize: authorize}
	if change != nil {
		change(&cfg)
	}
	service := graph.New(store, cfg)
	server := httptest.NewServer(http.StripPrefix("/graph/v1.0", service.Handler()))
	t.Cleanup(server.Close)
	return &world{t, store, service, server}
}

func authorize(bearer string) (graph.Principal, error) {
	roles := map[string][]string{
		"good": {"Calendars.ReadWrite", "MailboxSettings.Read"}, "reader": {"Calendars.Read"}, "bare": nil,
	}
	granted, ok := roles[bearer]
	if !ok {
		return graph.Principal{}, errors.New("unknown token")
	}
	return graph.Principal{TenantID: "tenant", AppID: appID, Roles: granted}, nil
}

// answer is what a request got.
type answer struct {
	status int
	header http.Header
	text   []byte
	body   map[string]any
}

func (a answer) code() string {
	inner, _ := a.body["error"].(map[string]any)
	code, _ := inner["code"].(string)
	return code
}

func (a answer) id() string { id, _ := a.body["id"].(string); return id }

func (a answer) values() []map[string]any {
	list, _ := a.body["value"].([]any)
	events := make([]map[string]any, len(list))
	for i, member := range list {
		events[i], _ = member.(map[string]any)
	}
	return events
}

// do sends a request with a good token and a JSON content type; headers come in
// pairs, and "" removes one. A path may also be a whole URL.
func (w *world) do(method, path string, body any, headers ...string) answer {
	w.t.Helper()
	var reader io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(body)
	case []byte:
		reader = bytes.NewReader(body)
	default:
		text, err := json.Marshal(body)
		if err != nil {
			w.t.Fatal(err)
		}
		reader = bytes.NewReader(text)
	}
	if !strings.HasPrefix(path, "http") {
		path = w.server.URL + "/graph/v1.0" + path
	}
	req, err := http.NewRequest(method, path, reader)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer good")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if req.Header.Del(headers[i]); headers[i+1] != "" {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	resp, err := w.server.Client().Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	a := answer{status: resp.StatusCode, header: resp.Header}
	if a.text, err = io.ReadAll(resp.Body); err != nil {
		w.t.Fatal(err)
	}
	if len(a.text) > 0 {
		if err := json.Unmarshal(a.text, &a.body); err != nil {
			w.t.Fatalf("%s %s: %v in %s", method, path, err, a.text)
		}
	}
	w.checkShape(a)
	return a
}

// checkShape holds for every answer: request ids, and errors in Graph's shape.
func (w *world) checkShape(a answer) {
	w.t.Helper()
	if a.header.Get("request-id") == "" || a.header.Get("client-request-id") == "" {
		w.t.Errorf("%d without request ids: %v", a.status, a.header)
	}
	if a.status < 400 {
		return
	}
	failed, _ := a.body["error"].(map[string]any)
	inner, _ := failed["innerError"].(map[string]any)
	if a.code() == "" || failed["message"] == "" || inner["date"] == nil || inner["request-id"] == nil || inner["client-request-id"] == nil {
		w.t.Errorf("not Graph's error: %d %s", a.status, a.text)
	}
	validate(w.t, "microsoft.graph.ODataErrors.ODataError", a.body)
}

// must fails the test unless the answer has the status.
func (w *world) must(status int, a answer) answer {
	w.t.Helper()
	if a.status != status {
		w.t.Fatalf("status %d, want %d: %s", a.status, status, a.text)
	}
	return a
}

func at(dateTime, zone string) map[string]any {
	return map[string]any{"dateTime": dateTime, "timeZone": zone}
}

// timed is a right event; with returns a copy with changes, nil removing.
func timed() map[string]any {
	return map[string]any{
		"subject": "Absent", "start": at("2026-10-05T09:00:00", paris), "end": at("2026-10-05T12:00:00", paris),
		"isReminderOn": false, "showAs": "oof",
	}
}

func allDay(start, end, zone string) map[string]any {
	return map[string]any{"subject": "Absent", "isAllDay": true, "start": at(start+"T00:00:00", zone), "end": at(end+"T00:00:00", zone)}
}

func with(event map[string]any, pairs ...any) map[string]any {
	changed := maps.Clone(event)
	for i := 0; i < len(pairs); i += 2 {
		changed[pairs[i].(string)] = pairs[i+1]
		if pairs[i+1] == nil {
			delete(changed, pairs[i].(string))
		}
	}
	return changed
}

func property(id, value string) []map[string]any {
	return []map[string]any{{"id": id, "value": value}}
}

func events(email string) string { return "/users/" + email + "/calendar/events" }

// immutable are the headers that ask for immutable ids.
var immutable = []string{"Prefer", `IdType="ImmutableId"`}

func (w *world) create(email string, event map[string]any) answer {
	w.t.Helper()
	a := w.must(http.StatusCreated, w.do("POST", events(email), event, immutable...))
	validate(w.t, "microsoft.graph.event", a.body)
	return a
}

func (w *world) views(email string) []mailboxes.View {
	w.t.Helper()
	views, err := w.store.Views(email)
	if err != nil {
		w.t.Fatal(err)
	}
	return views
}
