package main

import (
	"context"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// cost is what a workflow cost Temporal, read from its history.
type cost struct {
	actions, events, longest, runs int
}

func (c *cost) add(o cost) {
	c.actions += o.actions
	c.events += o.events
	c.runs += o.runs
	c.longest = max(c.longest, o.longest)
}

// costOf reads every run of a workflow.
func costOf(ctx context.Context, c client.Client, workflowID string) (cost, error) {
	var total cost
	answer, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{PageSize: 500, Query: "WorkflowId = '" + workflowID + "'"})
	if err != nil {
		return total, err
	}
	for _, run := range answer.GetExecutions() {
		one := cost{runs: 1}
		events := c.GetWorkflowHistory(ctx, workflowID, run.GetExecution().GetRunId(), false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			event, err := events.Next()
			if err != nil {
				return total, err
			}
			one.events++
			one.actions += actionsOf(event)
		}
		one.longest = one.events
		total.add(one)
	}
	return total, nil
}

// actionsOf counts as Temporal Cloud bills (https://docs.temporal.io/cloud/actions):
// a child is billed to its parent, twice; a signal to its receiver, the one of a
// signal-with-start with the start; local activities are not billed.
func actionsOf(event *history.HistoryEvent) int {
	switch event.GetEventType() {
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
		attributes := event.GetWorkflowExecutionStartedEventAttributes()
		if attributes.GetParentWorkflowExecution() != nil || attributes.GetContinuedExecutionRunId() != "" {
			return 0
		}
		return 1
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
		if event.GetEventId() == 2 { // came with the start
			return 0
		}
		return 1
	case enums.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
		return 2
	case enums.EVENT_TYPE_ACTIVITY_TASK_STARTED:
		return int(event.GetActivityTaskStartedEventAttributes().GetAttempt())
	case enums.EVENT_TYPE_TIMER_STARTED, enums.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
		enums.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED, enums.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
		return 1
	default:
		return 0
	}
}
