package graph_test

import (
	"net/http"
	"testing"

	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/calendars/graph"
	"github.com/figgosync/figgosync/internal/egress"
)

func TestRefusedAddress(t *testing.T) {
	t.Parallel()
	f := newFake(t, func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, `{"value":[]}`) })
	calendartest.RunRefused(t, func(*testing.T) calendartest.Checked {
		return f.calendar(func(c *graph.Config) { c.WrapTransport = egress.Policy{}.Transport })
	}, func() int {
		f.mu.Lock()
		defer f.mu.Unlock()
		return len(f.graph) + len(f.tokens)
	})
}
