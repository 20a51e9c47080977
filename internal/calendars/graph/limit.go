package graph

import (
	"context"
	"strings"
	"sync"

	"golang.org/x/sync/semaphore"
)

// perMailbox is Outlook's limit of requests open at once for one application
// and mailbox (learn.microsoft.com/graph/throttling-limits, "Outlook service
// limits").
const perMailbox = 4

// limiter bounds how many requests are open at once: per mailbox and in all.
// It remembers only the mailboxes that have a request open or waiting.
type limiter struct {
	all *semaphore.Weighted

	mu    sync.Mutex
	boxes map[string]*boxLimit
}

type boxLimit struct {
	open  *semaphore.Weighted
	users int // requests open or waiting; guarded by limiter.mu
}

func newLimiter(all int) *limiter {
	return &limiter{all: semaphore.NewWeighted(int64(all)), boxes: map[string]*boxLimit{}}
}

// acquire waits for a place and returns how to give it back, or ctx's error.
// The mailbox's place comes first: those who wait for a busy mailbox must not
// hold places others could use.
func (l *limiter) acquire(ctx context.Context, mailbox string) (release func(), err error) {
	name := strings.ToLower(mailbox)
	box := l.enter(name)
	if err := box.open.Acquire(ctx, 1); err != nil {
		l.leave(name, box)
		return nil, err
	}
	if err := l.all.Acquire(ctx, 1); err != nil {
		box.open.Release(1)
		l.leave(name, box)
		return nil, err
	}
	return func() {
		l.all.Release(1)
		box.open.Release(1)
		l.leave(name, box)
	}, nil
}

func (l *limiter) enter(name string) *boxLimit {
	l.mu.Lock()
	defer l.mu.Unlock()
	box := l.boxes[name]
	if box == nil {
		box = &boxLimit{open: semaphore.NewWeighted(perMailbox)}
		l.boxes[name] = box
	}
	box.users++
	return box
}

func (l *limiter) leave(name string, box *boxLimit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if box.users--; box.users == 0 {
		delete(l.boxes, name)
	}
}
