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

// A deletion among several waits and is told what becomes of it; meanwhile its event
// stays, and nobody has to do anything.
func TestAWaitingDeletionIsTold(t *testing.T) {
	for answer, c := range map[workflows.Admission]struct {
		status workflows.Status
		shows  string
	}{
		workflows.AdmissionGiven:   {workflows.StatusDeleted, ""},
		workflows.AdmissionHeld:    {workflows.StatusHeld, confirmedDay},
		workflows.AdmissionDropped: {workflows.StatusSkipped, confirmedDay},
	} {
		w := newWorld(t)
		w.admission = workflows.AdmissionWaiting
		w.signal(0, "approved", change("2026-12-07", 1))
		w.signal(time.Hour, "deleted", deleted(60))
		w.stateAt(time.Hour+time.Minute, func(s workflows.State) {
			if s.Status != workflows.StatusPending || s.Trouble == nil || s.Trouble.Reason != workflows.ReasonWaiting {
				t.Errorf("%s: status %s, %+v", answer, s.Status, s.Trouble)
			}
			w.sees(confirmedDay)
		})
		w.signal(time.Hour+2*time.Minute, "retry", workflows.Retry{Decided: answer})
		w.stateAt(time.Hour+3*time.Minute, func(s workflows.State) {
			if s.Status != c.status || w.admissions != 1 {
				t.Errorf("%s: status %s after %d questions", answer, s.Status, w.admissions)
			}
			w.sees(c.shows)
			w.admission = workflows.AdmissionGiven
		})
		w.run()
	}
}

// An answer that is lost is asked for once more.
func TestAWaitingDeletionAsksAgain(t *testing.T) {
	w := newWorld(t)
	w.admission = workflows.AdmissionWaiting
	w.signal(0, "approved", change("2026-12-07", 1))
	w.signal(time.Hour, "deleted", deleted(60))
	w.RegisterDelayedCallback(func() { w.admission = workflows.AdmissionGiven }, time.Hour+time.Minute)
	if result := w.run(); result.Status != workflows.StatusDeleted || w.admissions != 2 {
		t.Errorf("ended as %s after %d questions", result.Status, w.admissions)
	}
	w.sees("")
}

// What went before the burst was held is put back by a refusal, as it was, also weeks
// later, also where that was not possible at once.
func TestARefusalPutsBackWhatWasCarriedOut(t *testing.T) {
	const weeks = 20 * 24 * time.Hour
	w := newWorld(t)
	w.signal(0, "approved", change("2026-12-07", 1))
	w.signal(time.Hour, "deleted", deleted(60))
	w.signal(time.Hour+time.Second, "retry", workflows.Retry{Decided: workflows.AdmissionQuestioned})
	w.stateAt(weeks, func(s workflows.State) {
		if w.sees(""); s.Status != workflows.StatusDeleted {
			t.Errorf("status %s", s.Status)
		}
		w.route = func(workflows.RouteRequest) workflows.Route {
			return workflows.Route{Outcome: workflows.RouteBlock, Trouble: &workflows.Trouble{Reason: "no-email"}}
		}
	})
	w.signal(weeks+time.Minute, "retry", workflows.Retry{Decided: workflows.AdmissionDropped})
	w.stateAt(weeks+2*time.Minute, func(s workflows.State) {
		if w.sees(""); s.Status != workflows.StatusBlocked {
			t.Errorf("status %s", s.Status)
		}
		w.route = w.routeToPlace
	})
	w.signal(weeks+time.Hour, "retry", workflows.Retry{Bulk: true})
	w.stateAt(weeks+2*time.Hour, func(s workflows.State) {
		if s.Status != workflows.StatusSkipped || s.Trouble.Reason != workflows.ReasonDropped || s.PutBack {
			t.Errorf("status %s, %+v", s.Status, s.Trouble)
		}
		w.sees(confirmedDay)
	})
	// A person who resynchronizes it takes it out after all.
	w.signal(weeks+3*time.Hour, "retry", workflows.Retry{Rewrite: true})
	if result := w.run(); result.Status != workflows.StatusDeleted {
		t.Errorf("ended as %s", result.Status)
	}
	w.sees("")
}

// What is approved stays deleted, and is forgotten like any other.
func TestAnApprovalOfWhatWasCarriedOutChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.signal(0, "approved", change("2026-12-07", 1))
	w.signal(time.Hour, "deleted", deleted(60))
	w.signal(time.Hour+time.Second, "retry", workflows.Retry{Decided: workflows.AdmissionQuestioned})
	w.signal(100*time.Hour, "retry", workflows.Retry{Decided: workflows.AdmissionGiven})
	if result := w.run(); result.Status != workflows.StatusDeleted || w.applies != 2 {
		t.Errorf("ended as %s after %d writes", result.Status, w.applies)
	}
	if ended := w.Now().Sub(start); ended < 100*time.Hour || ended > 101*time.Hour {
		t.Errorf("it ended after %s", ended)
	}
}

// A change in Figgo counts for more than an older refusal.
func TestNothingIsPutBackThatCameBackByItself(t *testing.T) {
	w := newWorld(t)
	w.signal(0, "approved", change("2026-12-07", 1))
	w.signal(time.Hour, "deleted", deleted(60))
	w.signal(2*time.Hour, "requested", change("2026-12-07", 120))
	w.signal(3*time.Hour, "retry", workflows.Retry{Decided: workflows.AdmissionDropped})
	w.stateAt(4*time.Hour, func(s workflows.State) {
		if w.sees(tentativeDay); s.Status != workflows.StatusSynced || s.Before != nil {
			t.Errorf("status %s, %+v before", s.Status, s.Before)
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
