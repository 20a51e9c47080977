package mailboxes

import (
	"errors"
	"fmt"
	"time"
)

// ErrInvalidReply is returned for a reply that no settings page lets its user save.
var ErrInvalidReply = errors.New("no automatic reply can be like that")

// Reply is a mailbox's automatic reply as its owner sees it in their settings.
type Reply struct {
	// State is off, on or scheduled.
	State string `json:"state"`
	// From is inclusive and Until exclusive, in UTC. Gmail takes a schedule without
	// one of them, and Exchange keeps those of a reply that is off.
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
	// Inside and Outside are HTML; Gmail has one text, which is Inside, and plain text
	// where Plain.
	Inside  string `json:"inside"`
	Outside string `json:"outside"`
	Plain   bool   `json:"plain"`
	// Subject is put before that of the mail answered (Gmail).
	Subject string `json:"subject"`
	// Audience is who outside the organization is answered: nobody, contacts or
	// everybody.
	Audience string `json:"audience"`
	// ContactsOnly: only contacts are answered inside the organization too (Gmail).
	ContactsOnly bool `json:"contactsOnly"`
	// Language is the one of the texts, as BCP 47 has it (Exchange).
	Language string `json:"language"`
}

// The values of Reply.
const (
	ReplyOff       = "off"
	ReplyOn        = "on"
	ReplyScheduled = "scheduled"

	AudienceNobody    = "nobody"
	AudienceContacts  = "contacts"
	AudienceEverybody = "everybody"
)

// firstReplies are what nobody ever set.
var firstReplies = map[System]Reply{
	Graph:    {State: ReplyOff, Audience: AudienceEverybody},
	Exchange: {State: ReplyOff, Audience: AudienceNobody},
	Google:   {State: ReplyOff, Audience: AudienceEverybody},
}

// check is ErrInvalidReply or nil.
func (r Reply) check(system System) error {
	states := map[string]bool{ReplyOff: true, ReplyOn: true, ReplyScheduled: true}
	audiences := map[string]bool{AudienceNobody: true, AudienceContacts: true, AudienceEverybody: true}
	gmail := system == Google
	wrong := ""
	switch {
	case !states[r.State]:
		wrong = "state"
	case !audiences[r.Audience]:
		wrong = "audience"
	case r.State == ReplyScheduled && (r.From.IsZero() || r.Until.IsZero()) && !gmail:
		wrong = "a schedule without an end"
	case !r.From.IsZero() && !r.Until.IsZero() && !r.From.Before(r.Until):
		wrong = "from and until"
	case gmail && (r.Outside != "" || r.Language != "" || r.ContactsOnly != (r.Audience == AudienceContacts) &&
		r.Audience != AudienceNobody):
		wrong = "what Gmail does not have"
	case !gmail && (r.Plain || r.Subject != "" || r.ContactsOnly):
		wrong = "what only Gmail has"
	default:
		return nil
	}
	return fmt.Errorf("%w: %s", ErrInvalidReply, wrong)
}

// Reply returns the mailbox's automatic reply. It returns ErrNoMailbox.
func (s *Store) Reply(email string) (Reply, error) {
	b := s.find(email)
	if b == nil {
		return Reply{}, ErrNoMailbox
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.currentReply(), nil
}

// SetReply changes the automatic reply as the mailbox's owner does in their settings.
// It returns ErrNoMailbox or ErrInvalidReply.
func (s *Store) SetReply(email string, reply Reply) error {
	b := s.find(email)
	if b == nil {
		return ErrNoMailbox
	}
	if err := reply.check(b.System); err != nil {
		return err
	}
	return s.Within(b.System, email, func(tx *Tx) error {
		tx.SetReply(reply)
		return nil
	})
}

func (b *box) currentReply() Reply {
	if b.reply == nil {
		return firstReplies[b.System]
	}
	return *b.reply
}

// Reply returns the mailbox's automatic reply.
func (t *Tx) Reply() Reply { return t.box.currentReply() }

// SetReply replaces the mailbox's automatic reply.
func (t *Tx) SetReply(reply Reply) {
	reply.From, reply.Until = reply.From.UTC(), reply.Until.UTC()
	t.box.reply, t.changed = &reply, true
}
