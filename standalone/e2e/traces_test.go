package e2e_test

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// traceCollector keeps the spans that a product sends by OTLP.
type traceCollector struct {
	*httptest.Server
	mu    sync.Mutex
	bytes []string
	spans map[string]*otlp.Span
}

func collectTraces(t *testing.T) *traceCollector {
	t.Helper()
	c := &traceCollector{spans: map[string]*otlp.Span{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var message collector.ExportTraceServiceRequest
		if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &message) != nil {
			t.Errorf("a request to %s that is no OTLP: %v", r.URL.Path, err)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.bytes = append(c.bytes, string(body))
		for _, resource := range message.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				for _, span := range scope.GetSpans() {
					c.spans[string(span.GetSpanId())] = span
				}
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *traceCollector) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.bytes, "\n")
}

// way is the names of the spans from the webhook down to span; "" where one is missing or
// of another trace.
func (c *traceCollector) way(span *otlp.Span) string {
	way := span.GetName()
	for len(span.GetParentSpanId()) > 0 {
		parent := c.spans[string(span.GetParentSpanId())]
		if parent == nil || string(parent.GetTraceId()) != string(span.GetTraceId()) {
			return ""
		}
		way, span = parent.GetName()+" > "+way, parent
	}
	return way
}

// changesAreTraces: from each kind of webhook to the calendars, nothing without its place.
func changesAreTraces(t *testing.T, c *traceCollector) {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen := map[string]int{}
	for _, span := range c.spans {
		way := c.way(span)
		if way == "" {
			t.Errorf("the span %q has no way to a webhook", span.GetName())
		}
		seen[way]++
	}
	want := []string{
		"webhook lucca", "webhook lucca > Route", "webhook lucca > ApplyAbsence",
		"webhook lucca > ApplyAbsence > calendar find", "webhook lucca > ApplyAbsence > calendar create",
		"webhook lucca > ApplyAbsence > calendar delete",
		"webhook figgo", "webhook figgo > Route", "webhook figgo > ApplyAbsence > calendar create",
	}
	missing := slices.DeleteFunc(want, func(way string) bool { return seen[way] > 0 })
	if diff := cmp.Diff([]string{}, missing); diff != "" {
		t.Errorf("ways that no span went (-want +got):\n%s\nseen: %v", diff, slices.Sorted(maps.Keys(seen)))
	}
}
