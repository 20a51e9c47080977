package admin

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/figgo"
	"github.com/figgosync/figgosync/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// AbsencesQuery chooses absences. Empty fields choose all.
type AbsencesQuery struct {
	// Text is an employee's or an absence's id, or an employee's e-mail address,
	// for which Figgo is asked.
	Text                    string
	Source, Synchronization string
	Status                  workflows.Status
	Reason                  string
	// Limit is the size of a page, 1 to 200, 50 when 0; Page is AbsencesPage.Next
	// of the page before, "" for the first.
	Limit int
	Page  string
}

const (
	usualLimit  = 50
	mostLimit   = 200
	maxText     = 254 // an address's (RFC 5321, 4.5.3.1.3)
	maxSearched = 5 * time.Second
)

var statuses = []workflows.Status{
	workflows.StatusPending, workflows.StatusSynced, workflows.StatusRetrying,
	workflows.StatusBlocked, workflows.StatusSkipped, workflows.StatusDeleted,
}

// Absences searches absences: those that live first, the newest of them first. A
// page may be shorter than the limit. Errors are *settings.InvalidError, a
// *SourceError where Figgo had to be asked for an e-mail address, and
// ErrEngineDown.
func (s *Service) Absences(ctx context.Context, query AbsencesQuery) (AbsencesPage, error) {
	if err := checkQuery(query); err != nil {
		return AbsencesPage{}, err
	}
	wanted := starter.AbsencesQuery{
		Source: query.Source, Synchronization: query.Synchronization, Reason: query.Reason, Limit: query.Limit, Page: query.Page,
	}
	if query.Status != "" {
		wanted.Statuses = []workflows.Status{query.Status}
	}
	if wanted.Limit == 0 {
		wanted.Limit = usualLimit
	}
	page := AbsencesPage{Absences: []starter.AbsenceLine{}}
	known, err := s.searchFor(ctx, strings.TrimSpace(query.Text), &wanted)
	if err != nil || !known {
		return page, err
	}
	found, next, err := s.config.Engine.Absences(ctx, wanted)
	if errors.Is(err, starter.ErrPage) {
		return page, invalid("page", CodeUnknownPage)
	}
	if err != nil {
		return page, engine(err)
	}
	page.Absences, page.Next = append(page.Absences, found...), next
	page.Total, err = s.config.Engine.Count(ctx, wanted)
	return page, engine(err)
}

func checkQuery(query AbsencesQuery) error {
	switch {
	case len(query.Text) > maxText:
		return invalid("text", settings.CodeTooLong, "limit", strconv.Itoa(maxText))
	case query.Limit < 0 || query.Limit > mostLimit:
		return invalid("limit", settings.CodeBadNumber, "least", "1", "most", strconv.Itoa(mostLimit))
	case query.Status != "" && !slices.Contains(statuses, query.Status):
		return invalid("status", settings.CodeBadChoice, "allowed", allowedStatuses())
	}
	return nil
}

func allowedStatuses() string {
	words := make([]string, len(statuses))
	for i, status := range statuses {
		words[i] = string(status)
	}
	return strings.Join(words, ", ")
}

// searchFor puts the text into the query; it answers false for an e-mail address
// that Figgo knows of nobody.
func (s *Service) searchFor(ctx context.Context, text string, query *starter.AbsencesQuery) (known bool, err error) {
	if text == "" {
		return true, nil
	}
	sources, err := s.config.Settings.Sources(ctx)
	if err != nil {
		return false, err
	}
	if query.Source != "" {
		sources = slices.DeleteFunc(sources, func(one settings.Source) bool { return one.Name != query.Source })
	}
	if !strings.Contains(text, "@") {
		query.Either = text
		for _, one := range sources {
			query.Sources = append(query.Sources, one.Name)
		}
		return true, nil
	}
	// The first source that knows the address: an address of two accounts is a
	// search in one of them.
	for _, one := range sources {
		query.Employee, err = s.employeeOf(ctx, one, strings.ToLower(text))
		if err == nil {
			query.Source = one.Name
			return true, nil
		}
		if !errors.Is(err, figgo.ErrNoEmployee) {
			return false, sourceError(err)
		}
	}
	return false, nil
}

// mailbox is an address in one source, knownEmployee whose it was at a moment.
type (
	mailbox       struct{ source, email string }
	knownEmployee struct {
		id string
		at time.Time
	}
)

// employeeOf asks Figgo whose address it is; pages that follow cost no call.
func (s *Service) employeeOf(ctx context.Context, source settings.Source, email string) (string, error) {
	key := mailbox{source.Name, email}
	if known, ok := s.employees.Get(key); ok && s.config.Now().Sub(known.at) < employeesLife {
		return known.id, nil
	}
	ctx, cancel := context.WithTimeout(ctx, maxSearched)
	defer cancel()
	employee, err := s.luccas.of(source).client.EmployeeByEmail(ctx, email)
	if err != nil {
		return "", err
	}
	s.employees.Add(key, knownEmployee{employee.ID, s.config.Now()})
	return employee.ID, nil
}

// Absence tells where an absence stands, with its story. Errors are
// starter.ErrNotFound and ErrEngineDown.
func (s *Service) Absence(ctx context.Context, source, id string) (starter.Absence, error) {
	if !goodID(source) || !goodID(id) {
		return starter.Absence{}, starter.ErrNotFound
	}
	found, err := s.config.Engine.Absence(ctx, source, id)
	return found, engine(err)
}

// Resync asks an absence to try again now; rewrite writes its events again even
// where nothing changed. Errors are those of Absence.
func (s *Service) Resync(ctx context.Context, by settings.Author, source, id string, rewrite bool) error {
	if !goodID(source) || !goodID(id) {
		return starter.ErrNotFound
	}
	if err := s.config.Engine.Retry(ctx, source, id, rewrite); err != nil {
		return engine(err)
	}
	s.note(ctx, by, settings.ActionResynced, settings.KindAbsence, source+"/"+id)
	return nil
}

// WorkflowURL is where the Temporal Web UI shows a run, "" where there is no Web
// UI.
func (s *Service) WorkflowURL(workflowID, runID string) string {
	if s.config.WebUI == "" {
		return ""
	}
	return strings.TrimSuffix(s.config.WebUI, "/") + "/namespaces/" + url.PathEscape(s.config.Namespace) +
		"/workflows/" + url.PathEscape(workflowID) + "/" + url.PathEscape(runID) + "/history"
}
