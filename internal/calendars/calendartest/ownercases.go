package calendartest

import (
	"errors"
	"slices"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

var (
	canDuplicate = capability{"copying an event", func(h Harness) bool { return h.Person.Duplicate != nil }}
	canAnnotate  = capability{"an owner's additions", func(h Harness) bool {
		return h.Person.Annotate != nil && h.Person.Annotations != nil
	}}
	canSayGone = capability{"a spurious answer that an event is not there",
		func(h Harness) bool { return h.SayGone != nil }}
)

// ownerCases are about what belongs to the calendar's owner, and about events that
// a system says are not there although they are.
func ownerCases() []testCase {
	return []testCase{
		{name: "a copy of the owner's outlives all changes", needs: canDuplicate, run: copyIsKept},
		{name: "a copy of a new event, with its id known", needs: canDuplicate, run: copyOfNew},
		{name: "a copy is not adopted when the original is gone", needs: canDuplicate, lacks: canBin,
			run: copyStaysACopy},
		{name: "what the owner added stays", needs: canAnnotate, run: additionsStay},
		{name: "what the owner added before another place was cleared stays", needs: canAnnotate,
			run: additionsOutliveClearing},
		{name: "a spurious answer that an update's event is gone", needs: canSayGone, run: spuriousUpdate},
		{name: "a spurious answer that a deletion's event is gone", needs: canSayGone, run: spuriousDelete},
		{name: "whole days to a morning and back", run: func(s *stage) {
			day, morning := s.events(days(monday, monday)), s.events(half(monday, absence.Morning))
			week, private := s.events(days(monday, friday)), func(p *absence.Policy) { p.Private = true }
			s.inPlace(day, morning, day, morning, week, morning, week, s.events(half(monday, absence.Morning), private),
				day)
		}},
	}
}

// duplicate has the owner copy an event of ours; the copy is a neighbour from now
// on, which nothing may touch.
func (s *stage) duplicate(placed calendars.Placed) {
	s.Helper()
	left := sorted(s.Views(s.T, s.Mailbox))
	s.Person.Duplicate(s.T, s.Mailbox, placed.ID)
	made := slices.DeleteFunc(s.Views(s.T, s.Mailbox), func(v View) bool {
		i := slices.Index(left, v.comparable())
		if i >= 0 {
			left = slices.Delete(left, i, i+1)
		}
		return i >= 0
	})
	if len(made) != 1 {
		s.Fatalf("the harness's Duplicate makes %d events", len(made))
	}
	s.neighbours = append(slices.Clone(s.neighbours), made...)
}

// copyIsKept: copies of events that were changed at least once, with the ids of
// ours known and without, which is how a search with an empty memory begins.
func copyIsKept(s *stage) {
	for _, remembers := range []bool{false, true} {
		s.remembers = remembers
		s.apply(s.events(pending(severalRuns())))
		result := s.apply(s.events(severalRuns()))
		for _, placed := range result.Events {
			s.duplicate(placed)
		}
		s.sameIDs(result, s.apply(s.events(severalRuns(), titled("RTT"))))
		s.sameIDs(result, s.apply(s.events(several(days(wednesday, thursday), half(nextWeek, absence.Morning)))))
		s.sameIDs(result, s.apply(s.events(severalRuns()), true))
		s.duplicate(result.Events[1])
		s.apply(s.events(days(monday, friday)))
		s.apply(s.events(severalRuns()))
		s.apply(nil)
		s.apply(nil)
		s.apply(s.events(severalRuns()))
		s.apply(nil)
	}
}

// copyOfNew: where the marker is not bound before the first change, the known id
// tells the original.
func copyOfNew(s *stage) {
	s.remembers = true
	result := s.apply(s.events(pending(days(monday, friday))))
	s.duplicate(result.Events[0])
	s.sameIDs(result, s.apply(s.events(pending(days(monday, friday)))))
	s.sameIDs(result, s.apply(s.events(days(monday, friday))))
	s.sameIDs(result, s.apply(s.events(days(monday, thursday)), true))
	s.apply(nil)
	s.apply(nil)
	s.key, s.known = calendars.Key{Source: "demo", Absence: "4712"}, nil
	result = s.apply(s.events(days(nextWeek, nextWeek)))
	s.duplicate(result.Events[0])
	s.apply(nil)
}

func copyStaysACopy(s *stage) {
	s.apply(s.events(pending(days(monday, friday))))
	result := s.apply(s.events(days(monday, friday)))
	s.duplicate(result.Events[0])
	s.bin(result)
	s.apply(s.events(days(monday, thursday)))
	s.apply(nil)
}

// additionsOutliveClearing: two connections to one mailbox, and a move from one mailbox to
// another. The owner edits the event just written before the place it moved from is
// cleared.
func additionsOutliveClearing(s *stage) {
	const second = "second@example.com"
	events := s.events(days(monday, friday))
	result := s.apply(events)
	s.Person.Annotate(s.T, s.Mailbox, result.Events[0].ID)
	added := s.Person.Annotations(s.T, s.Mailbox, result.Events[0].ID)
	old := s.Open(s.T, timeout)
	clear := func(mailbox string) {
		opts := calendars.Options{Token: s.token(), KeepAt: &calendars.Spot{Calendar: s.Calendar, Mailbox: s.Mailbox}}
		for _, p := range result.Events {
			opts.Keep = append(opts.Keep, calendars.Kept(s.Provider, p.ID, p.Version))
		}
		if _, err := calendars.Apply(s.Context(), old, mailbox, s.key, nil, opts); err != nil {
			s.Fatalf("clear: %v", err)
		}
		s.stands(events)
		if diff := cmp.Diff(added, s.Person.Annotations(s.T, s.Mailbox, result.Events[0].ID)); diff != "" {
			s.Errorf("what the owner added (-want +got):\n%s", diff)
		}
	}
	clear(s.Mailbox)
	s.AddMailbox(second, s.Zone)
	_, err := calendars.Apply(s.Context(), old, second, s.key, events, calendars.Options{Token: s.token()})
	if err != nil {
		s.Fatal(err)
	}
	clear(second)
	s.standsIn(second, nil, nil)
}

// additionsStay: an update touches only our own fields.
func additionsStay(s *stage) {
	result := s.apply(s.events(pending(severalRuns())))
	var added []Annotations
	for _, placed := range result.Events {
		s.Person.Annotate(s.T, s.Mailbox, placed.ID)
		added = append(added, s.Person.Annotations(s.T, s.Mailbox, placed.ID))
	}
	for _, what := range allAnnotations {
		if added[0][what] == "" && s.NotOffered[what] == "" {
			s.Errorf("the harness neither adds %s nor says why not", what)
		}
	}
	for _, change := range []struct {
		name   string
		events []absence.Event
	}{
		{"approval", s.events(severalRuns())},
		{"move", s.events(several(days(wednesday, thursday), half(nextWeek, absence.Afternoon)))},
		{"from whole days to half-days",
			s.events(several(half(monday, absence.Morning), half(wednesday, absence.Afternoon)))},
		{"change of policy", s.events(severalRuns(), titled("RTT"),
			func(p *absence.Policy) { p.Private, p.ShowApproved = true, absence.Busy })},
		{"back", s.events(pending(severalRuns()))},
		{"rewrite", s.events(pending(severalRuns()))},
	} {
		s.sameIDs(result, s.apply(change.events, change.name == "rewrite"))
		for i, placed := range result.Events {
			if diff := cmp.Diff(added[i], s.Person.Annotations(s.T, s.Mailbox, placed.ID)); diff != "" {
				s.Errorf("after the %s (-added +left):\n%s", change.name, diff)
			}
		}
	}
	s.apply(nil)
}

func spuriousUpdate(s *stage) {
	before, after := s.events(pending(severalRuns())), s.events(severalRuns())
	result := s.apply(before)
	s.SayGone(1)
	again, err := s.try(s.Context(), after, calendars.Options{Token: s.token()})
	s.SayGone(0)
	if err != nil {
		s.Errorf("an event that is still there: %v", err)
	}
	s.repeat(after, calendars.Options{Token: s.token()})
	s.sameIDs(result, again)
	s.SayGone(-1)
	_, err = s.try(s.Context(), s.events(severalRuns(), titled("RTT")), calendars.Options{Token: s.token()})
	s.SayGone(0)
	if !isTemporary(err) {
		s.Errorf("an event that is found and said to be gone: %v", err)
	}
	s.stands(after)
	s.sameIDs(result, s.apply(s.events(severalRuns(), titled("RTT"))))
}

func spuriousDelete(s *stage) {
	events := s.events(severalRuns())
	s.apply(events)
	s.SayGone(1)
	if _, err := s.try(s.Context(), nil, calendars.Options{Token: s.token()}); err != nil {
		s.Errorf("an event that is still there: %v", err)
	}
	s.SayGone(0)
	s.stands(nil)
	s.apply(events)
	s.SayGone(-1)
	_, err := s.try(s.Context(), nil, calendars.Options{Token: s.token()})
	s.SayGone(0)
	if _, temporary := errors.AsType[*calendars.Temporary](err); !temporary {
		s.Errorf("an event that is found and said to be gone: %v", err)
	}
	s.stands(events)
	s.apply(nil)
}

// remember keeps the ids of what stands, as a workflow does.
func (s *stage) remember(result calendars.Result) {
	s.known = nil
	if !s.remembers {
		return
	}
	for _, placed := range result.Events {
		s.known = append(s.known, placed.ID)
	}
}

// Annotations are what an owner added to an event of ours, as text that is equal
// as long as nothing of it changed, by the names in allAnnotations.
type Annotations map[string]string

// The things that owners add.
const (
	Notes       = "notes"
	Location    = "location"
	Categories  = "categories"
	Colour      = "colour"
	Reminder    = "reminder"
	Attachments = "attachments"
	Attendees   = "attendees"
)

var allAnnotations = []string{Notes, Location, Categories, Colour, Reminder, Attachments, Attendees}
