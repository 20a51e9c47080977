package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/figgosync/figgosync/workflows"
)

const backfill = "initialization/demo/1"

func announced(day string) workflows.Change {
	one := change(day, 1)
	one.Bulk, one.ReadAt, one.Initialization = true, start, backfill
	return one
}

// Only an absence all of whose events an initialization created remembers it.
func TestAnAbsenceRemembersWhichInitializationCreatedItsEvents(t *testing.T) {
	for name, c := range map[string]struct {
		arrange func(*world)
		want    string
	}{
		"created": {func(w *world) { w.signal(0, "approved", announced("2026-12-07")) }, backfill},
		"and changed since": {func(w *world) {
			w.signal(0, "requested", announced("2026-12-07"))
			w.signal(time.Hour, "approved", change("2026-12-07", 90))
		}, backfill},
		"announced by Figgo before": {func(w *world) {
			w.signal(0, "approved", change("2026-12-07", 1))
			w.signal(time.Hour, "approved", announced("2026-12-07"))
		}, ""},
		"there already": {func(w *world) {
			w.apply = func(_ context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
				return workflows.ApplyResult{Events: placedOf(r), Unchanged: len(r.Events)}, nil
			}
			w.signal(0, "approved", announced("2026-12-07"))
		}, ""},
		"half of it there already": {func(w *world) {
			w.apply = func(_ context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
				return workflows.ApplyResult{Events: placedOf(r), Created: 1, Unchanged: len(r.Events) - 1}, nil
			}
			w.signal(0, "approved", announced("2026-12-07"))
		}, ""},
		"created by an attempt that failed later": {func(w *world) {
			w.apply = func(_ context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
				return workflows.ApplyResult{Events: placedOf(r), Unchanged: 1, Created: 1, CreatedBefore: 1, Attempt: 2}, nil
			}
			w.signal(0, "approved", announced("2026-12-07"))
		}, backfill},
		"taken out": {func(w *world) {
			w.signal(0, "approved", announced("2026-12-07"))
			w.signal(time.Hour, "retry", workflows.Retry{Removed: true, Bulk: true})
		}, ""},
	} {
		w := newWorld(t)
		c.arrange(w)
		w.stateAt(2*time.Hour, func(s workflows.State) {
			if s.CreatedBy != c.want {
				t.Errorf("%s: created by %q, want %q", name, s.CreatedBy, c.want)
			}
		})
		w.run()
	}
}

func placedOf(r workflows.ApplyRequest) (placed []workflows.PlacedEvent) {
	for _, one := range r.Events {
		placed = append(placed, workflows.PlacedEvent{Run: one.Run, ID: "x"})
	}
	return placed
}

// A write that is under way when a removal comes may end after it: the absence takes
// out itself what it wrote, although its synchronization is paused by now.
func TestWhatWasBeingWrittenDuringARemovalIsTakenOut(t *testing.T) {
	w := newWorld(t)
	w.apply = func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
		if len(r.Events) > 0 {
			w.SignalWorkflow("retry", workflows.Retry{Removed: true, Bulk: true})
			w.route = skip(workflows.ReasonPaused)
		}
		return w.write(ctx, r)
	}
	w.signal(0, "approved", change("2026-12-07", 1))
	w.stateAt(time.Hour, func(s workflows.State) {
		if s.Status != workflows.StatusSkipped || s.Applied != nil || len(s.Leftovers) > 0 || s.Overtaken {
			t.Errorf("%s, applied %v, leftovers %v, overtaken %t", s.Status, s.Applied, s.Leftovers, s.Overtaken)
		}
		w.sees("")
	})
	w.run()
}
