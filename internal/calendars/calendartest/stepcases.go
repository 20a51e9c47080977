package calendartest

import (
	"fmt"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// steps is what Apply shall do in the cases about a fault at each step.
type steps struct {
	name    string
	prepare func(*stage)
	wanted  absence.Absence
	rewrite bool
	lacks   func(Harness) string
}

func allSteps() []steps {
	changed := func(s *stage) { s.apply(s.events(pending(severalRuns()))) }
	return []steps{
		{name: "first of all", prepare: func(s *stage) { s.cold() }, wanted: days(monday, friday)},
		{name: "create", wanted: severalRuns()},
		{name: "update", prepare: changed, wanted: severalRuns()},
		{name: "update and delete", prepare: changed, wanted: days(monday, friday)},
		{name: "update and create", prepare: func(s *stage) { s.apply(s.events(days(monday, monday))) },
			wanted: severalRuns()},
		{name: "delete", prepare: changed, wanted: none},
		{name: "remove twins", lacks: needs("telling twins from copies", Harness.removesTwins), wanted: severalRuns(),
			prepare: func(s *stage) {
				changed(s)
				s.twinOf(s.events(severalRuns())[0])
			}},
		{name: "recreate", prepare: func(s *stage) { changed(s); s.apply(nil) }, wanted: severalRuns()},
		{name: "recreate what was binned", lacks: canBin, wanted: severalRuns(), prepare: func(s *stage) {
			s.bin(s.apply(s.events(severalRuns())))
		}},
		{name: "rewrite what was edited", lacks: canEdit, wanted: severalRuns(), rewrite: true,
			prepare: func(s *stage) {
				s.edit(s.apply(s.events(severalRuns())))
			}},
	}
}

// atEveryStep has the nth request of an Apply meet a fault, for n = 1, 2, 3...
// until an Apply needs fewer requests, and repeats the Apply each time until it
// succeeds.
func atEveryStep(fault Action) func(*stage) {
	return func(s *stage) {
		for _, step := range allSteps() {
			if step.lacks != nil && step.lacks(s.Harness) != "" {
				continue
			}
			for n := 1; ; n++ {
				one := s.another(s.T)
				if step.prepare != nil {
					step.prepare(one)
				}
				one.Proxy.Nth(n, nil, fault)
				one.repeat(one.events(step.wanted), calendars.Options{Token: one.token(), Rewrite: step.rewrite})
				if s.Failed() {
					s.Fatalf("that was: %s, request %d", step.name, n)
				}
				if one.Proxy.Clear() == 0 {
					break
				}
				if _, err := one.try(one.Context(), one.events(step.wanted),
					calendars.Options{Token: one.token()}); err != nil {
					s.Fatal(fmt.Errorf("%s, request %d, once more: %w", step.name, n, err))
				}
				one.stands(one.events(step.wanted))
				one.noOneWasInvited()
			}
		}
	}
}
