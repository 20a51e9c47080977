package graph_test

import (
	"net/http"
	"testing"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/calendars/graph"
)

func TestThroughAProxy(t *testing.T) {
	t.Parallel()
	var trust func(*http.Transport)
	o := newOfficeAt(t, func(handler http.Handler) (address string) {
		address, trust = calendartest.TLSServer(t, handler, nil)
		return address
	})
	calendartest.Behind(t, "marie.o'neil@example.com", func(wrap func(*http.Transport) *http.Transport) calendars.Adapter {
		c, err := graph.New(graph.Config{
			TenantID: conformTenant, ClientID: conformApp, ClientSecret: conformSecret,
			AuthorityURL: o.url + "/entra", GraphURL: o.url + "/graph/v1.0", WrapTransport: calendartest.Trusting(trust, wrap),
		})
		if err != nil {
			t.Fatal(err)
		}
		return c
	})
}
