package admin

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/starter"
)

const (
	// daysTimeout is how long a page waits for the days of its absences.
	daysTimeout = 2 * time.Second
	// daysAtOnce bounds the queries to workflows at the same time: they are answered
	// by the workers that write to calendars.
	daysAtOnce = 8
	// daysTTL is how long they are believed: they change with the absence only.
	daysTTL = time.Minute
)

// toldDays are an absence's half-days as it told them at a moment.
type toldDays struct {
	halves []absence.HalfDay
	at     time.Time
}

// daysOf asks the workflows of absences for their half-days, by workflow id: the
// index holds no days, which are encrypted in Temporal. Those that do not answer
// within the time are left out.
func (s *Service) daysOf(ctx context.Context, lines []starter.AbsenceLine,
	within time.Duration) map[string][]absence.HalfDay {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var (
		mu    sync.Mutex
		group errgroup.Group
		all   = map[string][]absence.HalfDay{}
	)
	group.SetLimit(daysAtOnce)
	for _, line := range lines {
		group.Go(func() error {
			halves, ok := s.daysOfOne(ctx, line)
			mu.Lock()
			defer mu.Unlock()
			if ok {
				all[line.WorkflowID] = halves
			}
			return nil
		})
	}
	_ = group.Wait() // what cannot be asked is left out
	return all
}

func (s *Service) daysOfOne(ctx context.Context, line starter.AbsenceLine) ([]absence.HalfDay, bool) {
	run := line.WorkflowID + "/" + line.RunID
	if known, ok := s.days.Get(run); ok && s.config.Now().Sub(known.at) < daysTTL {
		return known.halves, true
	}
	if ctx.Err() != nil {
		return nil, false
	}
	one, err := s.config.Engine.Absence(ctx, line.Source, line.Absence)
	if err != nil {
		return nil, false
	}
	s.days.Add(run, toldDays{one.Content.HalfDays, s.config.Now()})
	return one.Content.HalfDays, true
}
