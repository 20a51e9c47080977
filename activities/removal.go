package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"go.temporal.io/sdk/activity"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// PlanRemoval completes a removal's input by the settings. Input that cannot work is
// a non-retryable error that says what to do instead.
func (a *Activities) PlanRemoval(ctx context.Context, input workflows.RemovalInput) (workflows.RemovalPlan, error) {
	plan, err := a.removalScope(ctx, input)
	if err != nil {
		return workflows.RemovalPlan{}, err
	}
	plan.ApproveAbove = workflows.DefaultLimits.Deletions
	if plan.Synchronization == "" {
		return plan, nil // an employee's is not known yet; a legal entity may be in none
	}
	synchronization, err := a.Settings.Synchronization(ctx, plan.Synchronization)
	if err != nil {
		return workflows.RemovalPlan{}, fmt.Errorf("read the synchronization: %w", err)
	}
	plan.ApproveAbove = limitsOf(synchronization).Deletions
	if !input.DryRun {
		pause := workflows.PauseRequest{Synchronization: synchronization.Name}
		if err := a.pausable(synchronization, pause); err != nil {
			return workflows.RemovalPlan{}, err
		}
	}
	if plan.Connection != "" { // a legal entity's are known
		return plan, nil
	}
	first, others, err := a.connectionPlaces(ctx, synchronization)
	if err != nil {
		return workflows.RemovalPlan{}, err
	}
	plan.Source, plan.Connection, plan.Provider = synchronization.Source, first.Connection, first.Provider
	plan.Others = others
	return plan, nil
}

// connectionPlaces are a synchronization's connections, without mailboxes.
func (a *Activities) connectionPlaces(
	ctx context.Context, synchronization settings.Synchronization,
) (first workflows.Place, others []workflows.Place, err error) {
	connections, err := a.connectionsOf(ctx, synchronization.Connections())
	if err != nil {
		return first, nil, err
	}
	for _, connection := range connections[1:] {
		others = append(others, placeOf(connection, ""))
	}
	return placeOf(connections[0], ""), others, nil
}

// removalScopes are the inputs there are, for those who start a removal by hand.
const removalScopes = `name what to remove, one of {"synchronization":"NAME"}, {"source":"NAME","legalEntity":"ID"}, ` +
	`{"source":"NAME","employee":"ID"} and {"initialization":"ID"}`

// removalScope tells the synchronization of an input, and who of it is meant.
func (a *Activities) removalScope(ctx context.Context, in workflows.RemovalInput) (workflows.RemovalPlan, error) {
	scope := in
	scope.DryRun, scope.Approve = false, 0
	switch scope {
	case workflows.RemovalInput{}:
	case workflows.RemovalInput{Synchronization: in.Synchronization}:
		one, err := a.namedSynchronization(ctx, in.Synchronization, `{"synchronization":"NAME"}`)
		return workflows.RemovalPlan{Synchronization: one.Name, LegalEntities: one.LegalEntities}, err
	case workflows.RemovalInput{Initialization: in.Initialization}:
		return a.initializationScope(ctx, in.Initialization)
	case workflows.RemovalInput{Source: in.Source, LegalEntity: in.LegalEntity}:
		if in.Source != "" && in.LegalEntity != "" {
			return a.legalEntityScope(ctx, in.Source, in.LegalEntity)
		}
	case workflows.RemovalInput{Source: in.Source, Employee: in.Employee}:
		if in.Source != "" && in.Employee != "" {
			return a.employeeScope(ctx, in.Source, in.Employee)
		}
	}
	return workflows.RemovalPlan{},
		wrongInput(removalScopes+"; known synchronizations are %s", a.synchronizationNames(ctx))
}

func (a *Activities) legalEntityScope(ctx context.Context, source, id string) (workflows.RemovalPlan, error) {
	plan, err := a.reach(ctx, source, id)
	if err == nil && plan.Connection == "" {
		err = wrongInput("the source %q has no synchronization: add the legal entity %q to one, which may be "+
			"paused; its connection is the way to the calendars", source, id)
	}
	plan.LegalEntities = []string{id}
	return plan, err
}

func (a *Activities) employeeScope(ctx context.Context, source, id string) (workflows.RemovalPlan, error) {
	_, err := a.Settings.Source(ctx, source)
	if errors.Is(err, settings.ErrNotFound) {
		return workflows.RemovalPlan{}, wrongInput("there is no source %q", source)
	}
	return workflows.RemovalPlan{Source: source, Employee: id}, err
}

// initializationScope is the synchronization that an initialization was for, and the
// legal entities that it walked through.
func (a *Activities) initializationScope(ctx context.Context, id string) (workflows.RemovalPlan, error) {
	workflowID, _, ok := workflows.ParseInitializationID(id)
	if !ok || a.Initializations == nil {
		return workflows.RemovalPlan{}, wrongInput("%q is not the id of an initialization", id)
	}
	progress, known, err := a.Initializations.InitializationOf(ctx, workflowID)
	switch {
	case err != nil:
		return workflows.RemovalPlan{}, fmt.Errorf("ask the initialization: %w", err)
	case !known:
		return workflows.RemovalPlan{}, wrongInput("Temporal knows no initialization %q, or has forgotten it: "+
			"remove the events of its synchronization", id)
	}
	plan := workflows.RemovalPlan{Synchronization: progress.Synchronization, Initialization: workflowID}
	for _, one := range progress.LegalEntities {
		plan.LegalEntities = append(plan.LegalEntities, one.LegalEntity)
	}
	return plan, nil
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
	calendar, err := a.calendarAt(ctx, request.Place)
	if errors.Is(err, settings.ErrNotFound) {
		return workflows.RemoveResult{Trouble: trouble(ReasonUnknownConnection, calendars.ScopeConnection)}, nil
	}
	var result workflows.RemoveResult
	if err == nil {
		result.Events, err = a.removeEvents(ctx, calendar, request, &removed)
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
func (a *Activities) removeEvents(
	ctx context.Context, calendar calendars.Calendar, request workflows.RemoveRequest, removed *atomic.Int64,
) (events int, err error) {
	listed, err := calendar.List(ctx, request.Place.Mailbox, request.Source)
	if err != nil {
		return 0, fmt.Errorf("list events: %w", err)
	}
	listed = slices.DeleteFunc(listed, func(l calendars.Listed) bool { return l.Identity == calendars.IdentityCopy })
	if request.Initialization != "" {
		if listed, err = a.createdBy(ctx, request.Initialization, listed); err != nil {
			return 0, err
		}
	}
	if request.CountOnly {
		return a.countAnew(ctx, listed, request)
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

// countAnew counts the events that are not seen at one of the places that were counted
// before.
func (a *Activities) countAnew(
	ctx context.Context, listed []calendars.Listed, request workflows.RemoveRequest,
) (int, error) {
	for _, place := range request.Counted {
		calendar, err := a.calendarAt(ctx, place)
		if err != nil {
			return 0, fmt.Errorf("open the connection: %w", err)
		}
		before, err := calendar.List(ctx, place.Mailbox, request.Source)
		if err != nil && !mailboxMissing(err) {
			return 0, fmt.Errorf("list events: %w", err)
		}
		listed = slices.DeleteFunc(listed, seenIn(before, calendars.Provider(place.Provider)))
	}
	return len(listed), nil
}

// createdBy leaves the events of absences that the initialization created.
func (a *Activities) createdBy(
	ctx context.Context, initialization string, listed []calendars.Listed,
) ([]calendars.Listed, error) {
	var theirs []calendars.Key
	for _, key := range keysOf(listed) {
		by, err := a.Initializations.CreatedBy(ctx, key.Source, key.Absence)
		if err != nil {
			return nil, fmt.Errorf("ask an absence who created its events: %w", err)
		}
		if by == initialization {
			theirs = append(theirs, key)
		}
	}
	return slices.DeleteFunc(listed, func(l calendars.Listed) bool {
		return !slices.Contains(theirs, l.Marker.Key)
	}), nil
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
