package api

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// exportSettings answers all settings as a settings file, without secrets.
func (s *Server) exportSettings(c *gin.Context) {
	file, err := s.config.Admin.Export(c.Request.Context(), author(c))
	if err != nil {
		s.failed(c, err)
		return
	}
	c.Header("Content-Disposition", `attachment; filename="figgosync.yaml"`)
	c.Data(http.StatusOK, "application/yaml; charset=utf-8", file)
}
