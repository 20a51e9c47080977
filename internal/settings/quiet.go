package settings

import (
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/record"
)

// quietTimes reads two different times of day; the second may be of the next day.
func quietTimes(text string) (from, to absence.Clock, ok bool) {
	first, last, dash := strings.Cut(text, "-")
	from, err1 := absence.ParseClock(first)
	to, err2 := absence.ParseClock(last)
	return from, to, dash && err1 == nil && err2 == nil && from != to
}

// QuietUntil is when the quiet hours end that now is in, in the recipient's zone or else
// in zone; quiet is false where now is in none. Days on which clocks change count as
// clocks show them.
func (r Recipient) QuietUntil(now time.Time, zone *time.Location) (end time.Time, quiet bool) {
	from, to, ok := quietTimes(r.Quiet)
	if !ok {
		return time.Time{}, false
	}
	if r.Zone != "" {
		if own, err := time.LoadLocation(r.Zone); err == nil {
			zone = own
		}
	}
	year, month, day := now.In(zone).Date()
	at := func(clock absence.Clock, days int) time.Time {
		return time.Date(year, month, day+days, 0, int(clock), 0, 0, zone)
	}
	for _, days := range []int{-1, 0} { // those that began yesterday, and those of today
		begins, ends := at(from, days), at(to, days)
		if to < from {
			ends = at(to, days+1)
		}
		if !now.Before(begins) && now.Before(ends) {
			return ends, true
		}
	}
	return time.Time{}, false
}

// Urgent tells whether a kind of trouble is told in quiet hours too: it keeps everything,
// or a whole connection, from being written.
func (k TroubleKind) Urgent() bool {
	switch k {
	case TroubleTemporal, TroubleDatabase, TroubleDisk, TroubleConnectionRefused:
		return true
	}
	return false
}

func checkQuiet(c *record.Checker, r Recipient) {
	if _, _, ok := quietTimes(r.Quiet); !ok && r.Quiet != "" && c.Good("quiet") {
		c.Add("quiet", CodeBadQuiet)
	}
	if _, err := time.LoadLocation(r.Zone); c.Good("zone") && (err != nil || r.Zone == "Local") {
		c.Add("zone", CodeBadZone, "zone", r.Zone)
	}
}
