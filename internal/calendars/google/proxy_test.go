package google_test

import (
	"net/http"
	"testing"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/calendars/google"
)

func TestThroughAProxy(t *testing.T) {
	t.Parallel()
	var trust func(*http.Transport)
	w := newWorkspaceAt(t, func(handler http.Handler) (address string) {
		address, trust = calendartest.TLSServer(t, handler, nil)
		return address
	})
	calendartest.Behind(t, "marie.o'neil@example.com", func(wrap func(*http.Transport) *http.Transport) calendars.Adapter {
		c, err := google.New(google.Config{
			KeyJSON: w.accounts[0].keyJSON, CalendarURL: w.url + "/calendar/v3/", TokenURL: w.url + "/token", AllowInsecure: true,
			WrapTransport: calendartest.Trusting(trust, wrap),
		})
		if err != nil {
			t.Fatal(err)
		}
		return c
	})
}
