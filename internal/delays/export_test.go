package delays

import (
	"context"
	"time"
)

// MaxPending is how many numbers may wait.
const MaxPending = maxPending

// SetNow replaces the clock.
func (b *Book) SetNow(now func() time.Time) { b.now = now }

// Flush writes now, and Sweep removes now.
func (b *Book) Flush(ctx context.Context) { b.flush(ctx) }

// Sweep removes what is old.
func (b *Book) Sweep(ctx context.Context) { b.sweep(ctx) }

// Pending is how many numbers wait.
func (b *Book) Pending() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.pending)
}

// Classes are the upper bounds in milliseconds.
func Classes() []int64 { return classes }

// ClassOf is the upper bound of a delay's class in milliseconds.
func ClassOf(took time.Duration) int64 { return classOf(took) }
