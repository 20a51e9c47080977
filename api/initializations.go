package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/settings"
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
	Listed   bool                        `json:"listed"`
	Done     bool                        `json:"done"`
	Failure  string                      `json:"failure,omitempty"`
	Troubled []troubledBody              `json:"troubled"`
	Preview  []workflows.EmployeePreview `json:"preview,omitempty"`
}

type troubledBody struct {
	Absence string           `json:"absence"`
	Status  workflows.Status `json:"status"`
	Reason  string           `json:"reason"`
	What    string           `json:"what"`
	Do      string           `json:"do"`
}

// startInitialization answers 202 with an id once Temporal has the work. What is
// wrong with the request is told at once, and not by a failed workflow.
func (s *Server) startInitialization(c *gin.Context) {
	input, ok := s.initializationInput(c)
	if !ok {
		return
	}
	synchronization, err := s.config.Settings.Synchronization(c.Request.Context(), input.Synchronization)
	if errors.Is(err, settings.ErrNotFound) {
		fail(c, http.StatusUnprocessableEntity, "unknown-synchronization", "There is no synchronization of this name; GET /api/v1/synchronizations lists them.")
		return
	}
	if err != nil {
		s.settingsFailed(c, err)
		return
	}
	if detail := wrongInitialization(input, synchronization); detail != "" {
		fail(c, http.StatusUnprocessableEntity, "wrong-initialization", detail)
		return
	}
	workflowID, err := s.config.Engine.StartInitialization(c.Request.Context(), synchronization.Source, input)
	if err != nil {
		s.initializationFailed(c, err)
		return
	}
	id := starter.ShortID(workflowID)
	c.Header("Location", "/api/v1/initializations/"+id)
	c.JSON(http.StatusAccepted, gin.H{"id": id, "status": "running", "workflow": workflowBody{ID: workflowID, Running: true}})
}

func (s *Server) initializationInput(c *gin.Context) (workflows.InitializationInput, bool) {
	var input workflows.InitializationInput
	decoder := json.NewDecoder(c.Request.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&input); err != nil {
		fail(c, http.StatusBadRequest, "bad-body",
			`Write the body as {"synchronization": "NAME", "since": "2026-10-01", "legalEntities": ["1"], "dryRun": false}; all but the synchronization may be left out. `+plain(err))
		return input, false
	}
	return input, true
}

// plain is a decoder's error without Go's own words.
func plain(err error) string {
	text := strings.TrimPrefix(err.Error(), "json: ")
	if text == "EOF" {
		return "The body is empty."
	}
	return "What is wrong: " + text + "."
}

func wrongInitialization(input workflows.InitializationInput, synchronization settings.Synchronization) string {
	if synchronization.Paused && !input.DryRun {
		return "The synchronization is paused: resume it first, or ask for a dry run."
	}
	for _, legalEntity := range input.LegalEntities {
		known := false
		for _, one := range synchronization.LegalEntities {
			known = known || one == legalEntity
		}
		if !known {
			return "The legal entity “" + legalEntity + "” is not in the synchronization; it has " + strings.Join(synchronization.LegalEntities, ", ") + "."
		}
	}
	return ""
}

// fullID is the workflow id of a short one. One started by hand under another
// name is found by that name.
func fullID(id string) string {
	source, rest, found := strings.Cut(id, ".")
	if !found {
		return id
	}
	return workflows.InitializationID(source, rest)
}

func (s *Server) listInitializations(c *gin.Context) {
	all, err := s.config.Engine.Initializations(c.Request.Context())
	if err != nil {
		s.initializationFailed(c, err)
		return
	}
	items := []initializationBody{}
	for _, one := range all {
		items = append(items, s.initialization(one, texts.Pick(c.GetHeader("Accept-Language"))))
	}
	c.JSON(http.StatusOK, gin.H{"items": items})
}

func (s *Server) getInitialization(c *gin.Context) {
	one, err := s.config.Engine.Initialization(c.Request.Context(), fullID(c.Param("initialization")))
	if err != nil {
		s.initializationFailed(c, err)
		return
	}
	c.JSON(http.StatusOK, s.initialization(one, texts.Pick(c.GetHeader("Accept-Language"))))
}

func (s *Server) cancelInitialization(c *gin.Context) {
	if err := s.config.Engine.CancelInitialization(c.Request.Context(), fullID(c.Param("initialization"))); err != nil {
		s.initializationFailed(c, err)
		return
	}
	c.JSON(http.StatusAccepted, gin.H{"id": c.Param("initialization")})
}

func (s *Server) confirmInitialization(c *gin.Context) {
	var body workflows.Confirmation
	decoder := json.NewDecoder(c.Request.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&body); err != nil || body.Employees <= 0 {
		fail(c, http.StatusBadRequest, "bad-body", `Write the body as {"employees": N}, with the number of employees the initialization tells.`)
		return
	}
	err := s.config.Engine.ConfirmInitialization(c.Request.Context(), fullID(c.Param("initialization")), body.Employees)
	if err != nil {
		s.initializationFailed(c, err)
		return
	}
	c.JSON(http.StatusAccepted, gin.H{"id": c.Param("initialization"), "employees": body.Employees})
}

func (s *Server) initialization(one starter.Initialization, lang texts.Lang) initializationBody {
	body := initializationBody{
		ID: starter.ShortID(one.WorkflowID), Status: starter.Status(one.Phase), Phase: one.Phase, Synchronization: one.Synchronization, Source: one.Source,
		Since: one.Since.String(), DryRun: one.DryRun, Employees: one.Employees, Counts: one.Counts, LegalEntities: []legalEntityBody{},
		Failure: one.Failure, StartedAt: moment(one.StartsAt), EndedAt: moment(one.EndedAt),
		Workflow: workflowBody{
			ID: one.WorkflowID, RunID: one.RunID, Running: starter.Status(one.Phase) == "running", URL: s.webUI(one.WorkflowID, one.RunID),
		},
	}
	for _, entity := range one.LegalEntities {
		body.LegalEntities = append(body.LegalEntities, legalEntity(entity, lang))
	}
	return body
}

func legalEntity(entity workflows.LegalEntityProgress, lang texts.Lang) legalEntityBody {
	body := legalEntityBody{
		LegalEntity: entity.LegalEntity, Counts: entity.Counts, Listed: entity.Listed, Done: entity.Done, Failure: entity.Failure,
		Troubled: []troubledBody{}, Preview: entity.Preview,
	}
	for _, one := range entity.Troubled {
		reason := texts.ReasonFor(one.Reason)
		body.Troubled = append(body.Troubled, troubledBody{
			Absence: one.Absence, Status: one.Status, Reason: one.Reason, What: reason.What.In(lang), Do: reason.Do.In(lang),
		})
	}
	return body
}

func (s *Server) initializationFailed(c *gin.Context, err error) {
	switch {
	case errors.Is(err, starter.ErrNotFound):
		fail(c, http.StatusNotFound, "unknown-initialization", "There is no initialization of this id.")
	case errors.Is(err, starter.ErrNotConfirmable):
		fail(c, http.StatusConflict, "not-confirmable", "It does not wait for a confirmation, or not for this number.")
	default:
		s.config.Log.Error("cannot ask Temporal about an initialization", "error", err)
		fail(c, http.StatusServiceUnavailable, "engine-down", "Temporal, or the worker that answers, does not answer; try again later.")
	}
}
