package activities

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// previewsAtOnce bounds the calendars looked into at the same time.
const previewsAtOnce = 8

// PreviewAbsences tells what announcing these absences would change. It looks
// into the calendars, for our own events only, and writes nothing.
func (a *Activities) PreviewAbsences(ctx context.Context, request workflows.PreviewRequest) (workflows.Preview, error) {
	defer beat(ctx)()
	var (
		mu    sync.Mutex
		lines = map[string]*workflows.EmployeePreview{}
		all   workflows.Preview
	)
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(previewsAtOnce)
	for _, listed := range request.Absences {
		group.Go(func() error {
			one, err := a.preview(groupCtx, request.Source, listed)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			addPreview(&all, lines, listed.Absence, one)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		_, retry := translate(err)
		return workflows.Preview{}, retry
	}
	for _, line := range lines {
		all.Employees = append(all.Employees, *line)
	}
	slices.SortFunc(all.Employees, func(a, b workflows.EmployeePreview) int {
		return strings.Compare(a.Employee,
			b.Employee)
	})
	return all, nil
}

// preview is one absence's line; what blocks it is in the line, only temporary
// trouble is an error.
func (a *Activities) preview(ctx context.Context, source string,
	listed workflows.Listed) (workflows.EmployeePreview, error) {
	line := workflows.EmployeePreview{Employee: listed.Change.Employee}
	route := listed.Change.Route
	if route == nil {
		asked, err := a.routeNow(ctx, routeRequest(source, listed))
		if err != nil {
			return line, err
		}
		route = &asked
	}
	switch route.Outcome {
	case workflows.RouteWrite:
		return a.compare(ctx, source, listed.Absence, line, route.Target)
	case workflows.RouteSkip:
		line.Skipped, line.Reason = 1, route.Trouble.Reason
	case workflows.RouteLookup:
		line.Blocked, line.Reason = 1, ReasonUnknownEmployee
	default:
		line.Blocked, line.Reason = 1, route.Trouble.Reason
	}
	return line, nil
}

func (a *Activities) compare(ctx context.Context, source, absence string, line workflows.EmployeePreview,
	target *workflows.Target) (workflows.EmployeePreview, error) {
	change, err := a.compareAt(ctx, source, absence, target)
	for i := 0; mailboxMissing(err) && i < len(target.Others); i++ {
		change, err = a.compareAt(ctx, source, absence, &target.Others[i])
	}
	if err == nil {
		switch change {
		case calendars.Missing:
			line.Created = 1
		case calendars.Different:
			line.Updated = 1
		case calendars.Equal:
			line.Unchanged = 1
		}
	}
	if errors.Is(err, settings.ErrNotFound) {
		line.Blocked, line.Reason = 1, ReasonUnknownConnection
		return line, nil
	}
	blocking, retry := translate(err)
	if blocking != nil {
		line.Blocked, line.Reason = 1, blocking.Reason
	}
	if retry != nil {
		return line, err
	}
	return line, nil
}

func (a *Activities) compareAt(ctx context.Context, source, absence string,
	target *workflows.Target) (change calendars.Difference, err error) {
	calendar, err := a.Calendars.Calendar(ctx, target.Place.Connection)
	if err != nil {
		return change, err
	}
	return calendars.Compare(calendars.WithBulk(ctx), calendar, target.Place.Mailbox,
		calendars.Key{Source: source, Absence: absence}, target.Events, calendars.Options{})
}

func addPreview(all *workflows.Preview, lines map[string]*workflows.EmployeePreview, absence string,
	one workflows.EmployeePreview) {
	line := lines[one.Employee]
	if line == nil {
		line = &workflows.EmployeePreview{Employee: one.Employee}
		lines[one.Employee] = line
	}
	line.Add(one)
	all.Counts.Created += one.Created
	all.Counts.Updated += one.Updated
	all.Counts.Synced += one.Created + one.Updated
	all.Counts.Unchanged += one.Unchanged
	all.Counts.Skipped += one.Skipped
	all.Counts.Blocked += one.Blocked
	status := workflows.StatusBlocked
	if one.Skipped > 0 {
		status = workflows.StatusSkipped
	}
	if one.Skipped+one.Blocked > 0 {
		all.Troubled = append(all.Troubled, workflows.Troubled{Absence: absence, Employee: one.Employee, Status: status,
			Reason: one.Reason})
	}
}
