package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

const (
	// deletionsWithin is the time in which deletions are counted together.
	deletionsWithin = time.Hour
	// heldListed bounds the list of a query, toldAtOnce that of one activity.
	heldListed = 1000
	toldAtOnce = 200
)

// Deletions counts the live deletions of one source, over all workers: when there are
// too many within an hour, further ones are held until a person decides about all of
// them. It ends by itself an hour after the last.
func Deletions(ctx workflow.Context, state DeletionsState) error {
	d := &deletions{state: &state, asked: workflow.Now(ctx)}
	if err := d.setup(ctx); err != nil {
		return err
	}
	return d.run(ctx)
}

type deletions struct {
	state *DeletionsState
	// asked is when something came last.
	asked time.Time
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
			d.asked = workflow.Now(ctx)
			return d.state.admit(request, workflow.Now(ctx)), nil
		}, workflow.UpdateHandlerOptions{Description: "Asks whether deletions may be carried out."})
	if err != nil {
		return err
	}
	return workflow.SetUpdateHandlerWithOptions(ctx, DecideUpdate,
		func(ctx workflow.Context, decision Decision) (int, error) {
			d.asked = workflow.Now(ctx)
			return d.state.decide(decision), nil
		}, workflow.UpdateHandlerOptions{
			Description: "Carries out the deletions that are held, or leaves their events.",
			Validator: func(_ workflow.Context, _ Decision) error {
				if len(d.state.Held) == 0 {
					return temporal.NewNonRetryableApplicationError("no deletion is held", "NotWaiting", nil)
				}
				return nil
			},
		})
}

// run tells what was decided, and ends when nothing was asked for an hour and nothing
// is held. One timer an hour is enough for that.
func (d *deletions) run(ctx workflow.Context) error {
	s, info := d.state, workflow.GetInfo(ctx)
	full := func() bool { return info.GetContinueAsNewSuggested() && workflow.AllHandlersFinished(ctx) }
	for ctx.Err() == nil {
		_, err := workflow.AwaitWithTimeout(ctx, deletionsWithin, func() bool { return len(s.Telling) > 0 || full() })
		idle := workflow.Now(ctx).Sub(d.asked) >= deletionsWithin && len(s.Held) == 0
		switch {
		case err != nil:
			return err
		case len(s.Telling) > 0:
			if err := d.tell(ctx); err != nil {
				return err
			}
		case full():
			return workflow.NewContinueAsNewError(ctx, Deletions, *s)
		case idle && workflow.AllHandlersFinished(ctx):
			return nil
		}
	}
	return ctx.Err()
}

// tell tells some absences, until none of the oldest decision is left.
func (d *deletions) tell(ctx workflow.Context) error {
	s := d.state
	one := s.Telling[0]
	some := one.Deletions[:min(toldAtOnce, len(one.Deletions))]
	request := TellRequest{Source: s.Source, Decided: one.admission()}
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

func (t Told) admission() Admission {
	if t.Approve {
		return AdmissionGiven
	}
	return AdmissionDropped
}

// admit answers for each deletion, the same however often it asks. From the first one
// that is too many, all are held: nobody knows yet what they are.
func (s *DeletionsState) admit(request AdmitRequest, now time.Time) []Admission {
	s.Recent = slices.DeleteFunc(s.Recent, func(d HeldDeletion) bool { return now.Sub(d.At) >= deletionsWithin })
	answers := make([]Admission, len(request.Deletions))
	for i, one := range request.Deletions {
		answers[i] = s.admitOne(one, request.Above, now)
	}
	return answers
}

func (s *DeletionsState) admitOne(one HeldDeletion, above int, now time.Time) Admission {
	same := func(d HeldDeletion) bool { return d.Absence == one.Absence }
	for _, told := range s.Telling {
		if slices.ContainsFunc(told.Deletions, same) {
			return told.admission()
		}
	}
	one.At = now
	switch {
	case slices.ContainsFunc(s.Held, same):
		return AdmissionHeld
	case slices.ContainsFunc(s.Recent, same):
		return AdmissionGiven
	case len(s.Held) > 0 || len(s.Recent) >= above:
		s.Held = append(s.Held, one)
		return AdmissionHeld
	}
	s.Recent = append(s.Recent, one)
	return AdmissionGiven
}

// decide is about all that are held; the count begins anew.
func (s *DeletionsState) decide(decision Decision) int {
	count := len(s.Held)
	s.Telling = append(s.Telling, Told{Decision: decision, Deletions: s.Held})
	s.Held, s.Recent = nil, nil
	return count
}

func (s *DeletionsState) list() HeldDeletions {
	return HeldDeletions{Total: len(s.Held), Deletions: slices.Clone(s.Held[:min(heldListed, len(s.Held))])}
}
