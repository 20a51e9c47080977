package windowszones

import (
	"maps"
	"slices"
	"time"
)

// Rules are a time zone told by its offsets instead of its name, as Exchange tells
// that of a mailbox: SerializableTimeZone in EWS, customTimeZone in Graph
// (learn.microsoft.com/graph/api/resources/customtimezone).
type Rules struct {
	// Bias is how many minutes to add to standard time to get UTC: -60 in Paris.
	Bias int
	// Standard and Daylight are when each of the two begins; both zero where the
	// clocks never change.
	Standard, Daylight Change
}

// Change is the yearly moment at which the clocks change.
type Change struct {
	// Bias is what is added to Rules.Bias from then on, in minutes.
	Bias int
	// Month, Occurrence (1 to 4, 5 for the last) and Weekday name the day; Clock is
	// the time on the clocks before the change.
	Month      time.Month
	Occurrence int
	Weekday    time.Weekday
	Clock      time.Duration
}

// Named returns the Windows id of a zone whose clocks show in that year what the
// rules say: prefer when it is one, else the first by name; they are alike. One
// that agrees at every hour goes before one that does at every noon, which some do
// whose clocks change at another hour of the day. ok is false when there is none.
func (r Rules) Named(year int, prefer string) (windows string, ok bool) {
	names := slices.Concat([]string{prefer}, slices.Sorted(maps.Keys(load().toIANA)))
	for _, step := range []time.Duration{time.Hour, 24 * time.Hour} {
		for _, name := range names {
			iana, known := ToIANA(name)
			loc, err := time.LoadLocation(iana)
			if known && err == nil && r.agrees(loc, year, step) {
				return name, true
			}
		}
	}
	return "", false
}

// agrees compares the two through the year, from its first noon on.
func (r Rules) agrees(loc *time.Location, year int, step time.Duration) bool {
	for at := time.Date(year, time.January, 1, 12, 0, 0, 0, time.UTC); at.Year() == year; at = at.Add(step) {
		if _, offset := at.In(loc).Zone(); offset != -60*r.biasAt(at) {
			return false
		}
	}
	return true
}

// biasAt is the bias that holds at an instant, in minutes.
func (r Rules) biasAt(at time.Time) int {
	standard, daylight := r.Bias+r.Standard.Bias, r.Bias+r.Daylight.Bias
	if r.Standard.Month == 0 || r.Daylight.Month == 0 {
		return r.Bias
	}
	begins := r.Daylight.in(at.Year()).Add(time.Duration(standard) * time.Minute)
	ends := r.Standard.in(at.Year()).Add(time.Duration(daylight) * time.Minute)
	summer := !at.Before(begins) && at.Before(ends)
	if ends.Before(begins) { // south of the equator
		summer = !at.Before(begins) || at.Before(ends)
	}
	if summer {
		return daylight
	}
	return standard
}

// in is the change of that year as the clocks show it, written in UTC.
func (c Change) in(year int) time.Time {
	first := time.Date(year, c.Month, 1, 0, 0, 0, 0, time.UTC)
	day := first.AddDate(0, 0, (int(c.Weekday-first.Weekday())+7)%7+7*(c.Occurrence-1))
	for day.Month() != first.Month() && day.After(first) {
		day = day.AddDate(0, 0, -7)
	}
	return day.Add(c.Clock)
}
