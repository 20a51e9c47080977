package ews

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
)

// chosenUID is the UID we give the event of a marker: the same one whenever it is
// created, so that the twins of a lost answer are known as ours. A copy made in
// Outlook gets a UID of its own while it keeps our properties:
// learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxocal 3.1.4.3.
func chosenUID(marker calendars.Marker) string {
	sum := sha256.Sum256([]byte(marker.Key.String() + "\n" + strconv.Itoa(marker.Run)))
	return "figgosync-" + hex.EncodeToString(sum[:16])
}

// identityOf tells an event of ours from its owner's copy, by the text of
// PropertyRun and its UID.
func identityOf(marker calendars.Marker, run, uid string) calendars.Identity {
	if uid != "" && strings.EqualFold(uid, chosenUID(marker)) {
		return calendars.IdentityOwn
	}
	return calendars.IdentityOf(run, uid)
}

// A Placed's Version is the ChangeKey and, when it is known, the item's UID behind
// a space, which no ChangeKey has: an update binds the marker to it.
func packVersion(changeKey, uid string) string {
	if uid == "" || strings.ContainsFunc(uid, notInKey) {
		return changeKey
	}
	return changeKey + " " + uid
}

func unpackVersion(version string) (changeKey, uid string) {
	changeKey, uid, _ = strings.Cut(version, " ")
	return changeKey, uid
}

// createdAt reads DateTimeCreated, zero when it is not there or unreadable.
func createdAt(text string) time.Time {
	at, err := time.Parse(time.RFC3339, strings.TrimSpace(text))
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}

// uidHandling is what is known of a server: whether it keeps the UID of a new
// item, as Exchange does, or gives one of its own.
type uidHandling struct{ state atomic.Int32 }

const (
	uidUnproved int32 = iota
	uidProving
	uidKept
	uidReplaced
)

// proveUID reads, once, the UID of an event just created. A server that gave it
// another one would make every event of ours look like its owner's copy: the
// marker is then bound to what the event has, here and from now on by updates.
func (c *Calendar) proveUID(ctx context.Context, mailbox string, placed calendars.Placed,
	fingerprint string) calendars.Placed {
	if !c.uids.state.CompareAndSwap(uidUnproved, uidProving) {
		return placed
	}
	id, uid, err := c.current(ctx, mailbox, placed)
	switch {
	case err != nil:
		c.uids.state.Store(uidUnproved)
		return placed
	case uid == "" || strings.EqualFold(uid, chosenUID(placed.Marker)):
		c.uids.state.Store(uidKept)
		return placed
	}
	c.uids.state.Store(uidReplaced)
	message, err := c.call(ctx, mailbox, opUpdate, exchange2010SP2,
		fixed(newBinding(id, calendars.WithCategory(placed.Marker.BoundRunValue(fingerprint, uid), placed.Category))))
	if err != nil {
		return placed
	}
	if item, ok := message.onlyItem(); ok {
		placed.ID, placed.Version = item.ItemID.ID, packVersion(item.ItemID.ChangeKey, uid)
	}
	return placed
}
