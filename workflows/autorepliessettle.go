package workflows

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/internal/calendars"
)

// settle makes the mailbox answer what it shall answer now.
func (r *replies) settle(ctx workflow.Context) {
	s := r.state
	s.Dirty, s.Next, s.NextTry = false, time.Time{}, time.Time{}
	r.trouble, r.troubledAt = nil, ""
	s.prune(workflow.Now(ctx))
	if s.Standing != nil {
		r.about = s.Standing.Absences
	}
	plan := r.plan(ctx)
	if r.interrupted(ctx) {
		return
	}
	s.LegalEntity = cmp.Or(plan.LegalEntity, s.LegalEntity)
	s.Synchronization = cmp.Or(plan.Synchronization, s.Synchronization)
	if plan.Outcome == RepliesEnded {
		s.Absences = nil
	}
	wanted := s.wanted(plan, workflow.Now(ctx))
	if wanted != nil {
		r.about = s.within(wanted.From, wanted.Until)
	}
	if s.Standing != nil && plan.Outcome == RepliesOn && wanted != nil &&
		!slices.Contains(plan.Places, s.Standing.Place) {
		s.Returning = append(s.Returning, *s.Standing)
		s.Standing = nil
	}
	r.returnAll(ctx)
	switch {
	case r.interrupted(ctx):
		return
	case wanted == nil && s.Standing != nil:
		r.giveBack(ctx)
	case wanted == nil:
	case s.Standing == nil:
		r.take(ctx, plan.Places, *wanted)
	case s.Standing.Written.Fingerprint() != wanted.Fingerprint():
		r.write(ctx, *wanted)
	}
	if !r.interrupted(ctx) {
		r.settled(ctx, plan)
	}
}

// settled notes where things stand, and when to look again.
func (r *replies) settled(ctx workflow.Context, plan RepliesPlan) {
	s, now := r.state, workflow.Now(ctx)
	if trouble := cmp.Or(r.trouble, plan.Trouble); trouble != nil {
		s.Connection = r.troubledAt
		r.stop(ctx, StatusBlocked, trouble)
		s.NextTry = now.Add(retryWaitsOf(trouble).wait(s.Attempts))
		s.Attempts++
	} else {
		// The same whether a reply stands or not: it is stored in clear beside the
		// employee's id, and must not tell who is absent now.
		s.Status, s.Trouble, s.Connection, s.Attempts = StatusSynced, nil, "", 0
	}
	switch {
	case s.Standing != nil:
		s.Next = s.Standing.Until
		if !s.Next.After(now) {
			s.Next = time.Time{} // NextTry counts
		}
	case plan.Reply != nil && now.Before(plan.Reply.From.Add(-replyLead)):
		s.Next = plan.Reply.From.Add(-replyLead)
	case plan.Reply != nil:
		s.Next = plan.Reply.Until
	}
}

// retryWaitsOf are the waits before another try: what time mends is tried sooner than what
// a person must mend.
func retryWaitsOf(trouble *Trouble) RetryWaits {
	if trouble.Reason == reasonUnderWay {
		return RetryWaits{First: time.Minute, Max: 15 * time.Minute}
	}
	return RetryWaits{First: time.Minute, Max: standingLook}
}

// wanted is what the mailbox shall answer now, nil for nothing of ours.
func (s *RepliesState) wanted(plan RepliesPlan, now time.Time) *calendars.AutoReply {
	reply := plan.Reply
	switch {
	case s.Ending:
		return nil
	case plan.Outcome == RepliesUnclear && s.Standing != nil:
		reply = &s.Standing.Written
		if len(s.Standing.Tried) > 0 {
			reply = &s.Standing.Tried[len(s.Standing.Tried)-1]
		}
	case plan.Outcome != RepliesOn:
		return nil
	}
	if reply == nil || now.Before(reply.From.Add(-replyLead)) || !now.Before(reply.Until) {
		return nil
	}
	if s.Standing == nil && reply.From.Before(s.LeftUntil) {
		s.LeftUntil = latest(s.LeftUntil, reply.Until)
		return nil
	}
	return reply
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// plan asks what the settings say; whom or what nobody knows here is looked up in Figgo.
func (r *replies) plan(ctx workflow.Context) RepliesPlan {
	s := r.state
	if len(s.Absences) == 0 || s.Ending {
		s.Absences = nil
		return RepliesPlan{Outcome: RepliesPaused}
	}
	request := RepliesPlanRequest{
		Source: s.Source, Employee: s.Employee, Absences: s.Absences, Now: workflow.Now(ctx),
	}
	plan := r.ask(ctx, request)
	for range 2 { // the owner first; which types must be known depends on where they belong
		if plan.Outcome != RepliesLookup || r.interrupted(ctx) {
			return plan
		}
		var found FindEmployeeResult
		err := r.call(ctx, activityCall{
			queue: FiggoQueue, sharer: s.Source, activity: FindEmployeeActivity, summary: "find employee " + s.Employee,
		}, FindEmployeeRequest{Source: s.Source, Employee: s.Employee, Accounts: plan.Accounts}, &found)
		if err != nil || found.Trouble != nil {
			return RepliesPlan{Outcome: RepliesUnclear, Trouble: cmp.Or(found.Trouble, internalTrouble())}
		}
		request.Known, request.Types = found.Employee, found.Types
		plan = r.ask(ctx, request)
	}
	if plan.Outcome == RepliesLookup {
		plan = RepliesPlan{Outcome: RepliesUnclear, Trouble: internalTrouble()}
	}
	return plan
}

func (r *replies) ask(ctx workflow.Context, request RepliesPlanRequest) RepliesPlan {
	var plan RepliesPlan
	err := workflow.ExecuteLocalActivity(withRouting(ctx), PlanRepliesActivity, request).Get(ctx, &plan)
	if err != nil {
		r.log.Error("cannot plan automatic replies", "error", err)
		return RepliesPlan{Outcome: RepliesUnclear, Trouble: internalTrouble()}
	}
	return plan
}

// take reads the person's own reply, which is in the workflow's history from then on, and
// writes ours in its place, unless theirs is on or scheduled at that time.
func (r *replies) take(ctx workflow.Context, places []Place, wanted calendars.AutoReply) {
	s := r.state
	place, own, trouble := r.read(ctx, places, wanted.Until)
	absences := s.within(wanted.From, wanted.Until)
	entry := Entry{Event: EventReplyLeft, Provider: place.Provider, Connection: place.Connection}
	switch {
	case r.interrupted(ctx):
	case trouble != nil && trouble.Code == calendars.CodeReplyTooLong:
		s.LeftUntil = wanted.Until
		r.tell(ctx, entry, absences)
	case trouble != nil:
		r.meets(place, trouble)
	case own.AnswersBetween(wanted.From, wanted.Until):
		s.LeftUntil = wanted.Until
		r.tell(ctx, entry, absences)
	default:
		s.Standing = &StandingReply{Place: place, Own: own, Expect: []string{own.Fingerprint()}}
		r.write(ctx, wanted)
	}
}

// meets notes what is in the way, and where.
func (r *replies) meets(place Place, trouble *Trouble) {
	r.trouble, r.troubledAt = trouble, place.Connection
}

// read asks one place after the other, until the mailbox is there.
func (r *replies) read(
	ctx workflow.Context, places []Place, until time.Time,
) (Place, calendars.AutoReply, *Trouble) {
	s := r.state
	var missing *Trouble
	for _, place := range places {
		var result ReadReplyResult
		trouble := r.callAt(ctx, place, ReadReplyActivity, "read the automatic reply",
			ReadReplyRequest{Source: s.Source, Place: place, Until: until}, &result)
		trouble = cmp.Or(trouble, result.Trouble)
		if !trouble.mailboxMissing() || r.interrupted(ctx) {
			return place, result.Reply, trouble
		}
		missing = cmp.Or(missing, trouble)
	}
	return Place{}, calendars.AutoReply{}, cmp.Or(missing, internalTrouble())
}

// write makes the standing reply the wanted one.
func (r *replies) write(ctx workflow.Context, wanted calendars.AutoReply) {
	s, standing := r.state, r.state.Standing
	// From here to the answer nobody knows what the mailbox has.
	standing.Written, standing.Until = calendars.AutoReply{}, wanted.Until
	standing.Tried = append(standing.Tried, wanted)
	standing.Absences = s.within(wanted.From, wanted.Until)
	result, trouble := r.writeAt(ctx, WriteReplyActivity, "write the automatic reply", *standing, wanted)
	entry := Entry{
		Event: EventReplyWritten, Provider: standing.Place.Provider, Connection: standing.Place.Connection,
	}
	switch {
	case trouble != nil:
		r.meets(standing.Place, trouble)
	case result.Edited:
		entry.Event = EventReplyEdited
		s.Standing, s.LeftUntil = nil, wanted.Until
		r.tell(ctx, entry, standing.Absences)
	default:
		standing.Written, standing.Expect, standing.Tried = wanted, []string{result.Fingerprint}, nil
		r.tell(ctx, entry, standing.Absences)
	}
}

// giveBack puts the person's own reply back in the place of the standing one.
func (r *replies) giveBack(ctx workflow.Context) {
	s := r.state
	if done := r.giveBackAt(ctx, s.Standing); done {
		s.Standing = nil
	}
}

// returnAll gives back what was there in mailboxes that are not the person's any more.
func (r *replies) returnAll(ctx workflow.Context) {
	s := r.state
	for i := 0; i < len(s.Returning) && !r.interrupted(ctx); {
		if r.giveBackAt(ctx, &s.Returning[i]) {
			s.Returning = slices.Delete(s.Returning, i, i+1)
			continue
		}
		i++
	}
}

// giveBackAt tells whether nothing of ours is left there, or it was given up.
func (r *replies) giveBackAt(ctx workflow.Context, standing *StandingReply) (done bool) {
	// An attempt that is cut off may have given it back.
	if given := standing.Own.Fingerprint(); !slices.Contains(standing.Expect, given) {
		standing.Expect = append(standing.Expect, given)
	}
	standing.Written = calendars.AutoReply{}
	result, trouble := r.writeAt(ctx, GiveBackReplyActivity, "give back the automatic reply", *standing, standing.Own)
	entry := Entry{
		Event: EventReplyGivenBack, Provider: standing.Place.Provider, Connection: standing.Place.Connection,
	}
	switch {
	case trouble == nil && result.Edited:
		entry.Event = EventReplyEdited
		r.state.LeftUntil = latest(r.state.LeftUntil, standing.Until)
	case trouble == nil:
	case r.interrupted(ctx):
		return false
	case workflow.Now(ctx).Sub(standing.Until) < givenUpAfter:
		r.meets(standing.Place, trouble)
		return false
	default:
		entry.Event, entry.Trouble = EventReplyTrouble, trouble
	}
	r.tell(ctx, entry, standing.Absences)
	return true
}

func (r *replies) writeAt(
	ctx workflow.Context, activity, summary string, standing StandingReply, reply calendars.AutoReply,
) (result WriteReplyResult, trouble *Trouble) {
	trouble = r.callAt(ctx, standing.Place, activity, summary, WriteReplyRequest{
		Source: r.state.Source, Place: standing.Place, Reply: reply, Expect: standing.Expect, Tried: standing.Tried,
	}, &result)
	return result, cmp.Or(trouble, result.Trouble)
}

// callAt runs an activity on a mailbox. Its trouble is a cancellation, when the caller is
// interrupted too, or something nobody foresaw.
func (r *replies) callAt(ctx workflow.Context, place Place, activity, summary string, request, result any) *Trouble {
	err := r.call(ctx, activityCall{
		queue: CalendarQueue(place.Provider), sharer: r.state.Source + "/" + place.Connection, activity: activity,
		summary: summary + " in " + place.place(),
	}, request, result)
	if err != nil {
		if failure, ok := errors.AsType[*temporal.ApplicationError](err); ok && failure.Type() == TemporaryError {
			return &Trouble{Reason: reasonUnderWay, Scope: "mailbox"}
		}
		if !r.interrupted(ctx) {
			r.log.Error("an activity of automatic replies failed", "activity", activity, "error", err)
		}
		return internalTrouble()
	}
	return nil
}

// call runs an activity and listens meanwhile. What is heard cancels it: Temporal retries
// it for as long as a mailbox is away.
func (r *replies) call(ctx workflow.Context, what activityCall, request, result any) error {
	activityCtx, cancel := workflow.WithCancel(withOutside(ctx, what, false))
	defer cancel()
	future := workflow.ExecuteActivity(activityCtx, what.activity, request)
	r.calling = true
	defer func() { r.calling = false }()
	for done, cancelled := false, false; !done; {
		selector := workflow.NewSelector(ctx)
		selector.AddFuture(future, func(workflow.Future) { done = true })
		r.listen(ctx, selector)
		selector.Select(ctx)
		if r.state.Dirty && !cancelled {
			cancelled = true
			cancel()
		}
	}
	return future.Get(ctx, result)
}
