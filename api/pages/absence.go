package pages

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

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
	// Replies is how its owner's automatic reply stands, nil where none is wanted.
	Replies *shownReplies
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
		Replies: newShownReplies(s.config.Admin.AbsenceReplies(r.Context(), found), id, s.config.Now()),
		Settled: !found.Running || found.Status == workflows.StatusSynced ||
			found.Status == workflows.StatusDeleted,
	}, nil
}

// shownReplies is how an automatic reply stands, for one absence.
type shownReplies struct {
	*admin.Replies
	// State is "trouble", "stands", "own", "later" or "none", and Until the end of a
	// reply that stands.
	State string
	Until time.Time
}

func newShownReplies(replies *admin.Replies, id string, now time.Time) *shownReplies {
	if replies == nil {
		return nil
	}
	shown := &shownReplies{Replies: replies, State: "none"}
	stands := replies.Standing != nil && slices.Contains(replies.Standing.Absences, id)
	switch {
	case !stands && !slices.Contains(replies.Absences, id):
	case replies.Trouble != nil:
		shown.State = "trouble"
	case stands:
		shown.State, shown.Until = "stands", replies.Standing.Until
	case replies.OwnUntil.After(now):
		shown.State, shown.Until = "own", replies.OwnUntil
	default:
		shown.State = "later"
	}
	return shown
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
