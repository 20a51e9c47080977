package exchange

import (
	"errors"
	"fmt"
	"time"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// ErrNoItem is returned for an id that is not (or no longer) in the mailbox.
var ErrNoItem = errors.New("no such item in this mailbox")

// Edit is what a person changes by hand in Outlook. Nil and zero change nothing.
type Edit struct {
	Subject, Location *string
	// ShowAs is spelt as LegacyFreeBusyStatus.
	ShowAs  *string
	Private *bool
	// Days drags the event by whole days on the mailbox's clocks, Shift by a
	// duration.
	Days  int
	Shift time.Duration
}

// UserEdit changes an event as its owner would: its ChangeKey moves, its id and
// its extended properties stay. It returns ErrNoItem or mailboxes.ErrNoMailbox.
func (r *Room) UserEdit(email, id string, edit Edit) error {
	return r.person(email, id, func(tx *mailboxes.Tx, item mailboxes.Item, content calendarItem) {
		edit.apply(&content, tx.Mailbox().Zone)
		content.modified = r.now().UTC()
		put(tx, item.ID, content)
	})
}

func (e Edit) apply(i *calendarItem, zone string) {
	for field, value := range map[*string]*string{&i.subject: e.Subject, &i.location: e.Location, &i.freeBusy: e.ShowAs} {
		if value != nil {
			*field = *value
		}
	}
	if e.Private != nil {
		i.sensitivity = map[bool]string{true: "Private", false: "Normal"}[*e.Private]
	}
	clocks, err := time.LoadLocation(zone)
	if err != nil {
		clocks = time.UTC
	}
	for _, t := range []*time.Time{&i.start, &i.end} {
		*t = t.In(clocks).AddDate(0, 0, e.Days).Add(e.Shift).UTC()
	}
}

// UserBin moves an event to Deleted Items as its owner would, and returns its
// new id. It returns ErrNoItem or mailboxes.ErrNoMailbox.
func (r *Room) UserBin(email, id string) (newID string, err error) {
	return r.userMove(email, id, binFolder)
}

// UserMove moves an event to another calendar of its owner, where it is still
// seen but no longer in the default calendar, and returns its new id. It returns
// ErrNoItem or mailboxes.ErrNoMailbox.
func (r *Room) UserMove(email, id string) (newID string, err error) {
	return r.userMove(email, id, otherFolder)
}

func (r *Room) userMove(email, id, folder string) (newID string, err error) {
	err = r.person(email, id, func(tx *mailboxes.Tx, item mailboxes.Item, _ calendarItem) {
		newID = move(tx, item, folder, r.now().UTC()).ID
	})
	return newID, err
}

func (r *Room) person(email, id string, do func(*mailboxes.Tx, mailboxes.Item, calendarItem)) error {
	err := r.store.Within(mailboxes.Exchange, email, func(tx *mailboxes.Tx) error {
		item, ok := tx.Get(id)
		if !ok {
			return ErrNoItem
		}
		item, content := settle(tx, item)
		do(tx, item, content)
		return nil
	})
	if err != nil {
		return fmt.Errorf("acting as the mailbox's owner: %w", err)
	}
	return nil
}
