package activities

import (
	"context"
	"slices"

	"go.temporal.io/sdk/activity"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/reconcile"
	"github.com/figgosync/figgosync/workflows"
)

// respectOwners sets aside what owners did to their events where the policy respects it,
// and the events that stay because somebody refused their deletion. What owners deleted is
// told to the absence's workflow once, so that nothing else makes the event again.
func (c *comparison) respectOwners(ctx context.Context) error {
	var others []difference
	for _, one := range c.differences {
		stays, err := c.stays(ctx, one)
		if err != nil {
			return err
		}
		if stays {
			c.left = append(c.left, one)
			continue
		}
		others = append(others, one)
	}
	c.differences = others
	return nil
}

func (c *comparison) stays(ctx context.Context, one difference) (bool, error) {
	switch {
	case one.Kind == reconcile.Surplus:
		return c.wasRefused(ctx, one)
	case one.Kind == reconcile.Edited && c.policy.OwnerEdits == absence.RespectOwners:
		return one.ByOwner, nil
	case one.Kind == reconcile.Missing && c.policy.OwnerDeletes == absence.RespectOwners:
		return c.wasDeleted(ctx, one)
	}
	return false, nil
}

// wasRefused tells that somebody refused the deletion of the event's absence.
func (c *comparison) wasRefused(ctx context.Context, one difference) (bool, error) {
	state, _, err := c.Absences.StateOf(ctx, c.request.Source, one.Absence)
	return state.Refused(), err
}

// wasDeleted tells that an event was written as it should be, by what its absence's
// workflow knows, and is gone since. Where no workflow runs, nobody knows.
func (c *comparison) wasDeleted(ctx context.Context, one difference) (bool, error) {
	if !activity.IsActivity(ctx) {
		return false, nil
	}
	known := c.absences[one.Absence]
	state, runs, err := c.Absences.StateOf(ctx, c.request.Source, one.Absence)
	if err != nil || !runs {
		return false, err
	}
	target := known.target.At(one.owner.Connection)
	if target == nil {
		return false, nil
	}
	written := written(target)[one.Run]
	if slices.Contains(state.OwnerDeleted, written) {
		return true, nil
	}
	applied := state.Applied
	stood := applied != nil && applied.Place == target.Place && applied.Fingerprint == target.Fingerprint &&
		slices.ContainsFunc(applied.Events, func(e workflows.PlacedEvent) bool { return e.Run == one.Run })
	if !stood || !c.request.Remember {
		return stood, nil
	}
	return true, signalRetry(ctx, activity.GetClient(ctx), c.request.Source, one.Absence,
		workflows.Retry{Bulk: true, OwnerDeleted: []string{written}})
}
