package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// The options of activities, as named intents. Timeouts live here only.

// HeartbeatTimeout is how soon the server notices that the process doing an
// activity is gone. Activities beat by themselves, and only when they take long:
// a beat that reaches the server costs.
const HeartbeatTimeout = 15 * time.Second

// withRouting is for the look-up in memory and local settings: a local activity,
// because it takes microseconds and touches no network.
func withRouting(ctx workflow.Context) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		Summary:                "by the settings",
		StartToCloseTimeout:    3 * time.Second,
		ScheduleToCloseTimeout: 30 * time.Second,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond,
			MaximumInterval: 5 * time.Second},
	})
}

// withReporting is for a report to an initialization, which waits a little for
// others: a local activity, because it is one call to Temporal itself.
func withReporting(ctx workflow.Context) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		Summary:                "initialization and its absences",
		StartToCloseTimeout:    15 * time.Second,
		ScheduleToCloseTimeout: time.Minute,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, MaximumInterval: 10 * time.Second},
	})
}

// withAdmission is for a question to the workflow that counts deletions: a local
// activity, because it is one call to Temporal itself.
func withAdmission(ctx workflow.Context) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		Summary:                "are there too many deletions?",
		StartToCloseTimeout:    15 * time.Second,
		ScheduleToCloseTimeout: 2 * time.Minute,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: 200 * time.Millisecond, MaximumInterval: 10 * time.Second,
		},
	})
}

// withOutside is for calls to an outside system. Temporal retries them for as long
// as it takes (no ScheduleToCloseTimeout: an outage of days must lose nothing), at
// the pace the system itself asks for. Cancelling waits for the running attempt, so
// two attempts never write at once. The priority is that of what is done, whatever
// the workflow was started for.
func withOutside(ctx workflow.Context, what activityCall, bulk bool) workflow.Context {
	priority := LivePriority(what.sharer)
	if bulk {
		priority = BulkPriority(what.sharer)
	}
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           what.queue,
		StartToCloseTimeout: 2 * time.Minute,
		HeartbeatTimeout:    HeartbeatTimeout,
		WaitForCancellation: true,
		Priority:            priority,
		Summary:             what.summary,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: time.Second,
			MaximumInterval: 5 * time.Minute,
		},
	})
}

// FairnessKey is the key under which somebody shares a queue with others: a
// source, or on the calendars' queues a source and a connection. It keeps within
// the 64 bytes the server allows.
func FairnessKey(sharer string) string { return sharer[:min(len(sharer), 64)] }

// withReading is for reading Figgo and previewing calendars on behalf of an
// initialization: last in every queue, and long, because Lucca's limit of 50 calls
// a minute makes pages wait.
func withReading(ctx workflow.Context, source, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           FiggoQueue,
		StartToCloseTimeout: 30 * time.Minute,
		HeartbeatTimeout:    HeartbeatTimeout,
		Priority:            BulkPriority(source),
		Summary:             summary,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: 2 * time.Second,
			MaximumInterval: 2 * time.Minute,
		},
	})
}

// LivePriority is that of an absence's workflow tasks, back-filled ones included: it
// is fixed when the workflow is started and holds for every later change. How many
// back-filled absences are under way at once is bounded (window), and their
// activities have a priority of their own.
func LivePriority(source string) temporal.Priority {
	return temporal.Priority{PriorityKey: PriorityLive, FairnessKey: FairnessKey(source)}
}

// BulkPriority is that of what a source's runs do: after all that is live.
func BulkPriority(source string) temporal.Priority {
	return temporal.Priority{PriorityKey: PriorityBulk, FairnessKey: FairnessKey(source)}
}
