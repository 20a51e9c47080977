package graph_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/figgosync/figgosync/internal/calendars/windowszones"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

func TestViews(t *testing.T) {
	t.Parallel()
	mauritius := "Mauritius Standard Time"
	tests := map[string]struct {
		email string
		event map[string]any
		want  mailboxes.View
	}{
		"timed": {anna, with(timed(), "sensitivity", "confidential"),
			mailboxes.View{Start: "2026-10-05T09:00", End: "2026-10-05T12:00", ShowAs: "oof", Private: true}},
		"timed, given elsewhere": {ravi, timed(),
			mailboxes.View{Start: "2026-10-05T11:00", End: "2026-10-05T14:00", ShowAs: "oof"}},
		"all day at home": {anna, allDay("2026-10-05", "2026-10-08", paris),
			mailboxes.View{Start: "2026-10-05", End: "2026-10-08", AllDay: true, ShowAs: "busy"}},
		"all day across the clock change": {anna, allDay("2026-10-24", "2026-10-27", "W. Europe Standard Time"),
			mailboxes.View{Start: "2026-10-24", End: "2026-10-27", AllDay: true, ShowAs: "busy"}},
		"all day at home, on the island": {ravi, allDay("2026-10-05", "2026-10-06", mauritius),
			mailboxes.View{Start: "2026-10-05", End: "2026-10-06", AllDay: true, ShowAs: "busy"}},
		// The zone bugs: midnights of another zone touch two days.
		"all day in UTC, in Paris": {anna, allDay("2026-10-05", "2026-10-06", "UTC"),
			mailboxes.View{Start: "2026-10-05", End: "2026-10-07", AllDay: true, ShowAs: "busy"}},
		"all day in Paris, on the island": {ravi, allDay("2026-10-05", "2026-10-06", paris),
			mailboxes.View{Start: "2026-10-05", End: "2026-10-07", AllDay: true, ShowAs: "busy"}},
		"all day on the island, in Paris": {anna, allDay("2026-10-05", "2026-10-06", mauritius),
			mailboxes.View{Start: "2026-10-04", End: "2026-10-06", AllDay: true, ShowAs: "busy"}},
		"tentative and marked": {anna, with(timed(), "showAs", "tentative", "singleValueExtendedProperties", property(keyID, "x")),
			mailboxes.View{Start: "2026-10-05T09:00", End: "2026-10-05T12:00", ShowAs: "tentative", Status: "tentative", Marked: true}},
		"marked by someone else": {anna, with(timed(), "singleValueExtendedProperties", property("String {7b1f0c52-6d0e-4f0c-9c55-5b0d6f1e7a21} Name other", "x")),
			mailboxes.View{Start: "2026-10-05T09:00", End: "2026-10-05T12:00", ShowAs: "oof"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			w.create(test.email, test.event)
			test.want.Subject, test.want.TimeZone = "Absent", map[string]string{anna: "Europe/Paris", ravi: "Indian/Reunion"}[test.email]
			if test.want.Status == "" {
				test.want.Status = "confirmed"
			}
			if diff := cmp.Diff([]mailboxes.View{test.want}, w.views(test.email)); diff != "" {
				t.Errorf("views (-want +got):\n%s", diff)
			}
		})
	}
}

// An all-day event in the mailbox's own zone is seen on its own days, also where
// midnight is skipped or comes twice.
func TestAllDayAtHomeKeepsItsDays(t *testing.T) {
	t.Parallel()
	zones := []string{"Europe/Paris", "Indian/Reunion", "America/Havana", "Africa/Cairo", "Asia/Beirut", "America/Santiago", "America/Asuncion",
		"Asia/Amman", "Pacific/Apia", "Pacific/Auckland", "Asia/Kathmandu", "America/St_Johns", "Asia/Tehran", "Africa/Casablanca"}
	w := newWorld(t, nil)
	for _, zone := range zones {
		w.store.Add(mailboxes.Mailbox{Email: mailboxIn(zone), System: mailboxes.Graph, Zone: zone})
	}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		windows, ok := windowszones.FromIANA(zone)
		if !ok {
			t.Fatalf("%s has no Windows name", zone)
		}
		first := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 365*12).Draw(t, "day"))
		until := first.AddDate(0, 0, rapid.IntRange(1, 400).Draw(t, "days"))
		start, end := first.Format(time.DateOnly), until.Format(time.DateOnly)
		id, err := w.service.UserCreate(mailboxIn(zone), allDay(start, end, windows))
		if err != nil {
			t.Fatal(err)
		}
		views, err := w.store.Views(mailboxIn(zone))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.service.UserPurge(mailboxIn(zone), id); err != nil {
			t.Fatal(err)
		}
		if len(views) != 1 || views[0].Start != start || views[0].End != end {
			t.Fatalf("%s to %s in %s shows as %+v", start, end, zone, views)
		}
	})
}

// Days whose midnight a clock change skips, as first day and as exclusive end.
func TestAllDayWhereMidnightIsSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for zone, day := range map[string]string{
		"America/Havana": "2026-03-08", "America/Santiago": "2026-09-06", "Africa/Cairo": "2026-04-24", "Asia/Beirut": "2026-03-29",
	} {
		w.store.Add(mailboxes.Mailbox{Email: mailboxIn(zone), System: mailboxes.Graph, Zone: zone})
		windows, _ := windowszones.FromIANA(zone)
		skipped, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		before, after := skipped.AddDate(0, 0, -1).Format(time.DateOnly), skipped.AddDate(0, 0, 1).Format(time.DateOnly)
		w.create(mailboxIn(zone), allDay(day, after, windows))
		w.create(mailboxIn(zone), allDay(before, day, windows))
		views := w.views(mailboxIn(zone))
		if views[0].Start != day || views[0].End != after || views[1].Start != before || views[1].End != day {
			t.Errorf("%s around %s: %+v", zone, day, views)
		}
	}
}

func mailboxIn(zone string) string { return fmt.Sprintf("%x@example.com", zone) }
