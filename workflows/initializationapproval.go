package workflows

import "go.temporal.io/sdk/workflow"

// approve waits for a person where much of what is there would be deleted or changed.
// Much time may pass until somebody approves: then it is counted again, and what is more
// than was approved waits anew.
func (i *initialization) approve(ctx workflow.Context) error {
	if i.input.DryRun || i.plan.Limits == nil {
		return nil
	}
	approved := i.input.Approve
	for {
		counted, err := i.count(ctx)
		wanted := Approval{Deletions: counted.Deletions, Changes: counted.Changes}
		if err != nil || i.plan.Limits.allow(wanted, counted.Of) || wanted.within(approved) {
			return err
		}
		i.progress.Breaker = &Breaker{Deletions: wanted.Deletions, Changes: wanted.Changes, Of: counted.Of}
		i.enter(ctx, PhaseWaiting)
		err = i.gate.wait(ctx, wanted)
		i.progress.Breaker = nil
		if err != nil {
			return err
		}
		approved = wanted
	}
}

// within tells that no more is wanted than was approved.
func (a Approval) within(approved Approval) bool {
	return a.Deletions <= approved.Deletions && a.Changes <= approved.Changes
}

func (i *initialization) enter(ctx workflow.Context, phase Phase) {
	i.progress.Phase = phase
	i.describe(ctx)
}

// count asks what would become of the events there are.
func (i *initialization) count(ctx workflow.Context) (counted Counted, err error) {
	i.enter(ctx, PhaseCounting)
	request := CountRequest{
		Source: i.plan.Source, LegalEntities: i.plan.LegalEntities, Since: i.plan.Since, Limits: *i.plan.Limits,
	}
	err = workflow.ExecuteActivity(withComparing(ctx, i.plan.Source, "what would change of what is there"),
		CountChangesActivity, request).Get(ctx, &counted)
	if err == nil && counted.Trouble != nil {
		err = readingFailed(counted.Trouble)
	}
	return counted, err
}
