package workflows_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/activity"

	"github.com/figgosync/figgosync/workflows"
)

// repliesWorld is a world whose policy has automatic replies, for an employee; told is
// what their AutoReplies is told.
type repliesWorld struct {
	*world
	employee string
	told     []string
	fails    int
}

func newRepliesWorld(t *testing.T) *repliesWorld {
	t.Helper()
	w := &repliesWorld{world: newWorld(t), employee: "416"}
	w.route = func(r workflows.RouteRequest) workflows.Route {
		route := w.routeToPlace(r)
		route.RepliesTo = w.employee
		return route
	}
	w.RegisterActivityWithOptions(func(_ context.Context, r workflows.TellRepliesRequest) error {
		if w.fails > 0 {
			w.fails--
			return context.DeadlineExceeded
		}
		days := "nothing"
		if content := r.Told.Content; content != nil {
			days = fmt.Sprintf("%s to %s", content.FirstDay(), content.LastDay())
		}
		w.told = append(w.told, fmt.Sprintf("%s of %s: %s", r.Employee, r.Told.Absence, days))
		return nil
	}, activity.RegisterOptions{Name: workflows.TellRepliesActivity})
	return w
}

func (w *repliesWorld) check(want ...string) workflows.State {
	w.t.Helper()
	w.ExecuteWorkflow(workflows.AbsenceLifecycleType, workflows.State{Source: "demo", Absence: "8750"})
	if err := w.GetWorkflowError(); err != nil {
		w.t.Error(err)
	}
	if diff := cmp.Diff(want, w.told); diff != "" {
		w.t.Errorf("told (-want +got):\n%s", diff)
	}
	encoded, err := w.QueryWorkflow(workflows.StateQuery)
	if err != nil {
		w.t.Fatal(err)
	}
	var state workflows.State
	if err := encoded.Get(&state); err != nil {
		w.t.Fatal(err)
	}
	return state
}

const toldOfTheWeek = "416 of 8750: 2026-12-07 to 2026-12-07"

func TestRepliesAreToldOfApprovedAbsences(t *testing.T) {
	t.Parallel()
	w := newRepliesWorld(t)
	w.signal(0, "requested", change("2026-12-07", 0))
	w.signal(time.Hour, "approved", change("2026-12-07", 60))
	w.signal(2*time.Hour, "approved", change("2026-12-08", 120))
	w.signal(3*time.Hour, "deleted", change("2026-12-08", 180))
	w.check(toldOfTheWeek, "416 of 8750: 2026-12-08 to 2026-12-08", "416 of 8750: nothing")
}

func TestRepliesAreToldOfARequestThatIsPendingAgain(t *testing.T) {
	t.Parallel()
	w := newRepliesWorld(t)
	w.signal(0, "approved", change("2026-12-07", 0))
	w.signal(time.Hour, "requested", change("2026-12-08", 60))
	w.check(toldOfTheWeek, "416 of 8750: nothing")
}

// With the policy's replies off no activity is asked for that was not before: this world
// has none under that name.
func TestWithoutRepliesNobodyIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signal(0, "approved", change("2026-12-07", 0))
	w.signal(time.Hour, "deleted", change("2026-12-07", 60))
	w.ExecuteWorkflow(workflows.AbsenceLifecycleType, workflows.State{Source: "demo", Absence: "8750"})
	if err := w.GetWorkflowError(); err != nil {
		t.Error(err)
	}
}

// A run of an older behaviour does what it did, whatever the answers tell.
func TestOldRunsTellNoReplies(t *testing.T) {
	t.Parallel()
	w := newRepliesWorld(t)
	w.behaviour = 2
	w.signal(0, "approved", change("2026-12-07", 0))
	w.check()
}

func TestRepliesOfAnotherEmployee(t *testing.T) {
	t.Parallel()
	w := newRepliesWorld(t)
	w.signal(0, "approved", change("2026-12-07", 0))
	w.RegisterDelayedCallback(func() { w.employee = "417" }, 30*time.Minute)
	w.signal(time.Hour, "retry", workflows.Retry{})
	w.check(toldOfTheWeek, "416 of 8750: nothing", "417 of 8750: 2026-12-07 to 2026-12-07")
}

func TestRepliesEndWhereNoSynchronizationWantsTheAbsence(t *testing.T) {
	t.Parallel()
	w := newRepliesWorld(t)
	w.signal(0, "approved", change("2026-12-07", 0))
	w.RegisterDelayedCallback(func() {
		w.route = func(workflows.RouteRequest) workflows.Route {
			return workflows.Route{Outcome: workflows.RouteSkip,
				Trouble: &workflows.Trouble{Reason: workflows.ReasonNoSynchronization}}
		}
	}, 30*time.Minute)
	w.signal(time.Hour, "retry", workflows.Retry{})
	w.check(toldOfTheWeek, "416 of 8750: nothing")
}

// What becomes of the reply is told in the absence's story.
func TestTheStoryTellsOfReplies(t *testing.T) {
	t.Parallel()
	w := newRepliesWorld(t)
	w.fails = 2
	w.signal(0, "approved", change("2026-12-07", 0))
	w.signal(time.Hour, workflows.SignalReply.Name, workflows.Entry{At: start, Event: workflows.EventReplyLeft, Connection: "c1"})
	state := w.check(toldOfTheWeek)
	if last := state.Story[len(state.Story)-1]; last.Event != workflows.EventReplyLeft || state.RepliedTo != "416" {
		t.Errorf("%+v, told to %q", last, state.RepliedTo)
	}
}
