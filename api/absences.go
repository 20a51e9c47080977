package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/web/texts"
	"github.com/figgosync/figgosync/workflows"
)

func (s *Server) absenceRoutes() {
	const tag, all, one = "absences", "/api/v1/absences", "/api/v1/absences/{source}/{absence}"
	see, change := s.see(), s.change()
	register(see, operation{
		at: "GET " + all, id: "listAbsences", tag: tag, summary: "Search absences",
		description: "409 figgo-not-asked where an e-mail address is searched for and Figgo does not tell whose it is.",
		answer:      "Those that are followed first, the newest first. A page may be shorter than the limit.",
		refuses:     []int{409, 422},
	}, s.listAbsences)
	register(change, operation{
		at: "POST " + all + "/resync", id: "resyncAbsences", tag: tag, summary: "Try many absences again now",
		description: "Asks the absences that are followed and match, at most 1000, the newest first, to try again: " +
			"about fifty a second, after the answer. Nothing is written again that has not changed. 409 " +
			"already-retrying while the same request is under way. The audit log gets one line with the number.",
		status: 202, answer: "How many are asked.", refuses: []int{409, 422},
	}, s.resyncAll)
	register(see, operation{
		at: "GET " + one, id: "getAbsence", tag: tag, summary: "Tell where an absence stands, and its story",
		answer: "The absence.",
	}, s.getAbsence)
	register(change, operation{
		at: "POST " + one + "/resync", id: "resyncAbsence", tag: tag,
		summary: "Try again now, and write the events again", status: 202,
		answer: "Asked for; the absence's story tells how it went.", optional: true,
	}, s.resync)
}

// absencePage is one page of a search.
type absencePage struct {
	Items []absenceLineBody `json:"items"`
	Total int               `json:"total" doc:"How many there are. Above 1000 absences that are followed no longer it is an upper bound."`
	Next  string            `json:"next,omitempty" doc:"Ask for the next page with it; missing on the last."`
	Hint  string            `json:"hint,omitempty" enum:"names-loading,many-people" doc:"What a search by name may miss: names-loading while the names of all employees are read for the first time, many-people where more than 100 match. Missing where nothing is missed."`
}

func (s *Server) listAbsences(ctx context.Context, in *struct {
	Text            string           `query:"text" maxLength:"254" doc:"An employee's or an absence's id, or a part of an employee's name or e-mail address. Of a name every word must be found, whatever its case and accents; everybody who matches is searched for, up to 100 people."`
	Source          string           `query:"source" maxLength:"255" doc:"Name of a source."`
	Synchronization string           `query:"synchronization" maxLength:"255" doc:"Name of a synchronization."`
	Status          workflows.Status `query:"status" doc:"Where they stand."`
	Reason          string           `query:"reason" maxLength:"255" doc:"Why they are not in their calendars."`
	Limit           int              `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Size of a page."`
	Page            string           `query:"page" maxLength:"4096" doc:"next of the page before."`
	Spoken
}) (*answer[absencePage], error) {
	found, err := s.config.Admin.Absences(ctx, admin.AbsencesQuery{
		Text: in.Text, Source: in.Source, Synchronization: in.Synchronization, Status: in.Status, Reason: in.Reason,
		Limit: in.Limit, Page: in.Page,
	})
	if err != nil {
		return nil, searchFailed(err)
	}
	page := absencePage{Items: []absenceLineBody{}, Total: found.Total, Next: found.Next, Hint: found.Hint}
	for _, line := range found.Absences {
		page.Items = append(page.Items, s.absenceLine(line, found.Owner(line), in.lang()))
	}
	return answered(page, nil)
}

// searchFailed tells of a search that did not come about.
func searchFailed(err error) error {
	if refusal, ok := errors.AsType[*admin.SourceError](err); ok {
		reason := texts.ReasonFor(refusal.Reason)
		answer := refused(http.StatusConflict, "figgo-not-asked")
		answer.detail.FR += " " + reason.What.FR
		answer.detail.EN += " " + reason.What.EN
		return answer
	}
	if errors.Is(err, admin.ErrRetrying) {
		return refused(http.StatusConflict, "already-retrying")
	}
	return err
}

// resyncAbsencesInput is what POST /api/v1/absences/resync takes.
type resyncAbsencesInput struct {
	Source          string `json:"source" rule:"max=255" doc:"Name of a source; all when missing."`
	Synchronization string `json:"synchronization" rule:"max=255" doc:"Name of a synchronization; all when missing."`
	Status          string `json:"status" rule:"required" choice:"blocked retrying skipped" doc:"Where they stand."`
	Reason          string `json:"reason" rule:"max=255" doc:"Why they are not in their calendars; any when missing."`
}

// matchedAbsences is how many absences are tried again.
type matchedAbsences struct {
	Matched int `json:"matched" minimum:"0" maximum:"1000"`
}

func (s *Server) resyncAll(ctx context.Context, in *struct {
	Spoken
	Body body[resyncAbsencesInput]
}) (*answer[matchedAbsences], error) {
	var input resyncAbsencesInput
	if _, err := in.Body.into(&input); err != nil {
		return nil, err
	}
	matched, err := s.config.Admin.RetryAll(ctx, author(ctx), admin.AbsencesQuery{
		Source: input.Source, Synchronization: input.Synchronization, Status: workflows.Status(input.Status),
		Reason: input.Reason,
	})
	if err != nil {
		return nil, searchFailed(err)
	}
	return answered(matchedAbsences{matched}, nil)
}

func (s *Server) getAbsence(ctx context.Context, in *struct {
	AbsencePath
	Spoken
}) (*answer[absenceBody], error) {
	found, err := s.config.Admin.Absence(ctx, in.Source, in.Absence)
	if err != nil {
		return nil, absenceFailed(err)
	}
	people := s.config.Admin.People(ctx, found.Source, []string{found.Employee})
	return answered(s.absence(found, people[found.Employee], in.lang()), nil)
}

// resyncInput is what POST /api/v1/absences/{source}/{id}/resync takes; no body
// at all means rewrite.
type resyncInput struct {
	Rewrite bool `json:"rewrite" doc:"Write the events again even where nothing changed."`
}

func newResync() resyncInput { return resyncInput{Rewrite: true} }

// resyncedAbsence is what was asked for.
type resyncedAbsence struct {
	Source  string `json:"source"`
	ID      string `json:"id"`
	Rewrite bool   `json:"rewrite"`
}

func (s *Server) resync(ctx context.Context, in *struct {
	AbsencePath
	Body body[resyncInput]
}) (*answer[resyncedAbsence], error) {
	input := newResync()
	if err := in.Body.whole(); err != nil {
		return nil, err
	}
	if !in.Body.absent() {
		if _, err := in.Body.into(&input); err != nil {
			return nil, err
		}
	}
	if err := s.config.Admin.Resync(ctx, author(ctx), in.Source, in.Absence, input.Rewrite); err != nil {
		return nil, absenceFailed(err)
	}
	return answered(resyncedAbsence{in.Source, in.Absence, input.Rewrite}, nil)
}

func absenceFailed(err error) error {
	if errors.Is(err, starter.ErrNotFound) {
		return refused(http.StatusNotFound, "unknown-absence")
	}
	return err
}
