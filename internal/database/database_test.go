package database_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/database/databasetest"
)

func TestMigrateOnceAndAgain(t *testing.T) {
	t.Parallel()
	databasetest.AllURLs(t, func(t *testing.T, address string) {
		db := databasetest.Open(t, address)
		before, err := db.Pending(t.Context())
		if err != nil || before == 0 {
			t.Fatalf("before: %d pending, %v", before, err)
		}
		for range 2 {
			if err := db.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			if after, err := db.Pending(t.Context()); err != nil || after != 0 {
				t.Fatalf("after: %d pending, %v", after, err)
			}
		}
	})
}

func TestSeveralProcessesMigrateAtOnce(t *testing.T) {
	t.Parallel()
	databasetest.AllURLs(t, func(t *testing.T, address string) {
		var group sync.WaitGroup
		for range 5 {
			group.Go(func() {
				if err := databasetest.Open(t, address).Migrate(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
	})
}

func TestANewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		if _, err := db.ExecContext(t.Context(), "INSERT INTO figgosync_migrations (version_id, is_applied) VALUES ($1, $2)", 9999, true); err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(t.Context()); !errors.Is(err, database.ErrNewer) {
			t.Errorf("migrate: %v", err)
		}
		if _, err := db.Pending(t.Context()); !errors.Is(err, database.ErrNewer) {
			t.Errorf("pending: %v", err)
		}
	})
}

// What queries may rely on in both databases.
func TestOneWayToAsk(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		at := time.Date(2026, 10, 3, 12, 0, 0, 123456000, time.UTC)
		var micros, id int64
		var name string
		query := "INSERT INTO settings_records (kind, name, version, value, changed_at, changed_by_id, changed_by_name) VALUES ($1, $1, 1, $3, $2, $1, $1) RETURNING changed_at, name, version"
		if err := db.QueryRowContext(t.Context(), query, "é'\"\\", database.Micros(at), "[]").Scan(&micros, &name, &id); err != nil {
			t.Fatal(err)
		}
		if !database.Time(micros).Equal(at) || database.Time(micros).Location() != time.UTC || name != "é'\"\\" || id != 1 {
			t.Errorf("got %v %q %d", database.Time(micros), name, id)
		}
		// Foreign keys hold.
		_, err := db.ExecContext(t.Context(), "INSERT INTO settings_secrets (kind, name, field, sealed) VALUES ('a', 'b', 'c', $1)", []byte{0, 1})
		if err == nil {
			t.Error("a secret of nothing was stored")
		}
	})
}

// Two transactions that write wait for each other instead of failing.
func TestWritersWait(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				for range 5 {
					if err := count(t.Context(), db); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		var revision int
		if err := db.QueryRowContext(t.Context(), "SELECT revision FROM settings_state").Scan(&revision); err != nil || revision != 40 {
			t.Errorf("got %d, %v", revision, err)
		}
	})
}

func count(ctx context.Context, db *database.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var n int
	if err := tx.QueryRowContext(ctx, "UPDATE settings_state SET revision = revision RETURNING revision").Scan(&n); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE settings_state SET revision = $1", n+1); err != nil {
		return err
	}
	return tx.Commit()
}

func TestTheFileIsItsOwnersOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a b%20?#é", "figgosync.db")
	db := databasetest.Open(t, "sqlite:"+path)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", suffix, info.Mode())
		}
	}
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000"} {
		var got string
		if err := db.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, %v", pragma, got, err)
		}
	}
	if got, ok := database.SQLitePath("sqlite:" + path); !ok || got != path {
		t.Errorf("got the path %q", got)
	}
}

// What was erased is in the file no more once what is pending in its log is written.
func TestWhatIsErasedLeavesTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "figgosync.db")
	db := databasetest.Open(t, "sqlite:"+path)
	const secret = "jane.doe@example.com"
	for _, statement := range []string{
		"CREATE TABLE x (id INTEGER PRIMARY KEY, text TEXT)",
		"INSERT INTO x VALUES (1, 'before'), (2, '" + secret + "'), (3, 'after')", "PRAGMA wal_checkpoint(TRUNCATE)",
		"DELETE FROM x WHERE id = 2", "PRAGMA wal_checkpoint(TRUNCATE)",
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	for _, name := range []string{path, path + "-wal"} {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(content), secret) {
			t.Errorf("%s has it", filepath.Base(name))
		}
	}
}

func TestErrorsTellNoPassword(t *testing.T) {
	t.Parallel()
	notADatabase := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(notADatabase, []byte(strings.Repeat("this is no database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for address, unreadable := range map[string]bool{
		"":                                true,
		"hunter2":                         true,
		"mysql://me:hunter2@localhost/x":  true,
		"sqlite:":                         true,
		"sqlite::memory:":                 true,
		"postgres://me:hun%ter2@host/x":   true,
		"postgres://me:hunter2@host:x/x":  true,
		"postgres://me:hunter2@h:1/x?a=%": true,
		"postgres://me:hunter2@127.0.0.1:1/figgosync?connect_timeout=2": false,
		"sqlite:" + notADatabase: false,
	} {
		_, err := database.Open(t.Context(), address)
		if err == nil || strings.Contains(err.Error(), "ter2") || errors.Is(err, database.ErrURL) != unreadable {
			t.Errorf("%q: %v", address, err)
		}
	}
}
