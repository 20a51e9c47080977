package workflows_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/figgosync/figgosync/workflows"
)

// mailboxes makes places share mailboxes: alias names the mailbox a place opens.
// Events have ids and versions like a provider's; one that is to be kept is not
// removed, as calendars.Apply does it, unless forgetful.
type mailboxes struct {
	*world
	alias     func(workflows.Place) string
	shown     map[string]string // by mailbox
	versions  map[string]int    // by mailbox
	forgetful bool
	wroteAt   workflows.Place // last
	calls     []string
}

func newMailboxes(t *testing.T) *mailboxes {
	t.Helper()
	m := &mailboxes{world: newWorld(t), shown: map[string]string{}, versions: map[string]int{}}
	m.alias = func(p workflows.Place) string { return p.Connection + " " + p.Mailbox }
	m.apply = m.applyTo
	return m
}

func (m *mailboxes) applyTo(_ context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
	box := m.alias(r.Place)
	if len(r.Events) > 0 {
		m.calls = append(m.calls, "write "+r.Place.Connection)
		var result workflows.ApplyResult
		if m.shown[box] == "" {
			result.Created = 1
		}
		m.versions[box]++
		m.wroteAt = r.Place
		m.shown[box] = show(r.Events)
		result.Events = []workflows.PlacedEvent{{Run: 1, ID: "event", Version: m.version(box)}}
		return result, nil
	}
	m.calls = append(m.calls, "clear "+r.Place.Connection)
	if len(r.Keep) > 0 && (r.KeepAt == nil || m.wroteAt != *r.KeepAt) {
		m.t.Errorf("the events to keep are said to be at %v, want %v", r.KeepAt, m.wroteAt)
	}
	kept := len(r.Keep) == 1 && r.Keep[0].ID == "event" && r.Keep[0].Version == m.version(box) && !m.forgetful
	if m.shown[box] == "" || kept {
		return workflows.ApplyResult{}, nil
	}
	delete(m.shown, box)
	return workflows.ApplyResult{Deleted: 1}, nil
}

func (m *mailboxes) version(box string) string { return fmt.Sprint(box, m.versions[box]) }

// moves signals an absence, changes the place, and signals a change of it.
func (m *mailboxes) moves(to workflows.Place) {
	m.signal(0, "approved", change("2026-12-07", 1))
	m.RegisterDelayedCallback(func() { m.place = to }, time.Hour)
	m.signal(2*time.Hour, "approved", change("2026-12-08", 60))
}

const otherDay = "[2026-12-08am confirmed][2026-12-08pm confirmed]"

// Two places can be one mailbox: another connection to the same server, an address
// that became an alias. What was just written there must not be cleared away.
func TestTwoPlacesOfOneMailboxKeepTheEvent(t *testing.T) {
	for name, forgetful := range map[string]bool{"it is recognized": false, "it is removed and written again": true} {
		t.Run(name, func(t *testing.T) {
			m := newMailboxes(t)
			m.forgetful = forgetful
			m.alias = func(workflows.Place) string { return "the same" }
			m.moves(workflows.Place{Connection: "c2", Provider: "office365", Mailbox: "jane.alias@example.com"})
			m.stateAt(3*time.Hour, func(s workflows.State) {
				if s.Status != workflows.StatusSynced || len(s.Leftovers) != 0 || m.shown["the same"] != otherDay {
					t.Errorf("status %s, %d leftovers, the mailbox shows %q", s.Status, len(s.Leftovers), m.shown["the same"])
				}
			})
			m.run()
			if m.shown["the same"] != otherDay {
				t.Errorf("the mailbox shows %q, want %q; calls %v", m.shown["the same"], otherDay, m.calls)
			}
		})
	}
}

// The activity may have removed it in an attempt whose answer was lost: what its last
// attempt counts does not tell.
func TestARepeatedClearingIsNotBelieved(t *testing.T) {
	m := newMailboxes(t)
	m.alias = func(workflows.Place) string { return "the same" }
	m.apply = func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
		result, err := m.applyTo(ctx, r)
		if len(r.Events) == 0 {
			delete(m.shown, "the same")
			return workflows.ApplyResult{Attempt: 2}, err
		}
		return result, err
	}
	m.moves(workflows.Place{Connection: "c2", Provider: "office365", Mailbox: "jane@example.com"})
	m.run()
	if m.shown["the same"] != otherDay {
		t.Errorf("the mailbox shows %q, want %q; calls %v", m.shown["the same"], otherDay, m.calls)
	}
}

// A mailbox that is not there yet: the old event stays until the new one stands.
func TestTheOldEventStaysUntilTheNewOneStands(t *testing.T) {
	m := newMailboxes(t)
	missing := true
	m.apply = func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
		if r.Place.Connection == "c3" && missing {
			return workflows.ApplyResult{Trouble: &workflows.Trouble{Reason: "mailbox-missing", Scope: "mailbox"}}, nil
		}
		return m.applyTo(ctx, r)
	}
	m.moves(workflows.Place{Connection: "c3", Provider: "google", Mailbox: "jane@example.com"})
	m.stateAt(2*time.Hour+30*time.Second, func(s workflows.State) {
		if s.Status != workflows.StatusBlocked || m.shown["c1 jane@example.com"] != confirmedDay {
			t.Errorf("status %s, the old mailbox shows %q; want blocked and the old event", s.Status, m.shown["c1 jane@example.com"])
		}
		missing = false
	})
	m.run()
	if m.shown["c1 jane@example.com"] != "" || m.shown["c3 jane@example.com"] != otherDay {
		t.Errorf("mailboxes show %v", m.shown)
	}
}

// Somebody who moves on and back: the first place is the one to keep.
func TestMovingBackKeepsWhatIsThere(t *testing.T) {
	m := newMailboxes(t)
	home := m.place
	stuck := true
	m.apply = func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
		if r.Place == home && len(r.Events) == 0 && stuck {
			return workflows.ApplyResult{Trouble: &workflows.Trouble{Reason: "consent-missing", Scope: "connection"}}, nil
		}
		return m.applyTo(ctx, r)
	}
	m.moves(workflows.Place{Connection: "c3", Provider: "google", Mailbox: "jane@example.com"})
	m.RegisterDelayedCallback(func() { m.place, stuck = home, false }, 2*time.Hour+10*time.Second)
	m.signal(3*time.Hour, "approved", change("2026-12-07", 120))
	m.run()
	if m.shown["c1 jane@example.com"] != confirmedDay || m.shown["c3 jane@example.com"] != "" {
		t.Errorf("mailboxes show %v; calls %v", m.shown, m.calls)
	}
}

func skip(reason string) func(workflows.RouteRequest) workflows.Route {
	return func(workflows.RouteRequest) workflows.Route {
		return workflows.Route{Outcome: workflows.RouteSkip, Trouble: &workflows.Trouble{Reason: reason}}
	}
}

func block(reason string) func(workflows.RouteRequest) workflows.Route {
	return func(workflows.RouteRequest) workflows.Route {
		return workflows.Route{Outcome: workflows.RouteBlock, Trouble: &workflows.Trouble{Reason: reason}}
	}
}

// Only where it is certain that nobody wants the absence, what stands is removed.
func TestOnlyATrueNowhereRemoves(t *testing.T) {
	for reason, c := range map[string]struct {
		route  func(workflows.RouteRequest) workflows.Route
		status workflows.Status
		shown  string
	}{
		"no-synchronization":     {skip("no-synchronization"), workflows.StatusSkipped, ""},
		"synchronization-paused": {skip("synchronization-paused"), workflows.StatusSkipped, confirmedDay},
		"unknown-source":         {block("unknown-source"), workflows.StatusBlocked, confirmedDay},
		"unknown-employee":       {block("unknown-employee"), workflows.StatusBlocked, confirmedDay},
		"bad-settings":           {block("bad-settings"), workflows.StatusBlocked, confirmedDay},
	} {
		t.Run(reason, func(t *testing.T) {
			m := newMailboxes(t)
			m.signal(0, "approved", change("2026-12-07", 1))
			m.RegisterDelayedCallback(func() { m.route = c.route }, time.Hour)
			m.signal(2*time.Hour, "approved", change("2026-12-08", 60))
			m.stateAt(3*time.Hour, func(s workflows.State) {
				if s.Status != c.status || s.Trouble == nil || s.Trouble.Reason != reason || m.shown["c1 jane@example.com"] != c.shown {
					t.Errorf("status %s (%+v), the mailbox shows %q", s.Status, s.Trouble, m.shown["c1 jane@example.com"])
				}
			})
			m.run()
		})
	}
}

// A deletion whose place nobody knows waits until it is known, however long it takes.
func TestADeletionThatCannotBeRoutedWaits(t *testing.T) {
	for reason, route := range map[string]func(workflows.RouteRequest) workflows.Route{
		"synchronization-paused": skip("synchronization-paused"),
		"unknown-source":         block("unknown-source"),
		"unknown-employee":       block("unknown-employee"),
		"internal":               block("internal"),
	} {
		for name, wake := range map[string]bool{"by itself": false, "when asked": true} {
			t.Run(reason+" "+name, func(t *testing.T) {
				m := newMailboxes(t)
				m.shown["c1 jane@example.com"] = confirmedDay // written by an earlier run
				m.route = route
				m.signal(0, "deleted", workflows.Change{ChangedAt: start, Employee: "416"})
				const later = 100 * 24 * time.Hour
				m.stateAt(later, func(s workflows.State) {
					if s.Status == workflows.StatusDeleted || s.Trouble == nil || s.Trouble.Reason != reason || s.NextTry.IsZero() {
						t.Errorf("after 100 days: %s, %+v, next try %s", s.Status, s.Trouble, s.NextTry)
					}
					m.route = m.routeToPlace
				})
				if wake {
					m.signal(later+time.Minute, "retry", workflows.Retry{})
				}
				m.RegisterDelayedCallback(func() {
					if wake && m.shown["c1 jane@example.com"] != "" {
						t.Error("it was not removed when asked")
					}
				}, later+2*time.Minute)
				if result := m.run(); result.Status != workflows.StatusDeleted || m.shown["c1 jane@example.com"] != "" {
					t.Errorf("ended %s with %v", result.Status, m.shown)
				}
			})
		}
	}
}

// A pause keeps what is written where it is, deleted or not: somebody may have paused
// because too much is being deleted.
func TestADeletionWhilePausedWaits(t *testing.T) {
	for name, held := range map[string]struct {
		route  func(workflows.RouteRequest) workflows.Route
		status workflows.Status
	}{
		"paused":                  {skip("synchronization-paused"), workflows.StatusSkipped},
		"settings are unreadable": {block("internal"), workflows.StatusBlocked},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMailboxes(t)
			m.signal(0, "approved", change("2026-12-07", 1))
			m.RegisterDelayedCallback(func() { m.route = held.route }, time.Hour)
			m.signal(2*time.Hour, "deleted", workflows.Change{ChangedAt: start.Add(2 * time.Hour)})
			m.stateAt(3*time.Hour, func(s workflows.State) {
				if s.Status != held.status || m.shown["c1 jane@example.com"] == "" {
					t.Errorf("status %s, mailboxes %v", s.Status, m.shown)
				}
				m.route = m.routeToPlace
			})
			m.signal(4*time.Hour, "retry", workflows.Retry{Bulk: true})
			m.stateAt(4*time.Hour+time.Minute, func(s workflows.State) {
				if s.Status != workflows.StatusDeleted || m.shown["c1 jane@example.com"] != "" {
					t.Errorf("resumed: status %s, mailboxes %v", s.Status, m.shown)
				}
			})
			m.run()
		})
	}
}

// What is deleted where this run knows it to be needs neither Lucca nor a directory.
func TestADeletionOfAKnownPlaceAsksNobody(t *testing.T) {
	for _, reason := range []string{"unknown-employee", "unknown-source", "no-email", "no-synchronization"} {
		t.Run(reason, func(t *testing.T) {
			m := newMailboxes(t)
			m.signal(0, "approved", change("2026-12-07", 1))
			m.RegisterDelayedCallback(func() { m.route = block(reason) }, time.Hour)
			m.signal(2*time.Hour, "deleted", workflows.Change{ChangedAt: start.Add(2 * time.Hour)})
			if result := m.run(); result.Status != workflows.StatusDeleted || m.shown["c1 jane@example.com"] != "" {
				t.Errorf("ended %s with %v", result.Status, m.shown)
			}
		})
	}
}

// A deletion that names nobody, of an absence that no run knows: the employee that an
// earlier run told is asked for. Where there is none it is seen as blocked for thirty
// days; nothing that could still come would tell in which calendar to look.
func TestADeletionThatNamesNobody(t *testing.T) {
	t.Run("an earlier run told", func(t *testing.T) {
		m := newMailboxes(t)
		m.shown["c1 jane@example.com"] = confirmedDay
		m.route = func(r workflows.RouteRequest) workflows.Route {
			if r.Employee == "" {
				return workflows.Route{Outcome: workflows.RouteLookup}
			}
			return m.routeToPlace(r)
		}
		m.find = func(r workflows.FindEmployeeRequest) workflows.FindEmployeeResult {
			if r.Absence != "8750" || r.Employee != "" {
				t.Errorf("asked %+v", r)
			}
			return workflows.FindEmployeeResult{Employee: &workflows.Employee{ID: "416", Email: "jane@example.com"}}
		}
		m.signal(0, "deleted", workflows.Change{ChangedAt: start})
		m.stateAt(time.Minute, func(s workflows.State) {
			if s.Employee != "416" {
				t.Errorf("its owner is %q", s.Employee)
			}
		})
		if result := m.run(); result.Status != workflows.StatusDeleted || m.shown["c1 jane@example.com"] != "" {
			t.Errorf("ended %s with %v", result.Status, m.shown)
		}
	})
	t.Run("nobody knows", func(t *testing.T) {
		m := newMailboxes(t)
		m.route = func(workflows.RouteRequest) workflows.Route { return workflows.Route{Outcome: workflows.RouteLookup} }
		m.find = func(workflows.FindEmployeeRequest) workflows.FindEmployeeResult {
			return workflows.FindEmployeeResult{Trouble: &workflows.Trouble{Reason: "unknown-employee"}}
		}
		m.signal(0, "deleted", workflows.Change{ChangedAt: start})
		result := m.run()
		if result.Status != workflows.StatusBlocked || result.Trouble == nil || result.Trouble.Reason != "unknown-employee" || len(m.calls) > 0 {
			t.Errorf("ended %+v after %v", result, m.calls)
		}
		if end := start.AddDate(0, 0, 30); m.Now().Before(end) || m.Now().After(end.Add(25*time.Hour)) {
			t.Errorf("ended %s", m.Now())
		}
	})
}

// Where the place is known, nothing that is in the way of writing is in the way of a
// deletion: an exclusion, a type nobody knows, a policy that cannot be used.
func TestADeletionAtAKnownPlaceNeedsNothingElse(t *testing.T) {
	for name, route := range map[string]workflows.Route{
		"excluded":     {Outcome: workflows.RouteSkip, Trouble: &workflows.Trouble{Reason: "excluded"}},
		"bad settings": {Outcome: workflows.RouteBlock, Trouble: &workflows.Trouble{Reason: "bad-settings"}},
		"unknown type": {Outcome: workflows.RouteLookup, Accounts: []string{"1718"}},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMailboxes(t)
			m.shown["c1 jane@example.com"] = confirmedDay // written by an earlier run
			route.Target = &workflows.Target{Place: m.place}
			m.route = func(workflows.RouteRequest) workflows.Route { return route }
			m.find = func(workflows.FindEmployeeRequest) workflows.FindEmployeeResult {
				t.Error("Figgo was asked")
				return workflows.FindEmployeeResult{}
			}
			m.signal(0, "deleted", workflows.Change{ChangedAt: start, Employee: "416"})
			if result := m.run(); result.Status != workflows.StatusDeleted || m.shown["c1 jane@example.com"] != "" {
				t.Errorf("ended %+v with %v", result, m.shown)
			}
		})
	}
}

// A mailbox that is missing while the absence is deleted may come back with the event in
// it: it is looked at again for two days, and no longer.
func TestADeletionLooksAgainAtAMissingMailbox(t *testing.T) {
	for name, back := range map[string]time.Duration{"comes back": 20 * time.Hour, "stays away": 1000 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			m := newMailboxes(t)
			m.apply = func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
				since := m.Now().Sub(start)
				if since > time.Hour && since < back {
					m.calls = append(m.calls, "missing")
					return workflows.ApplyResult{Trouble: &workflows.Trouble{Reason: "mailbox-missing", Scope: "mailbox"}}, nil
				}
				return m.applyTo(ctx, r)
			}
			m.signal(0, "approved", change("2026-12-07", 1))
			m.signal(2*time.Hour, "deleted", workflows.Change{ChangedAt: start.Add(2 * time.Hour)})
			m.stateAt(3*time.Hour, func(s workflows.State) {
				if s.Status != workflows.StatusDeleted || s.Trouble != nil {
					t.Errorf("status %s, %+v", s.Status, s.Trouble)
				}
			})
			result := m.run()
			left := m.shown["c1 jane@example.com"]
			if result.Status != workflows.StatusDeleted || (left == "") != (name == "comes back") {
				t.Errorf("ended %s, the mailbox shows %q after %v", result.Status, left, m.calls)
			}
			if end := start.Add(50 * time.Hour); m.Now().After(end.Add(time.Hour)) || m.Now().Before(end) || len(m.calls) > 15 {
				t.Errorf("ended %s after %d calls, want about %s", m.Now(), len(m.calls), end)
			}
		})
	}
}

// What is entered again while its mailbox is missing is written, once that is back.
func TestARestoredAbsenceForgetsTheMissingMailbox(t *testing.T) {
	m := newMailboxes(t)
	missing := false
	m.apply = func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
		if missing {
			return workflows.ApplyResult{Trouble: &workflows.Trouble{Reason: "mailbox-missing", Scope: "mailbox"}}, nil
		}
		return m.applyTo(ctx, r)
	}
	m.signal(0, "approved", change("2026-12-07", 1))
	m.RegisterDelayedCallback(func() { missing = true }, time.Hour)
	m.signal(2*time.Hour, "deleted", workflows.Change{ChangedAt: start.Add(2 * time.Hour)})
	m.signal(3*time.Hour, "approved", change("2026-12-08", 180))
	m.RegisterDelayedCallback(func() { missing = false }, 4*time.Hour)
	m.run()
	if m.shown["c1 jane@example.com"] != otherDay {
		t.Errorf("the mailbox shows %v after %v", m.shown, m.calls)
	}
}

// What is paused while a write is tried again and again is not written, and waits as
// what was paused before.
func TestAWriteThatIsPausedMeanwhileWaits(t *testing.T) {
	m := newMailboxes(t)
	m.apply = func(context.Context, workflows.ApplyRequest) (workflows.ApplyResult, error) {
		return workflows.ApplyResult{Trouble: &workflows.Trouble{Reason: workflows.ReasonPaused}}, nil
	}
	m.signal(0, "approved", change("2026-12-07", 1))
	m.stateAt(time.Hour, func(s workflows.State) {
		if s.Status != workflows.StatusSkipped || s.Trouble == nil || s.Trouble.Reason != workflows.ReasonPaused {
			t.Errorf("status %s, %+v", s.Status, s.Trouble)
		}
		m.apply = m.applyTo
	})
	m.signal(2*time.Hour, "retry", workflows.Retry{Bulk: true})
	m.stateAt(3*time.Hour, func(s workflows.State) {
		if s.Status != workflows.StatusSynced {
			t.Errorf("resumed: status %s, %+v", s.Status, s.Trouble)
		}
	})
	m.run()
}

func TestADeletionThatLeadsNowhereIsDone(t *testing.T) {
	m := newMailboxes(t)
	m.route = skip("no-synchronization")
	m.signal(0, "deleted", workflows.Change{ChangedAt: start, Employee: "416"})
	if result := m.run(); result.Status != workflows.StatusDeleted || len(m.calls) != 0 {
		t.Errorf("ended %s after %v", result.Status, m.calls)
	}
}
