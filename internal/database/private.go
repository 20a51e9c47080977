package database

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
)

// ErrExposed is returned, wrapped, for a file that others than its owner may read.
var ErrExposed = errors.New("others than its owner may read it")

// othersMay are the permissions of the group and of everybody.
const othersMay = 0o077

// MakePrivate takes a database file, and those that SQLite keeps beside it, from
// everybody but its owner. Files that are missing need nothing.
func MakePrivate(path string) error {
	for _, name := range []string{path, path + "-wal", path + "-shm", path + "-journal"} {
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().Perm()&othersMay == 0 ||
			runtime.GOOS == "windows" {
			continue
		}
		if err != nil {
			return err
		}
		if err := os.Chmod(name, info.Mode().Perm()&^othersMay); err != nil {
			return fmt.Errorf("%s has the mode %04o, and %w: %w", name, info.Mode().Perm(), ErrExposed, err)
		}
	}
	return nil
}

// Private sees that nobody but its owner may use a file, or a file of a directory.
// A mounted secret that root owns and the group of this process may read is private too:
// Kubernetes mounts them so (fsGroup). Windows has no such permissions. What is missing is an
// fs.ErrNotExist.
func Private(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	mode := info.Mode().Perm()
	if runtime.GOOS == "windows" || mode&othersMay == 0 || mode&othersMay == 0o040 && ownedByRoot(info) {
		return nil
	}
	wanted := "600"
	if info.IsDir() {
		wanted = "700"
	}
	return fmt.Errorf("%s has the mode %04o, and %w: chmod %s %s", path, mode, ErrExposed, wanted, path)
}
