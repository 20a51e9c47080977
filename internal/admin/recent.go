package admin

import (
	"context"
	"sync"
	"time"
)

const (
	// recentTTL is how long an answer of Temporal's about all that is watched is good.
	recentTTL = 15 * time.Second
	// recentTime bounds how long Temporal is waited for.
	recentTime = 5 * time.Second
)

// recent remembers an answer of Temporal's, or that there was none, for a moment: people
// reload pages, and many may look at one.
type recent[T any] struct {
	now func() time.Time

	mu  sync.Mutex
	at  time.Time
	all T
	err error
}

// read returns what is remembered, or asks. Errors of ask are ErrEngineDown.
func (r *recent[T]) read(ctx context.Context, ask func(context.Context) (T, error)) (T, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if !r.at.IsZero() && now.Sub(r.at) < recentTTL {
		return r.all, r.err
	}
	bounded, cancel := context.WithTimeout(ctx, recentTime)
	defer cancel()
	all, err := ask(bounded)
	if ctx.Err() != nil {
		var none T
		return none, ctx.Err() // one who left says nothing of Temporal
	}
	r.at, r.all, r.err = now, all, engine(err)
	return r.all, r.err
}
