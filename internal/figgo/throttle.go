package figgo

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Lucca allows 50 requests in 60 seconds, for all integrations of an account
// together (https://developers.luccasoftware.com/documentation/limits). A full
// burst and a minute of steady calls make at most 40 of ours.
const (
	burstCalls     = 10
	callsPerMinute = 30
	// DefaultCallsPerMinute is what NewThrottle allows in any minute.
	DefaultCallsPerMinute = burstCalls + callsPerMinute
)

// Throttle keeps the calls to one Lucca account under its limit, and silent
// after Lucca asked for it. Bulk reading takes its turns one by one, so that a
// call somebody waits for is never behind more than one of them. It is safe for
// concurrent use; clients of one account may share one.
type Throttle struct {
	limiter *rate.Limiter
	now     func() time.Time
	// bulk holds the one bulk call that waits for its turn.
	bulk chan struct{}

	mu    sync.Mutex
	until time.Time
}

// NewThrottle returns a throttle that has made no call yet. now is time.Now when
// nil.
func NewThrottle(now func() time.Time) *Throttle { return NewThrottleOf(DefaultCallsPerMinute, now) }

// NewThrottleOf is NewThrottle for another number of calls in any minute, a
// quarter of which may be made at once: where several processes share Lucca's
// limit, or Lucca granted more. At least 2 are allowed.
func NewThrottleOf(perMinute int, now func() time.Time) *Throttle {
	if now == nil {
		now = time.Now
	}
	perMinute = max(perMinute, 2)
	burst := max(perMinute/4, 1)
	limiter := rate.NewLimiter(rate.Every(time.Minute/time.Duration(perMinute-burst)), burst)
	return &Throttle{limiter: limiter, now: now, bulk: make(chan struct{}, 1)}
}

// Left is how many calls may be made at once now; below 0 some wait for their turn. It
// is 0 while Lucca asked for silence.
func (t *Throttle) Left() float64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	left := t.limiter.TokensAt(now)
	if t.until.After(now) {
		return min(left, 0)
	}
	return left
}

// hold keeps calls from being made before wait has passed.
func (t *Throttle) hold(wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.until = later(t.until, t.now().Add(wait))
}

// held is an error while Lucca's wish lasts.
func (t *Throttle) held(resource string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if wait := t.until.Sub(t.now()); wait > 0 {
		return throttled(resource, wait)
	}
	return nil
}

func throttled(resource string, wait time.Duration) error {
	return &APIError{Resource: resource, Status: http.StatusTooManyRequests, Code: CodeThrottled, RetryAfter: wait}
}

// waitBulk is wait for bulk reading.
func (t *Throttle) waitBulk(ctx context.Context, resource string) error {
	select {
	case t.bulk <- struct{}{}:
		defer func() { <-t.bulk }()
		return t.wait(ctx, resource)
	case <-ctx.Done():
		return throttled(resource, time.Minute/callsPerMinute)
	}
}

// wait returns when a call may be made. When that is after ctx's deadline, or
// Lucca asked for silence, it returns a temporary error that says when at once.
func (t *Throttle) wait(ctx context.Context, resource string) error {
	if err := t.held(resource); err != nil {
		return err
	}
	now := t.now()
	turn := t.limiter.ReserveN(now, 1)
	delay := turn.DelayFrom(now)
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < delay {
		turn.CancelAt(now)
		return throttled(resource, delay)
	}
	if delay == 0 {
		return nil
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return t.held(resource)
	case <-ctx.Done():
		turn.CancelAt(t.now())
		return networkError(resource, ctx.Err())
	}
}
