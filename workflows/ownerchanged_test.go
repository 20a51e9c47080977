package workflows_test

import (
	"testing"
	"time"

	"github.com/figgosync/figgosync/workflows"
)

var ownerChanged = workflows.Retry{Bulk: true, OwnerChanged: true}

// Lucca changed the owner: what is in the calendar moves without any change of the absence,
// and what is right is not touched.
func TestAChangedOwnerMovesWhatIsWritten(t *testing.T) {
	m := newMailboxes(t)
	m.signal(0, "approved", change("2026-12-07", 1))
	m.signal(time.Hour, "retry", ownerChanged)
	m.stateAt(90*time.Minute, func(s workflows.State) {
		if s.Status != workflows.StatusSynced || len(m.calls) != 1 || s.Story[len(s.Story)-1].Event != workflows.EventRight {
			t.Errorf("status %s after %v, the story ends with %+v", s.Status, m.calls, s.Story[len(s.Story)-1])
		}
		m.place = workflows.Place{Connection: "c3", Provider: "google", Mailbox: "jane@example.com"}
	})
	m.signal(2*time.Hour, "retry", ownerChanged)
	m.stateAt(3*time.Hour, func(s workflows.State) {
		if s.Status != workflows.StatusSynced || s.Applied.Place != m.place {
			t.Errorf("status %s at %+v", s.Status, s.Applied)
		}
	})
	m.run()
	if m.shown["c1 jane@example.com"] != "" || m.shown["c3 jane@example.com"] != confirmedDay {
		t.Errorf("mailboxes show %v; calls %v", m.shown, m.calls)
	}
}

// What an initialization knew of the owner no longer counts.
func TestAChangedOwnerIsLookedUpAnew(t *testing.T) {
	w := newWorld(t)
	lookups := 0
	w.find = func(r workflows.FindEmployeeRequest) workflows.FindEmployeeResult {
		lookups++
		return workflows.FindEmployeeResult{Employee: &workflows.Employee{ID: r.Employee, Email: "new@example.com"}}
	}
	var known []string
	w.route = func(r workflows.RouteRequest) workflows.Route {
		if r.Known == nil {
			return workflows.Route{Outcome: workflows.RouteLookup}
		}
		known = append(known, r.Known.Email)
		return w.routeToPlace(r)
	}
	first := change("2026-12-07", 1)
	first.Known = &workflows.Employee{ID: first.Employee, Email: "old@example.com"}
	w.signal(0, "approved", first)
	w.signal(time.Hour, "retry", ownerChanged)
	w.run()
	if lookups != 1 || len(known) != 2 || known[1] != "new@example.com" {
		t.Errorf("%d look-ups, routed with %v", lookups, known)
	}
}

// A deletion knows its place; one that is done has nothing to route.
func TestAChangedOwnerLeavesDeletionsAlone(t *testing.T) {
	m := newMailboxes(t)
	m.signal(0, "approved", change("2026-12-07", 1))
	m.signal(time.Hour, "deleted", change("2026-12-07", 2))
	m.RegisterDelayedCallback(func() {
		m.place = workflows.Place{Connection: "c3", Provider: "google", Mailbox: "jane@example.com"}
	}, 90*time.Minute)
	m.signal(2*time.Hour, "retry", ownerChanged)
	m.run()
	if len(m.calls) != 2 {
		t.Errorf("calls %v, want a writing and a removal", m.calls)
	}
}
