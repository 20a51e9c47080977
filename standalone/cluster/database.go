package cluster

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"syscall"

	"go.temporal.io/server/common/config"
	schema "go.temporal.io/server/schema/sqlite"
	_ "modernc.org/sqlite" // the driver "sqlite"

	private "github.com/figgosync/figgosync/internal/database"
)

// HasData tells whether a server has kept its data in the directory before.
func HasData(dataDir string) bool {
	return exists(databasePath(dataDir))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// files are those of the two databases, each before what makes it count: as long as
// the last one is there, so is HasData.
func files(dataDir string) []string {
	var all []string
	for _, path := range []string{visibilityPath(dataDir), databasePath(dataDir)} {
		all = append(all, path+"-wal", path+"-shm", path+"-journal", path)
	}
	return all
}

// RemoveData removes what a server kept in the directory.
func RemoveData(dataDir string) error {
	for _, part := range files(dataDir) {
		if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove what Temporal kept: %w", err)
		}
	}
	return nil
}

// makeDatabase makes the database with its tables. It does so under another name:
// a process that is killed meanwhile must not leave half of the tables behind.
// The server's library keeps its connection to the new file for good, so the tables
// are not made in WAL mode, where some of them might still be in a file beside.
func makeDatabase(described *config.SQL) error {
	path := described.DatabaseName
	unfinished := path + ".new"
	// A write-ahead log that was left behind would be taken for the new file's own.
	for _, old := range []string{unfinished, unfinished + "-journal", path + "-wal", path + "-shm", path + "-journal"} {
		if err := os.Remove(old); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	making := *described
	making.DatabaseName = unfinished
	making.ConnectAttributes = maps.Clone(described.ConnectAttributes)
	making.ConnectAttributes["journal_mode"], making.ConnectAttributes["synchronous"] = "delete", "off"
	if err := schema.SetupSchema(&making); err != nil {
		return err
	}
	if err := errors.Join(private.MakePrivate(unfinished), sync(unfinished)); err != nil {
		return err
	}
	return os.Rename(unfinished, path)
}

// sync waits until a file is on the disk.
func sync(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// wayOut from a damaged database.
const wayOut = "restore it from a backup, or move temporal.db and temporal-visibility.db away to start anew"

// checkDatabase reads an existing database through once, so that damage is told
// in one sentence before anything starts. No data directory, no database: fine.
func checkDatabase(dataDir string) error {
	if dataDir == "" || !HasData(dataDir) {
		return nil
	}
	if path := visibilityPath(dataDir); exists(path) {
		if err := checkFile(path); err != nil {
			return err
		}
	}
	return checkFile(databasePath(dataDir))
}

func checkFile(path string) error {
	if err := private.MakePrivate(path); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(context.Background(), "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return fmt.Errorf("the database %s is damaged: "+wayOut+" (running absences are then found again by their markers): %w", path, err)
	}
	if verdict != "ok" {
		return fmt.Errorf("the database %s is damaged (%s): "+wayOut, path, verdict)
	}
	var table string
	if err := db.QueryRowContext(context.Background(), "SELECT name FROM sqlite_master WHERE name = 'namespaces'").Scan(&table); err != nil {
		return fmt.Errorf("the database %s is damaged (it has no tables): "+wayOut, path)
	}
	return nil
}

// Lock takes the data directory for this process, making it when it is missing.
// The lock ends with the process, however it ends.
func Lock(dataDir string) (unlock func(), err error) {
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the data directory %s: %w", dataDir, cause(err))
	}
	path := filepath.Join(dataDir, "lock")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot write to the data directory %s: %w", dataDir, cause(err))
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("the data directory %s is in use by another figgosync: stop that one, or choose another with --data-dir", dataDir)
		}
		return nil, fmt.Errorf("cannot lock the data directory %s: %w", dataDir, err)
	}
	return func() { _ = file.Close() }, nil
}

// cause drops the operation and path from an error that names them already.
func cause(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}
