package api

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// codeOtherName is for a body that names another record than the address.
const codeOtherName = "other-name"

func (s *Server) listSources(c *gin.Context) {
	views, err := s.config.Admin.Sources(c.Request.Context())
	if err != nil {
		s.failed(c, err)
		return
	}
	items := []sourceBody{}
	for _, view := range views {
		items = append(items, source(view))
	}
	c.JSON(http.StatusOK, gin.H{"items": items})
}

// sourceNow reads the source named in the address. On a failure it has answered
// already.
func (s *Server) sourceNow(c *gin.Context) (admin.SourceView, bool) {
	view, err := s.config.Admin.Source(c.Request.Context(), c.Param("source"))
	if errors.Is(err, settings.ErrNotFound) {
		fail(c, http.StatusNotFound, "unknown-source")
		return view, false
	}
	if err != nil {
		s.failed(c, err)
		return view, false
	}
	return view, true
}

func (s *Server) getSource(c *gin.Context) {
	if view, ok := s.sourceNow(c); ok {
		single(c, http.StatusOK, view.Version, source(view))
	}
}

func (s *Server) createSource(c *gin.Context) {
	var body sourceInput
	if !read(c, &body) || !valid(c, body.problems()) {
		return
	}
	view, err := s.config.Admin.PutSource(c.Request.Context(), author(c), body.input(), 0)
	if err != nil {
		s.failed(c, err)
		return
	}
	c.Header("Location", "/api/v1/sources/"+view.Name)
	single(c, http.StatusCreated, view.Version, source(view))
}

func (s *Server) putSource(c *gin.Context) {
	now, ok := s.sourceNow(c)
	if !ok || !s.writable(c) || !unchanged(c, stampOfSource(now)) {
		return
	}
	body := sourceInput{source: settings.Source{Name: now.Name}}
	if !read(c, &body) || !valid(c, append(body.problems(), otherName(body.source.Name, now.Name)...)) {
		return
	}
	view, err := s.config.Admin.PutSource(c.Request.Context(), author(c), body.input(), now.Version)
	if err != nil {
		s.sourceFailed(c, err)
		return
	}
	single(c, http.StatusOK, view.Version, source(view))
}

func (s *Server) deleteSource(c *gin.Context) {
	now, ok := s.sourceNow(c)
	if !ok || !s.writable(c) || !unchanged(c, stampOfSource(now)) {
		return
	}
	if err := s.config.Admin.RemoveSource(c.Request.Context(), author(c), now.Name, now.Version); err != nil {
		s.sourceFailed(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

func stampOfSource(view admin.SourceView) stamp {
	return stamp{view.Version, view.ChangedAt, view.ChangedBy}
}

// sourceFailed also answers for a change that came between reading and writing.
func (s *Server) sourceFailed(c *gin.Context, err error) {
	if !errors.Is(err, settings.ErrChanged) {
		s.failed(c, err)
		return
	}
	if now, ok := s.sourceNow(c); ok {
		changed(c, stampOfSource(now))
	}
}

// valid answers 422 where there are problems.
func valid(c *gin.Context, problems []settings.Problem) bool {
	if len(problems) > 0 {
		failInvalid(c, http.StatusUnprocessableEntity, "invalid", problems)
		return false
	}
	return true
}

func otherName(sent, name string) []settings.Problem {
	if sent == name {
		return nil
	}
	return []settings.Problem{{Field: "name", Code: codeOtherName}}
}

// writable answers 409 where the settings come from a file, before anything is
// said of versions: there are none.
func (s *Server) writable(c *gin.Context) bool {
	if s.config.Admin.ReadOnly() {
		s.failed(c, admin.ErrReadOnly)
		return false
	}
	return true
}

func (s *Server) checkSource(c *gin.Context) {
	now, ok := s.sourceNow(c)
	if !ok {
		return
	}
	check, err := s.config.Admin.CheckSource(c.Request.Context(), now.Name)
	if err != nil {
		s.failed(c, err)
		return
	}
	c.JSON(http.StatusOK, sourceCheck(check, language(c)))
}

// listLegalEntities answers 200 also where Figgo did not: why is in trouble.
func (s *Server) listLegalEntities(c *gin.Context) {
	now, ok := s.sourceNow(c)
	if !ok {
		return
	}
	all, err := s.config.Admin.LegalEntities(c.Request.Context(), now.Name)
	refusal := (*admin.SourceError)(nil)
	if errors.As(err, &refusal) {
		reason, lang := texts.ReasonFor(refusal.Reason), language(c)
		c.JSON(http.StatusOK, gin.H{"items": []any{}, "trouble": troubleBody{
			Reason: refusal.Reason, What: reason.What.In(lang), Do: reason.Do.In(lang), Code: refusal.Code,
		}})
		return
	}
	if err != nil {
		s.failed(c, err)
		return
	}
	c.JSON(http.StatusOK, gin.H{"items": legalEntities(all)})
}

func (s *Server) createWebhook(c *gin.Context) {
	now, ok := s.sourceNow(c)
	if !ok {
		return
	}
	check, err := s.config.Admin.CreateWebhook(c.Request.Context(), author(c), now.Name)
	switch {
	case errors.Is(err, admin.ErrNoPublicURL):
		failNoPublicURL(c)
	case errors.Is(err, admin.ErrLegacySource):
		fail(c, http.StatusConflict, "legacy-source")
	case err != nil:
		s.failed(c, err)
	default:
		c.JSON(http.StatusOK, sourceCheck(check, language(c)))
	}
}

// createHTTPKey answers the new key, once.
func (s *Server) createHTTPKey(c *gin.Context) {
	now, ok := s.sourceNow(c)
	if !ok || !s.writable(c) || !unchanged(c, stampOfSource(now)) {
		return
	}
	key, view, err := s.config.Admin.GenerateHTTPKey(c.Request.Context(), author(c), now.Name, now.Version)
	if err != nil {
		s.sourceFailed(c, err)
		return
	}
	single(c, http.StatusOK, view.Version, gin.H{"httpSynchronizationKey": key, "source": source(view)})
}
