package workflows

import "time"

// firstAtOnce is how many absences a run begins with at once, doubled with each
// report that no live change waits; after one did it grows by one each paceEvery.
const (
	firstAtOnce = 2
	paceEvery   = time.Second
)

// pace brings the window down to one absence while live changes wait for their turn,
// and slowly up again afterwards.
func (e *entity) pace(now time.Time, crowded bool) {
	s := e.state
	switch {
	case crowded:
		s.AtOnce, s.Careful, e.growAt = 1, true, now.Add(paceEvery)
	case !s.Careful:
		s.AtOnce = min(2*s.AtOnce, window)
	case !now.Before(e.growAt):
		s.AtOnce, e.growAt = min(s.AtOnce+1, window), now.Add(paceEvery)
	}
}
