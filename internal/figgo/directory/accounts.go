package directory

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/figgo"
)

// AccountsOptions are the options of Accounts; zero values are the defaults.
type AccountsOptions struct {
	// TTL is how long Lucca's list is believed, one hour by default.
	TTL time.Duration
	// NegativeTTL is how long after a list, or after a failure, it is not asked for
	// again because an account is unknown: 1 minute by default.
	NegativeTTL time.Duration
	// Now is time.Now when nil, Logger slog.Default().
	Now    func() time.Time
	Logger *slog.Logger
}

// Accounts remembers the absence types of one Source: those that Lucca lists, and what
// absences themselves told of theirs. Lucca's webhooks tell ids only. It is safe for
// concurrent use.
type Accounts struct {
	reader figgo.AccountReader
	opts   AccountsOptions
	flight singleflight.Group

	mu     sync.Mutex
	listed map[string]absence.Type
	// at is when listed was read, failedAt when reading it failed last.
	at, failedAt time.Time
	failure      error
	learned      map[string]absence.Type
}

// maxLearned bounds what absences may teach: their ids come from outside.
const maxLearned = 10_000

// NewAccounts returns an empty one over reader.
func NewAccounts(reader figgo.AccountReader, opts AccountsOptions) *Accounts {
	if opts.TTL <= 0 {
		opts.TTL = time.Hour
	}
	if opts.NegativeTTL <= 0 {
		opts.NegativeTTL = time.Minute
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	return &Accounts{reader: reader, opts: opts, learned: map[string]absence.Type{}}
}

// Known returns what is known of an account without a call. sure is false where Lucca
// must be asked for more: the list is old, or the account is not in it and may be new.
func (a *Accounts) Known(id string) (known absence.Type, sure bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.opts.Now()
	known = absence.Type{ID: id}.Or(a.listed[id]).Or(a.learned[id])
	_, inList := a.listed[id]
	switch {
	case now.Sub(a.failedAt) < a.opts.NegativeTTL, now.Sub(a.at) < a.opts.NegativeTTL:
		return known, true
	case now.Sub(a.at) < a.opts.TTL:
		return known, inList || known.Name != ""
	}
	return known, errors.Is(a.failure, errors.ErrUnsupported) && known.Name != ""
}

// Learn takes what absences tell of their types.
func (a *Accounts) Learn(types ...absence.Type) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, t := range types {
		_, known := a.learned[t.ID]
		if t.ID == "" || t.Name == "" && t.Category == "" || !known && len(a.learned) >= maxLearned {
			continue
		}
		a.learned[t.ID] = t.Or(a.learned[t.ID])
	}
}

// Lookup returns what is known of an account, and asks Lucca where that is not sure. An
// account that Lucca does not list has no name. While Lucca cannot answer, an older list
// does, and the failure is logged. The error is the reader's; one that is no Temporary
// *APIError, as of a key without the right, will not mend by itself.
func (a *Accounts) Lookup(ctx context.Context, id string) (absence.Type, error) {
	if known, sure := a.Known(id); sure {
		return known, a.why(known)
	}
	// One list serves all who wait, so it must outlive the one who began it.
	result := a.flight.DoChan("", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookupTimeout)
		defer cancel()
		a.read(ctx)
		return nil, nil
	})
	select {
	case <-result:
		known, _ := a.Known(id)
		return known, a.why(known)
	case <-ctx.Done():
		return absence.Type{}, ctx.Err()
	}
}

// why is the failure that explains why an account has no name.
func (a *Accounts) why(known absence.Type) error {
	if known.Name != "" {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.failure
}

// read asks Lucca for the list.
func (a *Accounts) read(ctx context.Context) {
	all, err := a.reader.Accounts(ctx)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.failure = err
	if err != nil {
		a.failedAt = a.opts.Now()
		if a.listed != nil {
			a.opts.Logger.Warn("Lucca cannot answer: an old list of leave accounts is used",
				"age", a.failedAt.Sub(a.at).String(), "error", err)
		}
		return
	}
	a.at, a.failedAt, a.listed = a.opts.Now(), time.Time{}, make(map[string]absence.Type, len(all))
	for _, account := range all {
		a.listed[account.ID] = account
	}
}

// All returns the accounts by name: Lucca's list, read where it is old, and what was
// learned. It is what was learned alone, with the error, where Lucca does not list them.
func (a *Accounts) All(ctx context.Context) ([]absence.Type, error) {
	_, err := a.Lookup(ctx, "")
	a.mu.Lock()
	defer a.mu.Unlock()
	known := maps.Clone(a.learned)
	for id, account := range a.listed {
		known[id] = account.Or(a.learned[id])
	}
	return slices.SortedFunc(maps.Values(known), figgo.CompareAccounts), err
}
