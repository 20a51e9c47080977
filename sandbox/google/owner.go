package google

import (
	"fmt"
	"slices"
	"time"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

var _ mailboxes.Owner = (*Service)(nil)

// OwnerCreate enters an event as its owner would in Google Calendar's own pages.
// See mailboxes.Owner.
func (s *Service) OwnerCreate(email string, made mailboxes.Edit) (id string, err error) {
	span, err := made.Whole()
	if err == nil {
		err = s.store.Within(mailboxes.Google, email, func(tx *mailboxes.Tx) error {
			var kept stored
			if err := name(&kept.event); err != nil {
				return err
			}
			kept.place(span, tx.Mailbox().Zone)
			id = kept.ID
			return s.save(tx, kept.edited(made), s.config.Now())
		})
	}
	if err != nil {
		return "", fmt.Errorf("acting as the calendar's owner: %w", err)
	}
	return id, nil
}

// OwnerEdit changes an event as its owner would in Google Calendar's own pages.
// See mailboxes.Owner.
func (s *Service) OwnerEdit(email, id string, edit mailboxes.Edit) error {
	return s.asOwner(email, id, func(tx *mailboxes.Tx, item mailboxes.Item, kept stored) error {
		span, moved, err := edit.Span(item.View)
		if err != nil {
			return err
		}
		if moved {
			kept.place(span, item.View.TimeZone)
		}
		return s.save(tx, kept.edited(edit), kept.created)
	})
}

// OwnerCopy duplicates an event. See mailboxes.Owner.
func (s *Service) OwnerCopy(email, id, start, end string) (newID string, err error) {
	span, err := mailboxes.NewSpan(start, end)
	if err != nil {
		return "", fmt.Errorf("acting as the calendar's owner: %w", err)
	}
	err = s.asOwner(email, id, func(tx *mailboxes.Tx, item mailboxes.Item, kept stored) error {
		kept.ID, kept.ICalUID, kept.Sequence, kept.guests = "", "", 0, nil
		if err := name(&kept.event); err != nil {
			return err
		}
		kept.place(span, item.View.TimeZone)
		newID = kept.ID
		return s.save(tx, kept, s.config.Now())
	})
	return newID, err
}

// OwnerDelete is UserDelete. See mailboxes.Owner.
func (s *Service) OwnerDelete(email, id string) error { return s.UserDelete(email, id) }

func (s *Service) asOwner(email, id string, do func(*mailboxes.Tx, mailboxes.Item, stored) error) error {
	err := s.store.Within(mailboxes.Google, email, func(tx *mailboxes.Tx) error {
		item, found := tx.Get(id)
		if !found || item.Binned {
			return mailboxes.ErrNoEvent
		}
		return do(tx, item, item.Body.(stored))
	})
	if err != nil {
		return fmt.Errorf("acting as the calendar's owner: %w", err)
	}
	return nil
}

// save stores what the owner made of an event.
func (s *Service) save(tx *mailboxes.Tx, kept stored, created time.Time) error {
	changed, err := complete(kept.event, tx.Mailbox())
	if err != nil {
		return fmt.Errorf("%w: %w", mailboxes.ErrInvalid, err)
	}
	changed.created, changed.updated = created, s.config.Now()
	changed.guests, changed.files = kept.guests, kept.files
	_, err = put(tx, changed)
	return err
}

// place puts the event at a time on the clocks of zone.
func (s *stored) place(span mailboxes.Span, zone string) {
	if span.AllDay {
		s.Start, s.End = &moment{Date: span.Start}, &moment{Date: span.End}
		return
	}
	s.Start = &moment{DateTime: span.Start + ":00", TimeZone: zone}
	s.End = &moment{DateTime: span.End + ":00", TimeZone: zone}
}

func (s stored) edited(e mailboxes.Edit) stored {
	for field, value := range map[*string]*string{&s.Summary: e.Subject, &s.Transparency: e.ShowAs} {
		if value != nil {
			*field = *value
		}
	}
	if e.Private != nil {
		s.Visibility = map[bool]string{true: "private"}[*e.Private]
	}
	p := e.Personal(s.personal())
	s.Description, s.Location, s.ColorID, s.guests, s.files = p.Body, p.Location, p.Colour, p.Attendees, p.Attachments
	if e.Reminder != nil {
		s.Reminders = &reminders{UseDefault: new(false)}
		if p.Reminder != nil {
			s.Reminders.Overrides = []override{{Method: "popup", Minutes: p.Reminder}}
		}
	}
	return s
}

// personal is what the event holds of its owner's. Google has no categories.
func (s stored) personal() mailboxes.Personal {
	p := mailboxes.Personal{
		Body: s.Description, Location: s.Location, Colour: s.ColorID,
		Attachments: slices.Clone(s.files), Attendees: slices.Clone(s.guests),
	}
	if s.Reminders != nil && len(s.Reminders.Overrides) > 0 {
		p.Reminder = s.Reminders.Overrides[0].Minutes
	}
	return p
}
