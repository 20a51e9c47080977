package directory_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/figgo/directory"
)

// chart is Lucca's list of accounts.
type chart struct {
	mu    sync.Mutex
	types []absence.Type
	err   error
	asked int
}

func (c *chart) Accounts(context.Context) ([]absence.Type, error) {
	c.mu.Lock()
	c.asked++
	types, err := c.types, c.err
	c.mu.Unlock()
	time.Sleep(100 * time.Millisecond)
	return types, err
}

func (c *chart) now(types []absence.Type, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.types, c.err, c.asked = types, err, 0
}

var (
	paid = absence.Type{ID: "56", Name: "Congés payés"}
	rtt  = absence.Type{ID: "57", Name: "RTT"}
)

func newAccounts(types ...absence.Type) (*directory.Accounts, *chart) {
	c := &chart{types: types}
	return directory.NewAccounts(c, directory.AccountsOptions{Logger: slog.New(slog.DiscardHandler)}), c
}

func wantAccount(t *testing.T, a *directory.Accounts, id string, want absence.Type) {
	t.Helper()
	if got, err := a.Lookup(t.Context(), id); got != want || err != nil {
		t.Errorf("account %s is %+v (%v), want %+v", id, got, err, want)
	}
}

func TestAccountsAreReadOnceAndRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		accounts, lucca := newAccounts(paid)
		if known, sure := accounts.Known("56"); sure || known.Name != "" {
			t.Errorf("known before anybody asked: %+v", known)
		}
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() { wantAccount(t, accounts, "56", paid) })
		}
		group.Wait()
		// One that is not in a list of this minute is not there.
		wantAccount(t, accounts, "57", absence.Type{ID: "57"})
		if lucca.asked != 1 {
			t.Errorf("Lucca was asked %d times", lucca.asked)
		}

		// A minute later it may be a new one.
		lucca.now([]absence.Type{paid, rtt}, nil)
		time.Sleep(2 * time.Minute)
		wantAccount(t, accounts, "56", paid)
		if lucca.asked != 0 {
			t.Error("a known account was asked for again")
		}
		wantAccount(t, accounts, "57", rtt)

		// A name that was changed is known within the hour.
		renamed := absence.Type{ID: "56", Name: "Congés annuels"}
		lucca.now([]absence.Type{renamed}, nil)
		time.Sleep(time.Hour)
		wantAccount(t, accounts, "56", renamed)
	})
}

func TestAccountsOfALuccaThatDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := &figgo.APIError{Resource: "leave-accounts", Code: figgo.CodeNetwork}
		accounts, lucca := newAccounts()
		lucca.now(nil, down)
		if _, err := accounts.Lookup(t.Context(), "56"); !figgo.IsTemporary(err) {
			t.Errorf("the first list: %v", err)
		}
		time.Sleep(2 * time.Minute)
		lucca.now([]absence.Type{paid}, nil)
		wantAccount(t, accounts, "56", paid)

		// An outage must not stop what is known, however long it lasts.
		lucca.now(nil, down)
		for range 3 {
			time.Sleep(3 * time.Hour)
			wantAccount(t, accounts, "56", paid)
			if _, err := accounts.Lookup(t.Context(), "57"); !figgo.IsTemporary(err) {
				t.Errorf("an unknown account in an outage: %v", err)
			}
		}
		if lucca.asked != 3 {
			t.Errorf("Lucca was asked %d times", lucca.asked)
		}
	})
}

func TestAccountsOfAKeyWithoutTheRight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		accounts, lucca := newAccounts()
		lucca.now(nil, &figgo.APIError{Resource: "leave-accounts", Status: http.StatusForbidden})
		for range 5 {
			if _, err := accounts.Lookup(t.Context(), "56"); err == nil || figgo.IsTemporary(err) {
				t.Errorf("the failure is %v", err)
			}
		}
		if _, sure := accounts.Known("56"); !sure || lucca.asked != 1 {
			t.Errorf("sure %v; Lucca was asked %d times within a minute", sure, lucca.asked)
		}
	})
}

func TestAccountsLearnFromAbsences(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		accounts, lucca := newAccounts()
		lucca.now(nil, errors.ErrUnsupported)
		accounts.Learn(absence.Type{ID: "57", Name: "RTT"}, absence.Type{ID: "57", Category: "Congés"}, absence.Type{ID: "56"})
		wantAccount(t, accounts, "57", absence.Type{ID: "57", Name: "RTT", Category: "Congés"})
		all, err := accounts.All(t.Context())
		if diff := gocmp.Diff([]absence.Type{{ID: "57", Name: "RTT", Category: "Congés"}}, all); diff != "" || err == nil {
			t.Error(err, diff)
		}
		// The list's names count, with the categories that it does not have.
		lucca.now([]absence.Type{paid, {ID: "57", Name: "RTT 2026"}}, nil)
		time.Sleep(2 * time.Hour)
		all, err = accounts.All(t.Context())
		want := []absence.Type{paid, {ID: "57", Name: "RTT 2026", Category: "Congés"}}
		if diff := gocmp.Diff(want, all); diff != "" || err != nil {
			t.Error(err, diff)
		}
		for i := range 20_000 {
			accounts.Learn(absence.Type{ID: fmt.Sprint("x", i), Name: "X"})
		}
		if all, _ = accounts.All(t.Context()); len(all) > 10_100 {
			t.Errorf("%d accounts are remembered", len(all))
		}
	})
}
