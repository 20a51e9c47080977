package settings

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/figgosync/figgosync/internal/record"
)

// Errors of an Editor, wrapped.
var (
	// ErrExists is returned for a new record whose name is taken.
	ErrExists = errors.New("the name is taken")
	// ErrChanged is returned when the record is another version than the one that
	// was edited: somebody else changed or removed it meanwhile. Nothing is
	// overwritten.
	ErrChanged = errors.New("somebody else has changed it meanwhile")
	// ErrInUse is returned for the removal of what something else needs.
	ErrInUse = errors.New("it is in use")
)

// Version counts the changes of one record from 1. Its HTTP entity tag is the
// quoted decimal (RFC 9110, 8.8.3). 0 stands for a record that is not there yet.
type Version int64

// Kind names what a record, a problem or a change is about.
type Kind string

// The kinds.
const (
	KindSource          Kind = "source"
	KindConnection      Kind = "connection"
	KindSynchronization Kind = "synchronization"
	KindTimings         Kind = "timings"
	KindInitialization  Kind = "initialization"
	KindReconciliation  Kind = "reconciliation"
	KindRemoval         Kind = "removal"
	KindAbsence         Kind = "absence"
	KindToken           Kind = "token"
	KindSession         Kind = "session"
	// KindSettings is all settings together: an import, or their keyset.
	KindSettings Kind = "settings"
	// KindLink is a sign-in link, KindDoor where somebody was refused, and
	// KindEmployee somebody whose data was erased.
	KindLink     Kind = "sign-in-link"
	KindDoor     Kind = "door"
	KindEmployee Kind = "employee"
	// KindAuditLog is the audit log itself: shortened, or exported.
	KindAuditLog Kind = "audit-log"
	// KindRecipient is somebody who is told of troubles.
	KindRecipient Kind = "recipient"
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{
		KindSource, KindConnection, KindSynchronization, KindTimings, KindInitialization, KindReconciliation,
		KindRemoval, KindAbsence, KindToken, KindSession, KindSettings, KindLink, KindDoor, KindEmployee,
		KindAuditLog, KindRecipient,
	}
}

// Author is who changes something: a person, an API token, or figgosync itself.
type Author struct {
	// ID is stable: "person:SUBJECT", "token:ID", "command" or "figgosync".
	ID string `json:"id" doc:"Stable: person:SUBJECT, token:ID, command or figgosync."`
	// Name is what people read; may be empty.
	Name string `json:"name,omitempty" doc:"What people read."`
}

// Record is one stored value with its version.
type Record[T any] struct {
	Value     T
	Version   Version
	ChangedAt time.Time // UTC
	ChangedBy Author
}

// Problem is one thing that is wrong with a value somebody wants to store.
type Problem = record.Problem

// InvalidError lists everything that is wrong with a value; nothing was stored.
type InvalidError = record.InvalidError

// InUseError says what needs a record that was to be removed. It is an ErrInUse.
type InUseError struct {
	Kind  Kind
	Names []string
}

// Error implements error.
func (e *InUseError) Error() string { return fmt.Sprintf("%v by %s %v", ErrInUse, e.Kind, e.Names) }

// Unwrap returns ErrInUse.
func (e *InUseError) Unwrap() error { return ErrInUse }

// Action is what a Change did.
type Action string

// The actions of the audit log.
const (
	ActionCreated       Action = "created"
	ActionChanged       Action = "changed"
	ActionRemoved       Action = "removed"
	ActionStarted       Action = "started"   // an initialization, a reconciliation or a removal
	ActionConfirmed     Action = "confirmed" // a large initialization
	ActionApproved      Action = "approved"  // what a reconciliation or a removal is about to do
	ActionDropped       Action = "dropped"   // live deletions that were held: their events stay
	ActionCancelled     Action = "cancelled" // an initialization, a reconciliation or a removal
	ActionResynced      Action = "resynchronized"
	ActionChecked       Action = "checked" // a connection or a source
	ActionConsented     Action = "consented"
	ActionSignedIn      Action = "signed-in"
	ActionSignedOut     Action = "signed-out"
	ActionSignInRefused Action = "sign-in-refused"
	ActionImported      Action = "imported"
	ActionRotated       Action = "rotated" // the keyset's keys
	ActionExported      Action = "exported"
	ActionErased        Action = "erased"    // all of one employee; the line does not name them
	ActionRefused       Action = "refused"   // somebody at a door, or for want of a role
	ActionShortened     Action = "shortened" // the audit log, whose oldest lines are gone
)

// FieldChange is one field of a Change. Secrets show as "[secret]" where they are
// set, with From and To equal when one secret replaced another.
type FieldChange struct {
	Field string `json:"field"`
	From  string `json:"from"`
	To    string `json:"to"`
}

// Change is one line of the audit log.
type Change struct {
	ID     int64     `json:"id" doc:"Grows with time."`
	At     time.Time `json:"at"` // UTC
	By     Author    `json:"by"`
	Action Action    `json:"action"`
	Kind   Kind      `json:"kind"`
	Name   string    `json:"name"`
	// Network is where it was asked for, /24 of an IPv4 address and /48 of an IPv6
	// one; "" where that is not known or not kept.
	Network string        `json:"network,omitempty" doc:"Where it was asked for: /24 of an IPv4 address, /48 of an IPv6 one."`
	Fields  []FieldChange `json:"fields,omitempty" doc:"Secrets show as [secret]."`
}

type networkKey struct{}

// WithNetwork returns a context whose lines of the audit log tell where they were asked
// for, as Change.Network.
func WithNetwork(ctx context.Context, network string) context.Context {
	return context.WithValue(ctx, networkKey{}, network)
}

// NetworkOf is what WithNetwork was given, "" for nothing.
func NetworkOf(ctx context.Context) string {
	network, _ := ctx.Value(networkKey{}).(string)
	return network
}

// ChangesQuery chooses lines of the audit log, newest first.
type ChangesQuery struct {
	// Before is an exclusive upper bound of ids, 0 for none: the last id of one
	// page asks for the next.
	Before int64
	// Limit is the most lines wanted, 1 to 500.
	Limit int
	// Kind and Name choose one kind or one record; "" is all.
	Kind Kind
	Name string
}

// Editor is a Store that can be changed. Put with version 0 makes a new record
// (ErrExists when the name is taken); with another one it replaces exactly that
// version (ErrChanged otherwise). A put that changes nothing keeps the version
// and leaves no line in the audit log. Values are checked with the same rules as
// a settings file and refused with an *InvalidError. Names cannot be changed.
//
// A put takes the whole value, secrets included: read the record, change what is
// to change, put it back.
type Editor interface {
	Store
	SourceRecord(ctx context.Context, name string) (Record[Source], error)
	ConnectionRecord(ctx context.Context, name string) (Record[Connection], error)
	SynchronizationRecord(ctx context.Context, name string) (Record[Synchronization], error)
	PutSource(ctx context.Context, by Author, value Source, version Version) (Version, error)
	PutConnection(ctx context.Context, by Author, value Connection, version Version) (Version, error)
	PutSynchronization(ctx context.Context, by Author, value Synchronization, version Version) (Version, error)
	// The removals return an *InUseError for what a synchronization needs.
	RemoveSource(ctx context.Context, by Author, name string, version Version) error
	RemoveConnection(ctx context.Context, by Author, name string, version Version) error
	RemoveSynchronization(ctx context.Context, by Author, name string, version Version) error
	PutTimings(ctx context.Context, by Author, value Timings) error

	// Changes reads the audit log; Note adds a line about something that is not a
	// setting, such as an initialization that was started.
	Changes(ctx context.Context, query ChangesQuery) ([]Change, error)
	Note(ctx context.Context, change Change) error
}
