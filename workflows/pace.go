package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// firstRoom is the room a run begins with, doubled with each word that nobody waits;
// after somebody did it grows by one each paceEvery.
const (
	firstRoom = 2
	paceEvery = time.Second
)

// pace brings the room down to one absence while live changes wait for their turn,
// and slowly up again afterwards.
func (e *entity) pace(now time.Time, crowded bool) {
	s := e.state
	switch {
	case crowded:
		s.Room, s.Careful, e.paceAt = 1, true, now.Add(paceEvery)
	case !s.Careful:
		s.Room = min(2*s.Room, window)
	case !now.Before(e.paceAt):
		s.Room, e.paceAt = min(s.Room+1, window), now.Add(paceEvery)
	}
}

// holdBack is how release 0 learns the pace: it asks. It tells whether there is no
// room any more.
func (e *entity) holdBack(ctx workflow.Context) bool {
	s := e.state
	if e.state.Release >= 1 || workflow.Now(ctx).Before(e.paceAt) {
		return false
	}
	e.paceAt = workflow.Now(ctx).Add(paceEvery)
	var pace Pace
	if err := workflow.ExecuteLocalActivity(withRouting(ctx), PaceActivity).Get(ctx, &pace); err != nil {
		return ctx.Err() != nil
	}
	if pace.Crowded {
		s.Room = 1
	} else {
		s.Room = min(s.Room+1, window)
	}
	return len(s.Open) >= s.Room
}
