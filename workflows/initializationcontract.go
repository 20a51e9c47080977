package workflows

import (
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
)

// Names of the initialization's workflow types, activities, signals and queries.
const (
	InitializationType            = "Initialization"
	LegalEntityInitializationType = "LegalEntityInitialization"

	PlanInitializationActivity = "PlanInitialization"
	LoadEmployeesActivity      = "LoadEmployees"
	ListAbsencesActivity       = "ListAbsences"
	CountChangesActivity       = "CountChanges"
	PreviewAbsencesActivity    = "PreviewAbsences"

	// InitializationMemo is the memo with the InitializationInput, for lists.
	InitializationMemo = "initialization"
	// ProgressQuery answers a Progress.
	ProgressQuery = "progress"
)

var (
	// SignalConfirm goes to an Initialization that waits for its number.
	SignalConfirm = Signal[Confirmation]{Name: "confirm"}
	// SignalSettled goes from absences to the LegalEntityInitialization that announced
	// them, once their first write is settled one way or another.
	SignalSettled = Signal[[]Settled]{Name: "settled"}
	// SignalProgress goes from a LegalEntityInitialization to its parent.
	SignalProgress = Signal[LegalEntityProgress]{Name: "legal-entity-progress"}
)

const initializationPrefix = "initialization/"

// InitializationID is the workflow id of an initialization:
// "initialization/{source}/{id}".
func InitializationID(source, id string) string { return initializationPrefix + source + "/" + id }

// ParseInitializationID takes a workflow id, or one as lists show it
// ("demo.5f1d..."), and returns the workflow id and the source; ok is false for what
// is neither.
func ParseInitializationID(id string) (workflowID, source string, ok bool) {
	rest, whole := strings.CutPrefix(id, initializationPrefix)
	if !whole {
		rest = strings.Replace(rest, ".", "/", 1)
	}
	source, last, ok := strings.Cut(rest, "/")
	return initializationPrefix + rest, source, ok && source != "" && last != ""
}

// LegalEntityInitializationID is the workflow id of the one initialization of a
// legal entity that may write at a time:
// "initialization/{source}/legal-entity/{legal entity}". A dry run writes nothing and
// has the id of its parent and the legal entity's instead.
func LegalEntityInitializationID(parent, source, legalEntity string, dryRun bool) string {
	if dryRun {
		return parent + "/" + legalEntity
	}
	return initializationPrefix + source + "/legal-entity/" + legalEntity
}

// InitializationInput is what an Initialization is started with; by hand the
// synchronization is enough.
type InitializationInput struct {
	// Synchronization is a name in the settings.
	Synchronization string `json:"synchronization"`
	// Since is the first day that counts: absences that end on it or later are
	// written, those that began before it and still last too. Default: today.
	Since absence.Date `json:"since,omitzero"`
	// LegalEntities are ids in the synchronization; all of them when empty.
	LegalEntities []string `json:"legalEntities,omitempty"`
	// DryRun writes nothing and tells what would be written.
	DryRun bool `json:"dryRun,omitempty"`
	// Confirm is the number of employees the person who starts it expects; it
	// is asked for when there are more than the settings allow without.
	Confirm int `json:"confirm,omitempty"`
	// Approve are the numbers of events that the person who starts it expects to be
	// deleted and changed, where they are more than a few. Events that are new do not
	// count: they are what an initialization is for.
	Approve Approval `json:"approve,omitzero"`
}

// Confirmation is what SignalConfirm carries: the number Progress.Employees
// told. Another number is not a confirmation.
type Confirmation struct {
	Employees int `json:"employees"`
}

// Plan is an InitializationInput made complete by the settings.
type Plan struct {
	Source        string       `json:"source"`
	LegalEntities []string     `json:"legalEntities"`
	Since         absence.Date `json:"since"`
	// ConfirmAbove is the number of employees above which a run must be
	// confirmed; 0 asks never.
	ConfirmAbove int `json:"confirmAbove"`
	// Limits are what of the events there are may be deleted and changed without an
	// approval. Nothing is counted where it is nil, as in runs that are older than this.
	Limits *Limits `json:"limits,omitempty"`
}

// CountRequest asks what an initialization would do to the events there are. It is not
// read through where so little is there that it may all be changed.
type CountRequest struct {
	Source        string       `json:"source"`
	LegalEntities []string     `json:"legalEntities"`
	Since         absence.Date `json:"since"`
	Limits        Limits       `json:"limits"`
}

// Counted is what of the events there are, as their absences remember them, would be
// deleted and changed, or why Figgo cannot be read.
type Counted struct {
	Deletions int      `json:"deletions"`
	Changes   int      `json:"changes"`
	Of        int      `json:"of"`
	Trouble   *Trouble `json:"trouble,omitempty"`
}

// Counts are what became of absences.
type Counts struct {
	// Total is how many absences were found.
	Total int `json:"total"`
	// Synced were written, Unchanged right already. In a dry run Created and
	// Updated tell what Synced would be.
	Synced    int `json:"synced"`
	Unchanged int `json:"unchanged"`
	Skipped   int `json:"skipped"`
	Blocked   int `json:"blocked"`
	// Retrying still meet temporary trouble; they go on by themselves.
	Retrying int `json:"retrying"`
	// Unreadable could not be understood as Figgo tells them.
	Unreadable int `json:"unreadable,omitempty"`
	Created    int `json:"created,omitempty"`
	Updated    int `json:"updated,omitempty"`
}

// Add adds other counts to these.
func (c *Counts) Add(o Counts) {
	c.Total += o.Total
	c.Synced += o.Synced
	c.Unchanged += o.Unchanged
	c.Skipped += o.Skipped
	c.Blocked += o.Blocked
	c.Retrying += o.Retrying
	c.Unreadable += o.Unreadable
	c.Created += o.Created
	c.Updated += o.Updated
}

// Settled is what became of one absence's first write.
type Settled struct {
	Absence string `json:"absence"`
	// Status is synced, deleted, skipped, blocked or retrying.
	Status Status `json:"status"`
	// Written is false when everything was right already.
	Written bool `json:"written,omitempty"`
	// Reason says why not, for all but synced and deleted.
	Reason string `json:"reason,omitempty"`
	// Crowded says that live changes waited for their turn where this was written.
	Crowded bool `json:"crowded,omitempty"`
}

// ReportRequest asks to send Result to the workflow To, by SignalSettled, together
// with up to Batch others.
type ReportRequest struct {
	To     string  `json:"to"`
	Result Settled `json:"result"`
	Batch  int     `json:"batch,omitempty"`
}

// AskRequest asks what became of absences that do not report.
type AskRequest struct {
	Source   string   `json:"source"`
	Absences []string `json:"absences"`
}

// AskResult has those of which it is known; the others are under way.
type AskResult struct {
	Settled []Settled `json:"settled"`
}

// Troubled is an absence that is not in its calendar, with why.
type Troubled struct {
	Absence string `json:"absence"`
	// Employee is whose it is, told by dry runs only.
	Employee string `json:"employee,omitempty"`
	Status   Status `json:"status"`
	Reason   string `json:"reason"`
}

// EmployeePreview is what a dry run would do for one employee.
type EmployeePreview struct {
	Employee  string `json:"employee"`
	Created   int    `json:"created,omitempty"`
	Updated   int    `json:"updated,omitempty"`
	Unchanged int    `json:"unchanged,omitempty"`
	Skipped   int    `json:"skipped,omitempty"`
	Blocked   int    `json:"blocked,omitempty"`
	// Reason is the first one for what is skipped or blocked.
	Reason string `json:"reason,omitempty"`
}

// Add adds another line of the same employee.
func (p *EmployeePreview) Add(one EmployeePreview) {
	p.Created += one.Created
	p.Updated += one.Updated
	p.Unchanged += one.Unchanged
	p.Skipped += one.Skipped
	p.Blocked += one.Blocked
	if p.Reason == "" {
		p.Reason = one.Reason
	}
}

// LegalEntityProgress is how far a legal entity is.
type LegalEntityProgress struct {
	LegalEntity string `json:"legalEntity"`
	// Initialization is the workflow id of the one this belongs to.
	Initialization string `json:"initialization,omitempty"`
	Counts
	// Listed is true once Figgo has told all absences; Done once all are
	// settled, or Failure says why the walk ended.
	Listed  bool   `json:"listed"`
	Done    bool   `json:"done"`
	Failure string `json:"failure,omitempty"`
	// Troubled lists the first absences that are not in their calendars.
	Troubled []Troubled `json:"troubled,omitempty"`
	// Preview is a dry run's list by employee, the first ones.
	Preview []EmployeePreview `json:"preview,omitempty"`
}

// Phase is where an initialization is.
type Phase string

// The phases of an Initialization.
const (
	PhasePlanning   Phase = "planning"
	PhaseConfirming Phase = "confirming" // waits for SignalConfirm
	PhaseRunning    Phase = "running"
	PhaseCompleted  Phase = "completed"
	PhaseCancelled  Phase = "cancelled"
	PhaseFailed     Phase = "failed"
)

// Progress is the answer to ProgressQuery, and an Initialization's result.
type Progress struct {
	Phase           Phase        `json:"phase"`
	Synchronization string       `json:"synchronization"`
	Source          string       `json:"source,omitempty"`
	Since           absence.Date `json:"since,omitzero"`
	DryRun          bool         `json:"dryRun,omitempty"`
	// Employees is how many people the legal entities have.
	Employees int       `json:"employees"`
	StartedAt time.Time `json:"startedAt,omitzero"`
	Counts    Counts    `json:"counts"`
	// Breaker is set while it waits.
	Breaker *Breaker `json:"breaker,omitempty"`
	// LegalEntities are in the order of the plan.
	LegalEntities []LegalEntityProgress `json:"legalEntities"`
}

// LoadEmployeesRequest asks to load the employees of legal entities into the
// directory.
type LoadEmployeesRequest struct {
	Source        string   `json:"source"`
	LegalEntities []string `json:"legalEntities"`
}

// LoadEmployeesResult tells how many there are, or why they cannot be loaded.
type LoadEmployeesResult struct {
	Employees int      `json:"employees"`
	Trouble   *Trouble `json:"trouble,omitempty"`
}

// ListRequest asks for one page of a legal entity's absences.
type ListRequest struct {
	Source      string       `json:"source"`
	LegalEntity string       `json:"legalEntity"`
	Since       absence.Date `json:"since"`
	Cursor      string       `json:"cursor,omitempty"`
}

// Page is one page of absences.
type Page struct {
	Absences []Listed `json:"absences"`
	// Next is the next page's cursor, "" on the last.
	Next       string   `json:"next,omitempty"`
	Unreadable int      `json:"unreadable,omitempty"`
	Trouble    *Trouble `json:"trouble,omitempty"`
	// Stale says that the list changed under the cursor, so that it must be read
	// from its beginning again.
	Stale bool `json:"stale,omitempty"`
}

// Listed is one absence on a page, as it would be signalled.
type Listed struct {
	Absence string `json:"absence"`
	Kind    Kind   `json:"kind"`
	Change  Change `json:"change"`
}

// PreviewRequest asks what a page would change.
type PreviewRequest struct {
	Source   string   `json:"source"`
	Absences []Listed `json:"absences"`
}

// Preview tells it.
type Preview struct {
	Counts    Counts            `json:"counts"`
	Employees []EmployeePreview `json:"employees"`
	Troubled  []Troubled        `json:"troubled,omitempty"`
}
