package starter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"golang.org/x/sync/errgroup"

	"github.com/figgosync/figgosync/workflows"
)

// Operation asks how far one is. One that goes on needs a worker to answer; then the
// rest is returned with the error. ErrNotFound when Temporal knows none of this id.
func (s *Starter) Operation(ctx context.Context, workflowID string) (Operation, error) {
	description, err := s.client.DescribeWorkflowExecution(ctx, workflowID, "")
	if notFound(err) {
		return Operation{}, ErrNotFound
	}
	if err != nil {
		return Operation{}, fmt.Errorf("describe %s: %w", workflowID, err)
	}
	one, err := s.operationOf(description.GetWorkflowExecutionInfo())
	if err == nil {
		err = s.askOperation(ctx, &one)
	}
	return one, err
}

// Operations lists the newest ones of a workflow type, of one synchronization or of all
// for "", the newest first, at most limit. Temporal's list may be a second behind; one
// that goes on and does not answer in time is listed without its counts.
func (s *Starter) Operations(
	ctx context.Context, workflowType, synchronization string, limit int,
) ([]Operation, error) {
	if unquotable(synchronization) {
		return nil, nil
	}
	query := "WorkflowType = '" + workflowType + "' AND ExecutionStatus != 'ContinuedAsNew'"
	if synchronization != "" {
		query += " AND " + workflows.AttributeSynchronization.GetName() + " = '" + synchronization + "'"
	}
	answer, err := s.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		PageSize: int32(limit), Query: query,
	})
	if err != nil {
		return nil, fmt.Errorf("list the runs of %s: %w", workflowType, err)
	}
	var all []Operation
	for _, info := range answer.GetExecutions() {
		if one, err := s.operationOf(info); err == nil {
			all = append(all, one)
		}
	}
	s.askOperations(ctx, all)
	slices.SortFunc(all, func(a, b Operation) int { return b.StartsAt.Compare(a.StartsAt) })
	return all, nil
}

// operationOf is what Temporal's list tells of one.
func (s *Starter) operationOf(info *workflow.WorkflowExecutionInfo) (Operation, error) {
	one := Operation{
		WorkflowID: info.GetExecution().GetWorkflowId(), RunID: info.GetExecution().GetRunId(),
		StartsAt: info.GetStartTime().AsTime(), Phase: phaseOf(info.GetStatus(), workflows.PhaseRunning),
	}
	if info.GetCloseTime() != nil {
		one.EndedAt = info.GetCloseTime().AsTime()
	}
	fields := info.GetSearchAttributes().GetIndexedFields()
	attribute := fields[workflows.AttributeSynchronization.GetName()]
	// One started by hand has none at first.
	_ = converter.GetDefaultDataConverter().FromPayload(attribute, &one.Synchronization)
	switch info.GetType().GetName() {
	case workflows.RemovalType:
		one.Removal = &workflows.RemovalProgress{}
	case workflows.ReconciliationType:
		one.Reconciliation = &workflows.ReconciliationProgress{}
	default:
		return Operation{}, ErrNotFound
	}
	return one, nil
}

// progress is where what it tells is read into.
func (o *Operation) progress() any {
	if o.Removal != nil {
		return o.Removal
	}
	return o.Reconciliation
}

// fill takes over what was read.
func (o *Operation) fill() {
	var began time.Time
	var phase workflows.Phase
	if o.Removal != nil {
		p := o.Removal
		phase, o.Breaker, began = p.Phase, p.Breaker, p.StartedAt
		o.Synchronization = cmp.Or(p.Synchronization, o.Synchronization)
	} else {
		p := o.Reconciliation
		phase, o.Breaker, began = p.Phase, p.Breaker, p.StartedAt
		o.Synchronization = cmp.Or(p.Synchronization, o.Synchronization)
	}
	if o.EndedAt.IsZero() && phase != "" {
		o.Phase = phase
	}
	if !began.IsZero() {
		o.StartsAt = began // of its first run
	}
}

// Many are asked at a time, and each for a moment only: a list must not wait for one
// that does not answer.
const (
	askedAtOnce = 8
	askTime     = 4 * time.Second
)

func (s *Starter) askOperations(ctx context.Context, all []Operation) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	var asked errgroup.Group
	asked.SetLimit(askedAtOnce)
	for i := range all {
		asked.Go(func() error {
			_ = s.askOperation(ctx, &all[i]) // it is listed without its counts
			return nil
		})
	}
	_ = asked.Wait()
}

// askOperation reads how far one is: what it ended with, which needs no worker and is
// remembered, or what it answers.
func (s *Starter) askOperation(ctx context.Context, one *Operation) error {
	if one.EndedAt.IsZero() {
		if err := s.queryOperation(ctx, one); err != nil || !Ended(one.Phase) {
			return err
		}
		// It ended since it was described, or does so now: what with is read below.
	}
	if known, ok := s.ended.Get(one.RunID); ok {
		*one = known
		return nil
	}
	err := s.client.GetWorkflow(ctx, one.WorkflowID, one.RunID).Get(ctx, one.progress())
	failure, cancelled := (*temporal.ApplicationError)(nil), (*temporal.CanceledError)(nil)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("read the end of %s: %w", one.WorkflowID, ctx.Err())
	case errors.As(err, &failure):
		one.Failure, one.Reason = plainFailure(failure.Message()), failure.Type()
		if failure.HasDetails() {
			_ = failure.Details(one.progress()) // one whose input is wrong has none
		}
	case errors.As(err, &cancelled) && cancelled.HasDetails():
		_ = cancelled.Details(one.progress())
	case err != nil && one.Phase == workflows.PhaseFailed:
		one.Failure = untold
	}
	if err := s.readClose(ctx, one); err != nil {
		return err
	}
	one.fill()
	one.Breaker = nil
	s.ended.Add(one.RunID, *one)
	return nil
}

// readClose asks when one ended that went on when it was described.
func (s *Starter) readClose(ctx context.Context, one *Operation) error {
	if !one.EndedAt.IsZero() {
		return nil
	}
	description, err := s.client.DescribeWorkflowExecution(ctx, one.WorkflowID, one.RunID)
	if err != nil {
		return fmt.Errorf("describe %s: %w", one.WorkflowID, err)
	}
	info := description.GetWorkflowExecutionInfo()
	one.EndedAt, one.Phase = info.GetCloseTime().AsTime(), phaseOf(info.GetStatus(), one.Phase)
	return nil
}

func (s *Starter) queryOperation(ctx context.Context, one *Operation) error {
	answer, err := s.client.QueryWorkflow(ctx, one.WorkflowID, one.RunID, workflows.ProgressQuery)
	if err != nil {
		return fmt.Errorf("query %s: %w", one.WorkflowID, err)
	}
	if err := answer.Get(one.progress()); err != nil {
		return fmt.Errorf("%w (%s): %w", ErrUnreadable, one.WorkflowID, err)
	}
	one.fill()
	return nil
}
