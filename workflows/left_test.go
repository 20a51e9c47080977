package workflows_test

import (
	"testing"
	"time"

	"github.com/figgosync/figgosync/workflows"
)

// Somebody leaves: what they have in their calendar goes, is put back if they return, and
// waits for a person where many leave at once.
func TestWhoLeavesLosesTheirEvents(t *testing.T) {
	for name, c := range map[string]struct {
		admission, decided workflows.Admission
		held               bool
		shows              string
	}{
		"at once":                  {workflows.AdmissionGiven, "", false, ""},
		"among many, carried out":  {workflows.AdmissionHeld, workflows.AdmissionGiven, true, ""},
		"among many, but it is no": {workflows.AdmissionHeld, workflows.AdmissionDropped, true, confirmedDay},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.admission = c.admission
			w.signal(0, "approved", change("2026-12-07", 1))
			w.RegisterDelayedCallback(func() { w.route = skip(workflows.ReasonLeft) }, time.Hour)
			w.signal(2*time.Hour, "retry", ownerChanged)
			w.stateAt(3*time.Hour, func(s workflows.State) {
				if held := s.Status == workflows.StatusHeld; held != c.held {
					t.Errorf("status %s, %+v", s.Status, s.Trouble)
				}
			})
			if c.held {
				w.signal(4*time.Hour, "retry", workflows.Retry{Decided: c.decided})
			}
			w.stateAt(5*time.Hour, func(s workflows.State) {
				if s.Status != workflows.StatusSkipped {
					t.Errorf("status %s, %+v", s.Status, s.Trouble)
				}
				w.sees(c.shows)
				w.route = w.routeToPlace
			})
			w.signal(6*time.Hour, "retry", ownerChanged)
			w.run()
			w.sees(confirmedDay)
		})
	}
}

// What was never written needs no decision.
func TestWhoLeftIsNotWritten(t *testing.T) {
	w := newWorld(t)
	w.admission = workflows.AdmissionHeld
	w.route = skip(workflows.ReasonLeft)
	w.signal(0, "approved", change("2026-12-07", 1))
	w.stateAt(time.Hour, func(s workflows.State) {
		if s.Status != workflows.StatusSkipped || s.Trouble.Reason != workflows.ReasonLeft {
			t.Errorf("status %s, %+v", s.Status, s.Trouble)
		}
	})
	w.run()
	w.sees("")
}
