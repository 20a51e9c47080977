package workflows

import "time"

// Names of the removal's workflow type, activities and update.
const (
	RemovalType = "Removal"

	PlanRemovalActivity  = "PlanRemoval"
	ListOwnersActivity   = "ListOwners"
	RemoveEventsActivity = "RemoveEvents"

	// ApproveUpdate carries an Approval to a run that waits behind the circuit breaker.
	ApproveUpdate = "approve"
)

const removalPrefix = "removal/"

// RemovalID is the workflow id of a removal: "removal/{source}/{id}".
func RemovalID(source, id string) string { return removalPrefix + source + "/" + id }

// RemovalInput is what a Removal is started with: what to take out of the calendars.
type RemovalInput struct {
	// Synchronization is a name in the settings: all its legal entities are meant, or
	// LegalEntity alone, an id among them.
	Synchronization string `json:"synchronization"`
	LegalEntity     string `json:"legalEntity,omitempty"`
	// DryRun counts the events and removes none.
	DryRun bool `json:"dryRun,omitempty"`
	// Approve is the number of events the person who starts it expects; more than the
	// settings allow without are asked for otherwise.
	Approve int `json:"approve,omitempty"`
}

// Approval is what ApproveUpdate carries: the very numbers that RemovalProgress.Breaker
// tells. Others are refused.
type Approval struct {
	Deletions int `json:"deletions"`
	Changes   int `json:"changes"`
}

// Breaker says what a run would do that waits for somebody to approve it.
type Breaker struct {
	Deletions int `json:"deletions"`
	Changes   int `json:"changes"`
	// Of is how many events of ours there are in all.
	Of int `json:"of"`
}

// RemovalPlan is a RemovalInput made complete by the settings.
type RemovalPlan struct {
	Source        string   `json:"source"`
	LegalEntities []string `json:"legalEntities"`
	Connection    string   `json:"connection"`
	Provider      string   `json:"provider"`
	// ApproveAbove is the number of events above which somebody must approve.
	ApproveAbove int `json:"approveAbove"`
}

// RemovalCounts are what a removal found and did.
type RemovalCounts struct {
	// Mailboxes were looked into, Blocked could not be; Events were found, copies that
	// owners made of them not counted; Removed are gone.
	Mailboxes int `json:"mailboxes"`
	Events    int `json:"events"`
	Removed   int `json:"removed"`
	Blocked   int `json:"blocked"`
}

// Uncleared is somebody whose mailbox could not be looked into.
type Uncleared struct {
	Employee string `json:"employee"`
	Reason   string `json:"reason"`
}

// The phases of a Removal, besides those of an initialization.
const (
	PhaseCounting Phase = "counting"
	PhaseWaiting  Phase = "waiting" // for ApproveUpdate
	PhaseRemoving Phase = "removing"
)

// RemovalProgress is the answer to ProgressQuery, and a Removal's result.
type RemovalProgress struct {
	Phase           Phase         `json:"phase"`
	Synchronization string        `json:"synchronization"`
	LegalEntity     string        `json:"legalEntity,omitempty"`
	Source          string        `json:"source,omitempty"`
	DryRun          bool          `json:"dryRun,omitempty"`
	StartedAt       time.Time     `json:"startedAt,omitzero"`
	Counts          RemovalCounts `json:"counts"`
	// Breaker is set while it waits.
	Breaker *Breaker `json:"breaker,omitempty"`
	// Uncleared lists the first ones.
	Uncleared []Uncleared `json:"uncleared,omitempty"`
}

// RemovalState is what a Removal continues as new with, besides its input.
type RemovalState struct {
	Plan     RemovalPlan     `json:"plan"`
	Progress RemovalProgress `json:"progress"`
	// Cursor is that of the next page of owners of the phase; Listed says that there is
	// none, and Rest are the owners of the page before who are still to do.
	Cursor string  `json:"cursor,omitempty"`
	Listed bool    `json:"listed,omitempty"`
	Rest   []Owner `json:"rest,omitempty"`
	// EventsAtMost is the length of history at which it continues as new; 0 is the
	// default.
	EventsAtMost int `json:"eventsAtMost,omitempty"`
}

// Owner is whose mailbox it is.
type Owner struct {
	Employee string `json:"employee"`
	Mailbox  string `json:"mailbox"`
}

// OwnersRequest asks for one page of the employees of legal entities.
type OwnersRequest struct {
	Source        string   `json:"source"`
	LegalEntities []string `json:"legalEntities"`
	Cursor        string   `json:"cursor,omitempty"`
}

// OwnersPage is one, without those who have no address.
type OwnersPage struct {
	Owners  []Owner  `json:"owners"`
	Next    string   `json:"next,omitempty"`
	Trouble *Trouble `json:"trouble,omitempty"`
}

// RemoveRequest asks to count a source's events in a mailbox, or to remove them.
type RemoveRequest struct {
	Source string `json:"source"`
	Place  Place  `json:"place"`
	// CountOnly removes none.
	CountOnly bool `json:"countOnly,omitempty"`
	// Token names this removal to the provider.
	Token string `json:"token,omitempty"`
}

// RemoveResult tells how many there were, and how many were removed.
type RemoveResult struct {
	Events  int      `json:"events"`
	Removed int      `json:"removed"`
	Trouble *Trouble `json:"trouble,omitempty"`
}
