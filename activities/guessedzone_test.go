package activities_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/sandbox/exchange"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
	"github.com/figgosync/figgosync/workflows"
)

// silentAbout is an Exchange server that tells nobody's zone while silent is set.
type silentAbout struct {
	http.Handler
	silent atomic.Bool
}

func (s *silentAbout) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if s.silent.Load() && bytes.Contains(body, []byte("GetUserAvailabilityRequest")) {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.Handler.ServeHTTP(w, r)
}

// A whole day that was written in a guessed zone, because the mailbox's could not be asked,
// shows on two days. The next comparison finds it, and rewriting it puts it right.
func TestADayInAGuessedZoneIsFound(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	owner, name := o.known["500"].Email, o.page.Notices[0].AbsenceID
	people := mailboxes.New()
	people.Add(mailboxes.Mailbox{Email: owner, System: mailboxes.Exchange, Zone: "America/New_York"})
	service := exchange.New(people, exchange.Config{Schemes: []string{exchange.Basic}, Accounts: []exchange.Account{{
		Domain: "EX", Username: "svc", Password: "secret", Impersonate: true,
	}}})
	front := &silentAbout{Handler: service.Handler()}
	server := httptest.NewUnstartedServer(front)
	server.Config.ConnContext = exchange.ConnContext
	server.Start()
	t.Cleanup(server.Close)
	open := func() calendars.Calendar {
		calendar, err := ews.New(ews.Config{URL: server.URL + exchange.Path, Username: `EX\svc`, Password: "secret",
			Auth: ews.AuthBasic, AllowInsecure: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(calendar.Close)
		return calendar
	}
	apply := func(calendar calendars.Calendar, rewrite bool) error {
		_, err := calendars.Apply(t.Context(), calendar, owner, calendars.Key{Source: "demo", Absence: name},
			o.target(t, o.page.Notices[0]), calendars.Options{Token: "1", Rewrite: rewrite})
		return err
	}
	front.silent.Store(true)
	err, first := error(nil), open()
	for range 3 { // it holds back a write twice
		err = apply(first, false)
	}
	if err != nil {
		t.Fatal(err)
	}
	o.calendar = open() // later, when what was heard is too old
	front.silent.Store(false)
	expect := func(when string, want workflows.ReconciliationCounts) {
		t.Helper()
		want.Mailboxes, want.Absences, want.Events = 1, 1, 1
		result, err := o.compare(t)
		if diff := cmp.Diff(want, result.Counts); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s%+v", when, err, diff, result.Differences)
		}
	}
	expect("in a guessed zone", workflows.ReconciliationCounts{Edited: 1})
	if err := apply(o.calendar, true); err != nil { // as the absence's workflow does
		t.Fatal(err)
	}
	expect("rewritten", workflows.ReconciliationCounts{Right: 1})
}
