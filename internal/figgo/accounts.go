package figgo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/figgosync/figgosync/internal/absence"
)

// AccountReader reads the absence types of a Source, which Lucca calls leave accounts.
// Client and LegacyClient are.
type AccountReader interface {
	// Accounts returns all of them by name. Errors are *APIError; errors.ErrUnsupported
	// where Lucca documents no way to read them.
	Accounts(ctx context.Context) ([]absence.Type, error)
}

var (
	_ AccountReader = (*Client)(nil)
	_ AccountReader = (*LegacyClient)(nil)
)

// Accounts implements AccountReader with GET /lucca-api/leave-accounts, the address that
// references to leave accounts have
// (https://developers.lucca.fr/api-reference/latest/leaves/leave). They have no category
// there. The key needs leaves.readonly; it takes one call for a hundred of them.
func (c *Client) Accounts(ctx context.Context) ([]absence.Type, error) {
	list := v5List{
		tokens: c.leaveTokens, kind: lists, resource: "leave-accounts", limit: v5Limit,
		query: url.Values{"include": {"links,totalCount"}},
	}
	var all []absence.Type
	cursor := ""
	for range maxPages {
		page, err := c.page(ctx, list, cursor)
		if err != nil {
			return nil, err
		}
		for _, item := range page.items {
			item.required().mustBeObject()
			account := item.members("id", "name")
			all = append(all, absence.Type{ID: account.at("id").requiredID(), Name: account.at("name").name()})
		}
		if *page.answer.of.problem != nil {
			return nil, unreadable(list.resource, *page.answer.of.problem)
		}
		if cursor = page.next; cursor == "" {
			slices.SortFunc(all, accountsByName)
			return all, nil
		}
	}
	return nil, truncated(list.resource, "it has no end")
}

// Accounts is errors.ErrUnsupported: no page of Lucca's tells how to read accounts by
// the legacy API. Its lists and posts tell the name with each absence.
func (c *LegacyClient) Accounts(context.Context) ([]absence.Type, error) {
	return nil, fmt.Errorf("list the leave accounts by the legacy API: %w", errors.ErrUnsupported)
}

// accountsByName orders absence types as people look for them.
func accountsByName(a, b absence.Type) int {
	if order := strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)); order != 0 {
		return order
	}
	return compareIDs(a.ID, b.ID)
}

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
	reader AccountReader
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
func NewAccounts(reader AccountReader, opts AccountsOptions) *Accounts {
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
	return slices.SortedFunc(maps.Values(known), accountsByName), err
}
