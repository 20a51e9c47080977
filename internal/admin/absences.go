package admin

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// AbsencesQuery chooses absences. Empty fields choose all.
type AbsencesQuery struct {
	// Text is an employee's or an absence's id, or a part of an employee's name or
	// e-mail address, for which Figgo is asked.
	Text                    string
	Source, Synchronization string
	Status                  workflows.Status
	Reason                  string
	// From and To are the first and the last day, inclusive, that an absence has a
	// day between; zero for no bound.
	From, To absence.Date
	// Sort is the order, one of Sorts, with a dash before it the other way round; ""
	// is the index's own, those that live first and the newest of them first.
	Sort string
	// Days tells each absence's days, too.
	Days bool
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
	workflows.StatusBlocked, workflows.StatusSkipped, workflows.StatusHeld, workflows.StatusDeleted,
}

// Absences searches absences: those that live first, the newest of them first. A
// page may be shorter than the limit. It waits for names for about a second at
// most. Errors are *settings.InvalidError, a
// *SourceError where Figgo had to be asked for an e-mail address, and
// ErrEngineDown.
func (s *Service) Absences(ctx context.Context, query AbsencesQuery) (AbsencesPage, error) {
	if err := checkQuery(query); err != nil {
		return AbsencesPage{}, err
	}
	wanted := wantedOf(query)
	page := AbsencesPage{Absences: []starter.AbsenceLine{}}
	var known bool
	var err error
	if known, page.Hint, err = s.searchFor(ctx, strings.TrimSpace(query.Text), &wanted); err != nil || !known {
		return page, err
	}
	if query.sifted() {
		return s.sift(ctx, query, wanted, page)
	}
	found, next, err := s.config.Engine.Absences(ctx, wanted)
	if errors.Is(err, starter.ErrPage) {
		return page, invalid("page", CodeUnknownPage)
	}
	if err != nil {
		return page, engine(err)
	}
	page.Absences, page.Next = append(page.Absences, found...), next
	if page.Total, err = s.config.Engine.Count(ctx, wanted); err != nil {
		return page, engine(err)
	}
	page.People = s.peopleOf(ctx, page.Absences)
	if query.Days {
		page.Days = s.daysOf(ctx, page.Absences, daysTimeout)
	}
	return page, nil
}

// wantedOf is the query without its text.
func wantedOf(query AbsencesQuery) starter.AbsencesQuery {
	wanted := starter.AbsencesQuery{
		Source: query.Source, Synchronization: query.Synchronization, Reason: query.Reason,
		Limit: cmp.Or(query.Limit, usualLimit), Page: query.Page,
	}
	if query.Status != "" {
		wanted.Statuses = []workflows.Status{query.Status}
	}
	return wanted
}

func checkQuery(query AbsencesQuery) error {
	switch {
	case len(query.Text) > maxText:
		return invalid("text", settings.CodeTooLong, "limit", strconv.Itoa(maxText))
	case query.Limit < 0 || query.Limit > mostLimit:
		return invalid("limit", settings.CodeBadNumber, "least", "1", "most", strconv.Itoa(mostLimit))
	case query.Status != "" && !slices.Contains(statuses, query.Status):
		return invalid("status", settings.CodeBadChoice, "allowed", words(statuses))
	case query.Sort != "" && !slices.Contains(Sorts, strings.TrimPrefix(query.Sort, "-")):
		return invalid("sort", settings.CodeBadChoice, "allowed", strings.Join(Sorts, ", "))
	case !query.From.IsZero() && !query.To.IsZero() && query.To.Before(query.From):
		return invalid("to", CodeToBeforeFrom)
	}
	return nil
}

func words(statuses []workflows.Status) string {
	all := make([]string, len(statuses))
	for i, status := range statuses {
		all[i] = string(status)
	}
	return strings.Join(all, ", ")
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
	if known, ok := s.employees.Get(key); ok && s.config.Now().Sub(known.at) < employeesTTL {
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
	if err := s.config.Engine.Retry(ctx, source, id, workflows.Retry{Rewrite: rewrite}); err != nil {
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
	address := strings.TrimSuffix(s.config.WebUI, "/") + "/namespaces/" + url.PathEscape(s.config.Namespace) +
		"/workflows/" + url.PathEscape(workflowID)
	if runID == "" { // the Web UI finds the newest
		return address
	}
	return address + "/" + url.PathEscape(runID) + "/history"
}

// Written counts the absences of a synchronization that are in calendars and live: those
// that a changed policy does not reach by itself. A repairing reconciliation does. Errors
// are ErrEngineDown.
func (s *Service) Written(ctx context.Context, synchronization string) (int, error) {
	count, err := s.config.Engine.Count(ctx, starter.AbsencesQuery{
		Synchronization: synchronization, Statuses: []workflows.Status{workflows.StatusSynced}, Running: true,
		Limit: mostLimit,
	})
	return count, engine(err)
}
