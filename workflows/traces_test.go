package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/workflows"
)

// parents of three changes, as W3C writes them.
const (
	firstTrace  = "00-11111111111111111111111111111111-1111111111111111-01"
	secondTrace = "00-22222222222222222222222222222222-2222222222222222-01"
)

// Each change is a trace of its own, in which its activities are; what a person asks for
// later is in none.
func TestActivitiesBelongToTheTraceOfTheirChange(t *testing.T) {
	w := newWorld(t)
	var traces []string
	w.apply = func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
		traces = append(traces, trace.SpanContextFromContext(ctx).TraceID().String()[:1])
		return w.write(ctx, r)
	}
	requested, approved := change("2026-12-07", 1), change("2026-12-07", 60)
	requested.Trace, approved.Trace = firstTrace, secondTrace
	w.signal(0, "requested", requested)
	w.signal(2*time.Hour, "approved", approved)
	w.stateAt(3*time.Hour, func(s workflows.State) {
		if s.Trace != "" {
			t.Errorf("the trace %s is kept although its change is carried out", s.Trace)
		}
	})
	w.signal(4*time.Hour, "retry", workflows.Retry{Rewrite: true})
	w.signal(5*time.Hour, "deleted", workflows.Change{ChangedAt: start.Add(5 * time.Hour)})
	w.run()
	if diff := cmp.Diff([]string{"1", "2", "0", "0"}, traces); diff != "" {
		t.Errorf("traces of the writes (-want +got):\n%s", diff)
	}
}

// A change that waits behind trouble is not traced for days.
func TestTriesOfLaterBelongToNoTrace(t *testing.T) {
	w := newWorld(t)
	var traces []string
	w.apply = func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
		traces = append(traces, trace.SpanContextFromContext(ctx).TraceID().String()[:1])
		if len(traces) == 1 {
			return workflows.ApplyResult{Trouble: &workflows.Trouble{Reason: string(calendars.MailboxUnknown), Scope: "mailbox"}}, nil
		}
		return w.write(ctx, r)
	}
	requested := change("2026-12-07", 1)
	requested.Trace = firstTrace
	w.signal(0, "requested", requested)
	w.run()
	if diff := cmp.Diff([]string{"1", "0"}, traces); diff != "" {
		t.Errorf("traces of the writes (-want +got):\n%s", diff)
	}
}
