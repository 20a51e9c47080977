// Package api is the HTTP side: webhooks in, admin REST, probes and metrics. It
// signals workflows and never touches a calendar.
package api

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.temporal.io/sdk/converter"

	"github.com/figgosync/figgosync/figgo"
	"github.com/figgosync/figgosync/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// Engine is what the API asks of Temporal. *starter.Starter is one.
type Engine interface {
	Initializer
	ConnectionChecker
	Announce(ctx context.Context, source string, notice figgo.Notice) error
	Absence(ctx context.Context, source, absence string) (starter.Absence, error)
	Retry(ctx context.Context, source, absence string, rewrite bool) error
	Ready(ctx context.Context) error
}

// Initializer is what the API asks of Temporal about them; ids are workflow
// ids.
type Initializer interface {
	StartInitialization(ctx context.Context, source string, input workflows.InitializationInput) (workflowID string, err error)
	Initialization(ctx context.Context, workflowID string) (starter.Initialization, error)
	Initializations(ctx context.Context) ([]starter.Initialization, error)
	CancelInitialization(ctx context.Context, workflowID string) error
	ConfirmInitialization(ctx context.Context, workflowID string, employees int) error
}

// Config is what the API needs. Engine, Settings, Registry and Log are required.
type Config struct {
	Engine   Engine
	Settings settings.Store
	Registry *prometheus.Registry
	Log      *slog.Logger
	// Token is the bearer token of the admin routes; "" closes them.
	Token settings.Secret
	// PublicURL is the base address browsers reach this API at, for the way back
	// from Microsoft's consent page; "" turns that off.
	PublicURL string
	// WebUI is the base address of the Temporal Web UI and Namespace the
	// namespace there, for links; "" gives none.
	WebUI     string
	Namespace string
	// Codec, when set, is served under /codec so that the Web UI and the
	// command line can read payloads: to whoever has Token, or, with CodecOpen,
	// to anybody who can reach this address. CodecOrigin is the Web UI's.
	Codec       converter.PayloadCodec
	CodecOpen   bool
	CodecOrigin string
	// Now is the clock, time.Now when nil.
	Now func() time.Time
}

// Server answers HTTP requests.
type Server struct {
	config   Config
	router   *gin.Engine
	metrics  *metrics
	consents *consents
}

// New builds the routes.
func New(config Config) *Server {
	if config.Now == nil {
		config.Now = time.Now
	}
	gin.SetMode(gin.ReleaseMode)
	s := &Server{config: config, router: gin.New(), metrics: newMetrics(config.Registry), consents: newConsents(config.Now)}
	s.router.HandleMethodNotAllowed = true
	s.router.RedirectTrailingSlash = false
	s.router.Use(s.recover, headers)
	s.routes()
	return s
}

func (s *Server) routes() {
	s.router.NoRoute(s.noRoute)
	s.router.NoMethod(func(c *gin.Context) {
		fail(c, http.StatusMethodNotAllowed, "method-not-allowed", "This address does not take "+c.Request.Method+" requests.")
	})
	s.router.GET("/healthz", func(c *gin.Context) { c.String(http.StatusOK, "ok\n") })
	s.router.GET("/readyz", s.ready)
	s.router.GET("/metrics", gin.WrapH(promhttp.HandlerFor(s.config.Registry, promhttp.HandlerOpts{})))

	webhooks := s.router.Group("/webhooks", limitBody(webhookBody), withTimeout(webhookTime))
	webhooks.GET("/lucca/:source", s.challenge)
	webhooks.POST("/lucca/:source", s.webhook("lucca", s.luccaNotice))
	webhooks.POST("/figgo/:source", s.webhook("figgo", s.figgoNotice))

	s.router.GET("/api/v1/openapi.json", openAPI)
	admin := s.router.Group("/api/v1", s.authorize, limitBody(adminBody), withTimeout(adminTime))
	admin.GET("/sources", s.listSources)
	admin.GET("/connections", s.listConnections)
	admin.GET("/connections/:connection/consent", s.startConsent)
	admin.GET("/synchronizations", s.listSynchronizations)
	admin.GET("/absences/:source/:absence", s.getAbsence)
	admin.POST("/absences/:source/:absence/resync", s.resync)
	admin.POST("/initializations", s.startInitialization)
	admin.GET("/initializations", s.listInitializations)
	admin.GET("/initializations/:initialization", s.getInitialization)
	admin.DELETE("/initializations/:initialization", s.cancelInitialization)
	admin.POST("/initializations/:initialization/confirm", s.confirmInitialization)
	checks := s.router.Group("/api/v1", s.authorize, limitBody(checkBody), patient(checkTime))
	checks.POST("/connections/:connection/check", s.checkConnection)
	s.router.GET(consentCallback, limitBody(checkBody), patient(checkTime), s.finishConsent)
	s.codecRoutes()
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.router.ServeHTTP(w, r) }

// Limits. Lucca gives a webhook 3 s (developers.lucca.fr/documentation/limits):
// we answer 503 a little before, and it is delivered again.
const (
	webhookTime = 2500 * time.Millisecond
	adminTime   = 10 * time.Second
	webhookBody = 1 << 20
	adminBody   = 1 << 20
	drainTime   = 10 * time.Second
)

// Serve answers requests on the listener until ctx ends, then lets requests under
// way finish, for 10 s at most.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.config.Log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	err := server.Shutdown(drain)
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

func (s *Server) ready(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c, 2*time.Second)
	defer cancel()
	if err := s.config.Engine.Ready(ctx); err != nil {
		fail(c, http.StatusServiceUnavailable, "engine-down", "Temporal does not answer.")
		return
	}
	if _, err := s.config.Settings.Sources(ctx); err != nil {
		fail(c, http.StatusServiceUnavailable, "settings-down", "The settings cannot be read.")
		return
	}
	c.String(http.StatusOK, "ready\n")
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
