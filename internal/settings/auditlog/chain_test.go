package auditlog_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/database/databasetest"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/internal/settings/auditlog"
)

var day = time.Date(2026, 11, 1, 8, 0, 0, 123456789, time.UTC)

func add(ctx context.Context, db *database.DB, change settings.Change) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := auditlog.Append(ctx, tx, change); err != nil {
		return err
	}
	return tx.Commit()
}

// fill writes ten lines, one a day.
func fill(t *testing.T, db *database.DB) {
	t.Helper()
	for i := range 10 {
		change := settings.Change{
			At: day.AddDate(0, 0, i), By: settings.Author{ID: "person:é", Name: "Zoë\xff"}, Action: settings.ActionChanged, Kind: settings.KindSource,
			Name: fmt.Sprintf("source-%d", i+1), Network: "192.0.2.0/24", Fields: []settings.FieldChange{{Field: "host", From: "a", To: "b\x00<"}},
		}
		if err := add(t.Context(), db, change); err != nil {
			t.Fatal(err)
		}
	}
}

// broken tells at which line the log is broken, 0 for nowhere.
func broken(t *testing.T, db *database.DB, known ...auditlog.Head) int64 {
	t.Helper()
	_, err := auditlog.Verify(t.Context(), db, known...)
	if err == nil {
		return 0
	}
	found, ok := errors.AsType[*auditlog.BrokenError](err)
	if !ok {
		t.Fatal(err)
	}
	return found.ID
}

func TestWhatWasChangedIsFound(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		harm []string
		want int64
	}{
		"nothing":              {nil, 0},
		"an author":            {[]string{"UPDATE audit_log SET by_name = 'Mallory' WHERE id = 4"}, 4},
		"an action":            {[]string{"UPDATE audit_log SET action = 'created' WHERE id = 1"}, 1},
		"a name":               {[]string{"UPDATE audit_log SET name = 'x' WHERE id = 10"}, 10},
		"a field":              {[]string{"UPDATE audit_log SET fields = '[]' WHERE id = 4"}, 4},
		"fields that are none": {[]string{"UPDATE audit_log SET fields = '[' WHERE id = 4"}, 4},
		"a network":            {[]string{"UPDATE audit_log SET network = '' WHERE id = 4"}, 4},
		"a moment":             {[]string{"UPDATE audit_log SET at = at + 1 WHERE id = 4"}, 4},
		"removed":              {[]string{"DELETE FROM audit_log WHERE id = 4"}, 4},
		"the first removed":    {[]string{"DELETE FROM audit_log WHERE id <= 3"}, 1},
		"the last removed":     {[]string{"DELETE FROM audit_log WHERE id = 10"}, 10},
		"all removed":          {[]string{"DELETE FROM audit_log"}, 1},
		"removed and moved up": {[]string{"DELETE FROM audit_log WHERE id = 4", "UPDATE audit_log SET id = 4 WHERE id = 5", "UPDATE audit_log SET id = 5 WHERE id = 6"}, 4},
		"swapped":              {[]string{"UPDATE audit_log SET id = 99 WHERE id = 4", "UPDATE audit_log SET id = 4 WHERE id = 5", "UPDATE audit_log SET id = 5 WHERE id = 99"}, 4},
		"inserted": {[]string{
			"UPDATE audit_log SET id = 12 WHERE id = 10",
			`INSERT INTO audit_log SELECT 10, at, by_id, by_name, action, kind, name, network, fields, salt, digest, previous, hash FROM audit_log WHERE id = 9`,
			"UPDATE audit_log SET id = 11 WHERE id = 12", "UPDATE audit_head SET last = 11",
		}, 10},
		"added at the end": {[]string{
			"INSERT INTO audit_log SELECT 11, at, by_id, by_name, action, kind, name, network, fields, salt, digest, hash, previous FROM audit_log WHERE id = 10",
		}, 11},
		"the content erased": {[]string{
			"UPDATE audit_log SET by_id = '', by_name = '', action = '', kind = '', name = '', network = '', fields = '[]', salt = NULL WHERE id = 4",
		}, 4},
		"the salt erased": {[]string{"UPDATE audit_log SET salt = NULL WHERE id = 4"}, 4},
	}
	for name, one := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databasetest.All(t, func(t *testing.T, db *database.DB) {
				fill(t, db)
				for _, harm := range one.harm {
					if _, err := db.ExecContext(t.Context(), harm); err != nil {
						t.Fatal(err)
					}
				}
				if got := broken(t, db); got != one.want {
					t.Errorf("broken at %d, want %d", got, one.want)
				}
			})
		})
	}
}

// What retention removes is told by an anchor; the rest stays provable.
func TestAShortenedLogIsWhole(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		fill(t, db)
		shorten := func(before time.Time, want int64) {
			t.Helper()
			got, err := auditlog.Shorten(t.Context(), db, before, day.AddDate(0, 0, 20))
			if err != nil || got != want {
				t.Fatalf("removed %d, %v; want %d", got, err, want)
			}
			if at := broken(t, db); at != 0 {
				t.Errorf("broken at %d", at)
			}
		}
		shorten(day, 0)
		shorten(day.AddDate(0, 0, 3), 3)
		shorten(day.AddDate(0, 0, 3), 0)
		shorten(day.AddDate(0, 0, 5), 2)
		shorten(day.AddDate(0, 0, 19), 5) // all that was written at first
		done, err := auditlog.Verify(t.Context(), db)
		if err != nil || done.Lines != 3 || done.First != 11 || done.Head.ID != 13 {
			t.Errorf("got %+v, %v", done, err)
		}
		// The anchors go, too, and others take their place.
		shorten(day.AddDate(0, 0, 21), 3)
		fill(t, db)
		if _, err := db.ExecContext(t.Context(), "DELETE FROM audit_log WHERE id = 14"); err != nil {
			t.Fatal(err)
		}
		if got := broken(t, db); got == 0 {
			t.Error("a removed anchor was not missed")
		}
	})
}

// A line from before the moment that follows a younger one waits for that one.
func TestOnlyTheBeginningIsRemoved(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		for _, days := range []int{0, 9, 1} {
			if err := add(t.Context(), db, settings.Change{At: day.AddDate(0, 0, days), Action: settings.ActionCreated, Kind: settings.KindToken}); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := auditlog.Shorten(t.Context(), db, day.AddDate(0, 0, 5), day); err != nil || got != 1 {
			t.Errorf("removed %d, %v", got, err)
		}
		if at := broken(t, db); at != 0 {
			t.Errorf("broken at %d", at)
		}
	})
}

// Erasing one person leaves a chain that is whole, and nothing of them.
func TestErasedLines(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		fill(t, db)
		receipt := settings.Change{At: day, By: settings.Author{ID: "command"}, Action: settings.ActionErased, Kind: settings.KindEmployee, Name: "acme"}
		count, err := auditlog.Erase(t.Context(), db, settings.KindSource, []string{"source-3", "source-7", "source-99"}, receipt)
		if err != nil || count != 2 {
			t.Fatalf("got %d, %v", count, err)
		}
		done, err := auditlog.Verify(t.Context(), db)
		if err != nil || done.Lines != 11 || done.Erased != 2 {
			t.Errorf("got %+v, %v", done, err)
		}
		lines, err := auditlog.Read(t.Context(), db, settings.ChangesQuery{Limit: 100})
		if err != nil || len(lines) != 9 {
			t.Errorf("got %d lines, %v", len(lines), err)
		}
		if diff := cmp.Diff([]settings.FieldChange{{Field: auditlog.FieldErasedLines, To: "3 7"}}, lines[0].Fields); diff != "" {
			t.Error(diff)
		}
		var out bytes.Buffer
		if _, err := auditlog.Export(t.Context(), db, &out); err != nil {
			t.Fatal(err)
		}
		for _, gone := range []string{"source-3", "source-7"} {
			if bytes.Contains(out.Bytes(), []byte(gone)) {
				t.Errorf("the export has %s", gone)
			}
		}
		// Who erases a line by hand has no receipt for it.
		if _, err := db.ExecContext(t.Context(), "UPDATE audit_log SET action = 'changed' WHERE id = 7"); err != nil {
			t.Fatal(err)
		}
		if got := broken(t, db); got != 7 {
			t.Errorf("broken at %d, want 7", got)
		}
	})
}

// A log that somebody wrote anew, hashes and all, is not the one that was noted.
func TestANotedLineIsMissed(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		fill(t, db)
		before, err := auditlog.Verify(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		noted, err := auditlog.ParseHead(before.Head.String())
		if err != nil || noted != before.Head {
			t.Fatalf("got %v, %v", noted, err)
		}
		if got := broken(t, db, noted); got != 0 {
			t.Errorf("broken at %d", got)
		}
		wipe(t, db)
		fill(t, db)
		if got := broken(t, db); got != 0 {
			t.Errorf("the new log is broken at %d", got)
		}
		if got := broken(t, db, noted); got != noted.ID {
			t.Errorf("broken at %d, want %d", got, noted.ID)
		}
		wipe(t, db)
		if got := broken(t, db, noted); got != 1 {
			t.Errorf("an empty log is broken at %d, want 1", got)
		}
	})
	for _, wrong := range []string{"", "5", "5:", "5:zz", "x:00", "0:" + string(bytes.Repeat([]byte("0"), 64)), "5:00"} {
		if _, err := auditlog.ParseHead(wrong); err == nil {
			t.Errorf("%q was read", wrong)
		}
	}
}

func wipe(t *testing.T, db *database.DB) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), "DELETE FROM audit_log"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "UPDATE audit_head SET last = 0, hash = $1", make([]byte, 32)); err != nil {
		t.Fatal(err)
	}
}

func TestAnExportProvesItself(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		fill(t, db)
		var out bytes.Buffer
		if lines, err := auditlog.Export(t.Context(), db, &out); err != nil || lines != 10 {
			t.Fatalf("got %d, %v", lines, err)
		}
		good := out.Bytes()
		want, err := auditlog.Verify(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		got, err := auditlog.VerifyEntries(auditlog.Exported(bytes.NewReader(good)))
		if err != nil || got != want {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
		for name, bad := range map[string][]byte{
			"changed": bytes.Replace(good, []byte("source-4"), []byte("source-5"), 1),
			"removed": bytes.Join([][]byte{bytes.Join(bytes.Split(good, []byte("\n"))[:3], []byte("\n")), bytes.Join(bytes.Split(good, []byte("\n"))[4:], []byte("\n"))}, []byte("\n")),
			"cut":     bytes.Replace(good, []byte(`{"id":4,`), []byte(`{"id":4`), 1),
		} {
			_, err := auditlog.VerifyEntries(auditlog.Exported(bytes.NewReader(bad)))
			if found, ok := errors.AsType[*auditlog.BrokenError](err); !ok || found.ID != 4 {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if _, err := auditlog.VerifyEntries(auditlog.Exported(bytes.NewReader(good[:len(good)/2])), want.Head); err == nil {
			t.Error("half of it was good")
		}
	})
}

// Several processes write one chain.
func TestManyWritersMakeOneChain(t *testing.T) {
	t.Parallel()
	databasetest.AllURLs(t, func(t *testing.T, address string) {
		first := databasetest.Open(t, address)
		if err := first.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for range 4 {
			db := databasetest.Open(t, address)
			group.Go(func() {
				for range 10 {
					if err := add(t.Context(), db, settings.Change{At: day, Action: settings.ActionCreated, Kind: settings.KindToken}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		done, err := auditlog.Verify(t.Context(), first)
		if err != nil || done.Lines != 40 || done.Head.ID != 40 {
			t.Errorf("got %+v, %v", done, err)
		}
	})
}

// A line of a transaction that failed is not in the chain.
func TestWhatWasRolledBackLeavesNoGap(t *testing.T) {
	t.Parallel()
	databasetest.All(t, func(t *testing.T, db *database.DB) {
		fill(t, db)
		tx, err := db.BeginTx(t.Context(), &sql.TxOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := auditlog.Append(t.Context(), tx, settings.Change{At: day, Action: settings.ActionCreated, Kind: settings.KindToken}); err != nil {
			t.Fatal(err)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		fill(t, db)
		if done, err := auditlog.Verify(t.Context(), db); err != nil || done.Lines != 20 {
			t.Errorf("got %+v, %v", done, err)
		}
	})
}
