package graph_test

import (
	"encoding/json"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// written is the part of a body that shows the event.
type written struct {
	Subject       string
	Start, End    struct{ DateTime, TimeZone string }
	IsAllDay      bool
	ShowAs        string
	Sensitivity   string
	TransactionID string `json:"transactionId"`
}

func transactionID(t testing.TB, body string) string {
	t.Helper()
	return parse(t, body).TransactionID
}

func parse(t testing.TB, body string) written {
	t.Helper()
	var w written
	if err := json.Unmarshal([]byte(body), &w); err != nil {
		t.Fatalf("body %q: %v", body, err)
	}
	return w
}

func TestEventsBecomeGraphEvents(t *testing.T) {
	t.Parallel()
	type times = struct{ DateTime, TimeZone string }
	for name, test := range map[string]struct {
		change func(*absence.Event)
		want   func(*written)
	}{
		"one day": {func(*absence.Event) {}, func(*written) {}},
		"a morning in Zurich": {
			func(e *absence.Event) {
				e.AllDay, e.Zone = false, "Europe/Zurich"
				e.Start.Clock, e.End = 9*60, absence.LocalTime{Date: e.Start.Date, Clock: 12*60 + 5}
			},
			func(w *written) {
				w.IsAllDay = false
				w.Start = times{"2026-03-28T09:00:00", "W. Europe Standard Time"}
				w.End = times{"2026-03-28T12:05:00", "W. Europe Standard Time"}
			},
		},
		"until midnight": {
			func(e *absence.Event) {
				e.AllDay = false
				e.Start.Clock, e.End = 14*60, absence.LocalTime{Date: e.Start.Date, Clock: 24 * 60}
			},
			func(w *written) {
				w.IsAllDay = false
				w.Start.DateTime = "2026-03-28T14:00:00"
			},
		},
		"over the change to summer time": {
			func(e *absence.Event) { e.End.Date = day(t, "2026-04-01") },
			func(w *written) { w.End.DateTime = "2026-04-01T00:00:00" },
		},
		"on Reunion": {
			func(e *absence.Event) { e.Zone = "Indian/Reunion" },
			func(w *written) {
				w.Start.TimeZone, w.End.TimeZone = "Mauritius Standard Time", "Mauritius Standard Time"
			},
		},
		"free":      {func(e *absence.Event) { e.ShowAs = absence.Free }, func(w *written) { w.ShowAs = "free" }},
		"tentative": {func(e *absence.Event) { e.ShowAs, e.Status = absence.Tentative, absence.Pending }, func(w *written) { w.ShowAs = "tentative" }},
		"busy":      {func(e *absence.Event) { e.ShowAs = absence.Busy }, func(w *written) { w.ShowAs = "busy" }},
		"elsewhere": {func(e *absence.Event) { e.ShowAs = absence.Elsewhere }, func(w *written) { w.ShowAs = "workingElsewhere" }},
		"private":   {func(e *absence.Event) { e.Private = true }, func(w *written) { w.Sensitivity = "private" }},
		"title":     {func(e *absence.Event) { e.Title = "Congés \"payés\" <é> \u2028" }, func(w *written) { w.Subject = "Congés \"payés\" <é> \u2028" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			event := allDay(t, "2026-03-28", "2026-03-29")
			test.change(&event)
			want := written{Subject: "Absent", IsAllDay: true, ShowAs: "oof", Sensitivity: "normal",
				Start: times{"2026-03-28T00:00:00", "Romance Standard Time"}, End: times{"2026-03-29T00:00:00", "Romance Standard Time"}}
			test.want(&want)
			f := newFake(t, always(200, `{"id":"A"}`))
			if _, err := f.calendar().Update(t.Context(), mailbox, placed, event); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, parse(t, f.requests()[0].Body)); diff != "" {
				t.Errorf("written (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEventsGraphCannotShowAreInvalid(t *testing.T) {
	t.Parallel()
	f := newFake(t, always(201, `{"id":"A"}`))
	cal := f.calendar()
	for want, change := range map[string]func(*absence.Event){
		"time-zone": func(e *absence.Event) { e.Zone = "Mars/Olympus" },
		"show-as":   func(e *absence.Event) { e.ShowAs = "invisible" },
	} {
		event := allDay(t, "2026-02-02", "2026-02-03")
		change(&event)
		_, create := cal.Create(t.Context(), mailbox, marker, event, "v1")
		_, update := cal.Update(t.Context(), mailbox, placed, event)
		for _, err := range []error{create, update} {
			if diff := cmp.Diff(&calendars.Invalid{Code: want}, err); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		}
	}
	if n := len(f.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// Whatever the dates, what is written reads back as the same wall-clock times:
// no time zone arithmetic may touch them.
func TestTimesAreWrittenAsTheWallClockShowsThem(t *testing.T) {
	t.Parallel()
	f := newFake(t, always(200, `{"id":"A"}`))
	cal := f.calendar()
	sent := 0
	rapid.Check(t, func(rt *rapid.T) {
		event := allDay(t, "2026-01-01", "2026-01-02")
		event.AllDay = false
		event.Zone = rapid.SampledFrom([]string{"Europe/Paris", "Pacific/Apia", "America/St_Johns", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"}).Draw(rt, "zone")
		event.Start.Date = event.Start.Date.AddDays(rapid.IntRange(-40000, 40000).Draw(rt, "day"))
		event.Start.Clock = absence.Clock(rapid.IntRange(0, 24*60-1).Draw(rt, "start"))
		event.End.Date = event.Start.Date.AddDays(rapid.IntRange(0, 400).Draw(rt, "days"))
		event.End.Clock = absence.Clock(rapid.IntRange(0, 24*60).Draw(rt, "end"))
		if _, err := cal.Update(t.Context(), mailbox, placed, event); err != nil {
			rt.Fatal(err)
		}
		got := parse(t, f.requests()[sent].Body)
		sent++
		for text, want := range map[string]absence.LocalTime{got.Start.DateTime: event.Start, got.End.DateTime: event.End} {
			read, err := time.Parse("2006-01-02T15:04:05", text)
			if err != nil {
				rt.Fatal(err)
			}
			minutes := int(read.Sub(time.Date(want.Date.Year, want.Date.Month, want.Date.Day, 0, 0, 0, 0, time.UTC)) / time.Minute)
			if minutes != int(want.Clock) {
				rt.Fatalf("%s is %d minutes after %s 00:00, want %d", text, minutes, want.Date, want.Clock)
			}
		}
	})
}
