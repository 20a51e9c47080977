package calendartest

import (
	"fmt"
	"slices"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

var (
	canBin  = needs("deleting by hand", func(h Harness) bool { return h.Person.Bin != nil })
	canEdit = needs("changing by hand", func(h Harness) bool { return h.Person.Edit != nil })
	canMove = needs("a second calendar", func(h Harness) bool { return h.Person.Move != nil })
	canMark = needs("damaging a marker", func(h Harness) bool { return h.Person.SetRun != nil })
)

// peopleCases are what people do in their calendars.
func peopleCases() []testCase {
	return []testCase{
		{name: "binned by the user, then changed", lacks: canBin, run: func(s *stage) {
			s.bin(s.apply(s.events(days(monday, friday))))
			s.apply(s.events(days(monday, thursday)))
			s.apply(s.events(days(monday, friday)))
		}},
		{name: "binned by the user, then rewritten", lacks: canBin, run: func(s *stage) {
			for range 3 {
				s.bin(s.apply(s.events(severalRuns()), true))
			}
			s.apply(s.events(severalRuns()), true)
		}},
		{name: "binned by the user, then deleted", lacks: canBin, run: func(s *stage) {
			s.bin(s.apply(s.events(severalRuns())))
			s.apply(nil)
			s.apply(s.events(severalRuns()))
		}},
		{name: "one of two binned by the user", lacks: canBin, run: func(s *stage) {
			result := s.apply(s.events(severalRuns()))
			s.Person.Bin(s.T, s.Mailbox, result.Events[0].ID)
			s.apply(s.events(severalRuns(), titled("RTT")))
		}},
		{name: "edited by the user, then rewritten", lacks: canEdit, run: func(s *stage) {
			first := s.apply(s.events(severalRuns()))
			s.edit(first)
			s.sameIDs(first, s.apply(s.events(severalRuns()), true))
		}},
		{name: "edited by the user, then changed", lacks: canEdit, run: func(s *stage) {
			s.edit(s.apply(s.events(pending(severalRuns()))))
			s.apply(s.events(severalRuns()))
		}},
		{name: "edited by the user, then deleted", lacks: canEdit, run: func(s *stage) {
			s.edit(s.apply(s.events(severalRuns())))
			s.apply(nil)
		}},
		{name: "an edit stays without a rewrite", lacks: canEdit, run: editStays},
		{name: "moved by the user to another calendar", lacks: canMove, run: movedAway},
		{name: "unmarked events are never found", run: unmarked},
		{name: "binned between Find and Update", lacks: allOf(needsProxy, canBin), run: binnedMeanwhile},
		{name: "edited between Find and Update", lacks: allOf(needsProxy, canEdit), run: editedMeanwhile},
		{name: "damaged marker", lacks: canMark, run: damagedMarker},
		{name: "markers of two runs swapped", lacks: canMark, run: swappedMarkers},
		{name: "marker of a run that never was", lacks: canMark, run: func(s *stage) {
			result := s.apply(s.events(severalRuns()))
			s.Person.SetRun(s.T, s.Mailbox, result.Events[0].ID, "7:0123456789abcdef")
			s.apply(s.events(severalRuns()))
		}},
	}
}

func (s *stage) bin(result calendars.Result) {
	s.Helper()
	for _, placed := range result.Events {
		s.Person.Bin(s.T, s.Mailbox, placed.ID)
	}
	s.stands(nil)
}

func (s *stage) edit(result calendars.Result) {
	s.Helper()
	before := sorted(s.Views(s.T, s.Mailbox))
	for _, placed := range result.Events {
		s.Person.Edit(s.T, s.Mailbox, placed.ID)
	}
	if cmp.Equal(before, sorted(s.Views(s.T, s.Mailbox))) {
		s.Fatal("the harness's Edit changes nothing that is seen")
	}
}

func editStays(s *stage) {
	events := s.events(days(monday, friday))
	s.edit(s.apply(events))
	edited := s.Views(s.T, s.Mailbox)
	result, err := s.try(s.Context(), events, calendars.Options{Token: s.token()})
	if err != nil || result.Unchanged != 1 || result.Writes() != 0 {
		s.Errorf("Apply: %+v, %v", result, err)
	}
	if diff := cmp.Diff(sorted(edited), sorted(s.Views(s.T, s.Mailbox))); diff != "" {
		s.Errorf("the edit did not stay (-want +got):\n%s", diff)
	}
}

// movedAway: only the default calendar is ours to look at, so the moved event is
// the person's from now on, and there is a new one.
func movedAway(s *stage) {
	first := s.events(days(monday, friday))
	result := s.apply(first)
	s.Person.Move(s.T, s.Mailbox, result.Events[0].ID)
	if found := s.find(s.key); len(found) != 0 {
		s.Errorf("Find returns %d events of another calendar", len(found))
	}
	s.neighbours = append(slices.Clone(s.neighbours), s.seen(first[0]))
	s.apply(s.events(days(monday, thursday)))
	s.apply(nil)
}

func unmarked(s *stage) {
	s.apply(s.events(days(tuesday, tuesday)))
	for _, key := range []calendars.Key{{}, {Source: "demo"}, {Absence: "4711"}, {Source: "demo", Absence: "4712"}} {
		if found := s.find(key); len(found) != 0 {
			s.Errorf("Find with the key %q returns %d events", key, len(found))
		}
	}
	found := s.find(s.key)
	if len(found) != 1 || found[0].Marker != (calendars.Marker{Key: s.key, Run: 1}) || found[0].ID == "" {
		s.Errorf("Find returns %+v", found)
	}
}

// binnedMeanwhile lets the person delete the event just before any one of the
// requests of an Apply. That Apply may come too late to notice; the next one
// must put everything right.
func binnedMeanwhile(s *stage) {
	for n := 1; ; n++ {
		one := s.another(s.T)
		result := one.apply(one.events(pending(days(monday, friday))))
		one.Proxy.Nth(n, nil, First(func() { one.Person.Bin(s.T, one.Mailbox, result.Events[0].ID) }))
		wanted := one.events(days(monday, friday))
		_, err := one.try(one.Context(), wanted, calendars.Options{Token: one.token()})
		if one.Proxy.Clear() == 0 {
			return
		}
		if err != nil && !isTemporary(err) {
			s.Errorf("binned before request %d: %v", n, err)
		}
		one.repeat(wanted, calendars.Options{Token: one.token()})
	}
}

func editedMeanwhile(s *stage) {
	for n := 1; ; n++ {
		one := s.another(s.T)
		result := one.apply(one.events(pending(days(monday, friday))))
		one.Proxy.Nth(n, nil, First(func() { one.Person.Edit(s.T, one.Mailbox, result.Events[0].ID) }))
		wanted := one.events(days(monday, friday))
		opts := calendars.Options{Token: one.token(), Rewrite: true}
		_, err := one.try(one.Context(), wanted, opts)
		if one.Proxy.Clear() == 0 {
			return
		}
		if err != nil && !isTemporary(err) {
			s.Errorf("edited before request %d: %v", n, err)
		}
		one.repeat(wanted, opts)
	}
}

func damagedMarker(s *stage) {
	for _, value := range []string{"", "rubbish", "0:0", "-1:ff", "1", ":", "1:"} {
		result := s.apply(s.events(severalRuns()))
		s.Person.SetRun(s.T, s.Mailbox, result.Events[0].ID, value)
		s.apply(s.events(severalRuns()))
		s.Person.SetRun(s.T, s.Mailbox, s.find(s.key)[0].ID, value)
		s.apply(s.events(severalRuns(), titled(fmt.Sprintf("after %q", value))))
		s.Person.SetRun(s.T, s.Mailbox, s.find(s.key)[0].ID, value)
		s.apply(nil)
	}
}

func swappedMarkers(s *stage) {
	two := s.events(severalRuns())
	swap := func() {
		result := s.apply(two)
		for i, placed := range result.Events {
			other := two[1-i]
			value := calendars.Marker{Key: s.key, Run: other.Run}.RunValue(calendars.Fingerprint(other))
			s.Person.SetRun(s.T, s.Mailbox, placed.ID, value)
		}
	}
	swap()
	s.repeat(s.events(severalRuns(), titled("RTT")), calendars.Options{Token: s.token()})
	swap()
	s.repeat(two, calendars.Options{Token: s.token(), Rewrite: true})
	swap()
	one := s.events(days(monday, tuesday))
	s.repeat(one, calendars.Options{Token: s.token(), Rewrite: true})
	// One event is left, with the id of either run and the marker of the other.
	found := s.find(s.key)
	s.Person.SetRun(s.T, s.Mailbox, found[0].ID,
		calendars.Marker{Key: s.key, Run: 2}.RunValue(calendars.Fingerprint(two[1])))
	s.repeat(s.events(severalRuns(), titled("RTT")), calendars.Options{Token: s.token()})
	// Both claim to be run 1, and nothing but a chosen id tells which is.
	s.twins = s.Person.Copy == nil
	for _, placed := range s.find(s.key) {
		s.Person.SetRun(s.T, s.Mailbox, placed.ID, calendars.Marker{Key: s.key, Run: 1}.RunValue(placed.Fingerprint))
	}
	s.repeat(s.events(severalRuns(), func(p *absence.Policy) { p.Private = true }), calendars.Options{Token: s.token()})
}
