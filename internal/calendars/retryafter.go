package calendars

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// HonorRetryAfter makes every caller respect what a provider told one of them.
// Once a call was answered with a Temporary error that names a RetryAfter, further
// calls about the same mailbox (or through the whole connection, as its Scope
// says) get a Temporary error with what is left of that time, and the provider
// hears nothing. Requests sent while throttled count against the sender
// (learn.microsoft.com/graph/throttling).
//
// What a provider told of automatic replies holds those back only: in Google they are
// another service's. They wait for the calendar, too.
//
// It is a Calendar with all the promises of one, an AutoReplier and Limited where cal
// is. now is the clock, time.Now when nil.
func HonorRetryAfter(cal Calendar, now func() time.Time) Calendar {
	if now == nil {
		now = time.Now
	}
	calendar, replies := newRetryAfter(now), newRetryAfter(now)
	do := func(_ context.Context, method, mailbox string, ask func() error) error {
		if !isOfAutoReplies(method) {
			return calendar.do(mailbox, ask)
		}
		if err := calendar.wait(mailbox); err != nil {
			return fmt.Errorf("not asked: %w", err)
		}
		return replies.do(mailbox, ask)
	}
	return around{cal, do}.limitedAs()
}

func newRetryAfter(now func() time.Time) *retryAfter {
	return &retryAfter{now: now, until: map[string]time.Time{}}
}

type retryAfter struct {
	now func() time.Time

	mu sync.Mutex
	// until is when a mailbox may be asked again; the key "" is the connection.
	until map[string]time.Time
}

// codeWaiting is the Code of a call that was not made.
const codeWaiting = "waiting"

// isHeldBack tells that the provider was not asked.
func isHeldBack(err error) bool {
	temporary, ok := errors.AsType[*Temporary](err)
	return ok && temporary.Code == codeWaiting
}

// wait returns an error while the mailbox or the connection is to be left alone.
func (r *retryAfter) wait(mailbox string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	for key, scope := range map[string]Scope{"": ScopeConnection, strings.ToLower(mailbox): ScopeMailbox} {
		left := r.until[key].Sub(now)
		if left > 0 {
			return &Temporary{RetryAfter: left, Scope: scope, Code: codeWaiting,
				Err: errors.New("the provider asked to wait")}
		}
		delete(r.until, key)
	}
	return nil
}

// note remembers a provider's wish. It returns err as it is.
func (r *retryAfter) note(mailbox string, err error) error {
	temporary := (*Temporary)(nil)
	if !errors.As(err, &temporary) || temporary.RetryAfter <= 0 {
		return err
	}
	key := strings.ToLower(mailbox)
	if temporary.Scope == ScopeConnection {
		key = ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forgetPast()
	if until := r.now().Add(temporary.RetryAfter); until.After(r.until[key]) {
		r.until[key] = until
	}
	return err
}

// forgetPast keeps the map from growing with everybody who was ever throttled.
func (r *retryAfter) forgetPast() {
	const many = 1000
	if len(r.until) < many {
		return
	}
	now := r.now()
	for key, until := range r.until {
		if !until.After(now) {
			delete(r.until, key)
		}
	}
}

// do makes a call unless the mailbox or the connection is to be left alone.
func (r *retryAfter) do(mailbox string, ask func() error) error {
	if err := r.wait(mailbox); err != nil {
		return fmt.Errorf("not asked: %w", err)
	}
	return r.note(mailbox, ask())
}
