package signins_test

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/calendars"
	_ "github.com/figgosync/figgosync/internal/calendars/all"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/database/databasetest"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/internal/settings/signins"
	"github.com/figgosync/figgosync/internal/settings/stored/storedtest"
)

func connection(password settings.Secret) settings.Connection {
	return settings.Connection{Name: "exchange", Provider: calendars.Exchange, System: &ews.Settings{
		URL: "https://mail.example.com/ews/exchange.asmx", Username: `EX\svc`, Password: password, Auth: ews.AuthNTLM, MinTLS: "1.2",
	}}
}

func TestStateIsOfOneVersion(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		store := storedtest.OpenOn(t, db, filepath.Join(t.TempDir(), "keyset.json"))
		first, err := store.PutConnection(t.Context(), settings.Author{}, connection("one"), 0)
		if err != nil {
			t.Fatal(err)
		}
		book := signins.Open(db, store)
		one := book.Of(connection("one"))
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				if err := one.Update(t.Context(), func(s *calendars.SignInState) { s.Refused++ }); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		at := time.Date(2026, 11, 2, 8, 0, 0, 1000, time.UTC)
		want := calendars.SignInState{Refused: 20, Accepted: at, Code: "401", Until: at.Add(time.Hour)}
		err = one.Update(t.Context(), func(s *calendars.SignInState) {
			s.Accepted, s.Code, s.Until = want.Accepted, want.Code, want.Until
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := book.Of(connection("one")).State(t.Context()); err != nil || cmp.Diff(want, got) != "" {
			t.Errorf("%v %s", err, cmp.Diff(want, got))
		}
		if _, err := store.PutConnection(t.Context(), settings.Author{}, connection("two"), first); err != nil {
			t.Fatal(err)
		}
		two := book.Of(connection("two"))
		if got, err := two.State(t.Context()); err != nil || got != (calendars.SignInState{}) {
			t.Errorf("after the password was changed: %+v %v", got, err)
		}
		if err := two.Update(t.Context(), func(*calendars.SignInState) {}); err != nil {
			t.Fatal(err)
		}
		if got, err := one.State(t.Context()); err != nil || got != (calendars.SignInState{}) {
			t.Errorf("what was known of the old password: %+v %v", got, err)
		}
		if _, err := book.Of(connection("three")).State(t.Context()); !errors.Is(err, signins.ErrChanged) {
			t.Errorf("settings that are not stored: %v", err)
		}
	})
}
