package google_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/google"
)

func TestInsertBody(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		event absence.Event
		want  string
	}{
		"whole days, approved": {allDay(), `"summary":"Absent","status":"confirmed",
			"start":{"date":"2026-02-02"},"end":{"date":"2026-02-04"},"transparency":"opaque","visibility":"default"`},
		"a morning, pending": {morning(), `"summary":"Absent","status":"tentative",
			"start":{"dateTime":"2026-02-02T09:00:00","timeZone":"Europe/Paris"},
			"end":{"dateTime":"2026-02-02T12:00:00","timeZone":"Europe/Paris"},"transparency":"opaque","visibility":"default"`},
		"free, private, until midnight": {
			absence.Event{
				Run: 1, Title: "Congés payés", Zone: "Indian/Reunion", Status: absence.Confirmed, ShowAs: absence.Free, Private: true,
				Start: at("2026-12-31", 14*60+30), End: at("2026-12-31", 24*60),
			}, `"summary":"Congés payés","status":"confirmed",
			"start":{"dateTime":"2026-12-31T14:30:00","timeZone":"Indian/Reunion"},
			"end":{"dateTime":"2027-01-01T00:00:00","timeZone":"Indian/Reunion"},"transparency":"transparent","visibility":"private"`,
		},
		"elsewhere, no title": {
			absence.Event{
				Run: 1, AllDay: true, Status: absence.Confirmed, ShowAs: absence.Elsewhere,
				Start: at("2026-02-28", 0), End: at("2026-03-01", 0),
			}, `"status":"confirmed","start":{"date":"2026-02-28"},"end":{"date":"2026-03-01"},
			"transparency":"opaque","visibility":"default"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			placed := create(t, f.open(), tc.event)
			fingerprint := calendars.Fingerprint(tc.event)
			want := object(t, `{"id":"`+placed.ID+`",`+tc.want+`,"reminders":{"useDefault":false},
				"extendedProperties":{"private":{"figgosyncKey":"acme/leave-17","figgosyncRun":"1:`+fingerprint+`","figgosyncSource":"acme"}}}`)
			got := f.last()
			if diff := cmp.Diff(want, got.body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if !strings.Contains(got.raw, `"reminders":{"useDefault":false}`) {
				t.Errorf("reminders are not switched off on the wire: %s", got.raw)
			}
			wantPlaced := calendars.Placed{
				Marker: marker, ID: placed.ID, Version: `"1"`, Fingerprint: fingerprint,
				Identity: calendars.IdentityOwn, CreatedAt: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC),
			}
			if diff := cmp.Diff(wantPlaced, placed); diff != "" {
				t.Errorf("placed (-want +got):\n%s", diff)
			}
			if got.query["sendUpdates"][0] != "none" {
				t.Errorf("sendUpdates = %q", got.query["sendUpdates"])
			}
		})
	}
}

// TestUpdateBody: our own fields and nothing else, with null for what a merge
// would leave standing.
func TestUpdateBody(t *testing.T) {
	t.Parallel()
	untitled := allDay()
	untitled.Title = ""
	for name, tc := range map[string]struct {
		event absence.Event
		want  string
	}{
		"timed": {morning(), `"summary":"Absent","status":"tentative",
			"start":{"date":null,"dateTime":"2026-02-02T09:00:00","timeZone":"Europe/Paris"},
			"end":{"date":null,"dateTime":"2026-02-02T12:00:00","timeZone":"Europe/Paris"}`},
		"all day": {allDay(), `"summary":"Absent","status":"confirmed",
			"start":{"date":"2026-02-02","dateTime":null,"timeZone":null},"end":{"date":"2026-02-04","dateTime":null,"timeZone":null}`},
		"without a title": {untitled, `"summary":"","status":"confirmed",
			"start":{"date":"2026-02-02","dateTime":null,"timeZone":null},"end":{"date":"2026-02-04","dateTime":null,"timeZone":null}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			c := f.open()
			placed := create(t, c, allDay())
			updated, err := c.Update(t.Context(), alice, placed, tc.event)
			if err != nil {
				t.Fatal(err)
			}
			fingerprint := calendars.Fingerprint(tc.event)
			want := object(t, `{`+tc.want+`,"transparency":"opaque","visibility":"default",
				"extendedProperties":{"private":{"figgosyncKey":"acme/leave-17","figgosyncRun":"1:`+fingerprint+`","figgosyncSource":"acme"}}}`)
			got := f.last()
			if diff := cmp.Diff(want, got.body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if got.verb != "PATCH" || got.header.Get("If-Match") != placed.Version || got.query["sendUpdates"][0] != "none" {
				t.Errorf("%s, If-Match %q, sendUpdates %q", got.verb, got.header.Get("If-Match"), got.query["sendUpdates"])
			}
			wantPlaced := placed
			wantPlaced.Version, wantPlaced.Fingerprint = `"2"`, fingerprint
			if diff := cmp.Diff(wantPlaced, updated); diff != "" {
				t.Errorf("placed (-want +got):\n%s", diff)
			}
		})
	}
}

// TestUpdateLeavesWhatIsTheirs: whatever the owner put into the event stays, also
// when it changed since it was found.
func TestUpdateLeavesWhatIsTheirs(t *testing.T) {
	t.Parallel()
	const theirs = `{"description":"mine","location":"Brest","colorId":"11","attendees":[{"email":"bob@corp.example"}],
		"reminders":{"useDefault":true},"attachments":[{"fileUrl":"https://example.com/a"}],"guestsCanModify":true,
		"source":{"url":"https://example.com","title":"x"},"sequence":3}`
	for name, write := range map[string]func(c *google.Calendar, placed calendars.Placed) error{
		"update": func(c *google.Calendar, placed calendars.Placed) error {
			_, err := c.Update(t.Context(), alice, placed, morning())
			return err
		},
		"update by id alone": func(c *google.Calendar, placed calendars.Placed) error {
			placed.Version = ""
			_, err := c.Update(t.Context(), alice, placed, morning())
			return err
		},
		"create again": func(c *google.Calendar, _ calendars.Placed) error {
			_, err := c.Create(t.Context(), alice, marker, morning(), "")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			c := f.open()
			placed := create(t, c, allDay())
			f.change(alice, placed.ID, func(event map[string]any) {
				merge(event, object(t, theirs))
				merge(event, properties(map[string]any{"theirs": "kept"}))
			})
			if err := write(c, placed); err != nil {
				t.Fatal(err)
			}
			want := object(t, theirs)
			want["extendedProperties"] = map[string]any{"private": map[string]any{
				"theirs": "kept", calendars.PropertyKey: "acme/leave-17", calendars.PropertyRun: "1:" + calendars.Fingerprint(morning()), calendars.PropertySource: "acme",
			}}
			want["start"] = object(t, `{"dateTime":"2026-02-02T09:00:00","timeZone":"Europe/Paris"}`)
			got := map[string]any{}
			for name := range want {
				got[name] = f.live(alice)[0][name]
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the event (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRefusedBeforeSending(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.open()
	timeless := morning()
	timeless.Zone = ""
	long := calendars.Marker{Key: calendars.Key{Source: "acme", Absence: strings.Repeat("9", 1024)}, Run: 1}
	noID := calendars.Placed{Marker: marker}
	_, zone := c.Create(t.Context(), alice, marker, timeless, "")
	_, tooLong := c.Create(t.Context(), alice, long, allDay(), "")
	_, find := c.Find(t.Context(), alice, long.Key)
	_, update := c.Update(t.Context(), alice, noID, allDay())
	for code, err := range map[string]error{
		"no-time-zone": zone, "key-too-long": tooLong, "no-event-id": update,
	} {
		wantInvalid(t, err, code)
	}
	wantInvalid(t, find, "key-too-long")
	wantInvalid(t, c.Delete(t.Context(), alice, noID), "no-event-id")
	if log := f.log(); log != nil {
		t.Errorf("sent %q", log)
	}
}

func object(t testing.TB, text string) map[string]any {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return o
}
