package calendars

import (
	"context"
	"slices"
	"sync"
)

type bulkKey struct{}

// WithBulk marks the calls made with the context as bulk work, such as a
// back-fill, which gives way to live changes in a Breaker.
func WithBulk(ctx context.Context) context.Context { return context.WithValue(ctx, bulkKey{}, true) }

func isBulk(ctx context.Context) bool { return ctx.Value(bulkKey{}) != nil }

// places bound the calls made at once. Bulk calls have at most half of them, and
// wait until no live call does.
type places struct {
	total, forBulk int

	mu         sync.Mutex
	used, bulk int // places taken, and by bulk calls among them
	waiting    [2][]chan struct{}
}

// The two lines in which calls wait, in the order in which they are served.
const (
	liveLine = iota
	bulkLine
)

// newPlaces returns nil, which bounds nothing, for a total below 1.
func newPlaces(total int) *places {
	if total < 1 {
		return nil
	}
	return &places{total: total, forBulk: max(total/2, 1)}
}

// take waits for a place and returns what gives it back.
func (p *places) take(ctx context.Context, bulk bool) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	line := liveLine
	if bulk {
		line = bulkLine
	}
	leave = func() { p.leave(line) }
	turn := p.queue(line)
	if turn == nil {
		return leave, nil
	}
	select {
	case <-turn:
		return leave, nil
	case <-ctx.Done():
		if !p.giveUp(line, turn) {
			leave() // the place came at the same moment
		}
		return nil, ctx.Err()
	}
}

// queue takes a free place, or returns the channel that tells of one.
func (p *places) queue(line int) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	turn := make(chan struct{})
	p.waiting[line] = append(p.waiting[line], turn)
	p.serve()
	if slices.Contains(p.waiting[line], turn) {
		return turn
	}
	return nil
}

// serve gives free places to those who wait; p.mu is held.
func (p *places) serve() {
	for p.used < p.total {
		line := liveLine
		if len(p.waiting[liveLine]) == 0 {
			line = bulkLine
		}
		if len(p.waiting[line]) == 0 || line == bulkLine && p.bulk >= p.forBulk {
			return
		}
		p.used++
		p.bulk += line
		close(p.waiting[line][0])
		p.waiting[line] = p.waiting[line][1:]
	}
}

func (p *places) leave(line int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.used--
	p.bulk -= line
	p.serve()
}

// giveUp leaves the line; it is false when the place was given already.
func (p *places) giveUp(line int, turn <-chan struct{}) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.waiting[line], func(c chan struct{}) bool { return c == turn })
	if i < 0 {
		return false
	}
	p.waiting[line] = slices.Delete(p.waiting[line], i, i+1)
	return true
}
