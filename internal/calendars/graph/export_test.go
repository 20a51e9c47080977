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

// AgeToken makes the token of cal look issued that much earlier.
func AgeToken(cal *Calendar, age time.Duration) { cal.tokens.issued = cal.tokens.issued.Add(-age) }
