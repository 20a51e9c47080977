package calendars

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
)

// Patience makes every caller respect what a provider told one of them. Once a
// call was answered with a Temporary error that names a RetryAfter, further calls
// about the same mailbox (or through the whole connection, as its Scope says) get
// a Temporary error with what is left of that time, and the provider hears
// nothing. Requests sent while throttled count against the sender
// (learn.microsoft.com/graph/throttling).
//
// It is a Calendar with all the promises of one. now is the clock, time.Now when
// nil.
func Patience(cal Calendar, now func() time.Time) Calendar {
	if now == nil {
		now = time.Now
	}
	return &patient{inner: cal, now: now, until: map[string]time.Time{}}
}

type patient struct {
	inner Calendar
	now   func() time.Time

	mu sync.Mutex
	// until is when a mailbox may be asked again; the key "" is the connection.
	until map[string]time.Time
}

// wait returns an error while the mailbox or the connection is to be left alone.
func (p *patient) wait(mailbox string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	for key, scope := range map[string]Scope{"": ScopeConnection, strings.ToLower(mailbox): ScopeMailbox} {
		left := p.until[key].Sub(now)
		if left > 0 {
			return &Temporary{RetryAfter: left, Scope: scope, Code: "waiting", Err: errors.New("the provider asked to wait")}
		}
		delete(p.until, key)
	}
	return nil
}

// note remembers a provider's wish. It returns err as it is.
func (p *patient) note(mailbox string, err error) error {
	temporary := (*Temporary)(nil)
	if !errors.As(err, &temporary) || temporary.RetryAfter <= 0 {
		return err
	}
	key := strings.ToLower(mailbox)
	if temporary.Scope == ScopeConnection {
		key = ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forgetPast()
	if until := p.now().Add(temporary.RetryAfter); until.After(p.until[key]) {
		p.until[key] = until
	}
	return err
}

// forgetPast keeps the map from growing with everybody who was ever throttled.
func (p *patient) forgetPast() {
	const many = 1000
	if len(p.until) < many {
		return
	}
	now := p.now()
	for key, until := range p.until {
		if !until.After(now) {
			delete(p.until, key)
		}
	}
}

// Find implements Calendar.
func (p *patient) Find(ctx context.Context, mailbox string, key Key) ([]Placed, error) {
	if err := p.wait(mailbox); err != nil {
		return nil, fmt.Errorf("not asked: %w", err)
	}
	found, err := p.inner.Find(ctx, mailbox, key)
	return found, p.note(mailbox, err)
}

// Create implements Calendar.
func (p *patient) Create(ctx context.Context, mailbox string, marker Marker, event absence.Event, token string) (Placed, error) {
	if err := p.wait(mailbox); err != nil {
		return Placed{}, fmt.Errorf("not asked: %w", err)
	}
	placed, err := p.inner.Create(ctx, mailbox, marker, event, token)
	return placed, p.note(mailbox, err)
}

// Update implements Calendar.
func (p *patient) Update(ctx context.Context, mailbox string, placed Placed, event absence.Event) (Placed, error) {
	if err := p.wait(mailbox); err != nil {
		return Placed{}, fmt.Errorf("not asked: %w", err)
	}
	placed, err := p.inner.Update(ctx, mailbox, placed, event)
	return placed, p.note(mailbox, err)
}

// Delete implements Calendar.
func (p *patient) Delete(ctx context.Context, mailbox string, placed Placed) error {
	if err := p.wait(mailbox); err != nil {
		return fmt.Errorf("not asked: %w", err)
	}
	return p.note(mailbox, p.inner.Delete(ctx, mailbox, placed))
}
