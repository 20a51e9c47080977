package cluster

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/temporalio/ui-server/v2/server/api"
	"github.com/temporalio/ui-server/v2/server/auth"
	"github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/cors"
	"github.com/temporalio/ui-server/v2/server/csrf"
	"github.com/temporalio/ui-server/v2/server/headers"
	"github.com/temporalio/ui-server/v2/server/route"
	"github.com/temporalio/ui-server/v2/ui"

	"github.com/figgosync/figgosync/internal/hosts"
)

// webUI is Temporal's own Web UI; its pages are embedded in its module. It is put together
// here as ui-server's own NewServer does, because that one opens its port itself: then
// nothing could look at a request before it, and a taken port would end the process.
type webUI struct {
	server *http.Server
	done   chan struct{}
}

func startWebUI(options Options) (*webUI, error) {
	handler, err := webUIHandler(options)
	if err != nil {
		return nil, fmt.Errorf("start the Temporal Web UI: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", hostPort(options.IP, options.UIPort))
	if err != nil {
		return nil, fmt.Errorf("start the Temporal Web UI (--temporal-web-ui-port): %w", err)
	}
	started := &webUI{
		server: &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second},
		done:   make(chan struct{}),
	}
	go func() {
		defer close(started.done)
		_ = started.server.Serve(listener)
	}()
	return started, nil
}

func (u *webUI) stop() {
	_ = u.server.Close()
	<-u.done
}

// webUIHandler answers under our own names and to our own pages only: the Web UI asks
// for no password, and its pages can end every workflow.
func webUIHandler(options Options) (http.Handler, error) {
	names, err := hosts.New(options.Hosts...)
	if err != nil {
		return nil, err
	}
	pages, err := webUIPages(options)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", pages)
	if options.Codec != nil {
		serveCodec(mux, options.Codec, options.CodecKey)
	}
	return names.Protect(http.NewCrossOriginProtection().Handler(mux)), nil
}

func webUIPages(options Options) (http.Handler, error) {
	described := webUIConfig(options)
	provider, err := config.NewConfigProviderWithRefresh(described)
	if err != nil {
		return nil, err
	}
	assets, err := ui.Assets()
	if err != nil {
		return nil, err
	}
	if assets, err = fs.Sub(assets, "local"); err != nil {
		return nil, err
	}
	e := echo.New()
	allowed := []string{
		echo.HeaderOrigin, echo.HeaderContentType, echo.HeaderAccept, echo.HeaderXCSRFToken, echo.HeaderAuthorization,
		auth.AuthorizationExtrasHeader, "Caller-Type",
	}
	e.Use(middleware.Recover(), middleware.Gzip(),
		cors.CORSMiddleware(cors.CORSConfig{AllowHeaders: allowed, AllowCredentials: true, ConfigProvider: provider}),
		middleware.Secure(), csrf.EnsureTokenCookie(!described.CORS.CookieInsecure),
		middleware.CSRFWithConfig(csrf.MiddlewareConfig(provider, !described.CORS.CookieInsecure)))
	route.SetHealthRoute(e)
	forward := headers.WithForwardHeaders([]string{auth.AuthorizationExtrasHeader, "Caller-Type"})
	if err := route.SetAPIRoutes(e, provider, []api.Middleware{forward}); err != nil {
		return nil, err
	}
	route.SetAuthRoutes(e, provider)
	if err := route.SetUIRoutes(e, described.PublicPath, assets); err != nil {
		return nil, err
	}
	route.SetRenderRoute(e, described.PublicPath)
	return e, nil
}

func webUIConfig(options Options) *config.Config {
	described := &config.Config{
		Host: options.IP, Port: options.UIPort,
		TemporalGRPCAddress: hostPort(options.IP, options.Port),
		DefaultNamespace:    Namespace,
		EnableUI:            true,
		HideLogs:            true,
		DisableNewsFetch:    true,
		CORS:                config.CORS{CookieInsecure: true},
	}
	if options.Codec != nil {
		described.Codec.Endpoint = "http://" + hostPort(options.IP, options.UIPort) + codecPath
	}
	return described
}
