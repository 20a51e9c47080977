// Package mailboxes is the one store behind the sandbox's calendar systems: who
// has a mailbox where, and what is in it. It knows no protocol: each service keeps
// its own item in Item.Body and says in Item.View what the person would see.
package mailboxes

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// System is the calendar system a mailbox lives on.
type System string

// The systems the sandbox imitates.
const (
	Graph    System = "graph"
	Exchange System = "exchange"
	Google   System = "google"
)

// ErrNoMailbox is returned for an address without a mailbox on that system,
// ErrTaken for an alias that is another mailbox's address.
var (
	ErrNoMailbox = errors.New("no such mailbox")
	ErrTaken     = errors.New("the address is another mailbox's")
)

// View is an event as its owner would see it.
type View struct {
	Subject string `json:"subject"`
	// Start and End are YYYY-MM-DD when AllDay (End exclusive), else local
	// YYYY-MM-DDTHH:MM in TimeZone (IANA).
	Start    string `json:"start"`
	End      string `json:"end"`
	AllDay   bool   `json:"allDay"`
	TimeZone string `json:"timeZone"`
	// ShowAs and Status are spelt as the provider spells them.
	ShowAs  string `json:"showAs"`
	Private bool   `json:"private"`
	Status  string `json:"status"`
	// Kind is the system's own kind of event and how it acts, spelt as the provider spells
	// them; empty for an ordinary event.
	Kind string `json:"kind,omitempty"`
	// Marked tells whether the event carries figgosync's marker.
	Marked bool `json:"marked"`
}

// Item is one thing in a mailbox.
type Item struct {
	ID string
	// Number names the item at the desk; the store gives it. It stays when the id
	// changes and is never used again.
	Number int64
	// Binned items are in Deleted Items (or are Google's tombstones): still
	// there for whoever asks by id, not shown to the person.
	Binned bool
	// Version counts the item's changes, from 1.
	Version int64
	Created time.Time
	Changed time.Time
	View    View
	// Personal is what the item has beside what the View shows.
	Personal Personal
	// Body is the owning service's own representation. It is replaced, never
	// changed in place.
	Body any
}

// Mailbox is one person's mailbox. Its fields never change once added.
type Mailbox struct {
	Email  string // lower case
	Name   string
	System System
	Zone   string // IANA
}

// Store holds all mailboxes. It is safe for concurrent use.
type Store struct {
	mu       sync.RWMutex
	boxes    map[string]*box
	aliases  map[string]string // to the mailbox's own address
	watchers map[chan string]struct{}
	numbers  atomic.Int64
}

type box struct {
	Mailbox
	mu    sync.Mutex
	items map[string]*Item
	order []string
	reply *Reply // nil until somebody sets it
	gone  bool
}

// New returns an empty store.
func New() *Store {
	return &Store{boxes: map[string]*box{}, aliases: map[string]string{}, watchers: map[chan string]struct{}{}}
}

// Add makes a mailbox; it replaces none that exists at that address or has it for
// an alias.
func (s *Store) Add(m Mailbox) {
	m.Email = strings.ToLower(m.Email)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at(m.Email) == nil {
		s.boxes[m.Email] = &box{Mailbox: m, items: map[string]*Item{}}
	}
}

// Remove deletes a mailbox with all it holds and its aliases.
func (s *Store) Remove(email string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b := s.at(strings.ToLower(email)); b != nil {
		delete(s.boxes, b.Email)
		maps.DeleteFunc(s.aliases, func(_, of string) bool { return of == b.Email })
	}
}

// AddAlias gives a mailbox another address. It returns ErrNoMailbox, or ErrTaken
// when the address is another mailbox's.
func (s *Store) AddAlias(email, alias string) error {
	email, alias = strings.ToLower(email), strings.ToLower(alias)
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.at(email)
	if b == nil {
		return ErrNoMailbox
	}
	if other := s.at(alias); other != nil && other != b {
		return ErrTaken
	}
	if alias != b.Email {
		s.aliases[alias] = b.Email
	}
	return nil
}

// at returns the mailbox of an address in lower case, nil for none; s.mu must be
// held.
func (s *Store) at(email string) *box {
	if b := s.boxes[email]; b != nil {
		return b
	}
	return s.boxes[s.aliases[email]]
}

// Mailboxes lists all mailboxes by address.
func (s *Store) Mailboxes() []Mailbox {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]Mailbox, 0, len(s.boxes))
	for _, email := range slices.Sorted(maps.Keys(s.boxes)) {
		list = append(list, s.boxes[email].Mailbox)
	}
	return list
}

// Lookup returns the mailbox of an address or alias, whatever its case and system.
func (s *Store) Lookup(email string) (Mailbox, bool) {
	b := s.find(email)
	if b == nil {
		return Mailbox{}, false
	}
	return b.Mailbox, true
}

func (s *Store) find(email string) *box {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.at(strings.ToLower(email))
}

// Within runs do with the mailbox locked, if email has one on system; else it
// returns ErrNoMailbox. Watchers hear of it when do changed something.
// do's own error is returned as it is; what it changed before stays.
func (s *Store) Within(system System, email string, do func(*Tx) error) error {
	b := s.find(email)
	if b == nil || b.System != system {
		return ErrNoMailbox
	}
	b.mu.Lock()
	if b.gone { // it moved while this call waited
		b.mu.Unlock()
		return ErrNoMailbox
	}
	tx := &Tx{box: b, numbers: &s.numbers}
	err := do(tx)
	b.mu.Unlock()
	if tx.changed {
		s.notify(b.Email)
	}
	return err
}

// Views returns what the person sees: all items not in the bin, oldest first.
func (s *Store) Views(email string) ([]View, error) {
	b := s.find(email)
	if b == nil {
		return nil, ErrNoMailbox
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	views := []View{}
	for _, id := range b.order {
		if item := b.items[id]; !item.Binned {
			views = append(views, item.View)
		}
	}
	return views, nil
}

// Watch returns a channel that gets the address of each mailbox that changes;
// stop ends it. A reader that falls 256 messages behind misses some, so it should
// also re-read the mailboxes now and then.
func (s *Store) Watch() (changed <-chan string, stop func()) {
	ch := make(chan string, 256)
	s.mu.Lock()
	s.watchers[ch] = struct{}{}
	s.mu.Unlock()
	return ch, func() {
		s.mu.Lock()
		delete(s.watchers, ch)
		s.mu.Unlock()
	}
}

func (s *Store) notify(email string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for ch := range s.watchers {
		select {
		case ch <- email:
		default:
		}
	}
}

// Tx is a locked mailbox. It must not be kept.
type Tx struct {
	box     *box
	numbers *atomic.Int64
	changed bool
}

// Mailbox returns the mailbox itself.
func (t *Tx) Mailbox() Mailbox { return t.box.Mailbox }

// Get returns a copy of the item, binned or not.
func (t *Tx) Get(id string) (Item, bool) {
	item := t.box.items[id]
	if item == nil {
		return Item{}, false
	}
	return *item, true
}

// Items returns copies of all items, binned ones included, oldest first.
func (t *Tx) Items() []Item {
	items := make([]Item, 0, len(t.box.order))
	for _, id := range t.box.order {
		items = append(items, *t.box.items[id])
	}
	return items
}

// Put adds the item, or replaces the one with its ID; it sets Number, Version,
// Created and Changed and returns the item as stored.
func (t *Tx) Put(item Item) Item {
	now := time.Now().UTC()
	item.Version, item.Created, item.Changed = 1, now, now
	if old := t.box.items[item.ID]; old != nil {
		item.Version, item.Created, item.Number = old.Version+1, old.Created, old.Number
	} else {
		item.Number = t.numbers.Add(1)
		t.box.order = append(t.box.order, item.ID)
	}
	t.box.items[item.ID] = &item
	t.changed = true
	return item
}

// Rename gives an item a new id, as Exchange does when an item moves.
func (t *Tx) Rename(oldID, newID string) {
	item := t.box.items[oldID]
	if item == nil {
		return
	}
	delete(t.box.items, oldID)
	item.ID = newID
	t.box.items[newID] = item
	t.box.order[slices.Index(t.box.order, oldID)] = newID
	t.changed = true
}

// Purge removes an item for good.
func (t *Tx) Purge(id string) {
	if t.box.items[id] == nil {
		return
	}
	delete(t.box.items, id)
	t.box.order = slices.DeleteFunc(t.box.order, func(other string) bool { return other == id })
	t.changed = true
}
