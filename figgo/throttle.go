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
)

// throttle keeps one client under Lucca's limit, and silent after Lucca asked
// for it.
type throttle struct {
	limiter *rate.Limiter
	now     func() time.Time

	mu    sync.Mutex
	until time.Time
}

func newThrottle(now func() time.Time) *throttle {
	return &throttle{limiter: rate.NewLimiter(rate.Every(time.Minute/callsPerMinute), burstCalls), now: now}
}

// hold keeps calls from being made before wait has passed.
func (t *throttle) hold(wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.until = later(t.until, t.now().Add(wait))
}

// held is an error while Lucca's wish lasts.
func (t *throttle) held(resource string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if wait := t.until.Sub(t.now()); wait > 0 {
		return &APIError{Resource: resource, Status: http.StatusTooManyRequests, Code: CodeThrottled, RetryAfter: wait}
	}
	return nil
}

// wait returns when a call may be made. When that is after ctx's deadline, or
// Lucca asked for silence, it returns a temporary error that says when at once.
func (t *throttle) wait(ctx context.Context, resource string) error {
	if err := t.held(resource); err != nil {
		return err
	}
	now := t.now()
	turn := t.limiter.ReserveN(now, 1)
	delay := turn.DelayFrom(now)
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < delay {
		turn.CancelAt(now)
		return &APIError{Resource: resource, Status: http.StatusTooManyRequests, Code: CodeThrottled, RetryAfter: delay}
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
