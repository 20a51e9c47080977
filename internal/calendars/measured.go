package calendars

import (
	"context"
	"errors"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
)

// Call is one call of a Calendar that its calendar system was asked for.
type Call struct {
	// Method is the method's name in small letters: find, list, shown, create, update
	// or delete.
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
func Measured(cal Calendar, observe func(Call)) Calendar {
	m := &measured{inner: cal, observe: observe}
	if limited, ok := cal.(Limited); ok {
		return &limitedMeasured{measured: m, Limited: limited}
	}
	return m
}

type limitedMeasured struct {
	*measured
	Limited
}

type measured struct {
	inner   Calendar
	observe func(Call)
}

// began returns what is told of the end of a call.
func (m *measured) began(method string) (ended func(error)) {
	start := time.Now()
	return func(err error) { m.observe(Call{Method: method, Took: time.Since(start), Outcome: Outcome(err)}) }
}

// Find implements Calendar.
func (m *measured) Find(ctx context.Context, mailbox string, key Key) (_ []Placed, err error) {
	defer func(ended func(error)) { ended(err) }(m.began("find"))
	return m.inner.Find(ctx, mailbox, key)
}

// List implements Calendar.
func (m *measured) List(ctx context.Context, mailbox, source string) (_ []Listed, err error) {
	defer func(ended func(error)) { ended(err) }(m.began("list"))
	return m.inner.List(ctx, mailbox, source)
}

// Shown implements Calendar.
func (m *measured) Shown(ctx context.Context, mailbox string, event absence.Event) (_ Shown, err error) {
	defer func(ended func(error)) { ended(err) }(m.began("shown"))
	return m.inner.Shown(ctx, mailbox, event)
}

// Create implements Calendar.
func (m *measured) Create(ctx context.Context, mailbox string, marker Marker, event absence.Event,
	token string) (_ Placed, err error) {
	defer func(ended func(error)) { ended(err) }(m.began("create"))
	return m.inner.Create(ctx, mailbox, marker, event, token)
}

// Update implements Calendar.
func (m *measured) Update(ctx context.Context, mailbox string, placed Placed,
	event absence.Event) (_ Placed, err error) {
	defer func(ended func(error)) { ended(err) }(m.began("update"))
	return m.inner.Update(ctx, mailbox, placed, event)
}

// Delete implements Calendar.
func (m *measured) Delete(ctx context.Context, mailbox string, placed Placed) (err error) {
	defer func(ended func(error)) { ended(err) }(m.began("delete"))
	return m.inner.Delete(ctx, mailbox, placed)
}
