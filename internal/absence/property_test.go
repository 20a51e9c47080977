package absence_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"pgregory.net/rapid"
)

// interestingDays are where calendars go wrong: around leap days, year ends and
// summer-time changes of Europe, America and Australia, and the day Samoa skipped.
var interestingDays = []string{
	"2028-02-29", "2027-02-28", "2000-02-29", "2100-02-28", "2026-12-31", "2027-12-31", "2028-12-31",
	"2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-04-05", "2026-10-04", "2011-12-30",
}

func drawDay(t *rapid.T) absence.Date {
	return date(rapid.SampledFrom(interestingDays).Draw(t, "near")).AddDays(rapid.IntRange(-10, 10).Draw(t, "days from it"))
}

// drawAbsence draws half-days within three weeks, some of them hour-based.
func drawAbsence(t *rapid.T) absence.Absence {
	start := drawDay(t)
	var a absence.Absence
	for i := range rapid.IntRange(1, 40).Draw(t, "half-days") {
		if rapid.IntRange(0, 4).Draw(t, "hole") == 0 {
			continue
		}
		h := absence.HalfDay{Date: start.AddDays(i / 2), Part: absence.Morning, Confirmed: rapid.Bool().Draw(t, "confirmed")}
		if i%2 == 1 {
			h.Part = absence.Afternoon
		}
		if rapid.IntRange(0, 9).Draw(t, "in hours") == 0 {
			h.Minutes = rapid.IntRange(1, 1440).Draw(t, "minutes")
		}
		a.HalfDays = append(a.HalfDays, h)
	}
	for range rapid.IntRange(0, 4).Draw(t, "days off") {
		a.Off = append(a.Off, start.AddDays(rapid.IntRange(-1, 21).Draw(t, "off")))
	}
	return a
}

func drawPolicy(t *rapid.T) absence.Policy {
	p := absence.DefaultPolicy()
	p.WholeDay = rapid.SampledFrom([]absence.WholeDay{absence.AllDay, absence.TimeRange}).Draw(t, "whole day")
	clocks := rapid.SliceOfNDistinct(rapid.IntRange(0, 1440), 4, 4, rapid.ID).Draw(t, "hours")
	slices.Sort(clocks)
	p.Hours = absence.Hours{
		MorningStart: absence.Clock(clocks[0]), MorningEnd: absence.Clock(clocks[1]),
		AfternoonStart: absence.Clock(clocks[2]), AfternoonEnd: absence.Clock(clocks[3]),
	}
	return p
}

// minute counts the wall clock's minutes since 1970, as if no clock ever changed.
func minute(l absence.LocalTime) int {
	return date("1970-01-01").DaysUntil(l.Date)*1440 + int(l.Clock)
}

// halfMinutes is when a half-day starts and ends.
func halfMinutes(h absence.HalfDay, hours absence.Hours) (start, end int) {
	day := minute(absence.LocalTime{Date: h.Date})
	if h.Part == absence.Morning {
		return day + int(hours.MorningStart), day + int(hours.MorningEnd)
	}
	return day + int(hours.AfternoonStart), day + int(hours.AfternoonEnd)
}

func isOff(a absence.Absence, d absence.Date) bool {
	return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday || slices.Contains(a.Off, d)
}

func find(a absence.Absence, d absence.Date, part absence.Part) (absence.HalfDay, bool) {
	i := slices.IndexFunc(a.HalfDays, func(h absence.HalfDay) bool { return h.Date == d && h.Part == part })
	if i < 0 {
		return absence.HalfDay{Date: d, Part: part}, false
	}
	return a.HalfDays[i], true
}

// filled is the absence with the days whole that two amounts of hours fill.
func filled(a absence.Absence, hours absence.Hours) absence.Absence {
	halves := slices.Clone(a.HalfDays)
	for i, h := range halves {
		other := absence.Afternoon
		if h.Part == absence.Afternoon {
			other = absence.Morning
		}
		second, in := find(a, h.Date, other)
		amStart, amEnd := halfMinutes(absence.HalfDay{Date: h.Date, Part: absence.Morning}, hours)
		pmStart, pmEnd := halfMinutes(absence.HalfDay{Date: h.Date, Part: absence.Afternoon}, hours)
		if in && h.Minutes > 0 && second.Minutes > 0 && h.Minutes+second.Minutes >= amEnd-amStart+pmEnd-pmStart {
			halves[i].Minutes = 0
		}
	}
	a.HalfDays = halves
	return a
}

func TestEventsCoverTheSetAndNoOtherWorkingHalfDay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, p := drawAbsence(t), drawPolicy(t)
		events := eventsOf(t, a, p)
		a = filled(a, p.Hours)
		if a.IsEmpty() {
			equal(t, "events of nothing", 0, len(events))
			return
		}
		for d := a.FirstDay().AddDays(-2); !a.LastDay().AddDays(2).Before(d); d = d.AddDays(1) {
			for _, part := range []absence.Part{absence.Morning, absence.Afternoon} {
				h, in := find(a, d, part)
				switch {
				case in && h.Minutes > 0:
					start, _ := halfMinutes(h, p.Hours)
					end := min(start+h.Minutes, minute(absence.LocalTime{Date: d.AddDays(1)}))
					if !slices.ContainsFunc(events, func(e absence.Event) bool { return minute(e.Start) == start && minute(e.End) == end }) {
						t.Errorf("%s %s: no event of %d minutes from the start of the half in %q", d, part, h.Minutes, whens(events))
					}
				case in && !covered(events, h, p.Hours):
					t.Errorf("%s %s is in the absence and in no event of %q", d, part, whens(events))
				case !in && !isOff(a, d) && touched(a, events, h, p.Hours):
					t.Errorf("%s %s is a working half-day outside the absence and in an event of %q", d, part, whens(events))
				}
			}
		}
	})
}

// covered tells whether one event contains the whole half-day.
func covered(events []absence.Event, h absence.HalfDay, hours absence.Hours) bool {
	start, end := halfMinutes(h, hours)
	return slices.ContainsFunc(events, func(e absence.Event) bool { return minute(e.Start) <= start && minute(e.End) >= end })
}

// touched tells whether an event overlaps the half-day. Events of hour-based
// half-days are left aside: an amount larger than a half goes beyond it.
func touched(a absence.Absence, events []absence.Event, h absence.HalfDay, hours absence.Hours) bool {
	start, end := halfMinutes(h, hours)
	inHours := map[int]bool{}
	for i, run := range absence.Runs(a) {
		inHours[i+1] = run[0].Minutes > 0
	}
	return slices.ContainsFunc(events, func(e absence.Event) bool {
		return !inHours[e.Run] && minute(e.Start) < end && minute(e.End) > start
	})
}

// TestRunsAreWhatAReaderOfTheTimelineSees writes the absence as a line of signs
// and reads the runs off it with a regular expression.
func TestRunsAreWhatAReaderOfTheTimelineSees(t *testing.T) {
	t.Parallel()
	pattern := regexp.MustCompile(`h|x(?:o*x)*`)
	rapid.Check(t, func(t *rapid.T) {
		a := drawAbsence(t)
		var line strings.Builder
		for d := a.FirstDay(); !a.IsEmpty() && !a.LastDay().Before(d); d = d.AddDays(1) {
			for _, part := range []absence.Part{absence.Morning, absence.Afternoon} {
				switch h, in := find(a, d, part); {
				case in && h.Minutes > 0:
					line.WriteByte('h')
				case in:
					line.WriteByte('x')
				case isOff(a, d):
					line.WriteByte('o')
				default:
					line.WriteByte('.')
				}
			}
		}
		var want, got []string
		for _, run := range pattern.FindAllString(line.String(), -1) {
			want = append(want, strings.ReplaceAll(run, "o", ""))
		}
		for _, run := range absence.Runs(a) {
			text := strings.Repeat("x", len(run))
			if run[0].Minutes > 0 {
				text = "h"
			}
			got = append(got, text)
		}
		equal(t, "runs of "+line.String(), want, got)
	})
}

func TestEventsFollowEachOtherAndAreNeverEmpty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, p := drawAbsence(t), drawPolicy(t)
		runs, events := absence.Runs(filled(a, p.Hours)), eventsOf(t, a, p)
		equal(t, "one event a run", len(runs), len(events))
		for i, e := range events {
			equal(t, "number", i+1, e.Run)
			if e.Start.Compare(e.End) >= 0 {
				t.Errorf("%s starts no earlier than it ends", when(e))
			}
			if i > 0 && events[i-1].Start.Compare(e.Start) >= 0 {
				t.Errorf("%s is listed before %s", when(events[i-1]), when(e))
			}
			if e.Start.Clock > 1439 || e.End.Clock > 1439 {
				t.Errorf("%s has a clock no calendar knows", when(e))
			}
			pending := slices.ContainsFunc(runs[i], func(h absence.HalfDay) bool { return !h.Confirmed })
			equal(t, "tentative", pending, e.Status == absence.Pending)
			if e.AllDay {
				equal(t, "length in days", runs[i].FirstDay().DaysUntil(runs[i].LastDay())+1, e.Start.Date.DaysUntil(e.End.Date))
			}
		}
	})
}

func TestOrderAndRepetitionDoNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, p := drawAbsence(t), drawPolicy(t)
		want := eventsOf(t, a, p)
		mixed := a
		mixed.HalfDays = rapid.Permutation(slices.Concat(a.HalfDays, a.HalfDays)).Draw(t, "order")
		mixed.Off = rapid.Permutation(slices.Concat(a.Off, a.Off)).Draw(t, "order of days off")
		equal(t, "events", want, eventsOf(t, mixed, p))
	})
}

// TestThreeShapesGiveTheSameEvents: a period, as v5 tells it; its half-days one
// by one in any order, as the legacy webhook posts them; and sorted rows, as v3
// lists them.
func TestThreeShapesGiveTheSameEvents(t *testing.T) {
	t.Parallel()
	parts := rapid.SampledFrom([]absence.Part{absence.Morning, absence.Afternoon})
	rapid.Check(t, func(t *rapid.T) {
		first := drawDay(t)
		// Three days or more have a working day among them, so weekends go.
		last := first.AddDays(rapid.IntRange(2, 30).Draw(t, "length"))
		startPart, endPart := parts.Draw(t, "start part"), parts.Draw(t, "end part")
		confirmed, p := rapid.Bool().Draw(t, "confirmed"), drawPolicy(t)

		period, err := absence.FromPeriod(first, startPart, last, endPart, confirmed)
		if err != nil {
			t.Fatal(err)
		}
		var rows absence.Absence
		for d := first; !last.Before(d); d = d.AddDays(1) {
			for _, part := range []absence.Part{absence.Morning, absence.Afternoon} {
				outside := d == first && part < startPart || d == last && part > endPart
				weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
				if !outside && !weekend {
					rows.HalfDays = append(rows.HalfDays, absence.HalfDay{Date: d, Part: part, Confirmed: confirmed})
				}
			}
		}
		posts := absence.Absence{HalfDays: rapid.Permutation(rows.HalfDays).Draw(t, "posts")}
		want := eventsOf(t, period, p)
		equal(t, "v3 rows", want, eventsOf(t, rows, p))
		equal(t, "half-day posts", want, eventsOf(t, posts, p))
		equal(t, "one event for one period", 1, len(want))
	})
}

// TestNoZoneMakesAnEventLongerOrShorter tries every IANA zone on the days its
// own clocks change, on leap days and on year ends.
func TestNoZoneMakesAnEventLongerOrShorter(t *testing.T) {
	t.Parallel()
	ranges := absence.DefaultPolicy()
	ranges.WholeDay = absence.TimeRange
	for _, zone := range allZones(t) {
		days := append(clockChanges(t, zone, 2026, 2027), date("2028-02-29"), date("2026-12-31"))
		if zone == "Pacific/Apia" || zone == "Pacific/Kwajalein" {
			days = append(days, clockChanges(t, zone, 1993, 2012)...)
		}
		for _, day := range days {
			for _, length := range []int{1, 3} {
				checkZone(t, zone, day.AddDays(-length/2), length, absence.DefaultPolicy())
				checkZone(t, zone, day, length, ranges)
			}
		}
	}
}

// checkZone enters days whole days from first, weekends too, and fails unless
// they are shown from the first to the last of them.
func checkZone(t *testing.T, zone string, first absence.Date, days int, p absence.Policy) {
	t.Helper()
	var a absence.Absence
	for i := range days {
		a.HalfDays = append(a.HalfDays, halves(first.AddDays(i).String())...)
	}
	events, err := absence.Events(a, zone, p)
	if err != nil {
		t.Fatalf("%s: %v", zone, err)
	}
	want := absence.Event{
		Run: 1, Title: "Absent", AllDay: true, Zone: zone, Status: absence.Confirmed, ShowAs: absence.OutOfOffice,
		Start: absence.LocalTime{Date: first}, End: absence.LocalTime{Date: first.AddDays(days)},
	}
	if p.WholeDay == absence.TimeRange {
		want.AllDay = false
		want.Start.Clock = p.Hours.MorningStart
		want.End = absence.LocalTime{Date: first.AddDays(days - 1), Clock: p.Hours.AfternoonEnd}
	}
	if len(events) != 1 || events[0] != want {
		t.Errorf("%s, %d days from %s: %q", zone, days, first, whens(events))
	}
}
