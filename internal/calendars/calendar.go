package calendars

import (
	"context"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
)

// Provider names a calendar system; it is part of task-queue names and settings.
type Provider string

// The calendar systems figgosync writes to.
const (
	Office365 Provider = "office365"
	Exchange  Provider = "exchange"
	Google    Provider = "google"
)

// Calendar is one calendar system reached with one credential. It writes into
// the default calendar of the mailboxes that credential may open.
//
// Every method is safe for concurrent use and for repetition after a lost
// answer, obeys ctx, bounds how much of an answer it reads, and returns only
// the errors of this package (Temporary, Blocked, Gone, Invalid) or ctx's own.
// A failure is always an error: it must never read as "no events".
//
// No method ever reads, changes or deletes an event without our marker, adds an
// attendee, sends an invitation or sets a reminder.
type Calendar interface {
	// Find returns all live events of the mailbox's default calendar that carry
	// key, in any order, all pages. Events in the bin, cancelled ones and
	// tombstones are not live. The provider's own matching may be loose (Graph
	// compares values without case): Find compares again, exactly.
	Find(ctx context.Context, mailbox string, key Key) ([]Placed, error)

	// List returns all live events of the mailbox's default calendar that carry a
	// key of the source (Key.Source), whatever the absence, in any order, all pages,
	// each with what its owner sees of it; copies that the owner made of them too
	// (see Identity). It has no window: a mailbox holds some tens of events of ours
	// a year. Like Find, it compares again, exactly.
	List(ctx context.Context, mailbox, source string) ([]Listed, error)

	// Shown is what List tells of event where it stands in the mailbox as Create or
	// Update would write it now. It reads nothing but, for all-day events, which time
	// zone the mailbox lives in.
	Shown(ctx context.Context, mailbox string, event absence.Event) (Shown, error)

	// Create adds the event. token names this logical creation: the same token
	// with the same event, sent again because an answer was lost, must not make
	// a second event where the provider offers a way to tell (Graph:
	// transactionId; Google: the id, chosen from the marker). Where it offers
	// none (EWS) the caller's Find before each attempt is the guard.
	Create(ctx context.Context, mailbox string, marker Marker, event absence.Event, token string) (Placed, error)

	// Update makes the event at placed equal to event, in place, restoring what
	// a user edited of our own fields: time, title, show-as, sensitivity, marker.
	// Whatever else the event has is its owner's and stays as it is: notes, place,
	// categories, colour, reminders, attachments, attendees. It binds the marker to
	// the event where that is not done yet (see Identity). Gone when the provider
	// says that it is not there, which the caller must not believe without a Find.
	Update(ctx context.Context, mailbox string, placed Placed, event absence.Event) (Placed, error)

	// Delete removes the event at placed. Gone when the provider says that it is
	// not there, which the caller must not believe without a Find: providers answer
	// a spurious 404 now and then. No cancellation is sent to anyone.
	Delete(ctx context.Context, mailbox string, placed Placed) error
}

// Placed is one event of ours as it stands in a calendar.
type Placed struct {
	Marker Marker `json:"marker"`
	// ID is the provider's id of the event, opaque.
	ID string `json:"id"`
	// Version is the provider's version of it (ETag, ChangeKey), "" where the
	// adapter needs none. It ages by itself: use it only right after Find.
	Version string `json:"version,omitempty"`
	// Fingerprint is the Fingerprint of the event last written, read back from
	// the event's marker; "" when it is not known.
	Fingerprint string `json:"fingerprint,omitempty"`
	// UID is the event's global id (UID, iCalUId), to which Update binds the
	// marker; "" when the provider did not tell or the adapter needs none.
	UID string `json:"uid,omitempty"`
	// Identity tells whether it is the event we made or its owner's copy of it.
	Identity Identity `json:"identity,omitempty"`
	// CreatedAt is when the provider says the event was made, zero when it does
	// not say. A copy is always younger than what it is a copy of.
	CreatedAt time.Time `json:"createdAt,omitzero"`
	// Category is the category that we gave the event, "" for none.
	Category string `json:"category,omitempty"`
	// OwnersColour says that its owner chose its colour, and Coloured that we once did.
	OwnersColour bool `json:"ownersColour,omitempty"`
	Coloured     bool `json:"coloured,omitempty"`
}

// Limited is a Calendar that bounds its own calls.
type Limited interface {
	// MaxConcurrent is how many calls the adapter makes at once, after its own
	// bounds; further ones wait inside it.
	MaxConcurrent() int
}
