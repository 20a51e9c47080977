package e2e_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An initialization that is taken back leaves exactly what was there before it: what came
// by webhooks, what an earlier one wrote, with its owners' notes, their copies and their
// own events. Another look finds nothing to take out.
func TestATakenBackInitializationLeavesWhatWasThere(t *testing.T) {
	t.Parallel()
	employees := 24
	if fullSize > 0 {
		employees = 300
	}
	p, world := NewStoredProduct(t)
	company := NewCompany(t, world, employees, 4)
	p.Start()
	later := company
	later.Since = day(5, 0)
	p.InitializeAll(t, later.Since, false)
	owners := badTime{company: company, people: company.people(t), views: map[string][]View{}}
	for i := range providers {
		for _, leave := range later.of(t, fmt.Sprint(i+1))[:3] {
			owners.annotate(t, leave)
			owners.copy(t, leave)
		}
	}
	stands(t, p, world, documented[2], day(30, 0))
	before := company.calendars(t)

	initializations, _ := p.InitializeAll(t, company.Since, false)
	written := len(company.Leaves(t)) - len(later.Leaves(t))
	if more := len(company.calendars(t)) - len(before); more != written || written == 0 {
		t.Fatalf("the initializations wrote %d events, want %d", more, written)
	}
	for round, want := range []int{written, 0} {
		events := 0
		for _, one := range initializations {
			at := p.beginOperation(t, "removals", map[string]any{"initialization": one.ID})
			done := p.waitRemoved(t, at)
			events += done.Counts.Events
		}
		if events != want {
			t.Errorf("round %d took out %d events, want %d", round, events, want)
		}
		if diff := cmp.Diff(before, company.calendars(t)); diff != "" {
			t.Fatalf("round %d (-before the initialization +taken back):\n%s", round, diff)
		}
	}
}

// waitRemoved approves what a removal waits for, and waits for its end.
func (p *Product) waitRemoved(t *testing.T, at string) (one operation) {
	t.Helper()
	eventuallyWithin(t, longTimeout(), at+" is over", func() error {
		if err := p.Admin(http.MethodGet, at, nil, http.StatusOK, &one); err != nil {
			return err
		}
		if one.Status == "waiting" && one.Breaker != nil {
			numbers := approval{Deletions: one.Breaker.Deletions, Changes: one.Breaker.Changes}
			if err := p.Admin(http.MethodPost, at+"/approve", numbers, http.StatusAccepted, nil); err != nil {
				return err
			}
		}
		if one.Status != "completed" {
			return fmt.Errorf("it is %+v", one)
		}
		return nil
	})
	return one
}

// calendars are all events of all people, as the desk tells them.
func (c Company) calendars(t *testing.T) theirs {
	t.Helper()
	all := theirs{}
	for _, who := range c.people(t) {
		if _, has := c.world.Mailboxes().Lookup(who.email); !has {
			continue
		}
		for key, event := range c.mailbox(t, who.email) {
			all[key] = event
		}
	}
	return all
}
