package api

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/absence"
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
	LegalEntity     string            `json:"legalEntity,omitempty"`
	Synchronization string            `json:"synchronization,omitempty"`
	Connection      string            `json:"connection,omitempty"`
	Provider        string            `json:"provider,omitempty"`
	Mailbox         string            `json:"mailbox,omitempty"`
	HalfDays        []absence.HalfDay `json:"halfDays"`
	Events          []eventBody       `json:"events"`
	Trouble         *troubleBody      `json:"trouble,omitempty"`
	NextTry         *time.Time        `json:"nextTry,omitempty"`
	Attempt         int32             `json:"attempt,omitempty"`
	ChangedAt       *time.Time        `json:"changedAt,omitempty"`
	Story           []storyBody       `json:"story"`
	Workflow        workflowBody      `json:"workflow"`
}

type eventBody struct {
	Run int    `json:"run"`
	ID  string `json:"id"`
}

type troubleBody struct {
	Reason string     `json:"reason"`
	What   string     `json:"what"`
	Do     string     `json:"do"`
	Scope  string     `json:"scope,omitempty"`
	Code   string     `json:"code,omitempty"`
	Since  *time.Time `json:"since,omitempty"`
}

type storyBody struct {
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
	URL     string `json:"url,omitempty"`
}

func (s *Server) getAbsence(c *gin.Context) {
	found, err := s.config.Engine.Absence(c.Request.Context(), c.Param("source"), c.Param("absence"))
	if err != nil {
		s.engineFailed(c, err)
		return
	}
	c.JSON(http.StatusOK, s.absence(found, texts.Pick(c.GetHeader("Accept-Language"))))
}

func (s *Server) absence(a starter.Absence, lang texts.Lang) absenceBody {
	body := absenceBody{
		Source: a.Source, ID: a.State.Absence, Status: a.Status, Employee: a.Employee, LegalEntity: a.LegalEntity,
		Synchronization: a.Synchronization, HalfDays: a.Content.HalfDays, Events: []eventBody{}, Attempt: a.Attempt,
		NextTry: moment(a.NextTry), ChangedAt: moment(a.ChangedAt), Story: []storyBody{},
		Workflow: workflowBody{ID: a.WorkflowID, RunID: a.RunID, Running: a.Running, URL: s.webUI(a.WorkflowID, a.RunID)},
	}
	if body.HalfDays == nil {
		body.HalfDays = []absence.HalfDay{}
	}
	if applied := a.Applied; applied != nil {
		body.Connection, body.Provider, body.Mailbox = applied.Place.Connection, applied.Place.Provider, applied.Place.Mailbox
		for _, event := range applied.Events {
			body.Events = append(body.Events, eventBody(event))
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
		Scope: t.Scope, Code: t.Code, Since: moment(t.Since),
	}
}

func story(entry workflows.Entry, lang texts.Lang) storyBody {
	line := texts.Line{
		Event: entry.Event, Kind: string(entry.Kind), Provider: entry.Provider,
		Created: entry.Created, Updated: entry.Updated, Deleted: entry.Deleted, Unchanged: entry.Unchanged,
	}
	if entry.Trouble != nil {
		line.Reason, line.Code = entry.Trouble.Reason, entry.Trouble.Code
	}
	return storyBody{
		At: entry.At, Event: entry.Event, Kind: entry.Kind, EventID: entry.EventID,
		Text: texts.Story(lang, line), NextTry: moment(entry.NextTry),
	}
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (s *Server) webUI(workflowID, runID string) string {
	if s.config.WebUI == "" {
		return ""
	}
	return strings.TrimSuffix(s.config.WebUI, "/") + "/namespaces/" + url.PathEscape(s.config.Namespace) +
		"/workflows/" + url.PathEscape(workflowID) + "/" + url.PathEscape(runID) + "/history"
}

// resyncBody is what POST /api/v1/absences/{source}/{id}/resync takes; no body
// at all means rewrite.
type resyncBody struct {
	// Rewrite writes the events again even where nothing changed.
	Rewrite *bool `json:"rewrite"`
}

func (s *Server) resync(c *gin.Context) {
	request := resyncBody{}
	decoder := json.NewDecoder(c.Request.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&request); err != nil && !errors.Is(err, io.EOF) {
		fail(c, http.StatusBadRequest, "bad-body", `The body must be empty or {"rewrite": true} or {"rewrite": false}.`)
		return
	}
	rewrite := request.Rewrite == nil || *request.Rewrite
	if err := s.config.Engine.Retry(c.Request.Context(), c.Param("source"), c.Param("absence"), rewrite); err != nil {
		s.engineFailed(c, err)
		return
	}
	c.JSON(http.StatusAccepted, gin.H{"source": c.Param("source"), "id": c.Param("absence"), "rewrite": rewrite})
}

func (s *Server) engineFailed(c *gin.Context, err error) {
	if errors.Is(err, starter.ErrNotFound) {
		fail(c, http.StatusNotFound, "unknown-absence", "No such absence is known: Figgo never announced it, or its life here is over.")
		return
	}
	s.config.Log.Error("cannot ask Temporal about an absence", "source", c.Param("source"), "absence", c.Param("absence"), "error", err)
	fail(c, http.StatusServiceUnavailable, "engine-down", "Temporal, or the worker that answers for the absence, does not answer; try again later.")
}
