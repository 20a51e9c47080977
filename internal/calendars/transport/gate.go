package transport

import (
	"context"
	"strings"
	"sync"

	"golang.org/x/sync/semaphore"
)

// Gate bounds how many requests are open at once about one mailbox. It remembers
// only mailboxes that have a request open or waiting. Make one with NewGate.
type Gate struct {
	width int64

	mu    sync.Mutex
	boxes map[string]*box
}

type box struct {
	open  *semaphore.Weighted
	users int // requests open or waiting; guarded by Gate.mu
}

// NewGate lets width requests about each mailbox through at once.
func NewGate(width int) *Gate { return &Gate{width: int64(max(width, 1)), boxes: map[string]*box{}} }

// Enter waits for a place and returns what gives it back, to be called once, or
// ctx's error. Addresses that differ by case only are one mailbox.
func (g *Gate) Enter(ctx context.Context, mailbox string) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	name := strings.ToLower(mailbox)
	one := g.join(name)
	if err := one.open.Acquire(ctx, 1); err != nil {
		g.leave(name, one)
		return nil, err
	}
	return func() {
		one.open.Release(1)
		g.leave(name, one)
	}, nil
}

func (g *Gate) join(name string) *box {
	g.mu.Lock()
	defer g.mu.Unlock()
	one := g.boxes[name]
	if one == nil {
		one = &box{open: semaphore.NewWeighted(g.width)}
		g.boxes[name] = one
	}
	one.users++
	return one
}

func (g *Gate) leave(name string, one *box) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if one.users--; one.users == 0 {
		delete(g.boxes, name)
	}
}

// Size is how many mailboxes have a request open or waiting.
func (g *Gate) Size() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.boxes)
}
