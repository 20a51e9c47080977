package pages

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/web/texts"
)

var english = texts.Localizer{Lang: texts.English}

// monday is one.
var monday = absence.Date{Year: 2026, Month: time.March, Day: 9}

func at(day int, clock absence.Clock) absence.LocalTime {
	return absence.LocalTime{Date: monday.AddDays(day), Clock: clock}
}

func TestWeekHasWhatACalendarShows(t *testing.T) {
	t.Parallel()
	weeks := drawWeeks(english, calendars.Office365, []absence.Event{
		{Title: "day", AllDay: true, Start: at(0, 0), End: at(1, 0), ShowAs: absence.OutOfOffice, Status: absence.Confirmed},
		{Title: "morning", Start: at(2, 9*60), End: at(2, 12*60), ShowAs: absence.Tentative, Status: absence.Pending},
		{Title: "long", Start: at(1, 14*60), End: at(3, 12*60), ShowAs: absence.Busy, Private: true},
	})
	if len(weeks) != 1 || len(weeks[0].Days) != 5 {
		t.Fatalf("%d weeks, %+v", len(weeks), weeks)
	}
	week := weeks[0]
	want := []drawnBox{
		{Title: "day", Times: "All day", Bar: true, ShowAs: absence.OutOfOffice, X: 46, Y: 33, Width: 84, Height: 22},
		{Title: "long", Times: "Tue 10 14:00 – Thu 12 12:00", Bar: true, Timed: true, ShowAs: absence.Busy, Locked: true, X: 134, Y: 33, Width: 260, Height: 22},
		{Title: "morning", Times: "09:00–12:00", Timed: true, ShowAs: absence.Tentative, Tentative: true, X: 222, Y: week.GridTop + 20, Width: 84, Height: 60},
	}
	if diff := cmp.Diff(want, week.Boxes); diff != "" {
		t.Error(diff)
	}
	if week.Hours[0].Label != "08:00" || !strings.Contains(week.Title, "3 events") {
		t.Errorf("%+v, %q", week.Hours[0], week.Title)
	}
}

func TestGoogleKnowsBusyAndFreeOnly(t *testing.T) {
	t.Parallel()
	for _, value := range []absence.ShowAs{absence.Tentative, absence.Busy, absence.OutOfOffice, absence.Elsewhere} {
		if got := calendars.ShowsAs(calendars.Google, value); got != absence.Busy {
			t.Errorf("%s shows as %s", value, got)
		}
		if got := calendars.ShowsAs(calendars.Exchange, value); got != value {
			t.Errorf("%s shows as %s in Outlook", value, got)
		}
	}
	if calendars.ShowsAs(calendars.Google, absence.Free) != absence.Free {
		t.Error("free is not free")
	}
}

func TestEndsAtMidnightAreOfTheDayBefore(t *testing.T) {
	t.Parallel()
	late := absence.Event{Start: at(0, 20*60), End: at(1, 0)}
	if got := eventTimes(english, late); got != "20:00 – 24:00" {
		t.Error(got)
	}
	weekend := drawWeeks(english, calendars.Office365, []absence.Event{{AllDay: true, Start: at(4, 0), End: at(6, 0)}})
	if len(weekend[0].Days) != 7 || !weekend[0].Days[5].Weekend {
		t.Errorf("an event on Saturday draws %d days", len(weekend[0].Days))
	}
	if friday := drawWeeks(english, calendars.Office365, []absence.Event{{AllDay: true, Start: at(4, 0), End: at(5, 0)}}); len(friday[0].Days) != 5 {
		t.Error("an event of Friday draws a weekend")
	}
}

// Whatever the events, each is drawn in every week it touches, inside the
// drawing, and none lies on another.
func TestDrawingsHoldTheirEvents(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var events []absence.Event
		for range rapid.IntRange(1, 6).Draw(t, "events") {
			start := at(rapid.IntRange(-10, 20).Draw(t, "day"), absence.Clock(rapid.IntRange(0, 24*60-1).Draw(t, "from")))
			one := absence.Event{Title: "x", Start: start, End: absence.LocalTime{Date: start.Date.AddDays(rapid.IntRange(0, 12).Draw(t, "days")), Clock: absence.Clock(rapid.IntRange(0, 24*60-1).Draw(t, "to"))}}
			if one.AllDay = rapid.Bool().Draw(t, "all day"); one.AllDay {
				one.Start.Clock, one.End.Clock = 0, 0
			}
			if one.End.Compare(one.Start) <= 0 {
				one.End = absence.LocalTime{Date: one.Start.Date.AddDays(1)}
			}
			events = append(events, one)
		}
		weeks := drawWeeks(english, calendars.Office365, events)
		drawn := 0
		for _, week := range weeks {
			drawn += len(week.Boxes)
			for i, box := range week.Boxes {
				if box.X < drawnGutter || box.X+box.Width > week.Width || box.Y < week.StripTop || box.Width <= 0 || box.Height <= 0 {
					t.Fatalf("outside of %dx%d: %+v", week.Width, week.Height, box)
				}
				for _, other := range week.Boxes[i+1:] {
					if box.Bar == other.Bar && box.X < other.X+other.Width && other.X < box.X+box.Width && box.Y < other.Y+other.Height && other.Y < box.Y+box.Height &&
						box.Height > drawnHour/2 && other.Height > drawnHour/2 {
						t.Fatalf("%+v lies on %+v", box, other)
					}
				}
			}
		}
		if drawn < len(events) {
			t.Fatalf("%d events, %d boxes", len(events), drawn)
		}
	})
}
