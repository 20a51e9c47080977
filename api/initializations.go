package api

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// initializationInput is workflows.InitializationInput as a body has it.
type initializationInput struct {
	Synchronization string       `json:"synchronization"`
	Since           absence.Date `json:"since"`
	LegalEntities   []string     `json:"legalEntities"`
	DryRun          bool         `json:"dryRun"`
	Confirm         int          `json:"confirm"`
}

// startInitialization answers 202 with an id once Temporal has the work. What is
// wrong with the request is told at once, and not by a failed workflow. The same
// Idempotency-Key again is the same initialization.
func (s *Server) startInitialization(c *gin.Context) {
	var body initializationInput
	if !read(c, &body) {
		return
	}
	input := workflows.InitializationInput{
		Synchronization: body.Synchronization, Since: body.Since, LegalEntities: body.LegalEntities, DryRun: body.DryRun, Confirm: body.Confirm,
	}
	id, err := s.config.Admin.StartInitialization(c.Request.Context(), author(c), input, c.GetHeader("Idempotency-Key"))
	if wrong := (*settings.InvalidError)(nil); errors.As(err, &wrong) {
		code := "wrong-initialization"
		if wrong.Problems[0].Code == admin.CodeUnknownSynchronization {
			code = admin.CodeUnknownSynchronization
		}
		failInvalid(c, http.StatusUnprocessableEntity, code, wrong.Problems)
		return
	}
	if err != nil {
		s.initializationFailed(c, err)
		return
	}
	workflowID := admin.InitializationWorkflow(id)
	c.Header("Location", "/api/v1/initializations/"+id)
	c.JSON(http.StatusAccepted, gin.H{"id": id, "status": "running", "workflow": workflowBody{
		ID: workflowID, Running: true, URL: s.config.Admin.WorkflowURL(workflowID, ""),
	}})
}

func (s *Server) listInitializations(c *gin.Context) {
	all, err := s.config.Admin.Initializations(c.Request.Context(), c.Query("synchronization"))
	if err != nil {
		s.initializationFailed(c, err)
		return
	}
	items := []initializationBody{}
	for _, one := range all {
		items = append(items, s.initialization(one, admin.RunPeople{}, language(c)))
	}
	c.JSON(http.StatusOK, gin.H{"items": items})
}

func (s *Server) getInitialization(c *gin.Context) {
	one, err := s.config.Admin.Initialization(c.Request.Context(), c.Param("initialization"))
	if err != nil {
		s.initializationFailed(c, err)
		return
	}
	c.JSON(http.StatusOK, s.initialization(one, s.config.Admin.RunPeople(c.Request.Context(), one), language(c)))
}

func (s *Server) cancelInitialization(c *gin.Context) {
	if err := s.config.Admin.CancelInitialization(c.Request.Context(), author(c), c.Param("initialization")); err != nil {
		s.initializationFailed(c, err)
		return
	}
	c.JSON(http.StatusAccepted, gin.H{"id": c.Param("initialization")})
}

func (s *Server) confirmInitialization(c *gin.Context) {
	var body workflows.Confirmation
	if !read(c, &body) {
		return
	}
	if body.Employees <= 0 || body.Employees > 10_000_000 {
		fail(c, http.StatusBadRequest, "bad-body.confirmation")
		return
	}
	if err := s.config.Admin.ConfirmInitialization(c.Request.Context(), author(c), c.Param("initialization"), body.Employees); err != nil {
		s.initializationFailed(c, err)
		return
	}
	c.JSON(http.StatusAccepted, gin.H{"id": c.Param("initialization"), "employees": body.Employees})
}

func (s *Server) initializationFailed(c *gin.Context, err error) {
	switch {
	case errors.Is(err, starter.ErrNotFound):
		fail(c, http.StatusNotFound, "unknown-initialization")
	case errors.Is(err, starter.ErrNotConfirmable):
		fail(c, http.StatusConflict, "not-confirmable")
	default:
		s.failed(c, err)
	}
}
