package starter

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/workflows"
)

// ErrNotApprovable is returned for an approval that is not waited for, or of other
// numbers than those that are.
var ErrNotApprovable = errors.New("the removal waits for no approval of these numbers")

// Removal is what is known of one.
type Removal struct {
	workflows.RemovalProgress
	// WorkflowID finds it in Temporal.
	WorkflowID string
	// Failure is set when it failed: the message says what to do.
	Failure string
}

// StartRemoval starts one for a source and returns its workflow id.
func (s *Starter) StartRemoval(ctx context.Context, source string, input workflows.RemovalInput) (workflowID string, err error) {
	id := workflows.RemovalID(source, uuid.NewString())
	_, err = s.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: id, TaskQueue: workflows.TaskQueue,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		Priority:              temporal.Priority{PriorityKey: workflows.PriorityBulk, FairnessKey: workflows.FairnessKey(source)},
		TypedSearchAttributes: temporal.NewSearchAttributes(
			workflows.AttributeSource.ValueSet(source), workflows.AttributeSynchronization.ValueSet(input.Synchronization)),
		StaticSummary: "Events taken out of calendars",
	}, workflows.RemovalType, input)
	if err != nil {
		return "", fmt.Errorf("start the removal: %w", err)
	}
	return id, nil
}

// Removal asks how far one is. It needs a worker to answer; ErrNotFound when Temporal
// knows none of this id.
func (s *Starter) Removal(ctx context.Context, workflowID string) (Removal, error) {
	description, err := s.client.DescribeWorkflowExecution(ctx, workflowID, "")
	if notFound(err) || err == nil && description.GetWorkflowExecutionInfo().GetType().GetName() != workflows.RemovalType {
		return Removal{}, ErrNotFound
	}
	if err != nil {
		return Removal{}, fmt.Errorf("describe %s: %w", workflowID, err)
	}
	info := description.GetWorkflowExecutionInfo()
	one := Removal{WorkflowID: workflowID}
	answer, err := s.client.QueryWorkflow(ctx, workflowID, info.GetExecution().GetRunId(), workflows.ProgressQuery)
	if err == nil {
		err = answer.Get(&one.RemovalProgress)
	}
	one.Phase = phaseOf(info.GetStatus(), one.Phase)
	if one.Phase == workflows.PhaseFailed {
		one.Failure = s.failure(ctx, workflowID, info.GetExecution().GetRunId())
		return one, nil
	}
	if err != nil {
		return one, fmt.Errorf("query %s: %w", workflowID, err)
	}
	return one, nil
}

// ApproveRemoval lets one go on that waits for these numbers; ErrNotApprovable where
// it does not.
func (s *Starter) ApproveRemoval(ctx context.Context, workflowID string, approval workflows.Approval) error {
	if _, err := s.Removal(ctx, workflowID); err != nil {
		return err
	}
	handle, err := s.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: workflowID, UpdateName: workflows.ApproveUpdate, Args: []any{approval}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, nil)
	}
	refused := (*temporal.ApplicationError)(nil)
	switch {
	case errors.As(err, &refused):
		return fmt.Errorf("%w: %s", ErrNotApprovable, refused.Message())
	case notFound(err): // it has ended
		return ErrNotApprovable
	case err != nil:
		return fmt.Errorf("approve %s: %w", workflowID, err)
	}
	return nil
}

// CancelRemoval asks one to stop: nothing more is removed.
func (s *Starter) CancelRemoval(ctx context.Context, workflowID string) error {
	if _, err := s.Removal(ctx, workflowID); errors.Is(err, ErrNotFound) {
		return err
	}
	if err := s.client.CancelWorkflow(ctx, workflowID, ""); err != nil && !notFound(err) {
		return fmt.Errorf("cancel %s: %w", workflowID, err)
	}
	return nil
}
