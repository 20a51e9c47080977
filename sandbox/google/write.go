package google

import (
	"crypto/rand"
	"encoding/base32"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// insert is events.insert: developers.google.com/workspace/calendar/api/v3/reference/events/insert
// A deleted event keeps its id, so inserting that id again is refused too.
func insert(c *call) (answer reply, err error) {
	if err := c.allowWrite(); err != nil {
		return reply{}, err
	}
	sent, err := c.decode()
	if err != nil {
		return reply{}, err
	}
	e, err := toEvent(merge(nil, sent))
	if err != nil {
		return reply{}, err
	}
	if err := name(&e); err != nil {
		return reply{}, err
	}
	err = c.within(func(tx *mailboxes.Tx) error {
		kept, err := complete(e, tx.Mailbox())
		if err != nil {
			return err
		}
		if _, found := tx.Get(e.ID); found {
			return duplicate()
		}
		kept.created = c.service.config.Now()
		kept.updated = kept.created
		answer, err = put(tx, kept)
		return err
	})
	return answer, err
}

// name checks the id of a new event, or makes one. Google wants an id or an
// iCalUID at creation, not both.
func name(e *event) error {
	switch {
	case e.ID != "" && e.ICalUID != "":
		return invalid("Only one of id and iCalUID may be supplied.")
	case e.ID == "":
		var random [16]byte
		rand.Read(random[:])
		e.ID = strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(random[:]))
	}
	if e.ICalUID == "" {
		e.ICalUID = e.ID + "@google.com"
	}
	return checkID(e.ID)
}

// put stores a live event and answers with it.
func put(tx *mailboxes.Tx, kept stored) (reply, error) {
	box := tx.Mailbox()
	zone, err := zoneOf(box)
	if err != nil {
		return reply{}, err
	}
	item := tx.Put(mailboxes.Item{ID: kept.ID, View: viewOf(kept, box, zone), Personal: kept.personal(), Body: kept})
	return reply{http.StatusOK, etag(item), render(item, box, zone)}, nil
}

// update is events.update: the body is the whole event, and what it leaves out is
// reset. developers.google.com/workspace/calendar/api/v3/reference/events/update
func update(c *call) (reply, error) {
	return change(c, false, func(_ event, sent map[string]any) (event, error) { return toEvent(merge(nil, sent)) })
}

// patch is events.patch: the body is merged into the event.
// developers.google.com/workspace/calendar/api/v3/reference/events/patch
func patch(c *call) (reply, error) {
	return change(c, true, func(old event, sent map[string]any) (event, error) {
		object, err := toObject(old)
		if err != nil {
			return event{}, err
		}
		return toEvent(merge(object, sent))
	})
}

// change builds an event anew; the guests its owner added stay or, being left out
// of a whole event, go. Files go only when a client says that it knows of them.
func change(c *call, keepsGuests bool, build func(old event, sent map[string]any) (event,
	error)) (answer reply, err error) {
	if err := c.allowWrite(); err != nil {
		return reply{}, err
	}
	sent, err := c.decode()
	if err != nil {
		return reply{}, err
	}
	err = c.within(func(tx *mailboxes.Tx) error {
		item, found := tx.Get(c.request.PathValue("eventId"))
		if !found {
			return notFound()
		}
		if err := mayChange(c.request, item, sent); err != nil {
			return err
		}
		old := item.Body.(stored)
		e, err := build(old.event, sent)
		if err != nil {
			return err
		}
		if !keepsGuests {
			old.guests = nil
			item.Body = old
		}
		answer, err = replace(tx, item, e, c.service.config.Now())
		return err
	})
	return answer, err
}

// mayChange checks If-Match and what may be done to a tombstone: only to give it
// a live status again, and only when the API made it.
func mayChange(request *http.Request, item mailboxes.Item, sent map[string]any) error {
	if !matches(request.Header.Get("If-Match"), etag(item)) {
		return conditionNotMet()
	}
	switch {
	case !item.Binned:
		return nil
	case sent["status"] != confirmed && sent["status"] != tentative:
		return deleted()
	case item.Body.(stored).byUser:
		return forbidden()
	}
	return nil
}

// matches tells whether a condition header names the etag, or is empty.
func matches(header, etag string) bool {
	if header == "" || header == "*" {
		return true
	}
	return slices.ContainsFunc(strings.Split(header, ","),
		func(one string) bool { return strings.TrimSpace(one) == etag })
}

// replace puts e where item is.
func replace(tx *mailboxes.Tx, item mailboxes.Item, e event, now time.Time) (reply, error) {
	old := item.Body.(stored)
	if err := keepIdentity(&e, old.event); err != nil {
		return reply{}, err
	}
	if e.Status == cancelled {
		box := tx.Mailbox()
		zone, err := zoneOf(box)
		if err != nil {
			return reply{}, err
		}
		buried := bury(tx, item, false, now)
		return reply{http.StatusOK, etag(buried), render(buried, box, zone)}, nil
	}
	kept, err := complete(e, tx.Mailbox())
	if err != nil {
		return reply{}, err
	}
	if kept.EventType != old.EventType {
		return reply{}, refuse(http.StatusBadRequest, "invalidEventType",
			"The eventType of an event cannot be changed.")
	}
	if item.Binned || !kept.start.Equal(old.start) || !kept.end.Equal(old.end) {
		kept.Sequence++
	}
	kept.created, kept.updated = old.created, now
	kept.guests, kept.files = old.guests, old.files
	if onlyReminders(kept.event, old.event) {
		kept.updated = old.updated
	}
	return put(tx, kept)
}

// keepIdentity refuses what no write may change. A lower sequence than the stored
// one, which one that is left out of an update is, means that the writer has not
// seen the latest change.
func keepIdentity(e *event, old event) error {
	if e.ID != "" && e.ID != old.ID {
		return invalid("Invalid resource id value.")
	}
	if e.ICalUID != "" && e.ICalUID != old.ICalUID {
		return invalid("Invalid value for iCalUID: it cannot be changed.")
	}
	e.ID, e.ICalUID = old.ID, old.ICalUID
	if e.Sequence < old.Sequence {
		return invalid("Invalid sequence value. The specified sequence number is below the current sequence number of the resource. Re-fetch the resource and use its sequence number on the following request.")
	}
	return nil
}

// onlyReminders tells whether the reminders are all that differs: "changing
// reminders does not also change the updated property".
func onlyReminders(e, old event) bool {
	if reflect.DeepEqual(e.Reminders, old.Reminders) {
		return false
	}
	e.Reminders, old.Reminders = nil, nil
	return reflect.DeepEqual(e, old)
}

// remove is events.delete: developers.google.com/workspace/calendar/api/v3/reference/events/delete
func remove(c *call) (reply, error) {
	if err := c.allowWrite(); err != nil {
		return reply{}, err
	}
	err := c.within(func(tx *mailboxes.Tx) error {
		item, found := tx.Get(c.request.PathValue("eventId"))
		switch {
		case !found:
			return notFound()
		case item.Binned:
			return deleted()
		case !matches(c.request.Header.Get("If-Match"), etag(item)):
			return conditionNotMet()
		}
		bury(tx, item, false, c.service.config.Now())
		return nil
	})
	return reply{status: http.StatusNoContent}, err
}

// bury makes a tombstone: the event stays under its id, cancelled.
func bury(tx *mailboxes.Tx, item mailboxes.Item, byUser bool, now time.Time) mailboxes.Item {
	kept := item.Body.(stored)
	kept.Status = cancelled
	kept.Sequence++
	kept.updated = now
	kept.byUser = byUser
	item.Body, item.Binned, item.View.Status = kept, true, cancelled
	return tx.Put(item)
}
