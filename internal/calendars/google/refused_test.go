package google_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/calendars/google"
	"github.com/figgosync/figgosync/internal/egress"
)

func TestRefusedAddress(t *testing.T) {
	t.Parallel()
	var arrived atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived.Add(1) }))
	defer server.Close()
	calendartest.RunRefused(t, func(t *testing.T) calendartest.Checked {
		c, err := google.New(google.Config{
			KeyJSON: keyJSON(nil), AllowInsecure: true, CalendarURL: server.URL + "/calendar/v3/", TokenURL: server.URL + "/token",
			WrapTransport: egress.Policy{}.Transport,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return c
	}, func() int { return int(arrived.Load()) })
}
