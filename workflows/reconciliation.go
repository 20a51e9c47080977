package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/internal/absence"
)

// Reconciliation proves that the calendars of a synchronization's people show what
// Figgo says: it reads both and compares. With Repair it has each absence's workflow
// put right what differs, and looks again. An error of Figgo's or of a provider's ends
// the comparison of that legal entity; it never counts as an empty answer.
//
// It can be started by hand with nothing but JSON: {"synchronization":"NAME"}.
func Reconciliation(ctx workflow.Context, input ReconciliationInput) (ReconciliationProgress, error) {
	r := &reconciliation{input: input}
	r.progress = ReconciliationProgress{
		Phase: PhasePlanning, Synchronization: input.Synchronization, Repair: input.Repair,
		StartedAt: workflow.Now(ctx),
	}
	if err := r.setup(ctx); err != nil {
		return ReconciliationProgress{}, err
	}
	err := r.run(ctx)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	p := &r.progress
	switch {
	case err == nil:
		p.Phase = PhaseCompleted
	case temporal.IsCanceledError(err):
		p.Phase, p.Breaker = PhaseCancelled, nil
	default:
		p.Phase = PhaseFailed
	}
	r.describe(ctx)
	if err != nil {
		return ReconciliationProgress{}, withProgress(err, *p)
	}
	return *p, nil
}

type reconciliation struct {
	input    ReconciliationInput
	plan     ReconciliationPlan
	progress ReconciliationProgress
	gate     gate
	// found are the counts of each legal entity of the plan; listed are its differences
	// in the progress, and still what the second look found of them.
	found  []ReconciliationCounts
	listed []int
	still  []CompareResult
}

func (r *reconciliation) setup(ctx workflow.Context) error {
	err := workflow.SetQueryHandlerWithOptions(ctx, ProgressQuery,
		func() (ReconciliationProgress, error) { return r.progress, nil },
		workflow.QueryHandlerOptions{Description: "How far the reconciliation is."})
	if err != nil {
		return err
	}
	return r.gate.setup(ctx, func() *Breaker { return r.progress.Breaker })
}

// run is compare, wait where there is much to do, repair, look again.
func (r *reconciliation) run(ctx workflow.Context) error {
	if err := r.makePlan(ctx); err != nil {
		return err
	}
	r.enter(ctx, PhaseComparing)
	if err := r.compareAll(ctx); err != nil {
		return err
	}
	if !r.input.Repair || r.progress.Counts.Differences() == 0 {
		return nil
	}
	if err := r.approve(ctx); err != nil {
		return err
	}
	r.enter(ctx, PhaseRepairing)
	if err := r.repairAll(ctx); err != nil {
		return err
	}
	r.enter(ctx, PhaseVerifying)
	return r.verify(ctx)
}

func (r *reconciliation) enter(ctx workflow.Context, phase Phase) {
	r.progress.Phase = phase
	r.describe(ctx)
}

// The days that are compared where nobody says.
const (
	daysBack  = 30
	daysAhead = 400
)

func (r *reconciliation) makePlan(ctx workflow.Context) error {
	if err := workflow.ExecuteLocalActivity(withRouting(ctx), PlanReconciliationActivity, r.input).Get(ctx,
		&r.plan); err != nil {
		return err
	}
	today := absence.DateOf(workflow.Now(ctx).UTC())
	if r.plan.From.IsZero() {
		r.plan.From = today.AddDays(-daysBack)
	}
	if r.plan.To.IsZero() {
		r.plan.To = today.AddDays(daysAhead)
	}
	p := &r.progress
	p.Source, p.From, p.To = r.plan.Source, r.plan.From, r.plan.To
	return workflow.UpsertTypedSearchAttributes(ctx,
		AttributeSource.ValueSet(r.plan.Source), AttributeSynchronization.ValueSet(r.input.Synchronization))
}

// compareAll compares one legal entity after the other.
func (r *reconciliation) compareAll(ctx workflow.Context) error {
	r.found = make([]ReconciliationCounts, len(r.plan.LegalEntities))
	r.listed = make([]int, len(r.plan.LegalEntities))
	for i := range r.plan.LegalEntities {
		result, err := r.compare(ctx, i, false)
		if err != nil {
			return err
		}
		r.found[i] = result.Counts
		r.progress.Counts.Add(result.Counts)
		for _, one := range result.ByRule {
			r.progress.ByRule = AddRule(r.progress.ByRule, one)
		}
		room := max(troubledInAll-len(r.progress.Differences), 0)
		r.listed[i] = min(len(result.Differences), room)
		r.progress.Differences = append(r.progress.Differences, result.Differences[:r.listed[i]]...)
		r.describe(ctx)
	}
	return nil
}

func (r *reconciliation) compare(ctx workflow.Context, index int, repair bool) (CompareResult, error) {
	legalEntity := r.plan.LegalEntities[index]
	found := r.found[index]
	request := CompareRequest{
		Source: r.plan.Source, Synchronization: r.input.Synchronization, LegalEntity: legalEntity, From: r.plan.From,
		To:     r.plan.To,
		Repair: repair, AtMost: Approval{Deletions: found.Deletions(), Changes: found.Changes()},
		Remember: r.input.Repair,
	}
	var result CompareResult
	err := workflow.ExecuteActivity(withComparing(ctx, r.plan.Source, "legal entity "+legalEntity),
		CompareMailboxesActivity, request).Get(ctx, &result)
	if err == nil && result.Trouble != nil {
		err = readingFailed(result.Trouble)
	}
	return result, err
}

// approve waits for a person where there is much to repair.
func (r *reconciliation) approve(ctx workflow.Context) error {
	c := r.progress.Counts
	wanted := Approval{Deletions: c.Deletions(), Changes: c.Changes()}
	if r.plan.Limits.allow(wanted, c.Events) || r.input.Approve == wanted {
		return nil
	}
	r.progress.Breaker = &Breaker{Deletions: wanted.Deletions, Changes: wanted.Changes, Of: c.Events}
	r.enter(ctx, PhaseWaiting)
	err := r.gate.wait(ctx, wanted)
	r.progress.Breaker = nil
	return err
}

// repairAll has the differences of each legal entity repaired that has any.
func (r *reconciliation) repairAll(ctx workflow.Context) error {
	for i := range r.plan.LegalEntities {
		if r.found[i].Differences() == 0 {
			continue
		}
		result, err := r.compare(ctx, i, true)
		if err != nil {
			return err
		}
		if result.TooMany {
			return temporal.NewNonRetryableApplicationError(
				"more differs by now than was found at first; start it again", "TooMany", nil)
		}
	}
	return nil
}

// verify looks again until nothing differs, a few times: absences take a moment.
func (r *reconciliation) verify(ctx workflow.Context) error {
	first := r.progress.Counts.Differences()
	r.still = make([]CompareResult, len(r.plan.LegalEntities))
	for _, wait := range []time.Duration{5 * time.Second, 20 * time.Second, time.Minute, 5 * time.Minute} {
		if err := sleep(ctx, wait, "until it looks again"); err != nil {
			return err
		}
		left := 0
		for i := range r.plan.LegalEntities {
			if r.found[i].Differences() == 0 {
				continue
			}
			result, err := r.compare(ctx, i, false)
			if err != nil {
				return err
			}
			r.found[i], r.still[i] = result.Counts, result
			left += result.Counts.Differences()
		}
		r.progress.Counts.Repaired = max(first-left, 0)
		r.judgeRules()
		r.judge()
		r.describe(ctx)
		if left == 0 {
			return nil
		}
	}
	return nil
}

// judge tells of each difference in the progress whether the second look still found
// it, but for those that are not in its list because there were too many.
func (r *reconciliation) judge() {
	at := 0
	for i, count := range r.listed {
		left, listed := map[Found]bool{}, 0
		for _, one := range r.still[i].Differences {
			if !one.Left {
				left[one] = true
				listed++
			}
		}
		whole := listed == r.still[i].Counts.Differences()
		for range count {
			one := &r.progress.Differences[at]
			at++
			one.Done = ""
			switch {
			case one.Left: // it stays
			case left[*one]:
				one.Done = OutcomeLeft
			case whole:
				one.Done = OutcomeRepaired
			}
		}
	}
}

// judgeRules tells of each rule how many of its differences a second look no longer found.
func (r *reconciliation) judgeRules() {
	var left []RuleCounts
	for _, still := range r.still {
		for _, one := range still.ByRule {
			left = AddRule(left, one)
		}
	}
	for i := range r.progress.ByRule {
		one := &r.progress.ByRule[i]
		one.Repaired = one.Changes + one.Deletions
		if at := slices.IndexFunc(left, one.same); at >= 0 {
			one.Repaired = max(one.Repaired-left[at].Changes-left[at].Deletions, 0)
		}
	}
}

// withComparing is for the comparison of a legal entity: an hour or two for thousands
// of mailboxes, behind all live work.
func withComparing(ctx workflow.Context, source, summary string) workflow.Context {
	return workflow.WithStartToCloseTimeout(withReading(ctx, source, summary), 6*time.Hour)
}

func (r *reconciliation) describe(ctx workflow.Context) {
	c := r.progress.Counts
	text := fmt.Sprintf("**%s** · %d mailboxes, %d absences, %d events: %d right; %d missing, %d surplus, %d duplicate, %d edited, %d misplaced; "+
		"%d repaired, %d blocked, %d left as they are", r.progress.Phase, c.Mailboxes, c.Absences, c.Events, c.Right, c.Missing, c.Surplus,
		c.Duplicate, c.Edited,
		c.Misplaced, c.Repaired, c.Blocked, c.Left)
	if r.progress.Breaker != nil {
		text = r.progress.Breaker.describe()
	}
	workflow.SetCurrentDetails(ctx, text)
}
