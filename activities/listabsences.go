package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// ReasonUnknownLegalEntity says that Lucca has no such legal entity, or shows it
// not to our key.
const ReasonUnknownLegalEntity = "unknown-legal-entity"

// LoadEmployees loads the employees of legal entities into the directory, a
// hundred a call, so that the absences that follow cost no call each.
func (a *Activities) LoadEmployees(ctx context.Context,
	request workflows.LoadEmployeesRequest) (workflows.LoadEmployeesResult, error) {
	defer beat(ctx)()
	directory, err := a.Directories.Directory(ctx, request.Source)
	if err == nil {
		var count int
		if count, err = directory.Warm(ctx, request.LegalEntities); err == nil {
			return workflows.LoadEmployeesResult{Employees: count}, nil
		}
	}
	trouble, retry := readingError(err)
	return workflows.LoadEmployeesResult{Trouble: trouble}, retry
}

// readingError tells what a person must mend from what time will.
func readingError(err error) (*workflows.Trouble, error) {
	switch {
	case errors.Is(err, settings.ErrNotFound):
		return trouble(ReasonUnknownSource, calendars.ScopeConnection), nil
	case errors.Is(err, figgo.ErrNoLegalEntity):
		return trouble(ReasonUnknownLegalEntity, calendars.ScopeConnection), nil
	default:
		return translate(figgoError(err))
	}
}

// ListAbsences reads one page of a legal entity's absences and says of each who
// its owner is. An empty page is an answer, never a reason to delete anything.
func (a *Activities) ListAbsences(ctx context.Context, request workflows.ListRequest) (workflows.Page, error) {
	defer beat(ctx)()
	return a.listAbsences(ctx, request)
}

func (a *Activities) listAbsences(ctx context.Context, request workflows.ListRequest) (workflows.Page, error) {
	reader, err := a.Directories.Reader(ctx, request.Source)
	if err != nil {
		trouble, retry := readingError(err)
		return workflows.Page{Trouble: trouble}, retry
	}
	readAt := time.Now().UTC()
	listed, err := reader.Leaves(ctx, figgo.LeavesQuery{LegalEntity: request.LegalEntity, Since: request.Since,
		Cursor: request.Cursor})
	if stale(ctx, request, err) {
		return workflows.Page{Stale: true}, nil
	}
	if err != nil {
		trouble, retry := readingError(err)
		return workflows.Page{Trouble: trouble}, retry
	}
	directory, err := a.Directories.Directory(ctx, request.Source)
	if err != nil {
		return workflows.Page{}, fmt.Errorf("open the directory: %w", err)
	}
	page := workflows.Page{Next: listed.Next, Unreadable: len(listed.Skipped)}
	for _, skipped := range listed.Skipped {
		a.Log.Warn("an absence cannot be read", "source", request.Source, "absence", skipped.ID,
			"reason", skipped.Reason)
	}
	if err := a.prepare(ctx, directory, request.LegalEntity, listed.Notices); err != nil {
		trouble, retry := readingError(err)
		return workflows.Page{Trouble: trouble}, retry
	}
	for _, notice := range listed.Notices {
		one := listedAbsence(directory, notice)
		one.Change.ReadAt = readAt
		a.routeListed(ctx, request.Source, &one)
		page.Absences = append(page.Absences, one)
	}
	return page, nil
}

// staleAfter is how often a page may look cut off before its list counts as
// another one than when it was begun (figgo.Reader).
const staleAfter = 5

// stale tells that a list must be begun again: its cursor is of no use any more.
func stale(ctx context.Context, request workflows.ListRequest, err error) bool {
	failure, ok := errors.AsType[*figgo.APIError](err)
	if !ok || request.Cursor == "" {
		return false
	}
	attempt := 1
	if activity.IsActivity(ctx) {
		attempt = int(activity.GetInfo(ctx).Attempt)
	}
	return failure.Code == figgo.CodeCursor || failure.Code == figgo.CodeTruncated && attempt >= staleAfter
}

// prepare makes the page's owners known to this process: the legal entity's employees
// by pages where many are not (another process may have loaded them for an earlier
// page), else one by one. Whom Figgo does not have stays unknown.
func (a *Activities) prepare(ctx context.Context, directory Directory, legalEntity string,
	notices []figgo.Notice) error {
	const few = 3
	unknown := map[string]figgo.Notice{}
	for _, notice := range notices {
		if _, known := directory.KnownAs(notice.EmployeeID, notice.Email); !known {
			unknown[notice.EmployeeID] = notice
		}
	}
	if len(unknown) > few {
		_, err := directory.Warm(ctx, []string{legalEntity})
		return err
	}
	for _, notice := range unknown {
		_, err := directory.Lookup(ctx, notice.EmployeeID, notice.Email)
		if err != nil && !errors.Is(err, figgo.ErrNoEmployee) {
			return err
		}
	}
	return nil
}

func listedAbsence(directory Directory, notice figgo.Notice) workflows.Listed {
	listed := workflows.Listed{
		Absence: notice.AbsenceID, Kind: workflows.Kind(notice.Kind),
		Change: workflows.Change{
			ChangedAt: notice.ChangedAt, OccurredAt: notice.OccurredAt, Employee: notice.EmployeeID,
			Email:       notice.Email,
			LegalEntity: notice.LegalEntity, Absence: notice.Absence, Bulk: true,
		},
	}
	if employee, known := directory.KnownAs(notice.EmployeeID, notice.Email); known {
		owner := workflows.Employee(employee)
		listed.Change.Known = &owner
	}
	return listed
}

// routeListed asks where the absence goes, here and now, which costs nothing beside
// the page: its workflow need not record an answer of its own. What this process
// cannot tell, the workflow asks.
func (a *Activities) routeListed(ctx context.Context, source string, listed *workflows.Listed) {
	route, err := a.routeNow(ctx, routeRequest(source, *listed))
	if err == nil && route.Outcome != workflows.RouteLookup {
		listed.Change.Route, listed.Change.RoutedAt = &route, time.Now().UTC()
	}
}

func routeRequest(source string, listed workflows.Listed) workflows.RouteRequest {
	return workflows.RouteRequest{
		Source: source, Employee: listed.Change.Employee, Email: listed.Change.Email, Known: listed.Change.Known,
		Absence: workflows.RoutedContent(listed.Kind, listed.Change.Absence),
	}
}
