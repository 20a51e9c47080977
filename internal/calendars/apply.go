package calendars

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/figgosync/figgosync/internal/absence"
)

// Result is what Apply did and what stands in the mailbox now.
type Result struct {
	// Events are the absence's events in the order of their runs.
	Events                               []Placed
	Created, Updated, Deleted, Unchanged int
}

// Writes counts the events that were written or removed.
func (r Result) Writes() int { return r.Created + r.Updated + r.Deleted }

// Options change how Apply works.
type Options struct {
	// Token names this logical version of the absence; a repetition of the same
	// Apply after a lost answer uses the same token, any other a new one.
	Token string
	// Rewrite writes events again whose marker says they are right already, to
	// undo what a user edited.
	Rewrite bool
}

// Apply makes the mailbox show exactly events for the absence named key: it
// finds what is there by marker, updates in place, creates what is missing and
// removes the rest, copies left by lost answers included. No events removes all.
//
// It needs no memory and may be repeated at any time: the mailbox ends the
// same. It writes before it removes, so an absence never disappears on the way.
// Errors are the Calendar's.
func Apply(ctx context.Context, cal Calendar, mailbox string, key Key, events []absence.Event, opts Options) (Result, error) {
	found, err := cal.Find(ctx, mailbox, key)
	if err != nil {
		return Result{}, fmt.Errorf("find events: %w", err)
	}
	a := applier{cal: cal, mailbox: mailbox, key: key, opts: opts}
	for _, event := range events {
		kept, rest := take(found, event)
		if err := a.put(ctx, event, kept); err != nil {
			return a.result, err
		}
		// Create may have taken over an event that was found as another run's, or
		// as nobody's, because its marker was damaged (Google chooses the id from
		// the marker). What was just written is no longer what was found.
		found = slices.DeleteFunc(rest, a.hasWritten)
	}
	return a.result, a.remove(ctx, found)
}

// take picks the found event that shall become event: of its run, the one
// already right if there is one. The rest still waits for its run or removal.
func take(found []Placed, event absence.Event) (kept *Placed, rest []Placed) {
	best := -1
	for i, placed := range found {
		if placed.Marker.Run != event.Run {
			continue
		}
		if best < 0 || placed.Fingerprint == Fingerprint(event) {
			best = i
		}
	}
	if best < 0 {
		return nil, found
	}
	kept = &found[best]
	return kept, slices.Concat(found[:best], found[best+1:])
}

type applier struct {
	cal     Calendar
	mailbox string
	key     Key
	opts    Options
	result  Result
}

// put makes one event stand as wanted, in place of kept when there is one.
func (a *applier) put(ctx context.Context, event absence.Event, kept *Placed) error {
	if kept == nil {
		return a.create(ctx, event, a.opts.Token)
	}
	if kept.Fingerprint == Fingerprint(event) && !a.opts.Rewrite {
		a.result.Unchanged++
		return a.stands(*kept)
	}
	placed, err := a.cal.Update(ctx, a.mailbox, *kept, event)
	if gone := (*Gone)(nil); errors.As(err, &gone) {
		// Removed between Find and Update. The provider may remember the first
		// creation under the plain token and answer with the removed event.
		return a.create(ctx, event, a.opts.Token+"/again")
	}
	if err != nil {
		return fmt.Errorf("update run %d: %w", event.Run, err)
	}
	a.result.Updated++
	return a.stands(placed)
}

func (a *applier) create(ctx context.Context, event absence.Event, token string) error {
	marker := Marker{Key: a.key, Run: event.Run}
	placed, err := a.cal.Create(ctx, a.mailbox, marker, event, token)
	if err != nil {
		return fmt.Errorf("create run %d: %w", event.Run, err)
	}
	a.result.Created++
	return a.stands(placed)
}

// stands notes where an event stands. When two runs come to stand in one place,
// the later one has overwritten the earlier (see Apply): the next attempt finds
// the place under its new marker and writes the earlier run anew.
func (a *applier) stands(placed Placed) error {
	if a.hasWritten(placed) {
		return &Temporary{Code: "two-runs-in-one-event"}
	}
	a.result.Events = append(a.result.Events, placed)
	return nil
}

func (a *applier) hasWritten(placed Placed) bool {
	return slices.ContainsFunc(a.result.Events, func(written Placed) bool { return written.ID == placed.ID })
}

func (a *applier) remove(ctx context.Context, surplus []Placed) error {
	for _, placed := range surplus {
		if err := a.cal.Delete(ctx, a.mailbox, placed); err != nil {
			return fmt.Errorf("delete run %d: %w", placed.Marker.Run, err)
		}
		a.result.Deleted++
	}
	return nil
}
