package starter

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/workflows"
)

// Held lists the live deletions of a source that wait for a decision. It needs a
// worker to answer.
func (s *Starter) Held(ctx context.Context, source string) (held workflows.HeldDeletions, err error) {
	id := workflows.DeletionsID(source)
	answer, err := s.client.QueryWorkflow(ctx, id, "", workflows.HeldQuery)
	if notFound(err) {
		return workflows.HeldDeletions{}, nil
	}
	if err == nil {
		err = answer.Get(&held)
	}
	if err != nil {
		return workflows.HeldDeletions{}, fmt.Errorf("query %s: %w", id, err)
	}
	return held, nil
}

// DecideHeld carries out all deletions of a source that are held, or leaves their
// events, and tells how many they are. ErrNotApprovable when none is held, or where the
// decision names another number.
func (s *Starter) DecideHeld(
	ctx context.Context, source string, decision workflows.Decision,
) (count int, err error) {
	id := workflows.DeletionsID(source)
	handle, err := s.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: id, UpdateName: workflows.DecideUpdate, Args: []any{decision},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, &count)
	}
	refused := (*temporal.ApplicationError)(nil)
	switch {
	case errors.As(err, &refused), notFound(err):
		return 0, ErrNotApprovable
	case err != nil:
		return 0, fmt.Errorf("decide %s: %w", id, err)
	}
	return count, nil
}
