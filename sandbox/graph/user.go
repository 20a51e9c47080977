package graph

import (
	"encoding/json"
	"fmt"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// The actions below are those of the mailbox's owner in Outlook. Ids may be of
// either form. They return mailboxes.ErrNoMailbox, mailboxes.ErrNoEvent, or what is wrong
// with the properties.

// UserCreate makes an event of the owner's own from Graph's JSON properties
// (start, end, subject...) and returns its immutable id.
func (s *Service) UserCreate(email string, properties map[string]any) (string, error) {
	body, err := json.Marshal(properties)
	if err != nil {
		return "", fmt.Errorf("graph: properties: %w", err)
	}
	now := s.cfg.Now().UTC()
	e := newEvent(now)
	if f := e.apply(body, true); f != nil {
		return "", f
	}
	if f := e.validate(); f != nil {
		return "", f
	}
	return e.immutableID, s.store.Within(mailboxes.Graph, email, func(tx *mailboxes.Tx) error {
		return asError(put(tx, e, now))
	})
}

// UserEdit changes properties of an event, given as in a PATCH.
func (s *Service) UserEdit(email, id string, properties map[string]any) error {
	body, err := json.Marshal(properties)
	if err != nil {
		return fmt.Errorf("graph: properties: %w", err)
	}
	return s.onEvent(email, id, func(tx *mailboxes.Tx, e *event) *failure {
		return change(tx, e, body, s.cfg.Now().UTC())
	})
}

// UserMove drags an event to another calendar of its owner's, or back to the
// default one (""), also out of the bin. Its classic id changes. Outside the
// default calendar no list of events shows it; its owner still sees it.
func (s *Service) UserMove(email, id, calendar string) error {
	return s.onEvent(email, id, func(tx *mailboxes.Tx, e *event) *failure {
		e.move(false, calendar)
		return put(tx, e, s.cfg.Now().UTC())
	})
}

// UserBin deletes an event as Outlook does: to Deleted Items. Its classic id changes.
func (s *Service) UserBin(email, id string) error {
	return s.onEvent(email, id, func(tx *mailboxes.Tx, e *event) *failure {
		e.move(true, "")
		return put(tx, e, s.cfg.Now().UTC())
	})
}

// UserPurge removes an event for good: the bin emptied, or Shift+Delete.
func (s *Service) UserPurge(email, id string) error {
	return s.onEvent(email, id, func(tx *mailboxes.Tx, e *event) *failure {
		tx.Purge(e.immutableID)
		return nil
	})
}

func (s *Service) onEvent(email, id string, do func(*mailboxes.Tx, *event) *failure) error {
	return s.store.Within(mailboxes.Graph, email, func(tx *mailboxes.Tx) error {
		e, f := find(tx, id)
		if f != nil {
			return mailboxes.ErrNoEvent
		}
		return asError(do(tx, e.copy()))
	})
}

// asError keeps a nil failure a nil error.
func asError(f *failure) error {
	if f == nil {
		return nil
	}
	return f
}
