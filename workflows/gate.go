package workflows

import (
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// The types of the errors that refuse an approval.
const (
	errorNotWaiting   = "NotWaiting"
	errorOtherNumbers = "OtherNumbers"
)

// gate holds a run back that would delete or change much until somebody approves the
// very numbers.
type gate struct{ approved *Approval }

// setup answers ApproveUpdate; waiting is what the run waits for, nil for nothing.
func (g *gate) setup(ctx workflow.Context, waiting func() *Breaker) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, ApproveUpdate, func(_ workflow.Context, a Approval) error {
		g.approved = &a
		return nil
	}, workflow.UpdateHandlerOptions{
		Description: "Goes on with what the progress tells under breaker, by the same numbers.",
		Validator:   func(_ workflow.Context, a Approval) error { return waiting().check(a) },
	})
}

// wait waits for an approval of these numbers; its error is a cancellation.
func (g *gate) wait(ctx workflow.Context, wanted Approval) error {
	return workflow.Await(ctx, func() bool { return g.approved != nil && *g.approved == wanted })
}

func (b *Breaker) check(a Approval) error {
	switch {
	case b == nil:
		return temporal.NewNonRetryableApplicationError("it waits for no approval", errorNotWaiting, nil)
	case a.Deletions != b.Deletions || a.Changes != b.Changes:
		return temporal.NewNonRetryableApplicationError(
			fmt.Sprintf("these are not the numbers: it would delete %d events and change %d", b.Deletions, b.Changes),
			errorOtherNumbers, nil)
	}
	return nil
}

func (b *Breaker) describe() string {
	return fmt.Sprintf("**waits for approval**: it would delete %d events and change %d of %d. Send the update `%s` with "+
		"{\"deletions\": %d, \"changes\": %d}, or cancel.", b.Deletions, b.Changes, b.Of, ApproveUpdate, b.Deletions,
		b.Changes)
}
