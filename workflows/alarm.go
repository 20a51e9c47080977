package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// alarm is one timer that is kept across waits: a timer that is still early
// enough is not replaced, because every timer costs history and money. why is what
// the Web UI shows of it.
type alarm struct {
	at     time.Time
	timer  workflow.Future
	cancel workflow.CancelFunc
}

// addTo makes the selector wake at the given time or earlier; a timer that runs
// already may be late by so much.
func (a *alarm) addTo(ctx workflow.Context, selector workflow.Selector, at time.Time, late time.Duration, why string) {
	if a.timer == nil || at.Add(late).Before(a.at) {
		a.set(ctx, at, why)
	}
	selector.AddFuture(a.timer, func(workflow.Future) { a.timer = nil })
}

// sleep waits so long; why is what the Web UI shows of its timer.
func sleep(ctx workflow.Context, length time.Duration, why string) error {
	return workflow.NewTimerWithOptions(ctx, length, workflow.TimerOptions{Summary: why}).Get(ctx, nil)
}

func (a *alarm) set(ctx workflow.Context, at time.Time, why string) {
	if a.timer != nil {
		a.cancel()
	}
	timerCtx, cancel := workflow.WithCancel(ctx)
	a.at, a.cancel = at, cancel
	a.timer = workflow.NewTimerWithOptions(timerCtx, max(at.Sub(workflow.Now(ctx)), time.Millisecond),
		workflow.TimerOptions{Summary: why})
}
