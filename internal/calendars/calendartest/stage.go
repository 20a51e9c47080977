package calendartest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// stage is one case with its harness. The mailbox already has neighbours in it,
// which nothing may touch: events of the person's own and of other absences.
type stage struct {
	*testing.T
	Harness
	factory    func(*testing.T) Harness
	key        calendars.Key
	neighbours []View
	tokens     int
	// remembers says that the ids of what stands are told to Apply; known are they.
	remembers bool
	known     []string
	// twins says that events of ours may stand beside those that are wanted, which
	// nothing tells from copies of the owner's.
	twins bool
}

// theKey is the absence the cases are about; neighbourKeys are other ones that a
// sloppy search would take for it.
var (
	theKey        = calendars.Key{Source: "demo", Absence: "4711"}
	neighbourKeys = []calendars.Key{
		{Source: "demo", Absence: "471"}, {Source: "demo", Absence: "47110"}, {Source: "demo2", Absence: "4711"},
		{Source: "emo", Absence: "4711"},
	}
)

func newStage(t *testing.T, factory func(*testing.T) Harness, h Harness) *stage {
	t.Helper()
	s := &stage{T: t, Harness: h, factory: factory, key: theKey}
	s.furnish(neighbourKeys...)
	return s
}

// another is a stage of the same test with a system of its own. Some cases need
// hundreds, so it has one neighbour only.
func (s *stage) another(t *testing.T) *stage {
	t.Helper()
	one := &stage{T: t, Harness: s.factory(t), factory: s.factory, key: theKey}
	one.furnish(neighbourKeys[0])
	return one
}

// cold forgets the harness's own adapter, which has signed in by now, for a new
// one that has not.
func (s *stage) cold() {
	s.Helper()
	s.Calendar = s.Open(s.T, timeout)
}

func (s *stage) furnish(neighbours ...calendars.Key) {
	s.Helper()
	if s.Person.Create != nil {
		s.Person.Create(s.T, s.Mailbox, "Lunch", tuesday)
		s.Person.Create(s.T, s.Mailbox, "Absent", wednesday)
	}
	for i, key := range neighbours {
		events := eventsIn(s.Zone, days(monday, friday), titled(fmt.Sprintf("Neighbour %d", i)))
		if _, err := calendars.Apply(s.Context(), s.Calendar, s.Mailbox, key, events,
			calendars.Options{Token: s.token()}); err != nil {
			s.Fatalf("a neighbour's event cannot be written: %v", err)
		}
	}
	s.neighbours = s.Views(s.T, s.Mailbox)
	if want := len(neighbours); len(s.neighbours) < want {
		s.Fatalf("the mailbox shows %d neighbours instead of %d", len(s.neighbours), want)
	}
}

// token is a new one at each call.
func (s *stage) token() string {
	s.tokens++
	return fmt.Sprintf("token %d of %s", s.tokens, s.Name())
}

func (s *stage) events(a absence.Absence, change ...func(*absence.Policy)) []absence.Event {
	return eventsIn(s.Zone, a, change...)
}

// try applies the events once.
func (s *stage) try(ctx context.Context, events []absence.Event, opts calendars.Options) (calendars.Result, error) {
	opts.Known = s.known
	return calendars.Apply(ctx, s.Calendar, s.Mailbox, s.key, events, opts)
}

// apply applies the events under a new token, looks that they stand, and only
// they, and that a repetition finds nothing to do.
func (s *stage) apply(events []absence.Event, rewrite ...bool) calendars.Result {
	s.Helper()
	opts := calendars.Options{Token: s.token(), Rewrite: len(rewrite) > 0 && rewrite[0]}
	result, err := s.try(s.Context(), events, opts)
	if err != nil {
		s.Fatalf("Apply: %v", err)
	}
	if len(events) > 0 { // whoever deleted may have to delete again, with the same memory
		s.remember(result)
	}
	s.stands(events)
	s.listed(events)
	if len(result.Events) != len(events) {
		s.Fatalf("Apply tells of %d events instead of %d", len(result.Events), len(events))
	}
	again, err := s.try(s.Context(), events, calendars.Options{Token: s.token()})
	guessing := s.twins && !s.TellsTwins // and so binds the marker of one
	if err != nil || again.Writes() != 0 && !guessing {
		s.Fatalf("the same Apply again: %d writes, %v", again.Writes(), err)
	}
	return result
}

// maxTries is far above what any fault of this suite needs.
const maxTries = 12

// repeat applies the events under one token until it succeeds, as an activity
// would be retried, and looks that they stand.
func (s *stage) repeat(events []absence.Event, opts calendars.Options) {
	s.Helper()
	for range maxTries {
		_, err := s.try(s.Context(), events, opts)
		if err == nil {
			s.stands(events)
			return
		}
		if _, ok := errors.AsType[*calendars.Temporary](err); !ok {
			s.Fatalf("an attempt failed for good: %v", err)
		}
	}
	s.Fatalf("Apply still fails after %d attempts", maxTries)
}

// stands fails the case unless the mailbox shows the neighbours and events, and
// nothing else.
func (s *stage) stands(events []absence.Event) {
	s.Helper()
	s.standsIn(s.Mailbox, events, s.neighbours)
}

func (s *stage) standsIn(mailbox string, events []absence.Event, others []View) {
	s.Helper()
	want := slices.Clone(others)
	for _, e := range events {
		want = append(want, s.seen(e))
	}
	got := sorted(s.Views(s.T, mailbox))
	if s.twins {
		got = withoutTwins(got, want)
	}
	if diff := cmp.Diff(sorted(want), got); diff != "" {
		s.Fatalf("the mailbox does not show what it should (-want +got):\n%s", diff)
	}
}

// withoutTwins leaves out what has our marker and is not wanted, or not so often.
func withoutTwins(got, want []View) []View {
	left := sorted(want)
	return slices.DeleteFunc(got, func(v View) bool {
		if i := slices.Index(left, v); i >= 0 {
			left = slices.Delete(left, i, i+1)
			return false
		}
		return v.Marked
	})
}

// seen is what the person sees of the event.
func (s *stage) seen(e absence.Event) View {
	view := viewOf(e)
	view.ShowAs, view.Status = s.ShowAs(e.ShowAs), s.Status(e)
	if e.Kind == absence.KindTelework && s.Telework != "" {
		view.ShowAs = s.Telework
	}
	return view
}

func sorted(views []View) []View {
	list := make([]View, 0, len(views))
	for _, v := range views {
		list = append(list, v.comparable())
	}
	slices.SortFunc(list, func(a, b View) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return list
}

// find is Find, which must succeed.
func (s *stage) find(key calendars.Key) []calendars.Placed {
	s.Helper()
	found, err := s.Calendar.Find(s.Context(), s.Mailbox, key)
	if err != nil {
		s.Fatalf("Find: %v", err)
	}
	return found
}

// twinOf puts a second event with the same marker beside one of ours.
func (s *stage) twinOf(event absence.Event) {
	s.Helper()
	marker := calendars.Marker{Key: s.key, Run: event.Run}
	if s.Person.Copy != nil {
		s.Person.Copy(s.T, s.Mailbox, marker, event)
		return
	}
	if _, err := s.Calendar.Create(s.Context(), s.Mailbox, marker, event, s.token()); err != nil {
		s.Fatalf("Create: %v", err)
	}
}

func (s *stage) noOneWasInvited() {
	s.Helper()
	if s.Proxy == nil {
		return
	}
	if request := s.Proxy.Inviter(); request != "" {
		s.Errorf("a request would have written to people:\n%s", request)
	}
}

// calendarOnly matches requests to the calendar, not those that sign in.
func (s *stage) calendarOnly() Match {
	if s.SignIn == nil {
		return nil
	}
	return func(r *http.Request) bool { return !s.SignIn(r) }
}
