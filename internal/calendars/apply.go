package calendars

import (
	"cmp"
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
	// OwnerDeleted are the fingerprints of events that their owner deleted: one that is
	// found is kept right, one that is not is not created.
	OwnerDeleted []string
	// Known are the ids of the events that an earlier Apply left in this mailbox,
	// as far as the caller remembers them. They tell our event from a copy that
	// its owner made of it before its marker was bound (see Identity).
	Known []string
	// Keep are events that were just written for the same absence through another
	// connection or address. Two such places can be one mailbox: what is found
	// there again, by id and, where both have one, version, is not removed.
	Keep []Placed
	// KeepAt is where Keep were written, nil where that is not known. Their owner may
	// have edited one since, which gave it another version: before something with its id
	// is removed, it is looked at there.
	KeepAt *Spot
}

// Apply makes the mailbox show exactly events for the absence named key: it
// finds what is there by marker, updates in place, creates what is missing and
// removes the rest, twins left by lost answers included. No events removes all.
// Copies that the owner made of our events stay as they are (see choose and
// surplus for how they are told apart).
//
// It needs no memory and may be repeated at any time: the mailbox ends the
// same. It creates, then updates, then removes, so that no day of an absence that is cut
// in two disappears on the way.
// Errors are the Calendar's, but never Gone: what a provider says about a missing
// event is believed after another Find only.
func Apply(
	ctx context.Context, cal Calendar, mailbox string, key Key, events []absence.Event, opts Options,
) (Result, error) {
	a := applier{cal: cal, mailbox: mailbox, key: key, opts: opts, kept: map[int]Placed{}}
	if err := a.find(ctx); err != nil {
		return Result{}, err
	}
	for _, event := range a.newFirst(events) {
		if err := a.put(ctx, event); err != nil {
			return a.result, err
		}
	}
	slices.SortFunc(a.result.Events, func(x, y Placed) int { return cmp.Compare(x.Marker.Run, y.Marker.Run) })
	return a.result, a.remove(ctx)
}

// newFirst are the events of which nothing was found, and then the others.
func (a *applier) newFirst(events []absence.Event) []absence.Event {
	rank := func(event absence.Event) int {
		if kept, _ := choose(a.found, event, a.opts); kept == nil {
			return 0
		}
		return 1
	}
	byRank := func(x, y absence.Event) int { return cmp.Compare(rank(x), rank(y)) }
	return slices.SortedStableFunc(slices.Values(events), byRank)
}

type applier struct {
	cal     Calendar
	mailbox string
	key     Key
	opts    Options
	result  Result

	found []Placed       // candidates that are neither written nor removed yet
	kept  map[int]Placed // by run: the found event that was kept for it
}

// find reads what the mailbox holds of the absence, but for what was written
// already.
func (a *applier) find(ctx context.Context) error {
	found, err := a.cal.Find(ctx, a.mailbox, a.key)
	if err != nil {
		return fmt.Errorf("find events: %w", err)
	}
	a.found = slices.DeleteFunc(candidates(found), a.hasWritten)
	return nil
}

// put makes one event stand as wanted: in the place of a found one, or anew.
func (a *applier) put(ctx context.Context, event absence.Event) error {
	kept, rest := choose(a.found, event, a.opts)
	if kept == nil && slices.Contains(a.opts.OwnerDeleted, Fingerprint(event)) {
		return nil
	}
	if kept == nil {
		return a.create(ctx, event, a.opts.Token)
	}
	err := a.overwrite(ctx, event, *kept, rest)
	if !isGone(err) {
		return err
	}
	if err := a.find(ctx); err != nil {
		return err
	}
	kept, rest = choose(a.found, event, a.opts)
	if kept == nil {
		// Removed between Find and Update. The provider may remember the first
		// creation under the plain token and answer with the removed event.
		return a.create(ctx, event, a.opts.Token+"/again")
	}
	return stillThere(a.overwrite(ctx, event, *kept, rest))
}

// overwrite makes a found event equal to event where it is not; rest is what else
// was found.
func (a *applier) overwrite(ctx context.Context, event absence.Event, kept Placed, rest []Placed) error {
	if standsRight(kept, event, rest, a.opts) && !a.opts.Rewrite {
		a.result.Unchanged++
		return a.stands(event, kept, kept)
	}
	placed, err := a.cal.Update(ctx, a.mailbox, kept, event)
	if err != nil {
		return fmt.Errorf("update run %d: %w", event.Run, err)
	}
	a.result.Updated++
	return a.stands(event, placed, kept)
}

func (a *applier) create(ctx context.Context, event absence.Event, token string) error {
	marker := Marker{Key: a.key, Run: event.Run}
	placed, err := a.cal.Create(ctx, a.mailbox, marker, event, token)
	if err != nil {
		return fmt.Errorf("create run %d: %w", event.Run, err)
	}
	a.result.Created++
	return a.stands(event, placed, placed)
}

// stands notes where an event stands, in place of which found one. When two runs
// come to stand in one place, the later one has overwritten the earlier: the next
// attempt finds the place under its new marker and writes the earlier run anew.
//
// Create may have taken over an event that was found as another run's, or as
// nobody's, because its marker was damaged (Google chooses the id from the
// marker). What was just written is no longer what was found.
func (a *applier) stands(event absence.Event, placed, kept Placed) error {
	if a.hasWritten(placed) {
		return &Temporary{Code: "two-runs-in-one-event"}
	}
	a.result.Events = append(a.result.Events, placed)
	a.kept[event.Run] = kept
	// What was kept may have been replaced by an event of another kind.
	a.found = slices.DeleteFunc(a.found, func(p Placed) bool { return a.hasWritten(p) || p.ID == kept.ID })
	return nil
}

func (a *applier) hasWritten(placed Placed) bool {
	return slices.ContainsFunc(a.result.Events, func(written Placed) bool { return written.ID == placed.ID })
}

func (a *applier) remove(ctx context.Context) error {
	for _, placed := range surplus(a.found, a.kept, a.opts) {
		placed, kept, err := a.keptMeanwhile(ctx, placed)
		if err != nil {
			return err
		}
		if kept {
			continue
		}
		removed, err := a.delete(ctx, placed)
		if err != nil {
			return fmt.Errorf("delete run %d: %w", placed.Marker.Run, err)
		}
		if removed {
			a.result.Deleted++
		}
	}
	return nil
}

// delete removes one event; removed is false when it was gone already.
func (a *applier) delete(ctx context.Context, placed Placed) (removed bool, err error) {
	err = a.cal.Delete(ctx, a.mailbox, placed)
	if !isGone(err) {
		return err == nil, err
	}
	if err := a.find(ctx); err != nil {
		return false, err
	}
	i := slices.IndexFunc(a.found, func(p Placed) bool { return p.ID == placed.ID })
	if i < 0 {
		return false, nil
	}
	err = stillThere(a.cal.Delete(ctx, a.mailbox, a.found[i]))
	return err == nil, err
}

func isGone(err error) bool {
	_, gone := errors.AsType[*Gone](err)
	return gone
}

// stillThere turns Gone about an event that was just found into Temporary: the
// provider contradicts itself, and a later attempt looks again.
func stillThere(err error) error {
	if !isGone(err) {
		return err
	}
	return &Temporary{Code: "still-there", Err: errors.New("the event is found, and said to be gone")}
}
