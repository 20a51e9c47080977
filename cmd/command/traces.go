package command

import (
	"cmp"
	"context"
	"log/slog"
	"os"

	"github.com/spf13/pflag"

	"github.com/figgosync/figgosync/internal/tracing"
)

// TraceFlags say where traces go.
type TraceFlags struct {
	Endpoint string
	Share    float64
}

// Bind adds the flag that every process takes.
func (f *TraceFlags) Bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.Endpoint, "trace-endpoint", "",
		"`URL` of an OpenTelemetry collector that takes traces by OTLP over HTTP (default OTEL_EXPORTER_OTLP_ENDPOINT, else none)")
}

// BindShare adds the flag for processes in which traces begin.
func (f *TraceFlags) BindShare(flags *pflag.FlagSet) {
	flags.Float64Var(&f.Share, "trace-share", 0.05, "share of changes that are traced, from 0 to 1")
}

// Open starts to send traces, nil where nobody takes them. process tells api from worker.
func (f *TraceFlags) Open(ctx context.Context, process string, log *slog.Logger) (*tracing.Tracing, error) {
	return tracing.Open(ctx, tracing.Options{
		Endpoint: cmp.Or(f.Endpoint, os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT")), Share: f.Share,
		Process: process, Version: version(), Log: log,
	})
}
