// Package transport is what the adapters of calendar systems share on the wire:
// the names of network and TLS failures, the reading of Retry-After
// and a gate for the requests about one mailbox.
package transport

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// LongestRetryAfter bounds a server's wish to be left alone: a longer one is a
// mistake, and nobody would know for a day that it has ended.
const LongestRetryAfter = 24 * time.Hour

// RetryAfter reads the header Retry-After in both its forms, a date and a number
// of seconds, which Graph sends with decimals too
// (rfc-editor.org/rfc/rfc9110#field.retry-after). It is 0 where there is none, for
// the past, and for anything that is neither; LongestRetryAfter at most.
func RetryAfter(header http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(seconds) {
		return time.Duration(min(max(seconds, 0), LongestRetryAfter.Seconds()) * float64(time.Second))
	}
	if date, err := http.ParseTime(text); err == nil {
		return min(max(date.Sub(now), 0), LongestRetryAfter)
	}
	return 0
}
