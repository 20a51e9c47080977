package delays

import (
	"context"
	"log/slog"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/figgosync/figgosync/internal/database"
)

const (
	// flushEvery is how old a number is at most before others see it.
	flushEvery = 5 * time.Second
	// flushTimeout bounds the writing of one batch, of at most batchSize numbers,
	// and the whole of the last flush.
	flushTimeout = 10 * time.Second
	batchSize    = 1000
	// keep is how long an hour is kept, sweepEvery how often older ones go.
	keep       = 32 * 24 * time.Hour
	sweepEvery = time.Hour
	// maxPending bounds what waits while the database is away: a day of 20
	// synchronizations that have changes of 20 classes each hour.
	maxPending = 10_000
	// maxName bounds a synchronization's name, as settings do.
	maxName = 100
)

// key names one number.
type key struct {
	synchronization string
	hour            int64 // its start, as database.Micros
	upper           int64 // the class
}

// number is how many changes there were, and when the last one was.
type number struct{ changes, last int64 }

func (n number) plus(other number) number {
	return number{n.changes + other.changes, max(n.last, other.last)}
}

type numbers map[key]number

// Book remembers delays. Several processes may write to the same database: their
// numbers add up. It is safe for concurrent use.
type Book struct {
	db  *database.DB // nil: this process only, and while it lives
	log *slog.Logger
	now func() time.Time

	mu      sync.Mutex
	pending numbers
	lost    int
}

// Open returns a Book in a database whose tables are made. Run writes to it.
func Open(db *database.DB, log *slog.Logger) *Book {
	b := New(log)
	b.db = db
	return b
}

// New returns a Book without a database: it knows what this process observed. log
// may be nil.
func New(log *slog.Logger) *Book {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Book{log: log, now: time.Now, pending: numbers{}}
}

// Observe counts a change that reached its calendar now, took after Figgo told of
// it. It never waits for the database and never fails: where too much waits to be
// written, the number is dropped.
func (b *Book) Observe(synchronization string, took time.Duration) {
	now := b.now()
	k := key{synchronization, hourOf(now), classOf(took)}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.add(k, number{1, database.Micros(now)})
}

func hourOf(t time.Time) int64 { return database.Micros(t.UTC().Truncate(time.Hour)) }

// add counts one number, with mu held.
func (b *Book) add(k key, n number) {
	_, known := b.pending[k]
	full := !known && len(b.pending) >= maxPending
	if full && b.db == nil {
		b.forgetOldestHour() // nothing waits: these are kept
		full = false
	}
	if full || len(k.synchronization) > maxName {
		b.lost += int(n.changes)
		return
	}
	b.pending[k] = b.pending[k].plus(n)
}

// forgetOldestHour makes room, with mu held.
func (b *Book) forgetOldestHour() {
	oldest := int64(math.MaxInt64)
	for k := range b.pending {
		oldest = min(oldest, k.hour)
	}
	maps.DeleteFunc(b.pending, func(k key, _ number) bool { return k.hour == oldest })
}

// Run writes what is observed every few seconds, and the rest when ctx ends, and
// removes what is older than 32 days. Run it once for each Book that observes.
func (b *Book) Run(ctx context.Context) {
	flush, sweep := time.NewTicker(flushEvery), time.NewTicker(sweepEvery)
	defer flush.Stop()
	defer sweep.Stop()
	b.sweep(ctx)
	for {
		select {
		case <-flush.C:
			b.flush(ctx)
		case <-sweep.C:
			b.sweep(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
			defer cancel()
			b.flush(last)
			return
		}
	}
}

// flush writes what waits. What cannot be written waits on. Where the database
// wrote it and could not say so any more, it is counted twice: these are
// statistics.
func (b *Book) flush(ctx context.Context) {
	if b.db == nil {
		return
	}
	all, lost := b.take()
	if lost > 0 {
		b.log.Warn("delays of changes were not counted: too many wait to be written", "changes", lost)
	}
	// Always in the same order: two processes that lock rows crosswise would wait
	// for each other.
	keys := slices.SortedFunc(maps.Keys(all), compare)
	for len(keys) > 0 {
		batch := keys[:min(batchSize, len(keys))]
		if err := b.write(ctx, all, batch); err != nil {
			b.log.Warn("delays of changes cannot be written now", "error", err)
			b.giveBack(all, keys)
			return
		}
		keys = keys[len(batch):]
	}
}

func (b *Book) write(ctx context.Context, all numbers, batch []key) error {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	return write(ctx, b.db, all, batch)
}

func (b *Book) take() (all numbers, lost int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	all, b.pending = b.pending, numbers{}
	lost, b.lost = b.lost, 0
	return all, lost
}

func (b *Book) giveBack(all numbers, keys []key) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, k := range keys {
		b.add(k, all[k])
	}
}

// sweep removes what is too old.
func (b *Book) sweep(ctx context.Context) {
	before := hourOf(b.now().Add(-keep))
	if b.db == nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		maps.DeleteFunc(b.pending, func(k key, _ number) bool { return k.hour < before })
		return
	}
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	if err := remove(ctx, b.db, before); err != nil && ctx.Err() == nil {
		b.log.Warn("old delays cannot be removed now", "error", err)
	}
}
