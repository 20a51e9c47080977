package activities

import (
	"context"
	"errors"
	"slices"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/reconcile"
	"github.com/figgosync/figgosync/workflows"
)

// respectOwners sets aside what owners did to their events where the policy respects it.
// What they deleted is told to the absence's workflow once, so that nothing else makes
// the event again.
func (c *comparison) respectOwners(ctx context.Context) error {
	var others []difference
	for _, one := range c.differences {
		theirs, err := c.isOwners(ctx, one)
		if err != nil {
			return err
		}
		if theirs {
			c.left = append(c.left, one)
			continue
		}
		others = append(others, one)
	}
	c.differences = others
	return nil
}

func (c *comparison) isOwners(ctx context.Context, one difference) (bool, error) {
	switch {
	case one.Kind == reconcile.Edited && c.policy.OwnerEdits == absence.RespectOwners:
		return one.ByOwner, nil
	case one.Kind == reconcile.Missing && c.policy.OwnerDeletes == absence.RespectOwners:
		return c.wasDeleted(ctx, one)
	}
	return false, nil
}

// wasDeleted tells that an event was written as it should be, by what its absence's
// workflow knows, and is gone since. Where no workflow runs, nobody knows.
func (c *comparison) wasDeleted(ctx context.Context, one difference) (bool, error) {
	if !activity.IsActivity(ctx) {
		return false, nil
	}
	temporalClient, known := activity.GetClient(ctx), c.absences[one.Absence]
	state, runs, err := stateOf(ctx, temporalClient, c.request.Source, one.Absence)
	if err != nil || !runs {
		return false, err
	}
	written := known.written[one.Run]
	if slices.Contains(state.OwnerDeleted, written) {
		return true, nil
	}
	place := c.place
	place.Mailbox = known.mailbox
	applied := state.Applied
	stood := applied != nil && applied.Place == place && applied.Fingerprint == known.fingerprint &&
		slices.ContainsFunc(applied.Events, func(e workflows.PlacedEvent) bool { return e.Run == one.Run })
	if !stood || !c.request.Remember {
		return stood, nil
	}
	return true, signalRetry(ctx, temporalClient, c.request.Source, one.Absence,
		workflows.Retry{Bulk: true, OwnerDeleted: []string{written}})
}

// stateOf is what an absence's workflow knows; runs is false where Temporal has none.
func stateOf(ctx context.Context, temporalClient client.Client, source, absence string) (
	state workflows.State, runs bool, err error) {
	answer, err := temporalClient.QueryWorkflow(ctx, workflows.AbsenceID(source, absence), "", workflows.StateQuery)
	if over := (*serviceerror.NotFound)(nil); errors.As(err, &over) {
		return state, false, nil
	}
	if err != nil {
		return state, false, err
	}
	return state, true, answer.Get(&state)
}
