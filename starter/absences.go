package starter

import (
	"time"

	"github.com/figgosync/figgosync/workflows"
)

// AbsencesQuery chooses absences in Temporal's index. Empty fields choose all.
type AbsencesQuery struct {
	Source, Synchronization string
	LegalEntities           []string
	Employee, Absence       string // Figgo's ids
	Statuses                []workflows.Status
	Reason                  string
	// Limit is the size of a page, 1 to 200; Page the token of the page wanted, ""
	// for the first.
	Limit int
	Page  string
}

// AbsenceLine is one absence as the index knows it.
type AbsenceLine struct {
	Source, Absence, Employee, LegalEntity string
	Synchronization                        string
	Status                                 workflows.Status
	Reason                                 string
	// StartedAt is when figgosync first heard of it, in UTC; EndedAt when its life
	// was over, zero while it runs.
	StartedAt, EndedAt time.Time
	WorkflowID, RunID  string
}
