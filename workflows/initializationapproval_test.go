package workflows_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/workflows"
)

// counting is a company whose initialization counts first; each count is the next of
// counted, and the last for ever.
func counting(t *testing.T, counted ...workflows.Counted) (c *company, requests *[]workflows.CountRequest) {
	t.Helper()
	c, requests = newCompany(t), &[]workflows.CountRequest{}
	c.limits = &workflows.Limits{}
	c.fill("1", 1, 1)
	c.RegisterActivityWithOptions(func(_ context.Context, r workflows.CountRequest) (workflows.Counted, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		*requests = append(*requests, r)
		return counted[min(len(*requests), len(counted))-1], nil
	}, activity.RegisterOptions{Name: workflows.CountChangesActivity})
	return c, requests
}

func (c *company) at(after time.Duration, do func()) { c.RegisterDelayedCallback(do, after) }

func (c *company) progress() (progress workflows.Progress) {
	c.t.Helper()
	answer, err := c.QueryWorkflow(workflows.ProgressQuery)
	if err == nil {
		err = answer.Get(&progress)
	}
	if err != nil {
		c.t.Error(err)
	}
	return progress
}

func (c *company) approve(a *answered, deletions, changes int) {
	c.UpdateWorkflow(workflows.ApproveUpdate, "", a, workflows.Approval{Deletions: deletions, Changes: changes})
}

func (c *company) ended(input workflows.InitializationInput) workflows.Progress {
	c.t.Helper()
	input.Synchronization, input.LegalEntities = "s1", []string{"1"}
	progress, err := c.initialize(input)
	if err != nil {
		c.t.Error(err)
	}
	return progress
}

func TestAnInitializationThatChangesMuchWaitsForItsNumbers(t *testing.T) {
	t.Parallel()
	c, requests := counting(t, workflows.Counted{Changes: 61, Deletions: 2, Of: 100})
	var (
		waiting      workflows.Progress
		wrong, right answered
	)
	c.at(time.Minute, func() {
		waiting = c.progress()
		if c.written() != 0 {
			t.Error("it wrote before it was approved")
		}
		c.approve(&wrong, 2, 60)
	})
	c.at(2*time.Minute, func() { c.approve(&right, 2, 61) })
	progress := c.ended(workflows.InitializationInput{})
	if wrong.rejected == nil || right.rejected != nil || right.completed != nil {
		t.Errorf("wrong numbers: %v; the right ones: %v, %v", wrong.rejected, right.rejected, right.completed)
	}
	if waiting.Phase != workflows.PhaseWaiting || waiting.Breaker == nil ||
		*waiting.Breaker != (workflows.Breaker{Deletions: 2, Changes: 61, Of: 100}) {
		t.Errorf("it waited as %s for %+v", waiting.Phase, waiting.Breaker)
	}
	if progress.Phase != workflows.PhaseCompleted || progress.Breaker != nil || c.written() != 1 || len(*requests) != 2 {
		t.Errorf("ended %s with %d written, counted %d times", progress.Phase, c.written(), len(*requests))
	}
}

func TestAnApprovalDoesNotCoverWhatWasAddedMeanwhile(t *testing.T) {
	t.Parallel()
	c, _ := counting(t, workflows.Counted{Changes: 61, Of: 100}, workflows.Counted{Changes: 75, Of: 100})
	c.at(time.Minute, func() { c.approve(&answered{}, 0, 61) })
	c.at(2*time.Minute, func() {
		if now := c.progress(); now.Breaker == nil || now.Breaker.Changes != 75 || c.written() != 0 {
			t.Errorf("it waits for %+v with %d written", now.Breaker, c.written())
		}
		c.CancelWorkflow()
	})
	_, err := c.initialize(workflows.InitializationInput{Synchronization: "s1", LegalEntities: []string{"1"}})
	if canceled := (*temporal.CanceledError)(nil); !errors.As(err, &canceled) || c.written() != 0 {
		t.Errorf("error %v, %d written", err, c.written())
	}
}

func TestFewChangesNeedNoApproval(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		counted workflows.Counted
		limits  workflows.Limits
		input   workflows.InitializationInput
		counts  int
	}{
		"a number":           {counted: workflows.Counted{Deletions: 50, Changes: 50, Of: 50}, counts: 1},
		"a share":            {counted: workflows.Counted{Deletions: 500, Changes: 2000, Of: 10000}, counts: 1},
		"settings":           {counted: workflows.Counted{Deletions: 70, Of: 70}, limits: workflows.Limits{Deletions: 70}, counts: 1},
		"expected":           {counted: workflows.Counted{Changes: 61, Of: 100}, input: workflows.InitializationInput{Approve: workflows.Approval{Changes: 61}}, counts: 1},
		"nothing is written": {counted: workflows.Counted{Changes: 61, Of: 100}, input: workflows.InitializationInput{DryRun: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, requests := counting(t, test.counted)
			c.limits = &test.limits
			if progress := c.ended(test.input); progress.Phase != workflows.PhaseCompleted || len(*requests) != test.counts {
				t.Errorf("%s, counted %d times", progress.Phase, len(*requests))
			}
		})
	}
}

func TestWhatAnInitializationWouldDoToTheEventsOfAnAbsence(t *testing.T) {
	t.Parallel()
	events := func(n int) []absence.Event { return make([]absence.Event, n) }
	route := func(fingerprint string, n int) *workflows.Route {
		return &workflows.Route{Outcome: workflows.RouteWrite, Target: &workflows.Target{Fingerprint: fingerprint, Events: events(n)}}
	}
	nowhere := &workflows.Route{Outcome: workflows.RouteSkip, Trouble: &workflows.Trouble{Reason: workflows.ReasonNoSynchronization}}
	paused := &workflows.Route{Outcome: workflows.RouteSkip, Trouble: &workflows.Trouble{Reason: workflows.ReasonPaused}}
	day := absence.Absence{HalfDays: []absence.HalfDay{{Date: absence.Date{Year: 2026, Month: 12, Day: 7}, Part: absence.Morning}}}
	for name, test := range map[string]struct {
		standing int
		route    *workflows.Route
		content  absence.Absence
		older    bool
		want     workflows.Counted
	}{
		"new":                      {route: route("b", 1)},
		"right":                    {standing: 2, route: route("a", 2), want: workflows.Counted{Of: 2}},
		"another look or place":    {standing: 2, route: route("b", 2), want: workflows.Counted{Of: 2, Changes: 2}},
		"one event more":           {standing: 1, route: route("b", 3), want: workflows.Counted{Of: 1, Changes: 1}},
		"shown no more":            {standing: 2, route: route("b", 0), want: workflows.Counted{Of: 2, Deletions: 2}},
		"one event less":           {standing: 3, route: route("b", 2), want: workflows.Counted{Of: 3, Changes: 2, Deletions: 1}},
		"no synchronization":       {standing: 1, route: nowhere, want: workflows.Counted{Of: 1, Deletions: 1}},
		"paused":                   {standing: 1, route: paused, want: workflows.Counted{Of: 1}},
		"older than what is known": {standing: 1, route: route("b", 1), older: true, want: workflows.Counted{Of: 1}},
		"to be asked, the same":    {standing: 1, content: day, want: workflows.Counted{Of: 1}},
		"to be asked, another":     {standing: 1, want: workflows.Counted{Of: 1, Changes: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state := workflows.State{Content: day, ChangedAt: start}
			if test.standing > 0 {
				state.Applied = &workflows.Applied{Fingerprint: "a", Events: slices.Repeat([]workflows.PlacedEvent{{}}, test.standing)}
			}
			one := workflows.Listed{Kind: workflows.Requested, Change: workflows.Change{ChangedAt: start, Route: test.route, Absence: test.content}}
			if test.older {
				one.Change.ChangedAt = start.Add(-1)
			}
			if got := workflows.CountOf(state, one); got != test.want {
				t.Errorf("counted %+v, want %+v", got, test.want)
			}
		})
	}
}
