package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/workflow"
)

const (
	// replyLead is how long before an absence the reply is scheduled. The person's own is
	// read then and not earlier: until then they may still change it.
	replyLead = time.Hour
	// settingsLook is how often the settings are looked at, and standingLook how often
	// while a reply of ours stands. No timer is longer: Temporal stores their lengths in
	// clear, and they must not tell when somebody is absent.
	settingsLook = 24 * time.Hour
	standingLook = 4 * time.Hour
	// absenceForgotten is how many days after its last day an absence leaves the queue.
	absenceForgotten = 7
	// givenUpAfter is how long after the end of a reply it is tried to give the person's
	// own back.
	givenUpAfter = 30 * 24 * time.Hour
)

// AutoReplies keeps the automatic reply of one employee's mailbox: it has the queue of
// their approved absences, writes a reply shortly before each, and gives back what was
// there at its end. What the person set for themselves counts for more: a reply of theirs
// that is on or scheduled at that time stays, and so does what they change meanwhile.
//
// It ends when nothing is left to answer for.
func AutoReplies(ctx workflow.Context, state RepliesState) error {
	r := &replies{
		state: &state, published: alreadyPublished(ctx),
		log: log.With(workflow.GetLogger(ctx), "source", state.Source, "employee", state.Employee),
	}
	if want := AutoRepliesID(state.Source, state.Employee); state.Source == "" || state.Employee == "" ||
		workflow.GetInfo(ctx).WorkflowExecution.ID != want {
		return invalidInput(fmt.Sprintf("the workflow id of these replies must be %q", want))
	}
	err := workflow.SetQueryHandlerWithOptions(ctx, RepliesQuery, func() (RepliesState, error) { return state, nil },
		workflow.QueryHandlerOptions{Description: "The absences that mail is answered during, and what stands."})
	if err != nil {
		return err
	}
	return r.run(ctx)
}

type replies struct {
	state     *RepliesState
	log       log.Logger
	alarm     alarm
	published published
	// calling says that an activity is under way, which trouble may concern.
	calling bool
	// about are the absences that are told of trouble.
	about []string
	// telling are the signals under way.
	telling []workflow.Future
	// trouble is what the settle under way met, and troubledAt the connection where.
	trouble    *Trouble
	troubledAt string
}

// run is the loop. Handlers only store; nothing blocks between the drain and a return.
func (r *replies) run(ctx workflow.Context) error {
	for ctx.Err() == nil {
		r.drain(ctx)
		switch {
		case r.state.Dirty:
			r.state.describe(ctx)
			r.settle(ctx)
			r.awaitTold(ctx)
			r.publish(ctx)
		case r.state.finished():
			return nil
		case workflow.GetInfo(ctx).GetContinueAsNewSuggested():
			return workflow.NewContinueAsNewError(ctx, AutoReplies, *r.state)
		default:
			r.wait(ctx)
		}
	}
	return ctx.Err()
}

func (s *RepliesState) finished() bool {
	return len(s.Absences) == 0 && s.Standing == nil && len(s.Returning) == 0
}

func (r *replies) drain(ctx workflow.Context) {
	SignalReplies.receive(ctx, r.state.heard)
	SignalLook.receive(ctx, r.state.look)
	SignalTrouble.receive(ctx, func(t Trouble) { r.keepsFailing(ctx, t) })
}

func (r *replies) listen(ctx workflow.Context, selector workflow.Selector) {
	SignalReplies.addTo(ctx, selector, r.state.heard)
	SignalLook.addTo(ctx, selector, r.state.look)
	SignalTrouble.addTo(ctx, selector, func(t Trouble) { r.keepsFailing(ctx, t) })
}

// heard takes what an absence is now.
func (s *RepliesState) heard(told RepliedAbsence) {
	s.Absences = slices.DeleteFunc(s.Absences, func(a RepliedAbsence) bool { return a.Absence == told.Absence })
	if told.Content != nil {
		s.Absences, s.Ending = append(s.Absences, told), false
	}
	s.Dirty, s.Attempts = true, 0
}

func (s *RepliesState) look(asked RepliesLook) {
	s.Ending, s.Dirty, s.Attempts = s.Ending || asked.End, true, 0
}

// keepsFailing is told by the activity under way, which is being retried.
func (r *replies) keepsFailing(ctx workflow.Context, trouble Trouble) {
	if r.calling {
		r.stop(ctx, StatusRetrying, &trouble)
	}
}

// wait sleeps until a signal comes or the next look is due.
func (r *replies) wait(ctx workflow.Context) {
	selector := workflow.NewSelector(ctx)
	r.listen(ctx, selector)
	r.alarm.addTo(ctx, selector, r.state.wakeAt(workflow.Now(ctx)), 0, "next look")
	due := r.alarm.at
	selector.Select(ctx)
	r.state.Dirty = r.state.Dirty || !workflow.Now(ctx).Before(due)
}

// wakeAt is when there may be something to do next.
func (s *RepliesState) wakeAt(now time.Time) time.Time {
	at := now.Add(settingsLook)
	if s.Standing != nil {
		at = now.Add(standingLook)
	}
	for _, sooner := range []time.Time{s.Next, s.NextTry} {
		if !sooner.IsZero() && sooner.Before(at) {
			at = sooner
		}
	}
	return at
}

// interrupted tells that something newer came, which decides.
func (r *replies) interrupted(ctx workflow.Context) bool { return r.state.Dirty || ctx.Err() != nil }

// prune forgets absences that are long over.
func (s *RepliesState) prune(now time.Time) {
	s.Absences = slices.DeleteFunc(s.Absences, func(a RepliedAbsence) bool {
		last := a.Content.LastDay().AddDays(absenceForgotten)
		return time.Date(last.Year, last.Month, last.Day, 0, 0, 0, 0, time.UTC).Before(now)
	})
}

// stop notes what is in the way, and tells the absences it concerns where it is new.
func (r *replies) stop(ctx workflow.Context, status Status, trouble *Trouble) {
	s, now := r.state, workflow.Now(ctx)
	known := s.Trouble != nil && s.Trouble.Reason == trouble.Reason
	if known {
		trouble.Since = s.Trouble.Since
	} else if trouble.Since.IsZero() {
		trouble.Since = now
	}
	s.Status, s.Trouble = status, trouble
	if !known {
		r.tell(ctx, Entry{Event: EventReplyTrouble, Trouble: trouble}, r.about)
	}
	r.publish(ctx)
}

// tell adds a line to the story, and to those of absences. One that has ended needs not
// know.
func (r *replies) tell(ctx workflow.Context, entry Entry, absences []string) {
	entry.At = workflow.Now(ctx)
	s := r.state
	s.Story = append(s.Story, entry)
	s.Story = s.Story[max(len(s.Story)-storyLength, 0):]
	for _, absence := range absences {
		r.telling = append(r.telling,
			workflow.SignalExternalWorkflow(ctx, AbsenceID(s.Source, absence), "", SignalReply.Name, entry))
	}
}

// awaitTold waits until signals are sent: those of a workflow that has ended are not.
func (r *replies) awaitTold(ctx workflow.Context) {
	for _, one := range r.telling {
		_ = one.Get(ctx, nil) // an absence that has ended needs not know
	}
	r.telling = nil
}

// within are the absences of which some day is in a time, as far as UTC can tell.
func (s *RepliesState) within(from, until time.Time) (ids []string) {
	for _, a := range s.Absences {
		first, end := a.Content.FirstDay(), a.Content.LastDay().AddDays(1)
		begins := time.Date(first.Year, first.Month, first.Day, 0, 0, 0, 0, time.UTC)
		ends := time.Date(end.Year, end.Month, end.Day, 0, 0, 0, 0, time.UTC)
		if begins.Before(until) && from.Before(ends) {
			ids = append(ids, a.Absence)
		}
	}
	return ids
}

// publish brings the search attributes and the current details up to date.
func (r *replies) publish(ctx workflow.Context) {
	s := r.state
	now := published{source: s.Source, legalEntity: s.LegalEntity, employee: s.Employee, status: s.Status,
		synchronization: s.Synchronization}
	if s.Trouble != nil {
		now.reason = s.Trouble.Reason
	}
	s.describe(ctx)
	if err := r.published.update(ctx, now); err != nil {
		r.log.Error("cannot publish the status", "error", err)
	}
}
