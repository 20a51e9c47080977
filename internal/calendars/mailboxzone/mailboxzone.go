// Package mailboxzone remembers which time zone a mailbox works in.
//
// Outlook shows an all-day event on every day its midnights touch in the mailbox's
// own zone: written with another zone's midnights, one day becomes two. So the
// adapters of Exchange and Office 365 write all-day events in the zone of the
// mailbox.
package mailboxzone

import (
	"context"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

const (
	// believed is how long an answer counts, failed how long nobody asks again after
	// a question without one.
	believed = 24 * time.Hour
	failed   = 15 * time.Minute
	// most is how many mailboxes are remembered.
	most = 10_000
)

// Zones are the time zones of mailboxes, by Windows id. It is safe for concurrent use.
type Zones struct {
	known *lru.Cache[string, zone] // by address in lower case
}

type zone struct {
	name  string // "" for one that cannot be told
	until time.Time
}

// New makes Zones that know nothing yet.
func New() *Zones {
	cache, err := lru.New[string, zone](most)
	if err != nil {
		panic(err) // only for a size below 1
	}
	return &Zones{cache}
}

// Of is the Windows id of the mailbox's zone, or own where that cannot be told. It
// asks at most once a day, and once in a quarter of an hour while nothing is heard:
// ask returns "" for an answer that tells no zone, and answered false when nothing
// was heard. The only error is ctx's.
func (z *Zones) Of(ctx context.Context, mailbox, own string, ask func() (name string, answered bool)) (string, error) {
	address := strings.ToLower(mailbox)
	found, ok := z.known.Get(address)
	if !ok || !time.Now().Before(found.until) {
		name, answered := ask()
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		age := failed
		if answered {
			age = believed
		}
		found = zone{name, time.Now().Add(age)}
		z.known.Add(address, found)
	}
	if found.name == "" {
		return own, nil
	}
	return found.name, nil
}
