package absence

import (
	"cmp"
	"errors"
	"strings"
	"unicode"
)

// Status tells a tentative event from a confirmed one.
type Status string

// The two statuses of an event. A deleted absence has no event.
const (
	Pending   Status = "tentative"
	Confirmed Status = "confirmed"
)

// LocalTime is a date and a time of day on the wall clock of some zone.
type LocalTime struct {
	Date  Date  `json:"date"`
	Clock Clock `json:"clock"`
}

// String writes the local time as 2006-01-02T15:04, without a zone.
func (t LocalTime) String() string { return t.Date.String() + "T" + t.Clock.String() }

// Compare returns -1, 0 or +1 as the wall clock shows t before, at or after
// other. Both must be of one zone.
func (t LocalTime) Compare(other LocalTime) int {
	return cmp.Or(t.Date.Compare(other.Date), cmp.Compare(t.Clock, other.Clock))
}

// Event is what one calendar shows for one run of an absence. It is computed
// whenever needed and never stored as truth.
type Event struct {
	// Run numbers the runs of an absence from 1, in time order. It is the
	// event's identity inside the absence: changed dates update the event in
	// place.
	Run    int    `json:"run"`
	Title  string `json:"title"`
	AllDay bool   `json:"allDay"`
	// Start is inclusive and End exclusive. Both are midnights when AllDay.
	Start LocalTime `json:"start"`
	End   LocalTime `json:"end"`
	// Zone is the IANA name of the zone whose clocks Start and End show.
	Zone    string `json:"zone" doc:"IANA time zone of start and end."`
	Status  Status `json:"status"`
	ShowAs  ShowAs `json:"showAs"`
	Private bool   `json:"private"`
	// Kind is what kind of event it is where a calendar has several; "" is a plain one.
	Kind EventKind `json:"kind,omitempty"`
	// Mark is what the title begins with where a tentative event looks like any other,
	// Category Outlook's, and Colour one of Colours. "" is none.
	Mark     string `json:"mark,omitempty"`
	Category string `json:"category,omitempty"`
	Colour   string `json:"colour,omitempty"`
	// Decline and Message are of a KindOutOfOffice.
	Decline Decline `json:"decline,omitempty"`
	Message string  `json:"message,omitempty"`
	// Place is that of KindTelework, as in Telework.
	Place string `json:"place,omitempty"`
}

// EventKind is a kind of event.
type EventKind string

// The kinds other than a plain event. A tentative absence is a plain one, whatever its
// rule says: nobody is out of office before it is approved.
const (
	KindOutOfOffice EventKind = "out-of-office"
	KindTelework    EventKind = "telework"
)

// Events returns what a calendar shows for the absence: one Event for each of
// the runs of its filled days, numbered from 1 in time order; none when it is empty or
// its rules write none of it. zone is the
// IANA name of the zone the employee lives by: starts and ends are the local
// times there, and stay so whatever its summer-time rules do.
//
// A run of whole days is an all-day event, or one timed event from the start of
// its first morning to the end of its last afternoon when the policy asks for a
// time range. A run that begins with an afternoon or ends with a morning is
// timed, at the policy's hours. A half-day with Minutes is a timed event of that
// length from the start of the half, cut at midnight; where both halves of a day have
// some that fill the policy's day, it is a whole day (FillDays).
//
// An event is tentative while any half-day of its run is pending. Its title is
// the policy's label, or what the policy's rules say. Half-days of other types that
// are to look otherwise are other runs, and telework is one run a day.
//
// It refuses an absence or a policy that does not Validate and a zone that is
// not in the IANA database.
func Events(a Absence, zone string, p Policy) ([]Event, error) {
	if err := errors.Join(a.Validate(), validateZone(zone), p.Validate()); err != nil {
		return nil, err
	}
	runs := lookedRuns(FillDays(a, p.Hours), p)
	events := make([]Event, 0, len(runs))
	for i, run := range runs {
		event := run.look.event(run, p)
		event.Run, event.Zone = i+1, zone
		event.Start, event.End, event.AllDay = span(run.Run, p.Hours, run.look.wholeDay)
		events = append(events, event)
	}
	return events, nil
}

// WithMark is the event with Mark in its title, for calendars that show a pending event
// like a confirmed one.
func (e Event) WithMark() Event {
	if e.Mark != "" {
		e.Title, e.Mark = e.Mark+" "+e.Title, ""
	}
	return e
}

// event is what the look makes of a run, but for when it is.
func (l look) event(r lookedRun, p Policy) Event {
	event := Event{
		Title: l.titleOf(r, p), Status: r.Status(), ShowAs: l.showApproved, Private: l.private,
		Category: l.category, Colour: l.colour,
	}
	if event.Status == Pending {
		event.ShowAs, event.Mark = l.showPending, p.PendingMark
	}
	switch {
	case l.place != "":
		event.Kind, event.Place = KindTelework, l.place
	case l.outOfOffice && event.Status == Confirmed:
		event.Kind, event.Decline, event.Message = KindOutOfOffice, l.decline, l.message
	}
	return event
}

// span returns when the event of a run starts and ends.
func span(r Run, hours Hours, wholeDay WholeDay) (start, end LocalTime, allDay bool) {
	switch first := r.first(); {
	case first.Minutes > 0:
		begin := hours.startOf(first.Part)
		return LocalTime{first.Date, begin}, endAt(first.Date, min(begin+Clock(first.Minutes), endOfDay)), false
	case r.WholeDays() && wholeDay == AllDay:
		return LocalTime{Date: r.FirstDay()}, LocalTime{Date: r.LastDay().AddDays(1)}, true
	default:
		return LocalTime{first.Date, hours.startOf(first.Part)}, endAt(r.LastDay(), hours.endOf(r.last().Part)), false
	}
}

// endAt is the end at clock on date; calendars have no 24:00, so that becomes
// 00:00 of the next day.
func endAt(date Date, clock Clock) LocalTime {
	if clock == endOfDay {
		return LocalTime{Date: date.AddDays(1)}
	}
	return LocalTime{date, clock}
}

// cleanTitle makes one line of at most 255 characters from a name that comes
// from outside.
func cleanTitle(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(name, "\uFFFD"))
	name = strings.TrimSpace(name)
	if runes := []rune(name); len(runes) > maxTitle {
		name = strings.TrimSpace(string(runes[:maxTitle]))
	}
	return name
}
