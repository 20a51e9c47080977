package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/workflows"
)

// clearing is a Removal, the people it asks for and the events in their mailboxes.
type clearing struct {
	*testsuite.TestWorkflowEnvironment
	pages [][]workflows.Owner
	above int
	plan  workflows.RemovalPlan

	mu      sync.Mutex
	events  map[string]int // by mailbox
	blocked map[string]string
	lists   int
	// paused is what was paused, pausedAt how many events there were then.
	paused   []workflows.PauseRequest
	pausedAt int
}

func newClearing(t *testing.T, pages, each, events int) *clearing {
	t.Helper()
	c := &clearing{
		TestWorkflowEnvironment: newEnvironment(), above: 50,
		plan:   workflows.RemovalPlan{Source: "demo", Synchronization: "s1", LegalEntities: []string{"1"}, Connection: "c1", Provider: "google"},
		events: map[string]int{}, blocked: map[string]string{},
	}
	done := 0
	c.SetOnActivityCompletedListener(func(*activity.Info, converter.EncodedValue, error) {
		done++
		c.SetCurrentHistoryLength(6 * done)
	})
	for p := range pages {
		var page []workflows.Owner
		for i := range each {
			mailbox := fmt.Sprintf("p%d.%d@example.com", p, i)
			page = append(page, workflows.Owner{Employee: fmt.Sprint(100*p + i), Mailbox: mailbox})
			c.events[mailbox] = events
		}
		c.pages = append(c.pages, page)
	}
	c.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: "removal/demo/1", TaskQueue: workflows.TaskQueue})
	c.RegisterWorkflowWithOptions(workflows.Removal, workflow.RegisterOptions{Name: workflows.RemovalType})
	c.RegisterActivityWithOptions(func(_ context.Context, in workflows.RemovalInput) (workflows.RemovalPlan, error) {
		if in.Synchronization == "active" {
			return workflows.RemovalPlan{}, temporal.NewNonRetryableApplicationError("pause it first", "InvalidInput", nil)
		}
		c.plan.ApproveAbove = c.above
		return c.plan, nil
	}, activity.RegisterOptions{Name: workflows.PlanRemovalActivity})
	c.RegisterActivityWithOptions(c.list, activity.RegisterOptions{Name: workflows.ListOwnersActivity})
	c.RegisterActivityWithOptions(func(_ context.Context, request workflows.PauseRequest) (workflows.PauseResult, error) {
		c.paused, c.pausedAt = append(c.paused, request), c.left()
		return workflows.PauseResult{Changed: true}, nil
	}, activity.RegisterOptions{Name: workflows.PauseActivity})
	c.RegisterActivityWithOptions(c.remove, activity.RegisterOptions{Name: workflows.RemoveEventsActivity})
	return c
}

// Nothing writes for a legal entity that no synchronization has, so nothing is paused.
func TestARemovalOfWhatNoSynchronizationHasPausesNothing(t *testing.T) {
	t.Parallel()
	c := newClearing(t, 1, 2, 3)
	c.plan.Synchronization = ""
	c.ExecuteWorkflow(workflows.Removal, workflows.RemovalInput{Source: "demo", LegalEntity: "1"}, nil)
	var result workflows.RemovalProgress
	if err := c.GetWorkflowResult(&result); err != nil {
		t.Fatal(err)
	}
	if result.Counts.Removed != 6 || c.left() != 0 || len(c.paused) > 0 {
		t.Errorf("%+v, %d left, paused %+v", result, c.left(), c.paused)
	}
}

func (c *clearing) list(_ context.Context, request workflows.OwnersRequest) (workflows.OwnersPage, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lists++
	index := 0
	if request.Cursor != "" {
		_, _ = fmt.Sscan(request.Cursor, &index)
	}
	page := workflows.OwnersPage{Owners: c.pages[index]}
	if index+1 < len(c.pages) {
		page.Next = fmt.Sprint(index + 1)
	}
	return page, nil
}

func (c *clearing) remove(ctx context.Context, request workflows.RemoveRequest) (workflows.RemoveResult, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	mailbox := request.Place.Mailbox
	if reason := c.blocked[mailbox]; reason != "" {
		return workflows.RemoveResult{Trouble: &workflows.Trouble{Reason: reason}}, nil
	}
	if queue := activity.GetInfo(ctx).TaskQueue; queue != "calendar-google" {
		return workflows.RemoveResult{}, fmt.Errorf("asked on the queue %s", queue)
	}
	found := c.events[mailbox]
	if request.CountOnly {
		return workflows.RemoveResult{Events: found}, nil
	}
	c.events[mailbox] = 0
	return workflows.RemoveResult{Events: found, Removed: found}, nil
}

func (c *clearing) left() (events int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.events {
		events += n
	}
	return events
}

func (c *clearing) run(t *testing.T, input workflows.RemovalInput, resume *workflows.RemovalState) (workflows.RemovalProgress, error) {
	t.Helper()
	c.ExecuteWorkflow(workflows.RemovalType, input, resume)
	if !c.IsWorkflowCompleted() {
		t.Fatal("the removal did not end")
	}
	var progress workflows.RemovalProgress
	return progress, c.GetWorkflowResult(&progress)
}

func expectCounts(t *testing.T, want workflows.RemovalCounts, got workflows.RemovalProgress, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.Counts); diff != "" || got.Phase != workflows.PhaseCompleted {
		t.Errorf("phase %s, counts (-want +got):\n%s", got.Phase, diff)
	}
}

func TestRemovalTakesOutAFewWithoutAsking(t *testing.T) {
	c := newClearing(t, 2, 12, 2)
	c.above = 48
	progress, err := c.run(t, workflows.RemovalInput{Synchronization: "s1"}, nil)
	expectCounts(t, workflows.RemovalCounts{Mailboxes: 24, Events: 48, Removed: 48}, progress, err)
	if c.left() != 0 {
		t.Errorf("%d events are left", c.left())
	}
	if diff := cmp.Diff([]workflows.PauseRequest{{Synchronization: "s1"}}, c.paused); diff != "" || c.pausedAt != 48 {
		t.Errorf("paused with %d events there (-want +got):\n%s", c.pausedAt, diff)
	}
}

func TestRemovalDryRunRemovesNothing(t *testing.T) {
	c := newClearing(t, 1, 30, 3)
	progress, err := c.run(t, workflows.RemovalInput{Synchronization: "s1", DryRun: true}, nil)
	expectCounts(t, workflows.RemovalCounts{Mailboxes: 30, Events: 90}, progress, err)
	if c.left() != 90 || len(c.paused) != 0 {
		t.Errorf("%d events are left of 90, paused %v", c.left(), c.paused)
	}
}

// Whose synchronization is known only once Figgo told who they are.
func TestRemovalExcludesAnEmployeeBeforeItRemoves(t *testing.T) {
	c := newClearing(t, 1, 1, 3)
	c.pages[0][0].Synchronization, c.pages[0][0].Connection, c.pages[0][0].Provider = "s2", "c2", "google"
	c.plan = workflows.RemovalPlan{Source: "demo", Employee: "0"}
	progress, err := c.run(t, workflows.RemovalInput{Source: "demo", Employee: "0"}, nil)
	expectCounts(t, workflows.RemovalCounts{Mailboxes: 1, Events: 3, Removed: 3}, progress, err)
	if diff := cmp.Diff([]workflows.PauseRequest{{Synchronization: "s2", Employee: "0"}}, c.paused); diff != "" || c.pausedAt != 3 {
		t.Errorf("paused with %d events there (-want +got):\n%s", c.pausedAt, diff)
	}
}

// answered collects what became of an update.
type answered struct{ rejected, completed error }

func (a *answered) Accept()                   {}
func (a *answered) Reject(err error)          { a.rejected = err }
func (a *answered) Complete(_ any, err error) { a.completed = err }
func (c *clearing) approve(a *answered, n, m int) {
	c.UpdateWorkflow("approve", "", a, workflows.Approval{Deletions: n, Changes: m})
}

func TestRemovalOfManyWaitsForTheirVeryNumber(t *testing.T) {
	c := newClearing(t, 1, 30, 3)
	var early, wrong, right answered
	c.RegisterDelayedCallback(func() { c.approve(&early, 90, 0) }, 0)
	c.RegisterDelayedCallback(func() {
		if c.left() != 90 {
			t.Error("something was removed before anybody approved")
		}
		answer, err := c.QueryWorkflow("progress")
		var progress workflows.RemovalProgress
		if err == nil {
			err = answer.Get(&progress)
		}
		if diff := cmp.Diff(&workflows.Breaker{Deletions: 90, Of: 90}, progress.Breaker); err != nil || diff != "" {
			t.Errorf("breaker (-want +got), %v:\n%s", err, diff)
		}
		c.approve(&wrong, 89, 0)
	}, time.Hour)
	c.RegisterDelayedCallback(func() { c.approve(&right, 90, 0) }, 2*time.Hour)
	progress, err := c.run(t, workflows.RemovalInput{Synchronization: "s1"}, nil)
	expectCounts(t, workflows.RemovalCounts{Mailboxes: 30, Events: 90, Removed: 90}, progress, err)
	if early.rejected == nil || wrong.rejected == nil || !strings.Contains(wrong.rejected.Error(), "90") || right.rejected != nil {
		t.Errorf("rejected: too early %v, another number %v, the number %v", early.rejected, wrong.rejected, right.rejected)
	}
	again := newClearing(t, 1, 30, 3)
	if _, err := again.run(t, workflows.RemovalInput{Synchronization: "s1", Approve: 90}, nil); err != nil || again.left() != 0 {
		t.Errorf("with the number in the input: %v, %d left", err, again.left())
	}
}

func TestRemovalTellsWhoseMailboxIsClosed(t *testing.T) {
	c := newClearing(t, 1, 3, 1)
	c.blocked["p0.1@example.com"] = "mailbox-missing"
	progress, err := c.run(t, workflows.RemovalInput{Synchronization: "s1"}, nil)
	expectCounts(t, workflows.RemovalCounts{Mailboxes: 3, Events: 2, Removed: 2, Blocked: 1}, progress, err)
	if diff := cmp.Diff([]workflows.Uncleared{{Employee: "1", Reason: "mailbox-missing"}}, progress.Uncleared); diff != "" {
		t.Errorf("uncleared (-want +got):\n%s", diff)
	}
}

func TestRemovalStoppedWhileItWaitsRemovesNothing(t *testing.T) {
	c := newClearing(t, 1, 30, 3)
	c.RegisterDelayedCallback(func() { c.CancelWorkflow() }, time.Hour)
	_, err := c.run(t, workflows.RemovalInput{Synchronization: "s1"}, nil)
	cancelled := (*temporal.CanceledError)(nil)
	var progress workflows.RemovalProgress
	if !errors.As(err, &cancelled) || cancelled.Details(&progress) != nil || progress.Counts.Events != 90 || c.left() != 90 {
		t.Errorf("error %v, progress %+v, %d left", err, progress, c.left())
	}
}

func TestRemovalWithWrongInputFailsAtOnce(t *testing.T) {
	c := newClearing(t, 1, 1, 1)
	if _, err := c.run(t, workflows.RemovalInput{Synchronization: "active"}, nil); err == nil || !strings.Contains(err.Error(), "pause it first") {
		t.Errorf("error %v", err)
	}
}

// A later run goes on with the very next owner.
func TestRemovalGoesOnWhereARunEnded(t *testing.T) {
	c := newClearing(t, 5, 20, 1)
	c.above = 1000
	input := workflows.RemovalInput{Synchronization: "s1"}
	resume := &workflows.RemovalState{EventsAtMost: 120, Progress: workflows.RemovalProgress{Phase: workflows.PhasePlanning}}
	runs := 0
	for {
		runs++
		_, err := c.run(t, input, resume)
		again := (*workflow.ContinueAsNewError)(nil)
		if !errors.As(err, &again) {
			var progress workflows.RemovalProgress
			getErr := c.GetWorkflowResult(&progress)
			expectCounts(t, workflows.RemovalCounts{Mailboxes: 100, Events: 100, Removed: 100}, progress, getErr)
			break
		}
		var sameInput workflows.RemovalInput
		resume = nil // what is missing must not keep its former value
		if err := converter.GetDefaultDataConverter().FromPayloads(again.Input, &sameInput, &resume); err != nil || sameInput != input {
			t.Fatalf("continued with %+v, %v", sameInput, err)
		}
		next := newClearing(t, 5, 20, 1)
		next.events, next.above = c.events, c.above
		c = next
		if runs > 50 {
			t.Fatal("it does not end")
		}
	}
	if runs < 3 || c.left() != 0 {
		t.Errorf("%d runs, %d events left", runs, c.left())
	}
}

// A mailbox is looked for in all connections of the synchronization: one that is in none
// has nothing of ours, one that cannot be asked may have.
func TestRemovalLooksIntoAllConnections(t *testing.T) {
	t.Parallel()
	c := newClearing(t, 1, 4, 0)
	c.plan.Others = []workflows.Place{{Connection: "c2", Provider: "exchange"}, {Connection: "c3", Provider: "exchange"}}
	const missing, refused = "mailbox-missing", "consent-missing"
	answers := map[string]map[string]any{ // by mailbox and connection: events, or a reason
		"p0.0@example.com": {"c1": 3, "c2": missing, "c3": missing},
		"p0.1@example.com": {"c1": missing, "c2": 4, "c3": 0}, // c3 leads to the same
		"p0.2@example.com": {"c1": 2, "c2": 1, "c3": missing}, // it has moved, and something was left
		"p0.3@example.com": {"c1": missing, "c2": refused, "c3": missing},
	}
	c.RegisterActivityWithOptions(func(ctx context.Context, request workflows.RemoveRequest) (workflows.RemoveResult, error) {
		if queue := activity.GetInfo(ctx).TaskQueue; queue != "calendar-"+request.Place.Provider {
			t.Errorf("%+v asked on the queue %s", request.Place, queue)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		events := answers[request.Place.Mailbox]
		counted := []workflows.Place{{Connection: "c2", Provider: "exchange", Mailbox: request.Place.Mailbox}}
		if _, there := events["c2"].(int); !there || !request.CountOnly || request.Place.Connection != "c3" {
			counted = nil
		}
		if diff := cmp.Diff(counted, request.Counted); diff != "" {
			t.Errorf("%+v was asked with what was counted (-want +got):\n%s", request.Place, diff)
		}
		switch found := events[request.Place.Connection].(type) {
		case string:
			return workflows.RemoveResult{Trouble: &workflows.Trouble{Reason: found}}, nil
		case int:
			if request.CountOnly {
				return workflows.RemoveResult{Events: found}, nil
			}
			events[request.Place.Connection] = 0
			return workflows.RemoveResult{Events: found, Removed: found}, nil
		}
		return workflows.RemoveResult{}, fmt.Errorf("nothing is known of %+v", request.Place)
	}, activity.RegisterOptions{Name: workflows.RemoveEventsActivity, DisableAlreadyRegisteredCheck: true})
	progress, err := c.run(t, workflows.RemovalInput{Synchronization: "s1"}, nil)
	expectCounts(t, workflows.RemovalCounts{Mailboxes: 4, Events: 10, Removed: 10, Blocked: 1}, progress, err)
	if len(progress.Uncleared) != 1 || progress.Uncleared[0].Reason != refused {
		t.Errorf("uncleared %+v", progress.Uncleared)
	}
	for mailbox, events := range answers {
		for connection, left := range events {
			if n, ok := left.(int); ok && n != 0 {
				t.Errorf("%d events of %s are left in %s", n, mailbox, connection)
			}
		}
	}
}
