package calendars

import (
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
)

// Listed is one event of ours in a mailbox, with what its owner sees of it.
type Listed struct {
	Placed
	Shown Shown `json:"shown"`
}

// Shown is what stands of our own fields in a calendar, in a form in which equal
// events are equal: compare it with ==. It is one calendar system's, and never
// compared with another's.
type Shown struct {
	Title  string `json:"title"`
	AllDay bool   `json:"allDay,omitempty"`
	// Start is inclusive and End exclusive: moments in UTC (RFC 3339, to the second),
	// or dates (YYYY-MM-DD) of an all-day event where the system tells them.
	Start string `json:"start"`
	End   string `json:"end"`
	// ShowAs and Status are spelt as the system spells them; "" for what it has not.
	ShowAs  string `json:"showAs,omitempty"`
	Status  string `json:"status,omitempty"`
	Private bool   `json:"private,omitempty"`
}

// Moment writes an instant as Shown has it.
func Moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// At is the moment when the clocks of location show t. Where they skip it, it is one
// of the two moments around the gap.
func At(t absence.LocalTime, location *time.Location) time.Time {
	return time.Date(t.Date.Year, t.Date.Month, t.Date.Day, 0, int(t.Clock), 0, 0, location)
}

// ParseKey reads what Key.String wrote; ok is false for anything else.
func ParseKey(text string) (key Key, ok bool) {
	source, absence, found := strings.Cut(text, "/")
	if !found || source == "" || absence == "" {
		return Key{}, false
	}
	return Key{Source: source, Absence: absence}, true
}

// SourcePrefix is how the text of every key of a source begins.
func SourcePrefix(source string) string { return source + "/" }
