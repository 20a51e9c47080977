package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

const (
	// schedulesEvery is how often schedules are compared with the settings.
	schedulesEvery = time.Minute
	// caughtUp is how late a night may be, where Temporal was down.
	caughtUp = 6 * time.Hour
)

// schedules keeps one Temporal Schedule for each active synchronization that is to be
// reconciled every night. Several processes may do it: each acts by what it finds.
type schedules struct {
	settings settings.Store
	client   client.ScheduleClient
	log      *slog.Logger
}

// run compares until ctx ends.
func (s *schedules) run(ctx context.Context) {
	ticker := time.NewTicker(schedulesEvery)
	defer ticker.Stop()
	for {
		if err := s.look(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("cannot keep the schedules of reconciliations", "error", err)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// look makes, replaces and removes schedules so that they are as the settings say.
// Their note tells from what they were made.
func (s *schedules) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, schedulesEvery)
	defer cancel()
	all, err := s.settings.Synchronizations(ctx)
	if err != nil {
		return fmt.Errorf("read the synchronizations: %w", err)
	}
	wanted := map[string]client.ScheduleOptions{}
	for _, one := range all {
		if !one.Paused && !one.Reconciliation.Off {
			options, err := nightly(one)
			if err != nil {
				return err
			}
			wanted[options.ID] = options
		}
	}
	listed, err := s.client.List(ctx, client.ScheduleListOptions{PageSize: 500})
	if err != nil {
		return fmt.Errorf("list schedules: %w", err)
	}
	for listed.HasNext() {
		there, err := listed.Next()
		if err != nil {
			return fmt.Errorf("list schedules: %w", err)
		}
		options, keep := wanted[there.ID]
		switch {
		case !strings.HasPrefix(there.ID, workflows.ReconciliationSchedules):
		case keep && there.Note == options.Note:
			delete(wanted, there.ID)
		default: // a wanted one is made anew below
			if err := s.remove(ctx, there.ID); err != nil {
				return err
			}
		}
	}
	for _, options := range wanted {
		if _, err := s.client.Create(ctx, options); err != nil && !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
			return fmt.Errorf("make the schedule %s: %w", options.ID, err)
		}
		s.log.Info("calendars will be compared every night", "schedule", options.ID, "when", options.Note)
	}
	return nil
}

func (s *schedules) remove(ctx context.Context, id string) error {
	err := s.client.GetHandle(ctx, id).Delete(ctx)
	if _, gone := errors.AsType[*serviceerror.NotFound](err); err != nil && !gone {
		return fmt.Errorf("remove the schedule %s: %w", id, err)
	}
	return nil
}

// nightly is the schedule of a synchronization. Within its window each night begins
// at another moment; one that still waits for somebody ends when the next begins. The
// input, which names a synchronization only, is not encrypted: that would bind it to the
// action's workflow id, to which the server adds each night's time.
func nightly(one settings.Synchronization) (client.ScheduleOptions, error) {
	from, length := one.Reconciliation.Begins()
	input := workflows.ReconciliationInput{Synchronization: one.Name, Repair: !one.Reconciliation.ReportOnly}
	plain, err := converter.GetDefaultDataConverter().ToPayload(input)
	if err != nil {
		return client.ScheduleOptions{}, fmt.Errorf("encode the input of a night: %w", err)
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
