package worker

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/figgosync/figgosync/internal/settings"
)

const (
	// refreshAfter is how old a directory becomes on average before it is read again:
	// half of what an entry is believed, so that one refresh may fail.
	refreshAfter = 12 * time.Hour
	// refreshAgain is when a refresh that failed is tried again.
	refreshAgain = time.Hour
	// lookAround is how often it is looked which directories are due.
	lookAround = time.Minute
)

// keepFresh reads each directory again about every 12 hours until ctx ends, slowly,
// and each at a time of its own: Lucca's limit is for all workers together.
func (d *directories) keepFresh(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	plan := map[string]*planned{}
	ticker := time.NewTicker(lookAround)
	defer ticker.Stop()
	for {
		for _, one := range d.due(plan, time.Now()) {
			running.Go(func() { d.refresh(ctx, one) })
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// planned is when a directory is read again.
type planned struct {
	source settings.Source

	mu   sync.Mutex
	at   time.Time
	busy bool
}

// around is a duration with a quarter of jitter to both sides.
func around(wait time.Duration) time.Duration {
	return wait*3/4 + rand.N(wait/2)
}

// due plans the directories that are new and returns those whose time has come. A
// directory whose source has other settings now is a new one, and empty.
func (d *directories) due(plan map[string]*planned, now time.Time) []*planned {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []*planned
	for name, one := range d.open {
		if known := plan[name]; known == nil || known.source != one.with {
			plan[name] = &planned{source: one.with, at: now.Add(around(refreshAfter))}
		}
		if plan[name].begin(now) {
			all = append(all, plan[name])
		}
	}
	for name := range plan {
		if _, open := d.open[name]; !open {
			delete(plan, name)
		}
	}
	return all
}

// begin tells whether the time has come and nobody is at it.
func (p *planned) begin(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy || now.Before(p.at) {
		return false
	}
	p.busy = true
	return true
}

func (p *planned) end(next time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy, p.at = false, next
}

// refresh reads one directory again. A source that is no more is closed.
func (d *directories) refresh(ctx context.Context, p *planned) {
	wait := refreshAfter
	one, err := d.get(ctx, p.source.Name)
	if errors.Is(err, settings.ErrNotFound) {
		d.mu.Lock()
		delete(d.open, p.source.Name)
		d.mu.Unlock()
		return
	}
	if err == nil {
		err = one.Refresh(ctx)
	}
	if err != nil && ctx.Err() == nil {
		wait = refreshAgain
		d.log.Warn("the employees of a source could not be read again; it is tried later", "source", p.source.Name,
			"error", err)
	}
	p.end(time.Now().Add(around(wait)))
}

// forget has employees who changed looked up anew.
func (d *directories) forget(source string, employees []string) {
	d.mu.Lock()
	one, ok := d.open[source]
	d.mu.Unlock()
	if ok {
		one.Forget(employees...)
	}
}
