package workflows

import (
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// Names of the workflow type that keeps a mailbox's automatic replies, of its query, and
// of the activities around it.
const (
	AutoRepliesType = "AutoReplies"

	// TellRepliesActivity is asked for by absences' workflows.
	TellRepliesActivity = "TellReplies"
	// PlanRepliesActivity is a local activity.
	PlanRepliesActivity   = "PlanReplies"
	ReadReplyActivity     = "ReadReply"
	WriteReplyActivity    = "WriteReply"
	GiveBackReplyActivity = "GiveBackReply"

	// RepliesQuery answers the RepliesState of an AutoReplies.
	RepliesQuery = "replies"
)

// The signals of an AutoReplies, besides SignalTrouble.
var (
	// SignalReplies is sent for each absence (SignalWithStart).
	SignalReplies = Signal[RepliedAbsence]{Name: "absence"}
	// SignalLook asks to look at the settings again.
	SignalLook = Signal[RepliesLook]{Name: "look"}
	// SignalReply is sent by an AutoReplies to the absences that a reply is about, for
	// their stories.
	SignalReply = Signal[Entry]{Name: "reply"}
)

// RepliesSummary is what Temporal's Web UI shows of an AutoReplies.
const RepliesSummary = "The automatic replies of one mailbox"

// AutoRepliesID is the workflow id of an employee's automatic replies:
// "auto-replies/{source}/{employee}". An employee has one mailbox, and ids name no
// address.
func AutoRepliesID(source, employee string) string { return "auto-replies/" + source + "/" + employee }

// RepliedAbsence is an absence that mail is answered during, if the settings say so.
type RepliedAbsence struct {
	Absence string `json:"absence"`
	// Content is nil where there is nothing to answer for any more.
	Content *absence.Absence `json:"content,omitempty"`
}

// RepliesLook asks an AutoReplies to look again.
type RepliesLook struct {
	// End gives the reply back and ends, as when the person is erased.
	End bool `json:"end,omitempty"`
}

// TellRepliesRequest asks to tell an employee's AutoReplies of an absence.
type TellRepliesRequest struct {
	Source      string         `json:"source"`
	Employee    string         `json:"employee"`
	LegalEntity string         `json:"legalEntity,omitempty"`
	Told        RepliedAbsence `json:"told"`
}

// RepliesPlanRequest asks what a mailbox shall answer.
type RepliesPlanRequest struct {
	Source   string           `json:"source"`
	Employee string           `json:"employee"`
	Absences []RepliedAbsence `json:"absences"`
	// Known and Types are what a look-up told just before.
	Known *Employee      `json:"known,omitempty"`
	Types []absence.Type `json:"types,omitempty"`
	Now   time.Time      `json:"now"`
}

// RepliesOutcome is the kind of answer to a RepliesPlanRequest.
type RepliesOutcome string

// The outcomes of PlanReplies.
const (
	RepliesOn     RepliesOutcome = "on"
	RepliesPaused RepliesOutcome = "paused" // nothing is answered for now
	RepliesEnded  RepliesOutcome = "ended"  // no policy wants replies: what is known is forgotten
	RepliesLookup RepliesOutcome = "lookup" // the employee, or an absence type, is unknown here
	// RepliesUnclear: nobody can tell for now. What stands stays until its own end.
	RepliesUnclear RepliesOutcome = "unclear"
)

// RepliesPlan is the answer.
type RepliesPlan struct {
	Outcome         RepliesOutcome `json:"outcome"`
	Trouble         *Trouble       `json:"trouble,omitempty"`
	Accounts        []string       `json:"accounts,omitempty"` // to look up
	LegalEntity     string         `json:"legalEntity,omitempty"`
	Synchronization string         `json:"synchronization,omitempty"`
	// Places are where the mailbox is looked for, in this order.
	Places []Place `json:"places,omitempty"`
	// Reply is the one that is next, or now; nil for none. It is scheduled.
	Reply *calendars.AutoReply `json:"reply,omitempty"`
}

// ReadReplyRequest asks what a mailbox answers now.
type ReadReplyRequest struct {
	Source string `json:"source"`
	Place  Place  `json:"place"`
	// Until is when nobody needs the answer any more.
	Until time.Time `json:"until"`
}

// ReadReplyResult is what it answers.
type ReadReplyResult struct {
	Reply   calendars.AutoReply `json:"reply,omitzero"`
	Trouble *Trouble            `json:"trouble,omitempty"`
}

// WriteReplyRequest asks to write a reply of ours, or to give back the person's own. It is
// done only where the mailbox has one with a fingerprint in Expect, or that says what one
// of Tried does: anything else is the person's.
type WriteReplyRequest struct {
	Source string                `json:"source"`
	Place  Place                 `json:"place"`
	Reply  calendars.AutoReply   `json:"reply"`
	Expect []string              `json:"expect"`
	Tried  []calendars.AutoReply `json:"tried,omitempty"`
}

// WriteReplyResult is what stands in the mailbox now.
type WriteReplyResult struct {
	// Fingerprint is calendars.AutoReply.Fingerprint of what was written.
	Fingerprint string `json:"fingerprint,omitempty"`
	// Edited says that the person had changed the reply: theirs stays.
	Edited  bool     `json:"edited,omitempty"`
	Trouble *Trouble `json:"trouble,omitempty"`
}

// RepliesState is everything an AutoReplies knows: its input (Source and Employee are
// enough), what it continues as new with, and the answer to RepliesQuery.
type RepliesState struct {
	Source          string `json:"source"`
	Employee        string `json:"employee"`
	LegalEntity     string `json:"legalEntity,omitempty"`
	Synchronization string `json:"synchronization,omitempty"`
	// Absences is the queue, in no order.
	Absences []RepliedAbsence `json:"absences,omitempty"`
	// Standing is the reply of ours in the mailbox, nil for none; Returning are those in
	// mailboxes that are not the person's any more.
	Standing  *StandingReply  `json:"standing,omitempty"`
	Returning []StandingReply `json:"returning,omitempty"`
	// LeftUntil is the end of a time in which the person's own reply stays.
	LeftUntil time.Time `json:"leftUntil,omitzero"`
	// Next is when the next reply is to be written, or the standing one given back; zero
	// for none.
	Next time.Time `json:"next,omitzero"`
	// Ending says that nothing is to be answered any more.
	Ending bool `json:"ending,omitempty"`
	// Dirty says that there may be something to do.
	Dirty bool `json:"dirty,omitempty"`

	Status  Status   `json:"status,omitempty"`
	Trouble *Trouble `json:"trouble,omitempty"`
	// Connection is where Trouble was met; "" where that was nowhere in particular.
	Connection string    `json:"connection,omitempty"`
	Attempts   int       `json:"attempts,omitempty"`
	NextTry    time.Time `json:"nextTry,omitzero"`
	Story      []Entry   `json:"story,omitempty"`
}

// StandingReply is a reply of ours in a mailbox, and what was there before.
type StandingReply struct {
	Place Place               `json:"place"`
	Own   calendars.AutoReply `json:"own"`
	// Written is what stands there, zero where that is not known.
	Written calendars.AutoReply `json:"written,omitzero"`
	// Expect are the fingerprints, and Tried the replies, of what may stand there.
	Expect []string              `json:"expect"`
	Tried  []calendars.AutoReply `json:"tried,omitempty"`
	// Absences are those it is about, and Until is its end.
	Absences []string  `json:"absences,omitempty"`
	Until    time.Time `json:"until"`
}
