package google_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// duplicate is what Google Calendar's own pages do: the same event, extended
// properties included, under an id that Google chooses.
func (w *workspace) duplicate(t testing.TB, mailbox, id string) {
	t.Helper()
	var event map[string]any
	if err := json.Unmarshal(w.ask(t, mailbox, http.MethodGet, id, nil), &event); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"id", "iCalUID", "sequence", "status"} {
		delete(event, name)
	}
	w.ask(t, mailbox, http.MethodPost, "", event)
}

func (w *workspace) annotate(t testing.TB, mailbox, id string) {
	t.Helper()
	if err := w.service.OwnerEdit(mailbox, id, mailboxes.Edit{
		Body: new("Ask Paul"), Location: new("Brest"), Colour: new("11"), Reminder: new(30),
		Attachments: &[]string{"ticket.pdf"}, Attendees: &[]string{"paul@example.com"},
	}); err != nil {
		t.Error(err)
	}
}

func (w *workspace) annotations(t testing.TB, mailbox, id string) calendartest.Annotations {
	t.Helper()
	event, err := w.store.Event(mailbox, id)
	if err != nil {
		t.Fatal(err)
	}
	found := calendartest.Annotations{
		calendartest.Notes: event.Body, calendartest.Location: event.Location, calendartest.Colour: event.Colour,
		calendartest.Attachments: strings.Join(event.Attachments, ", "), calendartest.Attendees: strings.Join(event.Attendees, ", "),
	}
	if event.Reminder != nil {
		found[calendartest.Reminder] = fmt.Sprint(*event.Reminder)
	}
	return found
}

// Whole days out of office are those of the calendar's own zone, and those of a day
// without a midnight are whole, too.
func TestWholeDaysOutOfOfficeAreInTheCalendarsZone(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	h := w.harness(t)
	h.AddMailbox("cairo@example.com", "Africa/Cairo")
	day := absence.Date{Year: 2026, Month: time.April, Day: 24} // begins at 1:00
	event := absence.Event{
		Run: 1, Title: "Absent", AllDay: true, Zone: "America/New_York", Status: absence.Confirmed, ShowAs: absence.OutOfOffice,
		Start: absence.LocalTime{Date: day}, End: absence.LocalTime{Date: day.AddDays(2)},
		Kind: absence.KindOutOfOffice, Decline: absence.DeclineNone,
	}
	apply := func() calendars.Placed {
		t.Helper()
		result, err := calendars.Apply(t.Context(), h.Calendar, "cairo@example.com", key, []absence.Event{event}, calendars.Options{Token: "t"})
		if err != nil || len(result.Events) != 1 {
			t.Fatal(result, err)
		}
		return result.Events[0]
	}
	for range 2 {
		var stored struct {
			Start, End struct{ DateTime, TimeZone string }
		}
		if err := json.Unmarshal(w.ask(t, "cairo@example.com", http.MethodGet, apply().ID, nil), &stored); err != nil {
			t.Fatal(err)
		}
		want := event.End.Date.String() + "T00:00:00+03:00"
		if stored.Start.TimeZone != "Africa/Cairo" || stored.End.DateTime != want {
			t.Errorf("%+v, want until %s", stored, want)
		}
		listed, err := h.Calendar.List(t.Context(), "cairo@example.com", key.Source)
		shown, shownErr := h.Calendar.Shown(t.Context(), "cairo@example.com", event)
		if err != nil || shownErr != nil || len(listed) != 1 || listed[0].Shown != shown {
			t.Errorf("%+v, want %+v; %v, %v", listed, shown, err, shownErr)
		}
		event.End.Date = event.End.Date.AddDays(1)
	}
}

// sayGone has changes and deletions answered as if there were no such event.
func (w *workspace) sayGone() func(times int) {
	changes := func(r *http.Request) bool { return r.Method == http.MethodPatch || r.Method == http.MethodDelete }
	return calendartest.SayGoneBy(w.proxy, changes, calendartest.Answer{
		Status: http.StatusNotFound, Header: map[string]string{"Content-Type": "application/json; charset=UTF-8"},
		Body: `{"error":{"errors":[{"domain":"global","reason":"notFound","message":"Not Found"}],"code":404,"message":"Not Found"}}`,
	})
}

// signsInAs chooses the token requests for one person.
func signsInAs(mailbox string) calendartest.Match {
	return func(r *http.Request) bool {
		if r.URL.Path != "/token" {
			return false
		}
		body, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		form, formErr := url.ParseQuery(string(body))
		claims := jwt.MapClaims{}
		_, _, parseErr := jwt.NewParser().ParseUnverified(form.Get("assertion"), claims)
		return err == nil && formErr == nil && parseErr == nil && claims["sub"] == mailbox
	}
}

// refusals are the ways in which Google refuses a token for one person.
func refusals() (all []calendartest.Refusal) {
	for _, r := range []struct {
		status            int
		code, description string
		reason            calendars.Reason
		certain           bool
	}{
		{400, "invalid_grant", "Invalid email or User ID", calendars.MailboxMissing, true},
		{400, "invalid_grant", "Not a valid email.", calendars.MailboxMissing, true},
		{400, "invalid_grant", "The account has been deleted", calendars.MailboxMissing, true},
		{400, "invalid_request", "Invalid impersonation prn email address.", calendars.MailboxMissing, true},
		{400, "access_denied", "Account restricted", calendars.AccessDenied, true},
		{400, "access_denied", "Requested client not authorized.", calendars.ConsentMissing, false},
		{401, "unauthorized_client", "Client is unauthorized to retrieve access tokens using this method.", calendars.ConsentMissing, false},
		{400, "invalid_scope", "Bad Request", calendars.ConsentMissing, false},
		{400, "invalid_grant", "reauth related error (invalid_rapt)", calendars.CredentialsRejected, false},
		{400, "invalid_grant", "Bad Request", calendars.CredentialsRejected, false},
	} {
		all = append(all, calendartest.Refusal{
			Name: r.code + ": " + r.description, Reason: r.reason, Certain: r.certain, For: signsInAs,
			Answer: calendartest.Answer{
				Status: r.status, Header: map[string]string{"Content-Type": "application/json; charset=UTF-8"},
				Body: grantError(r.code, r.description),
			},
		})
	}
	return all
}
