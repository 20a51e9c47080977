package main

import (
	"context"
	"os"
	"path/filepath"
	"time"
)

// disk is a directory on a small file system of its own, "" for none.
type disk string

// fill takes all that is left of the file system and gives it back later.
func (d disk) fill(ctx context.Context, during time.Duration) bool {
	if d == "" {
		return false
	}
	path := filepath.Join(string(d), "ballast")
	file, err := os.Create(path)
	if err != nil {
		return false
	}
	for err == nil { // until nothing fits any more
		_, err = file.Write(make([]byte, 1<<16))
	}
	for err = nil; err == nil; {
		_, err = file.Write([]byte{0})
	}
	_ = file.Close()
	go func() {
		select {
		case <-ctx.Done():
		case <-time.After(during):
		}
		_ = os.Remove(path)
	}()
	return true
}
