package google

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strconv"
	"strings"

	calendar "google.golang.org/api/calendar/v3"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// maxGenerations bounds the ids tried for one marker. Each generation before the
// last was removed by hand and refuses to come back.
const maxGenerations = 20

// errTaken says that an id cannot become our event: another event has it, or it
// was removed for good.
var errTaken = errors.New("event id taken")

// Create inserts the event under an id made from its marker, so the same creation
// sent twice makes one event; token adds nothing to that and is not used.
// Google does not promise to notice a repeated id in every case
// (developers.google.com/workspace/calendar/api/v3/reference/events#id), which is
// why Find comes first.
//
// A deleted event keeps its id and refuses an insert: it is brought back by an
// update. Where that is refused too, as happens after a user removed it by
// hand, the id of the next generation is tried.
func (c *Calendar) Create(
	ctx context.Context, mailbox string, marker calendars.Marker, event absence.Event, _ string,
) (calendars.Placed, error) {
	if err := checkNames(mailbox, marker.Key); err != nil {
		return calendars.Placed{}, err
	}
	unlock, err := c.writers.Enter(ctx, mailboxID(mailbox))
	if err != nil {
		return calendars.Placed{}, err
	}
	defer unlock()
	placed, err := c.create(ctx, mailbox, marker, event, event, additions{})
	if event.Kind != "" && refusesKind(err) {
		c.logger.InfoContext(ctx, "calendar has no such kind of event, writing a plain one", "kind", string(event.Kind))
		placed, err = c.create(ctx, mailbox, marker, event, plain(event), additions{})
	}
	if err != nil {
		return calendars.Placed{}, mailboxError(err)
	}
	return placed, nil
}

// create inserts shown, which is event or what stands for it where the calendar has no
// such kind of event, with what an owner added to the event before it. Errors are
// *apiError, the port's, or ctx's own.
func (c *Calendar) create(
	ctx context.Context, mailbox string, marker calendars.Marker, event, shown absence.Event, theirs additions,
) (calendars.Placed, error) {
	body, err := encodeAs(marker, event, c.zones.suit(mailbox, shown))
	if err != nil {
		return calendars.Placed{}, err
	}
	theirs.addTo(body)
	of := generationsOf[shown.Kind]
	for generation := of.first; generation < of.first+of.count; generation++ {
		id := eventID(marker, generation)
		stored, err := c.insertOrTakeOver(ctx, mailbox, id, marker.Key, body)
		if errors.Is(err, errTaken) {
			c.logger.InfoContext(ctx, "event id cannot be used again, taking the next one",
				"event", id, "generation", generation)
			continue
		}
		if err != nil {
			return calendars.Placed{}, err
		}
		return written(stored, marker, event), nil
	}
	return calendars.Placed{}, &calendars.Invalid{Code: "no-free-event-id", Err: errTaken}
}

func (c *Calendar) insertOrTakeOver(
	ctx context.Context, mailbox, id string, key calendars.Key, body *calendar.Event,
) (answer, error) {
	stored, err := c.insert(ctx, mailbox, id, body)
	if !isDuplicate(err) {
		return stored, err
	}
	err = twice(func() error {
		stored, err = c.takeOver(ctx, mailbox, id, key, body)
		return err
	})
	return stored, err
}

// takeOver makes the event that already has our id ours and live. A live one keeps
// what its owner put into it. A tombstone becomes a new event in full: nothing of
// the one that was removed comes back, guests least of all.
func (c *Calendar) takeOver(
	ctx context.Context, mailbox, id string, key calendars.Key, body *calendar.Event,
) (answer, error) {
	current, err := c.get(ctx, mailbox, id)
	if isNotFound(err) {
		// The insert saw it, the read does not yet: "try again later"
		// (developers.google.com/workspace/calendar/api/guides/errors, 404).
		return nil, &calendars.Temporary{Code: "notFound-after-duplicate", Err: err}
	}
	if isGone(err) {
		return nil, errTaken
	}
	if err != nil {
		return nil, err
	}
	// Only the id of a tombstone is promised, so a missing marker proves nothing.
	if !carries(current, key) && (isLive(current) || propertyKey(current) != "") {
		return nil, errTaken
	}
	if isLive(current) {
		stored, err := c.patch(ctx, mailbox, id, current.Etag, body, lookOf(current))
		if isGone(err) {
			return nil, &calendars.Temporary{Code: "removed-meanwhile", Err: err}
		}
		return stored, err
	}
	stored, err := c.put(ctx, mailbox, current, body)
	if isRefused(err) {
		return nil, errTaken
	}
	return stored, err
}

// idEncoding is the alphabet Google allows in event ids: 0-9 and a-v. The
// standard encoding is upper-case and padded, both refused.
var idEncoding = base32.HexEncoding.WithPadding(base32.NoPadding)

// idPrefix begins our ids; the generation and idHash follow.
const idPrefix = "fs"

// eventID is the id of a marker's event: idPrefix, the generation in base 32, the
// hash of the marker (52 characters), all from 0-9 and a-v, 5 to 1024 characters
// (developers.google.com/workspace/calendar/api/v3/reference/events#id).
func eventID(marker calendars.Marker, generation int) string {
	return idPrefix + strconv.FormatInt(int64(generation), 32) + idHash(marker)
}

func idHash(marker calendars.Marker) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %d", marker.Key.Source, marker.Key.Absence, marker.Run))
	return strings.ToLower(idEncoding.EncodeToString(sum[:]))
}

// maxRuns is more than an absence has runs: every second day of a year twice over.
const maxRuns = 400

// identityOf tells an event that we made from its owner's copy: a duplicate made in
// Google Calendar has our extended properties and an id that Google chose. The run
// in the marker is not asked first: it may be damaged, or have become another's.
func identityOf(id string, key calendars.Key) calendars.Identity {
	rest, ours := strings.CutPrefix(id, idPrefix)
	if !ours || len(rest) != 1+len(idHash(calendars.Marker{})) {
		return calendars.IdentityCopy
	}
	for run := range maxRuns {
		if rest[1:] == idHash(calendars.Marker{Key: key, Run: run + 1}) {
			return calendars.IdentityOwn
		}
	}
	return calendars.IdentityCopy
}
