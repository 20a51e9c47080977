// Package tracing follows a change with OpenTelemetry: from the webhook that brings it
// over its workflow's activities to the calls of a calendar system. Spans hold ids, names
// of settings and codes, and nothing else of an absence or of a person.
//
// A change takes the identity of its trace along ([Parent]), because the workflow of an
// absence outlives its changes: each of them is a trace of its own.
package tracing

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.37.0"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// Options say where spans go and how many there are.
type Options struct {
	// Endpoint is the base address of a collector that takes OTLP over HTTP, such as
	// http://127.0.0.1:4318; "" is nowhere. Headers and certificates for it are read from
	// the environment (opentelemetry.io/docs/specs/otel/protocol/exporter).
	Endpoint string
	// Share is how many changes are traced, from 0 (none) to 1 (all).
	Share   float64
	Version string
	// Process tells api from worker.
	Process string
	Log     *slog.Logger
}

// Tracing makes spans; nil makes none.
type Tracing struct{ provider *sdktrace.TracerProvider }

const scope = "github.com/figgosync/figgosync"

// Open starts to send spans in the background; the caller closes it. It is nil where no
// Endpoint is given. A collector that does not answer is told in the log and slows
// nothing.
func Open(ctx context.Context, options Options) (*Tracing, error) {
	if options.Endpoint == "" {
		return nil, nil
	}
	endpoint, err := tracesURL(options.Endpoint)
	if err != nil {
		return nil, err
	}
	if options.Share < 0 || options.Share > 1 {
		return nil, fmt.Errorf("the share of traced changes is %g: write a number from 0 to 1", options.Share)
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint))
	if err != nil {
		return nil, fmt.Errorf("send traces: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		options.Log.Warn("cannot send traces", "error", err)
	}))
	return open(options, sdktrace.WithBatcher(exporter)), nil
}

func open(options Options, send sdktrace.TracerProviderOption) *Tracing {
	about := resource.NewSchemaless(
		semconv.ServiceName("figgosync"), semconv.ServiceVersion(options.Version),
		attribute.String("figgosync.process", options.Process),
	)
	return &Tracing{sdktrace.NewTracerProvider(
		send, sdktrace.WithResource(about),
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(options.Share))),
	)}
}

// tracesURL adds the path of the specification to a base address; another path is kept.
func tracesURL(endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("the address of the traces' collector is %q: write it like http://127.0.0.1:4318", endpoint)
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = "/v1/traces"
	}
	return u.String(), nil
}

// Close sends what waits, for a few seconds at most.
func (t *Tracing) Close() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = t.provider.Shutdown(ctx) // the error handler told it
}

func (t *Tracing) tracer() trace.Tracer {
	if t == nil {
		return noop.NewTracerProvider().Tracer(scope)
	}
	return t.provider.Tracer(scope)
}

// Webhook begins the trace of what a webhook brings, whatever trace its sender speaks of:
// a stranger does not decide what is traced. End it with the HTTP status.
func (t *Tracing) Webhook(ctx context.Context, generation, source string) (context.Context, func(status int)) {
	ctx, span := t.tracer().Start(ctx, "webhook "+generation, trace.WithNewRoot(),
		trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attribute.String("figgosync.source", source)))
	return ctx, func(status int) {
		span.SetAttributes(semconv.HTTPResponseStatusCode(status))
		if status >= 500 {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// Annotate adds the ids of an absence to the span of ctx.
func Annotate(ctx context.Context, absence, kind string) {
	trace.SpanFromContext(ctx).SetAttributes(
		attribute.String("figgosync.absence", absence), attribute.String("figgosync.kind", kind))
}

// Call adds a call that took so long and has just ended, under the span of ctx, if there is
// one: method and outcome are words of ours, connection is a name of the settings.
func Call(ctx context.Context, connection, method, outcome string, took time.Duration) {
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return
	}
	end := time.Now()
	_, span := parent.TracerProvider().Tracer(scope).Start(ctx, "calendar "+method,
		trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(end.Add(-took)), trace.WithAttributes(
			attribute.String("figgosync.connection", connection), attribute.String("figgosync.outcome", outcome)))
	if outcome != "ok" {
		span.SetStatus(codes.Error, outcome)
	}
	span.End(trace.WithTimestamp(end))
}
