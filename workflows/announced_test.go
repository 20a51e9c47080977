package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/workflows"
)

// announcements runs a workflow and returns, for each write, how long after start the
// change was received that it carries out; -1 where nobody waits for it.
func announcements(w *world) []time.Duration {
	var all []time.Duration
	apply := w.apply
	w.apply = func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
		if r.Synchronization != "s1" {
			w.t.Errorf("the write is for the synchronization %q, want s1", r.Synchronization)
		}
		if r.AnnouncedAt.IsZero() {
			all = append(all, -1)
		} else {
			all = append(all, r.AnnouncedAt.Sub(start).Truncate(time.Second))
		}
		return apply(ctx, r)
	}
	w.run()
	return all
}

func TestAWriteTellsSinceWhenItIsWaitedFor(t *testing.T) {
	received := func(minutes int, before time.Duration) workflows.Change {
		c := change("2026-12-07", minutes)
		c.ReceivedAt = start.Add(time.Duration(minutes)*time.Minute - before)
		return c
	}
	bulk := change("2026-12-07", 1)
	bulk.Bulk = true
	deleted := workflows.Change{ChangedAt: start.Add(time.Hour)}
	blockedFor := func(tries int) func(*world) {
		return func(w *world) {
			w.apply = func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
				if w.applies <= tries {
					return workflows.ApplyResult{Trouble: &workflows.Trouble{Reason: "mailbox-missing"}}, nil
				}
				return w.write(ctx, r)
			}
		}
	}
	for name, c := range map[string]struct {
		prepare func(*world)
		want    []time.Duration
	}{
		"each change by its arrival": {func(w *world) {
			w.signal(time.Second, "requested", change("2026-12-07", 1))
			w.signal(time.Minute, "approved", change("2026-12-07", 2))
			w.signal(time.Hour, "deleted", deleted)
		}, []time.Duration{time.Second, time.Minute, time.Hour}},
		"or by when the sender got it": {func(w *world) {
			w.signal(2*time.Minute, "approved", received(2, 5*time.Second))
		}, []time.Duration{115 * time.Second}},
		"a clock that is ahead does not count": {func(w *world) {
			w.signal(2*time.Minute, "approved", received(2, -time.Hour))
		}, []time.Duration{2 * time.Minute}},
		"the oldest of several": {func(w *world) {
			w.signal(time.Minute, "requested", halfPost(half("2026-12-07", "am")))
			w.signal(time.Minute+time.Second, "requested", halfPost(half("2026-12-07", "pm")))
		}, []time.Duration{time.Minute}},
		"back-fill has nobody waiting": {func(w *world) { w.signal(0, "approved", bulk) }, []time.Duration{-1}},
		"nor has what was blocked": {func(w *world) {
			blockedFor(2)(w)
			w.signal(time.Second, "approved", change("2026-12-07", 1))
		}, []time.Duration{time.Second, -1, -1}},
		"until something new comes": {func(w *world) {
			blockedFor(1)(w)
			w.signal(0, "requested", change("2026-12-07", 1))
			w.signal(30*time.Second, "approved", change("2026-12-07", 2))
		}, []time.Duration{0, 30 * time.Second}},
		"of a move, only its last write": {func(w *world) {
			w.signal(0, "requested", change("2026-12-07", 1))
			w.RegisterDelayedCallback(func() { w.place.Mailbox = "other@example.com" }, time.Minute)
			w.signal(time.Hour, "approved", change("2026-12-07", 60))
		}, []time.Duration{0, -1, time.Hour}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c.prepare(w)
			if diff := cmp.Diff(c.want, announcements(w)); diff != "" {
				t.Errorf("waited for since (-want +got):\n%s", diff)
			}
		})
	}
}

// A change that comes while another is written waits for its own write.
func TestNewsDuringAWriteWaitsSinceItCame(t *testing.T) {
	w := newWorld(t)
	write := w.apply
	w.apply = func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
		if w.applies == 1 {
			w.SignalWorkflow("approved", change("2026-12-07", 2)) // before the answer
		}
		return write(ctx, r)
	}
	w.signal(0, "requested", change("2026-12-07", 1))
	if got := announcements(w); len(got) != 2 || got[0] != 0 || got[1] < 0 {
		t.Errorf("waited for since %v, want both writes to be waited for", got)
	}
	w.sees(confirmedDay)
}
