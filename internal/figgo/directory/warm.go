package directory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/figgosync/figgosync/internal/figgo"
)

const (
	// EntitiesAtOnce is how many values Lucca takes in one filter
	// (https://developers.lucca.fr/documentation/using-api/filtering).
	EntitiesAtOnce = 100
	// pageTries is how often a page is asked for, listTries how often a list is
	// begun that changes while it is read.
	pageTries = 5
	listTries = 3
	// firstPause is the wait after a failed page, doubled each time.
	firstPause = 2 * time.Second
	// refreshPause is the wait between two pages of a refresh, which has time.
	refreshPause = 5 * time.Second
)

// Lister is what a Directory's client must be as well to be warmed. Client
// and LegacyClient are.
type Lister interface {
	EmployeesPage(ctx context.Context, cursor, legalEntity string) (figgo.EmployeesPage, error)
}

// warmed is what Warm was asked for.
type warmed struct {
	// loading is held by the one load at a time.
	loading chan struct{}

	mu       sync.Mutex
	everyone bool
	entities map[string]bool
}

func (w *warmed) add(legalEntities []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(legalEntities) == 0 {
		w.everyone = true
	}
	if w.entities == nil {
		w.entities = map[string]bool{}
	}
	for _, id := range legalEntities {
		w.entities[id] = true
	}
}

// all returns what add got; ok is false before the first.
func (w *warmed) all() (legalEntities []string, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.everyone {
		return nil, true
	}
	return slices.Sorted(maps.Keys(w.entities)), len(w.entities) > 0
}

// Warm reads the employees of the legal entities by pages, of all where there are
// none: about 100 calls to Lucca for 10,000 employees in v5, 10 in v3, and none
// for their absences until they are as old as TTL. Those who left are not among
// them; Lookup asks for each.
//
// Temporary trouble is waited out for a while, as Lucca's Retry-After says. What
// was read before an error stays known; nobody is forgotten because a page does
// not have him. Employees without an e-mail are known, with Email "", and of
// several with one e-mail all are: see Lookup. loaded counts the employees of
// this call. It is errors.ErrUnsupported when the client is no Lister.
func (d *Directory) Warm(ctx context.Context, legalEntities []string) (loaded int, err error) {
	d.warmed.add(legalEntities)
	return d.load(ctx, legalEntities, 0)
}

// Refresh reads again, slowly, everybody whom Warm was asked for. Call it more
// often than every TTL: employees whom it finds stay known without a call. It
// does nothing before the first Warm.
func (d *Directory) Refresh(ctx context.Context) error {
	legalEntities, ok := d.warmed.all()
	if !ok {
		return nil
	}
	_, err := d.load(ctx, legalEntities, refreshPause)
	return err
}

// load reads the employees, one load after the other.
func (d *Directory) load(ctx context.Context, legalEntities []string, pause time.Duration) (loaded int, err error) {
	lister, ok := d.client.(Lister)
	if !ok {
		return 0, fmt.Errorf("read employees by pages: %w", errors.ErrUnsupported)
	}
	select {
	case d.warmed.loading <- struct{}{}:
		defer func() { <-d.warmed.loading }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	filters := []string{""}
	if len(legalEntities) > 0 {
		filters = nil
		for some := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(legalEntities))), EntitiesAtOnce) {
			filters = append(filters, strings.Join(some, ","))
		}
	}
	for _, filter := range filters {
		n, err := d.loadList(ctx, lister, filter, pause)
		loaded += n
		if err != nil {
			return loaded, fmt.Errorf("read employees by pages: %w", err)
		}
	}
	d.mailboxes.prune(func(email, id string) bool {
		found, ok := d.entries.Peek(person{id: id})
		return !ok || !strings.EqualFold(found.employee.Email, email)
	})
	return loaded, nil
}

// loadList reads one list, from its beginning again when it changed on the way.
func (d *Directory) loadList(ctx context.Context, lister Lister, filter string,
	pause time.Duration) (loaded int, err error) {
	for range listTries {
		if loaded, err = d.loadPages(ctx, lister, filter, pause); err == nil {
			break
		}
		if apiErr, ok := errors.AsType[*figgo.APIError](err); !ok || apiErr.Code != figgo.CodeTruncated {
			break
		}
	}
	return loaded, err
}

func (d *Directory) loadPages(ctx context.Context, lister Lister, filter string,
	pause time.Duration) (loaded int, err error) {
	for cursor := ""; ; {
		page, before, err := d.loadPage(ctx, lister, cursor, filter)
		if err != nil {
			return loaded, err
		}
		loaded += d.keepPage(page, before)
		if len(page.Skipped) > 0 {
			d.opts.Logger.Warn("some employees of a page cannot be read", "count", len(page.Skipped),
				"employee", page.Skipped[0].ID, "reason", page.Skipped[0].Reason)
		}
		if cursor = page.Next; cursor == "" {
			return loaded, nil
		}
		if err := sleep(ctx, pause); err != nil {
			return loaded, err
		}
	}
}

// loadPage asks for a page, several times while the trouble is temporary. before
// is how many Forgets there were before the asking.
func (d *Directory) loadPage(ctx context.Context, lister Lister, cursor,
	filter string) (page figgo.EmployeesPage, before uint64, err error) {
	wait := firstPause
	for try := 1; ; try++ {
		before = d.forgotten.Load()
		if page, err = lister.EmployeesPage(ctx, cursor, filter); err == nil {
			return page, before, nil
		}
		apiErr, ok := errors.AsType[*figgo.APIError](err)
		if !ok || !apiErr.Temporary() || try == pageTries {
			return figgo.EmployeesPage{}, before, err
		}
		if sleep(ctx, max(wait, apiErr.RetryAfter)) != nil {
			return figgo.EmployeesPage{}, before, err
		}
		wait *= 2
	}
}

// keepPage stores a page's employees, but for those who were forgotten since it
// was asked for: what it says of them may be from before.
func (d *Directory) keepPage(page figgo.EmployeesPage, before uint64) (kept int) {
	now := d.opts.Now()
	for _, record := range page.Employees {
		id := record.Employee.ID
		d.entries.Add(person{id: id}, entry{employee: record.Employee, status: record.Status, at: now})
		// After the Add: a Forget from now on finds the entry itself.
		if number, ok := d.forgets.Peek(id); ok && number > before {
			d.entries.Remove(person{id: id})
			continue
		}
		d.mailboxes.add(record.Employee.Email, id)
		kept++
	}
	return kept
}

// sleep waits, or returns ctx's error.
func sleep(ctx context.Context, wait time.Duration) error {
	if wait <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
