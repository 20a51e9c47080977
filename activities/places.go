package activities

import (
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"
)

const (
	// placesAtMost bounds the people whose connection is remembered, placeRemembered how
	// long: a mailbox may move.
	placesAtMost    = 100_000
	placeRemembered = 24 * time.Hour
	// absentRemembered is how long a comparison leaves out a system that said that it has no
	// such mailbox: a nightly one asks twice a week.
	absentRemembered = 3 * 24 * time.Hour
)

// places remembers through which connection people's mailboxes were found. The zero value
// is ready.
type places struct {
	once  sync.Once
	known *expirable.LRU[personKey, string]
	// gone are the mailboxes that connections do not have.
	gone *expirable.LRU[absentKey, struct{}]
}

// absentKey is a mailbox of a source's people, and a connection.
type absentKey struct{ source, mailbox, connection string }

// personKey is an employee of a source.
type personKey struct{ source, employee string }

func (p *places) open() *expirable.LRU[personKey, string] {
	p.once.Do(func() {
		p.known = expirable.NewLRU[personKey, string](placesAtMost, nil, placeRemembered)
		p.gone = expirable.NewLRU[absentKey, struct{}](placesAtMost, nil, absentRemembered)
	})
	return p.known
}

// absent notes that a connection has no such mailbox; isAbsent tells of it, until it is
// written to.
func (p *places) absent(source, mailbox, connection string) {
	p.open()
	p.gone.Add(absentKey{source, mailbox, connection}, struct{}{})
}

func (p *places) present(source, mailbox, connection string) {
	p.open()
	p.gone.Remove(absentKey{source, mailbox, connection})
}

func (p *places) isAbsent(source, mailbox, connection string) bool {
	p.open()
	return p.gone.Contains(absentKey{source, mailbox, connection})
}

// order puts the connection first through which the mailbox was found last.
func (p *places) order(source, employee string, connections []string) []string {
	if len(connections) < 2 {
		return connections
	}
	found, _ := p.open().Get(personKey{source, employee})
	if at := slices.Index(connections, found); at > 0 {
		return slices.Concat(connections[at:at+1], connections[:at], connections[at+1:])
	}
	return connections
}

// found notes that the mailbox is there; what was noted first counts for as long as it is
// remembered, so that one that moved is looked for in the order of the settings again.
func (p *places) found(source, employee, connection string) {
	key := personKey{source, employee}
	if known, ok := p.open().Get(key); employee != "" && (!ok || known != connection) {
		p.open().Add(key, connection)
	}
}

// missing notes that the mailbox is not there.
func (p *places) missing(source, employee, connection string) {
	key := personKey{source, employee}
	if known, ok := p.open().Get(key); ok && known == connection {
		p.open().Remove(key)
	}
}
