package calendars

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/figgosync/figgosync/internal/absence"
)

// GuardOptions are the options of Guard; zero values are the defaults.
type GuardOptions struct {
	// FirstWait is how long a blocked connection is left alone before one call
	// tries it again, 30 s by default. Each try that is blocked as well doubles
	// the wait, up to MaxWait, 10 min by default.
	FirstWait time.Duration
	MaxWait   time.Duration
	// MaxConcurrent bounds the calls let through at once; 0 bounds nothing. Set
	// it to the requests at once of the adapter behind: a call that already
	// queues in there is out of the guard's reach when the connection turns out
	// to be blocked, one that queues here is not.
	MaxConcurrent int
	// Now is the clock, time.Now when nil.
	Now func() time.Time
}

func (o GuardOptions) withDefaults() GuardOptions {
	if o.FirstWait <= 0 {
		o.FirstWait = 30 * time.Second
	}
	if o.MaxWait <= 0 {
		o.MaxWait = 10 * time.Minute
	}
	o.MaxWait = max(o.MaxWait, o.FirstWait)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Guard keeps a connection that is blocked as a whole from being tried by every
// absence behind it. Once a call was answered with Blocked of ScopeConnection,
// further calls get that same error at once and the provider hears nothing, but
// for one call at a time after each wait. Any other answer to such a call, a
// Temporary error too, ends it. Temporary errors and those of a mailbox never
// begin it.
//
// The reason: each call with a wrong password costs a service account two failed
// logins (NTLM tries on a fresh connection again), and a directory locks the
// account after a handful, for all who use it. For the same reason the very
// first call goes alone: the others wait for its answer.
//
// It is a Calendar with all the promises of one. Its state is its own: open a new
// one when the credentials change.
func Guard(cal Calendar, opts GuardOptions) Calendar {
	g := &guard{inner: cal, opts: opts.withDefaults()}
	if opts.MaxConcurrent > 0 {
		g.places = semaphore.NewWeighted(int64(opts.MaxConcurrent))
	}
	return g
}

type guard struct {
	inner  Calendar
	opts   GuardOptions
	places *semaphore.Weighted // nil: no bound

	mu sync.Mutex
	// open says that the connection answered and calls may pass.
	open bool
	// blocked is what blocks it, nil before the first answer; wait is the
	// current wait and until its end.
	blocked *Blocked
	wait    time.Duration
	until   time.Time
	// trying is closed when the one call that tries the connection ends, nil
	// when none does.
	trying chan struct{}
}

// Find implements Calendar.
func (g *guard) Find(ctx context.Context, mailbox string, key Key) ([]Placed, error) {
	return guarded(ctx, g, func() ([]Placed, error) { return g.inner.Find(ctx, mailbox, key) })
}

// Create implements Calendar.
func (g *guard) Create(ctx context.Context, mailbox string, marker Marker, event absence.Event, token string) (Placed, error) {
	return guarded(ctx, g, func() (Placed, error) { return g.inner.Create(ctx, mailbox, marker, event, token) })
}

// Update implements Calendar.
func (g *guard) Update(ctx context.Context, mailbox string, placed Placed, event absence.Event) (Placed, error) {
	return guarded(ctx, g, func() (Placed, error) { return g.inner.Update(ctx, mailbox, placed, event) })
}

// Delete implements Calendar.
func (g *guard) Delete(ctx context.Context, mailbox string, placed Placed) error {
	_, err := guarded(ctx, g, func() (struct{}, error) { return struct{}{}, g.inner.Delete(ctx, mailbox, placed) })
	return err
}

// guarded makes one call when it may be made.
func guarded[T any](ctx context.Context, g *guard, call func() (T, error)) (result T, err error) {
	leave, err := g.enter(ctx)
	if err != nil {
		return result, err
	}
	defer leave()
	try, err := g.admit(ctx)
	if err != nil {
		return result, err
	}
	finished := false
	// A call that panics proves nothing, but must not keep its turn.
	defer func() { g.learn(try, err, finished && (err == nil || ctx.Err() == nil)) }()
	result, err = call()
	finished = true
	return result, err
}

// enter takes a place. Nobody waits for one while the connection is blocked.
func (g *guard) enter(ctx context.Context) (leave func(), err error) {
	if g.places == nil {
		return func() {}, nil
	}
	if err := g.refusal(); err != nil {
		return nil, err
	}
	if err := g.places.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	return func() { g.places.Release(1) }, nil
}

func (g *guard) refusal() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.refused()
}

// refused is the error to answer now, nil when there is none; g.mu is held.
func (g *guard) refused() error {
	if g.blocked != nil && (g.trying != nil || g.opts.Now().Before(g.until)) {
		return g.blocked
	}
	return nil
}

// admit lets a call pass; try says that it is the one that tries the connection.
// Before the first answer the others wait for it, as there is nothing yet to
// answer them with.
func (g *guard) admit(ctx context.Context) (try bool, err error) {
	for {
		try, wait, err := g.turn()
		if wait == nil {
			return try, err
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// turn decides about one call: it passes, is refused, or waits for a channel.
func (g *guard) turn() (try bool, wait <-chan struct{}, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch refused := g.refused(); {
	case g.open:
		return false, nil, nil
	case refused != nil:
		return false, nil, refused
	case g.trying != nil:
		return false, g.trying, nil
	}
	g.trying = make(chan struct{})
	return true, nil, nil
}

// learn takes the outcome of a call in. answered is false when the caller gave
// up, which proves nothing.
func (g *guard) learn(try bool, err error, answered bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch blocked := connectionBlocked(err); {
	case blocked != nil && (try || g.open):
		g.block(blocked)
	case blocked != nil:
		// It passed before the connection was found blocked and says nothing new.
	case try && answered:
		g.open, g.blocked, g.wait = true, nil, 0
	case try:
		// It may have cost a login all the same.
		g.until = g.opts.Now().Add(g.opts.FirstWait)
	}
	if try {
		close(g.trying)
		g.trying = nil
	}
}

func (g *guard) block(blocked *Blocked) {
	g.wait = min(2*g.wait, g.opts.MaxWait)
	if g.blocked == nil {
		g.wait = g.opts.FirstWait
	}
	g.open, g.blocked, g.until = false, blocked, g.opts.Now().Add(g.wait)
}

// connectionBlocked returns the Blocked of ScopeConnection inside err, nil when
// there is none.
func connectionBlocked(err error) *Blocked {
	if blocked, ok := errors.AsType[*Blocked](err); ok && blocked.Scope == ScopeConnection {
		return blocked
	}
	return nil
}
