package google

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	calendar "google.golang.org/api/calendar/v3"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// The id of an event tells its kind, whatever the generation.
func TestIDsTellTheKind(t *testing.T) {
	t.Parallel()
	marker := calendars.Marker{Key: calendars.Key{Source: "acme", Absence: "7"}, Run: 3}
	seen := 0
	for kind, of := range generationsOf {
		for generation := of.first; generation < of.first+of.count; generation++ {
			seen++
			id := eventID(marker, generation)
			if got := kindOf(id); got != kind || identityOf(id, marker.Key) != calendars.IdentityOwn {
				t.Errorf("generation %d is of kind %q, want %q", generation, got, kind)
			}
		}
	}
	if seen != 32 {
		t.Errorf("%d generations; one character of an id tells 32", seen)
	}
}

func TestKindsOfEvents(t *testing.T) {
	t.Parallel()
	day := absence.Event{
		Run: 1, Title: "Absent", AllDay: true, Zone: "Europe/Paris", Status: absence.Confirmed, ShowAs: absence.OutOfOffice,
		Start: absence.LocalTime{Date: absence.Date{Year: 2026, Month: 12, Day: 7}}, End: absence.LocalTime{Date: absence.Date{Year: 2026, Month: 12, Day: 9}},
		Kind: absence.KindOutOfOffice, Decline: absence.DeclineAll, Message: "Absent",
	}
	body, err := encode(calendars.Marker{}, day)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{body.EventType, body.Start.Date, body.Start.DateTime, body.End.DateTime, body.Start.TimeZone,
		body.Transparency, body.OutOfOfficeProperties.AutoDeclineMode, body.OutOfOfficeProperties.DeclineMessage}
	want := []string{"outOfOffice", "", "2026-12-07T00:00:00", "2026-12-09T00:00:00", "Europe/Paris", "opaque", "declineAllConflictingInvitations", "Absent"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for place, kind := range map[string]string{"home": "homeOffice", "office": "officeLocation", "Lyon": "customLocation"} {
		day.Kind, day.Place = absence.KindTelework, place
		body, err := encode(calendars.Marker{}, day)
		if err != nil {
			t.Fatal(err)
		}
		if body.EventType != "workingLocation" || body.WorkingLocationProperties.Type != kind || body.Visibility != "public" || body.Transparency != "transparent" || body.Start.Date == "" {
			t.Errorf("%s: %+v", place, body)
		}
	}
}

// What a working location cannot be is a plain event.
func TestSuit(t *testing.T) {
	t.Parallel()
	home := absence.Event{Title: "Télétravail", Kind: absence.KindTelework, Place: "home", ShowAs: absence.Elsewhere, Category: "T"}
	if got := new(Settings).Suit(home); got.Kind != absence.KindTelework || got.ShowAs != absence.Free || got.Category != "" {
		t.Errorf("%+v", got)
	}
	home.Private = true
	if got := new(Settings).Suit(home); got.Kind != "" || got.ShowAs != absence.Free || !got.Private {
		t.Errorf("%+v", got)
	}
	if got := new(Settings).Suit(absence.Event{Title: "Absent", Mark: "[?]"}); got.Title != "[?] Absent" || got.Mark != "" {
		t.Errorf("%+v", got)
	}
}

// What can be taken along is; what cannot keeps the event as it is. What we gave the
// event is no addition.
func TestAdditions(t *testing.T) {
	t.Parallel()
	ours := func(change func(*calendar.Event)) *calendar.Event {
		body, err := encode(calendars.Marker{}, absence.Event{Run: 1, AllDay: true, Colour: "sage"})
		if err != nil {
			t.Fatal(err)
		}
		change(body)
		return body
	}
	popup := &calendar.EventReminders{Overrides: []*calendar.EventReminder{{Method: "popup", Minutes: 30}}}
	for name, test := range map[string]struct {
		change func(*calendar.Event)
		want   additions
	}{
		"nothing":          {func(*calendar.Event) {}, additions{}},
		"notes":            {func(e *calendar.Event) { e.Description = "Ask Paul" }, additions{stay: true}},
		"a place":          {func(e *calendar.Event) { e.Location = "Brest" }, additions{stay: true}},
		"guests":           {func(e *calendar.Event) { e.Attendees = []*calendar.EventAttendee{{}} }, additions{stay: true}},
		"a file":           {func(e *calendar.Event) { e.Attachments = []*calendar.EventAttachment{{}} }, additions{stay: true}},
		"repetition":       {func(e *calendar.Event) { e.Recurrence = []string{"RRULE:FREQ=DAILY"} }, additions{stay: true}},
		"a call":           {func(e *calendar.Event) { e.ConferenceData = &calendar.ConferenceData{} }, additions{stay: true}},
		"a colour":         {func(e *calendar.Event) { e.ColorId = "11" }, additions{colour: "11"}},
		"a reminder":       {func(e *calendar.Event) { e.Reminders = popup }, additions{reminders: popup}},
		"usual reminders":  {func(e *calendar.Event) { e.Reminders = &calendar.EventReminders{UseDefault: true} }, additions{reminders: &calendar.EventReminders{UseDefault: true}}},
		"an add-on's note": {func(e *calendar.Event) { e.ExtendedProperties.Shared = map[string]string{"a": "b"} }, additions{stay: true}},
	} {
		got := additionsTo(ours(test.change))
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(additions{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		next := ours(func(*calendar.Event) {})
		got.addTo(next)
		got.stay = false
		if diff := cmp.Diff(got, additionsTo(next), cmp.AllowUnexported(additions{}), cmpopts.IgnoreFields(calendar.EventReminders{}, "ForceSendFields")); diff != "" {
			t.Errorf("%s, taken along (-want +got):\n%s", name, diff)
		}
	}
}
