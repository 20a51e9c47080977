package admin

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

const (
	// talliesTTL is how long counts are good: people reload pages, and many may
	// look at one.
	talliesTTL = 3 * time.Second
	// countTime bounds how long Temporal is waited for, countsAtOnce how much is
	// asked of it at the same time.
	countTime    = 5 * time.Second
	countsAtOnce = 8
	// looked is how many troubled absences are looked at for their reasons.
	looked = 200
)

// tally is what absences of one synchronization are.
type tally struct {
	counts  map[workflows.Status]int
	reasons []ReasonCount
}

// tallies remembers the counts of all synchronizations for a moment.
type tallies struct {
	engine Engine
	now    func() time.Time

	// turn is held by the one who counts.
	turn  chan struct{}
	mu    sync.Mutex
	all   map[string]tally
	stuck int
	err   error
	at    time.Time
}

// read returns the tallies by synchronization. Trouble is remembered for as long
// as counts are: a page is not to wait for it each time.
func (t *tallies) read(ctx context.Context, views []SynchronizationView) (map[string]tally, error) {
	if all, ok, err := t.remembered(views); ok {
		return all, err
	}
	select {
	case t.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-t.turn }()
	if all, ok, err := t.remembered(views); ok {
		return all, err
	}
	all, err := t.count(ctx, views)
	stuck := 0
	if err == nil && len(views) > 0 { // without a synchronization there is nothing to be stuck
		stuck, err = t.engine.Stuck(ctx)
		err = engine(err)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err() // one who left says nothing of Temporal
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all, t.stuck, t.err, t.at = all, stuck, err, t.now()
	return all, err
}

// stuckNow is how many absences cannot go on, as of the last read.
func (t *tallies) stuckNow() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stuck
}

// remembered tells of counts that are fresh and know every synchronization.
func (t *tallies) remembered(views []SynchronizationView) (map[string]tally, bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.at.IsZero() || t.now().Sub(t.at) >= talliesTTL {
		return nil, false, nil
	}
	for _, view := range views {
		if _, ok := t.all[view.Name]; !ok && t.err == nil {
			return nil, false, nil
		}
	}
	return t.all, true, t.err
}

func (t *tallies) count(ctx context.Context, views []SynchronizationView) (map[string]tally, error) {
	ctx, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(countsAtOnce)
	var mu sync.Mutex
	all := map[string]tally{}
	for _, view := range views {
		all[view.Name] = tally{counts: map[workflows.Status]int{}}
	}
	for _, view := range views {
		for _, status := range statuses {
			group.Go(func() error {
				count, err := t.engine.Count(groupCtx, starter.AbsencesQuery{
					Source: view.Source, Synchronization: view.Name, Statuses: []workflows.Status{status},
					Running: true,
				})
				mu.Lock()
				defer mu.Unlock()
				if count > 0 {
					all[view.Name].counts[status] = count
				}
				return err
			})
		}
	}
	if err := group.Wait(); err != nil {
		return nil, engine(err)
	}
	return t.reasons(ctx, views, all)
}

// Reasons tells why absences that live are not in their calendars, the most frequent
// reason first. more is true where there may be further ones: reasons are those of the
// newest absences, each counted over all. Errors are ErrEngineDown.
func (s *Service) Reasons(ctx context.Context) (found []ReasonCount, more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	total, err := s.config.Engine.Count(ctx, starter.AbsencesQuery{Statuses: troubled, Running: true})
	if err != nil || total == 0 {
		return nil, false, engine(err)
	}
	found, err = s.tallies.reasonsOf(ctx, SynchronizationView{}, total)
	return found, total > looked, engine(err)
}

var troubled = []workflows.Status{
	workflows.StatusBlocked, workflows.StatusSkipped, workflows.StatusRetrying, workflows.StatusHeld,
}

// reasons adds why absences are not in their calendars. They are those of the
// newest troubled absences; each is counted over all.
func (t *tallies) reasons(ctx context.Context, views []SynchronizationView,
	all map[string]tally) (map[string]tally, error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(countsAtOnce)
	found := make([][]ReasonCount, len(views))
	for i, view := range views {
		total := 0
		for _, status := range troubled {
			total += all[view.Name].counts[status]
		}
		if total == 0 {
			continue
		}
		group.Go(func() (err error) {
			found[i], err = t.reasonsOf(ctx, view, total)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, engine(err)
	}
	for i, view := range views {
		all[view.Name] = tally{counts: all[view.Name].counts, reasons: found[i]}
	}
	return all, nil
}

func (t *tallies) reasonsOf(ctx context.Context, view SynchronizationView, total int) ([]ReasonCount, error) {
	query := starter.AbsencesQuery{Source: view.Source, Synchronization: view.Name, Statuses: troubled, Running: true,
		Limit: looked}
	found, _, err := t.engine.Absences(ctx, query)
	if err != nil {
		return nil, err
	}
	seen := map[ReasonCount]int{}
	for _, one := range found {
		if one.Reason != "" {
			seen[ReasonCount{Reason: one.Reason, Status: one.Status}]++
		}
	}
	var reasons []ReasonCount
	for one, count := range seen {
		if one.Count = count; total > looked {
			query.Statuses, query.Reason = []workflows.Status{one.Status}, one.Reason
			if one.Count, err = t.engine.Count(ctx, query); err != nil {
				return nil, err
			}
		}
		reasons = append(reasons, one)
	}
	slices.SortFunc(reasons, func(a, b ReasonCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Status, b.Status))
	})
	return reasons, nil
}
