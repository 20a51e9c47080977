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
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		return Wait(seconds, time.Second)
	}
	if date, err := http.ParseTime(text); err == nil {
		return min(max(date.Sub(now), 0), LongestRetryAfter)
	}
	return 0
}

// Wait is a number of units that a server asks for, with the bounds of RetryAfter.
func Wait(count float64, unit time.Duration) time.Duration {
	if math.IsNaN(count) {
		return 0
	}
	return time.Duration(min(max(count, 0), float64(LongestRetryAfter/unit)) * float64(unit))
}
