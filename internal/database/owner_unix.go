//go:build unix

package database

import (
	"io/fs"
	"os"
	"syscall"
)

// ownedByRoot tells whether a file is root's while this process is not root.
func ownedByRoot(info fs.FileInfo) bool {
	status, ok := info.Sys().(*syscall.Stat_t)
	return ok && status.Uid == 0 && os.Geteuid() != 0
}
