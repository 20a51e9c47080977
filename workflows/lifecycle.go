package workflows

import (
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/workflow"
)

// Result is how an AbsenceLifecycle ended.
type Result struct {
	Status  Status   `json:"status"`
	Trouble *Trouble `json:"trouble,omitempty"`
}

// AbsenceLifecycle follows one absence: it reads the signals of Figgo in whatever
// order they come, keeps the newest state, and keeps the owner's
// calendar equal to it until there is nothing left to wait for.
//
// It is started by its first signal (SignalWithStart) under AbsenceID. A run
// that starts after an earlier one completed finds the old events by marker.
func AbsenceLifecycle(ctx workflow.Context, input State) (Result, error) {
	l, err := setup(ctx, input)
	if err != nil {
		return Result{}, err
	}
	return l.run(ctx)
}

type lifecycle struct {
	state     *State
	log       log.Logger
	alarm     alarm
	published published
	// writing says that an activity is under way, which trouble may concern.
	writing bool
	// lookAgain is an initialization's wish to compare with the settings once more.
	// activityReports says that the activity under way tells State.Report.
	lookAgain, activityReports bool
	// repliesDue says that the owner's AutoReplies may have to be told.
	repliesDue bool
	// wrote says that the last settle changed a calendar.
	wrote bool
	// announcedRoute is a Route that came with a change.
	announcedRoute *announcedRoute
	// firstTask is the time of the first workflow task, acceptedAt when Temporal
	// stored the first signal, which may be much earlier: no worker may have been up.
	firstTask, acceptedAt time.Time
}

func setup(ctx workflow.Context, input State) (*lifecycle, error) {
	info := workflow.GetInfo(ctx)
	if err := input.check(info.WorkflowExecution.ID); err != nil {
		return nil, err
	}
	input.Behaviour.check()
	if input.Status == "" {
		input.Status = StatusPending
	}
	l := &lifecycle{
		log:       log.With(workflow.GetLogger(ctx), "source", input.Source, "absence", input.Absence),
		published: alreadyPublished(ctx),
	}
	if input.Origin == "" {
		input.Origin, input.StartedAt = info.FirstRunID, workflow.Now(ctx)
		l.firstTask, l.acceptedAt = workflow.Now(ctx), info.WorkflowStartTime
	}
	first := input.First
	input.First = nil
	l.state = &input
	err := workflow.SetQueryHandlerWithOptions(ctx, StateQuery, func() (State, error) { return *l.state, nil },
		workflow.QueryHandlerOptions{Description: "Where the absence stands, where its events are, and its story."})
	if first != nil {
		l.change(workflow.Now(ctx), first.Kind, first.Change)
	}
	return l, err
}

// run is the loop. Handlers only store; everything is done here. Nothing blocks
// between the drain and a return, so no signal is lost.
func (l *lifecycle) run(ctx workflow.Context) (Result, error) {
	for ctx.Err() == nil {
		l.drain(ctx)
		switch {
		case l.state.Dirty && l.quietFor(ctx) > 0:
			l.listenFor(ctx, l.quietFor(ctx))
		case l.state.Dirty:
			l.describe(ctx)
			l.settleTraced(ctx)
			l.repliesDue = true
			l.publish(ctx)
		case l.lookAgain:
			l.look()
		case l.state.Report != "":
			l.report(ctx)
		case l.repliesDue:
			l.tellReplies(ctx)
		case l.finished(ctx):
			return Result{Status: l.state.Status, Trouble: l.state.Trouble}, nil
		case workflow.GetInfo(ctx).GetContinueAsNewSuggested():
			return Result{}, workflow.NewContinueAsNewError(ctx, AbsenceLifecycle, *l.state)
		default:
			l.wait(ctx)
		}
	}
	return Result{}, ctx.Err()
}

// finished tells that nothing is left to wait for. A deletion that is not carried
// out waits for ever: ending would leave the event where it is; so does one that may
// have to be taken back. One of which nobody
// can tell whose absence it was ends: there is no calendar to look in.
func (l *lifecycle) finished(ctx workflow.Context) bool {
	s := l.state
	return (!s.owesDeletion() || s.ownerless()) && s.Admission != AdmissionQuestioned &&
		!workflow.Now(ctx).Before(s.endsAt())
}

// wait sleeps until a signal comes or the next thing is due.
func (l *lifecycle) wait(ctx workflow.Context) {
	if l.state.owesDeletion() && l.state.NextTry.IsZero() {
		l.state.Dirty = true
		return
	}
	selector := workflow.NewSelector(ctx)
	l.listen(ctx, selector)
	l.describe(ctx)
	at, late, why := l.nextWake(workflow.Now(ctx))
	l.alarm.addTo(ctx, selector, at, late, why)
	selector.Select(ctx)
	if !l.state.NextTry.IsZero() && !workflow.Now(ctx).Before(l.state.NextTry) {
		// Nobody waits for this try; what a person changes meanwhile goes before it.
		l.state.Dirty, l.state.Bulk, l.state.NextTry = true, true, time.Time{}
	}
}

// endLookedFor is how often a run looks whether it is over, and how late it may end.
// Temporal stores the length of a timer in clear, beside the employee's id: none may be
// made from the absence's last day. One long timer after the other also costs less
// than an exact one for each change.
const endLookedFor = 60 * 24 * time.Hour

// nextWake is the earlier of the next try and the end, how late a timer for it may
// be that runs already, and which of the two it is.
func (l *lifecycle) nextWake(now time.Time) (at time.Time, late time.Duration, why string) {
	s := l.state
	end, told := s.endsAt(), s.endIsTold()
	switch next := s.NextTry; {
	case !next.IsZero() && (next.Before(end) || s.owesDeletion() && !s.ownerless()):
		return next, 0, "next try"
	case told || s.Admission == AdmissionQuestioned:
		return now.Add(endLookedFor), endLookedFor, "end, unless something changes"
	default:
		return end, endLookedFor, "end, unless something changes"
	}
}
