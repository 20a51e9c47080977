package api

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/settings"
)

// listSessions answers who is signed in, the newest first.
func (s *Server) listSessions(c *gin.Context) {
	all, err := s.gate.Sessions(c.Request.Context())
	if err != nil {
		s.failed(c, err)
		return
	}
	c.JSON(http.StatusOK, gin.H{"items": all})
}

// endSession ends a session at once, in every process.
func (s *Server) endSession(c *gin.Context) {
	principal, _ := access.From(c.Request.Context())
	err := fmt.Errorf("no such id: %w", settings.ErrNotFound)
	if id := c.Param("session"); tokenID.MatchString(id) {
		err = s.gate.EndSession(c.Request.Context(), principal, id)
	}
	switch {
	case errors.Is(err, settings.ErrNotFound):
		fail(c, http.StatusNotFound, "unknown-session")
	case err != nil:
		s.failed(c, err)
	default:
		c.Status(http.StatusNoContent)
	}
}
