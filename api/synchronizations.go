package api

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
)

type synchronizationBody struct {
	Name          string             `json:"name"`
	Title         string             `json:"title,omitempty"`
	Source        string             `json:"source"`
	Connection    string             `json:"connection"`
	Provider      calendars.Provider `json:"provider,omitempty"`
	LegalEntities []string           `json:"legalEntities"`
	Zone          string             `json:"zone"`
	Policy        absence.Policy     `json:"policy"`
	Paused        bool               `json:"paused"`
	ConfirmAbove  int                `json:"confirmAbove"`
	versionBody
}

func synchronization(view admin.SynchronizationView) synchronizationBody {
	return synchronizationBody{
		Name: view.Name, Title: view.Title, Source: view.Source, Connection: view.Connection, Provider: view.Provider,
		LegalEntities: append([]string{}, view.LegalEntities...), Zone: view.Zone, Policy: view.Policy, Paused: view.Paused,
		ConfirmAbove: view.ConfirmAbove, versionBody: versionOf(view.Version, view.ChangedAt, view.ChangedBy),
	}
}

// newSynchronization has what counts where a body says nothing.
func newSynchronization(name string) settings.Synchronization {
	return settings.Synchronization{Name: name, Policy: absence.DefaultPolicy(), ConfirmAbove: settings.DefaultConfirmAbove}
}

func (s *Server) listSynchronizations(c *gin.Context) {
	views, err := s.config.Admin.Synchronizations(c.Request.Context())
	if err != nil {
		s.failed(c, err)
		return
	}
	items := []synchronizationBody{}
	for _, view := range views {
		items = append(items, synchronization(view))
	}
	c.JSON(http.StatusOK, gin.H{"items": items})
}

// synchronizationNow reads the synchronization named in the address. On a failure
// it has answered already.
func (s *Server) synchronizationNow(c *gin.Context) (admin.SynchronizationView, bool) {
	view, err := s.config.Admin.Synchronization(c.Request.Context(), c.Param("synchronization"))
	if errors.Is(err, settings.ErrNotFound) {
		fail(c, http.StatusNotFound, "unknown-synchronization")
		return view, false
	}
	if err != nil {
		s.failed(c, err)
		return view, false
	}
	return view, true
}

func (s *Server) getSynchronization(c *gin.Context) {
	if view, ok := s.synchronizationNow(c); ok {
		single(c, http.StatusOK, view.Version, synchronization(view))
	}
}

func (s *Server) createSynchronization(c *gin.Context) {
	body := newSynchronization("")
	if !read(c, &body) {
		return
	}
	view, err := s.config.Admin.PutSynchronization(c.Request.Context(), author(c), body, 0)
	if err != nil {
		s.failed(c, err)
		return
	}
	c.Header("Location", "/api/v1/synchronizations/"+view.Name)
	single(c, http.StatusCreated, view.Version, synchronization(view))
}

func (s *Server) putSynchronization(c *gin.Context) {
	now, ok := s.synchronizationNow(c)
	if !ok || !s.writable(c) || !unchanged(c, stampOfSynchronization(now)) {
		return
	}
	body := newSynchronization(now.Name)
	if !read(c, &body) || !valid(c, otherName(body.Name, now.Name)) {
		return
	}
	view, err := s.config.Admin.PutSynchronization(c.Request.Context(), author(c), body, now.Version)
	if err != nil {
		s.synchronizationFailed(c, err)
		return
	}
	single(c, http.StatusOK, view.Version, synchronization(view))
}

func (s *Server) deleteSynchronization(c *gin.Context) {
	now, ok := s.synchronizationNow(c)
	if !ok || !s.writable(c) || !unchanged(c, stampOfSynchronization(now)) {
		return
	}
	if err := s.config.Admin.RemoveSynchronization(c.Request.Context(), author(c), now.Name, now.Version); err != nil {
		s.synchronizationFailed(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

// setPaused pauses or resumes. One field is changed whatever the others are now,
// so that If-Match may be left out.
func (s *Server) setPaused(paused bool) gin.HandlerFunc {
	return func(c *gin.Context) {
		now, ok := s.synchronizationNow(c)
		if !ok || !s.writable(c) || c.GetHeader("If-Match") != "" && !unchanged(c, stampOfSynchronization(now)) {
			return
		}
		view, err := s.config.Admin.SetPaused(c.Request.Context(), author(c), now.Name, paused, now.Version)
		if err != nil {
			s.synchronizationFailed(c, err)
			return
		}
		single(c, http.StatusOK, view.Version, synchronization(view))
	}
}

func stampOfSynchronization(view admin.SynchronizationView) stamp {
	return stamp{view.Version, view.ChangedAt, view.ChangedBy}
}

// synchronizationFailed also answers for a change that came between reading and
// writing.
func (s *Server) synchronizationFailed(c *gin.Context, err error) {
	if !errors.Is(err, settings.ErrChanged) {
		s.failed(c, err)
		return
	}
	if now, ok := s.synchronizationNow(c); ok {
		changed(c, stampOfSynchronization(now))
	}
}

// sampleBody is one example of a preview.
type sampleBody struct {
	Code     string          `json:"code"`
	Pending  []absence.Event `json:"pending"`
	Approved []absence.Event `json:"approved"`
}

// previewSynchronization tells how example absences would look. Nothing is
// stored, and only the policy and the zone count.
func (s *Server) previewSynchronization(c *gin.Context) {
	body := newSynchronization("")
	if !read(c, &body) {
		return
	}
	samples, err := s.config.Admin.Preview(c.Request.Context(), body)
	if err != nil {
		s.failed(c, err)
		return
	}
	items := []sampleBody{}
	for _, sample := range samples {
		items = append(items, sampleBody(sample))
	}
	c.JSON(http.StatusOK, gin.H{"items": items})
}
