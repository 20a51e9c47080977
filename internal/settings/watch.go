package settings

import (
	"cmp"
	"time"

	"github.com/figgosync/figgosync/internal/record"
)

// Watch is a synthetic absence: it is written into a calendar now and again as real ones
// are, read back and removed, so that somebody is told when that fails or takes long.
type Watch struct {
	// Mailbox is whose calendar it is written into; there is none where it is "".
	Mailbox string `json:"mailbox,omitempty" rule:"word max=254" show:"digest" hint:"write an e-mail address" doc:"Mailbox that a synthetic absence is written into, read back from, and removed from; none where it is missing."`
	// Every is how often: WatchHourly where it is "".
	Every WatchEvery `json:"every,omitempty" choice:"hourly daily" doc:"How often; hourly where it is missing."`
}

// WatchEvery is how often a synthetic absence is written.
type WatchEvery string

// How often.
const (
	WatchHourly WatchEvery = "hourly"
	WatchDaily  WatchEvery = "daily"
)

// Interval is the time from one to the next.
func (w Watch) Interval() time.Duration {
	if cmp.Or(w.Every, WatchHourly) == WatchDaily {
		return 24 * time.Hour
	}
	return time.Hour
}

func checkWatch(c *record.Checker, w Watch) {
	const field = "watch.mailbox"
	if w.Mailbox != "" && c.Good(field) && !isMailAddress(w.Mailbox) {
		c.Add(field, CodeBadEmail)
	}
}
