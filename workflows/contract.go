package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/internal/absence"
)

// Task queues. Workflows run on TaskQueue, activities on the queue of the system
// they call, so that one system's trouble never holds up another's work.
const (
	TaskQueue  = "figgosync"
	FiggoQueue = "figgo"
)

// CalendarQueue is the activity queue of a calendar provider, such as
// "calendar-office365".
func CalendarQueue(provider string) string { return "calendar-" + provider }

// Names of workflow types, activities and queries.
const (
	AbsenceLifecycleType = "AbsenceLifecycle"

	RouteActivity        = "Route"
	FindEmployeeActivity = "FindEmployee"
	ApplyAbsenceActivity = "ApplyAbsence"
	// ReportSettledActivity is a local activity, for what no ApplyAbsence reports.
	ReportSettledActivity = "ReportSettled"
	// AskAbsencesActivity is a local activity, for absences that do not report.
	AskAbsencesActivity = "AskAbsences"

	// StateQuery answers the State of an AbsenceLifecycle.
	StateQuery = "state"
)

// The signals of an AbsenceLifecycle. The first three come from Figgo; they may
// be sent in any order and any number of times.
var (
	SignalRequested = Signal[Change]{Name: "requested"}
	SignalApproved  = Signal[Change]{Name: "approved"}
	SignalDeleted   = Signal[Change]{Name: "deleted"}
	// SignalRetry tries at once what is blocked or skipped, or what a person asks for.
	SignalRetry = Signal[Retry]{Name: "retry"}
	// SignalTrouble is sent by an activity to its own workflow: it keeps failing and
	// is still being retried.
	SignalTrouble = Signal[Trouble]{Name: "trouble"}
)

// Search attributes, all Keyword. They are stored in clear: ids, names of
// settings and codes of ours only. SQL stores have room for ten.
var (
	AttributeSource      = temporal.NewSearchAttributeKeyKeyword("FiggoSource")
	AttributeLegalEntity = temporal.NewSearchAttributeKeyKeyword("FiggoLegalEntity")
	AttributeEmployee    = temporal.NewSearchAttributeKeyKeyword("FiggoEmployee")
	AttributeStatus      = temporal.NewSearchAttributeKeyKeyword("FiggoStatus")
	// AttributeSynchronization is the synchronization that wants the absence, by
	// its name in the settings; missing when none does.
	AttributeSynchronization = temporal.NewSearchAttributeKeyKeyword("FiggoSynchronization")
	// AttributeReason is Trouble.Reason of an absence that is blocked, skipped or
	// being retried; missing on all others.
	AttributeReason = temporal.NewSearchAttributeKeyKeyword("FiggoReason")
)

// Attributes lists all search attributes, for those who register them.
func Attributes() []temporal.SearchAttributeKeyKeyword {
	return []temporal.SearchAttributeKeyKeyword{
		AttributeSource, AttributeLegalEntity, AttributeEmployee, AttributeStatus, AttributeSynchronization,
		AttributeReason,
	}
}

// AbsenceAttributes are those that an absence's workflow starts with, for nothing: a
// later upsert costs. legalEntity, employee and synchronization are "" where nobody knows
// them.
func AbsenceAttributes(source, legalEntity, employee, synchronization string) temporal.SearchAttributes {
	updates := []temporal.SearchAttributeUpdate{
		AttributeSource.ValueSet(source), AttributeStatus.ValueSet(string(StatusPending)),
	}
	if employee != "" {
		updates = append(updates, AttributeEmployee.ValueSet(employee))
	}
	if legalEntity != "" {
		updates = append(updates, AttributeLegalEntity.ValueSet(legalEntity))
	}
	if synchronization != "" {
		updates = append(updates, AttributeSynchronization.ValueSet(synchronization))
	}
	return temporal.NewSearchAttributes(updates...)
}

// Priority keys: work announced by a webhook goes before back-fill.
const (
	PriorityLive = 1
	PriorityBulk = 5
)

// AbsenceSummary is what Temporal's Web UI shows of an AbsenceLifecycle.
const AbsenceSummary = "One absence, kept in its owner's calendar"

const absencePrefix = "absence/"

// AbsenceID is the workflow id of an absence: "absence/{source}/{absence}".
func AbsenceID(source, absence string) string { return absencePrefix + source + "/" + absence }

// ParseAbsenceID reads what AbsenceID wrote.
func ParseAbsenceID(id string) (source, absence string, err error) {
	rest, ok := strings.CutPrefix(id, absencePrefix)
	source, absence, found := strings.Cut(rest, "/")
	if !ok || !found || source == "" || absence == "" {
		return "", "", fmt.Errorf("workflow id %q is not of the form absence/{source}/{absence}", id)
	}
	return source, absence, nil
}

// Change is what the first three signals carry: the absence as it was at a
// moment. The signal's name, not the half-days, says pending or confirmed.
type Change struct {
	// EventID is Figgo's id of the event, for the story; may be empty.
	EventID string `json:"eventId,omitempty"`
	// ChangedAt is the state's own timestamp and orders changes; OccurredAt
	// breaks ties. Where both are missing the time of arrival counts.
	ChangedAt  time.Time `json:"changedAt,omitzero"`
	OccurredAt time.Time `json:"occurredAt,omitzero"`
	// Employee is the owner's Figgo id. Email and LegalEntity are what the
	// notice itself told, if it did.
	Employee    string `json:"employee,omitempty"`
	Email       string `json:"email,omitempty"`
	LegalEntity string `json:"legalEntity,omitempty"`
	// Absence is empty on most deletions.
	Absence absence.Absence `json:"absence,omitzero"`
	// Partial says that only the half-days in Absence are spoken of, as on the
	// legacy webhook.
	Partial bool `json:"partial,omitempty"`
	// Bulk marks back-fill, which gives way to live changes. Report is the
	// workflow that is told, by SignalSettled, what became of it.
	Bulk   bool   `json:"bulk,omitempty"`
	Report string `json:"report,omitempty"`
	// Initialization is the workflow id of the one that announces it, "" for others.
	Initialization string `json:"initialization,omitempty"`
	// ReportBatch is how many such reports may be gathered into one signal; 0 is 1.
	ReportBatch int `json:"reportBatch,omitempty"`
	// ReadAt marks a snapshot: when the reading of the list began that has the
	// absence like this, in UTC. It loses to every live change that arrived later.
	ReadAt time.Time `json:"readAt,omitzero"`
	// Known is the owner, where the sender knows them already.
	Known *Employee `json:"known,omitempty"`
	// ReceivedAt is when the notice reached us, in UTC. Where the sender does not
	// tell, it is when the workflow read the signal, which is later when no worker
	// was up.
	ReceivedAt time.Time `json:"receivedAt,omitzero"`
	// Trace is the span that brought the change (tracing.Parent), "" where it is not traced.
	Trace string `json:"trace,omitempty"`
	// Route is where Absence goes, where the sender has just asked, at RoutedAt, so
	// that the workflow need not ask again.
	Route    *Route    `json:"route,omitempty"`
	RoutedAt time.Time `json:"routedAt,omitzero"`
}

// Retry is what SignalRetry carries.
type Retry struct {
	// Rewrite writes the events again even where nothing changed.
	Rewrite bool `json:"rewrite,omitempty"`
	// Bulk marks one of many, which gives way to live changes. Without Rewrite it is
	// for those that wait: blocked, skipped or retrying.
	Bulk bool `json:"bulk,omitempty"`
	// OwnerChanged says that Lucca changed the owner: the absence is routed anew, whatever
	// it waits for.
	OwnerChanged bool `json:"ownerChanged,omitempty"`
	// Removed says that a Removal takes the events out: what was written is forgotten.
	Removed bool `json:"removed,omitempty"`
	// Decided is what becomes of a deletion that waited or is held, or was carried out
	// just before others were held.
	Decided Admission `json:"decided,omitempty"`
	// Leftover is a mailbox where events of the absence were found that should not be
	// there.
	Leftover *Place `json:"leftover,omitempty"`
	// OwnerDeleted are the fingerprints (calendars.Fingerprint) of events that the owner
	// deleted, which stays so; nothing is written.
	OwnerDeleted []string `json:"ownerDeleted,omitempty"`
}

// Status is where an absence stands.
type Status string

// The statuses, as in the search attribute FiggoStatus.
const (
	StatusPending  Status = "pending"  // not yet in the calendar
	StatusSynced   Status = "synced"   // the calendar shows it
	StatusRetrying Status = "retrying" // temporary trouble, being retried
	StatusBlocked  Status = "blocked"  // a person must mend something
	StatusSkipped  Status = "skipped"  // no synchronization wants it, or it is paused
	StatusDeleted  Status = "deleted"  // deleted in Figgo, no event
	StatusHeld     Status = "held"     // deleted in Figgo among many: a person must decide
)

// Trouble says why an absence is blocked, skipped or being retried. It names no
// person and quotes no provider message.
type Trouble struct {
	// Reason is a code that web/texts explains.
	Reason string `json:"reason"`
	// Scope is "mailbox" or "connection": how many people it concerns.
	Scope string `json:"scope,omitempty"`
	// Code is the provider's own error code.
	Code string `json:"code,omitempty"`
	// RequestID is the provider's id of the refused request, for its support.
	RequestID string    `json:"requestId,omitempty"`
	Since     time.Time `json:"since,omitzero"`
	// RetryAt is when Temporal tries again what it is retrying, about; zero where
	// that is not known.
	RetryAt time.Time `json:"retryAt,omitzero"`
}

// ReasonNoSynchronization is the Trouble of a Route that leads nowhere: the owner is
// known, and no synchronization has their legal entity.
const ReasonNoSynchronization = "no-synchronization"

// ReasonPaused is the Trouble of a Route whose synchronization is paused.
const ReasonPaused = "synchronization-paused"

// ReasonExcluded is the Trouble of a Route whose synchronization excludes the owner.
const ReasonExcluded = "employee-excluded"

// ReasonLeft is the Trouble of a Route whose owner has left the company, where the policy
// removes their events.
const ReasonLeft = "employee-left"

// Employee is the owner as the directory knows them.
type Employee struct {
	ID          string `json:"id"`
	Email       string `json:"email,omitempty"`
	LegalEntity string `json:"legalEntity,omitempty"`
	Zone        string `json:"zone,omitempty"`
	Left        bool   `json:"left,omitempty"`
	// Language is the one they read Figgo in, "" where that is not known.
	Language absence.Language `json:"language,omitempty"`
}

// RouteRequest asks where an absence goes and how it looks there.
type RouteRequest struct {
	Source   string `json:"source"`
	Employee string `json:"employee"`
	// Email is what the notice itself told, if it did.
	Email   string          `json:"email,omitempty"`
	Known   *Employee       `json:"known,omitempty"` // what a look-up found just before
	Absence absence.Absence `json:"absence"`
	// Types are what a look-up just before told of absence types, by their ids alone
	// where Figgo tells nothing.
	Types []absence.Type `json:"types,omitempty"`
	// Synchronization is the one that wanted the absence last, "" when none did. That it
	// is paused counts where the owner is not known here.
	Synchronization string `json:"synchronization,omitempty"`
}

// Outcome is the kind of answer to a RouteRequest.
type Outcome string

// The outcomes of Route.
const (
	RouteWrite  Outcome = "write"  // Target is set
	RouteLookup Outcome = "lookup" // the employee, or an absence type, is unknown here: ask Figgo
	RouteSkip   Outcome = "skip"   // no synchronization wants it, or it is paused
	RouteBlock  Outcome = "block"  // a person must mend something
)

// Route is the answer: where the absence goes, or why nowhere.
type Route struct {
	Outcome     Outcome  `json:"outcome"`
	Trouble     *Trouble `json:"trouble,omitempty"`
	LegalEntity string   `json:"legalEntity,omitempty"`
	// Accounts are the ids of the absence types that RouteLookup is about.
	Accounts []string `json:"accounts,omitempty"`
	// Synchronization is the one that wants the absence, whatever the outcome; ""
	// when none does or the owner is unknown.
	Synchronization string `json:"synchronization,omitempty"`
	// Target is set with RouteWrite; with any other outcome but a pause it is the place
	// alone, where that is known.
	Target *Target `json:"target,omitempty"`
	// Retry bounds the waits of an absence that is blocked or skipped.
	Retry RetryWaits `json:"retry"`
	// RepliesTo is the employee whose mail is answered during approved absences, "" where
	// the policy has no automatic replies.
	RepliesTo string `json:"repliesTo,omitempty"`
	// Behaviour is what the workflow does from this answer on.
	Behaviour Behaviour `json:"behaviour,omitempty"`
}

// RetryWaits are the first and the longest wait before a blocked absence is
// tried again.
type RetryWaits struct {
	First time.Duration `json:"first,omitempty"`
	Max   time.Duration `json:"max,omitempty"`
}

// Target is one calendar and what it shall show.
type Target struct {
	Synchronization string          `json:"synchronization"`
	Place           Place           `json:"place"`
	Events          []absence.Event `json:"events"`
	// Fingerprint is equal for equal Places and Events.
	Fingerprint string `json:"fingerprint"`
	// Respect is what of the owner's doing stays.
	Respect Respect `json:"respect,omitzero"`
	// Others are where the mailbox is looked for, in their order, when Place answers that
	// it has none. They have no Others of their own.
	Others []Target `json:"others,omitempty"`
}

// At is what is shown through a connection, the target or one of its Others; nil for none.
// A nil target has none.
func (t *Target) At(connection string) *Target {
	if t == nil || t.Place.Connection == connection {
		return t
	}
	for i := range t.Others {
		if t.Others[i].Place.Connection == connection {
			return &t.Others[i]
		}
	}
	return nil
}

// Respect says which changes that owners made to events stay as long as the events'
// own do not change.
type Respect struct {
	Edits   bool `json:"edits,omitempty"`
	Deletes bool `json:"deletes,omitempty"`
}

// Place is one mailbox behind one connection.
type Place struct {
	Connection string `json:"connection"`
	Provider   string `json:"provider"`
	Mailbox    string `json:"mailbox"`
}

// FindEmployeeRequest asks Figgo who an employee is. Where neither Employee nor Email
// is known, as of a deletion that names nobody, the owner is the one that earlier runs
// of Absence told.
type FindEmployeeRequest struct {
	Source   string `json:"source"`
	Employee string `json:"employee"`
	Email    string `json:"email,omitempty"`
	Absence  string `json:"absence,omitempty"`
	// Accounts are ids of absence types to be told as well.
	Accounts []string `json:"accounts,omitempty"`
}

// FindEmployeeResult is the employee, or why they cannot be known.
type FindEmployeeResult struct {
	Employee *Employee `json:"employee,omitempty"`
	// Types are what is known of the absence types that were asked for, each at least by
	// its id.
	Types   []absence.Type `json:"types,omitempty"`
	Trouble *Trouble       `json:"trouble,omitempty"`
}

// ApplyRequest asks to make one mailbox show exactly Events for the absence.
type ApplyRequest struct {
	Source  string          `json:"source"`
	Absence string          `json:"absence"`
	Place   Place           `json:"place"`
	Events  []absence.Event `json:"events"`
	// Token names this logical version; retries of one activity share it.
	Token   string `json:"token"`
	Rewrite bool   `json:"rewrite,omitempty"`
	// RespectEdits leaves what an owner edited of an event that was written like this;
	// OwnerDeleted are the events (calendars.Fingerprint) that are not made again.
	RespectEdits bool     `json:"respectEdits,omitempty"`
	OwnerDeleted []string `json:"ownerDeleted,omitempty"`
	// Keep are events that were just written for this absence, perhaps into the same
	// mailbox under another name: they are not removed. Known are the events this
	// workflow remembers of the absence in the mailbox.
	Keep []PlacedEvent `json:"keep,omitempty"`
	// KeepAt is where Keep were written: their owner may have edited them since.
	KeepAt *Place        `json:"keepAt,omitempty"`
	Known  []PlacedEvent `json:"known,omitempty"`
	// Report is the workflow that is told, by SignalSettled, once it is done, with up
	// to ReportBatch such reports in one signal.
	Report      string `json:"report,omitempty"`
	ReportBatch int    `json:"reportBatch,omitempty"`
	// Synchronization is the one the absence belongs to, "" when not known.
	Synchronization string `json:"synchronization,omitempty"`
	// Employee is the owner's id, "" when not known.
	Employee string `json:"employee,omitempty"`
	// AnnouncedAt is when the oldest live change was received that this write
	// carries out and completes, in UTC; zero where nobody waits for it: back-fill,
	// another try of what was blocked, and all but the last write of a change.
	AnnouncedAt time.Time `json:"announcedAt,omitzero"`
}

// ApplyResult is what stands in the mailbox now, or what blocks it.
type ApplyResult struct {
	Events    []PlacedEvent `json:"events,omitempty"`
	Created   int           `json:"created,omitempty"`
	Updated   int           `json:"updated,omitempty"`
	Deleted   int           `json:"deleted,omitempty"`
	Unchanged int           `json:"unchanged,omitempty"`
	Trouble   *Trouble      `json:"trouble,omitempty"`
	// Attempt is Temporal's number of the try that answered, where it was not the
	// first. What earlier ones did is not counted above.
	Attempt int `json:"attempt,omitempty"`
	// CreatedBefore is how many events the earlier ones are known to have created.
	CreatedBefore int `json:"createdBefore,omitempty"`
}

// PlacedEvent is one event of ours in a calendar.
type PlacedEvent struct {
	Run int    `json:"run"`
	ID  string `json:"id"`
	// Version is the provider's version of the event right after the write, "" where
	// it has none.
	Version string `json:"version,omitempty"`
}

// TemporaryError is the type of the ApplicationError that stands for temporary
// trouble.
const TemporaryError = "Temporary"

// TemporaryMessage begins the message of a TemporaryError; the provider's code follows.
const TemporaryMessage = "temporary trouble: "
