package api

import (
	"time"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/web/texts"
	"github.com/figgosync/figgosync/workflows"
)

// initializationBody tells how far an initialization is. Status is the contract's
// word; phase is finer.
type initializationBody struct {
	ID              string            `json:"id"`
	Status          string            `json:"status"`
	Phase           workflows.Phase   `json:"phase"`
	Synchronization string            `json:"synchronization,omitempty"`
	Source          string            `json:"source,omitempty"`
	Since           string            `json:"since,omitempty"`
	DryRun          bool              `json:"dryRun"`
	Employees       int               `json:"employees"`
	Counts          workflows.Counts  `json:"counts"`
	LegalEntities   []legalEntityBody `json:"legalEntities"`
	Failure         string            `json:"failure,omitempty"`
	StartedAt       *time.Time        `json:"startedAt,omitempty"`
	EndedAt         *time.Time        `json:"endedAt,omitempty"`
	Workflow        workflowBody      `json:"workflow"`
}

type legalEntityBody struct {
	LegalEntity string `json:"legalEntity"`
	workflows.Counts
	Listed   bool           `json:"listed"`
	Done     bool           `json:"done"`
	Failure  string         `json:"failure,omitempty"`
	Troubled []troubledBody `json:"troubled"`
	Preview  []previewBody  `json:"preview,omitempty"`
}

// previewBody is what a dry run would do for one employee.
type previewBody struct {
	workflows.EmployeePreview
	EmployeeName string `json:"employeeName,omitempty"`
}

type troubledBody struct {
	Absence      string           `json:"absence"`
	Employee     string           `json:"employee,omitempty"`
	EmployeeName string           `json:"employeeName,omitempty"`
	Status       workflows.Status `json:"status"`
	Reason       string           `json:"reason"`
	What         string           `json:"what"`
	Do           string           `json:"do"`
}

func (s *Server) initialization(one starter.Initialization, people admin.RunPeople, lang texts.Lang) initializationBody {
	body := initializationBody{
		ID: starter.ShortID(one.WorkflowID), Status: starter.Status(one.Phase), Phase: one.Phase, Synchronization: one.Synchronization, Source: one.Source,
		Since: one.Since.String(), DryRun: one.DryRun, Employees: one.Employees, Counts: one.Counts, LegalEntities: []legalEntityBody{},
		Failure: one.Failure, StartedAt: moment(one.StartsAt), EndedAt: moment(one.EndedAt),
		Workflow: workflowBody{
			ID: one.WorkflowID, RunID: one.RunID, Running: starter.Status(one.Phase) == "running", URL: s.config.Admin.WorkflowURL(one.WorkflowID, one.RunID),
		},
	}
	for _, entity := range one.LegalEntities {
		body.LegalEntities = append(body.LegalEntities, legalEntity(entity, people, lang))
	}
	return body
}

func legalEntity(entity workflows.LegalEntityProgress, people admin.RunPeople, lang texts.Lang) legalEntityBody {
	body := legalEntityBody{
		LegalEntity: entity.LegalEntity, Counts: entity.Counts, Listed: entity.Listed, Done: entity.Done, Failure: entity.Failure,
		Troubled: []troubledBody{},
	}
	for _, one := range entity.Preview {
		body.Preview = append(body.Preview, previewBody{one, people.Person(one.Employee).Name})
	}
	for _, one := range entity.Troubled {
		reason := texts.ReasonFor(one.Reason)
		owner := people.Of(one.Absence)
		body.Troubled = append(body.Troubled, troubledBody{
			Absence: one.Absence, Employee: owner.ID, EmployeeName: owner.Name, Status: one.Status, Reason: one.Reason, What: reason.What.In(lang), Do: reason.Do.In(lang),
		})
	}
	return body
}
