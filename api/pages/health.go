package pages

import (
	"net/http"
	"time"

	"github.com/figgosync/figgosync/internal/admin"
)

// How long before its end a secret is warned about, and from when on it is urgent.
const (
	expiresSoon    = 30 * 24 * time.Hour
	expiresUrgent  = 7 * 24 * time.Hour
	expiresLastDay = 24 * time.Hour
)

// expiry is the end of a secret.
type expiry struct {
	// Kind is what ends: "certificate" or "secret".
	Kind string
	At   time.Time
	// Tone is how it looks: "good", "warn" or "bad".
	Tone string
	// State is the code of what to say besides, "" for nothing: "soon" and "urgent"
	// with how long it lasts, "last-day", "over".
	State string
}

// expiryOf is the end of a connection's certificate or secret, nil where nobody knows
// one.
func (s *site) expiryOf(view admin.ConnectionView) *expiry {
	for _, kind := range []string{"certificate", "secret"} {
		if at, ok := view.Described[kind+"Expires"].(time.Time); ok && !at.IsZero() {
			end := expiryAt(at.Sub(s.config.Now()))
			end.Kind, end.At = kind, at
			return &end
		}
	}
	return nil
}

// expiryAt is how an end looks that is some time away.
func expiryAt(left time.Duration) expiry {
	switch {
	case left <= 0:
		return expiry{Tone: "bad", State: "over"}
	case left <= expiresLastDay:
		return expiry{Tone: "bad", State: "last-day"}
	case left <= expiresUrgent:
		return expiry{Tone: "bad", State: "urgent"}
	case left <= expiresSoon:
		return expiry{Tone: "warn", State: "soon"}
	}
	return expiry{Tone: "good"}
}

// lastLive are the last live changes that reached a calendar, by what of names a
// synchronization's source or connection.
func (s *site) lastLive(r *http.Request, of func(admin.SynchronizationView) string) map[string]time.Time {
	last := map[string]time.Time{}
	all, err := s.config.Admin.Synchronizations(r.Context())
	if err != nil {
		return last
	}
	written := s.config.Admin.LastLive(r.Context())
	for _, one := range all {
		if at := written[one.Name]; at.After(last[of(one)]) {
			last[of(one)] = at
		}
	}
	return last
}
