package api

import (
	"bytes"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/web/texts"
	"github.com/figgosync/figgosync/workflows"
)

func (s *Server) listAbsences(c *gin.Context) {
	limit, ok := number(c, "limit", 1, 200)
	if !ok {
		return
	}
	page, err := s.config.Admin.Absences(c.Request.Context(), admin.AbsencesQuery{
		Text: c.Query("text"), Source: c.Query("source"), Synchronization: c.Query("synchronization"),
		Status: workflows.Status(c.Query("status")), Reason: c.Query("reason"), Limit: int(limit), Page: c.Query("page"),
	})
	if err != nil {
		s.searchFailed(c, err)
		return
	}
	items := []absenceLineBody{}
	for _, line := range page.Absences {
		items = append(items, s.absenceLine(line, page.Owner(line), language(c)))
	}
	body := gin.H{"items": items, "total": page.Total}
	if page.Next != "" {
		body["next"] = page.Next
	}
	if page.Hint != "" {
		body["hint"] = page.Hint
	}
	c.JSON(http.StatusOK, body)
}

// searchFailed answers for a search that did not come about.
func (s *Server) searchFailed(c *gin.Context, err error) {
	refusal := (*admin.SourceError)(nil)
	switch {
	case errors.As(err, &refusal):
		reason := texts.ReasonFor(refusal.Reason)
		failIn(c, http.StatusConflict, "figgo-not-asked", texts.Text{
			FR: "Figgo ne dit pas à qui est cette adresse. " + reason.What.FR, EN: "Figgo does not tell whose address this is. " + reason.What.EN,
		})
	case errors.Is(err, admin.ErrRetrying):
		fail(c, http.StatusConflict, "already-retrying")
	default:
		s.failed(c, err)
	}
}

// resyncAllInput is what POST /api/v1/absences/resync takes.
type resyncAllInput struct {
	Source          string `json:"source"`
	Synchronization string `json:"synchronization"`
	Status          string `json:"status"`
	Reason          string `json:"reason"`
}

func (s *Server) resyncAll(c *gin.Context) {
	var request resyncAllInput
	if !read(c, &request) {
		return
	}
	matched, err := s.config.Admin.RetryAll(c.Request.Context(), author(c), admin.AbsencesQuery{
		Source: request.Source, Synchronization: request.Synchronization, Status: workflows.Status(request.Status), Reason: request.Reason,
	})
	if err != nil {
		s.searchFailed(c, err)
		return
	}
	c.JSON(http.StatusAccepted, gin.H{"matched": matched})
}

func (s *Server) getAbsence(c *gin.Context) {
	found, err := s.config.Admin.Absence(c.Request.Context(), c.Param("source"), c.Param("absence"))
	if err != nil {
		s.absenceFailed(c, err)
		return
	}
	people := s.config.Admin.People(c.Request.Context(), found.Source, []string{found.Employee})
	c.JSON(http.StatusOK, s.absence(found, people[found.Employee], language(c)))
}

// resyncInput is what POST /api/v1/absences/{source}/{id}/resync takes; no body
// at all means rewrite.
type resyncInput struct {
	// Rewrite writes the events again even where nothing changed.
	Rewrite bool `json:"rewrite"`
}

func (s *Server) resync(c *gin.Context) {
	request := resyncInput{Rewrite: true}
	data, ok := readAll(c)
	if !ok || len(bytes.TrimSpace(data)) > 0 && !decode(c, data, &request) {
		return
	}
	err := s.config.Admin.Resync(c.Request.Context(), author(c), c.Param("source"), c.Param("absence"), request.Rewrite)
	if err != nil {
		s.absenceFailed(c, err)
		return
	}
	c.JSON(http.StatusAccepted, gin.H{"source": c.Param("source"), "id": c.Param("absence"), "rewrite": request.Rewrite})
}

func (s *Server) absenceFailed(c *gin.Context, err error) {
	if errors.Is(err, starter.ErrNotFound) {
		fail(c, http.StatusNotFound, "unknown-absence")
		return
	}
	s.failed(c, err)
}
