// Package changes is a feed of the employees whom a Source has changed (figgo.Notice,
// StaleEmployee), from the process that gets the webhooks to every process that
// caches a directory of them. It holds ids only.
package changes

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/figgosync/figgosync/internal/database"
)

const (
	// pollEvery is how often Follow looks.
	pollEvery = 10 * time.Second
	// overlap is how far back of the newest change Follow looks again: who wrote
	// before may be seen after.
	overlap = time.Minute
	// keep is how long changes are kept: longer than a directory believes what it
	// has. sweepEvery is how often older changes go.
	keep       = 48 * time.Hour
	sweepEvery = time.Hour
	timeout    = 10 * time.Second
	// Delay is how long after Publish every process that follows knows, while the
	// database answers.
	Delay = pollEvery + timeout
	// maxText bounds a source's name and an employee's id, maxMemory the changes a
	// Feed without a database keeps.
	maxText   = 128
	maxMemory = 100_000
)

// ErrUnusable is returned for a change without a source or an employee, or with an
// id no Source has.
var ErrUnusable = errors.New("not a change of an employee")

// name is the employee who changed.
type name struct{ source, employee string }

// stamp tells one change from the next of the same employee. at is on
// the clock of the store, as database.Micros.
type stamp struct{ at, times int64 }

// store keeps the newest stamp of every name.
type store interface {
	publish(ctx context.Context, who name) error
	// since returns what is later than after.
	since(ctx context.Context, after int64) (map[name]stamp, error)
	// sweep removes what is older than keep.
	sweep(ctx context.Context) error
}

// Feed is where changes are published and followed. It is safe for concurrent use.
type Feed struct {
	store store
	log   *slog.Logger
}

// Open returns a Feed in a database whose tables are made, for all processes that
// use it. log may be nil.
func Open(db *database.DB, log *slog.Logger) *Feed { return newFeed(inDatabase{db}, log) }

// New returns a Feed for this process only.
func New(log *slog.Logger) *Feed { return newFeed(&inMemory{changes: map[name]stamp{}}, log) }

func newFeed(s store, log *slog.Logger) *Feed {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Feed{store: s, log: log}
}

// Publish notes that an employee changed in a Source. The error is ErrUnusable or
// the database's. Nothing is lost that Directory.Refresh would not bring: there is
// no need to refuse a webhook for it.
func (b *Feed) Publish(ctx context.Context, source, employee string) error {
	if source == "" || employee == "" || len(source) > maxText || len(employee) > maxText {
		return ErrUnusable
	}
	return b.store.publish(ctx, name{source, employee})
}

// Follow calls stale with the employees of one Source who changed, at
// once and then every ten seconds, until ctx ends. Some may come twice. At first it
// calls with all changes of the last two days.
func (b *Feed) Follow(ctx context.Context, stale func(source string, employees []string)) {
	poll, sweep := time.NewTicker(pollEvery), time.NewTicker(sweepEvery)
	defer poll.Stop()
	defer sweep.Stop()
	reader := &reader{store: b.store}
	for {
		if err := reader.poll(ctx, stale); err != nil && ctx.Err() == nil {
			b.log.Warn("changes of employees cannot be read now", "error", err)
		}
		select {
		case <-poll.C:
		case <-sweep.C:
			if err := b.sweep(ctx); err != nil && ctx.Err() == nil {
				b.log.Warn("old changes of employees cannot be removed now", "error", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

func (b *Feed) sweep(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return b.store.sweep(ctx)
}

// reader remembers what it has seen.
type reader struct {
	store store
	// newest is the latest at; known is what was later than newest less overlap.
	newest int64
	known  map[name]stamp
}

func (r *reader) poll(ctx context.Context, stale func(source string, employees []string)) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	found, err := r.store.since(ctx, max(0, r.newest-overlap.Microseconds()))
	if err != nil {
		return err
	}
	bySource := map[string][]string{}
	for who, when := range found {
		r.newest = max(r.newest, when.at)
		if known, ok := r.known[who]; !ok || known != when {
			bySource[who.source] = append(bySource[who.source], who.employee)
		}
	}
	r.known = found
	for source, employees := range bySource {
		stale(source, employees)
	}
	return nil
}
