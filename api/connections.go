package api

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
)

func (s *Server) listConnections(c *gin.Context) {
	views, err := s.config.Admin.Connections(c.Request.Context())
	if err != nil {
		s.failed(c, err)
		return
	}
	items := []connectionBody{}
	for _, view := range views {
		items = append(items, connection(view))
	}
	c.JSON(http.StatusOK, gin.H{"items": items})
}

// connectionNow reads the connection named in the address. On a failure it has
// answered already.
func (s *Server) connectionNow(c *gin.Context) (admin.ConnectionView, bool) {
	view, err := s.config.Admin.Connection(c.Request.Context(), c.Param("connection"))
	if errors.Is(err, settings.ErrNotFound) {
		failUnknownConnection(c)
		return view, false
	}
	if err != nil {
		s.failed(c, err)
		return view, false
	}
	return view, true
}

func failUnknownConnection(c *gin.Context) {
	fail(c, http.StatusNotFound, "unknown-connection")
}

func (s *Server) getConnection(c *gin.Context) {
	if view, ok := s.connectionNow(c); ok {
		single(c, http.StatusOK, view.Version, connection(view))
	}
}

func (s *Server) createConnection(c *gin.Context) {
	var body connectionInput
	if !read(c, &body) || !valid(c, body.problems()) {
		return
	}
	view, err := s.config.Admin.PutConnection(c.Request.Context(), author(c), body.input(), 0)
	if err != nil {
		s.failed(c, err)
		return
	}
	c.Header("Location", "/api/v1/connections/"+view.Name)
	single(c, http.StatusCreated, view.Version, connection(view))
}

func (s *Server) putConnection(c *gin.Context) {
	now, ok := s.connectionNow(c)
	if !ok || !s.writable(c) || !unchanged(c, stampOfConnection(now)) {
		return
	}
	body := connectionInput{Name: now.Name}
	if !read(c, &body) || !valid(c, append(body.problems(), otherName(body.Name, now.Name)...)) {
		return
	}
	view, err := s.config.Admin.PutConnection(c.Request.Context(), author(c), body.input(), now.Version)
	if err != nil {
		s.connectionFailed(c, err)
		return
	}
	single(c, http.StatusOK, view.Version, connection(view))
}

func (s *Server) deleteConnection(c *gin.Context) {
	now, ok := s.connectionNow(c)
	if !ok || !s.writable(c) || !unchanged(c, stampOfConnection(now)) {
		return
	}
	if err := s.config.Admin.RemoveConnection(c.Request.Context(), author(c), now.Name, now.Version); err != nil {
		s.connectionFailed(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

func stampOfConnection(view admin.ConnectionView) stamp {
	return stamp{view.Version, view.ChangedAt, view.ChangedBy}
}

// connectionFailed also answers for a change that came between reading and
// writing.
func (s *Server) connectionFailed(c *gin.Context, err error) {
	if !errors.Is(err, settings.ErrChanged) {
		s.failed(c, err)
		return
	}
	if now, ok := s.connectionNow(c); ok {
		changed(c, stampOfConnection(now))
	}
}
