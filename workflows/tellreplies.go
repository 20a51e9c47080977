package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/internal/absence"
)

// tellReplies tells the owner's AutoReplies what became of the absence, where their mail
// is answered during absences, or was to be during this one.
func (l *lifecycle) tellReplies(ctx workflow.Context) {
	s := l.state
	l.repliesDue = false
	if !s.Behaviour.has(behaviourReplies) || !s.repliesDecided() {
		return
	}
	to := ""
	if s.Status == StatusSynced && slices.ContainsFunc(s.Content.HalfDays, isConfirmed) {
		to = s.RepliesTo
	}
	if s.RepliedTo != "" && s.RepliedTo != to && l.tellRepliesOf(ctx, s.RepliedTo, nil) {
		s.RepliedTo = ""
	}
	if to != "" {
		content := s.Content
		if l.tellRepliesOf(ctx, to, &content) {
			s.RepliedTo = to
		}
	}
}

func isConfirmed(h absence.HalfDay) bool { return h.Confirmed }

// repliesDecided tells that it is settled whether somebody is absent: an absence whose
// calendar is blocked, or whose deletion waits or was refused, stays what it was.
func (s *State) repliesDecided() bool {
	switch s.Status {
	case StatusSynced:
		return !s.deleted()
	case StatusDeleted:
		return true
	case StatusSkipped:
		return !s.Refused()
	}
	return false
}

// tellRepliesOf tells one employee's; content is nil where there is nothing to answer for.
func (l *lifecycle) tellRepliesOf(ctx workflow.Context, employee string, content *absence.Absence) bool {
	s := l.state
	what := activityCall{
		queue: FiggoQueue, sharer: s.Source, activity: TellRepliesActivity, summary: "automatic replies",
	}
	err := workflow.ExecuteActivity(withOutside(ctx, what, s.Bulk), what.activity, TellRepliesRequest{
		Source: s.Source, Employee: employee, LegalEntity: s.LegalEntity,
		Told: RepliedAbsence{Absence: s.Absence, Content: content},
	}).Get(ctx, nil)
	if err != nil && ctx.Err() == nil {
		l.log.Error("cannot tell the automatic replies", "error", err)
	}
	return err == nil
}
