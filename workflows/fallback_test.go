package workflows_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/figgosync/figgosync/workflows"
)

// fallback are mailboxes behind an Exchange server and behind Office 365, of which a
// person has one at a time, or both.
type fallback struct {
	*mailboxes
	// there tells which connections have the mailbox; away are those that cannot be asked.
	there, away map[string]bool
}

func newFallback(t *testing.T, there ...string) *fallback {
	t.Helper()
	f := &fallback{mailboxes: newMailboxes(t), there: map[string]bool{}, away: map[string]bool{}}
	for _, one := range there {
		f.there[one] = true
	}
	f.place.Connection, f.place.Provider = "exchange", "exchange"
	route := f.route
	f.route = func(r workflows.RouteRequest) workflows.Route {
		routed := route(r)
		if routed.Target != nil {
			other := *routed.Target
			other.Place.Connection, other.Place.Provider = "office365", "office365"
			other.Fingerprint += " office365"
			routed.Target.Others = []workflows.Target{other}
		}
		return routed
	}
	f.apply = func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
		switch at := r.Place.Connection; {
		case f.away[at]:
			return workflows.ApplyResult{Trouble: &workflows.Trouble{Reason: "server-unreachable", Scope: "connection"}}, nil
		case !f.there[at]:
			f.calls = append(f.calls, "miss "+at)
			return workflows.ApplyResult{Trouble: &workflows.Trouble{Reason: "mailbox-missing", Scope: "mailbox"}}, nil
		}
		return f.applyTo(ctx, r)
	}
	return f
}

func (f *fallback) at(after time.Duration, do func()) { f.RegisterDelayedCallback(do, after) }

// shows is what stands in the person's mailboxes now.
func (f *fallback) shows() string {
	return fmt.Sprintf("exchange:%s office365:%s", f.shown["exchange jane@example.com"], f.shown["office365 jane@example.com"])
}

func (f *fallback) want(exchange, office365 string) {
	f.t.Helper()
	if want := fmt.Sprintf("exchange:%s office365:%s", exchange, office365); f.shows() != want {
		f.t.Errorf("it shows %s, want %s (%v)", f.shows(), want, f.calls)
	}
}

func TestAMailboxIsFoundThroughTheNextConnection(t *testing.T) {
	t.Parallel()
	f := newFallback(t, "office365")
	f.signal(0, "approved", change("2026-12-07", 1))
	f.at(time.Hour, func() { f.want("", confirmedDay) })
	// It is known for a while: the first connection is not asked again.
	f.signal(2*time.Hour, "approved", change("2026-12-08", 60))
	f.at(3*time.Hour, func() {
		f.want("", otherDay)
		if want := []string{"miss exchange", "write office365", "write office365"}; !slices.Equal(f.calls, want) {
			t.Errorf("asked %v, want %v", f.calls, want)
		}
	})
	f.signal(4*time.Hour, "deleted", change("2026-12-08", 120))
	f.run()
	f.want("", "")
}

func TestAMailboxThatMovesTakesItsEventAlong(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		from, to string
		// both says that the old mailbox still answers.
		both bool
	}{
		"to the next, the old one gone":         {"exchange", "office365", false},
		"to the first, the old one gone":        {"office365", "exchange", false},
		"to the first, the old one still there": {"office365", "exchange", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFallback(t, test.from)
			f.signal(0, "approved", change("2026-12-07", 1))
			f.at(time.Hour, func() {
				f.there[test.to] = true
				if !test.both {
					delete(f.there, test.from)
					delete(f.shown, test.from+" jane@example.com") // moved with everything in it, or gone
				}
			})
			f.signal(26*time.Hour, "approved", change("2026-12-08", 60))
			f.at(27*time.Hour, func() {
				if test.to == "exchange" {
					f.want(otherDay, "")
				} else {
					f.want("", otherDay)
				}
			})
			f.signal(28*time.Hour, "deleted", change("2026-12-08", 120))
			f.run()
			f.want("", "")
		})
	}
}

// A connection that cannot be asked is waited for: the mailbox may be there.
func TestAnOutageIsNoMissingMailbox(t *testing.T) {
	t.Parallel()
	f := newFallback(t, "exchange", "office365")
	f.away["exchange"] = true
	f.signal(0, "approved", change("2026-12-07", 1))
	f.stateAt(30*time.Second, func(s workflows.State) {
		if s.Status != workflows.StatusBlocked || s.Trouble == nil || s.Trouble.Reason != "server-unreachable" {
			t.Errorf("%s, %+v", s.Status, s.Trouble)
		}
		f.want("", "")
		delete(f.away, "exchange")
	})
	f.at(time.Hour, func() { f.want(confirmedDay, "") })
	f.run()
}

func TestAMailboxThatIsNowhereIsMissing(t *testing.T) {
	t.Parallel()
	f := newFallback(t)
	f.signal(0, "approved", change("2026-12-07", 1))
	f.stateAt(30*time.Second, func(s workflows.State) {
		if s.Status != workflows.StatusBlocked || s.Trouble == nil || s.Trouble.Reason != "mailbox-missing" || len(s.Leftovers) != 0 {
			t.Errorf("%s, %+v, %d leftovers", s.Status, s.Trouble, len(s.Leftovers))
		}
		f.there["office365"] = true
	})
	f.at(time.Hour, func() { f.want("", confirmedDay) })
	f.run()
}

// A deletion of which this run does not know where it was written looks everywhere.
func TestAForgottenEventIsRemovedWhereverItIs(t *testing.T) {
	t.Parallel()
	f := newFallback(t, "office365")
	f.shown["office365 jane@example.com"] = confirmedDay
	f.signal(0, "deleted", change("2026-12-07", 1))
	f.at(time.Hour, func() { f.want("", "") })
	f.run()
}
