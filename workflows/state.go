package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/internal/absence"
)

// Kind is what a Change announces: the name of its signal.
type Kind string

// The kinds of Change.
const (
	Requested Kind = "requested"
	Approved  Kind = "approved"
	Deleted   Kind = "deleted"
)

// rank orders kinds that carry the same timestamps: a deletion wins, then an
// approval.
func (k Kind) rank() int {
	switch k {
	case Deleted:
		return 2
	case Approved:
		return 1
	default:
		return 0
	}
}

// State is everything an AbsenceLifecycle knows. It is the workflow's input (by
// hand, Source and Absence are enough), what it continues as new with, and the
// answer to StateQuery.
type State struct {
	Source  string `json:"source"`
	Absence string `json:"absence"`

	// Employee, Email and LegalEntity are as the newest notice told;
	// LegalEntity is replaced by the directory's once routed.
	Employee    string `json:"employee,omitempty"`
	Email       string `json:"email,omitempty"`
	LegalEntity string `json:"legalEntity,omitempty"`

	// Kind is the newest state's, "" before the first Change; ChangedAt and
	// OccurredAt are its timestamps.
	Kind       Kind      `json:"kind,omitempty"`
	ChangedAt  time.Time `json:"changedAt,omitzero"`
	OccurredAt time.Time `json:"occurredAt,omitzero"`
	// WholeDeletedAt is the time of a deletion of the whole absence, by Figgo's clock;
	// zero when the last whole change was none.
	WholeDeletedAt time.Time `json:"wholeDeletedAt,omitzero"`
	// Content is the absence to show; after a deletion, what it was.
	Content absence.Absence `json:"content,omitzero"`
	// Halves is the memory of the legacy webhook, one entry for each half-day ever
	// announced, removed ones included. It is empty where only whole absences were.
	Halves []Half `json:"halves,omitempty"`
	Bulk   bool   `json:"bulk,omitempty"`
	// First is the change a run starts with when it is a child: a child cannot
	// be started by a signal.
	First *First `json:"first,omitempty"`
	// Known is the owner as back-fill knew them; the directory counts for more. Report
	// is the workflow that still waits to be told what became of a change.
	Known       *Employee `json:"known,omitempty"`
	Report      string    `json:"report,omitempty"`
	ReportBatch int       `json:"reportBatch,omitempty"`

	// Initialization is the workflow id of the one that announced what is not written
	// yet; CreatedBy that of the one that created the events, all of them, "" for none.
	Initialization string `json:"initialization,omitempty"`
	CreatedBy      string `json:"createdBy,omitempty"`

	Status  Status   `json:"status"`
	Trouble *Trouble `json:"trouble,omitempty"`
	// Synchronization is the one that wants the absence, as far as is known.
	Synchronization string `json:"synchronization,omitempty"`
	// Applied is where the events are; Leftovers are where they were before and
	// could not be removed from yet.
	Applied   *Applied  `json:"applied,omitempty"`
	Leftovers []Applied `json:"leftovers,omitempty"`
	// Missing are the mailboxes that were not there when the absence was removed.
	Missing []Applied `json:"missing,omitempty"`

	// OwnerDeleted are the fingerprints of events that their owner deleted and that stay
	// gone.
	OwnerDeleted []string `json:"ownerDeleted,omitempty"`

	// RepliesTo is the employee whose mail is answered during the absence, as the newest
	// Route told, "" for nobody; RepliedTo the one whose AutoReplies has it in its queue.
	RepliesTo string `json:"repliesTo,omitempty"`
	RepliedTo string `json:"repliedTo,omitempty"`

	// AnnouncedAt is when the oldest live change was received that is not carried
	// out yet; zero when none waits.
	AnnouncedAt time.Time `json:"announcedAt,omitzero"`
	// Trace is the span of the newest change as long as it is not settled.
	Trace     string    `json:"trace,omitempty"`
	Behaviour Behaviour `json:"behaviour,omitempty"`

	// Dirty says that Figgo and the calendar may differ and work is to be done;
	// Rewrite that even what looks right is written again.
	Dirty   bool `json:"dirty,omitempty"`
	Rewrite bool `json:"rewrite,omitempty"`
	// Admission is where a live deletion stands that needs one; AdmissionDropped stays:
	// the event is left although Figgo has no such absence.
	Admission Admission `json:"admission,omitempty"`
	// Before is the absence as its events showed it before what has changed since; after
	// a deletion, as they showed it last. It is nil where they show Content, or nothing.
	// PutBack says that the events of a deletion that was carried out are to be written
	// anew, as Before shows them.
	Before  *absence.Absence `json:"before,omitempty"`
	PutBack bool             `json:"putBack,omitempty"`
	// Overtaken says that a Removal took the events out while something was written:
	// that is taken out too.
	Overtaken bool `json:"overtaken,omitempty"`
	// QuietSince is when the last legacy half-day arrived that is not applied
	// yet, QuietFrom when the first did.
	QuietSince time.Time `json:"quietSince,omitzero"`
	QuietFrom  time.Time `json:"quietFrom,omitzero"`
	// Attempts counts tries since the absence was blocked or skipped; NextTry is
	// the next one.
	Attempts int        `json:"attempts,omitempty"`
	NextTry  time.Time  `json:"nextTry,omitzero"`
	Retry    RetryWaits `json:"retry,omitzero"`
	// StartedAt is when the first run began, HeardAt when the last change came,
	// outdated ones included, LiveAt when the last one came that was no snapshot and
	// counted; DeletedAt is when the deletion was carried out here.
	StartedAt time.Time `json:"startedAt,omitzero"`
	HeardAt   time.Time `json:"heardAt,omitzero"`
	LiveAt    time.Time `json:"liveAt,omitzero"`
	DeletedAt time.Time `json:"deletedAt,omitzero"`

	// Version counts what was ever asked of a calendar; with Origin, the first
	// run's id, it names each logical version once.
	Version int    `json:"version,omitempty"`
	Origin  string `json:"origin,omitempty"`

	Story []Entry `json:"story,omitempty"`
}

// First is the change a child workflow starts with.
type First struct {
	Kind   Kind   `json:"kind"`
	Change Change `json:"change"`
}

// Applied is where the absence's events are.
type Applied struct {
	Place  Place         `json:"place"`
	Events []PlacedEvent `json:"events,omitempty"`
	// Fingerprint is the Target's that was written last, "" while a write is
	// under way or its outcome unknown.
	Fingerprint string    `json:"fingerprint,omitempty"`
	At          time.Time `json:"at,omitzero"`
}

// Half is what the legacy webhook said last of one half-day.
type Half struct {
	HalfDay absence.HalfDay `json:"halfDay"`
	Kind    Kind            `json:"kind"`
	// At is the confirmation's or cancellation's own time; zero when unknown.
	At time.Time `json:"at,omitzero"`
	// Local says that At is by the owner's clock, whose zone nobody told, read as UTC.
	Local bool `json:"local,omitempty"`
	// HeardAt is when it arrived here, zero for what a snapshot told.
	HeardAt time.Time `json:"heardAt,omitzero"`
}

// Entry is one line of an absence's story; web/texts has its codes.
type Entry struct {
	At      time.Time `json:"at"`
	Event   string    `json:"event"`
	Kind    Kind      `json:"kind,omitempty"`
	EventID string    `json:"eventId,omitempty"`
	Trouble *Trouble  `json:"trouble,omitempty"`
	// Provider and Connection tell where; the counts what was done there.
	Provider   string    `json:"provider,omitempty"`
	Connection string    `json:"connection,omitempty"`
	Created    int       `json:"created,omitempty"`
	Updated    int       `json:"updated,omitempty"`
	Deleted    int       `json:"deleted,omitempty"`
	Unchanged  int       `json:"unchanged,omitempty"`
	NextTry    time.Time `json:"nextTry,omitzero"`
}

// The events of a story.
const (
	EventReceived = "received" // a change that counted
	EventOutdated = "outdated" // older than what is known
	EventInvalid  = "invalid"  // a change nothing can be made of
	EventWritten  = "written"
	EventRemoved  = "removed"
	EventRight    = "already-right"
	EventTrouble  = "trouble" // blocked or skipped
	EventRetrying = "retrying"
	EventRetry    = "retry"     // asked for by a person, or the connection works again
	EventTakenOut = "taken-out" // a Removal removes the events
	// EventOwnerDeleted says that the owner deleted events, which the policy respects.
	EventOwnerDeleted = "owner-deleted"
	// The next are told by the AutoReplies of the owner: a reply was written, the owner's
	// own stayed because it was on or because they changed ours, theirs was given back,
	// and something is in the way.
	EventReplyWritten   = "reply-written"
	EventReplyLeft      = "reply-left"
	EventReplyEdited    = "reply-edited"
	EventReplyGivenBack = "reply-given-back"
	EventReplyTrouble   = "reply-trouble"
)

// storyLength bounds the story; the oldest entries go first.
const storyLength = 40

func (s *State) tell(entry Entry) {
	s.Story = append(s.Story, entry)
	if surplus := len(s.Story) - storyLength; surplus > 0 {
		s.Story = append([]Entry(nil), s.Story[surplus:]...)
	}
}

// check refuses an input no absence can have, with what to write instead: people
// start this workflow by hand.
func (s *State) check(workflowID string) error {
	if s.Source == "" || s.Absence == "" {
		return invalidInput(`the input needs "source" and "absence", such as {"source":"demo","absence":"8750"}`)
	}
	if want := AbsenceID(s.Source, s.Absence); workflowID != want {
		return invalidInput(fmt.Sprintf("the workflow id of this absence must be %q, not %q", want, workflowID))
	}
	return nil
}

func invalidInput(message string) error {
	return temporal.NewNonRetryableApplicationError(message, "InvalidInput", nil)
}

// deleted tells whether the newest state is that the absence is no more.
func (s *State) deleted() bool { return s.Kind == Deleted }

// waits tells that a person must act first.
func (s *State) waits() bool {
	return s.Status == StatusBlocked || s.Status == StatusSkipped || s.Status == StatusHeld
}

// owesDeletion tells that the absence is deleted in Figgo and not here yet.
func (s *State) owesDeletion() bool {
	return s.deleted() && s.Status != StatusDeleted && s.Admission != AdmissionDropped
}

// tombstone is how long an absence remembers what it heard, longer than Lucca's
// 24 h of delivery retries: a late "approved" must not bring a deleted event back,
// nor a late "requested" make an old approved absence tentative.
const tombstone = 48 * time.Hour

// afterLastDay is how long after its last day an absence is still followed.
const afterLastDay = 30 * 24 * time.Hour

// ownerless tells of a deletion of which nobody can tell whose absence it was. It can
// only be the first that a run heard.
func (s *State) ownerless() bool {
	return s.deleted() && s.Employee == "" && s.Email == "" && !s.standsSomewhere()
}

// endIsTold tells whether endsAt depends on when the absence is.
func (s *State) endIsTold() bool {
	return s.Status != StatusDeleted && !s.ownerless() && !s.Content.LastDay().IsZero()
}

// endsAt is when there is nothing left to wait for. It does not count for one that
// owesDeletion, unless it is ownerless.
func (s *State) endsAt() time.Time {
	last := s.Content.LastDay()
	switch {
	case s.Status == StatusDeleted:
		return s.DeletedAt.Add(tombstone)
	case s.ownerless():
		return s.HeardAt.Add(afterLastDay)
	case last.IsZero(): // nothing usable was ever heard
		return s.StartedAt.Add(tombstone)
	}
	nextDay := last.AddDays(1)
	end := time.Date(nextDay.Year, nextDay.Month, nextDay.Day, 0, 0, 0, 0, time.UTC).Add(afterLastDay)
	if remembered := s.HeardAt.Add(tombstone); end.Before(remembered) {
		return remembered // entered, or changed, long after the fact
	}
	return end
}
