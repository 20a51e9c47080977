// Package api is the HTTP side: webhooks in, admin REST, probes and metrics. It
// signals workflows and never touches a calendar.
package api

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/converter"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/hosts"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/internal/tracing"
	"github.com/figgosync/figgosync/web/texts"
)

// Engine is what the API asks of Temporal. *starter.Starter is one.
type Engine interface {
	admin.Engine
	Announce(ctx context.Context, source string, notice figgo.Notice) error
	Ready(ctx context.Context) error
}

// ChangePublisher takes changes of employees. A *changes.Feed is one.
type ChangePublisher interface {
	Publish(ctx context.Context, source, employee string) error
}

// Config is what the API needs. Engine, Settings, Registry and Log are required.
type Config struct {
	Engine   Engine
	Settings settings.Store
	Registry *prometheus.Registry
	Log      *slog.Logger
	// Admin is what administrators can see and do; when nil, one that only reads
	// Settings.
	Admin *admin.Service
	// Gate finds out who makes a request, and keeps API tokens; nil is one that knows
	// Token and nobody else.
	Gate Gate
	// Token is a bearer token of the admin routes that may do everything, where there
	// is no Gate; "" is none. A Gate gets it by AddFixedToken.
	Token settings.Secret
	// TrustedProxies are the addresses whose X-Forwarded-For is believed, where there
	// is no Gate.
	TrustedProxies []netip.Prefix
	// Tracing traces webhooks; nil traces none.
	Tracing *tracing.Tracing
	// EmployeeChanges takes the employees whom Lucca changed; nil is nobody.
	EmployeeChanges ChangePublisher
	// Alerts are nil where nobody is told of troubles.
	Alerts *admin.Alerts
	// Pages answers what is neither API, webhook nor probe; nil is 404.
	Pages http.Handler
	// PublicURL is the base address browsers reach this API at, for the way back
	// from Microsoft's consent page; "" turns that off.
	PublicURL string
	// WebUI is the base address of the Temporal Web UI and Namespace the
	// namespace there, for links; "" gives none.
	WebUI     string
	Namespace string
	// Codec, when set, is served under /codec so that Temporal's tools can read
	// payloads: to whoever has CodecToken, and to nobody when that is "".
	// CodecOrigin is the one web origin whose pages may ask.
	Codec       converter.PayloadCodec
	CodecToken  settings.Secret
	CodecOrigin string
	// Hosts are the names under which requests are answered; nil answers under
	// every name. Webhooks, probes and metrics are answered always: what is
	// behind them needs a key, or is no secret.
	Hosts *hosts.List
	// Now is the clock, time.Now when nil.
	Now func() time.Time
}

// Server answers HTTP requests.
type Server struct {
	config   Config
	router   *gin.Engine
	handler  http.Handler // all of it, behind the gate
	metrics  *metrics
	consents *consents
	gate     Gate
	document *document
	// described is the document as it is served, docsPages the page made of it in each
	// language.
	described func() ([]byte, error)
	docsPages func() (map[texts.Lang][]byte, error)
	// draining ends when streams of events have to, by drain.
	draining context.Context
	drain    context.CancelFunc
}

// New builds the routes.
func New(config Config) *Server {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Admin == nil {
		config.Admin = admin.New(admin.Config{
			Settings: config.Settings, Engine: config.Engine, PublicURL: config.PublicURL, WebUI: config.WebUI,
			Namespace: config.Namespace,
			Log:       config.Log, Now: config.Now,
		})
	}
	gin.SetMode(gin.ReleaseMode)
	s := &Server{
		config: config, router: gin.New(), metrics: newMetrics(config.Registry), consents: newConsents(config.Now),
		gate: config.Gate, document: newDocument(),
	}
	s.described = sync.OnceValues(s.document.json)
	s.docsPages = sync.OnceValues(func() (map[texts.Lang][]byte, error) {
		document, err := s.described()
		if err != nil {
			return nil, err
		}
		return pagesOf(document)
	})
	if s.gate == nil {
		s.gate = ownGate(config)
	}
	s.draining, s.drain = context.WithCancel(context.Background())
	s.router.HandleMethodNotAllowed = true
	s.router.RedirectTrailingSlash = false
	s.router.Use(s.recover)
	s.routes()
	s.handler = s.gate.Protect(s.gate.Identify(http.HandlerFunc(s.route)))
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.config.Hosts != nil && !s.config.Hosts.Allows(r.Host) && !anyHost(r.URL.Path) {
		hosts.Refuse(w)
		return
	}
	if access.IsStream(r) {
		// Streams would keep the server from stopping; those of the pages too.
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(s.draining, cancel)() //nolint:contextcheck // it ends with the server, too
		r = r.WithContext(ctx)
	}
	s.handler.ServeHTTP(w, r)
}

// anyHost tells whether a path is answered under every name.
func anyHost(path string) bool {
	return strings.HasPrefix(path, "/webhooks/") || path == "/healthz" || path == "/readyz" || path == "/metrics"
}

// route gives the pages what is not ours.
func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	if s.config.Pages == nil || ours(r.URL.Path) {
		s.router.ServeHTTP(w, r)
		return
	}
	s.config.Pages.ServeHTTP(w, r)
}

// ours tells whether a path is the API's, a webhook's, a probe's or Microsoft's
// way back. What is not served there is answered as a program understands it.
func ours(path string) bool {
	for _, place := range []string{"/api", "/webhooks", "/codec", "/healthz", "/readyz", "/metrics", consentCallback} {
		if path == place || strings.HasPrefix(path, place+"/") {
			return true
		}
	}
	return false
}

// Limits. Lucca gives a webhook 3 s (developers.lucca.fr/documentation/limits):
// we answer 503 a little before, and it is delivered again.
const (
	webhookTime = 2500 * time.Millisecond
	adminTime   = 10 * time.Second
	readTime    = 15 * time.Second
	webhookBody = 1 << 20
	adminBody   = 1 << 20
	drainTime   = 10 * time.Second
)

// Serve answers requests on the listener until ctx ends, then ends streams of
// events at once and lets other requests under way finish, for 10 s at most. A
// Server serves once.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       readTime,
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
	s.drain()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	err := server.Shutdown(drain)
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
