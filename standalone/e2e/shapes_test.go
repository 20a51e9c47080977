package e2e_test

import (
	"fmt"
	"testing"
)

const (
	firstHalf  = "firstHalfDay"
	secondHalf = "secondHalfDay"
)

// part is one half of a day in days[].
func part(date, half string) leaveDay {
	return leaveDay{date, half, duration{"PT12H", 0.5, "days"}}
}

func everyShape(t *testing.T, p *Product, world *World) {
	friday, monday := day(2, 4), day(3, 0)
	fridayOff, mondayOff := day(4, 4), day(5, 0)
	for _, who := range shaped {
		shapes := []struct {
			name  string
			leave leave
			want  View
		}{
			{"a morning", leave{start: day(1, 0), end: day(1, 0), endPart: firstHalf, days: []leaveDay{part(day(1, 0), firstHalf)}},
				who.timed(day(1, 0)+"T09:00", day(1, 0)+"T12:00", true)},
			{"an afternoon", leave{start: day(1, 1), end: day(1, 1), startPart: secondHalf, days: []leaveDay{part(day(1, 1), secondHalf)}},
				who.timed(day(1, 1)+"T14:00", day(1, 1)+"T18:00", true)},
			{"hours", leave{start: day(1, 2), end: day(1, 2), endPart: firstHalf, days: []leaveDay{{day(1, 2), firstHalf, duration{"PT2H30M", 2.5, "hours"}}}},
				who.timed(day(1, 2)+"T09:00", day(1, 2)+"T11:30", true)},
			{"a weekend", leave{start: friday, end: monday, days: wholeDays(friday, monday)},
				who.allDay(friday, day(3, 1), true)},
			{"noon to noon over a weekend", leave{
				start: fridayOff, end: mondayOff, startPart: secondHalf, endPart: firstHalf,
				days: []leaveDay{part(fridayOff, secondHalf), part(mondayOff, firstHalf)},
			}, who.timed(fridayOff+"T14:00", mondayOff+"T12:00", true)},
		}
		t.Run(who.provider.word, func(t *testing.T) {
			t.Parallel()
			var want []View
			for _, shape := range shapes {
				l := shape.leave
				l.id, l.who = absenceID(), who
				p.Send(t, l.approved())
				want = append(want, shape.want)
			}
			world.WaitEvents(t, who, day(1, 0), day(5, 4), want...)
		})
	}
}

// A half-day taken out of the middle splits the event in two; put back, they are
// one again.
func aHole(t *testing.T, p *Product, world *World) {
	for _, who := range shaped {
		t.Run(who.provider.word, func(t *testing.T) {
			t.Parallel()
			var days [5]string
			for i := range days {
				days[i] = day(7, i)
			}
			saturday := day(7, 5)
			l := leave{id: absenceID(), who: who, start: days[0], end: days[4], days: wholeDays(days[:]...)}
			p.Send(t, l.approved())
			world.WaitEvents(t, who, days[0], saturday, who.allDay(days[0], saturday, true))

			split := l
			split.days = append(append(wholeDays(days[0], days[1]), part(days[2], firstHalf)), wholeDays(days[3], days[4])...)
			p.Send(t, split.edited())
			world.WaitEvents(t, who, days[0], saturday,
				who.timed(days[0]+"T09:00", days[2]+"T12:00", true), who.allDay(days[3], saturday, true))

			l.edits = 1
			p.Send(t, l.edited())
			world.WaitEvents(t, who, days[0], saturday, who.allDay(days[0], saturday, true))
		})
	}
}

// The same by posts of half-days: a day is taken out, as by sickness in the middle of
// holidays, and approved anew later. The days that stay are never missing.
func aHoleOfHalfDays(t *testing.T, p *Product, world *World) {
	for i, who := range documented {
		t.Run(who.provider.word, func(t *testing.T) {
			t.Parallel()
			days, period := []string{day(12, 1), day(12, 2), day(12, 3)}, absenceID()
			after := day(12, 4)
			send := func(event string, change func(map[string]any), dates ...string) {
				for _, date := range dates {
					for _, part := range []string{"AM", "PM"} {
						body := object(string(halfDay{period, date, part, 134 + i, who.email}.post(event)))
						change(body)
						p.Post(t, event, encode(body))
					}
				}
			}
			asIs := func(map[string]any) {}
			send("approved", asIs, days...)
			world.WaitEvents(t, who, days[0], after, who.allDay(days[0], after, true))
			watch := world.Watch(t, who.email, days[0], days[2])
			send("deleted", asIs, days[1])
			world.WaitEvents(t, who, days[0], after, who.allDay(days[0], days[1], true), who.allDay(days[2], after, true))
			send("approved", func(body map[string]any) { body["confirmationDate"] = "2026-04-06T09:00:00" }, days[1])
			world.WaitEvents(t, who, days[0], after, who.allDay(days[0], after, true))
			watch.AlwaysShown(t, days[0], days[2])
		})
	}
}

// An absence entered after the fact ended longer ago than figgosync keeps one in
// mind. An outdated change of it is outdated all the same.
func anOldAbsence(t *testing.T, p *Product, world *World) {
	for i, who := range documented {
		t.Run(who.provider.word, func(t *testing.T) {
			t.Parallel()
			date, after := "2025-03-10", "2025-03-11"
			l := oneDay(who, date)
			p.Send(t, l.approved())
			world.WaitEvents(t, who, date, after, who.allDay(date, after, true))
			p.WaitStatus(t, l.id, "synced")
			p.Send(t, l.created())
			eventually(t, fmt.Sprintf("the late change %d is dealt with", i), func() error { return heard(p, l.id, 2) })
			if err := world.Shows(who, date, after, who.allDay(date, after, true)); err != nil {
				t.Errorf("after a late change of the request: %v", err)
			}
			p.Send(t, l.deleted())
			world.WaitEvents(t, who, date, after)
			p.WaitStatus(t, l.id, "deleted")
			p.Send(t, l.approved())
			eventually(t, "the late approval is dealt with", func() error { return heard(p, l.id, 4) })
			if err := world.Shows(who, date, after); err != nil {
				t.Errorf("after a late approval: %v", err)
			}
		})
	}
}

// heard tells whether an absence's story has taken in so many changes.
func heard(p *Product, id string, want int) error {
	standing, err := p.Absence(id, "en")
	if err != nil {
		return err
	}
	count := 0
	for _, entry := range standing.Story {
		if entry.Event == "received" || entry.Event == "outdated" {
			count++
		}
	}
	if count < want {
		return fmt.Errorf("its story has %d changes, want %d", count, want)
	}
	return nil
}
