package calendartest

import (
	"errors"
	"fmt"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// lifeCases are what happens to absences by themselves.
func lifeCases() []testCase {
	return []testCase{
		{name: "create all-day", run: func(s *stage) { s.apply(s.events(days(monday, friday))) }},
		{name: "create a half-day", run: func(s *stage) {
			s.apply(s.events(half(monday, absence.Afternoon)))
		}},
		{name: "several runs", run: func(s *stage) {
			s.apply(s.events(severalRuns()))
		}},
		{name: "fewer runs, then more", run: fewerThenMore},
		{name: "pending to confirmed", run: func(s *stage) {
			s.inPlace(s.events(pending(days(monday, friday))), s.events(days(monday, friday)))
		}},
		{name: "change of title", run: func(s *stage) {
			s.inPlace(s.events(days(monday, friday)), s.events(days(monday, friday), titled("Congés payés")))
		}},
		{name: "change of dates", run: func(s *stage) {
			s.inPlace(s.events(days(monday, friday)), s.events(days(wednesday, nextWeek)),
				s.events(days(monday, monday)))
		}},
		{name: "whole day to half-day and back", run: func(s *stage) {
			day, afternoon := s.events(days(monday, monday)), s.events(half(monday, absence.Afternoon))
			s.inPlace(day, afternoon, day, afternoon)
		}},
		{name: "one absence of many changes", run: manyChanges},
		{name: "the same twice writes nothing", run: sameTwice},
		{name: "rewrite of what is right", run: func(s *stage) {
			first := s.apply(s.events(severalRuns()))
			again := s.apply(s.events(severalRuns()), true)
			s.sameIDs(first, again)
		}},
		{name: "delete", run: func(s *stage) {
			s.apply(s.events(severalRuns()))
			if result := s.apply(nil); result.Deleted != 2 {
				s.Errorf("%d events were deleted instead of 2", result.Deleted)
			}
		}},
		{name: "delete twice", run: deleteTwice},
		{name: "delete what never was", run: func(s *stage) {
			if result := s.apply(nil); result.Writes() != 0 {
				s.Errorf("%d writes to delete nothing", result.Writes())
			}
		}},
		{name: "recreate after delete, three times", run: func(s *stage) {
			for range 3 {
				s.apply(s.events(severalRuns()))
				s.apply(nil)
			}
			s.apply(s.events(severalRuns()))
		}},
		{name: "another mailbox has it too", run: anotherMailbox},
		{name: "a creation sent again", lacks: needs("recognizing repeated creations",
			func(h Harness) bool { return h.TellsRepeats }), run: sentAgain},
	}
}

// severalRuns is a day, a working day between, and a half-day.
func severalRuns() absence.Absence {
	return several(days(monday, tuesday), half(thursday, absence.Morning))
}

// inPlace applies one version after another and wants the same event each time.
func (s *stage) inPlace(versions ...[]absence.Event) {
	s.Helper()
	first := s.apply(versions[0])
	for _, version := range versions[1:] {
		result := s.apply(version)
		if result.Updated != len(version) || result.Writes() != result.Updated {
			s.Errorf("not changed in place: %d created, %d updated, %d deleted", result.Created, result.Updated,
				result.Deleted)
		}
		s.sameIDs(first, result)
	}
}

// sameIDs wants the events of both to be the same ones. All three systems keep
// an event's id when it is changed in place.
func (s *stage) sameIDs(a, b calendars.Result) {
	s.Helper()
	for i := range min(len(a.Events), len(b.Events)) {
		if a.Events[i].ID != b.Events[i].ID {
			s.Errorf("event %d has another id than before", i+1)
		}
	}
}

func fewerThenMore(s *stage) {
	monday, wednesday, friday := days(monday, monday), half(wednesday, absence.Afternoon), days(friday, friday)
	s.apply(s.events(several(monday, wednesday, friday)))
	s.apply(s.events(wednesday)) // it was run 2 and is run 1 now
	s.apply(s.events(several(monday, friday)))
	s.apply(s.events(several(monday, wednesday, friday)))
	s.apply(s.events(friday))
}

func manyChanges(s *stage) {
	s.apply(s.events(pending(days(monday, friday))))
	s.apply(s.events(pending(half(monday, absence.Morning))))
	s.apply(s.events(several(half(monday, absence.Morning), days(wednesday, friday))))
	s.apply(s.events(several(half(monday, absence.Morning), pending(days(thursday, friday))), titled("RTT")))
	s.apply(nil)
	s.apply(s.events(days(nextWeek, nextWeek), func(p *absence.Policy) { p.WholeDay = absence.TimeRange }))
	s.apply(s.events(days(nextWeek, nextWeek)))
}

func sameTwice(s *stage) {
	events := s.events(severalRuns())
	s.apply(events)
	result := s.apply(events)
	if result.Unchanged != len(events) || result.Writes() != 0 {
		s.Errorf("the second Apply: %+v", result)
	}
	for i, placed := range result.Events {
		if placed.Fingerprint != calendars.Fingerprint(events[i]) ||
			placed.Marker != (calendars.Marker{Key: s.key, Run: i + 1}) {
			s.Errorf("event %d is said to stand as %+v", i+1, placed)
		}
	}
}

func deleteTwice(s *stage) {
	s.apply(s.events(days(monday, friday)))
	found := s.find(s.key)
	if len(found) != 1 {
		s.Fatalf("Find returns %d events instead of 1", len(found))
	}
	s.apply(nil)
	s.apply(nil)
	for range 2 {
		for _, version := range []string{found[0].Version, ""} {
			placed := found[0]
			placed.Version = version
			err := s.Calendar.Delete(s.Context(), s.Mailbox, placed)
			if _, gone := errors.AsType[*calendars.Gone](err); err != nil && !gone {
				s.Errorf("Delete of what is gone: %v", err)
			}
		}
	}
	s.stands(nil)
}

// anotherMailbox: a person who changes company keeps the absence's key.
func anotherMailbox(s *stage) {
	events := s.events(severalRuns())
	s.apply(events)
	s.AddMailbox("paul.next@example.com", s.Zone)
	if _, err := calendars.Apply(s.Context(), s.Calendar, "paul.next@example.com", s.key, events,
		calendars.Options{Token: "next"}); err != nil {
		s.Fatalf("Apply to the other mailbox: %v", err)
	}
	s.standsIn("paul.next@example.com", events, nil)
	s.apply(nil)
	s.standsIn("paul.next@example.com", events, nil)
}

// sentAgain: Create alone, without the Find before it that Apply never omits.
func sentAgain(s *stage) {
	event := s.events(days(monday, friday))[0]
	var ids []string
	for range 3 {
		placed, err := s.Calendar.Create(s.Context(), s.Mailbox, calendars.Marker{Key: s.key, Run: 1}, event,
			"one token")
		if err != nil {
			s.Fatalf("Create: %v", err)
		}
		ids = append(ids, placed.ID)
	}
	if ids[0] != ids[1] || ids[0] != ids[2] {
		s.Errorf("the same creation has the ids %q", ids)
	}
	s.stands([]absence.Event{event})
}

// appearanceCases are how events look.
func appearanceCases() []testCase {
	cases := []testCase{
		{name: "private and back", run: func(s *stage) {
			open := s.events(days(monday, friday))
			s.inPlace(open, s.events(days(monday, friday), func(p *absence.Policy) { p.Private = true }), open)
		}},
		{name: "show-as values", run: showAsValues},
		{name: "titles of all kinds", run: titles},
		{name: "all-day where midnight does not exist", run: noMidnight},
		{name: "timed in another zone than the mailbox's", run: func(s *stage) {
			s.apply(eventsIn("America/New_York", half("2026-03-09", absence.Afternoon)))
		}},
		{name: "change of zone", run: func(s *stage) {
			s.inPlace(eventsIn("Europe/Paris", half(monday, absence.Morning)),
				eventsIn("America/New_York", half(monday, absence.Morning)),
				eventsIn("Indian/Reunion", half(monday, absence.Afternoon)), s.events(days(monday, tuesday)))
		}},
		{name: "no attendees, no reminder, no text",
			lacks: needs("another client", func(h Harness) bool { return h.Details != nil }), run: bareEvents},
	}
	// Each zone with the days around the change of its clocks, if it has one.
	for _, zone := range []struct{ name, friday, monday string }{
		{"Europe/Paris", "2026-03-27", "2026-03-30"}, {"Europe/Zurich", "2026-10-23", "2026-10-26"},
		{"Indian/Reunion", "2026-03-27", "2026-03-30"}, {"America/New_York", "2026-03-06", "2026-03-09"},
	} {
		cases = append(cases, testCase{name: "zone " + zone.name,
			run: func(s *stage) { inZone(s, zone.name, zone.friday, zone.monday) }})
	}
	return cases
}

func showAsValues(s *stage) {
	for _, show := range []absence.ShowAs{absence.Free, absence.Tentative, absence.Busy, absence.OutOfOffice,
		absence.Elsewhere} {
		s.apply(s.events(days(monday, tuesday), func(p *absence.Policy) { p.ShowApproved = show }))
		s.apply(s.events(pending(half(monday, absence.Morning)), func(p *absence.Policy) { p.ShowPending = show }))
	}
}

func titles(s *stage) {
	long := ""
	for len([]rune(long)) < 255 {
		long += "é"
	}
	for _, title := range []string{
		`O'Brien's "quotes" & <b>é</b> ]]> %20 {{x}} \n ${y}`, "absente 🌴 漢字 עברית", "&amp; &#38; <!-- -->", "0",
		"null", long,
	} {
		s.apply(s.events(days(monday, tuesday), titled(title)))
	}
}

// inZone shows somebody's absences around the change of the clocks, in their own
// zone.
func inZone(s *stage, zone, friday, monday string) {
	s.Mailbox, s.Zone = fmt.Sprintf("in.%x@example.com", zone), zone
	s.AddMailbox(s.Mailbox, zone)
	s.furnish(neighbourKeys...)
	over := must(absence.FromPeriod(date(friday), absence.Afternoon, date(monday), absence.Morning, true))
	timeRange := func(p *absence.Policy) { p.WholeDay = absence.TimeRange }
	night := func(p *absence.Policy) {
		p.Hours = absence.Hours{MorningStart: 0, MorningEnd: 12 * 60, AfternoonStart: 12 * 60, AfternoonEnd: 24 * 60}
	}
	for _, events := range [][]absence.Event{
		s.events(half(friday, absence.Morning)), s.events(half(friday, absence.Afternoon)),
		s.events(half(monday, absence.Morning)),
		s.events(over), s.events(days(friday, monday)), s.events(days(friday, monday), timeRange),
		s.events(days(monday, monday)),
		s.events(over, night), s.events(half(monday, absence.Afternoon), night),
		s.events(days(friday, monday), timeRange, night),
	} {
		s.apply(events)
	}
}

// noMidnight: in these zones the clocks go from 24:00 to 1:00, so that the day
// begins at 1:00.
func noMidnight(s *stage) {
	for zone, day := range map[string]string{"Africa/Cairo": "2026-04-24", "America/Santiago": "2026-09-06",
		"Asia/Beirut": "2026-03-29"} {
		s.Mailbox, s.Zone = fmt.Sprintf("in.%x@example.com", zone), zone
		s.AddMailbox(s.Mailbox, zone)
		s.furnish(neighbourKeys...)
		s.apply(s.events(days(day, day)))
		s.apply(s.events(days(date(day).AddDays(-1).String(), date(day).AddDays(1).String())))
		s.apply(s.events(days(date(day).AddDays(-2).String(), date(day).AddDays(-1).String())))
	}
}

func bareEvents(s *stage) {
	s.apply(s.events(pending(severalRuns()), titled("Ours")))
	s.apply(s.events(severalRuns(), titled("Ours")))
	seen := 0
	for _, d := range s.Details(s.T, s.Mailbox) {
		if d.Title != "Ours" {
			continue
		}
		seen++
		if d.Attendees != 0 || d.Reminder || d.Body != "" {
			s.Errorf("the event has %d attendees, a reminder: %t, and the text %q", d.Attendees, d.Reminder, d.Body)
		}
	}
	if seen != 2 {
		s.Errorf("another client sees %d of our events instead of 2", seen)
	}
}
