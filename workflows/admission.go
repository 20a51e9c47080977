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
	if s.Behaviour < behaviourAdmission || s.Admission == "" || s.Admission == AdmissionGiven {
		return true
	}
	if s.Admission != AdmissionDropped && !l.askAdmission(ctx) {
		return false
	}
	if s.Admission == AdmissionDropped {
		l.dropped(ctx)
	}
	return s.Admission == AdmissionGiven
}

// askAdmission answers false where it is not known yet, and the absence is held or
// blocked, or something newer came.
func (l *lifecycle) askAdmission(ctx workflow.Context) bool {
	s := l.state
	request := AdmitRequest{Source: s.Source, Deletions: []HeldDeletion{{
		Absence: s.Absence, Employee: s.Employee, LegalEntity: s.LegalEntity,
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
	case answer == AdmissionHeld:
		l.stop(ctx, StatusHeld, &Trouble{Reason: ReasonHeld, Scope: "connection"})
		return false
	}
	s.Admission = answer
	return true
}

// decided takes what a person decided, as long as it is not carried out.
func (s *State) decided(decision Admission) {
	if !s.deleted() || s.Status == StatusDeleted {
		return
	}
	s.Admission, s.Dirty, s.Bulk, s.NextTry = decision, true, true, time.Time{}
}

// dropped leaves the event and waits for nothing but a newer change.
func (l *lifecycle) dropped(ctx workflow.Context) {
	now := workflow.Now(ctx)
	l.done(StatusSkipped)
	l.state.Trouble = &Trouble{Reason: ReasonDropped, Scope: "mailbox", Since: now}
	l.state.tell(Entry{At: now, Event: EventTrouble, Trouble: l.state.Trouble})
}
