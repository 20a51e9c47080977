package workflows

import (
	"cmp"
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// The types of the errors that refuse an approval.
const (
	errorNotWaiting   = "NotWaiting"
	errorOtherNumbers = "OtherNumbers"
)

// Limits are what a run may do to the events there are without an approval: the larger
// of a number and of a share, in percent, of all of them. A zero stands for its default.
type Limits struct {
	Deletions       int `json:"deletions,omitempty"`
	DeletionPercent int `json:"deletionPercent,omitempty"`
	Changes         int `json:"changes,omitempty"`
	ChangePercent   int `json:"changePercent,omitempty"`
}

// DefaultLimits are those where the settings do not say.
var DefaultLimits = Limits{Deletions: 50, DeletionPercent: 5, Changes: 50, ChangePercent: 20}

// OrDefault has the defaults in place of zeros.
func (l Limits) OrDefault() Limits {
	return Limits{
		Deletions:       cmp.Or(l.Deletions, DefaultLimits.Deletions),
		DeletionPercent: cmp.Or(l.DeletionPercent, DefaultLimits.DeletionPercent),
		Changes:         cmp.Or(l.Changes, DefaultLimits.Changes),
		ChangePercent:   cmp.Or(l.ChangePercent, DefaultLimits.ChangePercent),
	}
}

// allow tells that so much of all events needs no approval.
func (l Limits) allow(wanted Approval, of int) bool {
	l = l.OrDefault()
	return wanted.Deletions <= max(l.Deletions, of*l.DeletionPercent/100) &&
		wanted.Changes <= max(l.Changes, of*l.ChangePercent/100)
}

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
