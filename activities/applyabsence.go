package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// ReasonUnknownConnection says that the settings no longer have the connection.
const ReasonUnknownConnection = "unknown-connection"

// ApplyAbsence makes one mailbox show exactly the requested events of the
// absence. It may be repeated at any time. Temporary trouble is an error that
// Temporal retries at the provider's pace; what a person must mend is an answer.
func (a *Activities) ApplyAbsence(ctx context.Context, request workflows.ApplyRequest) (workflows.ApplyResult, error) {
	a.pace.note(ctx)
	if reason, err := a.stopped(ctx, request); err != nil || reason != "" {
		return notApplied(reason), err
	}
	calendar, err := a.calendarAt(ctx, request.Place)
	if errors.Is(err, settings.ErrNotFound) {
		return workflows.ApplyResult{Trouble: trouble(ReasonUnknownConnection, calendars.ScopeConnection)}, nil
	}
	if err != nil {
		return a.answer(ctx, request, calendars.Result{}, fmt.Errorf("open the connection: %w", err))
	}
	keepAt, err := a.keptAt(ctx, request)
	if err != nil {
		return a.answer(ctx, request, calendars.Result{}, err)
	}
	before := createdBefore(ctx)
	defer beat(ctx, func() any { return before })()
	ctx = withBulk(ctx)
	key := calendars.Key{Source: request.Source, Absence: request.Absence}
	result, err := calendars.Apply(ctx, calendar, request.Place.Mailbox, key, request.Events,
		calendars.Options{Token: request.Token, Rewrite: request.Rewrite && !request.RespectEdits,
			Known: idsOf(request.Known), Keep: kept(request.Place.Provider, request.Keep),
			KeepAt: keepAt, OwnerDeleted: request.OwnerDeleted})
	if err != nil && result.Created > 0 && activity.IsActivity(ctx) {
		activity.RecordHeartbeat(ctx, before+result.Created)
	}
	a.notePlace(request, err)
	answer, err := a.answer(ctx, request, result, err)
	answer.CreatedBefore = before
	return answer, err
}

// notePlace remembers where an employee's mailbox is, and where it is not any more.
func (a *Activities) notePlace(request workflows.ApplyRequest, err error) {
	switch {
	case len(request.Events) == 0:
	case err == nil:
		a.places.found(request.Source, request.Employee, request.Place.Connection)
		a.places.present(request.Source, request.Place.Mailbox, request.Place.Connection)
	case mailboxMissing(err):
		a.places.missing(request.Source, request.Employee, request.Place.Connection)
	}
}

// mailboxMissing tells that the calendar system answered that it has no such mailbox.
func mailboxMissing(err error) bool {
	blocked, ok := errors.AsType[*calendars.Blocked](err)
	return ok && blocked.Reason == calendars.MailboxMissing
}

// stopped is why nothing is written any more that was to be when the workflow asked:
// that may have been long ago, as Temporal tries for as long as it takes. What is
// written after a pause would outlive a removal. What is to be removed is.
func (a *Activities) stopped(ctx context.Context, request workflows.ApplyRequest) (reason string, err error) {
	if len(request.Events) == 0 || request.Synchronization == "" {
		return "", nil
	}
	synchronization, err := a.Settings.Synchronization(ctx, request.Synchronization)
	switch {
	case errors.Is(err, settings.ErrNotFound): // another one may want it; the workflow will ask
		return "", nil
	case err != nil:
		return "", fmt.Errorf("read the synchronization: %w", err)
	case synchronization.Paused:
		return ReasonPaused, nil
	case synchronization.Excludes(request.Employee):
		return ReasonExcluded, nil
	}
	return "", nil
}

func notApplied(reason string) workflows.ApplyResult {
	if reason == "" {
		return workflows.ApplyResult{}
	}
	return workflows.ApplyResult{Trouble: trouble(reason, calendars.ScopeConnection)}
}

// calendarAt opens the connection of a place. One that was deleted and put back under
// its name for another calendar system is not the one that the place is of: it would
// answer that there is nothing, and the events would stay.
func (a *Activities) calendarAt(ctx context.Context, place workflows.Place) (calendars.Calendar, error) {
	connection, err := a.Settings.Connection(ctx, place.Connection)
	if err != nil {
		return nil, fmt.Errorf("read the connection: %w", err)
	}
	if string(connection.Provider) != place.Provider {
		return nil, fmt.Errorf("a connection to %s: %w", place.Provider, settings.ErrNotFound)
	}
	return a.Calendars.Calendar(ctx, place.Connection)
}

// createdBefore is how many events earlier attempts are known to have created.
func createdBefore(ctx context.Context) (created int) {
	if activity.IsActivity(ctx) && activity.HasHeartbeatDetails(ctx) {
		_ = activity.GetHeartbeatDetails(ctx, &created)
	}
	return created
}

// withBulk marks calls of back-fill, which take at most half of a connection's
// places, by the priority that the workflow gave to this very activity.
func withBulk(ctx context.Context) context.Context {
	if activity.IsActivity(ctx) && activity.GetInfo(ctx).Priority.PriorityKey == workflows.PriorityBulk {
		return calendars.WithBulk(ctx)
	}
	return ctx
}

func kept(provider string, events []workflows.PlacedEvent) []calendars.Placed {
	var all []calendars.Placed
	for _, event := range events {
		all = append(all, calendars.Kept(calendars.Provider(provider), event.ID, event.Version))
	}
	return all
}

// keptAt is where the events to keep were just written, nil where nothing here can be one
// of them, or where nothing leads there any more.
func (a *Activities) keptAt(ctx context.Context, request workflows.ApplyRequest) (*calendars.Spot, error) {
	place := request.KeepAt
	if place == nil || len(request.Keep) == 0 || place.Provider != request.Place.Provider {
		return nil, nil
	}
	calendar, err := a.calendarAt(ctx, *place)
	switch {
	case errors.Is(err, settings.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("open the connection that was written to: %w", err)
	}
	return &calendars.Spot{Calendar: calendar, Mailbox: place.Mailbox}, nil
}

func idsOf(events []workflows.PlacedEvent) []string {
	var all []string
	for _, event := range events {
		all = append(all, event.ID)
	}
	return all
}

func (a *Activities) answer(ctx context.Context, request workflows.ApplyRequest, result calendars.Result,
	err error) (workflows.ApplyResult, error) {
	answer := workflows.ApplyResult{
		Created: result.Created, Updated: result.Updated, Deleted: result.Deleted, Unchanged: result.Unchanged,
	}
	for _, placed := range result.Events {
		answer.Events = append(answer.Events,
			workflows.PlacedEvent{Run: placed.Marker.Run, ID: placed.ID, Version: placed.Version})
	}
	if activity.IsActivity(ctx) {
		if attempt := int(activity.GetInfo(ctx).Attempt); attempt > 1 {
			answer.Attempt = attempt
		}
	}
	blocking, retry := translate(err)
	answer.Trouble = blocking
	a.Metrics.applied(request.Place.Provider, result, blocking, retry)
	if err != nil {
		a.Log.Warn("absence not applied", "source", request.Source, "absence", request.Absence,
			"connection", request.Place.Connection, "code", codeOf(err))
		a.reportTrouble(ctx, err, retry)
		return answer, retry
	}
	settled := workflows.Settled{Absence: request.Absence, Status: workflows.StatusSynced, Written: result.Writes() > 0}
	if err := a.settled(ctx, request.Report, settled, request.ReportBatch); err != nil {
		return answer, err
	}
	a.observe(request)
	return answer, nil
}

// observe notes how long a live change took. An activity whose success is not
// stored is done again, and noted again: rare, and it did take longer.
func (a *Activities) observe(request workflows.ApplyRequest) {
	if a.Delays == nil || request.AnnouncedAt.IsZero() || request.Synchronization == "" {
		return
	}
	a.Delays.Observe(request.Synchronization, max(time.Since(request.AnnouncedAt), 0))
}
