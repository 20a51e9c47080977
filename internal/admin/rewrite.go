package admin

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

const (
	// mostRewritten is how many absences one Rewrite asks, rewriteTime how long it
	// may take: about fifty a second.
	mostRewritten = 50_000
	rewriteTime   = 30 * time.Minute
)

// ErrMoreThanApproved is returned by Rewrite where more absences would be written again
// than somebody agreed to.
var ErrMoreThanApproved = errors.New("more absences would be written again than were approved")

func writtenBy(synchronization string) starter.AbsencesQuery {
	return starter.AbsencesQuery{
		Synchronization: synchronization, Statuses: []workflows.Status{workflows.StatusSynced}, Running: true,
		Limit: mostLimit,
	}
}

// Written counts the absences of a synchronization that are in calendars and
// live: those that a changed policy does not reach by itself. Errors are
// ErrEngineDown.
func (s *Service) Written(ctx context.Context, synchronization string) (int, error) {
	count, err := s.config.Engine.Count(ctx, writtenBy(synchronization))
	return count, engine(err)
}

// Rewrite writes the events of a synchronization's absences again, as its policy
// says now: at most mostRewritten, in the background. It answers how many it asks.
//
// A changed policy changes all of them, so that somebody always agrees to their number
// first: approved is what they were told, and nothing is written where it is more.
//
// Errors are settings.ErrNotFound, ErrMoreThanApproved, ErrRetrying while it is under
// way in this process, and ErrEngineDown.
func (s *Service) Rewrite(
	ctx context.Context, by settings.Author, synchronization string, approved int,
) (int, error) {
	if _, err := s.synchronizationRecord(ctx, synchronization); err != nil {
		return 0, err
	}
	running := AbsencesQuery{Synchronization: synchronization, Status: workflows.StatusSynced}
	if !s.retries.begin(running) {
		return 0, ErrRetrying
	}
	var all []starter.AbsenceLine
	for wanted := writtenBy(synchronization); ; {
		found, next, err := s.config.Engine.Absences(ctx, wanted)
		if err != nil {
			s.retries.end(running)
			return 0, engine(err)
		}
		all = append(all, found...)
		if wanted.Page = next; next == "" || len(all) >= mostRewritten {
			break
		}
	}
	if len(all) == 0 || len(all) > approved {
		s.retries.end(running)
		if len(all) > 0 {
			return 0, ErrMoreThanApproved
		}
		return 0, nil
	}
	s.note(ctx, by, settings.ActionResynced, settings.KindAbsence, "",
		settings.FieldChange{Field: "count", To: strconv.Itoa(len(all))},
		settings.FieldChange{Field: "synchronization", To: synchronization})
	go func() {
		defer s.retries.end(running)
		s.retryEach(context.WithoutCancel(ctx), all, workflows.Retry{Rewrite: true, Bulk: true}, rewriteTime)
	}()
	return len(all), nil
}
