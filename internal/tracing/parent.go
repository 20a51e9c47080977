package tracing

import (
	"context"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"
)

// header is the name of the W3C's header, of Temporal's header that hands it to
// activities, and of the value in a workflow's context.
const header = "traceparent"

// Parent names the span of ctx as W3C's traceparent does (w3.org/TR/trace-context), "" where
// the span is not sampled.
func Parent(ctx context.Context) string {
	if !trace.SpanContextFromContext(ctx).IsSampled() {
		return ""
	}
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier[header]
}

// under is ctx below the span that parent names; ctx itself where parent names none.
func under(ctx context.Context, parent string) context.Context {
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{header: parent})
}

type parentKey struct{}

// WithParent has activities that are started with the context be spans below parent, ""
// for none.
func WithParent(ctx workflow.Context, parent string) workflow.Context {
	return workflow.WithValue(ctx, parentKey{}, parent)
}

// Propagator hands what WithParent set to activities. It goes with every client of workers.
type Propagator struct{}

var _ workflow.ContextPropagator = Propagator{}

// Inject implements workflow.ContextPropagator: what starts and signals workflows hands on
// no header.
func (Propagator) Inject(context.Context, workflow.HeaderWriter) error { return nil }

// InjectFromWorkflow implements workflow.ContextPropagator.
func (Propagator) InjectFromWorkflow(ctx workflow.Context, writer workflow.HeaderWriter) error {
	parent, _ := ctx.Value(parentKey{}).(string)
	if parent == "" {
		return nil
	}
	payload, err := converter.GetDefaultDataConverter().ToPayload(parent)
	if err == nil {
		writer.Set(header, payload)
	}
	return err
}

// Extract implements workflow.ContextPropagator. A header that cannot be read is none.
func (Propagator) Extract(ctx context.Context, reader workflow.HeaderReader) (context.Context, error) {
	payload, ok := reader.Get(header)
	if !ok {
		return ctx, nil
	}
	var parent string
	if err := converter.GetDefaultDataConverter().FromPayload(payload, &parent); err != nil {
		return ctx, nil //nolint:nilerr // tracing fails no activity
	}
	return under(ctx, parent), nil
}

// ExtractToWorkflow implements workflow.ContextPropagator.
func (Propagator) ExtractToWorkflow(ctx workflow.Context, _ workflow.HeaderReader) (workflow.Context, error) {
	return ctx, nil
}
