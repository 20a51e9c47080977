package workflows

import "time"

// Names of the removal's workflow type, activities and update.
const (
	RemovalType = "Removal"

	PlanRemovalActivity  = "PlanRemoval"
	ListOwnersActivity   = "ListOwners"
	RemoveEventsActivity = "RemoveEvents"
	PauseActivity        = "Pause"

	// ApproveUpdate carries an Approval to a run that waits behind the circuit breaker.
	ApproveUpdate = "approve"
)

const removalPrefix = "removal/"

// RemovalID is the workflow id of a removal: "removal/{source}/{id}".
func RemovalID(source, id string) string { return removalPrefix + source + "/" + id }

// RemovalInput is what a Removal is started with: what to take out of the calendars.
// It is a synchronization, a source's legal entity, a source's employee, or what an
// initialization created: exactly one of the four.
type RemovalInput struct {
	// Synchronization and Source are names in the settings, LegalEntity and Employee
	// ids of Figgo's.
	Synchronization string `json:"synchronization,omitempty"`
	Source          string `json:"source,omitempty"`
	LegalEntity     string `json:"legalEntity,omitempty"`
	Employee        string `json:"employee,omitempty"`
	// Initialization is a workflow id, or what lists show of it (ParseInitializationID).
	Initialization string `json:"initialization,omitempty"`
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
	Source string `json:"source"`
	// Synchronization is paused, or excludes Employee, before anything is removed. That
	// of an employee is known once the employee is; "" where none has them any more.
	Synchronization string   `json:"synchronization,omitempty"`
	LegalEntities   []string `json:"legalEntities,omitempty"`
	Employee        string   `json:"employee,omitempty"`
	// Initialization is the workflow id of the one whose events alone are meant.
	Initialization string `json:"initialization,omitempty"`
	// Connection and Provider are where owners' mailboxes are, unless they tell.
	Connection string `json:"connection,omitempty"`
	Provider   string `json:"provider,omitempty"`
	// Others are further connections, without mailboxes, where owners' mailboxes may be.
	Others []Place `json:"others,omitempty"`
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
	PhasePausing  Phase = "pausing" // nothing writes the events again
	PhaseRemoving Phase = "removing"
)

// RemovalProgress is the answer to ProgressQuery, and a Removal's result.
type RemovalProgress struct {
	Phase           Phase         `json:"phase"`
	Synchronization string        `json:"synchronization,omitempty"`
	Source          string        `json:"source,omitempty"`
	LegalEntity     string        `json:"legalEntity,omitempty"`
	Employee        string        `json:"employee,omitempty"`
	Initialization  string        `json:"initialization,omitempty"`
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
	// Synchronization is the one that the owner is in, with its connection, where the
	// request did not say it.
	Synchronization string `json:"synchronization,omitempty"`
	Connection      string `json:"connection,omitempty"`
	Provider        string `json:"provider,omitempty"`
	// Others are further connections of the synchronization, without mailboxes.
	Others []Place `json:"others,omitempty"`
}

// OwnersRequest asks for one page of the employees of legal entities, or for one
// Employee.
type OwnersRequest struct {
	Source        string   `json:"source"`
	LegalEntities []string `json:"legalEntities,omitempty"`
	Employee      string   `json:"employee,omitempty"`
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
	// Initialization, a workflow id, leaves what it did not create.
	Initialization string `json:"initialization,omitempty"`
	// CountOnly removes none.
	CountOnly bool `json:"countOnly,omitempty"`
	// Counted are places in the same calendar system whose events were counted before:
	// what is seen there too, through another connection, is not counted again.
	Counted []Place `json:"counted,omitempty"`
	// Token names this removal to the provider.
	Token string `json:"token,omitempty"`
}

// RemoveResult tells how many there were, and how many were removed.
type RemoveResult struct {
	Events  int      `json:"events"`
	Removed int      `json:"removed"`
	Trouble *Trouble `json:"trouble,omitempty"`
}

// PauseRequest asks to pause a synchronization, or to have it exclude an employee.
type PauseRequest struct {
	Synchronization string `json:"synchronization"`
	Employee        string `json:"employee,omitempty"`
}

// PauseResult tells whether that was changed just now.
type PauseResult struct {
	Changed bool `json:"changed,omitempty"`
}
