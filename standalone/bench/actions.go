package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// cost is what workflows cost Temporal, read from their histories.
type cost struct {
	events, longest, runs int
	bytes                 int64          // of the histories
	actions               map[string]int // by what they were for
}

func (c *cost) add(o cost) {
	c.events += o.events
	c.bytes += o.bytes
	c.runs += o.runs
	c.longest = max(c.longest, o.longest)
	for kind, count := range o.actions {
		c.count(kind, count)
	}
}

// subtract leaves what came after o, of the same workflows.
func (c *cost) subtract(o cost) {
	c.events -= o.events
	c.bytes -= o.bytes
	for kind, count := range o.actions {
		c.actions[kind] -= count
	}
}

func (c *cost) count(kind string, actions int) {
	if c.actions == nil {
		c.actions = map[string]int{}
	}
	if actions > 0 {
		c.actions[kind] += actions
	}
}

// total is all actions.
func (c *cost) total() int {
	sum := 0
	for _, count := range c.actions {
		sum += count
	}
	return sum
}

// each tells what the actions were for, a piece of so many each.
func (c *cost) each(pieces float64) string {
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(c.actions)) {
		if c.actions[kind] == 0 {
			continue
		}
		parts = append(parts, fmt.Sprintf("%s %.2f", kind, float64(c.actions[kind])/pieces))
	}
	return strings.Join(parts, ", ")
}

// costOf reads every run of a workflow.
func costOf(ctx context.Context, c client.Client, workflowID string) (cost, error) {
	var total cost
	answer, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		PageSize: 500, Query: "WorkflowId = '" + workflowID + "'",
	})
	if err != nil {
		return total, err
	}
	for _, run := range answer.GetExecutions() {
		described, err := c.DescribeWorkflowExecution(ctx, workflowID, run.GetExecution().GetRunId())
		if err != nil {
			return total, err
		}
		one := cost{runs: 1, bytes: described.GetWorkflowExecutionInfo().GetHistorySizeBytes()}
		var markers markers
		events := c.GetWorkflowHistory(ctx, workflowID, run.GetExecution().GetRunId(), false,
			enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			event, err := events.Next()
			if err != nil {
				return total, err
			}
			one.events++
			kind, actions := actionsOf(event, &markers)
			one.count(kind, actions)
		}
		one.longest = one.events
		total.add(one)
	}
	return total, nil
}

// markers is the workflow task whose markers were counted last.
type markers int64

// actionsOf counts as Temporal Cloud bills (https://docs.temporal.io/cloud/actions):
// a child is billed to its parent, twice, whether or not it could be started; a
// signal to its receiver, the one of a signal-with-start with the start; all local
// activities of one workflow task are one action together.
func actionsOf(event *history.HistoryEvent, counted *markers) (kind string, actions int) {
	switch event.GetEventType() {
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
		attributes := event.GetWorkflowExecutionStartedEventAttributes()
		if attributes.GetParentWorkflowExecution() != nil || attributes.GetContinuedExecutionRunId() != "" {
			return "", 0
		}
		return "start", 1
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
		if event.GetEventId() == 2 { // came with the start
			return "", 0
		}
		return "signal", 1
	case enums.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
		return "child", 2
	case enums.EVENT_TYPE_ACTIVITY_TASK_STARTED:
		return "activity", int(event.GetActivityTaskStartedEventAttributes().GetAttempt())
	case enums.EVENT_TYPE_MARKER_RECORDED:
		task := markers(event.GetMarkerRecordedEventAttributes().GetWorkflowTaskCompletedEventId())
		if task == *counted {
			return "", 0
		}
		*counted = task
		return "local", 1
	case enums.EVENT_TYPE_TIMER_STARTED:
		return "timer", 1
	case enums.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
		return "upsert", 1
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
		return "start", 1
	default:
		return "", 0
	}
}
