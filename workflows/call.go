package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"
)

// applyAt has the activity done. Its error is a cancellation (then the caller is
// interrupted too) or something nobody foresaw. With the last write everything the
// newest change asked for is done.
func (l *lifecycle) applyAt(ctx workflow.Context, request ApplyRequest, last bool) (ApplyResult, *Trouble) {
	s := l.state
	s.Version++
	request.Source, request.Absence = s.Source, s.Absence
	request.Token, request.Rewrite = fmt.Sprintf("%s/%d", s.Origin, s.Version), s.Rewrite
	request.Synchronization, request.Employee = s.Synchronization, s.Employee
	l.activityReports = false
	if last && len(request.Events) > 0 {
		request.Report, request.ReportBatch = s.Report, s.ReportBatch
		l.activityReports = request.Report != ""
	}
	if last {
		request.AnnouncedAt = s.AnnouncedAt
		s.AnnouncedAt = time.Time{} // what comes meanwhile waits for the next write
	}
	var result ApplyResult
	err := l.call(ctx, calendarCall(s, request), request, &result)
	if (err != nil || result.Trouble != nil) && !request.AnnouncedAt.IsZero() {
		s.AnnouncedAt = request.AnnouncedAt
	}
	if err != nil {
		if !l.interrupted(ctx) {
			l.log.Error("cannot apply the absence", "error", err)
		}
		return result, internalTrouble()
	}
	if result.Trouble == nil && l.activityReports {
		s.Report = "" // the activity reported; who asked meanwhile waits for a report of their own
	}
	l.activityReports = false
	return result, result.Trouble
}

// activityCall is which activity to run, on which queue. sharer is who shares the
// queue fairly with others, summary what the Web UI shows of it.
type activityCall struct{ queue, sharer, activity, summary string }

func calendarCall(s *State, request ApplyRequest) activityCall {
	summary := "remove from "
	if len(request.Events) > 0 {
		summary = "write to "
	}
	return activityCall{
		queue: CalendarQueue(request.Place.Provider), sharer: s.Source + "/" + request.Place.Connection,
		activity: ApplyAbsenceActivity, summary: summary + request.Place.place(),
	}
}

// call runs an activity and listens meanwhile. A change of the absence cancels it:
// a provider that was down for a day must not get yesterday's state first. The
// answer of an attempt that still succeeded counts.
func (l *lifecycle) call(ctx workflow.Context, what activityCall, request, result any) error {
	activityCtx, cancel := workflow.WithCancel(withOutside(ctx, what, l.state.Bulk))
	defer cancel()
	future := workflow.ExecuteActivity(activityCtx, what.activity, request)
	l.writing = true
	defer func() { l.writing = false }()
	for done, cancelled := false, false; !done; {
		selector := workflow.NewSelector(ctx)
		selector.AddFuture(future, func(workflow.Future) { done = true })
		l.listen(ctx, selector)
		selector.Select(ctx)
		if l.state.Dirty && !cancelled {
			cancelled = true
			cancel()
		}
		if l.state.Status == StatusRetrying && l.state.Report != "" {
			l.report(ctx)
		}
		if !done { // else the outcome is published with it, at once
			l.publish(ctx)
		}
	}
	return future.Get(ctx, result)
}

// reasonInternal is the reason of what nobody foresaw.
const reasonInternal = "internal"

func internalTrouble() *Trouble { return &Trouble{Reason: reasonInternal, Scope: "mailbox"} }
