package exchange

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/figgosync/figgosync/internal/calendars/windowszones"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

var _ interface {
	mailboxes.Owner
	mailboxes.Carrier
} = (*Service)(nil)

// OwnerCreate enters an event as its owner would. See mailboxes.Owner.
func (s *Service) OwnerCreate(email string, made mailboxes.Edit) (id string, err error) {
	span, err := made.Whole()
	if err == nil {
		err = s.store.Within(mailboxes.Exchange, email, func(tx *mailboxes.Tx) error {
			content := newItem(s.now().UTC())
			content.uid = newUID()
			content.place(span, tx.Mailbox().Zone)
			content.edit(made)
			id = put(tx, newItemID(tx.Mailbox().Email), content).ID
			return nil
		})
	}
	if err != nil {
		return "", fmt.Errorf("acting as the mailbox's owner: %w", err)
	}
	return id, nil
}

// OwnerEdit changes an event as its owner would: its ChangeKey moves, its id and
// its extended properties stay. See mailboxes.Owner.
func (s *Service) OwnerEdit(email, id string, edit mailboxes.Edit) error {
	return s.person(email, id, func(tx *mailboxes.Tx, item mailboxes.Item, content calendarItem) error {
		span, moved, err := edit.Span(item.View)
		if err != nil {
			return err
		}
		if moved {
			content.place(span, tx.Mailbox().Zone)
		}
		content.edit(edit)
		content.modified = s.now().UTC()
		put(tx, item.ID, content)
		return nil
	})
}

// OwnerCopy copies an event within its calendar. See mailboxes.Owner.
func (s *Service) OwnerCopy(email, id, start, end string) (newID string, err error) {
	span, err := mailboxes.NewSpan(start, end)
	if err != nil {
		return "", fmt.Errorf("acting as the mailbox's owner: %w", err)
	}
	err = s.person(email, id, func(tx *mailboxes.Tx, _ mailboxes.Item, content calendarItem) error {
		content.place(span, tx.Mailbox().Zone)
		content.uid, content.settled, content.attendees = newUID(), false, nil
		content.created, content.modified = s.now().UTC(), s.now().UTC()
		newID = put(tx, newItemID(tx.Mailbox().Email), content).ID
		return nil
	})
	return newID, err
}

// OwnerDelete moves an event to Deleted Items. See mailboxes.Owner.
func (s *Service) OwnerDelete(email, id string) error {
	_, err := s.userMove(email, id, binFolder)
	return err
}

// UserMove moves an event to another calendar of its owner, where it is still
// seen but no longer in the default calendar, and returns its new id. It returns
// mailboxes.ErrNoEvent or mailboxes.ErrNoMailbox.
func (s *Service) UserMove(email, id string) (newID string, err error) {
	return s.userMove(email, id, otherFolder)
}

func (s *Service) userMove(email, id, folder string) (newID string, err error) {
	err = s.person(email, id, func(tx *mailboxes.Tx, item mailboxes.Item, _ calendarItem) error {
		newID = move(tx, item, folder, s.now().UTC()).ID
		return nil
	})
	return newID, err
}

func (s *Service) person(email, id string, do func(*mailboxes.Tx, mailboxes.Item, calendarItem) error) error {
	err := s.store.Within(mailboxes.Exchange, email, func(tx *mailboxes.Tx) error {
		item, ok := tx.Get(id)
		if !ok || item.Binned {
			return mailboxes.ErrNoEvent
		}
		item, content := settle(tx, item)
		return do(tx, item, content)
	})
	if err != nil {
		return fmt.Errorf("acting as the mailbox's owner: %w", err)
	}
	return nil
}

func newUID() string {
	return "040000008200E00074C5B7101A82E008" + strings.ToUpper(strings.ReplaceAll(uuid.NewString(), "-", ""))
}

// place puts the item at a time on the clocks of its owner's zone, which becomes
// the item's own, as in Outlook.
func (i *calendarItem) place(span mailboxes.Span, zone string) {
	clocks, err := time.LoadLocation(zone)
	windows, known := windowszones.FromIANA(zone)
	if err != nil || !known {
		clocks, windows = time.UTC, "UTC"
	}
	i.start, i.end = span.In(clocks)
	i.allDay, i.startZone, i.endZone = span.AllDay, windows, windows
}

func (i *calendarItem) edit(e mailboxes.Edit) {
	for field, value := range map[*string]*string{&i.subject: e.Subject, &i.freeBusy: e.ShowAs} {
		if value != nil {
			*field = *value
		}
	}
	if e.Private != nil {
		i.sensitivity = map[bool]string{true: "Private", false: "Normal"}[*e.Private]
	}
	i.own(e.Personal(i.personal()))
}

// personal is what the item holds of its owner's.
func (i calendarItem) personal() mailboxes.Personal {
	p := mailboxes.Personal{
		Body: i.body, Location: i.location, Categories: slices.Clone(i.categories),
		Attachments: slices.Clone(i.attachments), Attendees: slices.Clone(i.attendees),
	}
	if i.reminder {
		p.Reminder = new(i.reminderMinutes)
	}
	return p
}

func (i *calendarItem) own(p mailboxes.Personal) {
	i.body, i.location, i.categories, i.attachments, i.attendees = p.Body, p.Location, p.Categories, p.Attachments,
		p.Attendees
	if i.reminder = p.Reminder != nil; i.reminder {
		i.reminderMinutes = *p.Reminder
	}
}

// Carry implements mailboxes.Carrier.
func (s *Service) Carry(item mailboxes.Item) mailboxes.Carried {
	i := item.Body.(calendarItem)
	c := mailboxes.Carried{
		UID: i.uid, Subject: i.subject, Start: i.start, End: i.end, AllDay: i.allDay, Zone: i.startZone,
		ShowAs: carriedShowAs[i.freeBusy], Sensitivity: strings.ToLower(i.sensitivity), Personal: i.personal(),
		Created: i.created,
	}
	for _, p := range i.extended {
		if p.guid != "" && p.name != "" && p.kind == "String" {
			c.Properties = append(c.Properties, mailboxes.NamedProperty{Set: p.guid, Name: p.name, Value: p.values[0]})
		}
	}
	return c
}

// Unpack implements mailboxes.Carrier.
func (s *Service) Unpack(tx *mailboxes.Tx, c mailboxes.Carried) error {
	i := newItem(s.now().UTC())
	i.uid, i.subject, i.start, i.end, i.allDay, i.created = c.UID, c.Subject, c.Start, c.End, c.AllDay, c.Created
	i.startZone, i.endZone = c.Zone, c.Zone
	for word, carried := range carriedShowAs {
		if carried == c.ShowAs {
			i.freeBusy = word
		}
	}
	if c.Sensitivity != "" {
		i.sensitivity = strings.ToUpper(c.Sensitivity[:1]) + c.Sensitivity[1:]
	}
	for _, p := range c.Properties {
		key := propertyKey{guid: strings.ToLower(p.Set), name: p.Name, kind: "String"}
		i.extended = withProperty(i.extended, extendedProperty{key, []string{p.Value}})
	}
	i.own(c.Personal)
	put(tx, newItemID(tx.Mailbox().Email), i)
	return nil
}

var carriedShowAs = map[string]string{
	"Free": "free", "Tentative": "tentative", "Busy": "busy", "OOF": "oof", "WorkingElsewhere": "workingElsewhere",
}
