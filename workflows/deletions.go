package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// The reasons of these are in docs/adr/0021-live-deletions.md.
const (
	// deletionsWithin is the time in which deletions are counted together.
	deletionsWithin = time.Hour
	// burstApart is the time between two deletions from which on they are of different
	// bursts.
	burstApart = 2 * time.Minute
	// atOnceShare of the deletions that are allowed go at once at the beginning of a
	// burst. The others wait for quietAfter without a further one, but for waitAtMost.
	atOnceShare = 10
	quietAfter  = 15 * time.Second
	waitAtMost  = 2 * time.Minute
	// heldListed bounds the list of a query, toldAtOnce that of one activity.
	heldListed = 1000
	toldAtOnce = 200
)

// Deletions counts the live deletions of one source, over all workers. A lone one is
// carried out at once. When there are too many within an hour, all of the burst are held
// until a person decides about all of them. It ends by itself an hour after the last.
func Deletions(ctx workflow.Context, state DeletionsState) error {
	d := &deletions{state: &state, asked: workflow.Now(ctx)}
	if err := d.setup(ctx); err != nil {
		return err
	}
	return d.run(ctx)
}

type deletions struct {
	state *DeletionsState
	// asked is when something came last; due says that the next thing may be due sooner
	// than the timer that runs.
	asked time.Time
	due   bool
}

func (d *deletions) setup(ctx workflow.Context) error {
	list := func() (HeldDeletions, error) { return d.state.list(), nil }
	err := workflow.SetQueryHandlerWithOptions(ctx, HeldQuery, list,
		workflow.QueryHandlerOptions{Description: "The deletions that wait for a decision."})
	if err != nil {
		return err
	}
	err = workflow.SetUpdateHandlerWithOptions(ctx, AdmitUpdate,
		func(ctx workflow.Context, request AdmitRequest) ([]Admission, error) {
			defer d.describe(ctx)
			d.asked, d.due = workflow.Now(ctx), true
			return d.state.admit(request, workflow.Now(ctx)), nil
		}, workflow.UpdateHandlerOptions{Description: "Asks whether deletions may be carried out."})
	if err != nil {
		return err
	}
	return workflow.SetUpdateHandlerWithOptions(ctx, DecideUpdate,
		func(ctx workflow.Context, decision Decision) (int, error) {
			defer d.describe(ctx)
			d.asked = workflow.Now(ctx)
			return d.state.decide(decision), nil
		}, workflow.UpdateHandlerOptions{
			Description: "Carries out the deletions that are held, or leaves their events.",
			Validator:   func(_ workflow.Context, decision Decision) error { return d.state.check(decision) },
		})
}

// run tells absences what becomes of them, ends bursts, and ends when nothing was asked
// for an hour and nothing is held.
func (d *deletions) run(ctx workflow.Context) error {
	s, info := d.state, workflow.GetInfo(ctx)
	full := func() bool { return info.GetContinueAsNewSuggested() && workflow.AllHandlersFinished(ctx) }
	for ctx.Err() == nil {
		now := workflow.Now(ctx)
		d.due = false
		switch idle := now.Sub(d.asked) >= deletionsWithin; {
		case len(s.Waiting) > 0 && !now.Before(s.waitsUntil()):
			s.release()
		case len(s.Telling) > 0:
			if err := d.tell(ctx); err != nil {
				return err
			}
		case full():
			return workflow.NewContinueAsNewError(ctx, Deletions, *s)
		case idle && len(s.Held)+len(s.Waiting) == 0 && workflow.AllHandlersFinished(ctx):
			return nil
		default:
			d.describe(ctx)
			timer := workflow.TimerOptions{Summary: s.waitsFor()}
			_, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{Timeout: s.sleep(now), TimerOptions: timer},
				func() bool { return len(s.Telling) > 0 || d.due && len(s.Waiting) > 0 || full() })
			if err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// sleep is until the next thing may be due; one timer an hour is enough for the end.
func (s *DeletionsState) sleep(now time.Time) time.Duration {
	if len(s.Waiting) > 0 {
		return s.waitsUntil().Sub(now)
	}
	return deletionsWithin
}

// waitsUntil is when those that wait are carried out, unless more come.
func (s *DeletionsState) waitsUntil() time.Time {
	quiet, latest := s.LastAt.Add(quietAfter), s.Waiting[0].At.Add(waitAtMost)
	if latest.Before(quiet) {
		return latest
	}
	return quiet
}

// tell tells some absences, until none that is to be told is left.
func (d *deletions) tell(ctx workflow.Context) error {
	s := d.state
	one := s.Telling[0]
	some := one.Deletions[:min(toldAtOnce, len(one.Deletions))]
	request := TellRequest{Source: s.Source, Decided: one.Admission}
	for _, deletion := range some {
		request.Absences = append(request.Absences, deletion.Absence)
	}
	err := workflow.ExecuteActivity(withWaking(ctx), TellHeldActivity, request).Get(ctx, nil)
	if err != nil {
		return err
	}
	s.Telling[0].Deletions = one.Deletions[len(some):]
	if len(s.Telling[0].Deletions) == 0 {
		s.Telling = s.Telling[1:]
	}
	return nil
}

func (s *DeletionsState) willTell(admission Admission, deletions []HeldDeletion) {
	if len(deletions) > 0 {
		s.Telling = append(s.Telling, Told{Admission: admission, Deletions: slices.Clone(deletions)})
	}
}

// admit answers for each deletion, the same however often it asks, until the absence
// was told something else.
func (s *DeletionsState) admit(request AdmitRequest, now time.Time) []Admission {
	s.Above = request.Above
	s.Recent = slices.DeleteFunc(s.Recent, func(d HeldDeletion) bool { return now.Sub(d.At) >= deletionsWithin })
	if now.Sub(s.LastAt) >= burstApart && len(s.Waiting)+len(s.Held) == 0 {
		s.CarriedOut = nil
	}
	answers := make([]Admission, len(request.Deletions))
	for i, one := range request.Deletions {
		one.At = now
		if answers[i] = s.known(one); answers[i] == "" {
			s.LastAt = now
			answers[i] = s.admitOne(one)
		}
	}
	return answers
}

// known is the answer for a deletion that was asked for before, "" for any other.
func (s *DeletionsState) known(one HeldDeletion) Admission {
	same := func(d HeldDeletion) bool { return d.Absence == one.Absence }
	for _, told := range slices.Backward(s.Telling) {
		if slices.ContainsFunc(told.Deletions, same) {
			return told.Admission
		}
	}
	switch {
	case slices.ContainsFunc(s.Held, same):
		return AdmissionHeld
	case slices.ContainsFunc(s.Waiting, same):
		return AdmissionWaiting
	case len(s.Held) > 0 && slices.ContainsFunc(s.CarriedOut, same):
		return AdmissionQuestioned
	case slices.ContainsFunc(s.Recent, same), slices.ContainsFunc(s.CarriedOut, same):
		return AdmissionGiven
	}
	return ""
}

// admitOne answers for a further deletion. From the first one that is too many, all of
// the burst are held: nobody knows yet what they are.
func (s *DeletionsState) admitOne(one HeldDeletion) Admission {
	switch {
	case len(s.Held) > 0:
		s.Held = append(s.Held, one)
		return AdmissionHeld
	case len(s.Recent)+len(s.Waiting) >= s.Above:
		s.hold(one)
		return AdmissionHeld
	case len(s.CarriedOut) < max(s.Above/atOnceShare, 1) && !one.Irrevocable:
		s.Recent, s.CarriedOut = append(s.Recent, one), append(s.CarriedOut, one)
		return AdmissionGiven
	}
	s.Waiting = append(s.Waiting, one)
	return AdmissionWaiting
}

// hold holds the burst.
func (s *DeletionsState) hold(last HeldDeletion) {
	s.willTell(AdmissionHeld, s.Waiting)
	s.willTell(AdmissionQuestioned, s.CarriedOut)
	s.Held, s.Waiting = append(s.Waiting, last), nil
}

// release carries out what waits. The burst may go on: what is too much later puts
// these in question, too.
func (s *DeletionsState) release() {
	s.willTell(AdmissionGiven, s.Waiting)
	s.Recent, s.CarriedOut = append(s.Recent, s.Waiting...), append(s.CarriedOut, s.Waiting...)
	s.Waiting = nil
}

// check refuses a decision about nothing, or about another number than is held.
func (s *DeletionsState) check(decision Decision) error {
	switch held := len(s.Held); {
	case held == 0:
		return temporal.NewNonRetryableApplicationError("no deletion is held", errorNotWaiting, nil)
	case decision.Deletions != 0 && decision.Deletions != held:
		return temporal.NewNonRetryableApplicationError("this is not the number of deletions that are held",
			errorOtherNumbers, nil, held)
	}
	return nil
}

// decide is about all of the burst; the count begins anew.
func (s *DeletionsState) decide(decision Decision) int {
	count, admission := len(s.Held), AdmissionDropped
	if decision.Approve {
		admission = AdmissionGiven
	}
	s.willTell(admission, s.Held)
	s.willTell(admission, s.CarriedOut)
	s.Held, s.Recent, s.CarriedOut = nil, nil, nil
	return count
}

func (s *DeletionsState) list() HeldDeletions {
	held := HeldDeletions{Total: len(s.Held), Deletions: slices.Clone(s.Held[:min(heldListed, len(s.Held))])}
	if held.Total > 0 {
		held.CarriedOut = len(s.CarriedOut)
	}
	return held
}
