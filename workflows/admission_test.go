package workflows_test

import (
	"testing"
	"time"

	"github.com/figgosync/figgosync/workflows"
)

func deleted(minutes int) workflows.Change {
	return workflows.Change{ChangedAt: start.Add(time.Duration(minutes) * time.Minute)}
}

// A deletion among too many is held: its event stays until a person decides, also when
// it is asked to try again, and what was decided is done.
func TestAHeldDeletionWaitsForADecision(t *testing.T) {
	for name, c := range map[string]struct {
		decided workflows.Admission
		status  workflows.Status
		shows   string
	}{
		"carried out": {workflows.AdmissionGiven, workflows.StatusDeleted, ""},
		"refused":     {workflows.AdmissionDropped, workflows.StatusSkipped, confirmedDay},
	} {
		w := newWorld(t)
		w.admission = workflows.AdmissionHeld
		w.signal(0, "approved", change("2026-12-07", 1))
		w.signal(time.Hour, "deleted", deleted(60))
		w.signal(2*time.Hour, "retry", workflows.Retry{Bulk: true})
		w.stateAt(3*time.Hour, func(s workflows.State) {
			if s.Status != workflows.StatusHeld || s.Trouble.Reason != workflows.ReasonHeld {
				t.Errorf("%s: status %s, %+v", name, s.Status, s.Trouble)
			}
			w.sees(confirmedDay)
		})
		w.signal(4*time.Hour, "retry", workflows.Retry{Decided: c.decided})
		w.stateAt(5*time.Hour, func(s workflows.State) {
			if s.Status != c.status {
				t.Errorf("%s: status %s, want %s", name, s.Status, c.status)
			}
			w.sees(c.shows)
		})
		// A comparison that finds the event left does not take it out.
		w.signal(6*time.Hour, "deleted", workflows.Change{ChangedAt: start.Add(6 * time.Hour), ReadAt: start.Add(6 * time.Hour), Bulk: true})
		w.signal(6*time.Hour, "retry", workflows.Retry{Rewrite: true, Bulk: true})
		if result := w.run(); result.Status != c.status {
			t.Errorf("%s: ended as %s", name, result.Status)
		}
		w.sees(c.shows)
	}
}

// What a person resynchronizes after a refusal is asked for once more; an absence that
// comes back is written.
func TestARefusedDeletionIsNotForEver(t *testing.T) {
	w := newWorld(t)
	w.admission = workflows.AdmissionDropped
	w.signal(0, "approved", change("2026-12-07", 1))
	w.signal(time.Hour, "deleted", deleted(60))
	w.RegisterDelayedCallback(func() { w.sees(confirmedDay); w.admission = workflows.AdmissionGiven }, 2*time.Hour)
	w.signal(3*time.Hour, "retry", workflows.Retry{Rewrite: true})
	w.RegisterDelayedCallback(func() { w.sees("") }, 4*time.Hour)
	w.signal(5*time.Hour, "approved", change("2026-12-07", 300))
	w.stateAt(6*time.Hour, func(s workflows.State) {
		if w.sees(confirmedDay); s.Status != workflows.StatusSynced || s.Admission != "" {
			t.Errorf("status %s, admission %q", s.Status, s.Admission)
		}
	})
	w.run()
}

// Neither a removal nor a comparison counts as a live deletion, and nothing is asked
// twice.
func TestOnlyLiveDeletionsAreCounted(t *testing.T) {
	for name, c := range map[string]struct {
		change workflows.Change
		asked  int
	}{
		"live":                {deleted(60), 1},
		"found by comparison": {workflows.Change{ChangedAt: start.Add(time.Hour), ReadAt: start.Add(time.Hour), Bulk: true}, 0},
	} {
		w := newWorld(t)
		w.signal(0, "approved", change("2026-12-07", 1))
		w.signal(time.Hour, "deleted", c.change)
		w.signal(2*time.Hour, "deleted", c.change)
		if result := w.run(); result.Status != workflows.StatusDeleted || w.admissions != c.asked {
			t.Errorf("%s: ended as %s after %d questions, want %d", name, result.Status, w.admissions, c.asked)
		}
	}
}
