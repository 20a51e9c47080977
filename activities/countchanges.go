package activities

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"go.temporal.io/sdk/activity"
	"golang.org/x/sync/errgroup"

	"github.com/figgosync/figgosync/workflows"
)

// CountChanges counts what an initialization would delete and change of the events there
// are: what Figgo lists is compared with what the absences' workflows know of their
// events, so that no calendar is asked. What no workflow remembers counts as new.
//
// Where a source has so few events that all of them may be changed nothing is read: that
// is so with every first initialization.
func (a *Activities) CountChanges(ctx context.Context, request workflows.CountRequest) (workflows.Counted, error) {
	walk := countBefore(ctx)
	var mu sync.Mutex
	defer beat(ctx, func() any {
		mu.Lock()
		defer mu.Unlock()
		return walk
	})()
	of, few, err := a.fewEvents(ctx, request)
	if err != nil || few {
		return workflows.Counted{Of: of}, err
	}
	for walk.Entity < len(request.LegalEntities) {
		next, trouble, err := a.countPage(ctx, request, walk)
		if err != nil || trouble != nil {
			return workflows.Counted{Trouble: trouble}, err
		}
		mu.Lock()
		walk = next
		mu.Unlock()
	}
	return walk.Before, nil
}

// counting is how far CountChanges is: Entity and Cursor are those of the next page,
// Before what the legal entities before it have, Now what its own pages have so far.
type counting struct {
	Entity   int
	Cursor   string
	Before   workflows.Counted
	Now      workflows.Counted
	Restarts int
}

// restartsAtMost is how often lists are begun again that change while they are read,
// before the activity fails and is tried again later.
const restartsAtMost = 3

func countBefore(ctx context.Context) (walk counting) {
	if activity.IsActivity(ctx) && activity.HasHeartbeatDetails(ctx) {
		_ = activity.GetHeartbeatDetails(ctx, &walk)
	}
	return walk
}

// fewEvents tells that all events that the source's absences remember may be changed, and
// how many they are.
func (a *Activities) fewEvents(ctx context.Context, request workflows.CountRequest) (of int, few bool, err error) {
	limits := request.Limits.OrDefault()
	most := min(limits.Deletions, limits.Changes)
	known, err := a.Absences.KnownAbsences(ctx, request.Source, most+1)
	if err != nil || len(known) > most {
		return 0, false, err
	}
	for _, id := range known {
		state, _, err := a.Absences.StateOf(ctx, request.Source, id)
		if err != nil {
			return 0, false, err
		}
		of += state.Standing()
	}
	return of, of <= most, nil
}

// countPage counts one page; of a list that changed meanwhile all pages are counted anew.
func (a *Activities) countPage(
	ctx context.Context, request workflows.CountRequest, walk counting,
) (counting, *workflows.Trouble, error) {
	page, err := a.listAbsences(ctx, workflows.ListRequest{
		Source: request.Source, LegalEntity: request.LegalEntities[walk.Entity], Since: request.Since,
		Cursor: walk.Cursor,
	})
	if err != nil || page.Trouble != nil {
		return walk, page.Trouble, err
	}
	if page.Stale {
		walk.Cursor, walk.Now, walk.Restarts = "", workflows.Counted{}, walk.Restarts+1
		if walk.Restarts > restartsAtMost {
			return walk, nil, errors.New("the list of absences keeps changing")
		}
		return walk, nil, nil
	}
	counted, err := a.countAll(ctx, request.Source, page.Absences)
	if err != nil {
		return walk, nil, fmt.Errorf("ask absences what they show: %w", err)
	}
	walk.Now.Add(counted)
	if walk.Cursor = page.Next; page.Next == "" {
		walk.Before.Add(walk.Now)
		walk.Entity, walk.Now = walk.Entity+1, workflows.Counted{}
	}
	return walk, nil, nil
}

func (a *Activities) countAll(
	ctx context.Context, source string, listed []workflows.Listed,
) (all workflows.Counted, err error) {
	var mu sync.Mutex
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(previewsAtOnce)
	for _, one := range listed {
		group.Go(func() error {
			state, known, err := a.Absences.StateOf(groupCtx, source, one.Absence)
			if err != nil || !known {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			all.Add(workflows.CountOf(state, one))
			return nil
		})
	}
	return all, group.Wait()
}
