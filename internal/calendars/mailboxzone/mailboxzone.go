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
	// waits is how many times in a row a question that fails in passing holds a write
	// back: an outage of the question alone must not keep an absence out of a calendar.
	waits = 2
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
	// guessed says that the question failed in passing: the zone may be heard later.
	guessed bool
	// failures are the questions in a row that failed in passing.
	failures int
}

// Answer is what a question for the zone brought.
type Answer struct {
	// Zone is its Windows id, "" where the answer tells none.
	Zone string
	// Heard is false when nothing was heard of it. Passing is then the error of a
	// failure that is worth another try soon, nil where trying again changes nothing.
	Heard   bool
	Passing error
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
// asks at most once a day, and once in a quarter of an hour while nothing is heard. A
// question that fails in passing is asked again with the next call: its error is
// returned, up to twice in a row, so that the caller tries again. After that own is a guess:
// what is written in it is to be written again. The only other error is ctx's.
func (z *Zones) Of(ctx context.Context, mailbox, own string, ask func() Answer) (name string, guess bool, err error) {
	address := strings.ToLower(mailbox)
	found, ok := z.known.Get(address)
	if !ok || !time.Now().Before(found.until) {
		answer := ask()
		if ctx.Err() != nil {
			return "", false, ctx.Err()
		}
		found = found.after(answer)
		z.known.Add(address, found)
		if answer.Passing != nil && found.failures <= waits {
			return "", false, answer.Passing
		}
	}
	if found.name == "" {
		return own, found.guessed, nil
	}
	return found.name, false, nil
}

// after is what is known after an answer.
func (z zone) after(answer Answer) zone {
	now := time.Now()
	switch {
	case answer.Heard:
		return zone{name: answer.Zone, until: now.Add(believed)}
	case answer.Passing == nil:
		return zone{until: now.Add(failed), failures: z.failures}
	case z.failures < waits:
		return zone{until: now, guessed: true, failures: z.failures + 1}
	}
	return zone{until: now.Add(failed), guessed: true, failures: waits + 1}
}
