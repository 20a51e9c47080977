// Package storedtest gives tests a store of settings that can be changed.
package storedtest

import (
	"path/filepath"
	"testing"

	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/settings/stored"
)

// Open returns an empty store in an SQLite file of the test. It permits http
// addresses.
func Open(t testing.TB) *stored.Store {
	t.Helper()
	store, _ := OpenDB(t)
	return store
}

// OpenDB does what Open does, and returns the database too.
func OpenDB(t testing.TB) (*stored.Store, *database.DB) {
	t.Helper()
	dir := t.TempDir()
	db, err := database.Open(t.Context(), "sqlite:"+filepath.Join(dir, "figgosync.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return OpenOn(t, db, filepath.Join(dir, "settings-keyset.json")), db
}

// OpenOn returns a store on a migrated database with the keyset file, which is
// made when missing. It permits http addresses.
func OpenOn(t testing.TB, db *database.DB, keyset string) *stored.Store {
	t.Helper()
	seal, err := stored.OpenSeal(t.Context(), db, keyset, "")
	if err != nil {
		t.Fatal(err)
	}
	store, err := stored.Open(t.Context(), db, seal, stored.Options{AllowInsecureEndpoints: true})
	if err != nil {
		t.Fatal(err)
	}
	return store
}
