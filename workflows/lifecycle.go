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

// AbsenceLifecycle is the life of one absence: it takes the signals of Figgo in
// whatever order they come, keeps the newest state, and keeps the owner's
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
	// carried says that the activity under way brings State.Report its word.
	lookAgain, carried bool
	// given is a Route that came with a change.
	given *given
	// firstTask is the time of a life's first workflow task, bornAt when Temporal
	// took its first signal, which may be much earlier: no worker may have been up.
	firstTask, bornAt time.Time
}

func setup(ctx workflow.Context, input State) (*lifecycle, error) {
	info := workflow.GetInfo(ctx)
	if err := input.check(info.WorkflowExecution.ID); err != nil {
		return nil, err
	}
	if input.Status == "" {
		input.Status = StatusPending
	}
	l := &lifecycle{
		log:       log.With(workflow.GetLogger(ctx), "source", input.Source, "absence", input.Absence),
		published: alreadyPublished(ctx),
	}
	if input.Origin == "" {
		input.Origin, input.StartedAt = info.FirstRunID, workflow.Now(ctx)
		l.firstTask, l.bornAt = workflow.Now(ctx), info.WorkflowStartTime
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
			l.settle(ctx)
			l.publish(ctx)
		case l.lookAgain:
			l.look()
		case l.state.Report != "":
			l.report(ctx)
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

func (l *lifecycle) finished(ctx workflow.Context) bool {
	return !workflow.Now(ctx).Before(l.state.endOfLife())
}

// wait sleeps until a signal comes or the next thing is due.
func (l *lifecycle) wait(ctx workflow.Context) {
	selector := workflow.NewSelector(ctx)
	l.listen(ctx, selector)
	at, late := l.nextWake()
	l.alarm.addTo(ctx, selector, at, late)
	selector.Select(ctx)
	if !l.state.NextTry.IsZero() && !workflow.Now(ctx).Before(l.state.NextTry) {
		l.state.Dirty, l.state.NextTry = true, time.Time{}
	}
}

// lateEnd is how late a life may end: a further timer costs more than a few
// finished lives that stay. A deleted absence waits for the timer that runs since
// it was written, a shortened one too.
const lateEnd = 90 * 24 * time.Hour

// nextWake is the earlier of the next try and the end of life, and how late a
// timer for it may be that runs already.
func (l *lifecycle) nextWake() (at time.Time, late time.Duration) {
	end := l.state.endOfLife()
	if next := l.state.NextTry; !next.IsZero() && next.Before(end) {
		return next, 0
	}
	if l.state.Release < 1 {
		return end, 0
	}
	return end, lateEnd
}
