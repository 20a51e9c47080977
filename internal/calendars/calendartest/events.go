package calendartest

import (
	"fmt"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
)

// The days the cases use: a Monday and what follows.
const (
	monday    = "2026-03-02"
	tuesday   = "2026-03-03"
	wednesday = "2026-03-04"
	thursday  = "2026-03-05"
	friday    = "2026-03-06"
	nextWeek  = "2026-03-09"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func date(text string) absence.Date { return must(absence.ParseDate(text)) }

// days is an approved absence of whole days, both inclusive.
func days(from, to string) absence.Absence {
	return must(absence.FromPeriod(date(from), absence.Morning, date(to), absence.Afternoon, true))
}

// half is an approved half-day.
func half(day string, part absence.Part) absence.Absence {
	return must(absence.FromPeriod(date(day), part, date(day), part, true))
}

// pending is the same absence awaiting approval.
func pending(a absence.Absence) absence.Absence {
	a = a.Normalize()
	for i := range a.HalfDays {
		a.HalfDays[i].Confirmed = false
	}
	return a
}

// several is one absence with the half-days of all.
func several(parts ...absence.Absence) absence.Absence {
	var whole absence.Absence
	for _, part := range parts {
		whole.HalfDays = append(whole.HalfDays, part.HalfDays...)
	}
	return whole.Normalize()
}

// none is a deleted absence.
var none absence.Absence

// eventsIn are the events of the absence of somebody who lives in zone.
func eventsIn(zone string, a absence.Absence, change ...func(*absence.Policy)) []absence.Event {
	policy := absence.DefaultPolicy()
	for _, c := range change {
		c(&policy)
	}
	return must(absence.Events(a, zone, policy))
}

func titled(title string) func(*absence.Policy) {
	return func(p *absence.Policy) { p.Label = title }
}

// viewOf is what somebody sees of the event whose clocks show its zone, without
// the words that differ from system to system.
func viewOf(e absence.Event) View {
	view := View{Title: e.Title, AllDay: e.AllDay, Zone: e.Zone, Private: e.Private, Marked: true}
	view.Start, view.End = e.Start.String(), e.End.String()
	if e.AllDay {
		view.Start, view.End = e.Start.Date.String(), e.End.Date.String()
	}
	return view
}

// comparable turns the clock times of a timed view into instants: systems differ
// in the zone whose clocks they show.
func (v View) comparable() View {
	if !v.AllDay {
		v.Start, v.End = instant(v.Start, v.Zone), instant(v.End, v.Zone)
	}
	v.Zone = ""
	return v
}

func instant(clock, zone string) string {
	location, err := time.LoadLocation(zone)
	if err != nil {
		return fmt.Sprintf("%s in the unknown zone %q", clock, zone)
	}
	at, err := time.ParseInLocation("2006-01-02T15:04", clock, location)
	if err != nil {
		return fmt.Sprintf("%q, which is no time", clock)
	}
	return at.UTC().Format(time.RFC3339)
}
