//go:build !unix

package alerts

// DiskFree is not known on this system.
func DiskFree(string) (percent int, ok bool) { return 0, false }
