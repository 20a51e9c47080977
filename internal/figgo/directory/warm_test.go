package directory_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/figgo/directory"
)

// lister is a Lucca of employees by pages as well. A page is an element of pages,
// whatever the legal entity.
type lister struct {
	*finder
	pages [][]figgo.EmployeeRecord
	// fail, when set, may fail the nth call of all.
	fail  func(n int) error
	calls []string
}

func (l *lister) EmployeesPage(_ context.Context, cursor, legalEntity string) (figgo.EmployeesPage, error) {
	l.mu.Lock()
	l.calls = append(l.calls, legalEntity+"@"+cursor)
	n := len(l.calls)
	fail := l.fail
	l.mu.Unlock()
	if fail != nil {
		if err := fail(n); err != nil {
			return figgo.EmployeesPage{}, err
		}
	}
	number := len(cursor)
	page := figgo.EmployeesPage{Employees: l.pages[number]}
	if number < len(l.pages)-1 {
		page.Next = cursor + "x"
	}
	return page, nil
}

func (l *lister) wantCalls(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(l.calls, want) {
		t.Errorf("pages %q, want %q", l.calls, want)
	}
	l.calls = nil
}

func record(id, email string, status figgo.EmployeeStatus) figgo.EmployeeRecord {
	return figgo.EmployeeRecord{Status: status, Employee: figgo.Employee{ID: id, Email: email, LegalEntity: "12"}}
}

func newLister() *lister {
	return &lister{finder: newFinder(), pages: [][]figgo.EmployeeRecord{
		{record("1", "one@example.com", figgo.EmployeeActive), record("2", "", figgo.EmployeeActive)},
		{record("3", "Shared@example.com", figgo.EmployeeActive), record("4", "two@example.com", figgo.EmployeeActive)},
		{record("5", "shared@example.com", figgo.EmployeeUpcoming), record("6", "two@example.com", figgo.EmployeeActive)},
	}}
}

func TestWarmKnowsEverybody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLister()
		d := directory.New(l, directory.Options{})
		if n, err := d.Warm(t.Context(), []string{"12", "13", "12"}); n != 6 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		l.wantCalls(t, "12,13@", "12,13@x", "12,13@xx")
		lookup(t, d, "2", "", "2")
		lookup(t, d, "77", "ONE@example.com", "1")
		lookup(t, d, "", "shared@example.com", "3") // the active one
		lookup(t, d, "5", "shared@example.com", "5")
		lookup(t, d, "4", "two@example.com", "4") // the id says which
		if got, err := d.Lookup(t.Context(), "77", "two@example.com"); !errors.Is(err, figgo.ErrAmbiguousEmail) || got != (figgo.Employee{}) {
			t.Errorf("got %+v, %v", got, err)
		}
		if got, ok := d.KnownAs("77", "two@example.com"); ok {
			t.Errorf("got %+v", got)
		}
		l.wantAsked(t)
		// One of the two is known no more: only Lucca can tell.
		d.Forget("4")
		lookup(t, d, "", "two@example.com", "")
		l.wantAsked(t, "two@example.com")
		if _, ok := d.Known("4"); ok {
			t.Error("not forgotten")
		}
		// Looked up by himself, he may be active or not.
		l.employees["4"] = figgo.Employee{ID: "4", Email: "two@example.com"}
		lookup(t, d, "4", "", "4")
		lookup(t, d, "78", "two@example.com", "4")
		l.wantAsked(t, "4", "78", "two@example.com")
		time.Sleep(24 * time.Hour)
		if _, ok := d.Known("1"); ok {
			t.Error("an old entry is known")
		}
		lookup(t, d, "77", "one@example.com", "")
		l.wantAsked(t, "77", "one@example.com")
	})
}

func TestDirectoryRemembersAnAmbiguousAddress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFinder()
		f.err = fmt.Errorf("wrapped: %w", figgo.ErrAmbiguousEmail)
		d := directory.New(f, directory.Options{})
		for range 2 {
			if _, err := d.Lookup(t.Context(), "", "two@example.com"); !errors.Is(err, figgo.ErrAmbiguousEmail) {
				t.Errorf("got %v", err)
			}
		}
		f.wantAsked(t, "two@example.com")
		time.Sleep(time.Minute)
		f.err = nil
		f.employees["9"] = figgo.Employee{ID: "9", Email: "two@example.com"}
		lookup(t, d, "", "two@example.com", "9")
	})
}

func TestWarmWaitsOutTrouble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLister()
		l.fail = func(n int) error {
			switch n {
			case 2:
				return &figgo.APIError{Status: 429, RetryAfter: 40 * time.Second}
			case 3, 4:
				return fmt.Errorf("wrapped: %w", &figgo.APIError{Status: 500})
			}
			return nil
		}
		start := time.Now()
		d := directory.New(l, directory.Options{})
		n, err := d.Warm(t.Context(), nil)
		if took := time.Since(start); n != 6 || err != nil || took != (40+4+8)*time.Second {
			t.Errorf("%d, %v after %s", n, err, took)
		}
		l.wantCalls(t, "@", "@x", "@x", "@x", "@x", "@xx")
	})
}

func TestWarmFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err   error
		calls int
	}{
		"for good":         {&figgo.APIError{Status: 403}, 2},
		"for long":         {&figgo.APIError{Status: 503}, 6},
		"the list changes": {&figgo.APIError{Status: 200, Code: figgo.CodeTruncated}, 3 * 6},
		"no error of ours": {errors.New("odd"), 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := newLister()
			d := directory.New(l, directory.Options{})
			if _, err := d.Warm(t.Context(), []string{"12"}); err != nil {
				t.Fatal(err)
			}
			l.calls = nil
			l.fail = func(int) error {
				if strings.HasSuffix(l.calls[len(l.calls)-1], "x") {
					return c.err
				}
				return nil
			}
			l.pages[0] = l.pages[0][:1]
			n, err := d.Warm(t.Context(), []string{"12"})
			if n != 1 || !errors.Is(err, c.err) || len(l.calls) != c.calls {
				t.Errorf("%s: %d, %v, %d calls", name, n, err, len(l.calls))
			}
			for _, id := range []string{"1", "2", "3", "6"} { // nobody is forgotten
				lookup(t, d, id, "", id)
			}
			l.wantAsked(t)
		})
	}
}

func TestRefreshKeepsEverybodyKnown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLister()
		d := directory.New(l, directory.Options{})
		if err := d.Refresh(t.Context()); err != nil || len(l.calls) != 0 {
			t.Errorf("before Warm: %v, %q", err, l.calls)
		}
		if _, err := d.Warm(t.Context(), []string{"12"}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Warm(t.Context(), []string{"13"}); err != nil {
			t.Fatal(err)
		}
		l.calls = nil
		l.pages[1][0].Employee.Email = "new@example.com"
		time.Sleep(20 * time.Hour)
		start := time.Now()
		if err := d.Refresh(t.Context()); err != nil || time.Since(start) != 10*time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
		l.wantCalls(t, "12,13@", "12,13@x", "12,13@xx")
		time.Sleep(20 * time.Hour)
		lookup(t, d, "1", "", "1")
		lookup(t, d, "", "new@example.com", "3")
		lookup(t, d, "", "shared@example.com", "5") // alone now
		l.wantAsked(t)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := d.Refresh(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

// A page may be from before the news that made us forget somebody.
func TestForgottenWhileAPageIsRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLister()
		d := directory.New(l, directory.Options{})
		l.fail = func(n int) error {
			if n == 1 {
				d.Forget("2")
			}
			return nil
		}
		d.Forget("1") // before
		if n, err := d.Warm(t.Context(), nil); n != 5 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		if _, ok := d.Known("2"); ok {
			t.Error("an answer from before Forget is known")
		}
		if _, ok := d.Known("1"); !ok {
			t.Error("an answer from after Forget is not known")
		}
	})
}

func TestWarmInParts(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	l := newLister()
	d := directory.New(l, directory.Options{Logger: slog.New(slog.NewJSONHandler(&logged, nil))})
	var ids []string
	for i := range 150 {
		ids = append(ids, fmt.Sprintf("%03d", i))
	}
	var both sync.WaitGroup
	for range 2 { // one after the other
		both.Go(func() {
			if _, err := d.Warm(t.Context(), ids); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if len(l.calls) != 12 || strings.Count(l.calls[0], ",") != 99 || strings.Count(l.calls[3], ",") != 49 || logged.Len() != 0 {
		t.Errorf("%d calls, logged %s", len(l.calls), &logged)
	}
	if _, err := directory.New(newFinder(), directory.Options{}).Warm(t.Context(), nil); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v", err)
	}
}
