package calendars_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
)

// versioned is a calendar whose events' versions are those of the mailbox.
type versioned struct {
	calendars.Calendar
	versions *versions
	err      error
}

// versions is the one version of one mailbox's events. Each of the first edits looks is
// followed by an edit of the owner's.
type versions struct{ now, edits int }

func (v versioned) Find(ctx context.Context, mailbox string, key calendars.Key) ([]calendars.Placed, error) {
	if v.err != nil {
		return nil, v.err
	}
	found, err := v.Calendar.Find(ctx, mailbox, key)
	for i := range found {
		found[i].Version = fmt.Sprint(v.versions.now)
	}
	if v.versions.edits > 0 {
		v.versions.now++
		v.versions.edits--
	}
	return found, err
}

// The owner edits an event between its writing through one connection and the clearing
// of another, in systems whose ids are chosen from the marker.
func TestAnEditedEventIsKnownInTwoPlaces(t *testing.T) {
	t.Parallel()
	blocked := &calendars.Blocked{Reason: calendars.AccessDenied, Scope: calendars.ScopeMailbox, Code: "403"}
	busy := &calendars.Temporary{Code: "503"}
	for name, test := range map[string]struct {
		edits     int
		twoPlaces bool
		there     error
		stays     bool
		code      string
	}{
		"one mailbox, edited before":              {stays: true},
		"one mailbox, edited between two looks":   {edits: 2, stays: true},
		"one mailbox, edited all the time":        {edits: 100, stays: true, code: "edited-meanwhile"},
		"two mailboxes":                           {twoPlaces: true},
		"two mailboxes, the old one edited":       {twoPlaces: true, edits: 2},
		"one mailbox that is refused over there":  {there: blocked, stays: true, code: "other-place"},
		"one mailbox that is busy for over there": {there: busy, stays: true, code: "503"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			memory := calendartest.NewMemory(mailbox)
			memory.ChosenIDs = true
			written := apply(t, memory, token("1"), day(1, 2))
			here := &versions{now: 7, edits: test.edits}
			old, there := versioned{memory, here, nil}, versioned{memory, here, test.there}
			if test.twoPlaces {
				other := calendartest.NewMemory(mailbox)
				other.ChosenIDs = true
				apply(t, other, token("1"), day(1, 2))
				there = versioned{other, &versions{now: 3}, nil}
			}
			opts := calendars.Options{Token: "2", KeepAt: &calendars.Spot{Calendar: there, Mailbox: mailbox},
				Keep: []calendars.Placed{{ID: written.Events[0].ID, Version: "6"}}}
			_, err := calendars.Apply(t.Context(), old, mailbox, key, nil, opts)
			code := ""
			if passing, ok := errors.AsType[*calendars.Temporary](err); ok {
				code = passing.Code
			}
			if code != test.code || (err != nil) != (test.code != "") {
				t.Errorf("%v, want %q", err, test.code)
			}
			want := []absence.Event{}
			if test.stays {
				want = append(want, day(1, 2))
			}
			shows(t, memory, want...)
		})
	}
}
