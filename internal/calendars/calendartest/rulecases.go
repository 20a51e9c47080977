package calendartest

import (
	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// ruleCases are about what the rules of a policy add to an event.
func ruleCases() []testCase {
	away := absence.Rule{OutOfOffice: &absence.AutoDecline{Decline: absence.DeclineNew, Message: "Absent"}}
	home := absence.Rule{Telework: &absence.Telework{Place: absence.PlaceHome}}
	return []testCase{
		{name: "rules: pending, out of office, pending, removed", run: func(s *stage) {
			morning := half(monday, absence.Morning)
			s.apply(s.ruled(pending(morning), away))
			s.apply(s.ruled(morning, away))
			s.apply(s.ruled(half(tuesday, absence.Afternoon), away))
			s.apply(s.ruled(pending(morning), away))
			s.apply(nil)
		}},
		{name: "rules: absence becomes telework and back", run: func(s *stage) {
			morning := half(monday, absence.Morning)
			s.apply(s.events(morning))
			s.apply(s.ruled(morning, home))
			s.apply(s.ruled(morning, home), true)
			s.apply(s.ruled(morning, away))
			s.apply(s.events(morning))
		}},
		{name: "rules: category and colour come, change and go", run: func(s *stage) {
			morning := half(monday, absence.Morning)
			first := s.apply(s.events(morning))
			for _, rule := range []absence.Rule{
				{Category: "Absence", Colour: "tomato"}, {Category: "Congés", Colour: "sage"}, {Category: "Congés"},
				{},
			} {
				s.sameIDs(first, s.apply(s.ruled(morning, rule)))
			}
		}},
		{name: "rules: the owner's additions stay when the kind of event changes", needs: canAnnotate, run: func(s *stage) {
			morning := half(monday, absence.Morning)
			placed := s.apply(s.ruled(pending(morning), away)).Events[0]
			s.Person.Annotate(s.T, s.Mailbox, placed.ID)
			added := s.Person.Annotations(s.T, s.Mailbox, placed.ID)
			for _, change := range []struct {
				name   string
				events []absence.Event
			}{
				{"approval", s.ruled(morning, away)},
				{"move", s.ruled(half(tuesday, absence.Afternoon), away)},
				{"rewrite", s.ruled(half(tuesday, absence.Afternoon), away)},
				{"telework", s.ruled(morning, home)},
				{"no rule", s.events(days(monday, tuesday))},
			} {
				now := s.apply(change.events, change.name == "rewrite").Events[0]
				if diff := cmp.Diff(added, s.Person.Annotations(s.T, s.Mailbox, now.ID)); diff != "" {
					s.Errorf("after the %s (-added +left):\n%s", change.name, diff)
				}
			}
			s.apply(nil)
		}},
		{name: "rules: the owner's additions stay beside a category", needs: canAnnotate, run: func(s *stage) {
			morning := half(monday, absence.Morning)
			placed := s.apply(s.events(morning)).Events[0]
			s.Person.Annotate(s.T, s.Mailbox, placed.ID)
			added := s.Person.Annotations(s.T, s.Mailbox, placed.ID)
			s.apply(s.ruled(half(monday, absence.Afternoon), absence.Rule{Category: "Congés", Colour: "sage"}))
			if diff := cmp.Diff(added[Colour], s.Person.Annotations(s.T, s.Mailbox, placed.ID)[Colour]); diff != "" {
				s.Errorf("the owner's colour (-added +left):\n%s", diff)
			}
			s.apply(s.events(half(monday, absence.Afternoon)))
			if diff := cmp.Diff(added, s.Person.Annotations(s.T, s.Mailbox, placed.ID)); diff != "" {
				s.Errorf("with a rule and without it again (-added +left):\n%s", diff)
			}
		}},
	}
}

// ruled are the events of an absence under a rule, as its calendar system shows them.
func (s *stage) ruled(a absence.Absence, rule absence.Rule) []absence.Event {
	s.Helper()
	rule.Accounts = []string{"1"}
	a.Account = "1"
	events := s.events(a, func(p *absence.Policy) { p.Rules = []absence.Rule{rule} })
	return calendars.Suit(s.Provider, events)
}
