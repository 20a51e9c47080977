package cluster

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// HasData tells whether a server has kept its data in the directory before.
func HasData(dataDir string) bool {
	_, err := os.Stat(databasePath(dataDir))
	return err == nil
}

// checkDatabase reads an existing database through once, so that damage is told
// in one sentence before anything starts. No data directory, no database: fine.
func checkDatabase(dataDir string) error {
	if dataDir == "" || !HasData(dataDir) {
		return nil
	}
	path := databasePath(dataDir)
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRow("PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return fmt.Errorf("the database %s is damaged: restore it from a backup, or move it away to start anew (running absences are then found again by their markers): %w", path, err)
	}
	if verdict != "ok" {
		return fmt.Errorf("the database %s is damaged (%s): restore it from a backup, or move it away to start anew", path, verdict)
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
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	return err
}
