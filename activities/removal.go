package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"go.temporal.io/sdk/activity"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// approveAbove is how many events a Removal takes out without asking.
const approveAbove = 50

// PlanRemoval completes a removal's input by the settings. Input that cannot work is
// a non-retryable error that says what to do instead.
func (a *Activities) PlanRemoval(ctx context.Context, input workflows.RemovalInput) (workflows.RemovalPlan, error) {
	synchronization, err := a.namedSynchronization(ctx, input.Synchronization, `{"synchronization":"NAME"}`)
	if err != nil {
		return workflows.RemovalPlan{}, err
	}
	if !synchronization.Paused && !input.DryRun {
		return workflows.RemovalPlan{}, wrongInput("the synchronization %q is active and would write everything again: pause it first, or ask for a dry run", input.Synchronization)
	}
	legalEntities := synchronization.LegalEntities
	if input.LegalEntity != "" {
		if !slices.Contains(legalEntities, input.LegalEntity) {
			return workflows.RemovalPlan{},
				wrongInput("the legal entity %q is not in the synchronization %q; it has %s",
					input.LegalEntity, input.Synchronization, strings.Join(legalEntities, ", "))
		}
		legalEntities = []string{input.LegalEntity}
	}
	connection, err := a.Settings.Connection(ctx, synchronization.Connection)
	if err != nil {
		return workflows.RemovalPlan{}, fmt.Errorf("read the connection: %w", err)
	}
	return workflows.RemovalPlan{
		Source: synchronization.Source, LegalEntities: legalEntities, Connection: synchronization.Connection,
		Provider: string(connection.Provider), ApproveAbove: approveAbove,
	}, nil
}

// ListOwners reads one page of the people of legal entities. People who have left are
// not among them: Figgo does not list them.
func (a *Activities) ListOwners(ctx context.Context, request workflows.OwnersRequest) (workflows.OwnersPage, error) {
	defer beat(ctx)()
	reader, err := a.Directories.Reader(ctx, request.Source)
	if err != nil {
		trouble, retry := readingError(err)
		return workflows.OwnersPage{Trouble: trouble}, retry
	}
	at, err := parseOwnersCursor(request.Cursor)
	if err != nil {
		return workflows.OwnersPage{}, err
	}
	some := request.LegalEntities[min(at.first, len(request.LegalEntities)):]
	some = some[:min(figgo.EntitiesAtOnce, len(some))]
	listed, err := reader.EmployeesPage(ctx, at.cursor, strings.Join(some, ","))
	if err != nil {
		trouble, retry := readingError(err)
		return workflows.OwnersPage{Trouble: trouble}, retry
	}
	page := workflows.OwnersPage{Next: at.next(listed.Next, len(request.LegalEntities))}
	for _, record := range listed.Employees {
		if email := record.Employee.Email; email != "" {
			page.Owners = append(page.Owners,
				workflows.Owner{Employee: record.Employee.ID, Mailbox: strings.ToLower(email)})
		}
	}
	return page, nil
}

// ownersCursor is where a list of people stands: the first legal entity of those that
// are asked for now, and the cursor among their people.
type ownersCursor struct {
	first  int
	cursor string
}

func parseOwnersCursor(text string) (at ownersCursor, err error) {
	if text == "" {
		return ownersCursor{}, nil
	}
	first, cursor, _ := strings.Cut(text, " ")
	at.first, err = strconv.Atoi(first)
	at.cursor = cursor
	return at, err
}

// next is the cursor of the next page, "" after the last one of legalEntities.
func (c ownersCursor) next(cursor string, legalEntities int) string {
	if cursor == "" {
		if c.first += figgo.EntitiesAtOnce; c.first >= legalEntities {
			return ""
		}
	}
	return fmt.Sprintf("%d %s", c.first, cursor)
}

// RemoveEvents counts a source's events in one mailbox, or removes them, found by
// marker alone. Copies that the owner made stay and do not count. Each absence's
// workflow, where one runs, is told before, so that it does not write meanwhile.
func (a *Activities) RemoveEvents(ctx context.Context,
	request workflows.RemoveRequest) (workflows.RemoveResult, error) {
	var removed atomic.Int64
	removed.Store(removedBefore(ctx))
	defer beat(ctx, func() any { return removed.Load() })()
	ctx = withBulk(ctx)
	calendar, err := a.Calendars.Calendar(ctx, request.Place.Connection)
	if errors.Is(err, settings.ErrNotFound) {
		return workflows.RemoveResult{Trouble: trouble(ReasonUnknownConnection, calendars.ScopeConnection)}, nil
	}
	var result workflows.RemoveResult
	if err == nil {
		result.Events, err = removeEvents(ctx, calendar, request, &removed)
	}
	result.Removed = int(removed.Load())
	blocking, retry := translate(err)
	if err != nil {
		a.Log.Warn("events not removed", "source", request.Source, "connection", request.Place.Connection,
			"code", codeOf(err))
	}
	result.Trouble = blocking
	return result, retry
}

// removeEvents returns how many events there were.
func removeEvents(
	ctx context.Context, calendar calendars.Calendar, request workflows.RemoveRequest, removed *atomic.Int64,
) (events int, err error) {
	listed, err := calendar.List(ctx, request.Place.Mailbox, request.Source)
	if err != nil {
		return 0, fmt.Errorf("list events: %w", err)
	}
	listed = slices.DeleteFunc(listed, func(l calendars.Listed) bool { return l.Identity == calendars.IdentityCopy })
	if request.CountOnly {
		return len(listed), nil
	}
	for _, key := range keysOf(listed) {
		if err := tellTakenOut(ctx, key); err != nil {
			return len(listed), err
		}
		applied, err := calendars.Apply(ctx, calendar, request.Place.Mailbox, key, nil,
			calendars.Options{Token: request.Token})
		if now := removed.Add(int64(applied.Deleted)); applied.Deleted > 0 && activity.IsActivity(ctx) {
			activity.RecordHeartbeat(ctx, now)
		}
		if err != nil {
			return len(listed), fmt.Errorf("remove events: %w", err)
		}
	}
	return len(listed), nil
}

func keysOf(listed []calendars.Listed) []calendars.Key {
	var keys []calendars.Key
	for _, one := range listed {
		if !slices.Contains(keys, one.Marker.Key) {
			keys = append(keys, one.Marker.Key)
		}
	}
	return keys
}

// removedBefore is how many events an earlier attempt removed.
func removedBefore(ctx context.Context) (removed int64) {
	if activity.IsActivity(ctx) && activity.HasHeartbeatDetails(ctx) {
		_ = activity.GetHeartbeatDetails(ctx, &removed)
	}
	return removed
}

// tellTakenOut tells an absence's workflow that its events are being removed. One
// that does not run needs not know.
func tellTakenOut(ctx context.Context, key calendars.Key) error {
	if !activity.IsActivity(ctx) {
		return nil
	}
	err := signalRetry(ctx, activity.GetClient(ctx), key.Source, key.Absence,
		workflows.Retry{Removed: true, Bulk: true})
	if err != nil {
		return fmt.Errorf("tell the absence: %w", err)
	}
	return nil
}
