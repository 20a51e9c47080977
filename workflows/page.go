package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"
)

// page reads one page to announce, or previews what is on it.
func (e *entity) page(ctx workflow.Context) error {
	s := e.state
	request := ListRequest{Source: s.Source, LegalEntity: s.Progress.LegalEntity, Since: s.Since, Cursor: s.Cursor}
	var page Page
	if err := workflow.ExecuteActivity(withReading(ctx, s.Source, fmt.Sprintf("page %d of legal entity %s", s.Pages+1,
		s.Progress.LegalEntity)), ListAbsencesActivity, request).Get(ctx, &page); err != nil {
		return err
	}
	if page.Trouble != nil {
		return readingFailed(page.Trouble)
	}
	if page.Stale {
		return e.restart(ctx)
	}
	s.Progress.Total += len(page.Absences) + page.Unreadable
	s.Progress.Unreadable += page.Unreadable
	if s.DryRun {
		if err := e.preview(ctx, page.Absences); err != nil {
			return err
		}
	} else {
		s.Rest = page.Absences
	}
	s.Cursor, s.Progress.Listed = page.Next, page.Next == ""
	return nil
}

// restartsAtMost is how often a list is begun again that changes while it is read.
const restartsAtMost = 3

// restart begins the list again, and the counts with it: what is written already is
// found right then.
func (e *entity) restart(ctx workflow.Context) error {
	s := e.state
	if s.Restarts == restartsAtMost {
		return readingFailed(&Trouble{Reason: "internal", Code: "list-keeps-changing"})
	}
	e.await(ctx, func() bool { return e.starting == 0 && len(s.Open) == 0 })
	s.Restarts++
	s.Cursor, s.Retrying = "", nil
	s.Progress = LegalEntityProgress{LegalEntity: s.Progress.LegalEntity, Initialization: s.Parent}
	e.log.Warn("the list of absences changed while it was read; it is read again", "restarts", s.Restarts)
	return nil
}
