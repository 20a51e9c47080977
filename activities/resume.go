package activities

import (
	"context"
	"slices"

	"go.temporal.io/sdk/activity"

	"github.com/figgosync/figgosync/internal/reconcile"
	"github.com/figgosync/figgosync/workflows"
)

// rightMailboxes are those that a comparison found right, as its heartbeats tell them
// to an attempt that follows one that was cut off. What differs is not among them:
// nothing is concluded from what an earlier attempt saw of it, when Figgo said
// something else.
type rightMailboxes struct {
	Employees []string                       `json:"employees"`
	Counts    workflows.ReconciliationCounts `json:"counts"`
}

// rightBefore are those that the attempt before found.
func rightBefore(ctx context.Context) (right rightMailboxes) {
	if activity.IsActivity(ctx) && activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &right); err != nil {
			return rightMailboxes{}
		}
	}
	return right
}

func (r *rightMailboxes) add(owner workflows.Owner, outcome reconcile.Outcome) {
	r.Employees = append(r.Employees, owner.Employee)
	r.Counts.Mailboxes++
	r.Counts.Events += outcome.Events
	r.Counts.Right += outcome.Right
}

// heartbeat is what an attempt tells the one after it.
func (c *comparison) heartbeat() any {
	c.mu.Lock()
	defer c.mu.Unlock()
	right := c.right
	right.Employees = slices.Clone(right.Employees)
	return right
}
