package graph

import (
	"net/http"
	"time"
)

// NewWithTransport is New over a given transport, for servers whose certificate
// only the test trusts.
func NewWithTransport(cfg Config, transport *http.Transport) (*Calendar, error) {
	return newCalendar(cfg, transport)
}

// RetryAfter reads a Retry-After header.
var RetryAfter = retryAfter

// AgeToken makes the token of cal look issued that much earlier.
func AgeToken(cal *Calendar, age time.Duration) { cal.tokens.issued = cal.tokens.issued.Add(-age) }
