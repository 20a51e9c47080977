package workflows_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/workflows"
)

// deletionRun is a Deletions and what it told absences.
type deletionRun struct {
	*testsuite.TestWorkflowEnvironment
	t    *testing.T
	told map[workflows.Admission][]string
}

func newDeletionRun(t *testing.T) *deletionRun {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	c := &deletionRun{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), t: t, told: map[workflows.Admission][]string{}}
	c.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: workflows.DeletionsID("demo"), TaskQueue: workflows.TaskQueue})
	c.RegisterWorkflowWithOptions(workflows.Deletions, workflow.RegisterOptions{Name: workflows.DeletionsType})
	c.RegisterActivityWithOptions(func(_ context.Context, r workflows.TellRequest) error {
		c.told[r.Decided] = append(c.told[r.Decided], r.Absences...)
		return nil
	}, activity.RegisterOptions{Name: workflows.TellHeldActivity})
	return c
}

// admit asks for some deletions after a while and expects how many are given.
func (c *deletionRun) admit(after time.Duration, first, count, given int) {
	request := workflows.AdmitRequest{Source: "demo", Above: 50}
	for i := range count {
		request.Deletions = append(request.Deletions, workflows.HeldDeletion{Absence: fmt.Sprint(first + i), Employee: "7"})
	}
	c.RegisterDelayedCallback(func() {
		c.UpdateWorkflow(workflows.AdmitUpdate, "", updated(func(answer any, err error) {
			answers, _ := answer.([]workflows.Admission)
			held := slices.DeleteFunc(slices.Clone(answers), func(a workflows.Admission) bool { return a == workflows.AdmissionGiven })
			if err != nil || len(answers) != count || count-len(held) != given {
				c.t.Errorf("after %s: %d of %d given, want %d, %v", after, count-len(held), len(answers), given, err)
			}
		}), request)
	}, after)
}

func (c *deletionRun) decide(after time.Duration, approve bool, check func(int, error)) {
	c.RegisterDelayedCallback(func() {
		c.UpdateWorkflow(workflows.DecideUpdate, "", updated(func(answer any, err error) {
			count, _ := answer.(int)
			check(count, err)
		}), workflows.Decision{Approve: approve})
	}, after)
}

func (c *deletionRun) held(after time.Duration, want int) {
	c.RegisterDelayedCallback(func() {
		var held workflows.HeldDeletions
		answer, err := c.QueryWorkflow(workflows.HeldQuery)
		if err == nil {
			err = answer.Get(&held)
		}
		if err != nil || held.Total != want || len(held.Deletions) != want {
			c.t.Errorf("after %s: %d held, %d listed, want %d, %v", after, held.Total, len(held.Deletions), want, err)
		}
	}, after)
}

func (c *deletionRun) run() {
	c.t.Helper()
	c.ExecuteWorkflow(workflows.DeletionsType, workflows.DeletionsState{Source: "demo"})
	if err := c.GetWorkflowError(); !c.IsWorkflowCompleted() || err != nil {
		c.t.Fatalf("completed %t, %v", c.IsWorkflowCompleted(), err)
	}
}

// updated is told how an update ended, refused or not.
type updated func(answer any, err error)

func (u updated) Accept()                        {}
func (u updated) Reject(err error)               { u(nil, err) }
func (u updated) Complete(answer any, err error) { u(answer, err) }

func TestDeletionsWithinAnHourAreHeldAboveTheirNumber(t *testing.T) {
	c := newDeletionRun(t)
	c.admit(0, 0, 30, 30)
	c.admit(time.Minute, 0, 30, 30) // asked once more: the same, and deletionRun once
	c.admit(30*time.Minute, 30, 20, 20)
	c.admit(59*time.Minute, 50, 1, 0)
	c.held(59*time.Minute+time.Second, 1)
	// Later ones are held with it although the first are an hour ago.
	c.admit(70*time.Minute, 51, 2, 0)
	c.decide(5*time.Hour, true, func(count int, err error) {
		if count != 3 || err != nil {
			t.Errorf("%d decided, %v", count, err)
		}
	})
	c.held(5*time.Hour+time.Second, 0)
	c.admit(5*time.Hour+time.Minute, 60, 50, 50) // the count begins anew
	c.run()
	if diff := cmp.Diff(map[workflows.Admission][]string{workflows.AdmissionGiven: {"50", "51", "52"}}, c.told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestRefusedDeletionsAreToldInParts(t *testing.T) {
	c := newDeletionRun(t)
	c.admit(0, 0, 450, 50)
	c.decide(time.Hour, false, func(count int, err error) {
		if count != 400 || err != nil {
			t.Errorf("%d decided, %v", count, err)
		}
	})
	c.run()
	if len(c.told[workflows.AdmissionDropped]) != 400 || len(c.told) != 1 {
		t.Errorf("%d told, of %d kinds", len(c.told[workflows.AdmissionDropped]), len(c.told))
	}
}

func TestADecisionAboutNothingIsRefused(t *testing.T) {
	c := newDeletionRun(t)
	c.admit(0, 0, 3, 3)
	c.decide(time.Minute, true, func(_ int, err error) {
		if err == nil {
			t.Error("there was nothing to decide")
		}
	})
	c.run()
}
