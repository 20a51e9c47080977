package workflows_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/workflows"
)

// waking is a Wake and the pages it asked for.
type waking struct {
	*testsuite.TestWorkflowEnvironment
	pages []workflows.WakePage
	page  func(workflows.WakePage) (workflows.WakeResult, error)
}

func newWaking(t *testing.T, page func(workflows.WakePage) (workflows.WakeResult, error)) *waking {
	t.Helper()
	w := &waking{TestWorkflowEnvironment: newEnvironment(), page: page}
	w.SetStartTime(start)
	w.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: "wake/synchronization/paris", TaskQueue: workflows.TaskQueue})
	w.RegisterWorkflowWithOptions(workflows.Wake, workflow.RegisterOptions{Name: workflows.WakeType})
	w.RegisterActivityWithOptions(func(_ context.Context, page workflows.WakePage) (workflows.WakeResult, error) {
		w.pages = append(w.pages, page)
		return w.page(page)
	}, activity.RegisterOptions{Name: workflows.WakeAbsencesActivity})
	return w
}

func (w *waking) ask(after time.Duration, request workflows.WakeRequest) {
	w.RegisterDelayedCallback(func() { w.SignalWorkflow("wake", request) }, after)
}

func (w *waking) run(t *testing.T, want int) {
	t.Helper()
	w.ExecuteWorkflow(workflows.WakeType, workflows.WakeState{})
	var woken int
	if err := w.GetWorkflowResult(&woken); err != nil || woken != want {
		t.Errorf("%d woken, want %d; %v", woken, want, err)
	}
}

func TestEveryPageIsWokenAndAgainWhatIsAskedMeanwhile(t *testing.T) {
	next := map[string]string{"": "0:a", "0:a": "0:b", "0:b": ""}
	failures := 0
	w := newWaking(t, func(page workflows.WakePage) (workflows.WakeResult, error) {
		if page.Cursor == "0:a" && failures < 5 {
			failures++
			return workflows.WakeResult{}, errors.New("temporal does not answer")
		}
		return workflows.WakeResult{Woken: 100, Next: next[page.Cursor]}, nil
	})
	request := workflows.WakeRequest{Synchronization: "paris"}
	w.ask(0, request)
	w.ask(time.Second, request) // while the second page fails
	w.run(t, 600)
	want := []workflows.WakePage{{Request: request}}
	for range 6 {
		want = append(want, workflows.WakePage{Request: request, Cursor: "0:a"})
	}
	want = append(want, workflows.WakePage{Request: request, Cursor: "0:b"}, workflows.WakePage{Request: request},
		workflows.WakePage{Request: request, Cursor: "0:a"}, workflows.WakePage{Request: request, Cursor: "0:b"})
	if diff := cmp.Diff(want, w.pages); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

func TestWishesAreOne(t *testing.T) {
	office := func(after time.Duration, reasons ...string) workflows.WakeRequest {
		return workflows.WakeRequest{Connection: "office", Reasons: reasons, After: after}
	}
	for name, c := range map[string]struct{ first, second, want workflows.WakeRequest }{
		"for two reasons": {office(0, "b", "a"), office(3*time.Second, "a", "c"), office(3*time.Second, "a", "b", "c")},
		"for all reasons": {office(3*time.Second, "b"), office(0), office(3 * time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWaking(t, func(workflows.WakePage) (workflows.WakeResult, error) { return workflows.WakeResult{}, nil })
			w.ask(0, c.first)
			w.ask(0, c.second)
			w.run(t, 0)
			if diff := cmp.Diff([]workflows.WakePage{{Request: c.want}}, w.pages); diff != "" {
				t.Errorf("pages (-want +got):\n%s", diff)
			}
			if waited := w.Now().Sub(start); waited < c.want.After {
				t.Errorf("it waited %s", waited)
			}
		})
	}
}
