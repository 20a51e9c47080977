package exchange

import (
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a service must know its zones on any machine

	"github.com/figgosync/figgosync/internal/calendars/windowszones"
)

var locations sync.Map // Windows id -> *time.Location

// zone returns the clocks of a Windows time-zone id.
func zone(windows string) (*time.Location, *itemError) {
	if known, ok := locations.Load(windows); ok {
		return known.(*time.Location), nil
	}
	iana, ok := windowszones.ToIANA(windows)
	if !ok {
		return nil, &itemError{code: "ErrorTimeZone", message: "The specified time zone isn't valid."}
	}
	location, err := time.LoadLocation(iana)
	if err != nil {
		return nil, &itemError{code: "ErrorTimeZone", message: "The specified time zone isn't valid."}
	}
	locations.Store(windows, location)
	return location, nil
}

// instant reads an xs:dateTime the schema has accepted. A Z or an offset always
// wins; without one the clocks of without decide
// (learn.microsoft.com/exchange/client-developer/exchange-web-services/time-zones-and-ews-in-exchange, table 2).
func instant(value string, without *time.Location) time.Time {
	const local = time.DateOnly + "T" + time.TimeOnly
	value = strings.TrimSpace(value)
	if t, err := time.Parse(local+"Z07:00", value); err == nil {
		return t.UTC()
	}
	t, _ := time.ParseInLocation(local, value, without)
	if wall, _ := time.Parse(local, value); wall.Format(local) != t.Format(local) {
		return afterGap(t)
	}
	return t.UTC()
}

// afterGap returns the instant to which the clocks jumped over a time they never
// showed. Go may read such a time as one of the day before.
func afterGap(t time.Time) time.Time {
	start, end := t.ZoneBounds()
	if !end.IsZero() && end.Sub(t) < 24*time.Hour {
		return end.UTC()
	}
	return start.UTC()
}

// midnight returns the first instant of t's day on its own clocks, which is not
// 00:00 where summer time begins at midnight.
func midnight(t time.Time) time.Time {
	year, month, day := t.Date()
	start := time.Date(year, month, day, 0, 0, 0, 0, t.Location())
	for start.Day() != day {
		start = start.Add(30 * time.Minute)
	}
	return start
}

// midnightFrom returns t if it is the first instant of a day, else the next one.
func midnightFrom(t time.Time) time.Time {
	start := midnight(t)
	if start.Equal(t) {
		return start
	}
	year, month, day := t.Date()
	return midnight(time.Date(year, month, day+1, 12, 0, 0, 0, t.Location()))
}

// sameClock moves an instant so that its wall clock in to shows what it showed
// in from.
func sameClock(t time.Time, from, to *time.Location) time.Time {
	local := t.In(from)
	year, month, day := local.Date()
	hour, minute, second := local.Clock()
	return time.Date(year, month, day, hour, minute, second, 0, to).UTC()
}
