package worker

import (
	"context"
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

const (
	// caughtUp is how late a night or a daily check may be, where Temporal was down;
	// watchCaughtUp is that of a synthetic absence: a late one measures nothing.
	caughtUp      = 6 * time.Hour
	watchCaughtUp = 10 * time.Minute
	// checkHour is when daily checks begin, before people come, and checkWithin how far
	// they are spread.
	checkHour   = 5
	checkWithin = 2 * time.Hour
)

// wanted are the schedules that there should be, by id.
func (s *schedules) wanted(ctx context.Context) (map[string]client.ScheduleOptions, error) {
	synchronizations, err := s.settings.Synchronizations(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the synchronizations: %w", err)
	}
	var all []client.ScheduleOptions
	for _, one := range synchronizations {
		some, err := ofSynchronization(one)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	checks, err := s.checks(ctx, zoneOf(synchronizations))
	if err != nil {
		return nil, err
	}
	wanted := map[string]client.ScheduleOptions{}
	for _, options := range append(all, checks...) {
		wanted[options.ID] = options
	}
	return wanted, nil
}

// ofSynchronization are those of one: none while it is paused.
func ofSynchronization(one settings.Synchronization) (all []client.ScheduleOptions, err error) {
	if !one.Paused && !one.Reconciliation.Off {
		options, err := nightly(one)
		if err != nil {
			return nil, err
		}
		all = append(all, options)
	}
	if !one.Paused && one.Watch.Mailbox != "" {
		options, err := watching(one)
		if err != nil {
			return nil, err
		}
		all = append(all, options)
	}
	return all, nil
}

// zoneOf is the time zone of the first synchronization, UTC without one.
func zoneOf(all []settings.Synchronization) string {
	if len(all) == 0 {
		return "UTC"
	}
	return all[0].Zone
}

// plainInput is an input that is not encrypted: that would bind it to the action's
// workflow id, to which the server adds each time. It may name settings only.
func plainInput(input any) (*commonpb.Payload, error) {
	plain, err := converter.GetDefaultDataConverter().ToPayload(input)
	if err != nil {
		return nil, fmt.Errorf("encode the input of a schedule: %w", err)
	}
	return plain, nil
}

// nightly is the schedule of a synchronization. Within its window each night begins
// at another moment; one that still waits for somebody ends when the next begins.
func nightly(one settings.Synchronization) (client.ScheduleOptions, error) {
	from, length := one.Reconciliation.Begins()
	input := workflows.ReconciliationInput{Synchronization: one.Name, Repair: !one.Reconciliation.ReportOnly}
	plain, err := plainInput(input)
	if err != nil {
		return client.ScheduleOptions{}, err
	}
	note := fmt.Sprintf("%s within %s %s, source %s", from, length, one.Zone, one.Source)
	if input.Repair {
		note += ", repairs"
	}
	return client.ScheduleOptions{
		ID: workflows.ReconciliationSchedules + one.Name,
		Spec: client.ScheduleSpec{
			Calendars: []client.ScheduleCalendarSpec{{
				Hour:   []client.ScheduleRange{{Start: int(from) / 60}},
				Minute: []client.ScheduleRange{{Start: int(from) % 60}},
			}},
			Jitter: length, TimeZoneName: one.Zone,
		},
		Action: &client.ScheduleWorkflowAction{
			ID:       workflows.ReconciliationID(one.Source, "nightly-"+one.Name),
			Workflow: workflows.ReconciliationType, Args: []any{plain}, TaskQueue: workflows.TaskQueue,
			TypedSearchAttributes: temporal.NewSearchAttributes(
				workflows.AttributeSource.ValueSet(one.Source), workflows.AttributeSynchronization.ValueSet(one.Name)),
			StaticSummary: "Calendars compared with Figgo, every night",
		},
		Overlap: enums.SCHEDULE_OVERLAP_POLICY_CANCEL_OTHER, CatchupWindow: caughtUp, Note: note,
	}, nil
}

// watching is the schedule of a synchronization's synthetic absence, the first of which
// is written at once.
func watching(one settings.Synchronization) (client.ScheduleOptions, error) {
	plain, err := plainInput(workflows.WatchInput{Synchronization: one.Name})
	if err != nil {
		return client.ScheduleOptions{}, err
	}
	every := one.Watch.Interval()
	return client.ScheduleOptions{
		ID: workflows.WatchSchedules + one.Name,
		Spec: client.ScheduleSpec{
			Intervals: []client.ScheduleIntervalSpec{{Every: every}}, Jitter: every / 6,
		},
		Action: &client.ScheduleWorkflowAction{
			ID:       workflows.WatchID(workflows.WatchedSynchronization, one.Name),
			Workflow: workflows.WatchType, Args: []any{plain}, TaskQueue: workflows.TaskQueue,
			TypedSearchAttributes: temporal.NewSearchAttributes(
				workflows.AttributeSource.ValueSet(one.Source), workflows.AttributeSynchronization.ValueSet(one.Name)),
			StaticSummary: "A synthetic absence, written, read and removed",
		},
		Overlap: enums.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: watchCaughtUp, TriggerImmediately: true,
		Note: fmt.Sprintf("every %s, source %s", every, one.Source),
	}, nil
}

// checks are the daily checks of all connections and sources.
func (s *schedules) checks(ctx context.Context, zone string) (all []client.ScheduleOptions, err error) {
	connections, err := s.settings.Connections(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the connections: %w", err)
	}
	for _, one := range connections {
		input := workflows.DailyCheckInput{Connection: one.Name, Provider: string(one.Provider)}
		options, err := checking(workflows.WatchedConnection, one.Name, zone, input)
		if err != nil {
			return nil, err
		}
		all = append(all, options)
	}
	sources, err := s.settings.Sources(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the sources: %w", err)
	}
	for _, one := range sources {
		input := workflows.DailyCheckInput{Source: one.Name}
		options, err := checking(workflows.WatchedSource, one.Name, zone, input)
		if err != nil {
			return nil, err
		}
		all = append(all, options)
	}
	return all, nil
}

// checking is the schedule of a daily check.
func checking(kind, name, zone string, input workflows.DailyCheckInput) (client.ScheduleOptions, error) {
	plain, err := plainInput(input)
	if err != nil {
		return client.ScheduleOptions{}, err
	}
	return client.ScheduleOptions{
		ID: workflows.CheckSchedules + kind + "-" + name,
		Spec: client.ScheduleSpec{
			Calendars: []client.ScheduleCalendarSpec{{Hour: []client.ScheduleRange{{Start: checkHour}}}},
			Jitter:    checkWithin, TimeZoneName: zone,
		},
		Action: &client.ScheduleWorkflowAction{
			ID:       workflows.WatchID(kind, name),
			Workflow: workflows.DailyCheckType, Args: []any{plain}, TaskQueue: workflows.TaskQueue,
			StaticSummary: "A daily check that writes nothing",
		},
		Overlap: enums.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: caughtUp,
		Note: fmt.Sprintf("daily at %d:00 within %s %s %s", checkHour, checkWithin, zone, input.Provider),
	}, nil
}
