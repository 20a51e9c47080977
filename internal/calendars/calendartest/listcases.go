package calendartest

import (
	"fmt"
	"slices"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// listCases are about the list of all events of ours in a mailbox. That it shows each
// event as it was written is looked at after every Apply of every case, see listed.
func listCases() []testCase {
	return []testCase{
		{name: "list: one source's events and nobody else's", run: listOneSource},
		{name: "list: what the owner edited looks different", lacks: canEdit, run: listEdited},
		{name: "list: the bin is not in it", lacks: canBin, run: func(s *stage) {
			s.bin(s.apply(s.events(severalRuns())))
			if left := s.list(s.key); len(left) != 0 {
				s.Errorf("%d events that were thrown away are listed", len(left))
			}
		}},
		{name: "list: an owner's copy is told apart", needs: canDuplicate, run: listCopies},
		{name: "list: several pages", run: listPages},
		{name: "list: no such mailbox", lacks: needs("missing mailboxes",
			func(h Harness) bool { return len(h.Missing) > 0 }), run: func(s *stage) {
			if found, err := s.Calendar.List(s.Context(), s.Missing[0], s.key.Source); !isOfThePort(err) ||
				found != nil {
				s.Errorf("%d events, %v", len(found), err)
			}
		}},
	}
}

// list is List, which must succeed, of one absence's events.
func (s *stage) list(key calendars.Key) []calendars.Listed {
	s.Helper()
	found, err := s.Calendar.List(s.Context(), s.Mailbox, key.Source)
	if err != nil {
		s.Fatalf("List: %v", err)
	}
	return slices.DeleteFunc(found, func(l calendars.Listed) bool { return l.Marker.Key != key })
}

// listed fails the case unless List has each of the events as it was written.
func (s *stage) listed(events []absence.Event) {
	s.Helper()
	found := s.list(s.key)
	for _, event := range events {
		want := s.shown(event)
		stands := func(l calendars.Listed) bool { return l.Shown == want && l.Marker.Run == event.Run }
		if !slices.ContainsFunc(found, stands) {
			s.Fatalf("List does not show run %d as it was written:\nwanted %+v\nlisted %+v", event.Run, want, found)
		}
	}
}

func (s *stage) shown(event absence.Event) calendars.Shown {
	s.Helper()
	shown, err := s.Calendar.Shown(s.Context(), s.Mailbox, event)
	if err != nil {
		s.Fatalf("Shown: %v", err)
	}
	return shown
}

// listOneSource: the neighbours are of this source and of two others, and there are
// events of the owner's own.
func listOneSource(s *stage) {
	s.apply(s.events(severalRuns()))
	counts := map[calendars.Key]int{}
	for _, source := range []string{"demo", "demo2", "emo", "dem", "DEMO", "nobody"} {
		found, err := s.Calendar.List(s.Context(), s.Mailbox, source)
		if err != nil {
			s.Fatalf("List: %v", err)
		}
		for _, l := range found {
			if l.Marker.Key.Source != source || l.ID == "" || l.Marker.Run < 1 || l.Fingerprint == "" {
				s.Errorf("listed for %q: %+v", source, l.Placed)
			}
			counts[l.Marker.Key]++
		}
	}
	want := map[calendars.Key]int{s.key: 2}
	for _, key := range neighbourKeys {
		want[key] = 1
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		s.Errorf("listed events by key (-want +got):\n%s", diff)
	}
}

func listEdited(s *stage) {
	events := s.events(severalRuns())
	s.Person.Edit(s.T, s.Mailbox, s.apply(events).Events[0].ID)
	found := s.list(s.key)
	if len(found) != 2 {
		s.Fatalf("%d events are listed instead of 2", len(found))
	}
	for _, l := range found {
		if right := l.Shown == s.shown(events[l.Marker.Run-1]); right != (l.Marker.Run == 2) {
			s.Errorf("run %d is listed as right: %v", l.Marker.Run, right)
		}
	}
	s.apply(events, true)
}

func listCopies(s *stage) {
	s.apply(s.events(pending(days(monday, friday))))
	result := s.apply(s.events(days(monday, friday))) // binds the marker
	s.duplicate(result.Events[0])
	for _, l := range s.list(s.key) {
		if own := l.ID == result.Events[0].ID; own != (l.Identity != calendars.IdentityCopy) {
			s.Errorf("event %q is listed with identity %q", l.ID, l.Identity)
		}
	}
}

// listPages: more than a page of any of the systems, which give 250 at most.
func listPages(s *stage) {
	const many = 260
	want := map[string]bool{}
	for i := range many {
		key := calendars.Key{Source: "many", Absence: fmt.Sprint(i)}
		day := date(monday).AddDays(i).String()
		placed, err := s.Calendar.Create(s.Context(), s.Mailbox, calendars.Marker{Key: key, Run: 1},
			s.events(days(day, day))[0], s.token())
		if err != nil {
			s.Fatalf("Create: %v", err)
		}
		want[placed.ID] = true
	}
	found, err := s.Calendar.List(s.Context(), s.Mailbox, "many")
	if err != nil || len(found) != many {
		s.Fatalf("%d events, %v", len(found), err)
	}
	for _, l := range found {
		if !want[l.ID] {
			s.Fatalf("an event is listed twice, or was never written: %+v", l)
		}
		delete(want, l.ID)
	}
}
