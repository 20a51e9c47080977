package starter

import (
	"context"
	"fmt"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/workflows"
)

// runningReplies are the mailboxes whose automatic replies are kept.
const runningReplies = "WorkflowType = '" + workflows.AutoRepliesType + "' AND ExecutionStatus = 'Running'"

// LookAtReplies has the automatic replies of a synchronization's mailboxes look at the
// settings again, and tells how many there are. Those that did not yet learn whose they
// are look by themselves.
func (s *Starter) LookAtReplies(ctx context.Context, source, synchronization string) (int, error) {
	if unquotable(source) || unquotable(synchronization) {
		return 0, nil
	}
	query := fmt.Sprintf("%s AND %s = '%s' AND %s = '%s'", runningReplies, workflows.AttributeSource.GetName(), source,
		workflows.AttributeSynchronization.GetName(), synchronization)
	count := 0
	var token []byte
	for {
		found, next, err := s.runs(ctx, query, maxLimit, token)
		if err != nil {
			return count, err
		}
		for _, one := range found {
			err := s.client.SignalWorkflow(ctx, one.GetExecution().GetWorkflowId(), "", workflows.SignalLook.Name,
				workflows.RepliesLook{})
			if err != nil && !notFound(err) {
				return count, fmt.Errorf("ask automatic replies to look: %w", err)
			}
			count++
		}
		if token = next; len(token) == 0 {
			return count, nil
		}
	}
}

// EndReplies has an employee's mailbox get its own automatic reply back for good. running
// is false once that is done, or where there is nothing to do.
func (s *Starter) EndReplies(ctx context.Context, source, employee string) (running bool, err error) {
	id := workflows.AutoRepliesID(source, employee)
	description, err := s.client.DescribeWorkflowExecution(ctx, id, "")
	switch {
	case notFound(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("describe automatic replies: %w", err)
	case description.GetWorkflowExecutionInfo().GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING:
		return false, nil
	}
	err = s.client.SignalWorkflow(ctx, id, "", workflows.SignalLook.Name, workflows.RepliesLook{End: true})
	if notFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("end automatic replies: %w", err)
	}
	return true, nil
}

// RepliesLine is an employee whose automatic replies are kept, as Temporal's index has
// them, which may be a second behind.
type RepliesLine struct {
	Source, Employee string
	// Synchronization is "" until it is known.
	Synchronization string
}

// repliesListed bounds how many of those in trouble are listed.
const repliesListed = 1000

// RepliesWithReason lists the employees whose automatic replies are held up for a reason,
// at most a thousand of them.
func (s *Starter) RepliesWithReason(ctx context.Context, reason string) (all []RepliesLine, err error) {
	if unquotable(reason) {
		return nil, nil
	}
	query := fmt.Sprintf("%s AND %s = '%s'", runningReplies, workflows.AttributeReason.GetName(), reason)
	var token []byte
	for len(all) < repliesListed {
		found, next, err := s.runs(ctx, query, maxLimit, token)
		if err != nil {
			return nil, err
		}
		for _, run := range found {
			all = append(all, repliesLineOf(run))
		}
		if token = next; len(token) == 0 {
			break
		}
	}
	return all, nil
}

func repliesLineOf(run *workflow.WorkflowExecutionInfo) RepliesLine {
	fields := run.GetSearchAttributes().GetIndexedFields()
	text := func(key temporal.SearchAttributeKeyKeyword) (value string) {
		_ = converter.GetDefaultDataConverter().FromPayload(fields[key.GetName()], &value) // missing: ""
		return value
	}
	return RepliesLine{
		Source: text(workflows.AttributeSource), Employee: text(workflows.AttributeEmployee),
		Synchronization: text(workflows.AttributeSynchronization),
	}
}

// Replies tells how an employee's automatic replies stand, texts and all: whoever shows
// it leaves those out, the person's own are theirs. The error is ErrNotFound where none
// are kept now.
func (s *Starter) Replies(ctx context.Context, source, employee string) (state workflows.RepliesState, err error) {
	id := workflows.AutoRepliesID(source, employee)
	description, err := s.client.DescribeWorkflowExecution(ctx, id, "")
	switch {
	case notFound(err):
		return state, ErrNotFound
	case err != nil:
		return state, fmt.Errorf("describe automatic replies: %w", err)
	case description.GetWorkflowExecutionInfo().GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING:
		return state, ErrNotFound
	}
	answer, err := s.client.QueryWorkflow(ctx, id, "", workflows.RepliesQuery)
	if notFound(err) {
		return state, ErrNotFound
	}
	if err != nil {
		return state, fmt.Errorf("query automatic replies: %w", err)
	}
	if err := answer.Get(&state); err != nil {
		return state, fmt.Errorf("read automatic replies: %w", err)
	}
	return state, nil
}
