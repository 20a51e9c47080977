package command

import (
	"context"
	"log/slog"
	"net"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/figgosync/figgosync/internal/tracing"
)

// process is what api and worker open alike before they run.
type process struct {
	log      *slog.Logger
	opened   *Opened
	codec    converter.PayloadCodec
	listener net.Listener
	traces   *tracing.Tracing
	registry *prometheus.Registry
	temporal client.Client
}

// processOptions tell the two apart.
type processOptions struct {
	name   string
	listen string
	traces *TraceFlags
	// isAPI makes a missing payload keyset; others wait for it.
	isAPI bool
}

// open opens the settings, the codec, the listener, the traces and Temporal, in this order:
// what is wrong with the flags or the settings is said before Temporal is waited for.
func (c *Common) open(ctx context.Context, options processOptions) (_ *process, err error) {
	p := &process{registry: NewRegistry()}
	defer func() {
		if err != nil {
			p.Close()
		}
	}()
	if p.log, err = c.Logger(); err != nil {
		return nil, err
	}
	if p.opened, err = c.OpenSettings(ctx, p.log); err != nil {
		return nil, err
	}
	wait := keysetWait
	if options.isAPI {
		wait = 0
	}
	if p.codec, err = c.Codec(ctx, p.opened, options.isAPI, wait); err != nil {
		return nil, err
	}
	if p.listener, err = Listen(options.listen, "--listen"); err != nil {
		return nil, err
	}
	if p.traces, err = options.traces.Open(ctx, options.name, p.log); err != nil {
		return nil, err
	}
	if p.temporal, err = c.Dial(ctx, p.codec, p.registry, p.log); err != nil {
		return nil, err
	}
	return p, ensureAttributes(ctx, p.temporal, c.namespace())
}

// Close closes what was opened, the last first.
func (p *process) Close() {
	if p.temporal != nil {
		p.temporal.Close()
	}
	p.traces.Close()
	if p.listener != nil {
		_ = p.listener.Close()
	}
	if p.opened != nil {
		p.opened.Close()
	}
}
