package google

import (
	"testing"

	"github.com/google/go-cmp/cmp"

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
