package mailboxes

import (
	"errors"
	"strconv"
	"time"
)

// Personal is what an event has beside what figgosync writes of it. It is its
// owner's: no update may touch it.
type Personal struct {
	// Body is the notes, as text.
	Body       string   `json:"body"`
	Location   string   `json:"location"`
	Categories []string `json:"categories"`
	// Colour is Google's colorId; Outlook gives colours to categories.
	Colour string `json:"colour"`
	// Reminder is how many minutes before the start it rings, nil for never or for
	// Google's default reminders.
	Reminder *int `json:"reminder"`
	// Attachments are file names, Attendees addresses.
	Attachments []string `json:"attachments"`
	Attendees   []string `json:"attendees"`
}

// Event is an event as its owner sees it when they open it.
type Event struct {
	// ID names it at the desk. A copy has another one.
	ID string `json:"id"`
	View
	Personal
}

// Edit is what an owner changes of an event; nil and zero change nothing.
type Edit struct {
	Subject *string `json:"subject"`
	// Start and End are as in View; both days make an event all-day, both times
	// make it timed.
	Start *string `json:"start"`
	End   *string `json:"end"`
	// ShowAs is spelt as the provider spells it.
	ShowAs  *string `json:"showAs"`
	Private *bool   `json:"private"`

	Body        *string   `json:"body"`
	Location    *string   `json:"location"`
	Categories  *[]string `json:"categories"`
	Colour      *string   `json:"colour"`
	Reminder    *int      `json:"reminder"` // negative: none
	Attachments *[]string `json:"attachments"`
	Attendees   *[]string `json:"attendees"`

	// Days drags the event by whole days, Shift a timed one by a duration.
	Days  int           `json:"-"`
	Shift time.Duration `json:"-"`
}

// Whole is the time of an event that is made by an Edit alone: it needs both ends.
func (e Edit) Whole() (Span, error) {
	if e.Start == nil || e.End == nil {
		return Span{}, ErrInvalid
	}
	return NewSpan(*e.Start, *e.End)
}

// Owner acts as the owner of a mailbox of one system does in their calendar
// program, past all that guards the system's interface. Ids are those of Item. It
// returns ErrNoMailbox, ErrNoEvent or ErrInvalid.
type Owner interface {
	// OwnerCreate enters an event of the owner's own, which needs a start and an
	// end, and returns its id.
	OwnerCreate(email string, made Edit) (id string, err error)
	OwnerEdit(email, id string, edit Edit) error
	// OwnerCopy puts a copy at another time into the same calendar and returns
	// its id. The copy has a global id (UID, iCalUId) of its own and keeps named
	// properties: learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxocal
	// 3.1.4.3, "Copying a Calendar Object". Whom the original invites it does not.
	OwnerCopy(email, id, start, end string) (newID string, err error)
	OwnerDelete(email, id string) error
}

// Errors of an Owner's actions.
var (
	// ErrNoEvent: no live event has that id.
	ErrNoEvent = errors.New("no such event in this mailbox")
	// ErrInvalid: the system keeps no such event.
	ErrInvalid = errors.New("no event can be like that")
)

// Events returns what Views returns, opened.
func (s *Store) Events(email string) ([]Event, error) {
	b := s.find(email)
	if b == nil {
		return nil, ErrNoMailbox
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	events := []Event{}
	for _, id := range b.order {
		if item := b.items[id]; !item.Binned {
			events = append(events, item.event())
		}
	}
	return events, nil
}

// Event returns one live item as Events does.
func (s *Store) Event(email, id string) (Event, error) {
	b := s.find(email)
	if b == nil {
		return Event{}, ErrNoMailbox
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if item := b.items[id]; item != nil && !item.Binned {
		return item.event(), nil
	}
	return Event{}, ErrNoEvent
}

func (i *Item) event() Event {
	e := Event{ID: strconv.FormatInt(i.Number, 10), View: i.View, Personal: i.Personal}
	for _, list := range []*[]string{&e.Categories, &e.Attachments, &e.Attendees} {
		if *list == nil {
			*list = []string{} // a list in JSON, never null
		}
	}
	return e
}

// ItemOf returns the id of the live item with that number, given as text.
func (s *Store) ItemOf(email, number string) (id string, err error) {
	b := s.find(email)
	if b == nil {
		return "", ErrNoMailbox
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, item := range b.items {
		if !item.Binned && strconv.FormatInt(item.Number, 10) == number {
			return item.ID, nil
		}
	}
	return "", ErrNoEvent
}

// apply changes what the edit names of p.
func (e Edit) apply(p *Personal) {
	set(&p.Body, e.Body)
	set(&p.Location, e.Location)
	set(&p.Colour, e.Colour)
	set(&p.Categories, e.Categories)
	set(&p.Attachments, e.Attachments)
	set(&p.Attendees, e.Attendees)
	if e.Reminder != nil {
		p.Reminder = nil
		if *e.Reminder >= 0 {
			p.Reminder = e.Reminder
		}
	}
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// Personal returns p as the edit leaves it.
func (e Edit) Personal(p Personal) Personal {
	e.apply(&p)
	return p
}

// Span is when an event is, as text like that of View.
type Span struct {
	Start, End string
	AllDay     bool
}

// The forms of Span's texts.
const (
	DayForm  = time.DateOnly
	TimeForm = "2006-01-02T15:04"
)

// Span returns when the event is after the edit, and whether it moved it. It returns ErrInvalid for texts that are not
// both days or both times in
// order.
func (e Edit) Span(v View) (span Span, moved bool, err error) {
	span = Span{Start: v.Start, End: v.End, AllDay: v.AllDay}
	if e.Days == 0 && e.Shift == 0 && e.Start == nil && e.End == nil {
		return span, false, nil
	}
	if span, err = span.shift(e.Days, e.Shift); err != nil {
		return span, false, err
	}
	set(&span.Start, e.Start)
	set(&span.End, e.End)
	span, err = NewSpan(span.Start, span.End)
	return span, err == nil, err
}

// NewSpan returns ErrInvalid for texts that are not both days or both times in
// order.
func NewSpan(start, end string) (Span, error) {
	for _, form := range []string{DayForm, TimeForm} {
		from, err := time.Parse(form, start)
		to, err2 := time.Parse(form, end)
		if err == nil && err2 == nil && from.Before(to) {
			return Span{Start: start, End: end, AllDay: form == DayForm}, nil
		}
	}
	return Span{}, ErrInvalid
}

func (s Span) shift(days int, by time.Duration) (Span, error) {
	form := TimeForm
	if s.AllDay {
		form, by = DayForm, 0
	}
	for _, text := range []*string{&s.Start, &s.End} {
		at, err := time.Parse(form, *text)
		if err != nil {
			return s, ErrInvalid
		}
		*text = at.AddDate(0, 0, days).Add(by).Format(form)
	}
	return s, nil
}

// In returns the span's ends on the clocks of zone. A day begins at its first
// instant, which is not 00:00 where clocks skip midnight.
func (s Span) In(zone *time.Location) (start, end time.Time) {
	form := TimeForm
	if s.AllDay {
		form = DayForm
	}
	read := func(text string) time.Time {
		at, _ := time.ParseInLocation(form, text, zone)
		if s.AllDay && at.Format(DayForm) != text {
			_, at = at.ZoneBounds()
		}
		return at.UTC()
	}
	return read(s.Start), read(s.End)
}
