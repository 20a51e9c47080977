package calendartest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// Memory is a calendar system in memory. Its mailboxes are the ones added; it
// spells ShowAs and Status as package absence does.
//
// It has the traps of the real ones: keys are found by exact comparison only, an
// id names its event for ever, a repeated token answers the first event even if
// that was binned since, as Graph may do.
type Memory struct {
	// Before is called before each operation; its error is the answer, and
	// nothing is done. After is called when all is done; its error replaces the
	// answer, as when it is lost. Both may call the methods of a person.
	Before, After func(Operation) error
	// ChosenIDs makes Create choose the id from the marker, as Google's adapter
	// does: an event that has the id already is taken over.
	ChosenIDs bool
	// ChosenUIDs makes Create choose the UID from the marker and ignore the token,
	// as the adapter for Exchange does: a creation sent again makes a twin, which
	// can be told from a copy. Without either, the marker is bound by Update.
	ChosenUIDs bool
	// Now is the clock of automatic replies, time.Now when nil.
	Now func() time.Time

	mu      sync.Mutex
	boxes   map[string]*memoryBox
	lastID  int
	history []Operation
}

var _ calendars.Calendar = (*Memory)(nil)

// Operation is one call of a Calendar method.
type Operation struct {
	Name    string // find, list, create, update, delete, auto-reply-read or auto-reply-write
	Mailbox string
	Run     int // of the event written, or of the marker of the one deleted
	ID      string
}

// String writes the name and the run, "create 2".
func (o Operation) String() string {
	if o.Name == "find" || o.Name == "list" || strings.HasPrefix(o.Name, "auto-reply-") {
		return o.Name
	}
	return fmt.Sprintf("%s %d", o.Name, o.Run)
}

type memoryBox struct {
	zone   string
	events []*memoryEvent // oldest first
	reply  Reply          // its State is "" until somebody sets it
}

type memoryEvent struct {
	id, uid, key, run, token string
	binned, elsewhere        bool
	created                  time.Time
	content                  absence.Event
}

// NewMemory returns a calendar system with these mailboxes, in Europe/Paris.
func NewMemory(mailboxes ...string) *Memory {
	m := &Memory{boxes: map[string]*memoryBox{}}
	for _, mailbox := range mailboxes {
		m.AddMailbox(mailbox, "Europe/Paris")
	}
	return m
}

// AddMailbox makes an empty mailbox.
func (m *Memory) AddMailbox(address, zone string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.boxes[strings.ToLower(address)] = &memoryBox{zone: zone}
}

// SayGone is that of Harness. It takes the place of Before.
func (m *Memory) SayGone(times int) {
	m.Before = func(op Operation) error {
		if times == 0 || op.Name != "update" && op.Name != "delete" {
			return nil
		}
		times--
		return &calendars.Gone{Code: "404"}
	}
}

// Operations returns the calls since the last Operations, in order.
func (m *Memory) Operations() []Operation {
	m.mu.Lock()
	defer m.mu.Unlock()
	history := m.history
	m.history = nil
	return history
}

// do is one operation with its hooks.
func (m *Memory) do(ctx context.Context, op Operation, work func(*memoryBox) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if m.Before != nil {
		if err := m.Before(op); err != nil {
			return err
		}
	}
	if err := m.within(op, work); err != nil {
		return err
	}
	if m.After != nil {
		return m.After(op)
	}
	return nil
}

func (m *Memory) within(op Operation, work func(*memoryBox) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.history = append(m.history, op)
	box := m.boxes[strings.ToLower(op.Mailbox)]
	if box == nil {
		return &calendars.Blocked{Reason: calendars.MailboxMissing, Scope: calendars.ScopeMailbox, Code: "no-mailbox"}
	}
	return work(box)
}

// Find implements calendars.Calendar.
func (m *Memory) Find(ctx context.Context, mailbox string, key calendars.Key) ([]calendars.Placed, error) {
	var found []calendars.Placed
	err := m.do(ctx, Operation{Name: "find", Mailbox: mailbox}, func(box *memoryBox) error {
		for _, e := range box.events {
			if e.live() && e.key == key.String() {
				found = append(found, e.placed(key))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// List implements calendars.Calendar.
func (m *Memory) List(ctx context.Context, mailbox, source string) ([]calendars.Listed, error) {
	var found []calendars.Listed
	err := m.do(ctx, Operation{Name: "list", Mailbox: mailbox}, func(box *memoryBox) error {
		for _, e := range box.events {
			if key, ok := calendars.ParseKey(e.key); ok && e.live() && key.Source == source {
				found = append(found, calendars.Listed{Placed: e.placed(key), Shown: shownInMemory(e.content)})
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Shown implements calendars.Calendar.
func (m *Memory) Shown(ctx context.Context, _ string, event absence.Event) (calendars.Shown, error) {
	return shownInMemory(event), ctx.Err()
}

func shownInMemory(e absence.Event) calendars.Shown {
	shown := calendars.Shown{
		Title: e.Title, AllDay: e.AllDay, Start: e.Start.Date.String(), End: e.End.Date.String(),
		ShowAs: string(e.ShowAs), Status: string(e.Status), Private: e.Private,
	}
	if !e.AllDay {
		location := must(time.LoadLocation(e.Zone))
		shown.Start, shown.End = calendars.Moment(calendars.At(e.Start, location)),
			calendars.Moment(calendars.At(e.End, location))
	}
	return shown
}

// Create implements calendars.Calendar.
func (m *Memory) Create(ctx context.Context, mailbox string, marker calendars.Marker, event absence.Event,
	token string) (calendars.Placed, error) {
	var placed calendars.Placed
	err := m.do(ctx, Operation{Name: "create", Mailbox: mailbox, Run: event.Run}, func(box *memoryBox) error {
		placed = m.create(box, marker, event, token)
		return nil
	})
	if err != nil {
		return calendars.Placed{}, err
	}
	return placed, nil
}

func (m *Memory) create(box *memoryBox, marker calendars.Marker, event absence.Event, token string) calendars.Placed {
	fresh := m.newEvent()
	fresh.key, fresh.run = marker.Key.String(), marker.RunValue(calendars.Fingerprint(event))
	fresh.token, fresh.content = fresh.key+" "+fresh.run+" "+token, event
	switch {
	case m.ChosenIDs:
		fresh.id = fmt.Sprintf("id of %s/%d", marker.Key, marker.Run)
		fresh.uid = fresh.id
		fresh.write(marker, event)
		if known := box.byID(fresh.id); known != nil {
			*known = *fresh
			return known.placed(marker.Key)
		}
	case m.ChosenUIDs:
		fresh.uid = fmt.Sprintf("uid of %s/%d", marker.Key, marker.Run)
		fresh.write(marker, event)
	default:
		if known := box.byToken(fresh.token); known != nil {
			return known.placed(marker.Key)
		}
	}
	box.events = append(box.events, fresh)
	return fresh.placed(marker.Key)
}

// newEvent is an event without a content, younger than all others; m.mu is held.
func (m *Memory) newEvent() *memoryEvent {
	m.lastID++
	return &memoryEvent{
		id: fmt.Sprintf("id %d", m.lastID), uid: fmt.Sprintf("uid %d", m.lastID),
		created: time.Unix(0, 0).UTC().Add(time.Duration(m.lastID) * time.Second),
	}
}

// Update implements calendars.Calendar.
func (m *Memory) Update(ctx context.Context, mailbox string, placed calendars.Placed,
	event absence.Event) (calendars.Placed, error) {
	marker := calendars.Marker{Key: placed.Marker.Key, Run: event.Run}
	var updated calendars.Placed
	err := m.do(ctx, Operation{Name: "update", Mailbox: mailbox, Run: event.Run, ID: placed.ID},
		func(box *memoryBox) error {
			known := box.byID(placed.ID)
			if known == nil || !known.live() {
				return &calendars.Gone{Code: "gone"}
			}
			known.write(marker, event)
			updated = known.placed(marker.Key)
			return nil
		})
	if err != nil {
		return calendars.Placed{}, err
	}
	return updated, nil
}

// Delete implements calendars.Calendar.
func (m *Memory) Delete(ctx context.Context, mailbox string, placed calendars.Placed) error {
	return m.do(ctx, Operation{Name: "delete", Mailbox: mailbox, Run: placed.Marker.Run, ID: placed.ID},
		func(box *memoryBox) error {
			known := box.byID(placed.ID)
			if known == nil || !known.live() {
				return &calendars.Gone{Code: "gone"}
			}
			known.binned = true
			return nil
		})
}

func (e *memoryEvent) live() bool { return !e.binned && !e.elsewhere }

// write makes our own fields those of event, and binds the marker.
func (e *memoryEvent) write(marker calendars.Marker, event absence.Event) {
	e.content, e.run = event, marker.BoundRunValue(calendars.Fingerprint(event), e.uid)
}

func (e *memoryEvent) placed(key calendars.Key) calendars.Placed {
	run, fingerprint, _ := calendars.ParseRunValue(e.run)
	return calendars.Placed{
		Marker: calendars.Marker{Key: key, Run: run}, ID: e.id, Fingerprint: fingerprint,
		Identity: calendars.IdentityOf(e.run, e.uid), CreatedAt: e.created,
	}
}

func (b *memoryBox) byID(id string) *memoryEvent {
	return b.first(func(e *memoryEvent) bool { return e.id == id })
}

func (b *memoryBox) byToken(token string) *memoryEvent {
	return b.first(func(e *memoryEvent) bool { return e.token == token })
}

func (b *memoryBox) first(matches func(*memoryEvent) bool) *memoryEvent {
	for _, e := range b.events {
		if matches(e) {
			return e
		}
	}
	return nil
}

// Views returns what the owner of the mailbox sees, oldest first; nothing for a
// mailbox that does not exist.
func (m *Memory) Views(mailbox string) []View {
	m.mu.Lock()
	defer m.mu.Unlock()
	var views []View
	box := m.boxes[strings.ToLower(mailbox)]
	if box == nil {
		return nil
	}
	for _, e := range box.events {
		if !e.binned {
			view := viewOf(e.content)
			view.ShowAs, view.Status, view.Marked = string(e.content.ShowAs), string(e.content.Status), e.key != ""
			views = append(views, view)
		}
	}
	return views
}

// Person returns the acts of the mailboxes' owners.
func (m *Memory) Person() Person {
	act := func(change func(*memoryEvent)) func(testing.TB, string, string) {
		return func(t testing.TB, mailbox, id string) {
			t.Helper()
			m.act(t, mailbox, id, change)
		}
	}
	person := Person{
		Create: m.personCreates,
		Edit: act(func(e *memoryEvent) {
			e.content.Title = "Mine"
			e.content.Start.Date, e.content.End.Date = e.content.Start.Date.AddDays(1), e.content.End.Date.AddDays(1)
		}),
		Bin:       act(func(e *memoryEvent) { e.binned = true }),
		Move:      act(func(e *memoryEvent) { e.elsewhere, e.id = true, "moved "+e.id }), // ids are a calendar's own
		Duplicate: m.duplicate,
		Reply:     m.Reply,
		SetReply:  m.SetReply,
		SetRun: func(t testing.TB, mailbox, id, value string) {
			t.Helper()
			m.act(t, mailbox, id, func(e *memoryEvent) { e.run = value })
		},
	}
	if m.ChosenIDs {
		person.Copy = m.restored
	}
	return person
}

// restored is what another tool brought back from a backup: our marker under an
// id that is not ours.
func (m *Memory) restored(_ testing.TB, mailbox string, marker calendars.Marker, event absence.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	twin := m.newEvent()
	twin.key, twin.run, twin.content = marker.Key.String(), marker.RunValue(calendars.Fingerprint(event)), event
	box := m.boxes[strings.ToLower(mailbox)]
	box.events = append(box.events, twin)
}

func (m *Memory) act(t testing.TB, mailbox, id string, change func(*memoryEvent)) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if box := m.boxes[strings.ToLower(mailbox)]; box != nil {
		if e := box.byID(id); e != nil {
			change(e)
			return
		}
	}
	t.Errorf("no event %q in that mailbox", id)
}

// duplicate copies everything that calendar clients copy: all but the ids.
func (m *Memory) duplicate(t testing.TB, mailbox, id string) {
	t.Helper()
	m.act(t, mailbox, id, func(e *memoryEvent) {
		twin := m.newEvent()
		twin.key, twin.run, twin.content = e.key, e.run, e.content
		box := m.boxes[strings.ToLower(mailbox)]
		box.events = append(box.events, twin)
	})
}

func (m *Memory) personCreates(t testing.TB, mailbox, title, day string) {
	t.Helper()
	date, err := absence.ParseDate(day)
	if err != nil {
		t.Fatal(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	box, own := m.boxes[strings.ToLower(mailbox)], m.newEvent()
	own.content = absence.Event{
		Title: title, Zone: box.zone, Status: absence.Confirmed, ShowAs: absence.Busy,
		Start: absence.LocalTime{Date: date, Clock: 12 * 60}, End: absence.LocalTime{Date: date, Clock: 13 * 60},
	}
	box.events = append(box.events, own)
}
