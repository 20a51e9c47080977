package settings

import (
	"cmp"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/record"
)

// Nightly is when and how a synchronization's calendars are compared with Figgo by
// themselves.
type Nightly struct {
	// Off compares only when somebody asks for it.
	Off bool `json:"off,omitempty" doc:"Calendars are compared only when somebody asks."`
	// Window are two times of day in the synchronization's zone; each night begins
	// somewhere between them. DefaultWindow where it is "".
	Window string `json:"window,omitempty" rule:"word max=11" hint:"write two times of one day such as 02:00-05:00" doc:"Two times of day, in the synchronization's zone, between which each night begins; 02:00-05:00 where it is missing."`
	// ReportOnly tells what differs and repairs nothing.
	ReportOnly bool `json:"reportOnly,omitempty" doc:"What differs is told and not repaired."`
}

// DefaultWindow is when nights begin where the settings do not say.
const DefaultWindow = "02:00-05:00"

// Begins is the first moment of the window, and its length, which is positive. It
// needs a valid window.
func (n Nightly) Begins() (from absence.Clock, length time.Duration) {
	from, to, _ := window(cmp.Or(n.Window, DefaultWindow))
	return from, time.Duration(to-from) * time.Minute
}

func window(text string) (from, to absence.Clock, ok bool) {
	first, last, dash := strings.Cut(text, "-")
	from, err1 := absence.ParseClock(first)
	to, err2 := absence.ParseClock(last)
	return from, to, dash && err1 == nil && err2 == nil && from < to
}

func checkNightly(c *record.Checker, n Nightly) {
	const field = "reconciliation.window"
	if _, _, ok := window(cmp.Or(n.Window, DefaultWindow)); !ok && c.Good(field) {
		c.Add(field, CodeBadWindow)
	}
}
