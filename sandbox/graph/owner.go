package graph

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/calendars/windowszones"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

var _ interface {
	mailboxes.Owner
	mailboxes.Carrier
} = (*Service)(nil)

// OwnerCreate enters an event as its owner would in Outlook. See mailboxes.Owner.
func (s *Service) OwnerCreate(email string, made mailboxes.Edit) (id string, err error) {
	span, err := made.Whole()
	if err == nil {
		err = s.store.Within(mailboxes.Graph, email, func(tx *mailboxes.Tx) error {
			now := s.cfg.Now().UTC()
			e := newEvent(now)
			e.place(span, tx.Mailbox().Zone)
			e.edit(made)
			id = e.immutableID
			return asError(put(tx, e, now))
		})
	}
	if err != nil {
		return "", fmt.Errorf("acting as the mailbox's owner: %w", err)
	}
	return id, nil
}

// OwnerEdit changes an event as its owner would in Outlook. See mailboxes.Owner.
func (s *Service) OwnerEdit(email, id string, edit mailboxes.Edit) error {
	return s.asOwner(email, id, func(tx *mailboxes.Tx, item mailboxes.Item, e *event) error {
		span, moved, err := edit.Span(item.View)
		if err != nil {
			return err
		}
		if moved {
			e.place(span, tx.Mailbox().Zone)
		}
		e.edit(edit)
		return asError(put(tx, e, s.cfg.Now().UTC()))
	})
}

// OwnerCopy copies an event within its calendar. See mailboxes.Owner.
func (s *Service) OwnerCopy(email, id, start, end string) (newID string, err error) {
	span, err := mailboxes.NewSpan(start, end)
	if err != nil {
		return "", fmt.Errorf("acting as the mailbox's owner: %w", err)
	}
	err = s.asOwner(email, id, func(tx *mailboxes.Tx, _ mailboxes.Item, e *event) error {
		now := s.cfg.Now().UTC()
		fresh := newEvent(now)
		e.immutableID, e.classicID, e.iCalUID, e.created, e.version = fresh.immutableID, fresh.classicID, fresh.iCalUID,
			now, 0
		e.transactionID, e.attendees = "", nil
		e.place(span, tx.Mailbox().Zone)
		newID = e.immutableID
		return asError(put(tx, e, now))
	})
	return newID, err
}

// OwnerDelete moves an event to Deleted Items. See mailboxes.Owner.
func (s *Service) OwnerDelete(email, id string) error {
	return s.asOwner(email, id, func(tx *mailboxes.Tx, _ mailboxes.Item, e *event) error {
		e.move(true, "")
		return asError(put(tx, e, s.cfg.Now().UTC()))
	})
}

func (s *Service) asOwner(email, id string, do func(*mailboxes.Tx, mailboxes.Item, *event) error) error {
	err := s.store.Within(mailboxes.Graph, email, func(tx *mailboxes.Tx) error {
		e, f := find(tx, id)
		if f != nil || e.binned {
			return mailboxes.ErrNoEvent
		}
		item, _ := tx.Get(e.immutableID)
		return do(tx, item, e.copy())
	})
	if err != nil {
		return fmt.Errorf("acting as the mailbox's owner: %w", err)
	}
	return nil
}

// place puts the event at a time on the clocks of its owner's zone, which becomes
// the event's own, as in Outlook.
func (e *event) place(span mailboxes.Span, zone string) {
	loc, err := time.LoadLocation(zone)
	name, known := windowszones.FromIANA(zone)
	if err != nil || !known {
		loc, name = time.UTC, "UTC"
	}
	at := func(text string) moment {
		form := mailboxes.TimeForm
		if span.AllDay {
			form = mailboxes.DayForm
		}
		wall, _ := time.Parse(form, text) // span was checked
		return moment{wall: wall, zone: name, loc: loc}
	}
	e.start, e.end, e.allDay = at(span.Start), at(span.End), span.AllDay
}

func (e *event) edit(edit mailboxes.Edit) {
	for field, value := range map[*string]*string{&e.subject: edit.Subject, &e.showAs: edit.ShowAs} {
		if value != nil {
			*field = *value
		}
	}
	if edit.Private != nil {
		e.sensitivity = map[bool]string{true: "private", false: "normal"}[*edit.Private]
	}
	e.own(edit.Personal(e.personal()))
}

// personal is what the event holds of its owner's.
func (e *event) personal() mailboxes.Personal {
	p := mailboxes.Personal{
		Body: e.body.text(), Location: e.location, Categories: slices.Clone(e.categories),
		Attachments: slices.Clone(e.attachments), Attendees: slices.Clone(e.attendees),
	}
	if e.reminder {
		p.Reminder = new(int(e.reminderMinutes))
	}
	return p
}

func (e *event) own(p mailboxes.Personal) {
	if p.Body != e.body.text() {
		e.body = itemBody{contentType: "text", content: p.Body}
	}
	e.location, e.attachments, e.attendees = p.Location, p.Attachments, p.Attendees
	if e.categories = p.Categories; e.categories == nil {
		e.categories = []string{}
	}
	if e.reminder = p.Reminder != nil; e.reminder {
		e.reminderMinutes = int32(*p.Reminder)
	}
}

// Carry implements mailboxes.Carrier.
func (s *Service) Carry(item mailboxes.Item) mailboxes.Carried {
	e := item.Body.(*event)
	c := mailboxes.Carried{
		UID: e.iCalUID, Subject: e.subject, Start: e.start.instant(), End: e.end.instant(), AllDay: e.allDay,
		Zone:   windowsName(e.start.zone),
		ShowAs: e.showAs, Sensitivity: e.sensitivity, Personal: e.personal(), Created: e.created,
	}
	for _, p := range e.extended {
		if p.id.by == "Name" && p.id.kind == "String" {
			c.Properties = append(c.Properties,
				mailboxes.NamedProperty{Set: p.id.guid, Name: p.id.name, Value: p.value})
		}
	}
	return c
}

func windowsName(zone string) string {
	if name, ok := windowszones.FromIANA(zone); ok {
		return name
	}
	return zone
}

// Unpack implements mailboxes.Carrier.
func (s *Service) Unpack(tx *mailboxes.Tx, c mailboxes.Carried) error {
	loc, ok := location(c.Zone)
	if !ok {
		return fmt.Errorf("carrying an event over: %w: no zone %q", mailboxes.ErrInvalid, c.Zone)
	}
	e := newEvent(s.cfg.Now().UTC())
	at := func(t time.Time) moment {
		local := t.In(loc)
		year, month, day := local.Date()
		hour, minute, second := local.Clock()
		return moment{wall: time.Date(year, month, day, hour, minute, second, 0, time.UTC), zone: c.Zone, loc: loc}
	}
	e.iCalUID, e.subject, e.start, e.end, e.allDay, e.created = c.UID, c.Subject, at(c.Start), at(c.End), c.AllDay,
		c.Created
	e.showAs, e.sensitivity = c.ShowAs, strings.ToLower(c.Sensitivity)
	for _, p := range c.Properties {
		e.setProperty(extendedProperty{extendedID{kind: "String", guid: strings.ToLower(p.Set), by: "Name",
			name: p.Name}, p.Value})
	}
	e.own(c.Personal)
	return asError(put(tx, e, e.created))
}
