package google_test

import (
	"net/http"
	"testing"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// refusesKinds has the fake refuse events that are no plain ones, as secondary calendars
// and some editions do.
func refusesKinds(f *fake) {
	f.before = func(w http.ResponseWriter, s sent) bool {
		kind, _ := s.body["eventType"].(string)
		if s.verb != http.MethodPost || kind == "" {
			return false
		}
		writeError(w, 400, "malformedOutOfOfficeEvent", "Out of office events are not supported here.")
		return true
	}
}

// Where a calendar has no such kind, the event is a plain one, which later writes keep.
func TestRefusedKindBecomesAPlainEvent(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]absence.EventKind{"away": absence.KindOutOfOffice, "telework": absence.KindTelework} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			refusesKinds(f)
			c := f.open()
			apply := func(event absence.Event) calendars.Result {
				t.Helper()
				result, err := calendars.Apply(t.Context(), c, "jane@example.com", key, []absence.Event{event}, calendars.Options{Token: "token"})
				if err != nil {
					t.Fatal(err)
				}
				return result
			}
			special := morning()
			special.Kind, special.Place = kind, "home"
			made := apply(special)
			if again := apply(special); again.Writes() != 0 {
				t.Errorf("the same again: %d writes", again.Writes())
			}
			special.Title = "Away"
			changed := apply(special)
			if changed.Events[0].ID != made.Events[0].ID {
				t.Errorf("%s became %s", made.Events[0].ID, changed.Events[0].ID)
			}
			left := f.live("jane@example.com")
			if len(left) != 1 || left[0]["eventType"] != nil || left[0]["summary"] != "Away" {
				t.Errorf("%v", left)
			}
		})
	}
}

// A request becomes an out-of-office event and back: never without an event, and never
// with two once it is done.
func TestKindsReplaceEachOther(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.open()
	pending, away := morning(), morning()
	pending.Status = absence.Pending
	away.Kind = absence.KindOutOfOffice
	least := 1
	f.after = func(http.ResponseWriter, sent) bool {
		least = min(least, len(f.live("jane@example.com")))
		return false
	}
	ids := map[string]bool{}
	for i, event := range []absence.Event{pending, away, pending, away} {
		result, err := calendars.Apply(t.Context(), c, "jane@example.com", key, []absence.Event{event}, calendars.Options{Token: "token"})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			least = 1
		}
		ids[result.Events[0].ID] = true
		if left := f.live("jane@example.com"); len(left) != 1 {
			t.Errorf("step %d leaves %d events", i, len(left))
		}
	}
	if least < 1 {
		t.Error("there was a moment without an event")
	}
	if len(ids) != 2 {
		t.Errorf("%d ids for two kinds", len(ids))
	}
}
