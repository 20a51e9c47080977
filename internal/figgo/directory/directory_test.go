package directory_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/figgo/directory"
)

var jane = figgo.Employee{ID: "416", Email: "jane.doe@example.com", LegalEntity: "12", Zone: "Indian/Reunion"}

// finder is a Lucca of employees by id.
type finder struct {
	mu        sync.Mutex
	employees map[string]figgo.Employee
	err       error
	delay     time.Duration
	asked     []string
}

func (f *finder) ask(ctx context.Context, what string, matches func(figgo.Employee) bool) (figgo.Employee, error) {
	f.mu.Lock()
	f.asked = append(f.asked, what)
	err, delay := f.err, f.delay
	found := figgo.Employee{}
	for _, e := range f.employees {
		if matches(e) {
			found = e
		}
	}
	f.mu.Unlock()
	select {
	case <-time.After(delay):
	case <-ctx.Done():
		return figgo.Employee{}, ctx.Err()
	}
	if err == nil && found.ID == "" {
		err = figgo.ErrNoEmployee
	}
	if err != nil {
		return figgo.Employee{}, err
	}
	return found, nil
}

func (f *finder) Employee(ctx context.Context, id string) (figgo.Employee, error) {
	return f.ask(ctx, id, func(e figgo.Employee) bool { return e.ID == id })
}

func (f *finder) EmployeeByEmail(ctx context.Context, email string) (figgo.Employee, error) {
	return f.ask(ctx, email, func(e figgo.Employee) bool { return strings.EqualFold(e.Email, email) })
}

// wantAsked checks what Lucca was asked since the last time.
func (f *finder) wantAsked(t *testing.T, want ...string) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if got := strings.Join(f.asked, " "); got != strings.Join(want, " ") {
		t.Errorf("Lucca was asked %q, want %q", got, want)
	}
	f.asked = nil
}

func newFinder() *finder {
	return &finder{employees: map[string]figgo.Employee{
		"416": jane,
		"134": {ID: "134", Email: "john@example.com", LegalEntity: "12"},
		"417": {ID: "417", LegalEntity: "12"},
	}}
}

func lookup(t *testing.T, d *directory.Directory, id, email, want string) {
	t.Helper()
	got, err := d.Lookup(t.Context(), id, email)
	if want == "" && (!errors.Is(err, figgo.ErrNoEmployee) || got != (figgo.Employee{})) || want != "" && (err != nil || got.ID != want) {
		t.Errorf("Lookup(%q, %q): got %+v, %v; want %q", id, email, got, err, want)
	}
}

func TestDirectoryTrustsTheAddressOverTheLegacyID(t *testing.T) {
	t.Parallel()
	f := newFinder()
	d := directory.New(f, directory.Options{})
	lookup(t, d, "134", "Jane.Doe@example.com", "416") // 134 is John in the v5 API
	f.wantAsked(t, "134", "jane.doe@example.com")
	lookup(t, d, "134", "jane.doe@EXAMPLE.com", "416")
	lookup(t, d, "416", "", "416")
	lookup(t, d, "416", "jane.doe@example.com", "416")
	f.wantAsked(t)
	if got, ok := d.Known("134"); ok {
		t.Errorf("the legacy id is known as the v5 id of %+v", got)
	}
	if got, ok := d.KnownAs("134", "jane.doe@example.com"); !ok || got != jane {
		t.Errorf("got %+v, %v", got, ok)
	}
	lookup(t, d, "134", "", "134")
	lookup(t, d, "999", "john@example.com", "134")
	lookup(t, d, "", "john@example.com", "134")
	f.wantAsked(t, "134", "999", "john@example.com", "john@example.com")
}

func TestDirectoryFindsNobodyRatherThanSomebodyElse(t *testing.T) {
	t.Parallel()
	f := newFinder()
	d := directory.New(f, directory.Options{})
	lookup(t, d, "134", "left@example.com", "")
	lookup(t, d, "417", "left@example.com", "") // 417 has no address in Lucca
	lookup(t, d, "999", "", "")
	f.wantAsked(t, "134", "left@example.com", "417", "left@example.com", "999")
	lookup(t, d, "", "", "")
	f.wantAsked(t)
}

func TestDirectoryAges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFinder()
		d := directory.New(f, directory.Options{})
		lookup(t, d, "416", "", "416")
		lookup(t, d, "500", "", "")
		time.Sleep(time.Minute - 1)
		lookup(t, d, "500", "", "")
		f.wantAsked(t, "416", "500")
		f.employees["500"] = figgo.Employee{ID: "500"}
		time.Sleep(time.Nanosecond)
		lookup(t, d, "500", "", "500")
		f.wantAsked(t, "500")

		time.Sleep(24*time.Hour - time.Minute - 1)
		lookup(t, d, "416", "", "416")
		f.wantAsked(t)
		if _, ok := d.Known("416"); !ok {
			t.Error("forgotten early")
		}
		time.Sleep(time.Nanosecond)
		if _, ok := d.Known("416"); ok {
			t.Error("an old entry is known")
		}
		delete(f.employees, "416")
		lookup(t, d, "416", "", "")
		f.wantAsked(t, "416")
	})
}

func TestDirectoryServesOldEntriesDuringAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var logged bytes.Buffer
		f := newFinder()
		d := directory.New(f, directory.Options{Logger: slog.New(slog.NewJSONHandler(&logged, nil))})
		lookup(t, d, "416", "jane.doe@example.com", "416")
		time.Sleep(48 * time.Hour)
		f.err = &figgo.APIError{Resource: "employees", Status: 503}
		f.asked = nil
		lookup(t, d, "416", "jane.doe@example.com", "416")
		lookup(t, d, "416", "jane.doe@example.com", "416") // without asking a server that is down again
		f.wantAsked(t, "416")
		if _, err := d.Lookup(t.Context(), "134", ""); !figgo.IsTemporary(err) {
			t.Errorf("somebody we do not know: got %v", err)
		}
		f.wantAsked(t, "134")
		time.Sleep(time.Minute)
		lookup(t, d, "416", "jane.doe@example.com", "416")
		f.wantAsked(t, "416")
		f.err = nil
		time.Sleep(time.Minute)
		lookup(t, d, "416", "jane.doe@example.com", "416")
		f.wantAsked(t, "416")
		if _, ok := d.Known("416"); !ok {
			t.Error("not fresh after the outage")
		}
		if log := logged.String(); strings.Count(log, "\n") != 2 || !strings.Contains(log, `"employee":"416"`) || strings.Contains(log, "jane") {
			t.Errorf("logged %s", log)
		}
	})
}

func TestDirectoryAsksOnceForMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFinder()
		f.delay = time.Second
		d := directory.New(f, directory.Options{})
		expiring, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := d.Lookup(expiring, "416", ""); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
		synctest.Wait()
		for range 20 {
			all.Go(func() { lookup(t, d, "416", "", "416") })
		}
		all.Wait()
		f.wantAsked(t, "416")
	})
}

func TestDirectoryForgets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFinder()
		d := directory.New(f, directory.Options{})
		lookup(t, d, "134", "jane.doe@example.com", "416")
		d.Forget("416")
		f.asked = nil
		lookup(t, d, "134", "jane.doe@example.com", "416")
		f.wantAsked(t, "134", "jane.doe@example.com")

		// Forgotten while Lucca is being asked: the answer may be from before.
		d.Forget("416")
		f.delay = time.Second
		var asking sync.WaitGroup
		asking.Go(func() { lookup(t, d, "416", "", "416") })
		synctest.Wait()
		d.Forget("416")
		asking.Wait()
		if _, ok := d.Known("416"); ok {
			t.Error("an answer from before Forget is known")
		}
	})
}

func TestDirectoryIsBounded(t *testing.T) {
	t.Parallel()
	f := newFinder()
	d := directory.New(f, directory.Options{Size: 2})
	for _, id := range []string{"416", "134", "417"} {
		lookup(t, d, id, "", id)
	}
	if _, ok := d.Known("416"); ok {
		t.Error("three entries in a directory of two")
	}
}
