package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// admitted tells that a deletion may be carried out. Live ones are counted with the
// others of their source; where they are too many, the absence is held until a person
// decides.
func (l *lifecycle) admitted(ctx workflow.Context) bool {
	s := l.state
	if !s.Behaviour.has(behaviourAdmission) || s.Admission == "" {
		return true
	}
	if s.Admission == AdmissionAsk && !l.askAdmission(ctx) {
		return false
	}
	switch s.Admission {
	case AdmissionGiven, AdmissionQuestioned:
		return true
	case AdmissionHeld:
		l.stop(ctx, StatusHeld, &Trouble{Reason: ReasonHeld, Scope: "connection"})
		s.Admission = AdmissionAsk
	case AdmissionWaiting:
		l.stop(ctx, StatusPending, &Trouble{Reason: ReasonWaiting, Scope: "connection"})
		s.Admission, s.Attempts, s.NextTry = AdmissionAsk, 0, workflow.Now(ctx).Add(askedAgain)
	default:
		l.dropped(ctx)
	}
	return false
}

// askedAgain is when a deletion that waits for others asks once more, in case the answer
// was lost: they wait for two minutes at most.
const askedAgain = 5 * time.Minute

// askAdmission answers false where it cannot, and the absence is blocked, or something
// newer came.
func (l *lifecycle) askAdmission(ctx workflow.Context) bool {
	s := l.state
	shown := s.Content
	if s.Before != nil {
		shown = *s.Before
	}
	request := AdmitRequest{Source: s.Source, Deletions: []HeldDeletion{{
		Absence: s.Absence, Employee: s.Employee, LegalEntity: s.LegalEntity, Irrevocable: s.Before == nil,
		From: shown.FirstDay(), To: shown.LastDay(),
	}}}
	var answer Admission
	err := workflow.ExecuteLocalActivity(withAdmission(ctx), AdmitDeletionActivity, request).Get(ctx, &answer)
	switch {
	case l.interrupted(ctx):
		return false
	case err != nil:
		l.log.Error("cannot ask whether the deletion may be carried out", "error", err)
		l.stop(ctx, StatusBlocked, internalTrouble())
		return false
	}
	s.Admission = answer
	return true
}

// Refused tells that the absence is deleted in Figgo and its events stay, because a person
// refused the deletion.
func (s *State) Refused() bool { return s.deleted() && s.Admission == AdmissionDropped }

// carriedOut tells that a live deletion was admitted.
func (s *State) carriedOut() bool {
	return s.Admission == AdmissionGiven || s.Admission == AdmissionQuestioned
}

// decided takes what was decided about the deletion. One that was carried out before
// its burst was held is taken back where the burst is refused.
func (s *State) decided(decision Admission) {
	switch {
	case !s.deleted() && s.Admission == "":
		return
	case s.carriedOut() && decision == AdmissionDropped:
		s.PutBack = true
		if s.Before != nil {
			s.Content = *s.Before
		}
	case s.carriedOut():
		s.Admission = decision
		return
	case s.Status == StatusDeleted:
		return
	}
	s.Admission, s.Dirty, s.Bulk, s.NextTry = decision, true, true, time.Time{}
}

// putBack writes the events of a deletion that was carried out and is refused since.
func (l *lifecycle) putBack(ctx workflow.Context) {
	s := l.state
	if s.Before == nil {
		l.log.Warn("the event cannot be put back: what it showed is not known")
		s.PutBack = false
		return
	}
	route := l.route(ctx)
	if l.interrupted(ctx) {
		return
	}
	s.keep(route)
	switch {
	case route.Outcome == RouteWrite:
		if l.write(ctx, route.Target); s.Status == StatusSynced && !l.interrupted(ctx) {
			s.PutBack = false
			l.dropped(ctx)
		}
	case route.nowhere() || route.excluded():
		s.PutBack = false
		l.dropped(ctx)
	case route.Outcome == RouteSkip:
		l.stop(ctx, StatusSkipped, route.Trouble)
	default:
		l.stop(ctx, StatusBlocked, route.Trouble)
	}
}

// dropped leaves the event and waits for nothing but a newer change.
func (l *lifecycle) dropped(ctx workflow.Context) {
	now := workflow.Now(ctx)
	l.done(StatusSkipped)
	l.state.Trouble = &Trouble{Reason: ReasonDropped, Scope: "mailbox", Since: now}
	l.state.tell(Entry{At: now, Event: EventTrouble, Trouble: l.state.Trouble})
}
