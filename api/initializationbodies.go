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
	ID              string                `json:"id"`
	Status          string                `json:"status" enum:"running,waiting,completed,cancelled,failed"`
	Phase           workflows.Phase       `json:"phase"`
	Synchronization string                `json:"synchronization,omitempty"`
	Source          string                `json:"source,omitempty"`
	Since           string                `json:"since,omitempty"`
	DryRun          bool                  `json:"dryRun"`
	Employees       int                   `json:"employees" doc:"How many people the legal entities have."`
	Counts          workflows.Counts      `json:"counts"`
	Breaker         *workflows.Breaker    `json:"breaker,omitempty" doc:"What of the events there are it would delete and change, while it waits for an approval of these numbers."`
	LegalEntities   []legalEntityProgress `json:"legalEntities"`
	Failure         string                `json:"failure,omitempty"`
	StartedAt       *time.Time            `json:"startedAt,omitempty"`
	EndedAt         *time.Time            `json:"endedAt,omitempty"`
	Workflow        workflowBody          `json:"workflow"`
}

type legalEntityProgress struct {
	LegalEntity string `json:"legalEntity"`
	workflows.Counts
	Listed     bool              `json:"listed" doc:"Figgo has told all absences."`
	Done       bool              `json:"done"`
	Failure    string            `json:"failure,omitempty"`
	Troubled   []troubledAbsence `json:"troubled" doc:"The first absences that are not in their calendars."`
	Preview    []employeePreview `json:"preview,omitempty" doc:"Of a dry run, by employee."`
	WorkflowID string            `json:"workflowId" doc:"The Temporal workflow of this legal entity; it is the same for every initialization that writes."`
}

// employeePreview is what a dry run would do for one employee.
type employeePreview struct {
	workflows.EmployeePreview
	EmployeeName string `json:"employeeName,omitempty" doc:"The employee's given and family name, where Figgo tells it at once. It is kept in memory only: in no index, log or audit log."`
}

type troubledAbsence struct {
	Absence      string           `json:"absence"`
	Employee     string           `json:"employee,omitempty" doc:"Whose it is, as far as Temporal's index knows it; missing in dry runs."`
	EmployeeName string           `json:"employeeName,omitempty" doc:"The employee's given and family name, where Figgo tells it at once. It is kept in memory only: in no index, log or audit log."`
	Status       workflows.Status `json:"status"`
	Reason       string           `json:"reason"`
	What         string           `json:"what"`
	Do           string           `json:"do"`
}

func (s *Server) initialization(
	one starter.Initialization, people admin.RunPeople, lang texts.Lang,
) initializationBody {
	body := initializationBody{
		ID: starter.ShortID(one.WorkflowID), Status: starter.Status(one.Phase), Phase: one.Phase,
		Synchronization: one.Synchronization, Source: one.Source,
		Since: one.Since.String(), DryRun: one.DryRun, Employees: one.Employees, Counts: one.Counts,
		Breaker: one.Breaker, LegalEntities: []legalEntityProgress{},
		Failure: one.Failure, StartedAt: moment(one.StartsAt), EndedAt: moment(one.EndedAt),
		Workflow: workflowBody{
			ID: one.WorkflowID, RunID: one.RunID, Running: !starter.Ended(one.Phase),
			URL: s.config.Admin.WorkflowURL(one.WorkflowID, one.RunID),
		},
	}
	for _, entity := range one.LegalEntities {
		line := legalEntity(entity, people, lang)
		line.WorkflowID = workflows.LegalEntityInitializationID(
			one.WorkflowID, one.Source, entity.LegalEntity, one.DryRun,
		)
		body.LegalEntities = append(body.LegalEntities, line)
	}
	return body
}

func legalEntity(entity workflows.LegalEntityProgress, people admin.RunPeople, lang texts.Lang) legalEntityProgress {
	body := legalEntityProgress{
		LegalEntity: entity.LegalEntity, Counts: entity.Counts, Listed: entity.Listed, Done: entity.Done,
		Failure:  entity.Failure,
		Troubled: []troubledAbsence{},
	}
	for _, one := range entity.Preview {
		body.Preview = append(body.Preview, employeePreview{one, people.Person(one.Employee).Name})
	}
	for _, one := range entity.Troubled {
		reason := texts.ReasonFor(one.Reason)
		owner := people.Of(one.Absence)
		body.Troubled = append(body.Troubled, troubledAbsence{
			Absence: one.Absence, Employee: owner.ID, EmployeeName: owner.Name, Status: one.Status,
			Reason: one.Reason, What: reason.What.In(lang), Do: reason.Do.In(lang),
		})
	}
	return body
}
