package workflows_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
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
	c := &deletionRun{TestWorkflowEnvironment: newEnvironment(), t: t, told: map[workflows.Admission][]string{}}
	c.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: workflows.DeletionsID("demo"), TaskQueue: workflows.TaskQueue})
	c.RegisterWorkflowWithOptions(workflows.Deletions, workflow.RegisterOptions{Name: workflows.DeletionsType})
	c.RegisterActivityWithOptions(func(_ context.Context, r workflows.TellRequest) error {
		c.told[r.Decided] = append(c.told[r.Decided], r.Absences...)
		return nil
	}, activity.RegisterOptions{Name: workflows.TellHeldActivity})
	return c
}

// admit asks for some deletions after a while and expects how many are given, and how
// many are held; the others wait.
func (c *deletionRun) admit(after time.Duration, first, count, given, held int) {
	request := workflows.AdmitRequest{Source: "demo", Above: 50}
	for i := range count {
		request.Deletions = append(request.Deletions, workflows.HeldDeletion{Absence: fmt.Sprint(first + i), Employee: "7"})
	}
	c.ask(after, request, map[workflows.Admission]int{
		workflows.AdmissionGiven: given, workflows.AdmissionHeld: held, workflows.AdmissionWaiting: count - given - held,
	})
}

func (c *deletionRun) ask(after time.Duration, request workflows.AdmitRequest, want map[workflows.Admission]int) {
	c.RegisterDelayedCallback(func() {
		c.UpdateWorkflow(workflows.AdmitUpdate, "", updated(func(answer any, err error) {
			answers, _ := answer.([]workflows.Admission)
			got := map[workflows.Admission]int{}
			for kind := range want {
				got[kind] = 0
			}
			for _, one := range answers {
				got[one]++
			}
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				c.t.Errorf("after %s (-want +got):\n%s%v", after, diff, err)
			}
		}), request)
	}, after)
}

// names are those of count deletions.
func names(first, count int) (all []string) {
	for i := range count {
		all = append(all, fmt.Sprint(first+i))
	}
	return all
}

func (c *deletionRun) decide(after time.Duration, decision workflows.Decision, check func(int, error)) {
	c.RegisterDelayedCallback(func() {
		c.UpdateWorkflow(workflows.DecideUpdate, "", updated(func(answer any, err error) {
			count, _ := answer.(int)
			check(count, err)
		}), decision)
	}, after)
}

func (c *deletionRun) held(after time.Duration, held, carriedOut int) {
	c.RegisterDelayedCallback(func() {
		var got workflows.HeldDeletions
		answer, err := c.QueryWorkflow(workflows.HeldQuery)
		if err == nil {
			err = answer.Get(&got)
		}
		if err != nil || got.Total != held || len(got.Deletions) != held || got.CarriedOut != carriedOut {
			c.t.Errorf("after %s: %d held, %d listed, want %d; %d carried out, want %d; %v",
				after, got.Total, len(got.Deletions), held, got.CarriedOut, carriedOut, err)
		}
	}, after)
}

// decided expects how many a decision is about.
func (c *deletionRun) decided(want int) func(int, error) {
	return func(count int, err error) {
		if count != want || err != nil {
			c.t.Errorf("%d decided, want %d, %v", count, want, err)
		}
	}
}

func (c *deletionRun) run() {
	c.t.Helper()
	c.runWith(workflows.DeletionsState{Source: "demo"})
}

func (c *deletionRun) runWith(state workflows.DeletionsState) {
	c.t.Helper()
	c.ExecuteWorkflow(workflows.DeletionsType, state)
	if err := c.GetWorkflowError(); !c.IsWorkflowCompleted() || err != nil {
		c.t.Fatalf("completed %t, %v", c.IsWorkflowCompleted(), err)
	}
}

// updated is told how an update ended, refused or not.
type updated func(answer any, err error)

func (u updated) Accept()                        {}
func (u updated) Reject(err error)               { u(nil, err) }
func (u updated) Complete(answer any, err error) { u(answer, err) }

type told = map[workflows.Admission][]string

func (c *deletionRun) wasTold(want told) {
	c.t.Helper()
	if diff := cmp.Diff(want, c.told); diff != "" {
		c.t.Errorf("told (-want +got):\n%s", diff)
	}
}

// A lone deletion never waits, nor do the first of a burst.
func TestLoneDeletionsAreCarriedOutAtOnce(t *testing.T) {
	c := newDeletionRun(t)
	for i := range 60 {
		c.admit(time.Duration(i)*2*time.Minute, i, 1, 1, 0)
	}
	c.run()
	c.wasTold(told{})
}

// Many that come slowly are one burst.
func TestManySlowDeletionsAreHeld(t *testing.T) {
	c := newDeletionRun(t)
	for i := range 50 {
		given := 0
		if i < 5 {
			given = 1
		}
		c.admit(time.Duration(i)*70*time.Second, i, 1, given, 0)
	}
	c.admit(59*time.Minute, 50, 1, 0, 1)
	c.held(59*time.Minute+time.Second, 1, 50)
	c.decide(2*time.Hour, workflows.Decision{Approve: true}, c.decided(1))
	c.run()
	c.wasTold(told{
		workflows.AdmissionQuestioned: names(0, 50),
		workflows.AdmissionGiven:      append(append(names(5, 45), "50"), names(0, 50)...),
	})
}

// Further ones wait until no more come, and are then carried out when they are not too
// many; whoever asks once more hears the same.
func TestABurstWaitsUntilItIsQuiet(t *testing.T) {
	c := newDeletionRun(t)
	c.admit(0, 0, 5, 5, 0)
	c.admit(10*time.Second, 5, 20, 0, 0)
	c.admit(20*time.Second, 0, 25, 5, 0) // the same
	c.admit(24*time.Second, 25, 5, 0, 0)
	c.RegisterDelayedCallback(func() { c.wasTold(told{}) }, 38*time.Second)
	c.RegisterDelayedCallback(func() { c.wasTold(told{workflows.AdmissionGiven: names(5, 25)}) }, 40*time.Second)
	c.RegisterDelayedCallback(func() { clear(c.told) }, time.Minute)
	c.admit(5*time.Minute, 30, 1, 1, 0) // another burst
	c.admit(70*time.Minute, 31, 51, 5, 1)
	c.decide(71*time.Minute, workflows.Decision{}, c.decided(46))
	c.run()
}

// A burst that does not end is not waited for longer than two minutes; when it gets too
// much later, what went before is in question, too.
func TestALongBurstIsDecidedAsAWhole(t *testing.T) {
	c := newDeletionRun(t)
	for i := range 60 { // one each 4 seconds
		given, held := 0, 0
		if i < 5 {
			given = 1
		}
		if i >= 50 {
			held = 1
		}
		c.admit(time.Duration(i)*4*time.Second, i, 1, given, held)
	}
	c.held(5*time.Minute, 25, 35)
	c.decide(6*time.Minute, workflows.Decision{}, c.decided(25))
	c.run()
	c.wasTold(told{
		workflows.AdmissionGiven: names(5, 30), workflows.AdmissionHeld: names(35, 15),
		workflows.AdmissionQuestioned: names(0, 35), workflows.AdmissionDropped: append(names(35, 25), names(0, 35)...),
	})
}

func TestManyDeletionsAreHeldAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		approve bool
		answer  workflows.Admission
	}{"carried out": {true, workflows.AdmissionGiven}, "refused": {false, workflows.AdmissionDropped}} {
		t.Run(name, func(t *testing.T) {
			r := newDeletionRun(t)
			r.admit(0, 0, 30, 5, 0)
			r.admit(5*time.Second, 30, 370, 0, 350)
			r.held(6*time.Second, 395, 5)
			r.admit(20*time.Minute, 400, 1, 0, 1) // held with them, much later too
			r.decide(5*time.Hour, workflows.Decision{Approve: c.approve, Deletions: 396}, r.decided(396))
			r.held(5*time.Hour+time.Second, 0, 0)
			r.admit(5*time.Hour+time.Minute, 500, 5, 5, 0) // the count begins anew
			r.run()
			held := append(names(5, 395), "400")
			if diff := cmp.Diff(append(held, names(0, 5)...), r.told[c.answer]); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
			delete(r.told, c.answer)
			r.wasTold(told{workflows.AdmissionHeld: names(5, 45), workflows.AdmissionQuestioned: names(0, 5)})
		})
	}
}

// What nobody could put back waits like the others from the first one on.
func TestIrrevocableDeletionsAreNotCarriedOutAtOnce(t *testing.T) {
	c := newDeletionRun(t)
	request := workflows.AdmitRequest{Above: 50, Deletions: []workflows.HeldDeletion{{Absence: "1", Irrevocable: true}, {Absence: "2"}}}
	c.ask(0, request, map[workflows.Admission]int{workflows.AdmissionWaiting: 1, workflows.AdmissionGiven: 1})
	c.run()
	c.wasTold(told{workflows.AdmissionGiven: {"1"}})
}

func TestADecisionIsAboutTheNumberThatIsHeld(t *testing.T) {
	c := newDeletionRun(t)
	refused := func(_ int, err error) {
		if err == nil {
			t.Error("there was nothing to decide")
		}
	}
	c.admit(0, 0, 3, 3, 0)
	c.decide(time.Second, workflows.Decision{Approve: true}, refused)
	c.admit(2*time.Second, 3, 60, 2, 60-2-45)
	c.decide(3*time.Second, workflows.Decision{Approve: true, Deletions: 57}, refused)
	c.decide(4*time.Second, workflows.Decision{Approve: true, Deletions: 58}, c.decided(58))
	c.run()
}

// A run that follows an earlier one goes on where that was.
func TestDeletionsGoOnInALaterRun(t *testing.T) {
	c := newDeletionRun(t)
	at := c.Now()
	c.held(time.Second, 0, 0)
	c.RegisterDelayedCallback(func() {
		c.wasTold(told{workflows.AdmissionDropped: {"7"}, workflows.AdmissionGiven: {"8"}})
	}, 16*time.Second)
	c.runWith(workflows.DeletionsState{
		Source: "demo", Above: 50, LastAt: at,
		Waiting: []workflows.HeldDeletion{{Absence: "8", At: at}},
		Telling: []workflows.Told{{Admission: workflows.AdmissionDropped, Deletions: []workflows.HeldDeletion{{Absence: "7"}}}},
	})
}
