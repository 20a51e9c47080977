// Package news carries what a Source says of its employees (figgo.Notice,
// StaleEmployee) from the process that gets the webhooks to every process that
// keeps a directory of them. It holds ids only.
package news

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/figgosync/figgosync/internal/database"
)

const (
	// lookEvery is how often Follow looks.
	lookEvery = 30 * time.Second
	// overlap is how far back of the newest news Follow looks again: who wrote
	// before may be seen after.
	overlap = time.Minute
	// keep is how long news is kept: longer than a directory believes what it
	// has. sweepEvery is how often older news goes.
	keep       = 48 * time.Hour
	sweepEvery = time.Hour
	timeout    = 10 * time.Second
	// maxText bounds a source's name and an employee's id, maxMemory the news a
	// Board without a database keeps.
	maxText   = 128
	maxMemory = 100_000
)

// ErrUnusable is returned for news without a source or an employee, or with an
// id no Source has.
var ErrUnusable = errors.New("not news of an employee")

// name is whom news is about.
type name struct{ source, employee string }

// stamp tells one piece of news from the next about the same employee. at is on
// the clock of the store, as database.Micros.
type stamp struct{ at, times int64 }

// store keeps the newest stamp of every name.
type store interface {
	tell(ctx context.Context, who name) error
	// since returns what is later than after.
	since(ctx context.Context, after int64) (map[name]stamp, error)
	// sweep removes what is older than keep.
	sweep(ctx context.Context) error
}

// Board is where news is told and read. It is safe for concurrent use.
type Board struct {
	store store
	log   *slog.Logger
}

// Open returns a Board in a database whose tables are made, for all processes that
// use it. log may be nil.
func Open(db *database.DB, log *slog.Logger) *Board { return newBoard(inDatabase{db}, log) }

// New returns a Board for this process only.
func New(log *slog.Logger) *Board { return newBoard(&inMemory{news: map[name]stamp{}}, log) }

func newBoard(s store, log *slog.Logger) *Board {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Board{store: s, log: log}
}

// Tell notes that a Source has news of an employee. The error is ErrUnusable or
// the database's. Nothing is lost that Directory.Refresh would not bring: there is
// no need to refuse a webhook for it.
func (b *Board) Tell(ctx context.Context, source, employee string) error {
	if source == "" || employee == "" || len(source) > maxText || len(employee) > maxText {
		return ErrUnusable
	}
	return b.store.tell(ctx, name{source, employee})
}

// Follow calls stale with the employees of one Source of whom there is news, at
// once and then twice a minute, until ctx ends. Some may come twice. At first it
// calls with all news of the last two days.
func (b *Board) Follow(ctx context.Context, stale func(source string, employees []string)) {
	look, sweep := time.NewTicker(lookEvery), time.NewTicker(sweepEvery)
	defer look.Stop()
	defer sweep.Stop()
	reader := &reader{store: b.store}
	for {
		if err := reader.look(ctx, stale); err != nil && ctx.Err() == nil {
			b.log.Warn("news of employees cannot be read now", "error", err)
		}
		select {
		case <-look.C:
		case <-sweep.C:
			if err := b.sweep(ctx); err != nil && ctx.Err() == nil {
				b.log.Warn("old news of employees cannot be removed now", "error", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

func (b *Board) sweep(ctx context.Context) error {
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

func (r *reader) look(ctx context.Context, stale func(source string, employees []string)) error {
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
