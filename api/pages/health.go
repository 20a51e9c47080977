package pages

import (
	"net/http"
	"time"

	"github.com/figgosync/figgosync/internal/admin"
)

// expiresSoon is how long before its end a secret is warned about.
const expiresSoon = 30 * 24 * time.Hour

// expiry is the end of a secret, with how it looks: "good", "warn" or "bad".
type expiry struct {
	At   time.Time
	Tone string
}

// expiryOf is the end of a connection's certificate, nil where nobody knows one.
func (s *site) expiryOf(view admin.ConnectionView) *expiry {
	at, ok := view.Described["certificateExpires"].(time.Time)
	if !ok || at.IsZero() {
		return nil
	}
	switch left := at.Sub(s.config.Now()); {
	case left <= 0:
		return &expiry{at, "bad"}
	case left < expiresSoon:
		return &expiry{at, "warn"}
	}
	return &expiry{at, "good"}
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
