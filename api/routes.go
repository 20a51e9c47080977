package api

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/figgosync/figgosync/internal/access"
)

func (s *Server) routes() {
	s.router.NoRoute(s.noRoute)
	s.router.NoMethod(func(c *gin.Context) {
		fail(c, http.StatusMethodNotAllowed, "method-not-allowed")
	})
	s.router.GET("/healthz", func(c *gin.Context) { c.String(http.StatusOK, "ok\n") })
	s.router.GET("/readyz", s.ready)
	s.router.GET("/metrics", gin.WrapH(promhttp.HandlerFor(s.config.Registry, promhttp.HandlerOpts{})))
	s.webhookRoutes()
	s.router.GET("/api/v1/openapi.json", openAPI)
	s.router.GET("/api/v1/docs", s.docs)
	s.router.GET("/api/v1/docs.css", docsStyle)
	s.settingsRoutes()
	s.workRoutes()
	s.router.GET(consentCallback, limitBody(checkBody), patient(checkTime), s.finishConsent)
	s.codecRoutes()
}

func (s *Server) webhookRoutes() {
	webhooks := s.router.Group("/webhooks", limitBody(webhookBody), withTimeout(webhookTime))
	webhooks.GET("/lucca/:source", s.challenge)
	webhooks.POST("/lucca/:source", s.webhook("lucca", s.luccaNotice))
	webhooks.POST("/figgo/:source", s.webhook("figgo", s.figgoNotice))
}

// group serves admin routes to whoever has the role.
func (s *Server) group(role access.Role, limit int64, time gin.HandlerFunc) *gin.RouterGroup {
	return s.router.Group("/api/v1", s.allow(role), limitBody(limit), time)
}

func (s *Server) settingsRoutes() {
	see := s.group(access.Consult, adminBody, withTimeout(adminTime))
	change := s.group(access.Configure, adminBody, withTimeout(adminTime))
	see.GET("/sources", s.listSources)
	see.GET("/sources/:source", s.getSource)
	change.POST("/sources", s.createSource)
	change.PUT("/sources/:source", s.putSource)
	change.DELETE("/sources/:source", s.deleteSource)
	change.POST("/sources/:source/http-key", s.createHTTPKey)
	see.GET("/connections", s.listConnections)
	see.GET("/connections/:connection", s.getConnection)
	change.POST("/connections", s.createConnection)
	change.PUT("/connections/:connection", s.putConnection)
	change.DELETE("/connections/:connection", s.deleteConnection)
	change.GET("/connections/:connection/consent", s.startConsent)
	see.GET("/synchronizations", s.listSynchronizations)
	see.GET("/synchronizations/:synchronization", s.getSynchronization)
	change.POST("/synchronizations", s.createSynchronization)
	change.POST("/synchronizations/preview", s.previewSynchronization)
	change.PUT("/synchronizations/:synchronization", s.putSynchronization)
	change.DELETE("/synchronizations/:synchronization", s.deleteSynchronization)
	change.POST("/synchronizations/:synchronization/pause", s.setPaused(true))
	change.POST("/synchronizations/:synchronization/resume", s.setPaused(false))
	see.GET("/audit-log", s.listChanges)
	see.GET("/settings/export", s.exportSettings)
	see.GET("/tokens", s.hasGate, s.listTokens)
	change.POST("/tokens", s.hasGate, s.createToken)
	change.DELETE("/tokens/:token", s.hasGate, s.deleteToken)
	see.GET("/sessions", s.hasGate, s.listSessions)
	change.DELETE("/sessions/:session", s.hasGate, s.endSession)
	// What asks Lucca takes longer.
	asking := s.group(access.Consult, adminBody, patient(sourceTime))
	asking.GET("/sources/:source/legal-entities", s.listLegalEntities)
	trying := s.group(access.Configure, adminBody, patient(sourceTime))
	trying.POST("/sources/:source/check", s.checkSource)
	trying.POST("/sources/:source/webhook", s.createWebhook)
}

func (s *Server) workRoutes() {
	see := s.group(access.Consult, adminBody, withTimeout(adminTime))
	act := s.group(access.Configure, adminBody, withTimeout(adminTime))
	see.GET("/overview", s.overview)
	see.GET("/absences", s.listAbsences)
	see.GET("/absences/:source/:absence", s.getAbsence)
	act.POST("/absences/resync", s.resyncAll)
	act.POST("/absences/:source/:absence/resync", s.resync)
	see.GET("/initializations", s.listInitializations)
	see.GET("/initializations/:initialization", s.getInitialization)
	act.POST("/initializations", s.startInitialization)
	act.DELETE("/initializations/:initialization", s.cancelInitialization)
	act.POST("/initializations/:initialization/confirm", s.confirmInitialization)
	streams := s.router.Group("/api/v1", s.allow(access.Consult))
	streams.GET("/initializations/:initialization/events", s.streamInitialization)
	checks := s.group(access.Configure, checkBody, patient(checkTime))
	checks.POST("/connections/:connection/check", s.checkConnection)
}

// sourceTime is how long Lucca may keep a caller waiting.
const sourceTime = 50 * time.Second

// Routes lists what is served, as "METHOD /path/{parameter}".
func (s *Server) Routes() []string {
	var all []string
	for _, route := range s.router.Routes() {
		parts := strings.Split(route.Path, "/")
		for i, part := range parts {
			if name, ok := strings.CutPrefix(part, ":"); ok {
				parts[i] = "{" + name + "}"
			}
		}
		all = append(all, route.Method+" "+strings.Join(parts, "/"))
	}
	return all
}
