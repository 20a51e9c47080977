package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"
)

const (
	// silence is how long a run waits for the next report before it asks the absences
	// themselves: one that was terminated, or reported to another initialization,
	// never reports.
	silence = 2 * time.Minute
	// silencesAtMost is how often in a row absences may say that they are still under
	// way; then they count as retrying. They go on by themselves.
	silencesAtMost = 5
	// cancelledFor is how long a cancelled run waits for what is being written.
	cancelledFor = 20 * time.Second
	// reasonUnderWay is the reason of those nobody waits for any longer.
	reasonUnderWay = "temporary"
)

// watch bounds the wait for reports, beside everything else: one timer each silence,
// and one after a cancellation.
func (e *entity) watch(ctx workflow.Context) {
	e.reportedAt = workflow.Now(ctx)
	background := disconnected(ctx)
	workflow.Go(background, func(background workflow.Context) {
		silent := 0
		for {
			wait := workflow.NewTimerWithOptions(background, silence,
				workflow.TimerOptions{Summary: "absences that do not report"})
			_ = wait.Get(background, nil)
			if len(e.state.Open) == 0 || workflow.Now(background).Sub(e.reportedAt) < silence {
				silent = 0
				continue
			}
			silent++
			e.askOpen(background, silent >= silencesAtMost)
		}
	})
	workflow.Go(background, func(background workflow.Context) {
		ctx.Done().Receive(background, nil)
		wait := workflow.NewTimerWithOptions(background, cancelledFor,
			workflow.TimerOptions{Summary: "what is being written"})
		_ = wait.Get(background, nil)
		e.askOpen(background, true)
	})
}

// askOpen asks the absences under way what became of them. With last, those that
// cannot tell count as retrying.
func (e *entity) askOpen(ctx workflow.Context, last bool) {
	open := slices.Clone(e.state.Open)
	if len(open) == 0 {
		return
	}
	var answer AskResult
	request := AskRequest{Source: e.state.Source, Absences: open}
	if err := workflow.ExecuteLocalActivity(withReporting(ctx), AskAbsencesActivity, request).Get(ctx,
		&answer); err != nil {
		e.log.Warn("cannot ask absences that do not report", "absences", len(open), "error", err)
	}
	for _, result := range answer.Settled {
		e.settled(result)
	}
	if !last {
		return
	}
	for _, one := range slices.Clone(e.state.Open) {
		e.settled(Settled{Absence: one, Status: StatusRetrying, Reason: reasonUnderWay})
	}
}
