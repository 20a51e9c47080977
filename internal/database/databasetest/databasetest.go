// Package databasetest gives tests fresh databases of both kinds: an SQLite file,
// and a database on a real PostgreSQL of this machine, started once for each test
// binary and stopped when it ends.
package databasetest

import (
	"net/url"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/figgosync/figgosync/internal/database"
)

// All runs a test against each kind of database: fresh, with all tables made, and
// closed and removed after the test.
func All(t *testing.T, run func(t *testing.T, db *database.DB)) {
	t.Helper()
	AllURLs(t, func(t *testing.T, address string) {
		db := Open(t, address)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		run(t, db)
	})
}

// AllURLs runs a test with the address of a fresh and empty database of each
// kind, to be opened as often as there are processes to imitate.
func AllURLs(t *testing.T, run func(t *testing.T, address string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { run(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { run(t, Postgres(t)) })
}

// Open opens a database until the test ends.
func Open(t testing.TB, address string) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// SQLite returns the address of an SQLite file that is not there yet.
func SQLite(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "figgosync.db")
}

var count atomic.Int64

// Postgres returns the address of an empty PostgreSQL database. The test is
// skipped where PostgreSQL is not installed, and fails where the environment
// variable CI is true.
func Postgres(t testing.TB) string {
	t.Helper()
	running := start(t)
	name := "test_" + strconv.FormatInt(count.Add(1), 10)
	admin, err := database.Open(t.Context(), running.address("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return running.address(name)
}

// address is that of one database of the server, through its Unix socket.
func (s *server) address(name string) string {
	query := url.Values{"host": {s.dir}, "user": {user}, "sslmode": {"disable"}}
	return "postgres:///" + name + "?" + query.Encode()
}
