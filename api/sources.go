package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/admin"
	"github.com/figgosync/figgosync/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// codeOtherName is for a body that names another record than the address.
const codeOtherName = "other-name"

// sourceBody is a source as it is answered: no secret is in it.
type sourceBody struct {
	Name     string             `json:"name"`
	Host     string             `json:"host,omitempty"`
	API      settings.SourceAPI `json:"api,omitempty"`
	TokenURL string             `json:"tokenUrl,omitempty"`
	ClientID string             `json:"clientId,omitempty"`
	// The webhook addresses tell where Lucca is to send what.
	LuccaWebhook         string `json:"luccaWebhook"`
	HTTPSynchronization  string `json:"httpSynchronization"`
	HasClientSecret      bool   `json:"hasClientSecret"`
	HasAPIKey            bool   `json:"hasApiKey"`
	HasWebhookSecret     bool   `json:"hasWebhookSecret"`
	HasHTTPKey           bool   `json:"hasHttpSynchronizationKey"`
	HasClientCredentials bool   `json:"hasClientCredentials"`
	versionBody
}

// versionBody is the version of a record; nothing where the settings come from a
// file.
type versionBody struct {
	Version   settings.Version `json:"version,omitempty"`
	ChangedAt *time.Time       `json:"changedAt,omitempty"`
	ChangedBy *settings.Author `json:"changedBy,omitempty"`
}

func versionOf(version settings.Version, at time.Time, by settings.Author) versionBody {
	if version == 0 {
		return versionBody{}
	}
	return versionBody{Version: version, ChangedAt: moment(at), ChangedBy: &by}
}

// sourceInput is a source as it is sent.
type sourceInput struct {
	Name          string             `json:"name"`
	Host          string             `json:"host"`
	API           settings.SourceAPI `json:"api"`
	TokenURL      string             `json:"tokenUrl"`
	ClientID      string             `json:"clientId"`
	ClientSecret  secretBody         `json:"clientSecret"`
	APIKey        secretBody         `json:"apiKey"`
	WebhookSecret secretBody         `json:"webhookSecret"`
	HTTPKey       secretBody         `json:"httpSynchronizationKey"`
}

func (b sourceInput) problems() []settings.Problem {
	return wrongSecrets(map[string]secretBody{
		"clientSecret": b.ClientSecret, "apiKey": b.APIKey, "webhookSecret": b.WebhookSecret, "httpSynchronizationKey": b.HTTPKey,
	})
}

func (b sourceInput) input() admin.SourceInput {
	return admin.SourceInput{
		Name: b.Name, Host: b.Host, TokenURL: b.TokenURL, ClientID: b.ClientID, API: b.API, ClientSecret: b.ClientSecret.SecretInput,
		APIKey: b.APIKey.SecretInput, WebhookSecret: b.WebhookSecret.SecretInput, HTTPKey: b.HTTPKey.SecretInput,
	}
}

func source(view admin.SourceView) sourceBody {
	return sourceBody{
		Name: view.Name, Host: view.Host, API: view.API, TokenURL: view.TokenURL, ClientID: view.ClientID,
		LuccaWebhook: view.LuccaWebhook, HTTPSynchronization: view.HTTPWebhook,
		HasClientSecret: view.HasClientSecret, HasAPIKey: view.HasAPIKey, HasWebhookSecret: view.HasWebhookSecret, HasHTTPKey: view.HasHTTPKey,
		HasClientCredentials: view.ClientID != "" && view.HasClientSecret,
		versionBody:          versionOf(view.Version, view.ChangedAt, view.ChangedBy),
	}
}

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
		fail(c, http.StatusNotFound, "unknown-source", "There is no source of this name; GET /api/v1/sources lists them.")
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
	body := sourceInput{Name: now.Name}
	if !read(c, &body) || !valid(c, append(body.problems(), otherName(body.Name, now.Name)...)) {
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

// sourceCheckBody is what a try-out of a source found.
type sourceCheckBody struct {
	OK     bool   `json:"ok"`
	Reason string `json:"reason,omitempty"`
	What   string `json:"what,omitempty"`
	Do     string `json:"do,omitempty"`
	Code   string `json:"code,omitempty"`
	// LegalEntities are empty where Figgo was not asked for them or did not answer.
	LegalEntities []legalEntityOfSource `json:"legalEntities"`
}

type legalEntityOfSource struct {
	ID              string `json:"id"`
	Name            string `json:"name"`
	Zone            string `json:"zone,omitempty"`
	Synchronization string `json:"synchronization,omitempty"`
}

func sourceCheck(check admin.SourceCheck, lang texts.Lang) sourceCheckBody {
	body := sourceCheckBody{OK: check.Reason == "", Reason: check.Reason, Code: check.Code, LegalEntities: legalEntities(check.LegalEntities)}
	if check.Reason != "" {
		reason := texts.ReasonFor(check.Reason)
		body.What, body.Do = reason.What.In(lang), reason.Do.In(lang)
	}
	return body
}

func legalEntities(all []admin.LegalEntity) []legalEntityOfSource {
	items := []legalEntityOfSource{}
	for _, one := range all {
		items = append(items, legalEntityOfSource(one))
	}
	return items
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
		fail(c, http.StatusConflict, "legacy-source", "The source is read with a legacy key: Lucca makes webhook endpoints by its v5 API only. Make it in Lucca by hand.")
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
