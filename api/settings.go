package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/absence"
	"github.com/figgosync/figgosync/calendars"
)

type sourceBody struct {
	Name string `json:"name"`
	Host string `json:"host,omitempty"`
	// The webhook addresses tell where Lucca is to send what.
	LuccaWebhook         string `json:"luccaWebhook"`
	HTTPSynchronization  string `json:"httpSynchronization"`
	HasWebhookSecret     bool   `json:"hasWebhookSecret"`
	HasHTTPKey           bool   `json:"hasHttpSynchronizationKey"`
	HasClientCredentials bool   `json:"hasClientCredentials"`
}

func (s *Server) listSources(c *gin.Context) {
	sources, err := s.config.Settings.Sources(c.Request.Context())
	if err != nil {
		s.settingsFailed(c, err)
		return
	}
	items := []sourceBody{}
	for _, source := range sources {
		items = append(items, sourceBody{
			Name: source.Name, Host: source.Host,
			LuccaWebhook: "/webhooks/lucca/" + source.Name, HTTPSynchronization: "/webhooks/figgo/" + source.Name,
			HasWebhookSecret: source.WebhookSecret != "", HasHTTPKey: source.HTTPSynchronizationKey != "",
			HasClientCredentials: source.ClientID != "" && source.ClientSecret != "",
		})
	}
	c.JSON(http.StatusOK, gin.H{"items": items})
}

type connectionBody struct {
	Name     string             `json:"name"`
	Provider calendars.Provider `json:"provider"`
}

func (s *Server) listConnections(c *gin.Context) {
	connections, err := s.config.Settings.Connections(c.Request.Context())
	if err != nil {
		s.settingsFailed(c, err)
		return
	}
	items := []connectionBody{}
	for _, connection := range connections {
		items = append(items, connectionBody{Name: connection.Name, Provider: connection.Provider})
	}
	c.JSON(http.StatusOK, gin.H{"items": items})
}

type synchronizationBody struct {
	Name          string         `json:"name"`
	Source        string         `json:"source"`
	Connection    string         `json:"connection"`
	LegalEntities []string       `json:"legalEntities"`
	Zone          string         `json:"zone"`
	Policy        absence.Policy `json:"policy"`
	Paused        bool           `json:"paused"`
	ConfirmAbove  int            `json:"confirmAbove"`
}

func (s *Server) listSynchronizations(c *gin.Context) {
	synchronizations, err := s.config.Settings.Synchronizations(c.Request.Context())
	if err != nil {
		s.settingsFailed(c, err)
		return
	}
	items := []synchronizationBody{}
	for _, one := range synchronizations {
		items = append(items, synchronizationBody(one))
	}
	c.JSON(http.StatusOK, gin.H{"items": items})
}

func (s *Server) settingsFailed(c *gin.Context, err error) {
	s.config.Log.Error("cannot read the settings", "error", err)
	fail(c, http.StatusServiceUnavailable, "settings-down", "The settings cannot be read; try again later.")
}
