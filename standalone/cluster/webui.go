package cluster

import (
	"github.com/temporalio/ui-server/v2/server"
	"github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
)

// webUI is Temporal's own Web UI; its pages are embedded in its module.
type webUI struct {
	server *server.Server
	done   chan struct{}
}

func startWebUI(options Options) *webUI {
	ui := &webUI{
		server: server.NewServer(server_options.WithConfigProvider(&config.Config{
			Host: options.IP, Port: options.UIPort,
			TemporalGRPCAddress: hostPort(options.IP, options.Port),
			DefaultNamespace:    Namespace,
			EnableUI:            true,
			HideLogs:            true,
			DisableNewsFetch:    true,
			CORS:                config.CORS{CookieInsecure: true},
			Codec:               config.Codec{Endpoint: options.CodecEndpoint},
		})),
		done: make(chan struct{}),
	}
	go func() {
		defer close(ui.done)
		_ = ui.server.Start()
	}()
	return ui
}

func (u *webUI) stop() {
	u.server.Stop()
	<-u.done
}
