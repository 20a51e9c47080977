package workflows

import (
	"errors"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Names of the workflow types and activities that watch by themselves.
const (
	WatchType      = "Watch"
	DailyCheckType = "DailyCheck"

	PlanWatchActivity     = "PlanWatch"
	WatchCalendarActivity = "WatchCalendar"
	CheckSourceActivity   = "CheckSource"
)

// WatchSchedules begins the ids of the Temporal Schedules of synthetic absences, and
// CheckSchedules those of daily checks; what is watched follows.
const (
	WatchSchedules = "watch-"
	CheckSchedules = "daily-check-"
)

// What is watched, in workflow ids.
const (
	WatchedSynchronization = "synchronization"
	WatchedConnection      = "connection"
	WatchedSource          = "source"
)

// WatchID is the workflow id of what a Schedule starts for one thing, before the time
// that the server adds: "watch/{kind}/{name}/scheduled".
func WatchID(kind, name string) string { return "watch/" + kind + "/" + name + "/scheduled" }

// WatchedBy reads what WatchID wrote, with or without what the server added.
func WatchedBy(workflowID string) (kind, name string, ok bool) {
	parts := strings.Split(workflowID, "/")
	if len(parts) != 4 || parts[0] != "watch" {
		return "", "", false
	}
	return parts[1], parts[2], true
}

const (
	// WatchTime bounds one synthetic absence, all its tries and the wait for a worker
	// included: one that takes longer has failed.
	WatchTime = 15 * time.Minute
	// sourceCheckTime bounds one question to a source, waits for its limit included.
	sourceCheckTime = 5 * time.Minute
	// checkAgain is when a daily check that failed is made once more before it counts:
	// a moment's outage is no trouble.
	checkAgain = 10 * time.Minute
)

// stepFailed is calendars.StepFailed.
const stepFailed = "failed"

// WatchInput names a synchronization; by hand it is enough too.
type WatchInput struct {
	Synchronization string `json:"synchronization"`
}

// WatchPlan is where the synthetic absence of a synchronization may go, the place first
// where its mailbox is looked for first.
type WatchPlan struct {
	Places []Place `json:"places"`
}

// WatchRequest asks for one synthetic absence: written, read back, removed. BegunAt is
// when its workflow began.
type WatchRequest struct {
	Synchronization string    `json:"synchronization"`
	Place           Place     `json:"place"`
	BegunAt         time.Time `json:"begunAt"`
}

// DailyCheckInput names a connection and its calendar system, or a source.
type DailyCheckInput struct {
	Connection string `json:"connection,omitempty"`
	Provider   string `json:"provider,omitempty"`
	Source     string `json:"source,omitempty"`
}

// Watched is what a Watch or a DailyCheck found.
type Watched struct {
	// At is when it ended.
	At time.Time `json:"at,omitzero"`
	// Delay is how long the synthetic absence took from the beginning of its workflow
	// until it was read in the calendar.
	Delay time.Duration `json:"delay,omitempty"`
	// Trouble is nil where all went well. Of a connection's check its Reason is the
	// finding of the step that failed.
	Trouble *Trouble `json:"trouble,omitempty"`
}

// Watch writes a synthetic absence of a synchronization into the mailbox that its
// settings name, reads it back and removes it. That it cannot be is its answer; it
// fails only where its input is wrong.
func Watch(ctx workflow.Context, input WatchInput) (Watched, error) {
	begun := workflow.Now(ctx)
	var plan WatchPlan
	if err := workflow.ExecuteLocalActivity(withRouting(ctx), PlanWatchActivity, input).Get(ctx, &plan); err != nil {
		return Watched{}, err
	}
	var watched Watched
	for i, place := range plan.Places {
		describeUnderWay(ctx, "synchronization "+input.Synchronization+": "+place.place())
		request := WatchRequest{Synchronization: input.Synchronization, Place: place, BegunAt: begun}
		watched = Watched{}
		err := workflow.ExecuteActivity(withWatching(ctx, place), WatchCalendarActivity, request).Get(ctx, &watched)
		if watched.Trouble, err = failedWatch(watched.Trouble, err); err != nil {
			return Watched{}, err
		}
		if !watched.Trouble.mailboxMissing() || i == len(plan.Places)-1 {
			break
		}
	}
	watched.At = workflow.Now(ctx)
	watched.describe(ctx, "synchronization "+input.Synchronization)
	return watched, nil
}

// failedWatch is the trouble of an activity that was tried until its time was over; of a
// workflow that is cancelled it is an error.
func failedWatch(told *Trouble, err error) (*Trouble, error) {
	switch {
	case err == nil:
		return told, nil
	case temporal.IsCanceledError(err):
		return nil, err
	}
	trouble := &Trouble{Reason: reasonUnderWay}
	if failure, ok := errors.AsType[*temporal.ApplicationError](err); ok && failure.Type() == TemporaryError {
		trouble.Code = strings.TrimPrefix(failure.Message(), TemporaryMessage)
	}
	return trouble, nil
}

// withWatching is for a synthetic absence: as live as real ones, but given up in time
// for the next one.
func withWatching(ctx workflow.Context, place Place) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              CalendarQueue(place.Provider),
		StartToCloseTimeout:    2 * time.Minute,
		ScheduleToCloseTimeout: WatchTime,
		HeartbeatTimeout:       HeartbeatTimeout,
		WaitForCancellation:    true,
		Priority:               temporal.Priority{PriorityKey: PriorityLive},
		Summary:                "synthetic absence",
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, MaximumInterval: 2 * time.Minute},
	})
}

// DailyCheck checks a connection or a source without writing anything, once more after a
// while where that fails.
func DailyCheck(ctx workflow.Context, input DailyCheckInput) (Watched, error) {
	describeUnderWay(ctx, input.about())
	watched, err := dailyCheck(ctx, input)
	if err == nil && watched.Trouble != nil {
		watched.describe(ctx, input.about()+"; it is checked once more")
		if err = sleep(ctx, checkAgain, "until it is checked once more"); err == nil {
			watched, err = dailyCheck(ctx, input)
		}
	}
	watched.At = workflow.Now(ctx)
	if err == nil {
		watched.describe(ctx, input.about())
	}
	return watched, err
}

// about names what is checked.
func (i DailyCheckInput) about() string {
	if i.Source != "" {
		return "source " + i.Source
	}
	return "connection " + i.Connection
}

func dailyCheck(ctx workflow.Context, input DailyCheckInput) (watched Watched, err error) {
	if input.Source != "" {
		checking := withSourceCheck(ctx, input.Source)
		err = workflow.ExecuteActivity(checking, CheckSourceActivity, input).Get(ctx, &watched)
		watched.Trouble, err = failedWatch(watched.Trouble, err)
		return watched, err
	}
	var result CheckResult
	request := CheckRequest{Connection: input.Connection, Provider: input.Provider}
	err = workflow.ExecuteActivity(withDailyCheck(ctx, request), CheckConnectionActivity, request).Get(ctx, &result)
	watched.Trouble, err = failedWatch(result.trouble(), err)
	return watched, err
}

// trouble is the first step that failed, nil where none did.
func (r CheckResult) trouble() *Trouble {
	for _, step := range r.Steps {
		if step.Outcome == stepFailed {
			reason := step.Finding
			if reason == "" {
				reason = step.Name
			}
			return &Trouble{Reason: reason}
		}
	}
	return nil
}

// withDailyCheck is for a check that nobody waits for; see ConnectionCheck.
func withDailyCheck(ctx workflow.Context, request CheckRequest) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              CalendarQueue(request.Provider),
		ScheduleToStartTimeout: WatchTime,
		StartToCloseTimeout:    CheckTime,
		Summary:                "daily check of " + request.Connection,
		Priority:               temporal.Priority{PriorityKey: PriorityBulk},
		RetryPolicy:            &temporal.RetryPolicy{MaximumAttempts: 1},
	})
}

func withSourceCheck(ctx workflow.Context, source string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              FiggoQueue,
		ScheduleToCloseTimeout: WatchTime,
		StartToCloseTimeout:    sourceCheckTime,
		HeartbeatTimeout:       HeartbeatTimeout,
		Summary:                "daily check of " + source,
		Priority:               BulkPriority(source),
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: 5 * time.Second, MaximumInterval: 2 * time.Minute,
		},
	})
}
