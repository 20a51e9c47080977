package mailboxes

import "time"

// Carried is an event on its way from an Exchange server to Office 365 or back: a
// mailbox that moves keeps its items with their named properties and global ids.
type Carried struct {
	UID        string
	Subject    string
	Start, End time.Time
	AllDay     bool
	Zone       string // Windows id
	// ShowAs and Sensitivity are spelt as Graph spells them.
	ShowAs, Sensitivity string
	Properties          []NamedProperty
	Personal            Personal
	Created             time.Time
}

// NamedProperty is a MAPI named property of text, with a name in a set of
// properties.
type NamedProperty struct{ Set, Name, Value string }

// Carrier is an Owner whose system takes part in such moves. Google does not: a
// mailbox that comes from there or goes there starts empty.
type Carrier interface {
	// Carry returns what a live item is to the other system.
	Carry(Item) Carried
	// Unpack puts it into the mailbox.
	Unpack(*Tx, Carried) error
}

// Move makes the mailbox one of another system, under its addresses; from and into
// are the two systems' and may be nil. The old one is gone. It returns
// ErrNoMailbox.
func (s *Store) Move(email string, to System, from, into Carrier) error {
	old := s.find(email)
	if old == nil {
		return ErrNoMailbox
	}
	old.mu.Lock()
	defer old.mu.Unlock()
	if old.System == to {
		return nil
	}
	moved := &box{Mailbox: old.Mailbox, items: map[string]*Item{}}
	moved.System = to
	if from != nil && into != nil {
		moved.reply = old.reply
		tx := &Tx{box: moved, numbers: &s.numbers}
		for _, id := range old.order {
			if item := old.items[id]; !item.Binned {
				if err := into.Unpack(tx, from.Carry(*item)); err != nil {
					return err
				}
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old.gone, s.boxes[old.Email] = true, moved
	return nil
}
