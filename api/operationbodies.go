package api

import (
	"context"
	"time"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/web/texts"
	"github.com/figgosync/figgosync/workflows"
)

// Operation is what reconciliations and removals tell alike. Status is the contract's
// word; phase is finer.
type Operation struct {
	ID              string             `json:"id"`
	Status          string             `json:"status" enum:"running,waiting,completed,cancelled,failed"`
	Phase           workflows.Phase    `json:"phase"`
	Synchronization string             `json:"synchronization,omitempty"`
	Source          string             `json:"source,omitempty"`
	Breaker         *workflows.Breaker `json:"breaker,omitempty" doc:"What it waits for; missing otherwise."`
	Failure         string             `json:"failure,omitempty"`
	Reason          string             `json:"reason,omitempty" doc:"Code of what it failed for, where it is one with a text."`
	What            string             `json:"what,omitempty" doc:"What that means."`
	Do              string             `json:"do,omitempty" doc:"What to do about it."`
	StartedAt       *time.Time         `json:"startedAt,omitempty"`
	EndedAt         *time.Time         `json:"endedAt,omitempty"`
	Workflow        workflowBody       `json:"workflow"`
}

// reconciliationBody tells how far a reconciliation is.
type reconciliationBody struct {
	Operation
	From        string                         `json:"from,omitempty" doc:"First day that is compared."`
	To          string                         `json:"to,omitempty" doc:"Last day that is compared."`
	Repair      bool                           `json:"repair"`
	Counts      workflows.ReconciliationCounts `json:"counts"`
	Differences []difference                   `json:"differences" doc:"The first ones that were found."`
	ByRule      []workflows.RuleCounts         `json:"byRule,omitempty" doc:"The differences that do not stay, by the policy's rules; for those who may configure, as the rules name absence types beside people."`
}

// difference is one, for people.
type difference struct {
	workflows.Found
	EmployeeName string `json:"employeeName,omitempty" doc:"The employee's given and family name, where Figgo tells it at once. It is kept in memory only: in no index, log or audit log."`
}

// removalBody tells how far a removal is.
type removalBody struct {
	Operation
	LegalEntity    string                  `json:"legalEntity,omitempty"`
	Employee       string                  `json:"employee,omitempty"`
	Initialization string                  `json:"initialization,omitempty"`
	DryRun         bool                    `json:"dryRun"`
	Counts         workflows.RemovalCounts `json:"counts"`
	Uncleared      []uncleared             `json:"uncleared" doc:"The first people whose mailboxes could not be looked into."`
}

type uncleared struct {
	workflows.Uncleared
	EmployeeName string `json:"employeeName,omitempty" doc:"The employee's given and family name, where Figgo tells it at once. It is kept in memory only: in no index, log or audit log."`
	What         string `json:"what"`
	Do           string `json:"do"`
}

func (s *Server) operationHead(one starter.Operation, source string, lang texts.Lang) Operation {
	head := Operation{
		ID: starter.ShortID(one.WorkflowID), Status: starter.Status(one.Phase), Phase: one.Phase,
		Synchronization: one.Synchronization, Source: source, Breaker: one.Breaker, Failure: one.Failure,
		StartedAt: moment(one.StartsAt), EndedAt: moment(one.EndedAt),
		Workflow: workflowBody{
			ID: one.WorkflowID, RunID: one.RunID, Running: one.EndedAt.IsZero(),
			URL: s.config.Admin.WorkflowURL(one.WorkflowID, one.RunID),
		},
	}
	if reason, known := texts.Reasons()[one.Reason]; known {
		head.Reason, head.What, head.Do = one.Reason, reason.What.In(lang), reason.Do.In(lang)
	}
	return head
}

func (s *Server) reconciliation(
	ctx context.Context, one starter.Operation, people map[string]admin.Person, lang texts.Lang,
) reconciliationBody {
	progress := one.Reconciliation
	body := reconciliationBody{
		Operation: s.operationHead(one, progress.Source, lang), Repair: progress.Repair, Counts: progress.Counts,
		Differences: []difference{},
	}
	if !progress.From.IsZero() {
		body.From, body.To = progress.From.String(), progress.To.String()
	}
	if principal(ctx).Role.Allows(access.Configure) {
		body.ByRule = progress.ByRule
	}
	for _, found := range progress.Differences {
		body.Differences = append(body.Differences, difference{found, people[found.Employee].Name})
	}
	return body
}

func (s *Server) removal(
	_ context.Context, one starter.Operation, people map[string]admin.Person, lang texts.Lang,
) removalBody {
	progress := one.Removal
	body := removalBody{
		Operation: s.operationHead(one, progress.Source, lang), LegalEntity: progress.LegalEntity,
		DryRun:   progress.DryRun,
		Employee: progress.Employee, Counts: progress.Counts, Uncleared: []uncleared{},
	}
	if progress.Initialization != "" {
		body.Initialization = starter.ShortID(progress.Initialization)
	}
	for _, of := range progress.Uncleared {
		reason := texts.ReasonFor(of.Reason)
		body.Uncleared = append(body.Uncleared, uncleared{
			of, people[of.Employee].Name, reason.What.In(lang), reason.Do.In(lang),
		})
	}
	return body
}
