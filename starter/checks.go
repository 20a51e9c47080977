package starter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/workflows"
)

// ErrNoWorker is returned when nobody takes a check up: no worker runs, or none
// for that calendar system.
var ErrNoWorker = errors.New("no worker took the check up: is a worker running?")

// pickUpTime is how long a worker may take to begin a check.
const pickUpTime = 10 * time.Second

// CheckConnection has a worker check a connection, and waits for what it finds.
// Give ctx somewhat more than workflows.CheckTime. ErrNoWorker comes earlier.
func (s *Starter) CheckConnection(ctx context.Context, request workflows.CheckRequest) (workflows.CheckResult, error) {
	id := workflows.ConnectionCheckID(request.Connection, uuid.NewString())
	run, err := s.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: id, TaskQueue: workflows.TaskQueue,
		WorkflowExecutionTimeout: workflows.CheckLife,
		Priority:                 temporal.Priority{PriorityKey: workflows.PriorityLive},
		StaticSummary:            "A check of one connection",
	}, workflows.ConnectionCheckType, request)
	if err != nil {
		return workflows.CheckResult{}, fmt.Errorf("start the check: %w", err)
	}
	result, err := s.awaitCheck(ctx, run)
	if timeout, ok := errors.AsType[*temporal.TimeoutError](err); ok &&
		timeout.TimeoutType() == enums.TIMEOUT_TYPE_SCHEDULE_TO_START {
		err = ErrNoWorker
	}
	if err != nil {
		return workflows.CheckResult{}, fmt.Errorf("check %s: %w", id, err)
	}
	return result, nil
}

func (s *Starter) awaitCheck(ctx context.Context, run client.WorkflowRun) (result workflows.CheckResult, err error) {
	begun, cancel := context.WithTimeout(ctx, pickUpTime)
	err = run.Get(begun, &result)
	early := begun.Err() != nil && ctx.Err() == nil
	cancel()
	if err == nil || !early {
		return result, err
	}
	if s.waits(ctx, run) {
		// A worker that starts later must not do what nobody waits for.
		if err := s.client.TerminateWorkflow(ctx, run.GetID(), run.GetRunID(),
			"nobody took it up in time"); err != nil {
			return result, errors.Join(ErrNoWorker, err)
		}
		return result, ErrNoWorker
	}
	err = run.Get(ctx, &result)
	return result, err
}

// waits tells whether the workflow still waits for its first worker.
func (s *Starter) waits(ctx context.Context, run client.WorkflowRun) bool {
	description, err := s.client.DescribeWorkflowExecution(ctx, run.GetID(), run.GetRunID())
	return err == nil && description.GetPendingWorkflowTask().GetState() == enums.PENDING_WORKFLOW_TASK_STATE_SCHEDULED
}
