package graph_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/figgosync/figgosync/internal/calendars/calendartest/official"
)

// validated counts the requests checked against Microsoft's description.
var validated atomic.Int64

func TestMain(m *testing.M) {
	code := m.Run()
	fmt.Printf("graph: %d requests valid by Microsoft's OpenAPI description\n", validated.Load())
	os.Exit(code)
}

// validate checks one request and tells whether it did: where the schemas are
// missing it cannot.
func validate(t testing.TB, r *http.Request, body []byte) bool {
	description, err := official.Graph()
	if err != nil {
		return false
	}
	if err := description.Check(r, body); err != nil {
		t.Errorf("%s %s is not as Microsoft describes it: %v", r.Method, r.URL, err)
		return false
	}
	validated.Add(1)
	return true
}

// schemaOrSkip ends the test when the schemas are not at hand.
func schemaOrSkip(t *testing.T) *official.OpenAPI {
	t.Helper()
	description, err := official.Graph()
	if err != nil {
		official.Missing(t, err)
	}
	return description
}

// The checks above must be able to fail.
func TestValidationRefusesBadRequests(t *testing.T) {
	t.Parallel()
	description := schemaOrSkip(t)
	events := "/graph/v1.0/users/x/calendar/events"
	for name, bad := range map[string]struct{ method, target, body string }{
		"path":      {"GET", "/graph/v1.0/users/x/calender/events", ""},
		"operation": {"PUT", events, ""},
		"option":    {"GET", events + "?$pagesize=1", ""},
		"select":    {"GET", events + "?$select=identity", ""},
		"top":       {"GET", events + "?$top=-1", ""},
		"member":    {"POST", events, `{"title":"x"}`},
		"type":      {"POST", events, `{"isAllDay":"true"}`},
		"value":     {"POST", events, `{"sensitivity":"secret"}`},
		"setting":   {"PATCH", "/graph/v1.0/users/x/mailboxSettings", `{"automaticReplies":{}}`},
		"inside":    {"PATCH", "/graph/v1.0/users/x/mailboxSettings", `{"automaticRepliesSetting":{"state":"disabled"}}`},
		"status":    {"PATCH", "/graph/v1.0/users/x/mailboxSettings", `{"automaticRepliesSetting":{"status":"off"}}`},
	} {
		r, err := http.NewRequest(bad.method, bad.target, strings.NewReader(bad.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		if err := description.Check(r, []byte(bad.body)); err == nil {
			t.Errorf("%s: a bad request passed", name)
		}
	}
}

func TestEveryRequestIsAsMicrosoftDescribes(t *testing.T) {
	t.Parallel()
	schemaOrSkip(t)
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case "GET":
			writeJSON(w, 200, list())
		case "POST":
			writeJSON(w, 201, `{"id":"AAMk"}`)
		case "PATCH":
			writeJSON(w, 200, `{"id":"AAMk"}`)
		default:
			w.WriteHeader(204)
		}
	})
	cal, ctx, event := f.calendar(), t.Context(), allDay(t, "2026-02-02", "2026-02-04")
	_, find := cal.Find(ctx, mailbox, key)
	_, create := cal.Create(ctx, mailbox, marker, event, "token")
	_, update := cal.Update(ctx, mailbox, placed, event)
	if err := errors.Join(find, create, update, cal.Delete(ctx, mailbox, placed)); err != nil {
		t.Fatal(err)
	}
	if count := f.valid.Load(); count != 4 || f.zoneQuestions() != 1 {
		t.Errorf("%d requests were checked and %d questions for a zone, want 4 and 1", count, f.zoneQuestions())
	}
}
