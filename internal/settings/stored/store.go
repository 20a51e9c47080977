package stored

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/settings"
)

// Options are what may be chosen about a Store.
type Options struct {
	// AllowInsecureEndpoints lets addresses be http.
	AllowInsecureEndpoints bool
	// Log is slog.Default when nil.
	Log *slog.Logger
	// Now is the clock, time.Now when nil.
	Now func() time.Time
}

// lookEvery is how long reads trust the snapshot before the database is asked
// whether another process changed something; lookWithin bounds that question.
const (
	lookEvery  = time.Second
	lookWithin = time.Second
)

// Store keeps the settings in a database. Reads are answered from memory: own
// changes show at once, those of other processes after a second at most. While
// the database does not answer, reads give what was read last.
type Store struct {
	db    *database.DB
	seal  *Seal
	rules settings.Rules
	log   *slog.Logger
	now   func() time.Time

	current atomic.Pointer[snapshot]
	// looking is held by the one who asks the database; looked is when that was,
	// in Unix nanoseconds.
	looking sync.Mutex
	looked  atomic.Int64
}

var _ settings.BatchEditor = (*Store)(nil)

// Open reads the settings of a migrated database. Where secrets do not open with
// the seal the error is an ErrKeyset, wrapped, that names the records.
func Open(ctx context.Context, db *database.DB, seal *Seal, options Options) (*Store, error) {
	s := &Store{
		db: db, seal: seal, log: options.Log, now: options.Now,
		rules: settings.Rules{AllowInsecureEndpoints: options.AllowInsecureEndpoints},
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	primary, _ := seal.keys()
	if _, err := db.ExecContext(ctx, "UPDATE settings_state SET key_id = $1 WHERE id = 1 AND key_id = 0",
		primary); err != nil {
		return nil, fmt.Errorf("open the settings: %w", err)
	}
	all, err := read(ctx, db, seal)
	if err != nil {
		return nil, err
	}
	if err := s.knowsKey(ctx, all.keyID); err != nil {
		return nil, err
	}
	s.install(all)
	return s, nil
}

// knowsKey sees that the seal has the key that secrets were last sealed with.
// Without it, what is sealed here others might not open.
func (s *Store) knowsKey(ctx context.Context, id int64) error {
	if _, all := s.seal.keys(); slices.Contains(all, id) {
		return nil
	}
	if _, err := s.seal.reload(ctx); err != nil {
		return err
	}
	if _, all := s.seal.keys(); !slices.Contains(all, id) {
		return fmt.Errorf("%w%s", ErrKeyset, lost(ctx, s.db))
	}
	return nil
}

// install makes the snapshot of an own change the one that reads are answered
// from, unless that of a later change is.
func (s *Store) install(all *snapshot) {
	for {
		old := s.current.Load()
		if old != nil && old.revision > all.revision {
			return
		}
		if s.current.CompareAndSwap(old, all) {
			s.looked.Store(s.now().UnixNano())
			return
		}
	}
}

// snapshot returns the settings, as they were a second ago at the oldest where
// the database answers.
func (s *Store) snapshot(ctx context.Context) *snapshot {
	due := func() bool { return s.now().UnixNano()-s.looked.Load() >= int64(lookEvery) }
	if due() && s.looking.TryLock() {
		defer s.looking.Unlock()
		if due() {
			// The answer is for all readers, not only for this one.
			look, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookWithin)
			defer cancel()
			if err := s.refresh(look); err != nil {
				s.log.Warn("the settings could not be read again; those read last stay in use", "error", err)
			}
			s.looked.Store(s.now().UnixNano())
		}
	}
	return s.current.Load()
}

// refresh reads the settings again if another process changed them.
func (s *Store) refresh(ctx context.Context) error {
	old := s.current.Load()
	var revision int64
	if err := s.db.QueryRowContext(ctx, "SELECT revision FROM settings_state WHERE id = 1").Scan(&revision); err != nil {
		return fmt.Errorf("read the settings: %w", err)
	}
	if revision == old.revision {
		return nil
	}
	all, err := read(ctx, s.db, s.seal)
	if err != nil {
		return err
	}
	// It may be an older one: that of a restored backup. But not older than an own
	// change that was made while this was read.
	s.current.CompareAndSwap(old, all)
	return nil
}

// fresh returns the settings as they are now.
func (s *Store) fresh(ctx context.Context) (*snapshot, error) {
	if err := s.refresh(ctx); err != nil {
		return nil, err
	}
	return s.current.Load(), nil
}

// Source returns the source with the name.
func (s *Store) Source(ctx context.Context, name string) (settings.Source, error) {
	r, err := find(s.snapshot(ctx).sources, settings.KindSource, name)
	return r.Value, err
}

// Sources returns all sources by name.
func (s *Store) Sources(ctx context.Context) ([]settings.Source, error) {
	return values(s.snapshot(ctx).sources, same), nil
}

// Connection returns the connection with the name.
func (s *Store) Connection(ctx context.Context, name string) (settings.Connection, error) {
	r, err := find(s.snapshot(ctx).connections, settings.KindConnection, name)
	return r.Value.Clone(), err
}

// Connections returns all connections by name.
func (s *Store) Connections(ctx context.Context) ([]settings.Connection, error) {
	return values(s.snapshot(ctx).connections, settings.Connection.Clone), nil
}

// Synchronization returns the synchronization with the name.
func (s *Store) Synchronization(ctx context.Context, name string) (settings.Synchronization, error) {
	r, err := find(s.snapshot(ctx).synchronizations, settings.KindSynchronization, name)
	return r.Value.Clone(), err
}

// Synchronizations returns all synchronizations by name.
func (s *Store) Synchronizations(ctx context.Context) ([]settings.Synchronization, error) {
	return values(s.snapshot(ctx).synchronizations, settings.Synchronization.Clone), nil
}

// SynchronizationFor returns the active synchronization that the legal entity of
// the source is in, else the first paused one by name.
func (s *Store) SynchronizationFor(ctx context.Context, source, id string) (settings.Synchronization, error) {
	all := s.snapshot(ctx)
	name, ok := all.byLegalEntity[legalEntity{source, id}]
	if !ok {
		return settings.Synchronization{}, fmt.Errorf("synchronization of legal entity %q of source %q: %w", id, source,
			settings.ErrNotFound)
	}
	return all.synchronizations[name].Value.Clone(), nil
}

// Timings returns the waiting times.
func (s *Store) Timings(ctx context.Context) (settings.Timings, error) {
	return s.snapshot(ctx).timings, nil
}

// Recipients returns who is told of troubles, by name.
func (s *Store) Recipients(ctx context.Context) ([]settings.Recipient, error) {
	return values(s.snapshot(ctx).recipients, settings.Recipient.Clone), nil
}

// SourceRecord returns a source as it is now, for somebody who will change it.
func (s *Store) SourceRecord(ctx context.Context, name string) (settings.Record[settings.Source], error) {
	all, err := s.fresh(ctx)
	if err != nil {
		return settings.Record[settings.Source]{}, err
	}
	return find(all.sources, settings.KindSource, name)
}

// ConnectionRecord returns a connection as it is now.
func (s *Store) ConnectionRecord(ctx context.Context, name string) (settings.Record[settings.Connection], error) {
	all, err := s.fresh(ctx)
	if err != nil {
		return settings.Record[settings.Connection]{}, err
	}
	r, err := find(all.connections, settings.KindConnection, name)
	r.Value = r.Value.Clone()
	return r, err
}

// SynchronizationRecord returns a synchronization as it is now.
func (s *Store) SynchronizationRecord(ctx context.Context,
	name string) (settings.Record[settings.Synchronization], error) {
	all, err := s.fresh(ctx)
	if err != nil {
		return settings.Record[settings.Synchronization]{}, err
	}
	r, err := find(all.synchronizations, settings.KindSynchronization, name)
	r.Value = r.Value.Clone()
	return r, err
}

// Contents returns all settings as they are now.
func (s *Store) Contents(ctx context.Context) (settings.Contents, error) {
	all, err := s.fresh(ctx)
	if err != nil {
		return settings.Contents{}, err
	}
	return settings.Contents{
		Revision: all.revision, Timings: all.timings, Sources: records(all.sources, same),
		Connections:      records(all.connections, settings.Connection.Clone),
		Recipients:       records(all.recipients, settings.Recipient.Clone),
		Synchronizations: records(all.synchronizations, settings.Synchronization.Clone),
	}, nil
}

func find[T any](all map[string]settings.Record[T], kind settings.Kind, name string) (settings.Record[T], error) {
	r, ok := all[name]
	if !ok {
		return r, fmt.Errorf("%s %q: %w", kind, name, settings.ErrNotFound)
	}
	return r, nil
}

func same[T any](v T) T { return v }

func records[T any](all map[string]settings.Record[T], clone func(T) T) []settings.Record[T] {
	list := make([]settings.Record[T], 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		r := all[name]
		r.Value = clone(r.Value)
		list = append(list, r)
	}
	return list
}

func values[T any](all map[string]settings.Record[T], clone func(T) T) []T {
	list := make([]T, 0, len(all))
	for _, r := range records(all, clone) {
		list = append(list, r.Value)
	}
	return list
}
