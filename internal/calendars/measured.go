package calendars

import (
	"context"
	"errors"
	"time"
)

// Call is one call of a Calendar that its calendar system was asked for.
type Call struct {
	// Method is the method's name in small letters: find, list, shown, create, update,
	// delete, auto-reply-read or auto-reply-write.
	Method string
	// Took is from the request to the answer, the wait for a place of the adapter's own
	// included.
	Took time.Duration
	// Outcome is what Outcome says of the answer.
	Outcome string
}

// Outcome is the meaning of an error of a Calendar in one word: ok, throttled (the
// system asked to wait), temporary, blocked, gone, invalid, or ended (the caller did
// not wait for the answer).
func Outcome(err error) string {
	if err == nil {
		return "ok"
	}
	if temporary, ok := errors.AsType[*Temporary](err); ok {
		if temporary.RetryAfter > 0 {
			return "throttled"
		}
		return "temporary"
	}
	if _, ok := errors.AsType[*Blocked](err); ok {
		return "blocked"
	}
	if _, ok := errors.AsType[*Gone](err); ok {
		return "gone"
	}
	if _, ok := errors.AsType[*Invalid](err); ok {
		return "invalid"
	}
	return "ended"
}

// Measured tells observe of each call that cal makes. It belongs right around an
// adapter: calls that a circuit breaker or HonorRetryAfter refuses reach nobody. It is
// a Calendar with all the promises of one, and Limited where cal is.
func Measured(cal Calendar, observe func(context.Context, Call)) Calendar {
	do := func(ctx context.Context, method, _ string, ask func() error) error {
		start := time.Now()
		err := ask()
		observe(ctx, Call{Method: method, Took: time.Since(start), Outcome: Outcome(err)})
		return err
	}
	return around{cal, do}.limitedAs()
}
