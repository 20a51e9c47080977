package activities

import (
	"context"
	"errors"
	"fmt"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// PlanWatch tells where the synthetic absence of a synchronization may go. Input that
// cannot work is an error as PlanInitialization's is.
func (a *Activities) PlanWatch(ctx context.Context, input workflows.WatchInput) (workflows.WatchPlan, error) {
	synchronization, err := a.namedSynchronization(ctx, input.Synchronization, `{"synchronization":"NAME"}`)
	if err != nil {
		return workflows.WatchPlan{}, err
	}
	if synchronization.Watch.Mailbox == "" {
		return workflows.WatchPlan{}, wrongInput("the synchronization %q names no mailbox to watch: its settings have none "+
			"in watch.mailbox", input.Synchronization)
	}
	var plan workflows.WatchPlan
	for _, name := range synchronization.Connections() {
		connection, err := a.Settings.Connection(ctx, name)
		if err != nil {
			return workflows.WatchPlan{}, fmt.Errorf("read the connection: %w", err)
		}
		plan.Places = append(plan.Places, workflows.Place{
			Connection: name, Provider: string(connection.Provider), Mailbox: synchronization.Watch.Mailbox,
		})
	}
	return plan, nil
}

// WatchCalendar writes a synthetic absence, reads it back and removes it, through the
// calendar that real ones are written with. What a person must mend is its answer.
func (a *Activities) WatchCalendar(ctx context.Context, request workflows.WatchRequest) (workflows.Watched, error) {
	calendar, err := a.calendarAt(ctx, request.Place)
	if errors.Is(err, settings.ErrNotFound) {
		return workflows.Watched{Trouble: trouble(ReasonUnknownConnection, calendars.ScopeConnection)}, nil
	}
	if err != nil {
		return watchFailed(fmt.Errorf("open the connection: %w", err))
	}
	defer beat(ctx)()
	read, err := calendars.Watch(ctx, calendar, request.Place.Mailbox, calendars.WatchKey(request.Synchronization))
	if err != nil {
		a.Log.Warn("synthetic absence failed", "synchronization", request.Synchronization,
			"connection", request.Place.Connection, "code", codeOf(err))
		return watchFailed(err)
	}
	return workflows.Watched{Delay: max(read.Sub(request.BegunAt), 0)}, nil
}

// CheckSource asks Figgo for the legal entities of a source, as a person's check does.
func (a *Activities) CheckSource(ctx context.Context, input workflows.DailyCheckInput) (workflows.Watched, error) {
	reader, err := a.Directories.Reader(ctx, input.Source)
	if errors.Is(err, settings.ErrNotFound) {
		return workflows.Watched{Trouble: trouble(ReasonUnknownSource, calendars.ScopeConnection)}, nil
	}
	if err != nil {
		return workflows.Watched{}, fmt.Errorf("open the source: %w", err)
	}
	defer beat(ctx)()
	if _, err := reader.LegalEntities(ctx); err != nil {
		a.Log.Warn("source checked: Figgo did not tell its legal entities", "source", input.Source, "error", err)
		return watchFailed(figgoError(err))
	}
	return workflows.Watched{}, nil
}

func watchFailed(err error) (workflows.Watched, error) {
	blocking, retry := translate(err)
	return workflows.Watched{Trouble: blocking}, retry
}
