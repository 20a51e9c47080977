package engine

import (
	"context"
	"fmt"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// Rates bound how fast a task queue hands out activities, whatever the number of
// workers: Temporal itself keeps to them
// (docs.temporal.io/develop/task-queue-priority-fairness).
type Rates struct {
	// Queue is activities a second over the whole queue, PerKey for each
	// fairness key. 0 leaves what is set there as it is.
	Queue, PerKey float64
}

// LimitActivities sets the rates of an activity task queue. The server must have
// matching.enableFairness on for PerKey.
func LimitActivities(ctx context.Context, c client.Client, namespace, queue string, rates Rates) error {
	if rates == (Rates{}) {
		return nil
	}
	if namespace == "" {
		namespace = client.DefaultNamespace
	}
	_, err := c.WorkflowService().UpdateTaskQueueConfig(ctx, &workflowservice.UpdateTaskQueueConfigRequest{
		Namespace: namespace, TaskQueue: queue, TaskQueueType: enums.TASK_QUEUE_TYPE_ACTIVITY,
		UpdateQueueRateLimit: rate(rates.Queue), UpdateFairnessKeyRateLimitDefault: rate(rates.PerKey),
	})
	if err != nil {
		return fmt.Errorf("limit the task queue %s: %w", queue, err)
	}
	return nil
}

func rate(perSecond float64) *workflowservice.UpdateTaskQueueConfigRequest_RateLimitUpdate {
	if perSecond <= 0 {
		return nil
	}
	return &workflowservice.UpdateTaskQueueConfigRequest_RateLimitUpdate{
		RateLimit: &taskqueue.RateLimit{RequestsPerSecond: float32(perSecond)}, Reason: "figgosync worker flags",
	}
}
