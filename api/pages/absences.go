package pages

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/admin"
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
	// after; "" for none. Export is the address of the search's file.
	First, Previous, Next, Export string
	// Filtered is true when anything is asked for.
	Filtered bool
	Reasons  []option
	// Columns are the heads of the table.
	Columns []column
	// Paged is true when this is not the first page. Failure is the code of what
	// kept the search from an answer, "" when nothing did.
	Paged   bool
	Failure string
	// Retry are the fields of the form that tries all of them again, nil where
	// there is nothing to try.
	Retry map[string]string
	// Held is true where held deletions are asked for: they wait for a decision.
	Held bool

	loc texts.Localizer
}

// Days are an absence's days in words, nil where it did not tell them.
func (p absencesPage) Days(line starter.AbsenceLine) []string {
	return spans(p.loc, p.Found.Days[line.WorkflowID])
}

// column is the head of one column. Link sorts by it, Sorted is "ascending" or
// "descending" where the table is.
type column struct{ Code, Link, Sorted string }

const absencesLimit = 50

// absencesFields are what a search is made of, in its address.
var absencesFields = []string{"text", "source", "synchronization", "status", "reason", "from", "to", "sort"}

// askedAbsences is the search that a form says. What is no day becomes a problem.
func askedAbsences(f *form) admin.AbsencesQuery {
	return admin.AbsencesQuery{
		Text: f.Get("text"), Source: f.Get("source"), Synchronization: f.Get("synchronization"),
		Status: workflows.Status(f.Get("status")), Reason: f.Get("reason"), Sort: f.Get("sort"), From: f.Date("from"),
		To: f.Date("to"),
	}
}

// searchOf is the form of a search in an address.
func searchOf(r *http.Request) *form {
	f := newForm(0)
	asked := r.URL.Query()
	for _, name := range append([]string{"page", "before"}, absencesFields...) {
		if value := asked.Get(name); plainText(value) {
			f.Set(name, value)
		}
	}
	return f
}

// absencesAt is the address of a search below a path; pairs are further parameters.
func absencesAt(path string, q admin.AbsencesQuery, pairs ...any) string {
	day := func(d absence.Date) string {
		if d.IsZero() {
			return ""
		}
		return d.String()
	}
	return query(path, append([]any{
		"text", q.Text, "source", q.Source, "synchronization", q.Synchronization, "status", q.Status, "reason",
		q.Reason,
		"from", day(q.From), "to", day(q.To), "sort", q.Sort,
	}, pairs...)...)
}

// absences is GET /absences: a search.
func (s *site) absences(w http.ResponseWriter, r *http.Request) error {
	f := searchOf(r)
	shown := absencesPage{Form: f, Paged: f.Get("page") != "", loc: s.loc(r)}
	asked := askedAbsences(f)
	shown.Filtered = asked != admin.AbsencesQuery{Sort: asked.Sort} || f.Bad()
	status := http.StatusUnprocessableEntity
	if !f.Bad() {
		var err error
		if status, err = s.find(r, &shown, asked); err != nil {
			return err
		}
	}
	shown.links(asked, f.Get("before"))
	shown.Retry, shown.Held = retryFields(asked), asked.Status == workflows.StatusHeld
	if err := s.absenceChoices(r, &shown); err != nil {
		return err
	}
	return s.show(w, r, page{Template: "absences.html", Title: s.loc(r).T("nav.absences"), Nav: "absences",
		Status: status, Data: shown})
}

// find searches, and answers with the HTTP status of the page.
func (s *site) find(r *http.Request, shown *absencesPage, asked admin.AbsencesQuery) (status int, err error) {
	asked.Limit, asked.Page, asked.Days = absencesLimit, shown.Form.Get("page"), true
	shown.Found, err = s.config.Admin.Absences(r.Context(), asked)
	switch {
	case shown.Form.Invalid(err):
		return http.StatusUnprocessableEntity, nil
	case err != nil:
		one, code := failureOf(err)
		if code < http.StatusInternalServerError {
			return code, err
		}
		s.config.Log.Warn("a search of absences failed", "code", one.Code, "error", err)
		shown.Failure = one.Code
		return code, nil
	}
	return http.StatusOK, nil
}

// mostBefore bounds the pages that an address remembers to go back to.
const mostBefore = 8

// links are the pages around this one. Temporal knows the next page only: before
// holds the tokens of those that were seen, the newest last, the first page's
// being "first".
func (p *absencesPage) links(q admin.AbsencesQuery, before string) {
	link := func(page string, before []string) string {
		return absencesAt("/absences", q, "page", page, "before", strings.Join(before, ","))
	}
	var seen []string
	if before != "" {
		seen = strings.Split(before, ",")
	}
	p.First = link("", nil)
	p.Export = absencesAt("/absences/export", q)
	if last := len(seen) - 1; p.Paged && last >= 0 {
		p.Previous = link(strings.TrimPrefix(seen[last], "first"), seen[:last])
	}
	if p.Found.Next != "" {
		seen = append(seen, cmp.Or(p.Form.Get("page"), "first"))
		p.Next = link(p.Found.Next, seen[max(len(seen)-mostBefore, 0):])
	}
	p.columns(q)
}

// columns are the heads, each with the search in its order: by the same once more,
// the other way round.
func (p *absencesPage) columns(q admin.AbsencesQuery) {
	for _, code := range []string{admin.SortDays, admin.SortPerson, admin.SortStatus, admin.SortSynchronization,
		admin.SortSeen} {
		head, by := column{Code: code}, q
		by.Sort = code
		switch q.Sort {
		case code:
			head.Sorted, by.Sort = "ascending", "-"+code
		case "-" + code:
			head.Sorted, by.Sort = "descending", ""
		}
		head.Link = absencesAt("/absences", by)
		p.Columns = append(p.Columns, head)
	}
}

// reasonChoices are the reasons that absences have, with how many have each, the most
// frequent first. The others follow where they may occur too: there are too many
// absences to know, Temporal does not answer, or one is chosen.
func (s *site) reasonChoices(r *http.Request, chosen string) []option {
	loc := s.loc(r)
	found, more, err := s.config.Admin.Reasons(r.Context())
	if err != nil {
		s.config.Log.Warn("the reasons of absences cannot be counted", "error", err)
	}
	counts := map[string]int{}
	for _, one := range found {
		counts[one.Reason] += one.Count
	}
	var choices []option
	for code, reason := range texts.Reasons() {
		label := reason.What.In(loc.Lang)
		switch count := counts[code]; {
		case count > 0:
			label = loc.T("absences.reason.counted", "reason", strings.TrimSuffix(label, "."), "count", count)
		case !more && err == nil && code != chosen:
			continue
		}
		choices = append(choices, option{Value: code, Label: label})
	}
	slices.SortFunc(choices, func(a, b option) int {
		return cmp.Or(cmp.Compare(counts[b.Value], counts[a.Value]), strings.Compare(a.Label, b.Label))
	})
	return append([]option{{Label: loc.T("absences.all")}}, choices...)
}

// absenceChoices are what can be filtered by.
func (s *site) absenceChoices(r *http.Request, shown *absencesPage) error {
	loc := s.loc(r)
	all := []option{{Label: loc.T("absences.all")}}
	sources, err := s.config.Admin.Sources(r.Context())
	if err != nil {
		return err
	}
	synchronizations, err := s.config.Admin.Synchronizations(r.Context())
	if err != nil {
		return err
	}
	shown.Sources, shown.Synchronizations = all[:1:1], all[:1:1]
	shown.Reasons = s.reasonChoices(r, shown.Form.Get("reason"))
	shown.Choices = []option{{Label: loc.T("absences.all.statuses")}}
	for _, one := range sources {
		shown.Sources = append(shown.Sources, option{Value: one.Name, Label: one.Label()})
	}
	for _, one := range synchronizations {
		shown.Synchronizations = append(shown.Synchronizations, option{Value: one.Name, Label: one.Label()})
	}
	for _, status := range append(shownStatuses[:len(shownStatuses):len(shownStatuses)], workflows.StatusDeleted) {
		shown.Choices = append(shown.Choices, option{Value: string(status), Label: loc.T("status." + string(status))})
	}
	return nil
}

// retryFields are those of the form behind a search that found only absences which
// may be tried again.
func retryFields(q admin.AbsencesQuery) map[string]string {
	if !q.From.IsZero() || !q.To.IsZero() { // days are no part of what is tried again
		return nil
	}
	switch q.Status {
	case workflows.StatusBlocked, workflows.StatusRetrying, workflows.StatusSkipped:
	default:
		return nil
	}
	fields := map[string]string{"status": string(q.Status)}
	for name, value := range map[string]string{"text": q.Text, "source": q.Source, "synchronization": q.Synchronization,
		"reason": q.Reason} {
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
		back = absencesAt("/absences", asked)
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
