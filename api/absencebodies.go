package api

import (
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/web/texts"
	"github.com/figgosync/figgosync/workflows"
)

// absenceBody is GET /api/v1/absences/{source}/{id}: where an absence stands and
// the story of what happened and why. The absence's type is not in it.
type absenceBody struct {
	Source          string            `json:"source"`
	ID              string            `json:"id"`
	Status          workflows.Status  `json:"status"`
	Employee        string            `json:"employee,omitempty"`
	EmployeeName    string            `json:"employeeName,omitempty" doc:"The employee's given and family name, where Figgo tells it at once. It is kept in memory only: in no index, log or audit log."`
	LegalEntity     string            `json:"legalEntity,omitempty"`
	Synchronization string            `json:"synchronization,omitempty"`
	Connection      string            `json:"connection,omitempty"`
	Provider        string            `json:"provider,omitempty"`
	Mailbox         string            `json:"mailbox,omitempty"`
	HalfDays        []absence.HalfDay `json:"halfDays"`
	Events          []writtenEvent    `json:"events"`
	Trouble         *troubleBody      `json:"trouble,omitempty"`
	NextTry         *time.Time        `json:"nextTry,omitempty"`
	Attempt         int32             `json:"attempt,omitempty"`
	ChangedAt       *time.Time        `json:"changedAt,omitempty"`
	Story           []storyLine       `json:"story"`
	Workflow        workflowBody      `json:"workflow"`
}

type writtenEvent struct {
	Run int    `json:"run"`
	ID  string `json:"id"`
}

type troubleBody struct {
	Reason string `json:"reason" doc:"A stable word for programs."`
	What   string `json:"what" doc:"What it means."`
	Do     string `json:"do" doc:"What a person does about it."`
	Scope  string `json:"scope,omitempty" enum:"mailbox,connection"`
	Code   string `json:"code,omitempty" doc:"The provider's own code."`
	// RequestID is the provider's own id of the refused request.
	RequestID string     `json:"requestId,omitempty" doc:"The provider's own id of the refused request, which its support asks for."`
	Since     *time.Time `json:"since,omitempty"`
	RetryAt   *time.Time `json:"retryAt,omitempty" doc:"When it is tried again, about, where that is known."`
}

type storyLine struct {
	At      time.Time      `json:"at"`
	Event   string         `json:"event"`
	Kind    workflows.Kind `json:"kind,omitempty"`
	EventID string         `json:"eventId,omitempty"`
	Text    string         `json:"text"`
	NextTry *time.Time     `json:"nextTry,omitempty"`
}

type workflowBody struct {
	ID      string `json:"id"`
	RunID   string `json:"runId"`
	Running bool   `json:"running"`
	URL     string `json:"url,omitempty" doc:"In the Temporal Web UI."`
}

// absenceLineBody is one absence of a search.
type absenceLineBody struct {
	Source          string           `json:"source"`
	ID              string           `json:"id"`
	Status          workflows.Status `json:"status"`
	Employee        string           `json:"employee,omitempty"`
	EmployeeName    string           `json:"employeeName,omitempty" doc:"The employee's given and family name, where Figgo tells it at once. It is kept in memory only: in no index, log or audit log."`
	LegalEntity     string           `json:"legalEntity,omitempty"`
	Synchronization string           `json:"synchronization,omitempty"`
	Trouble         *troubleBody     `json:"trouble,omitempty"`
	StartedAt       *time.Time       `json:"startedAt,omitempty" doc:"When figgosync first heard of it, in its newest run."`
	EndedAt         *time.Time       `json:"endedAt,omitempty" doc:"When it was followed no longer."`
	Workflow        workflowBody     `json:"workflow"`
}

func (s *Server) absenceLine(line starter.AbsenceLine, owner admin.Person, lang texts.Lang) absenceLineBody {
	body := absenceLineBody{
		Source: line.Source, ID: line.Absence, Status: line.Status, Employee: line.Employee, EmployeeName: owner.Name,
		LegalEntity: line.LegalEntity, Synchronization: line.Synchronization,
		StartedAt: moment(line.StartedAt), EndedAt: moment(line.EndedAt),
		Workflow: workflowBody{
			ID: line.WorkflowID, RunID: line.RunID, Running: line.EndedAt.IsZero(),
			URL: s.config.Admin.WorkflowURL(line.WorkflowID, line.RunID),
		},
	}
	if line.Reason != "" {
		body.Trouble = trouble(&workflows.Trouble{Reason: line.Reason}, lang)
	}
	return body
}

func (s *Server) absence(a starter.Absence, owner admin.Person, lang texts.Lang) absenceBody {
	body := absenceBody{
		Source: a.Source, ID: a.State.Absence, Status: a.Status, Employee: a.Employee, EmployeeName: owner.Name,
		LegalEntity: a.LegalEntity, Synchronization: a.Synchronization, HalfDays: a.Content.HalfDays,
		Events: []writtenEvent{}, Attempt: a.Attempt, NextTry: moment(a.NextTry), ChangedAt: moment(a.ChangedAt),
		Story: []storyLine{},
		Workflow: workflowBody{
			ID: a.WorkflowID, RunID: a.RunID, Running: a.Running,
			URL: s.config.Admin.WorkflowURL(a.WorkflowID, a.RunID),
		},
	}
	if body.HalfDays == nil {
		body.HalfDays = []absence.HalfDay{}
	}
	if applied := a.Applied; applied != nil {
		place := applied.Place
		body.Connection, body.Provider, body.Mailbox = place.Connection, place.Provider, place.Mailbox
		for _, event := range applied.Events {
			body.Events = append(body.Events, writtenEvent{Run: event.Run, ID: event.ID})
		}
	}
	body.Trouble = trouble(a.Trouble, lang)
	for _, entry := range a.Story {
		body.Story = append(body.Story, story(entry, lang))
	}
	return body
}

func trouble(t *workflows.Trouble, lang texts.Lang) *troubleBody {
	if t == nil {
		return nil
	}
	reason := texts.ReasonFor(t.Reason)
	return &troubleBody{
		Reason: t.Reason, What: reason.What.In(lang), Do: reason.Do.In(lang),
		Scope: t.Scope, Code: t.Code, RequestID: t.RequestID, Since: moment(t.Since), RetryAt: moment(t.RetryAt),
	}
}

func story(entry workflows.Entry, lang texts.Lang) storyLine {
	line := texts.Line{
		Event: entry.Event, Kind: string(entry.Kind), Provider: entry.Provider,
		Created: entry.Created, Updated: entry.Updated, Deleted: entry.Deleted, Unchanged: entry.Unchanged,
	}
	if entry.Trouble != nil {
		line.Reason, line.Code, line.RequestID = entry.Trouble.Reason, entry.Trouble.Code, entry.Trouble.RequestID
	}
	return storyLine{
		At: entry.At, Event: entry.Event, Kind: entry.Kind, EventID: entry.EventID,
		Text: texts.Story(lang, line), NextTry: moment(entry.NextTry),
	}
}
