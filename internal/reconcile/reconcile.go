// Package reconcile compares what one mailbox shows with what it should show. It is
// pure: what Figgo says and what the mailbox holds are read by others
// ([github.com/figgosync/figgosync/internal/calendars.Calendar].List).
package reconcile

import (
	"slices"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// Kind is how a mailbox differs from what it should show.
type Kind string

// The kinds of Difference.
const (
	// Missing: an event that should be there is not.
	Missing Kind = "missing"
	// Edited: it is there, with another time, title or status.
	Edited Kind = "edited"
	// Duplicate: it is there more than once, and no copy of its owner's.
	Duplicate Kind = "duplicate"
	// Surplus: an event of ours that should not be there.
	Surplus Kind = "surplus"
	// Misplaced: an event of an absence that should be in another mailbox.
	Misplaced Kind = "misplaced"
)

// Difference is one, of one absence.
type Difference struct {
	Kind    Kind
	Absence string
	// Day is the first day of the event, YYYY-MM-DD.
	Day string
	// Run is the event's Marker.Run.
	Run int
	// ByOwner says that an Edited event was written as it should be, and changed since.
	ByOwner bool
}

// Want is what a mailbox should show of one absence.
type Want struct {
	Absence string
	// Runs are its events by their Marker.Run, Written their fingerprints.
	Runs    map[int]calendars.Shown
	Written map[int]string
}

// Window are the days that are compared, both inclusive.
type Window struct{ From, To absence.Date }

// holds tells that an event's last day is surely one that Figgo was asked for: the
// date of a moment in UTC is at most one day after its owner's.
func (w Window) holds(shown calendars.Shown) bool {
	return day(shown.Start) < w.To.String() && day(shown.End) > w.From.String()
}

func day(boundary string) string { return boundary[:min(len(boundary), len("2006-01-02"))] }

// Outcome is what a comparison of one mailbox found.
type Outcome struct {
	// Events are those of ours in the mailbox, without owners' copies; Right those that
	// are as they should be.
	Events, Right int
	Differences   []Difference
}

// Mailbox compares one. elsewhere tells that an absence should be in another mailbox
// of those that are compared. An event that should not be there counts only where it
// lies within the window: of others nobody was asked.
func Mailbox(wanted []Want, listed []calendars.Listed, window Window, elsewhere func(absence string) bool) Outcome {
	byAbsence := map[string][]calendars.Listed{}
	var outcome Outcome
	for _, one := range listed {
		if one.Identity == calendars.IdentityCopy {
			continue
		}
		outcome.Events++
		byAbsence[one.Marker.Key.Absence] = append(byAbsence[one.Marker.Key.Absence], one)
	}
	for _, want := range wanted {
		outcome.absence(want, byAbsence[want.Absence])
		delete(byAbsence, want.Absence)
	}
	for name, events := range byAbsence {
		kind := Surplus
		if elsewhere(name) {
			kind = Misplaced
		}
		for _, one := range events {
			if kind == Misplaced || window.holds(one.Shown) {
				outcome.add(kind, name, one.Marker.Run, one.Shown)
			}
		}
	}
	slices.SortFunc(outcome.Differences, func(a, b Difference) int {
		return slices.Compare([]string{a.Day, a.Absence, string(a.Kind)}, []string{b.Day, b.Absence, string(b.Kind)})
	})
	return outcome
}

// absence compares the events of one.
func (o *Outcome) absence(want Want, events []calendars.Listed) {
	for run, shown := range want.Runs {
		var found []calendars.Listed
		for _, one := range events {
			if one.Marker.Run == run {
				found = append(found, one)
			}
		}
		right := slices.ContainsFunc(found, func(l calendars.Listed) bool {
			return l.Shown == shown && !l.GuessedZone() && !writtenOtherwise(l, want.Written[run])
		})
		switch {
		case len(found) == 0:
			o.add(Missing, want.Absence, run, shown)
		case !right:
			o.add(Edited, want.Absence, run, shown)
			o.Differences[len(o.Differences)-1].ByOwner = slices.ContainsFunc(found, func(l calendars.Listed) bool {
				return l.Shown != shown && l.Fingerprint != "" && l.Written() == want.Written[run]
			})
		default:
			o.Right++
		}
		if certain(found) > 1 {
			o.add(Duplicate, want.Absence, run, shown)
		}
	}
	for _, one := range events {
		if _, wanted := want.Runs[one.Marker.Run]; !wanted {
			o.add(Surplus, want.Absence, one.Marker.Run, one.Shown)
		}
	}
}

// writtenOtherwise tells that an event was written by other settings than the present
// ones, which may not show: a category, a colour and the kind of an event are not read.
func writtenOtherwise(l calendars.Listed, now string) bool {
	return l.Fingerprint != "" && now != "" && l.Written() != now
}

// certain counts those that are ours and no copy: what is not bound yet may be one.
func certain(found []calendars.Listed) (own int) {
	for _, one := range found {
		if one.Identity == calendars.IdentityOwn {
			own++
		}
	}
	return own
}

func (o *Outcome) add(kind Kind, absence string, run int, shown calendars.Shown) {
	o.Differences = append(o.Differences, Difference{Kind: kind, Absence: absence, Day: day(shown.Start), Run: run})
}
