package pages

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/web/texts"
	"github.com/figgosync/figgosync/workflows"
)

// absencesPage is a search and what it found.
type absencesPage struct {
	Form                               *form
	Sources, Synchronizations, Choices []option
	Found                              admin.AbsencesPage
	// First is the search's first page, Previous the one before this, Next the one
	// after; "" for none.
	First, Previous, Next string
	// Filtered is true when anything is asked for.
	Filtered bool
	Reasons  []option
	// Paged is true when this is not the first page. Failure is the code of what
	// kept the search from an answer, "" when nothing did.
	Paged   bool
	Failure string
	// Retry are the fields of the form that tries all of them again, nil where
	// there is nothing to try.
	Retry map[string]string
}

const absencesLimit = 50

// absences is GET /absences: a search.
func (s *site) absences(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	f := newForm(0)
	for _, name := range []string{"text", "source", "synchronization", "status", "reason", "page", "before"} {
		if value := query.Get(name); plainText(value) {
			f.Set(name, value)
		}
	}
	shown := absencesPage{Form: f, Paged: f.Get("page") != ""}
	asked := admin.AbsencesQuery{
		Text: f.Get("text"), Source: f.Get("source"), Synchronization: f.Get("synchronization"),
		Status: workflows.Status(f.Get("status")), Reason: f.Get("reason"), Limit: absencesLimit, Page: f.Get("page"),
	}
	shown.Filtered = asked != admin.AbsencesQuery{Limit: absencesLimit, Page: asked.Page}
	found, err := s.config.Admin.Absences(r.Context(), asked)
	status := http.StatusOK
	switch {
	case f.Invalid(err):
		status = http.StatusUnprocessableEntity
	case err != nil:
		one, code := failureOf(err)
		if code < http.StatusInternalServerError {
			return err
		}
		s.config.Log.Warn("a search of absences failed", "code", one.Code, "error", err)
		shown.Failure, status = one.Code, code
	}
	shown.Found = found
	shown.links(asked, f.Get("before"))
	shown.Retry = retryFields(asked)
	if err := s.absenceChoices(r, &shown); err != nil {
		return err
	}
	return s.show(w, r, page{Template: "absences.html", Title: s.words(r).T("nav.absences"), Nav: "absences", Status: status, Data: shown})
}

// mostBefore bounds the pages that an address remembers to go back to.
const mostBefore = 8

// links are the pages around this one. Temporal knows the next page only: before
// holds the tokens of those that were seen, the newest last, the first page's
// being "first".
func (p *absencesPage) links(q admin.AbsencesQuery, before string) {
	link := func(page string, before []string) string {
		return query("/absences", "text", q.Text, "source", q.Source, "synchronization", q.Synchronization, "status", q.Status, "reason", q.Reason,
			"page", page, "before", strings.Join(before, ","))
	}
	var seen []string
	if before != "" {
		seen = strings.Split(before, ",")
	}
	p.First = link("", nil)
	if last := len(seen) - 1; p.Paged && last >= 0 {
		p.Previous = link(strings.TrimPrefix(seen[last], "first"), seen[:last])
	}
	if p.Found.Next != "" {
		seen = append(seen, cmp.Or(q.Page, "first"))
		p.Next = link(p.Found.Next, seen[max(len(seen)-mostBefore, 0):])
	}
}

// reasonChoices are the reasons an absence may have, as people read them.
func reasonChoices(words texts.Words) []option {
	choices := []option{{Label: words.T("absences.all")}}
	for code, reason := range texts.Reasons() {
		choices = append(choices, option{Value: code, Label: reason.What.In(words.Lang)})
	}
	slices.SortFunc(choices[1:], func(a, b option) int { return strings.Compare(a.Label, b.Label) })
	return choices
}

// absenceChoices are what can be filtered by.
func (s *site) absenceChoices(r *http.Request, shown *absencesPage) error {
	words := s.words(r)
	all := []option{{Label: words.T("absences.all")}}
	sources, err := s.config.Admin.Sources(r.Context())
	if err != nil {
		return err
	}
	synchronizations, err := s.config.Admin.Synchronizations(r.Context())
	if err != nil {
		return err
	}
	shown.Sources, shown.Synchronizations = all[:1:1], all[:1:1]
	shown.Reasons = reasonChoices(words)
	shown.Choices = []option{{Label: words.T("absences.all.statuses")}}
	for _, one := range sources {
		shown.Sources = append(shown.Sources, option{Value: one.Name, Label: one.Name})
	}
	for _, one := range synchronizations {
		shown.Synchronizations = append(shown.Synchronizations, option{Value: one.Name, Label: one.Name})
	}
	for _, status := range append(shownStatuses[:len(shownStatuses):len(shownStatuses)], workflows.StatusDeleted) {
		shown.Choices = append(shown.Choices, option{Value: string(status), Label: words.T("status." + string(status))})
	}
	return nil
}

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
	words := s.words(r)
	title := words.T("absence.title", "id", shown.ID)
	if shown.Owner.Name != "" && len(shown.Spans) > 0 {
		title = words.T("absence.title.of", "person", shown.Owner.Name, "days", strings.Join(shown.Spans, ", "))
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
	words := s.words(r)
	owner, ok := s.config.Admin.People(r.Context(), source, []string{found.Employee})[found.Employee]
	if !ok {
		owner.ID = found.Employee
	}
	return absencePage{
		Absence: found, Source: source, ID: id, Owner: owner, WorkflowURL: s.config.Admin.WorkflowURL(found.WorkflowID, found.RunID),
		Spans: spans(words, found.Content.HalfDays), Lines: storyLines(words, found.Story),
		LegalEntityName: cmp.Or(s.config.Admin.LegalEntityNames(r.Context(), source)[found.LegalEntity], found.LegalEntity),
		Settled:         !found.Running || found.Status == workflows.StatusSynced || found.Status == workflows.StatusDeleted,
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

// retryFields are those of the form behind a search that found only absences which
// may be tried again.
func retryFields(q admin.AbsencesQuery) map[string]string {
	switch q.Status {
	case workflows.StatusBlocked, workflows.StatusRetrying, workflows.StatusSkipped:
	default:
		return nil
	}
	fields := map[string]string{"status": string(q.Status)}
	for name, value := range map[string]string{"text": q.Text, "source": q.Source, "synchronization": q.Synchronization, "reason": q.Reason} {
		if value != "" {
			fields[name] = value
		}
	}
	return fields
}

// resyncAll is POST /absences/resync: all absences of a search try again now.
func (s *site) resyncAll(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil || f.Bad() {
		return errBadForm
	}
	asked := admin.AbsencesQuery{
		Text: f.Get("text"), Source: f.Get("source"), Synchronization: f.Get("synchronization"),
		Status: workflows.Status(f.Get("status")), Reason: f.Get("reason"),
	}
	back := "/"
	if f.Get("back") != "overview" {
		back = query("/absences", "text", asked.Text, "source", asked.Source, "synchronization", asked.Synchronization, "status", asked.Status, "reason", asked.Reason)
	}
	matched, err := s.config.Admin.RetryAll(r.Context(), principal(r).Author(), asked)
	switch {
	case errors.Is(err, admin.ErrRetrying):
		return s.redirect(w, r, back, "already-retrying")
	case f.Invalid(err):
		return errBadForm
	case err != nil:
		return err
	case matched == 0:
		return s.redirect(w, r, back, "nothing-retried")
	case matched == admin.MostRetried:
		return s.redirect(w, r, back, "retried-first")
	}
	return s.redirect(w, r, back, "retried."+strconv.Itoa(matched))
}

// absencesAgain is what a browser asks for that reloads the answer of resyncAll.
func (s *site) absencesAgain(w http.ResponseWriter, r *http.Request) error {
	return s.redirect(w, r, "/absences", "")
}
