package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/figgosync/figgosync/internal/access"
)

// routes registers everything that is served, in the order of the document.
func (s *Server) routes() {
	s.router.NoRoute(s.noRoute)
	s.router.NoMethod(func(c *gin.Context) { refuse(c, refused(http.StatusMethodNotAllowed, "method-not-allowed")) })
	s.sourceRoutes()
	s.connectionRoutes()
	s.synchronizationRoutes()
	s.overviewRoutes()
	s.absenceRoutes()
	s.replyRoutes()
	s.initializationRoutes()
	s.reconciliationRoutes()
	s.removalRoutes()
	s.heldRoutes()
	s.alertRoutes()
	s.auditLogRoutes()
	s.tokenRoutes()
	s.sessionRoutes()
	s.webhookRoutes()
	s.docsRoutes()
	s.codecRoutes()
	s.consentRoute()
	s.probeRoutes()
}

// see serves operations to whoever may look, change to whoever may configure. Each has
// the time and the body of an ordinary request.
func (s *Server) see() door    { return s.group(access.Consult, adminBody, withTimeout(adminTime)) }
func (s *Server) change() door { return s.group(access.Configure, adminBody, withTimeout(adminTime)) }

func (s *Server) probeRoutes() {
	s.plain(operation{
		at: "GET /healthz", id: "healthz", tag: "operation", summary: "Is the process alive", answer: "Yes.",
		content: "text/plain",
	}, nil, func(c *gin.Context) { c.String(http.StatusOK, "ok\n") })
	s.plain(operation{
		at: "GET /readyz", id: "readyz", tag: "operation", summary: "Can webhooks be taken", answer: "Yes.",
		content:  "text/plain",
		problems: map[int]string{503: "Temporal or the settings do not answer."},
	}, nil, s.ready)
	s.plain(operation{
		at: "GET /metrics", id: "metrics", tag: "operation", summary: "Prometheus metrics", content: "text/plain",
		answer: "Metrics in the Prometheus text format.",
	}, nil, gin.WrapH(promhttp.HandlerFor(s.config.Registry, promhttp.HandlerOpts{})))
}

func (s *Server) ready(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c, 2*time.Second)
	defer cancel()
	if err := s.config.Engine.Ready(ctx); err != nil {
		refuse(c, refused(http.StatusServiceUnavailable, "engine-down"))
		return
	}
	if _, err := s.config.Settings.Sources(ctx); err != nil {
		refuse(c, refused(http.StatusServiceUnavailable, "settings-down"))
		return
	}
	c.String(http.StatusOK, "ready\n")
}

// sourceTime is how long Lucca may keep a caller waiting.
const sourceTime = 50 * time.Second

// parameter describes a parameter of a plain operation.
func parameter(in, name, description string, required bool, enum ...string) *huma.Param {
	schema := &huma.Schema{Type: huma.TypeString}
	if len(enum) > 0 {
		schema.Enum = anyOf(enum)
	}
	return &huma.Param{In: in, Name: name, Description: description, Required: required, Schema: schema}
}

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
