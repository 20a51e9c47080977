package activities

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"

	"github.com/figgosync/figgosync/internal/reconcile"
	"github.com/figgosync/figgosync/workflows"
)

// repair has each absence's own workflow put right what differs: nothing is written
// around it. It may be repeated.
func (c *comparison) repair(ctx context.Context) error {
	if !activity.IsActivity(ctx) {
		return nil
	}
	done := map[string]bool{}
	for _, one := range c.differences {
		if one.Kind != reconcile.Misplaced && done[one.Absence] {
			continue
		}
		done[one.Absence] = true
		if err := c.repairOne(ctx, activity.GetClient(ctx), one); err != nil {
			return fmt.Errorf("have an absence repaired: %w", err)
		}
	}
	return nil
}

func (c *comparison) repairOne(ctx context.Context, temporalClient client.Client, one difference) error {
	place := workflows.Place{
		Connection: one.owner.Connection, Provider: one.owner.Provider, Mailbox: one.owner.Mailbox,
	}
	known, listed := c.absences[one.Absence]
	retry := workflows.Retry{Rewrite: true, Bulk: true}
	switch {
	case listed && one.Kind == reconcile.Misplaced:
		retry.Leftover = &place
	case !listed:
		known.listed = c.deletion(one)
		state, _, err := c.Absences.StateOf(ctx, c.request.Source, one.Absence)
		if err != nil {
			return err
		}
		if owner := state.Employee; owner != "" && owner != one.owner.Employee {
			theirs, err := c.absencesOf(ctx, owner)
			if err != nil {
				return err
			}
			if theirs[one.Absence] { // somebody else's, who is in another legal entity
				return signalRetry(ctx, temporalClient, c.request.Source, one.Absence,
					workflows.Retry{Rewrite: true, Bulk: true, Leftover: &place})
			}
		}
		retry.Leftover = &place
	}
	if err := c.announce(ctx, temporalClient, known.listed); err != nil {
		return err
	}
	return signalRetry(ctx, temporalClient, c.request.Source, one.Absence, retry)
}

// deletion is what Figgo would have announced of an absence that it no longer has.
func (c *comparison) deletion(one difference) workflows.Listed {
	return workflows.Listed{Absence: one.Absence, Kind: workflows.Deleted, Change: workflows.Change{
		ChangedAt: c.readAt, OccurredAt: c.readAt, ReadAt: c.readAt, Employee: one.owner.Employee,
		LegalEntity: c.request.LegalEntity,
		Known: &workflows.Employee{ID: one.owner.Employee, Email: one.owner.Mailbox,
			LegalEntity: c.request.LegalEntity}, Bulk: true,
	}}
}

// announce tells the absence's workflow what Figgo says, and starts it where none runs.
func (c *comparison) announce(ctx context.Context, temporalClient client.Client, listed workflows.Listed) error {
	listed.Change.Route, listed.Change.RoutedAt = nil, c.readAt
	options := client.StartWorkflowOptions{
		TaskQueue: workflows.TaskQueue,
		Priority:  workflows.LivePriority(c.request.Source),
		TypedSearchAttributes: workflows.AbsenceAttributes(c.request.Source, c.request.LegalEntity,
			listed.Change.Employee, ""),
		StaticSummary: workflows.AbsenceSummary,
	}
	id := workflows.AbsenceID(c.request.Source, listed.Absence)
	_, err := temporalClient.SignalWithStartWorkflow(ctx, id, string(listed.Kind), listed.Change, options,
		workflows.AbsenceLifecycleType, workflows.State{Source: c.request.Source, Absence: listed.Absence})
	return err
}

func signalRetry(ctx context.Context, temporalClient client.Client, source, absence string,
	retry workflows.Retry) error {
	err := temporalClient.SignalWorkflow(ctx, workflows.AbsenceID(source, absence), "", workflows.SignalRetry.Name,
		retry)
	if _, ok := errors.AsType[*serviceerror.NotFound](err); ok {
		return nil
	}
	return err
}
