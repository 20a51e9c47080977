// Package directory remembers what absences need to know of a Source beside what its
// webhooks tell: its employees (Directory) and its absence types (Accounts). Both answer
// from memory where they can and ask Lucca through package figgo where they must.
package directory

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/record"
)

// lookupTimeout bounds one lookup with all its calls and waits.
const lookupTimeout = 30 * time.Second

// Finder is the part of figgo.Client that a Directory needs.
type Finder interface {
	Employee(ctx context.Context, id string) (figgo.Employee, error)
	EmployeeByEmail(ctx context.Context, email string) (figgo.Employee, error)
}

var (
	_ Finder = (*figgo.Client)(nil)
	_ Finder = (*figgo.LegacyClient)(nil)
	_ Lister = (figgo.Reader)(nil)
)

// Options are the options of a Directory; zero values are the defaults.
type Options struct {
	// TTL is how long an employee is believed, 24 hours by default.
	TTL time.Duration
	// NegativeTTL is how long it is believed that there is no such employee, and
	// how long after a failed refresh the next is tried: 1 minute by default.
	NegativeTTL time.Duration
	// Size is how many entries are kept, 250,000 by default: more than the company
	// has employees, or Warm is in vain.
	Size int
	// Now is time.Now when nil, Logger slog.Default().
	Now    func() time.Time
	Logger *slog.Logger
}

// Directory remembers the employees of one Source, so that an absence of a known
// person costs no call to Lucca. It learns them one by one, by Lookup, or all by
// pages, by Warm and Refresh. It is safe for concurrent use.
type Directory struct {
	client  Finder
	opts    Options
	entries *lru.Cache[person, entry]
	flight  singleflight.Group
	// forgotten counts Forgets: a lookup that began before one is not kept.
	// forgets are the numbers of the Forgets by employee, for pages of many.
	forgotten atomic.Uint64
	forgets   *lru.Cache[string, uint64]
	mailboxes mailboxes
	warmed    warmed
}

// person is whom one asked for. The legacy webhook names an id of another
// generation, which only its e-mail makes sure.
type person struct{ id, email string }

type entry struct {
	employee figgo.Employee
	// status is known of employees from a page.
	status figgo.EmployeeStatus
	// failure is ErrNoEmployee or ErrAmbiguousEmail where there is no employee.
	failure error
	at      time.Time
	// retryAt is when to ask again after a refresh failed.
	retryAt time.Time
}

// New returns an empty directory over client.
func New(client Finder, opts Options) *Directory {
	if opts.TTL <= 0 {
		opts.TTL = 24 * time.Hour
	}
	if opts.NegativeTTL <= 0 {
		opts.NegativeTTL = time.Minute
	}
	if opts.Size <= 0 {
		opts.Size = 250_000
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	d := &Directory{client: client, opts: opts, warmed: warmed{loading: make(chan struct{}, 1)}}
	d.entries, _ = lru.New[person, entry](opts.Size) // fails for sizes below 1 only
	d.forgets, _ = lru.New[string, uint64](opts.Size)
	return d
}

func asked(id, email string) person { return person{id, strings.ToLower(record.Visible(email))} }

// Known returns the employee with the v5 id where a fresh entry is at hand. It
// makes no call. For a notice with an e-mail use KnownAs: the id there may be
// another person's v5 id.
func (d *Directory) Known(id string) (figgo.Employee, bool) { return d.KnownAs(id, "") }

// KnownAs is Known for what Lookup takes.
func (d *Directory) KnownAs(id, email string) (figgo.Employee, bool) {
	found, ok := d.resolve(asked(id, email))
	if !ok || found.failure != nil || !d.fresh(found) {
		return figgo.Employee{}, false
	}
	return found.employee, true
}

// resolve returns the entry that answers for a person, without a call.
func (d *Directory) resolve(who person) (entry, bool) {
	if found, ok := d.entries.Get(who); ok && d.holds(found) {
		return found, true
	}
	if who.email == "" {
		return entry{}, false
	}
	if found, ok := d.entries.Get(person{id: who.id}); ok && d.fresh(found) &&
		strings.EqualFold(found.employee.Email, who.email) {
		return found, true
	}
	return d.byEmail(who.email)
}

// fresh tells whether an entry is of an employee and not old.
func (d *Directory) fresh(e entry) bool {
	return e.failure == nil && d.opts.Now().Sub(e.at) < d.opts.TTL
}

// Lookup returns the employee with the id. Where email is not empty, it is the
// owner's own address from the legacy webhook, whose owner id may not be the v5
// id: an employee with the id counts only when the address is his, else the
// employee with the address does.
//
// A fresh entry answers without a call. While Lucca cannot answer, an old entry
// does, and the failure is logged: an outage must not stop the absences of
// people we know. Other errors are the client's; ErrNoEmployee when Lucca has no
// such employee and ErrAmbiguousEmail when the address is that of several, not
// exactly one of them active. Both are remembered for a minute.
func (d *Directory) Lookup(ctx context.Context, id, email string) (figgo.Employee, error) {
	who := asked(id, email)
	if found, ok := d.resolve(who); ok {
		return found.employee, found.failure
	}
	// One lookup serves all who wait, so it must outlive the one who began it.
	result := d.flight.DoChan(who.id+"\n"+who.email, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookupTimeout)
		defer cancel()
		return d.refresh(ctx, who)
	})
	select {
	case r := <-result:
		employee, _ := r.Val.(figgo.Employee)
		return employee, r.Err
	case <-ctx.Done():
		return figgo.Employee{}, ctx.Err()
	}
}

// Forget drops what is known of the employees with the v5 ids, under whatever
// names they were asked for: the next Lookup asks Lucca. It goes through all
// entries: give it many ids at once rather than one after the other.
func (d *Directory) Forget(ids ...string) {
	if len(ids) == 0 {
		return
	}
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
		d.forgets.Add(id, d.forgotten.Add(1))
	}
	for _, who := range d.entries.Keys() {
		if found, ok := d.entries.Peek(who); ok && (wanted[who.id] || wanted[found.employee.ID]) {
			d.entries.Remove(who)
			d.flight.Forget(who.id + "\n" + who.email)
		}
	}
	for _, id := range ids {
		d.flight.Forget(id + "\n")
	}
}

// holds tells whether an entry still answers.
func (d *Directory) holds(e entry) bool {
	now := d.opts.Now()
	if e.failure != nil {
		return now.Sub(e.at) < d.opts.NegativeTTL
	}
	return now.Sub(e.at) < d.opts.TTL || now.Before(e.retryAt)
}

// refresh asks Lucca and keeps the answer.
func (d *Directory) refresh(ctx context.Context, who person) (figgo.Employee, error) {
	before := d.forgotten.Load()
	employee, err := d.find(ctx, who)
	now := d.opts.Now()
	switch {
	case err == nil:
		d.keep(before, entry{employee: employee, at: now}, who, person{id: employee.ID})
		return employee, nil
	case errors.Is(err, figgo.ErrAmbiguousEmail):
		d.keep(before, entry{failure: figgo.ErrAmbiguousEmail, at: now}, who)
		return figgo.Employee{}, err
	case errors.Is(err, figgo.ErrNoEmployee):
		d.keep(before, entry{failure: figgo.ErrNoEmployee, at: now}, who)
		return figgo.Employee{}, err
	}
	old, ok := d.entries.Peek(who)
	if !ok || old.failure != nil {
		return figgo.Employee{}, fmt.Errorf("look up employee %s: %w", who.id, err)
	}
	d.opts.Logger.Warn("Lucca cannot answer: an old entry of the employee directory is used",
		"employee", who.id, "age", now.Sub(old.at).String(), "error", err)
	old.retryAt = now.Add(d.opts.NegativeTTL)
	d.keep(before, old, who)
	return old.employee, nil
}

// keep stores an entry, unless somebody was forgotten since it was asked for.
func (d *Directory) keep(before uint64, e entry, names ...person) {
	for _, who := range names {
		if d.forgotten.Load() != before {
			return
		}
		d.entries.Add(who, e)
		if d.forgotten.Load() != before {
			d.entries.Remove(who)
		}
	}
}

// find asks Lucca, by id and then by e-mail.
func (d *Directory) find(ctx context.Context, who person) (figgo.Employee, error) {
	if who.id != "" {
		employee, err := d.byID(ctx, who)
		if err != nil && !errors.Is(err, figgo.ErrNoEmployee) {
			return figgo.Employee{}, err
		}
		if err == nil && (who.email == "" || strings.EqualFold(employee.Email, who.email)) {
			return employee, nil
		}
	}
	if who.email == "" {
		return figgo.Employee{}, figgo.ErrNoEmployee
	}
	return d.client.EmployeeByEmail(ctx, who.email)
}

// byID saves the call where the id alone is known.
func (d *Directory) byID(ctx context.Context, who person) (figgo.Employee, error) {
	if who.email != "" {
		if employee, ok := d.Known(who.id); ok && strings.EqualFold(employee.Email, who.email) {
			return employee, nil
		}
	}
	return d.client.Employee(ctx, who.id)
}
