package tracing_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/proto"

	"github.com/figgosync/figgosync/internal/tracing"
)

// received is a collector that keeps what it is sent.
type received struct {
	*httptest.Server
	mu    sync.Mutex
	paths []string
	spans []*spans.Span
}

func collect(t *testing.T) *received {
	t.Helper()
	r := &received{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		var message collector.ExportTraceServiceRequest
		if err := proto.Unmarshal(body, &message); err != nil {
			t.Errorf("a message that is no OTLP: %v", err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.paths = append(r.paths, request.URL.Path)
		for _, resource := range message.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				r.spans = append(r.spans, scope.GetSpans()...)
			}
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *received) named(t *testing.T, name string) *spans.Span {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, span := range r.spans {
		if span.GetName() == name {
			return span
		}
	}
	t.Fatalf("no span is called %q among %d", name, len(r.spans))
	return nil
}

func open(t *testing.T, endpoint string, share float64) *tracing.Tracing {
	t.Helper()
	traces, err := tracing.Open(t.Context(), tracing.Options{
		Endpoint: endpoint, Share: share, Process: "test", Version: "0", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return traces
}

func TestAChangeIsOneTrace(t *testing.T) {
	to := collect(t)
	traces := open(t, to.URL, 1)
	ctx, end := traces.Webhook(t.Context(), "lucca", "acme")
	tracing.Annotate(ctx, "4711", "approved")
	parent := tracing.Parent(ctx)
	if parent == "" {
		t.Fatal("a traced webhook has no identity")
	}
	runActivities(t, traces, parent)
	end(http.StatusAccepted)
	traces.Close()

	webhook, write, call := to.named(t, "webhook lucca"), to.named(t, "Write"), to.named(t, "calendar create")
	local := to.named(t, "Look")
	for _, span := range []*spans.Span{write, call, local} {
		if string(span.GetTraceId()) != string(webhook.GetTraceId()) {
			t.Errorf("%s is of another trace", span.GetName())
		}
	}
	if string(write.GetParentSpanId()) != string(webhook.GetSpanId()) || string(call.GetParentSpanId()) != string(write.GetSpanId()) {
		t.Error("webhook, activity and call are not below one another")
	}
	if call.GetStatus().GetCode() != spans.Status_STATUS_CODE_ERROR || call.GetStatus().GetMessage() != "throttled" {
		t.Errorf("a throttled call is %v", call.GetStatus())
	}
	if to.paths[0] != "/v1/traces" {
		t.Errorf("spans went to %s", to.paths[0])
	}
}

func runActivities(t *testing.T, traces *tracing.Tracing, parent string) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetContextPropagators([]workflow.ContextPropagator{tracing.Propagator{}})
	env := suite.NewTestWorkflowEnvironment()
	env.SetWorkerOptions(worker.Options{Interceptors: traces.Interceptors()})
	env.RegisterActivityWithOptions(func(ctx context.Context) error {
		tracing.Call(ctx, "graph", "create", "throttled", 30*time.Millisecond)
		return nil
	}, activity.RegisterOptions{Name: "Write"})
	env.RegisterActivityWithOptions(func(context.Context) error { return nil }, activity.RegisterOptions{Name: "Look"})
	env.ExecuteWorkflow(func(ctx workflow.Context) error {
		ctx = tracing.WithParent(ctx, parent)
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: time.Minute})
		if err := workflow.ExecuteLocalActivity(ctx, "Look").Get(ctx, nil); err != nil {
			return err
		}
		return workflow.ExecuteActivity(ctx, "Write").Get(ctx, nil)
	})
	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsNotTraced(t *testing.T) {
	to := collect(t)
	traces := open(t, to.URL, 0)
	ctx, end := traces.Webhook(t.Context(), "lucca", "acme")
	if parent := tracing.Parent(ctx); parent != "" {
		t.Errorf("a change that is not traced takes %q along", parent)
	}
	runActivities(t, traces, "")
	end(http.StatusServiceUnavailable)
	traces.Close()
	if len(to.spans) != 0 {
		t.Errorf("%d spans", len(to.spans))
	}

	off := open(t, "", 1)
	ctx, end = off.Webhook(t.Context(), "lucca", "acme")
	tracing.Call(ctx, "graph", "create", "ok", time.Second)
	end(http.StatusAccepted)
	runActivities(t, off, "")
	off.Close()
}

func TestWhatCannotWorkIsRefused(t *testing.T) {
	t.Parallel()
	for _, options := range []tracing.Options{
		{Endpoint: "collector:4318", Share: 1}, {Endpoint: "ftp://collector", Share: 1},
		{Endpoint: "http://collector:4318", Share: 1.5}, {Endpoint: "http://collector:4318", Share: -1},
	} {
		if traces, err := tracing.Open(t.Context(), options); err == nil || traces != nil {
			t.Errorf("%+v was taken", options)
		} else if !strings.Contains(err.Error(), "write ") {
			t.Errorf("%v does not say what to write", err)
		}
	}
}
