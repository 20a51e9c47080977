package graph

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// viewOf is the event as Outlook shows it in the mailbox's own zone. An all-day
// event keeps the midnights of its own zone: where those are not midnights for
// the mailbox, Outlook shows it on every day it touches.
func viewOf(e *event, mailbox mailboxes.Mailbox) (mailboxes.View, *failure) {
	loc, err := time.LoadLocation(mailbox.Zone)
	if err != nil {
		return mailboxes.View{}, failInternal(fmt.Errorf("the mailbox's time zone: %w", err))
	}
	v := mailboxes.View{
		Subject: e.subject, AllDay: e.allDay, TimeZone: mailbox.Zone, ShowAs: e.showAs,
		Private: slices.Contains([]string{"personal", "private", "confidential"}, e.sensitivity), Status: "confirmed",
		Marked: slices.ContainsFunc(e.extended,
			func(p extendedProperty) bool { return strings.HasPrefix(p.id.name, "figgosync") }),
	}
	if e.showAs == "tentative" {
		v.Status = "tentative"
	}
	if e.allDay {
		v.Start, v.End = daysTouched(e, loc)
		return v, nil
	}
	v.Start = e.start.instant().In(loc).Format("2006-01-02T15:04")
	v.End = e.end.instant().In(loc).Format("2006-01-02T15:04")
	return v, nil
}

// daysTouched returns the first day and the day after the last that an all-day
// event touches in loc.
func daysTouched(e *event, loc *time.Location) (start, end string) {
	first := startOfDay(e.start.wall, e.start.loc).In(loc)
	until := startOfDay(e.end.wall, e.end.loc).In(loc)
	if !until.Equal(startOfDay(until, loc)) {
		until = time.Date(until.Year(), until.Month(), until.Day()+1, 12, 0, 0, 0, loc)
	}
	return first.Format(time.DateOnly), until.Format(time.DateOnly)
}
