package calendartest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// keyCases are absences with ids that look alike or look odd.
func keyCases() []testCase {
	return []testCase{
		{name: "key differs only by case", run: func(s *stage) {
			s.sideBySide(calendars.Key{Source: "demo", Absence: "aBc-é"},
				calendars.Key{Source: "demo", Absence: "AbC-É"},
				calendars.Key{Source: "Demo", Absence: "abc-é"}, calendars.Key{Source: "demo", Absence: "ABC-É"})
		}},
		{name: "key is another's prefix or suffix", run: func(s *stage) {
			s.sideBySide(calendars.Key{Source: "demo", Absence: "9"}, calendars.Key{Source: "demo", Absence: "99"},
				calendars.Key{Source: "demo", Absence: "9/9"}, calendars.Key{Source: "demo", Absence: "999"},
				calendars.Key{Source: "d", Absence: "9"})
		}},
		{name: "key with special characters", run: func(s *stage) {
			var keys []calendars.Key
			for _, text := range oddTexts {
				keys = append(keys, calendars.Key{Source: "demo", Absence: text})
			}
			s.sideBySide(keys...)
		}},
		{name: "mailbox address with special characters", run: oddAddresses},
		{name: "synthetic absence, twice, after one that was left", run: watched},
	}
}

// watched: a synthetic absence leaves no trace, and touches and lists nothing else.
func watched(s *stage) {
	events := s.events(days(monday, friday))
	s.apply(events)
	key := calendars.WatchKey("office")
	left := []absence.Event{calendars.ProbeEvent(time.Now())}
	opts := calendars.Options{Token: s.token()}
	if _, err := calendars.Apply(s.Context(), s.Calendar, s.Mailbox, key, left, opts); err != nil {
		s.Fatal(err)
	}
	if listed := s.list(s.key); len(listed) != len(events) {
		s.Errorf("%d events are listed for the absence, want %d", len(listed), len(events))
	}
	for range 2 {
		if read, err := calendars.Watch(s.Context(), s.Calendar, s.Mailbox, key); err != nil || read.IsZero() {
			s.Fatalf("read at %s: %v", read, err)
		}
		s.stands(events)
	}
}

// oddTexts mean something in OData, in URLs, in XML or in a property filter. The
// last two are one letter, composed and decomposed.
var oddTexts = []string{
	`O'Brien`, `O''Brien`, `'`, `"quotes"`, `<xml attr="1">&amp;</xml>`, `&amp;`, `&`, `%20`, `%`, ` `, `a b`, `a+b`,
	`a=b=c`, `=`, `a/b`,
	`a?b#c`, `\`, `{guid}`, `$filter`, `' or 1 eq 1 or '`, `') or true or ('`, `]]>`, `<!-- -->`, `a,b;c`, `🌴`, `e@x`,
	`é`, "e\u0301",
}

// sideBySide lets absences with these keys live in one mailbox and changes one
// after the other.
func (s *stage) sideBySide(keys ...calendars.Key) {
	s.Helper()
	standing := map[calendars.Key][]absence.Event{}
	put := func(key calendars.Key, events []absence.Event) {
		s.Helper()
		s.key, standing[key] = key, events
		if _, err := s.try(s.Context(), events, calendars.Options{Token: s.token()}); err != nil {
			s.Fatalf("Apply with the key %q: %v", key, err)
		}
		var all []absence.Event
		for _, events := range standing {
			all = append(all, events...)
		}
		s.stands(all)
		if found := s.find(key); len(found) != len(events) || len(found) > 0 && found[0].Marker.Key != key {
			s.Fatalf("Find with the key %q returns %+v", key, found)
		}
	}
	title := func(verb string, i int) func(*absence.Policy) { return titled(fmt.Sprintf("%s %d", verb, i)) }
	for i, key := range keys {
		put(key, s.events(pending(days(monday, friday)), title("asked", i)))
	}
	for i, key := range keys {
		put(key, s.events(days(monday, friday), title("approved", i)))
	}
	for _, key := range keys {
		put(key, nil)
	}
}

func oddAddresses(s *stage) {
	for _, address := range []string{"o'brien@example.com", "marie+leave@example.com", "a&b=c%20d@example.com",
		"Jean.DUPONT@Example.COM"} {
		s.AddMailbox(address, s.Zone)
		s.Mailbox = address
		s.furnish(neighbourKeys...)
		s.apply(s.events(pending(severalRuns())))
		s.apply(s.events(severalRuns()))
		s.apply(nil)
	}
}

// manyCases are many events, and many writers.
func manyCases() []testCase {
	return []testCase{
		{name: "300 events of other absences", run: crowded},
		{name: "leftover twins", run: func(s *stage) {
			s.twins = !s.removesTwins()
			events := s.events(severalRuns())
			s.apply(events)
			for range 3 {
				s.twinOf(events[0])
			}
			s.twinOf(s.events(pending(severalRuns()))[1])
			s.apply(events)
		}},
		{name: "leftover twins of one that is deleted", lacks: needs("telling twins from copies", Harness.removesTwins),
			run: func(s *stage) {
				events := s.events(days(monday, friday))
				s.apply(events)
				s.twinOf(events[0])
				s.apply(nil)
			}},
		{name: "260 twins (pages of the search)", run: manyTwins},
		{name: "concurrent writers, one token", run: func(s *stage) {
			s.together(func(int) string { return "one token" })
		}},
		{name: "concurrent writers, a token each", run: func(s *stage) {
			s.together(func(i int) string { return fmt.Sprintf("token of writer %d", i) })
		}},
		{name: "concurrent writers that disagree", run: disagreeing},
		{name: "concurrent writers of different absences", run: neighbourly},
	}
}

// crowded fills the mailbox with 300 absences. Their keys differ from ours by
// case only, which makes loose searches return pages of them.
func crowded(s *stage) {
	const letters = "abcdefghi"
	variant := func(n int) string {
		text := []byte(letters)
		for i := range text {
			if n&(1<<i) != 0 {
				text[i] -= 'a' - 'A'
			}
		}
		return string(text)
	}
	others := s.events(days(monday, friday), titled("Other"))[0]
	s.inParallel(300, func(i int) error {
		marker := calendars.Marker{Key: calendars.Key{Source: "demo", Absence: variant(i + 1)}, Run: 1}
		return s.untilDone(func() error {
			_, err := s.Calendar.Create(s.Context(), s.Mailbox, marker, others, "other "+variant(i+1))
			return err
		})
	})
	s.neighbours = s.Views(s.T, s.Mailbox)
	s.key = calendars.Key{Source: "demo", Absence: letters}
	s.apply(s.events(pending(severalRuns())))
	s.apply(s.events(severalRuns()))
	if found := s.find(calendars.Key{Source: "demo", Absence: variant(300)}); len(found) != 1 {
		s.Errorf("Find returns %d events of another absence instead of 1", len(found))
	}
	s.apply(nil)
}

// removesTwins tells that the twins which twinOf makes are known as ours.
func (h Harness) removesTwins() bool { return h.TellsTwins && h.Person.Copy == nil }

func manyTwins(s *stage) {
	s.twins = !s.removesTwins()
	events := s.events(days(monday, friday))
	s.apply(events)
	for range 260 {
		s.twinOf(events[0])
	}
	if found := s.find(s.key); len(found) != 261 {
		s.Fatalf("Find returns %d events instead of 261", len(found))
	}
	s.apply(events)
}

// together has four writers apply the same thing at once. Afterwards one more
// Apply leaves exactly what they wanted.
func (s *stage) together(token func(writer int) string) {
	s.Helper()
	s.twins = !s.TellsTwins
	for _, events := range [][]absence.Event{
		s.events(pending(severalRuns())), s.events(severalRuns(), titled("RTT")), s.events(days(monday, friday)), nil,
		s.events(severalRuns()),
	} {
		s.inParallel(4, func(writer int) error {
			_, err := s.try(s.Context(), events, calendars.Options{Token: token(writer)})
			return err
		})
		s.repeat(events, calendars.Options{Token: s.token()})
	}
}

func disagreeing(s *stage) {
	s.twins = !s.TellsTwins
	versions := [][]absence.Event{s.events(severalRuns()), nil, s.events(pending(days(monday, friday))),
		s.events(half(monday, absence.Morning))}
	for range 5 {
		s.inParallel(len(versions), func(writer int) error {
			_, err := s.try(s.Context(), versions[writer], calendars.Options{Token: s.Name() + fmt.Sprint(writer)})
			return err
		})
		s.repeat(versions[0], calendars.Options{Token: s.token()})
	}
}

func neighbourly(s *stage) {
	events := s.events(severalRuns())
	var all []absence.Event
	keys := make([]calendars.Key, 8)
	for i := range keys {
		keys[i] = calendars.Key{Source: "demo", Absence: fmt.Sprint("together ", i)}
		all = append(all, events...)
	}
	s.inParallel(len(keys), func(i int) error {
		return s.untilDone(func() error {
			_, err := calendars.Apply(s.Context(), s.Calendar, s.Mailbox, keys[i], events,
				calendars.Options{Token: "together"})
			return err
		})
	})
	s.stands(all)
	for _, key := range keys {
		s.key = key
		if _, err := s.try(s.Context(), nil, calendars.Options{Token: s.token()}); err != nil {
			s.Fatal(err)
		}
	}
	s.stands(nil)
}

// inParallel calls do n times, four at a time. Temporary errors are nothing
// special among writers.
func (s *stage) inParallel(n int, do func(int) error) {
	s.Helper()
	var group sync.WaitGroup
	places := make(chan struct{}, 4)
	var mu sync.Mutex
	var failures []string
	for i := range n {
		places <- struct{}{}
		group.Go(func() {
			defer func() { <-places }()
			if err := do(i); err != nil && !isTemporary(err) {
				mu.Lock()
				defer mu.Unlock()
				failures = append(failures, err.Error())
			}
		})
	}
	group.Wait()
	if len(failures) > 0 {
		s.Fatalf("%d writers failed:\n%s", len(failures), strings.Join(failures, "\n"))
	}
}

// untilDone repeats do while its error is Temporary.
func (s *stage) untilDone(do func() error) error {
	var err error
	for range maxTries {
		if err = do(); !isTemporary(err) {
			return err
		}
	}
	return fmt.Errorf("still after %d attempts: %w", maxTries, err)
}

func isTemporary(err error) bool {
	_, ok := errors.AsType[*calendars.Temporary](err)
	return ok
}
