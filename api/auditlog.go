package api

import (
	"math"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/settings"
)

const auditLogLimit = 50

// listChanges answers the audit log, the newest line first. next is the "before"
// of the following page.
func (s *Server) listChanges(c *gin.Context) {
	before, ok := number(c, "before", 1, math.MaxInt64)
	if !ok {
		return
	}
	limit, ok := number(c, "limit", 1, 500)
	if !ok {
		return
	}
	if limit == 0 {
		limit = auditLogLimit
	}
	changes, err := s.config.Admin.Changes(c.Request.Context(), settings.ChangesQuery{
		Before: before, Limit: int(limit), Kind: settings.Kind(c.Query("kind")), Name: c.Query("name"),
	})
	if err != nil {
		s.failed(c, err)
		return
	}
	body := gin.H{"items": append([]settings.Change{}, changes...)}
	if len(changes) == int(limit) {
		body["next"] = changes[len(changes)-1].ID
	}
	c.JSON(http.StatusOK, body)
}
