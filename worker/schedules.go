package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// schedulesEvery is how often schedules are compared with the settings.
const schedulesEvery = time.Minute

// schedules keeps the Temporal Schedules as the settings say: nightly reconciliations and
// synthetic absences of active synchronizations, and daily checks of connections and
// sources. Several processes may do it: each acts by what it finds.
type schedules struct {
	settings settings.Store
	client   client.ScheduleClient
	log      *slog.Logger
}

// ours begin the ids of the schedules that are kept here; others are somebody else's.
var ours = []string{workflows.ReconciliationSchedules, workflows.WatchSchedules, workflows.CheckSchedules}

func isOurs(id string) bool {
	return slices.ContainsFunc(ours, func(prefix string) bool { return strings.HasPrefix(id, prefix) })
}

// run compares until ctx ends.
func (s *schedules) run(ctx context.Context) {
	ticker := time.NewTicker(schedulesEvery)
	defer ticker.Stop()
	for {
		if err := s.look(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("cannot keep the schedules", "error", err)
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
	wanted, err := s.wanted(ctx)
	if err != nil {
		return err
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
		case !isOurs(there.ID):
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
		s.log.Info("a schedule was made", "schedule", options.ID, "when", options.Note)
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
