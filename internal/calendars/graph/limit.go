package graph

import (
	"context"

	"golang.org/x/sync/semaphore"

	"github.com/figgosync/figgosync/internal/calendars/transport"
)

// perMailbox is Outlook's limit of requests open at once for one application
// and mailbox (learn.microsoft.com/graph/throttling-limits, "Outlook service
// limits").
const perMailbox = 4

// limiter bounds how many requests are open at once: per mailbox and in all.
type limiter struct {
	all       *semaphore.Weighted
	mailboxes *transport.Gate
}

func newLimiter(all int) *limiter {
	return &limiter{all: semaphore.NewWeighted(int64(all)), mailboxes: transport.NewGate(perMailbox)}
}

// acquire waits for a place and returns how to give it back, or ctx's error.
// The mailbox's place comes first: those who wait for a busy mailbox must not
// hold places others could use.
func (l *limiter) acquire(ctx context.Context, mailbox string) (release func(), err error) {
	leave, err := l.mailboxes.Enter(ctx, mailbox)
	if err != nil {
		return nil, err
	}
	if err := l.all.Acquire(ctx, 1); err != nil {
		leave()
		return nil, err
	}
	return func() {
		l.all.Release(1)
		leave()
	}, nil
}
