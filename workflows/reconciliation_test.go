package workflows_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/workflows"
)

// comparing is a Reconciliation, and what differs in each legal entity's calendars.
type comparing struct {
	*testsuite.TestWorkflowEnvironment

	mu sync.Mutex
	// counts are what a comparison finds now, trouble what keeps it from an answer.
	counts  map[string]workflows.ReconciliationCounts
	trouble map[string]string
	// stubborn is how many comparisons after the repair still find what they found.
	stubborn int
	requests []workflows.CompareRequest
	// repaired are those that were asked to repair and did.
	repaired []string
}

func newComparing(t *testing.T, counts map[string]workflows.ReconciliationCounts) *comparing {
	t.Helper()
	c := &comparing{TestWorkflowEnvironment: newEnvironment(), counts: counts, trouble: map[string]string{}}
	c.SetStartTime(start)
	c.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: "reconciliation/demo/1", TaskQueue: workflows.TaskQueue})
	c.RegisterWorkflowWithOptions(workflows.Reconciliation, workflow.RegisterOptions{Name: workflows.ReconciliationType})
	c.RegisterActivityWithOptions(func(_ context.Context, in workflows.ReconciliationInput) (workflows.ReconciliationPlan, error) {
		if in.Synchronization != "s1" {
			return workflows.ReconciliationPlan{}, temporal.NewNonRetryableApplicationError("resume it first", "InvalidInput", nil)
		}
		return workflows.ReconciliationPlan{Source: "demo", LegalEntities: []string{"1", "2"}, From: in.From, To: in.To}, nil
	}, activity.RegisterOptions{Name: workflows.PlanReconciliationActivity})
	c.RegisterActivityWithOptions(c.compare, activity.RegisterOptions{Name: workflows.CompareMailboxesActivity})
	return c
}

func (c *comparing) compare(_ context.Context, request workflows.CompareRequest) (workflows.CompareResult, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests = append(c.requests, request)
	if reason := c.trouble[request.LegalEntity]; reason != "" {
		return workflows.CompareResult{Trouble: &workflows.Trouble{Reason: reason}}, nil
	}
	result := workflows.CompareResult{Counts: c.counts[request.LegalEntity]}
	for range result.Counts.Differences() {
		result.Differences = append(result.Differences, workflows.Found{Kind: "missing", Employee: "7"})
	}
	if n := result.Counts.Differences(); n > 0 {
		result.ByRule = []workflows.RuleCounts{
			{Rule: 2, Accounts: []string{"58"}, Changes: result.Counts.Changes()}, {Rule: 2, Accounts: []string{"59"}, Deletions: result.Counts.Deletions()},
		}
	}
	switch {
	case request.Repair && (result.Counts.Deletions() > request.AtMost.Deletions || result.Counts.Changes() > request.AtMost.Changes):
		result.TooMany = true
	case request.Repair:
		c.repaired = append(c.repaired, request.LegalEntity)
	case len(c.repaired) > 0 && c.stubborn > 0:
		c.stubborn--
	case len(c.repaired) > 0:
		right := result.Counts.Events - result.Counts.Deletions()
		result = workflows.CompareResult{Counts: workflows.ReconciliationCounts{
			Mailboxes: result.Counts.Mailboxes, Events: right, Right: right,
		}}
	}
	return result, nil
}

func (c *comparing) run(t *testing.T, input workflows.ReconciliationInput) (progress workflows.ReconciliationProgress, err error) {
	t.Helper()
	c.ExecuteWorkflow(workflows.ReconciliationType, input)
	if !c.IsWorkflowCompleted() {
		t.Fatal("the reconciliation did not end")
	}
	return progress, c.GetWorkflowResult(&progress)
}

func (c *comparing) progress(t *testing.T) (progress workflows.ReconciliationProgress) {
	t.Helper()
	answer, err := c.QueryWorkflow(workflows.ProgressQuery)
	if err == nil {
		err = answer.Get(&progress)
	}
	if err != nil {
		t.Errorf("query: %v", err)
	}
	return progress
}

func (c *comparing) approve(a *answered, deletions, changes int) {
	c.UpdateWorkflow(workflows.ApproveUpdate, "", a, workflows.Approval{Deletions: deletions, Changes: changes})
}

// few differ in the first legal entity, none in the second.
func few() map[string]workflows.ReconciliationCounts {
	return map[string]workflows.ReconciliationCounts{
		"1": {Mailboxes: 10, Absences: 100, Events: 101, Right: 97, Missing: 2, Edited: 1, Surplus: 2, Duplicate: 1, Misplaced: 1},
		"2": {Mailboxes: 5, Absences: 50, Events: 50, Right: 50, Blocked: 1},
	}
}

// many differ in both.
func many() map[string]workflows.ReconciliationCounts {
	return map[string]workflows.ReconciliationCounts{
		"1": {Mailboxes: 10, Absences: 100, Events: 140, Right: 100, Surplus: 40},
		"2": {Mailboxes: 10, Absences: 100, Events: 111, Right: 90, Surplus: 21, Missing: 10},
	}
}

// What differs is counted by rule over all legal entities, and so is what was put right.
func TestDifferencesAreCountedByRule(t *testing.T) {
	for name, test := range map[string]struct {
		stubborn, repaired int
	}{"repaired": {0, 1}, "left": {100, 0}} {
		c := newComparing(t, many())
		c.stubborn = test.stubborn
		progress, err := c.run(t, workflows.ReconciliationInput{Synchronization: "s1", Repair: true, Approve: workflows.Approval{Deletions: 61, Changes: 10}})
		want := []workflows.RuleCounts{
			{Rule: 2, Accounts: []string{"58"}, Changes: 10, Repaired: 10 * test.repaired},
			{Rule: 2, Accounts: []string{"59"}, Deletions: 61, Repaired: 61 * test.repaired},
		}
		if diff := cmp.Diff(want, progress.ByRule); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestAFewDifferencesAreRepairedAndLookedAtAgain(t *testing.T) {
	c := newComparing(t, few())
	c.stubborn = 2
	progress, err := c.run(t, workflows.ReconciliationInput{Synchronization: "s1", Repair: true})
	if err != nil {
		t.Fatal(err)
	}
	want := workflows.ReconciliationCounts{
		Mailboxes: 15, Absences: 150, Events: 151, Right: 147, Missing: 2, Edited: 1, Surplus: 2, Duplicate: 1, Misplaced: 1, Repaired: 7, Blocked: 1,
	}
	if diff := cmp.Diff(want, progress.Counts); diff != "" || progress.Phase != workflows.PhaseCompleted {
		t.Errorf("phase %s, counts (-want +got):\n%s", progress.Phase, diff)
	}
	for _, one := range progress.Differences {
		if one.Done != workflows.OutcomeRepaired {
			t.Errorf("%+v", one)
		}
	}
	if progress.From.String() != "2026-10-31" || progress.To.String() != "2028-01-04" || len(progress.Differences) != 7 {
		t.Errorf("compared from %s to %s, %d listed", progress.From, progress.To, len(progress.Differences))
	}
	// The second legal entity has nothing to repair, and is read once.
	if diff := cmp.Diff([]string{"1"}, c.repaired); diff != "" || len(c.requests) != 2+1+3 {
		t.Errorf("%d comparisons, repaired (-want +got):\n%s", len(c.requests), diff)
	}
}

func TestWhatStaysDifferentIsNotCalledRepaired(t *testing.T) {
	c := newComparing(t, few())
	c.stubborn = 100
	progress, err := c.run(t, workflows.ReconciliationInput{Synchronization: "s1", Repair: true})
	if err != nil || progress.Counts.Repaired != 0 || progress.Phase != workflows.PhaseCompleted {
		t.Errorf("%+v, %v", progress, err)
	}
	for _, one := range progress.Differences {
		if one.Done != workflows.OutcomeLeft {
			t.Errorf("%+v", one)
		}
	}
}

func TestAReportRepairsNothing(t *testing.T) {
	c := newComparing(t, many())
	progress, err := c.run(t, workflows.ReconciliationInput{Synchronization: "s1"})
	if err != nil || progress.Differences[0].Done != "" || progress.Counts.Differences() != 71 || progress.Counts.Repaired != 0 {
		t.Errorf("%+v, %v", progress.Counts, err)
	}
	if len(c.repaired) > 0 || len(c.requests) != 2 {
		t.Errorf("repaired %v after %d comparisons", c.repaired, len(c.requests))
	}
}

func TestMuchIsRepairedByItsVeryNumbers(t *testing.T) {
	c := newComparing(t, many())
	var early, wrong, right answered
	c.RegisterDelayedCallback(func() { c.approve(&early, 61, 10) }, 0)
	c.RegisterDelayedCallback(func() {
		if got := c.progress(t); got.Breaker == nil || *got.Breaker != (workflows.Breaker{Deletions: 61, Changes: 10, Of: 251}) || got.Phase != workflows.PhaseWaiting {
			t.Errorf("phase %s, breaker %+v", got.Phase, got.Breaker)
		}
		if c.approve(&wrong, 61, 11); len(c.repaired) > 0 {
			t.Error("something was repaired before anybody approved")
		}
	}, time.Hour)
	c.RegisterDelayedCallback(func() { c.approve(&right, 61, 10) }, 50*time.Hour)
	progress, err := c.run(t, workflows.ReconciliationInput{Synchronization: "s1", Repair: true})
	if err != nil || progress.Counts.Repaired != 71 || progress.Breaker != nil {
		t.Errorf("%+v, %v", progress, err)
	}
	if early.rejected == nil || wrong.rejected == nil || !strings.Contains(wrong.rejected.Error(), "61") || right.rejected != nil {
		t.Errorf("rejected: too early %v, another number %v, the numbers %v", early.rejected, wrong.rejected, right.rejected)
	}
	for _, request := range c.requests {
		want := workflows.Approval{Deletions: 40}
		if request.LegalEntity == "2" {
			want = workflows.Approval{Deletions: 21, Changes: 10}
		}
		if request.Repair && request.AtMost != want {
			t.Errorf("legal entity %s: at most %+v, want %+v", request.LegalEntity, request.AtMost, want)
		}
	}
	again := newComparing(t, many())
	if _, err := again.run(t, workflows.ReconciliationInput{
		Synchronization: "s1", Repair: true, Approve: workflows.Approval{Deletions: 61, Changes: 10},
	}); err != nil || len(again.repaired) != 2 {
		t.Errorf("with the numbers in the input: %v, repaired %v", err, again.repaired)
	}
}

func TestAReconciliationStoppedWhileItWaitsRepairsNothing(t *testing.T) {
	c := newComparing(t, many())
	c.RegisterDelayedCallback(c.CancelWorkflow, time.Hour)
	_, err := c.run(t, workflows.ReconciliationInput{Synchronization: "s1", Repair: true})
	cancelled := (*temporal.CanceledError)(nil)
	var progress workflows.ReconciliationProgress
	if !errors.As(err, &cancelled) || cancelled.Details(&progress) != nil || progress.Counts.Surplus != 61 || progress.Phase != workflows.PhaseCancelled {
		t.Errorf("error %v, progress %+v", err, progress)
	}
	if len(c.repaired) > 0 {
		t.Errorf("repaired %v", c.repaired)
	}
}

// Whatever cannot be read whole, in any legal entity, ends it before anything is
// repaired in another.
func TestAFailedReadRepairsNothing(t *testing.T) {
	for _, reason := range []string{"source-empty", "source-rejected", "unknown-legal-entity"} {
		for _, legalEntity := range []string{"1", "2"} {
			c := newComparing(t, few())
			c.trouble[legalEntity] = reason
			if _, err := c.run(t, workflows.ReconciliationInput{Synchronization: "s1", Repair: true}); err == nil || !strings.Contains(err.Error(), reason) {
				t.Errorf("%s in %s: error %v", reason, legalEntity, err)
			}
			if len(c.repaired) > 0 {
				t.Errorf("%s in %s: repaired %v", reason, legalEntity, c.repaired)
			}
		}
	}
}

// Calendars that changed after the approval are not repaired by it.
func TestMoreThanWasApprovedIsNotRepaired(t *testing.T) {
	c := newComparing(t, many())
	c.RegisterDelayedCallback(func() {
		c.mu.Lock()
		c.counts["1"] = workflows.ReconciliationCounts{Mailboxes: 10, Absences: 100, Events: 141, Right: 100, Surplus: 41}
		c.mu.Unlock()
		c.approve(&answered{}, 61, 10)
	}, time.Hour)
	_, err := c.run(t, workflows.ReconciliationInput{Synchronization: "s1", Repair: true})
	failed := (*temporal.ApplicationError)(nil)
	if !errors.As(err, &failed) || len(c.repaired) > 0 || !strings.Contains(err.Error(), "more differs by now") {
		t.Errorf("error %v, repaired %v", err, c.repaired)
	}
}

func TestAReconciliationOfAPausedSynchronizationFailsAtOnce(t *testing.T) {
	c := newComparing(t, few())
	if _, err := c.run(t, workflows.ReconciliationInput{Synchronization: "paused"}); err == nil || !strings.Contains(err.Error(), "resume it first") {
		t.Errorf("error %v", err)
	}
}
