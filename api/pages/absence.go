package pages

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// absencePage is one absence with its story.
type absencePage struct {
	starter.Absence
	Source, ID string
	// Owner is whose it is.
	Owner       admin.Person
	WorkflowURL string
	// LegalEntityName is its name, or its id where nobody tells it.
	LegalEntityName string
	// Spans are its days in words.
	Spans []string
	// Lines are the story, the newest first.
	Lines []storyLine
	// Settled is true when nothing is under way: the page asks less often.
	Settled bool
}

// absence is GET /absences/{source}/{id}.
func (s *site) absence(w http.ResponseWriter, r *http.Request) error {
	shown, err := s.absenceData(r)
	if err != nil {
		return err
	}
	loc := s.loc(r)
	title := loc.T("absence.title", "id", shown.ID)
	if shown.Owner.Name != "" && len(shown.Spans) > 0 {
		title = loc.T("absence.title.of", "person", shown.Owner.Name, "days", strings.Join(shown.Spans, ", "))
	}
	return s.show(w, r, page{Template: "absence.html", Title: title, Nav: "absences", Data: shown})
}

// absenceLive is the part of the page that refreshes itself.
func (s *site) absenceLive(w http.ResponseWriter, r *http.Request) error {
	shown, err := s.absenceData(r)
	if err != nil {
		return err
	}
	return s.fragment(w, r, "absence-live", shown)
}

func (s *site) absenceData(r *http.Request) (absencePage, error) {
	source, id := r.PathValue("source"), r.PathValue("id")
	found, err := s.config.Admin.Absence(r.Context(), source, id)
	if err != nil {
		return absencePage{}, err
	}
	loc := s.loc(r)
	owner, ok := s.config.Admin.People(r.Context(), source, []string{found.Employee})[found.Employee]
	if !ok {
		owner.ID = found.Employee
	}
	return absencePage{
		Absence: found, Source: source, ID: id, Owner: owner,
		WorkflowURL: s.config.Admin.WorkflowURL(found.WorkflowID, found.RunID),
		Spans:       spans(loc, found.Content.HalfDays), Lines: storyLines(loc, found.Story),
		LegalEntityName: cmp.Or(s.config.Admin.LegalEntityNames(r.Context(), source)[found.LegalEntity],
			found.LegalEntity),
		Settled: !found.Running || found.Status == workflows.StatusSynced ||
			found.Status == workflows.StatusDeleted,
	}, nil
}

// resync is POST /absences/{source}/{id}/resync. Asking twice does no harm: the
// calendar is made equal to Figgo once more.
func (s *site) resync(w http.ResponseWriter, r *http.Request) error {
	source, id := r.PathValue("source"), r.PathValue("id")
	err := s.config.Admin.Resync(r.Context(), principal(r).Author(), source, id, true)
	if errors.Is(err, settings.ErrNotFound) || errors.Is(err, starter.ErrNotFound) {
		return errNotFound
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/absences/"+source+"/"+id, "resynced")
}
