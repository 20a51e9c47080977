package google

import (
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/figgosync/figgosync/internal/absence"
)

// zones are the time zones of calendars, as each list of events tells them. Only whole
// days out of office need them: Google has no such all-day event, and one from
// midnight to midnight of another zone touches two days
// (developers.google.com/workspace/calendar/api/guides/calendar-status).
type zones struct{ known *lru.Cache[string, string] }

func newZones(atMost int) (zones, error) {
	cache, err := lru.New[string, string](atMost)
	return zones{cache}, err
}

// note remembers the zone of a mailbox's calendar; one that nobody knows here is none.
func (z zones) note(mailbox, zone string) {
	if zone == "" {
		return
	}
	if _, err := time.LoadLocation(zone); err == nil {
		z.known.Add(mailboxID(mailbox), zone)
	}
}

// suit is the event in the calendar's own zone where its days depend on it. It is not
// part of the fingerprint: somebody who changes theirs causes no rewrite.
func (z zones) suit(mailbox string, event absence.Event) absence.Event {
	if event.Kind != absence.KindOutOfOffice || !event.AllDay {
		return event
	}
	if zone, known := z.known.Get(mailboxID(mailbox)); known {
		event.Zone = zone
	}
	return event
}
