package starter

import (
	"context"
	"fmt"

	"go.temporal.io/api/enums/v1"

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
