package pages

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
	"github.com/figgosync/figgosync/workflows"
)

// heldRoutes are the page of the deletions that wait for a decision.
func (s *site) heldRoutes() {
	s.slow("GET /held", access.Consult, s.held)
	s.slow("POST /held/{source}/approve", access.Configure, s.approveHeld)
	s.page("GET /held/{source}/drop", access.Configure, s.askDropHeld)
	s.slow("POST /held/{source}/drop", access.Configure, s.dropHeld)
	s.page("GET /held/{source}/approve", access.Consult, func(w http.ResponseWriter, r *http.Request) error {
		return s.redirect(w, r, heldPath, "") // a browser that reloads an answer asks for its address
	})
}

const heldPath = "/held"

// heldPage lists what is held, by source.
type heldPage struct {
	Sources []heldView
	// Down is true when Temporal does not answer.
	Down bool
}

// heldView are the held deletions of one source on the page.
type heldView struct {
	admin.Held
	Form *form
	Drop confirmation
}

// heldShown bounds the deletions of a source that are shown.
const heldShown = 200

// Shown are the first ones.
func (v heldView) Shown() []workflows.HeldDeletion {
	return v.Deletions[:min(heldShown, len(v.Deletions))]
}

// More counts those that are not shown.
func (v heldView) More() int { return v.Total - len(v.Shown()) }

// Since is when the first one came.
func (v heldView) Since() time.Time {
	if len(v.Deletions) == 0 {
		return time.Time{}
	}
	return v.Deletions[0].At
}

// Owner is whose absence it is, with no more than their id where nobody knows them.
func (v heldView) Owner(one workflows.HeldDeletion) admin.Person {
	return personIn(v.People, one.Employee)
}

// Path is where decisions about the source are posted.
func (v heldView) Path() string { return heldPath + "/" + url.PathEscape(v.Source) }

func (s *site) held(w http.ResponseWriter, r *http.Request) error {
	return s.showHeld(w, r, "", newForm(0))
}

// showHeld shows what is held; f is the form about one source that was sent.
func (s *site) showHeld(w http.ResponseWriter, r *http.Request, source string, f *form) error {
	loc := s.loc(r)
	var p heldPage
	all, err := s.config.Admin.Held(r.Context(), "")
	switch {
	case errors.Is(err, admin.ErrEngineDown):
		p.Down = true
	case err != nil:
		return err
	}
	for _, one := range all {
		v := heldView{Held: one, Form: newForm(0), Drop: dropHeld(loc, one.Source)}
		if one.Source == source {
			v.Form = f
		}
		p.Sources = append(p.Sources, v)
	}
	return s.show(w, r, page{
		Template: "held.html", Title: loc.T("held.title"), Nav: "absences", Guide: "operations", Data: p,
		Status: f.status(),
	})
}

// approveHeld carries out what is held, by the number that the person typed.
func (s *site) approveHeld(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	source := r.PathValue("source")
	decision := workflows.Decision{Approve: true, Deletions: f.Int("deletions")}
	if decision.Deletions <= 0 && !f.Bad() {
		f.Problems = append(f.Problems, settings.Problem{Field: "deletions", Code: "required"})
	}
	if f.Bad() {
		return s.showHeld(w, r, source, f)
	}
	_, err = s.config.Admin.DecideHeld(r.Context(), principal(r).Author(), source, decision)
	other, refused := errors.AsType[*admin.NotApprovableError](err)
	switch {
	case err == nil:
		return s.redirect(w, r, heldPath, "held-approved")
	case refused && other.Breaker == nil: // somebody was faster
		return s.redirect(w, r, heldPath, "")
	case !refused:
		return err
	}
	f.Problems = append(f.Problems, settings.Problem{Field: "deletions", Code: "other-number"})
	return s.showHeld(w, r, source, f)
}

func (s *site) askDropHeld(w http.ResponseWriter, r *http.Request) error {
	return s.confirmPage(w, r, "absences", dropHeld(s.loc(r), r.PathValue("source")))
}

// dropHeld leaves the events of what is held, however many there are by now.
func (s *site) dropHeld(w http.ResponseWriter, r *http.Request) error {
	_, err := s.config.Admin.DecideHeld(r.Context(), principal(r).Author(), r.PathValue("source"), workflows.Decision{})
	if _, refused := errors.AsType[*admin.NotApprovableError](err); refused { // somebody was faster
		return s.redirect(w, r, heldPath, "")
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, heldPath, "held-dropped")
}

func dropHeld(loc texts.Localizer, source string) confirmation {
	path := heldView{Held: admin.Held{Source: source}}.Path() + "/drop"
	return confirmation{
		ID: "drop-" + source, Link: path, Action: path, Title: loc.T("held.drop.ask"), Text: loc.T("held.drop.text"),
		Button: loc.T("held.drop"), Keep: loc.T("held.drop.keep"), Opener: loc.T("held.drop"), Icon: "shield",
		Back: heldPath,
	}
}
