package workflows_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/workflows"
)

// indexed is what the search attributes say that an operator searches by.
type indexed struct{ Status, Synchronization, Reason string }

// index notes what each upsert left in the search attributes.
type index struct {
	interceptor.WorkerInterceptorBase
	mu   sync.Mutex
	seen []indexed
}

func (i *index) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &indexInbound{interceptor.WorkflowInboundInterceptorBase{Next: next}, i}
}

type indexInbound struct {
	interceptor.WorkflowInboundInterceptorBase
	index *index
}

func (i *indexInbound) Init(next interceptor.WorkflowOutboundInterceptor) error {
	return i.Next.Init(&indexOutbound{interceptor.WorkflowOutboundInterceptorBase{Next: next}, i.index})
}

type indexOutbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	index *index
}

func (o *indexOutbound) UpsertTypedSearchAttributes(ctx workflow.Context, updates ...temporal.SearchAttributeUpdate) error {
	err := o.Next.UpsertTypedSearchAttributes(ctx, updates...)
	now := workflow.GetTypedSearchAttributes(ctx)
	value := func(key temporal.SearchAttributeKeyKeyword) string {
		text, _ := now.GetKeyword(key)
		return text
	}
	o.index.mu.Lock()
	defer o.index.mu.Unlock()
	o.index.seen = append(o.index.seen, indexed{
		value(workflows.AttributeStatus), value(workflows.AttributeSynchronization), value(workflows.AttributeReason),
	})
	return err
}

func newIndexedWorld(t *testing.T) (*world, *index) {
	t.Helper()
	w, i := newWorld(t), &index{}
	w.SetWorkerOptions(worker.Options{DisableRegistrationAliasing: true, DeadlockDetectionTimeout: forever, Interceptors: []interceptor.WorkerInterceptor{i}})
	return w, i
}

// Each change of status is one upsert, which brings the reason and the
// synchronization along; healed, there is no reason any more.
func TestTheIndexTellsReasonAndSynchronization(t *testing.T) {
	w, i := newIndexedWorld(t)
	reasons := []string{"mailbox-missing", "mailbox-missing", "consent-missing"}
	w.apply = func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
		if w.applies <= len(reasons) {
			return workflows.ApplyResult{Trouble: &workflows.Trouble{Reason: reasons[w.applies-1]}}, nil
		}
		return w.write(ctx, r)
	}
	w.signal(0, "approved", change("2026-12-07", 1))
	w.signal(time.Hour, "approved", change("2026-12-07", 61)) // nothing new to index
	w.signal(2*time.Hour, "deleted", workflows.Change{ChangedAt: start.Add(2 * time.Hour)})
	w.run()
	want := []indexed{
		{"blocked", "s1", "mailbox-missing"}, {"blocked", "s1", "consent-missing"}, {"synced", "s1", ""}, {"deleted", "s1", ""},
	}
	if diff := cmp.Diff(want, i.seen); diff != "" {
		t.Errorf("the index (-want +got):\n%s", diff)
	}
}

func TestTheIndexForgetsASynchronizationThatWantsItNoMore(t *testing.T) {
	w, i := newIndexedWorld(t)
	wanted := true
	w.route = func(r workflows.RouteRequest) workflows.Route {
		if wanted {
			return w.routeToPlace(r)
		}
		return workflows.Route{Outcome: workflows.RouteSkip, Trouble: &workflows.Trouble{Reason: "no-synchronization"}}
	}
	w.signal(0, "requested", change("2026-12-07", 1))
	w.RegisterDelayedCallback(func() { wanted = false }, time.Minute)
	w.signal(time.Hour, "approved", change("2026-12-07", 61))
	w.signal(2*time.Hour, "deleted", workflows.Change{ChangedAt: start.Add(2 * time.Hour)})
	w.run()
	want := []indexed{{"synced", "s1", ""}, {"skipped", "", "no-synchronization"}, {"deleted", "", ""}}
	if diff := cmp.Diff(want, i.seen); diff != "" {
		t.Errorf("the index (-want +got):\n%s", diff)
	}
}

func TestAllAttributesAreRegistered(t *testing.T) {
	var names []string
	for _, key := range workflows.Attributes() {
		names = append(names, key.GetName())
	}
	slices.Sort(names)
	want := []string{"FiggoEmployee", "FiggoLegalEntity", "FiggoReason", "FiggoSource", "FiggoStatus", "FiggoSynchronization"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}
