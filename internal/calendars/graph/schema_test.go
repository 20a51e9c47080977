package graph_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// validated counts the requests checked against Microsoft's description.
var validated atomic.Int64

func TestMain(m *testing.M) {
	code := m.Run()
	fmt.Printf("graph: %d requests valid by Microsoft's OpenAPI description\n", validated.Load())
	os.Exit(code)
}

// description is Microsoft's OpenAPI description of the calendar part of Graph,
// from the schemas kept beside the repository.
var description = sync.OnceValues(func() (*openapi3.T, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			return nil, os.ErrNotExist
		}
		dir = filepath.Dir(dir)
	}
	file := filepath.Join(filepath.Dir(dir), "shared", "schemas", "graph", "calendar.yaml")
	if _, err := os.Stat(file); err != nil {
		return nil, err
	}
	return openapi3.NewLoader().LoadFromFile(file)
})

// schemaOrSkip ends the test when the schemas are not at hand.
func schemaOrSkip(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := description()
	switch {
	case err == nil:
		return doc
	case errors.Is(err, os.ErrNotExist) && os.Getenv("CI") != "true":
		t.Skip("Microsoft's OpenAPI description is not beside the repository (../shared/schemas/graph/calendar.yaml): requests are not checked against it")
	}
	t.Fatalf("Microsoft's OpenAPI description: %v", err)
	return nil
}

var described = []struct {
	pattern *regexp.Regexp
	path    string
}{
	{regexp.MustCompile(`^/graph/v1\.0/users/([^/]+)/calendar$`), "/users/{user-id}/calendar"},
	{regexp.MustCompile(`^/graph/v1\.0/users/([^/]+)/mailboxSettings$`), "/users/{user-id}/mailboxSettings"},
	{regexp.MustCompile(`^/graph/v1\.0/users/([^/]+)/calendar/events$`), "/users/{user-id}/calendar/events"},
	{regexp.MustCompile(`^/graph/v1\.0/users/([^/]+)/calendar/events/([^/]+)$`), "/users/{user-id}/calendar/events/{event-id}"},
}

// validate checks one request and tells whether it did: where the schemas are
// missing it cannot.
func validate(t testing.TB, r *http.Request, body []byte) bool {
	doc, err := description()
	if err != nil {
		return false
	}
	if strings.HasSuffix(r.URL.Path, "/calendar/getSchedule") {
		if err := validateQuestion(doc, r, body); err != nil {
			t.Errorf("%s %s is not as Microsoft describes it: %v", r.Method, r.URL, err)
			return false
		}
		validated.Add(1)
		return true
	}
	if err := validateRequest(doc, r, body); err != nil {
		t.Errorf("%s %s is not as Microsoft describes it: %v", r.Method, r.URL, err)
		return false
	}
	validated.Add(1)
	return true
}

func validateRequest(doc *openapi3.T, r *http.Request, body []byte) error {
	for _, d := range described {
		match := d.pattern.FindStringSubmatch(r.URL.EscapedPath())
		if match == nil {
			continue
		}
		item := doc.Paths.Value(d.path)
		operation := item.GetOperation(r.Method)
		if operation == nil {
			return errors.New("no such operation")
		}
		kind := "microsoft.graph.event"
		if strings.HasSuffix(d.path, "/mailboxSettings") {
			kind = "microsoft.graph.mailboxSettings"
		}
		if err := errors.Join(knownParameters(operation, r.URL.Query()), knownMembers(doc, kind, body)); err != nil {
			return err
		}
		copied := r.Clone(r.Context())
		copied.Body = io.NopCloser(bytes.NewReader(body))
		// The description forgets $expand, which Microsoft's reference pages use.
		query := copied.URL.Query()
		query.Del("$expand")
		copied.URL.RawQuery = query.Encode()
		params := map[string]string{"user-id": match[1]}
		if len(match) > 2 {
			params["event-id"] = match[2]
		}
		return openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
			Request:    copied,
			PathParams: params,
			Route:      &routers.Route{Spec: doc, Path: d.path, PathItem: item, Method: r.Method, Operation: operation},
			Options:    &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, MultiError: true},
		})
	}
	return errors.New("no such path")
}

// validateQuestion checks getSchedule, which the description at hand leaves out,
// by its page: learn.microsoft.com/graph/api/calendar-getschedule.
func validateQuestion(doc *openapi3.T, r *http.Request, body []byte) error {
	var members map[string]any
	if err := json.Unmarshal(body, &members); err != nil {
		return err
	}
	if r.Method != http.MethodPost || r.URL.RawQuery != "" {
		return errors.New("not a POST without options")
	}
	checks := map[string]func(any) bool{
		"Schedules":                func(v any) bool { list, ok := v.([]any); return ok && len(list) == 1 },
		"AvailabilityViewInterval": func(v any) bool { n, ok := v.(float64); return ok && n >= 5 && n <= 1440 },
		"StartTime":                func(v any) bool { return isDateTime(doc, v) },
		"EndTime":                  func(v any) bool { return isDateTime(doc, v) },
	}
	for name, value := range members {
		if check := checks[name]; check == nil || !check(value) {
			return fmt.Errorf("%s: %v", name, value)
		}
	}
	if len(members) != len(checks) {
		return fmt.Errorf("members %v", members)
	}
	return nil
}

func isDateTime(doc *openapi3.T, value any) bool {
	return doc.Components.Schemas["microsoft.graph.dateTimeTimeZone"].Value.VisitJSON(value) == nil
}

// knownParameters refuses query options the description does not know: the
// validator lets them pass.
func knownParameters(operation *openapi3.Operation, query url.Values) error {
	for name := range query {
		if name != "$expand" && operation.Parameters.GetByInAndName("query", name) == nil {
			return fmt.Errorf("unknown query option %q", name)
		}
	}
	return nil
}

// knownMembers refuses members an event or a mailbox's settings do not have: their types
// are open, so the schema lets any name pass.
func knownMembers(doc *openapi3.T, kind string, body []byte) error {
	if len(body) == 0 {
		return nil
	}
	var members map[string]any
	if err := json.Unmarshal(body, &members); err != nil {
		return err
	}
	known := map[string]bool{}
	collect(doc.Components.Schemas[kind], known)
	for name, value := range members {
		if !known[name] && !strings.HasPrefix(name, "@odata.") {
			return fmt.Errorf("%s has no %q", kind, name)
		}
		if setting, ok := value.(map[string]any); ok && name == "automaticRepliesSetting" {
			// The description takes any object beside the right one, as it may be null.
			const inner = "microsoft.graph.automaticRepliesSetting"
			text, err := json.Marshal(setting)
			if err == nil {
				err = doc.Components.Schemas[inner].Value.VisitJSON(value)
			}
			if err != nil {
				return err
			}
			return knownMembers(doc, inner, text)
		}
	}
	return nil
}

func collect(schema *openapi3.SchemaRef, known map[string]bool) {
	for name := range schema.Value.Properties {
		known[name] = true
	}
	for _, part := range schema.Value.AllOf {
		collect(part, known)
	}
}

// The checks above must be able to fail.
func TestValidationRefusesBadRequests(t *testing.T) {
	t.Parallel()
	doc := schemaOrSkip(t)
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
		if err := validateRequest(doc, r, []byte(bad.body)); err == nil {
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
