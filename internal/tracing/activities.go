package tracing

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
)

// Interceptors make a span of each try of an activity that belongs to a trace. They are
// none where nothing is traced.
func (t *Tracing) Interceptors() []interceptor.WorkerInterceptor {
	if t == nil {
		return nil
	}
	return []interceptor.WorkerInterceptor{&workerInterceptor{tracer: t.tracer()}}
}

type workerInterceptor struct {
	interceptor.WorkerInterceptorBase
	tracer trace.Tracer
}

// InterceptActivity implements interceptor.WorkerInterceptor.
func (i *workerInterceptor) InterceptActivity(_ context.Context,
	next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	inbound := &activityInterceptor{tracer: i.tracer}
	inbound.Next = next
	return inbound
}

type activityInterceptor struct {
	interceptor.ActivityInboundInterceptorBase
	tracer trace.Tracer
}

// ExecuteActivity implements interceptor.ActivityInboundInterceptor. The activity's error
// is told by its type alone: messages may hold addresses.
func (i *activityInterceptor) ExecuteActivity(ctx context.Context,
	in *interceptor.ExecuteActivityInput) (any, error) {
	if !trace.SpanContextFromContext(ctx).IsSampled() {
		return i.Next.ExecuteActivity(ctx, in)
	}
	info := activity.GetInfo(ctx)
	ctx, span := i.tracer.Start(ctx, info.ActivityType.Name, trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithAttributes(
			attribute.String("temporal.workflow.id", info.WorkflowExecution.ID),
			attribute.String("temporal.run.id", info.WorkflowExecution.RunID),
			attribute.String("temporal.task_queue", info.TaskQueue),
			attribute.Int("temporal.attempt", int(info.Attempt)),
			attribute.Float64("temporal.waited_seconds", waited(info)),
		))
	defer span.End()
	result, err := i.Next.ExecuteActivity(ctx, in)
	if err != nil {
		span.SetStatus(codes.Error, errorType(err))
	}
	return result, err
}

// waited is how long the activity waited for a worker, in seconds; clocks of two machines
// may make it less than nothing.
func waited(info activity.Info) float64 {
	if info.ScheduledTime.IsZero() || info.StartedTime.IsZero() {
		return 0
	}
	return max(info.StartedTime.Sub(info.ScheduledTime), 0).Round(time.Millisecond).Seconds()
}

func errorType(err error) string {
	if application, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		return application.Type()
	}
	if temporal.IsCanceledError(err) || errors.Is(err, context.Canceled) {
		return "Canceled"
	}
	return "Unexpected"
}
