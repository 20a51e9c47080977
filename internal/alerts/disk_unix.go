//go:build unix

package alerts

import "golang.org/x/sys/unix"

// DiskFree tells how many percent of the disk that holds a directory are free for this
// process.
func DiskFree(dir string) (percent int, ok bool) {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil || stat.Blocks == 0 {
		return 0, false
	}
	return int(stat.Bavail * 100 / stat.Blocks), true
}
