// Package atomicfile writes files that must not be lost or half there: keysets. A file
// is there as a whole or not at all, after a kill or a power cut too.
package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
)

// Create writes a file that only its owner can read, and the missing directories of its
// path. The error is an fs.ErrExist, and nothing is changed, where the file exists.
func Create(path string, content []byte) error { return place(path, content, os.Link) }

// Replace does what Create does, also with a file that exists.
func Replace(path string, content []byte) error { return place(path, content, os.Rename) }

func place(path string, content []byte, move func(from, to string) error) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(content)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := move(file.Name(), path); err != nil {
		return err
	}
	parent, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(parent.Sync(), parent.Close())
}
