// Package delays remembers how long changes take from Figgo's webhook to the
// calendar, in classes of time, so that people can see it. It keeps numbers only:
// no absence, no person.
package delays

import "time"

// Bucket is how long changes took in one synchronization and one stretch of time.
type Bucket struct {
	Synchronization string
	// Start is the beginning of the stretch, in UTC; Width its length.
	Start time.Time
	Width time.Duration
	// Count is how many changes were written. P50 and P95 are what half and 95 %
	// of them did not exceed: upper bounds of a histogram's classes.
	Count    int
	P50, P95 time.Duration
	// Last is when the last one was written, in UTC.
	Last time.Time
}
