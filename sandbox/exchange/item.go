package exchange

import (
	"slices"
	"strings"
	"time"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// The folders of a mailbox the service knows; other is any calendar beside the
// default one, where only a person moves items.
const (
	calendarFolder = "calendar"
	binFolder      = "deleteditems"
	otherFolder    = "other"
)

// calendarItem is what the service keeps in mailboxes.Item.Body. It is never
// changed once stored: a change stores a copy.
type calendarItem struct {
	folder string
	// settled is false until the first access after the item was created.
	settled bool

	subject, body, bodyType, location, itemClass, uid, culture string
	sensitivity, importance, freeBusy                          string
	categories, attachments, attendees                         []string
	reminder, responseRequested, proposals                     bool
	reminderMinutes                                            int
	allDay                                                     bool
	start, end                                                 time.Time
	startZone, endZone                                         string // Windows ids
	extended                                                   []extendedProperty
	created, modified                                          time.Time
}

// newItem has the defaults of a server: busy, and a reminder after all.
func newItem(now time.Time) calendarItem {
	return calendarItem{
		folder: calendarFolder, itemClass: "IPM.Appointment", bodyType: "Text",
		sensitivity: "Normal", importance: "Normal", freeBusy: "Busy",
		reminder: true, reminderMinutes: 15, responseRequested: true, proposals: true,
		created: now, modified: now,
	}
}

// view is what the mailbox's owner sees, on the clocks of the mailbox's zone.
// An all-day event whose midnights are not this zone's shows on every day it
// touches, as Outlook shows it on two
//
// (learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-create-all-day-events-by-using-ews-in-exchange).
func (i calendarItem) view(zone string) mailboxes.View {
	location, err := time.LoadLocation(zone)
	if err != nil {
		location = time.UTC
	}
	v := mailboxes.View{
		Subject: i.subject, AllDay: i.allDay, TimeZone: zone, ShowAs: i.freeBusy, Status: "confirmed",
		Private: i.sensitivity != "Normal", Marked: i.marked(),
	}
	if i.freeBusy == "Tentative" {
		v.Status = "tentative"
	}
	layout, start, end := "2006-01-02T15:04", i.start.In(location), i.end.In(location)
	if i.allDay {
		layout, end = time.DateOnly, midnightFrom(end)
	}
	v.Start, v.End = start.Format(layout), end.Format(layout)
	return v
}

func (i calendarItem) marked() bool {
	return slices.ContainsFunc(i.extended,
		func(p extendedProperty) bool { return strings.HasPrefix(p.name, "figgosync") })
}

// put stores the item under id and returns it with its new version.
func put(tx *mailboxes.Tx, id string, i calendarItem) mailboxes.Item {
	return tx.Put(mailboxes.Item{ID: id, Binned: i.folder == binFolder, View: i.view(tx.Mailbox().Zone),
		Personal: i.personal(), Body: i})
}

// settle lets the calendar assistants touch a new item, which moves its
// ChangeKey: the one CreateItem answered is stale from here on.
func settle(tx *mailboxes.Tx, item mailboxes.Item) (mailboxes.Item, calendarItem) {
	content := item.Body.(calendarItem)
	if content.settled {
		return item, content
	}
	content.settled = true
	return put(tx, item.ID, content), content
}

// move puts an item into another folder, which gives it a new id.
func move(tx *mailboxes.Tx, item mailboxes.Item, folder string, now time.Time) mailboxes.Item {
	_, content := settle(tx, item)
	content.folder, content.modified = folder, now
	id := newItemID(tx.Mailbox().Email)
	tx.Rename(item.ID, id)
	return put(tx, id, content)
}
