package starter

import (
	"context"
	"fmt"
	"strings"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/figgosync/figgosync/workflows"
)

// Eraser removes absences from Temporal.
type Eraser struct {
	*Starter
	// Namespace is the client's.
	Namespace string
}

// DeleteAbsence removes all runs of an absence's workflow, with their histories,
// running or not. Temporal does it in the background, within seconds. What it does
// not know is removed already.
func (e Eraser) DeleteAbsence(ctx context.Context, source, absence string) error {
	return e.deleteWorkflow(ctx, workflows.AbsenceID(source, absence))
}

// DeleteReplies does what DeleteAbsence does with an employee's automatic replies.
func (e Eraser) DeleteReplies(ctx context.Context, source, employee string) error {
	return e.deleteWorkflow(ctx, workflows.AutoRepliesID(source, employee))
}

func (e Eraser) deleteWorkflow(ctx context.Context, id string) error {
	if strings.ContainsRune(id, '\'') { // see visibility: the index is not asked for it
		return e.deleteRun(ctx, &common.WorkflowExecution{WorkflowId: id})
	}
	request := &workflowservice.ListWorkflowExecutionsRequest{Namespace: e.Namespace, PageSize: maxLimit,
		Query: "WorkflowId = '" + id + "'"}
	for {
		answer, err := e.client.ListWorkflow(ctx, request)
		if err != nil {
			return fmt.Errorf("list the runs of %s: %w", id, err)
		}
		for _, run := range answer.GetExecutions() {
			if err := e.deleteRun(ctx, run.GetExecution()); err != nil {
				return fmt.Errorf("delete %s: %w", id, err)
			}
		}
		if request.NextPageToken = answer.GetNextPageToken(); len(request.NextPageToken) == 0 {
			break
		}
	}
	// The newest run may be younger than the index.
	if err := e.deleteRun(ctx, &common.WorkflowExecution{WorkflowId: id}); err != nil {
		return fmt.Errorf("delete %s: %w", id, err)
	}
	return nil
}

func (e Eraser) deleteRun(ctx context.Context, run *common.WorkflowExecution) error {
	_, err := e.client.WorkflowService().DeleteWorkflowExecution(ctx,
		&workflowservice.DeleteWorkflowExecutionRequest{Namespace: e.Namespace, WorkflowExecution: run})
	if notFound(err) {
		return nil
	}
	return err
}
