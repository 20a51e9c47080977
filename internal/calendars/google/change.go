package google

import (
	"context"

	calendar "google.golang.org/api/calendar/v3"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// Update makes our own fields of the event at placed equal to event, by a PATCH
// that names them and nothing else: a PUT would reset whatever it leaves out, and
// notes, place, colour, guests, reminders and attachments are the owner's. It
// counts as three requests
// (developers.google.com/workspace/calendar/api/v3/reference/events/patch).
//
// With a Version the event must still be the one that Find saw with our marker.
// Without one, or when it changed since, it is read again: what is cancelled or
// carries another marker by now is Gone.
func (c *Calendar) Update(
	ctx context.Context, mailbox string, placed calendars.Placed, event absence.Event,
) (calendars.Placed, error) {
	marker := placed.Marker
	if event.Run > 0 {
		marker.Run = event.Run
	}
	if kindOf(placed.ID) != event.Kind {
		return c.replace(ctx, mailbox, placed, marker, event)
	}
	return c.update(ctx, mailbox, placed, marker, event, event)
}

// replace puts an event of another kind in the place of one, first the new one: at no
// moment is nobody absent. Where the calendar has no such kind it stays a plain event,
// and where its owner added what the new one would not have.
func (c *Calendar) replace(
	ctx context.Context, mailbox string, placed calendars.Placed, marker calendars.Marker, event absence.Event,
) (calendars.Placed, error) {
	if err := checkPlaced(mailbox, placed); err != nil {
		return calendars.Placed{}, err
	}
	theirs, err := c.additions(ctx, mailbox, placed)
	if err != nil {
		return calendars.Placed{}, err
	}
	isPlain := kindOf(placed.ID) == ""
	if isPlain && theirs.stay {
		return c.update(ctx, mailbox, placed, marker, event, plain(event))
	}
	created, err := c.createLocked(ctx, mailbox, marker, event, event, theirs)
	if event.Kind != "" && isPlain && refusesKind(err) {
		return c.update(ctx, mailbox, placed, marker, event, plain(event))
	}
	if event.Kind != "" && refusesKind(err) {
		created, err = c.createLocked(ctx, mailbox, marker, event, plain(event), theirs)
	}
	if err != nil {
		return calendars.Placed{}, portError(err)
	}
	if err := c.Delete(ctx, mailbox, placed); err != nil && !isGone(err) {
		return calendars.Placed{}, err
	}
	return created, nil
}

func (c *Calendar) createLocked(
	ctx context.Context, mailbox string, marker calendars.Marker, event, shown absence.Event, theirs additions,
) (calendars.Placed, error) {
	unlock, err := c.writers.Enter(ctx, mailboxID(mailbox))
	if err != nil {
		return calendars.Placed{}, err
	}
	defer unlock()
	return c.create(ctx, mailbox, marker, event, shown, theirs)
}

// update patches the event at placed to be shown, in the place of event.
func (c *Calendar) update(
	ctx context.Context, mailbox string, placed calendars.Placed, marker calendars.Marker, event, shown absence.Event,
) (calendars.Placed, error) {
	body, err := encodeAs(marker, event, c.zones.suit(mailbox, shown))
	if err != nil {
		return calendars.Placed{}, err
	}
	seen := look{placed.OwnersColour, placed.Coloured}
	carriesKey := func(current *calendar.Event) bool {
		seen = lookOf(current)
		return carries(current, placed.Marker.Key)
	}
	var stored *calendar.Event
	err = c.change(ctx, mailbox, placed, carriesKey, func(version string) (err error) {
		stored, err = c.patch(ctx, mailbox, placed.ID, version, body, seen)
		return err
	})
	if err != nil {
		return calendars.Placed{}, err
	}
	return written(stored, marker, event), nil
}

// Delete removes the event at placed. It is as careful as Update, and demands the
// run's marker as well. It is Gone also when it was removed before, by a former
// attempt whose answer was lost perhaps.
func (c *Calendar) Delete(ctx context.Context, mailbox string, placed calendars.Placed) error {
	stillOurs := func(current *calendar.Event) bool { return isStill(current, placed.Marker) }
	return c.change(ctx, mailbox, placed, stillOurs, func(version string) error {
		return c.remove(ctx, mailbox, placed.ID, version)
	})
}

// change does something to the version of the event that is known to be ours,
// twice at most: when it changed in between, a second look decides.
func (c *Calendar) change(
	ctx context.Context, mailbox string, placed calendars.Placed,
	isOurs func(*calendar.Event) bool, do func(version string) error,
) error {
	if err := checkPlaced(mailbox, placed); err != nil {
		return err
	}
	unlock, err := c.writers.Enter(ctx, mailboxID(mailbox))
	if err != nil {
		return err
	}
	defer unlock()
	version := placed.Version
	return portError(twice(func() error {
		if version == "" {
			current, err := c.get(ctx, mailbox, placed.ID)
			switch {
			case err != nil:
				return err
			case !isLive(current):
				return &calendars.Gone{Code: statusCancelled}
			case !isOurs(current):
				return &calendars.Gone{Code: "marker-missing"}
			}
			version = current.Etag
		}
		err := do(version)
		version = ""
		return err
	}))
}

// twice calls do again when it failed because the event changed in between.
func twice(do func() error) error {
	err := do()
	if isConflict(err) {
		err = do()
	}
	return err
}
