package starter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/workflows"
)

// ErrNotApprovable is returned for an approval that is not waited for, or of other
// numbers than those that are.
var ErrNotApprovable = errors.New("it waits for no approval of these numbers")

// Operation is a removal or a reconciliation, and how far it is.
type Operation struct {
	// WorkflowID and RunID find it in Temporal.
	WorkflowID string
	RunID      string
	Phase      workflows.Phase
	// Synchronization is the one it was started for.
	Synchronization string
	StartsAt        time.Time
	EndedAt         time.Time
	// Breaker is set while it waits for an approval.
	Breaker *workflows.Breaker
	// Failure is set when it failed: the message says what to do. Reason is its code,
	// such as "source-empty", where it has one.
	Failure string
	Reason  string
	// One of the two is set; its counts are those at the end, where it ended.
	Removal        *workflows.RemovalProgress
	Reconciliation *workflows.ReconciliationProgress
}

// StartRemoval starts one for a source and returns its workflow id; key is as with
// StartInitialization.
func (s *Starter) StartRemoval(ctx context.Context, source string, input workflows.RemovalInput,
	key string) (workflowID string, err error) {
	id := workflows.RemovalID(source, idOfKey(source, key))
	options := operationOptions(id, source, input.Synchronization, "Events taken out of calendars")
	return s.startOperation(ctx, options, workflows.RemovalType, input)
}

// StartReconciliation starts one for a source and returns its workflow id; key is as
// with StartInitialization.
func (s *Starter) StartReconciliation(ctx context.Context, source string, input workflows.ReconciliationInput,
	key string) (workflowID string, err error) {
	id := workflows.ReconciliationID(source, idOfKey(source, key))
	options := operationOptions(id, source, input.Synchronization, "Calendars compared with Figgo")
	return s.startOperation(ctx, options, workflows.ReconciliationType, input)
}

func operationOptions(id, source, synchronization, summary string) client.StartWorkflowOptions {
	attributes := []temporal.SearchAttributeUpdate{workflows.AttributeSource.ValueSet(source)}
	if synchronization != "" {
		attributes = append(attributes, workflows.AttributeSynchronization.ValueSet(synchronization))
	}
	return client.StartWorkflowOptions{
		ID: id, TaskQueue: workflows.TaskQueue,
		WorkflowIDReusePolicy:                    enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy:                 enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		Priority:                                 workflows.BulkPriority(source),
		TypedSearchAttributes:                    temporal.NewSearchAttributes(attributes...),
		StaticSummary:                            summary,
	}
}

func (s *Starter) startOperation(ctx context.Context, options client.StartWorkflowOptions, kind string,
	input any) (workflowID string, err error) {
	_, err = s.client.ExecuteWorkflow(ctx, options, kind, input)
	if already := (*serviceerror.WorkflowExecutionAlreadyStarted)(nil); errors.As(err, &already) {
		return options.ID, nil
	}
	if err != nil {
		return "", fmt.Errorf("start %s: %w", options.ID, err)
	}
	return options.ID, nil
}

// ApproveOperation lets one, or an initialization, go on that waits for these numbers; ErrNotApprovable where
// it does not.
func (s *Starter) ApproveOperation(ctx context.Context, workflowID string, approval workflows.Approval) error {
	if err := s.mustBeApprovable(ctx, workflowID); err != nil {
		return err
	}
	handle, err := s.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: workflowID, UpdateName: workflows.ApproveUpdate, Args: []any{approval},
		WaitForStage: client.WorkflowUpdateStageCompleted,
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

// approvable are the workflow types that may wait for an approval.
var approvable = []string{workflows.RemovalType, workflows.ReconciliationType, workflows.InitializationType}

func (s *Starter) mustBeApprovable(ctx context.Context, workflowID string) error {
	description, err := s.client.DescribeWorkflowExecution(ctx, workflowID, "")
	kind := description.GetWorkflowExecutionInfo().GetType().GetName()
	if notFound(err) || err == nil && !slices.Contains(approvable, kind) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("describe %s: %w", workflowID, err)
	}
	return nil
}

// CancelOperation asks one to stop: nothing more is done.
func (s *Starter) CancelOperation(ctx context.Context, workflowID string) error {
	if _, err := s.Operation(ctx, workflowID); errors.Is(err, ErrNotFound) {
		return err
	}
	if err := s.client.CancelWorkflow(ctx, workflowID, ""); err != nil && !notFound(err) {
		return fmt.Errorf("cancel %s: %w", workflowID, err)
	}
	return nil
}
