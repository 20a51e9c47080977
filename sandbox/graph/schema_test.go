package graph_test

import (
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// description loads Microsoft's OpenAPI description, which is kept beside the
// repository and not in it. It returns nil when it is not there.
var description = sync.OnceValues(func() (*openapi3.T, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
			continue
		}
		file := filepath.Join(filepath.Dir(dir), "shared", "schemas", "graph", "calendar.yaml")
		if _, err := os.Stat(file); err != nil {
			return nil, nil
		}
		return openapi3.NewLoader().LoadFromFile(file)
	}
	return nil, nil
})

// validate checks a value against a schema of the description, when it is there.
func validate(t *testing.T, schema string, value any) {
	t.Helper()
	doc, err := description()
	if err != nil {
		t.Fatal(err)
	}
	if doc == nil {
		return
	}
	if err := doc.Components.Schemas[schema].Value.VisitJSON(value, openapi3.VisitAsResponse(), openapi3.MultiErrors()); err != nil {
		t.Errorf("not a %s: %v", schema, err)
	}
}

// Every success is what Microsoft's description says; errors are checked with
// each request of each test.
func TestAnswersFollowTheDescription(t *testing.T) {
	t.Parallel()
	doc, err := description()
	switch {
	case err != nil:
		t.Fatal(err)
	case doc == nil && os.Getenv("CI") == "true":
		t.Fatal("Microsoft's OpenAPI description is missing: ../shared/schemas/graph/calendar.yaml beside the repository")
	case doc == nil:
		t.Skip("Microsoft's OpenAPI description is not at hand: ../shared/schemas/graph/calendar.yaml beside the repository")
	}
	w := newWorld(t, nil)
	id := w.create(anna, with(timed(), "singleValueExtendedProperties", property(keyID, "s/1"), "transactionId", "t1",
		"body", map[string]any{"contentType": "HTML", "content": "<p>Hi &amp; bye</p>"}, "location", map[string]any{"displayName": "Home"},
		"categories", []string{"Away"}, "@odata.type", "#microsoft.graph.event")).id()
	w.create(anna, allDay("2026-10-06", "2026-10-07", paris))
	expand := "$expand=singleValueExtendedProperties($filter=id%20eq%20'" + escape(keyID) + "')"
	one := events(anna) + "/" + id
	for path, schema := range map[string]string{
		one:                  "microsoft.graph.event",
		one + "?" + expand:   "microsoft.graph.event",
		one + "?$select=end": "microsoft.graph.event",
		events(anna):         "microsoft.graph.eventCollectionResponse",
		"/users/" + anna + "/events?$top=1&" + expand:                                                          "microsoft.graph.eventCollectionResponse",
		"/users/" + anna + "/calendarView?startDateTime=2026-10-01T00:00:00Z&endDateTime=2026-11-01T00:00:00Z": "microsoft.graph.eventCollectionResponse",
		"/users/" + anna + "/calendar":                                                                         "microsoft.graph.calendar",
		"/users/" + anna + "/mailboxSettings":                                                                  "microsoft.graph.mailboxSettings",
	} {
		a := w.must(http.StatusOK, w.do("GET", path, nil))
		validate(t, schema, a.body)
	}
	validate(t, "microsoft.graph.event", w.must(http.StatusOK, w.do("PATCH", one, map[string]any{"subject": "x"})).body)
	batch := map[string]any{"requests": []any{
		map[string]any{"id": "1", "method": "GET", "url": one}, map[string]any{"id": "2", "method": "DELETE", "url": one},
	}}
	validate(t, "batchRequest", roundTrip(t, batch))
	validate(t, "batchResponse", w.must(http.StatusOK, w.do("POST", "/$batch", batch)).body)
}
