package workflows_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/workflows"
)

// What an owner deleted is remembered, told once in the story, and passed on with every
// write for as long as the policy respects it.
func TestWhatTheOwnerDeletedIsRemembered(t *testing.T) {
	w := newWorld(t)
	respect := true
	w.route = func(r workflows.RouteRequest) workflows.Route {
		route := w.routeToPlace(r)
		route.Target.Respect = workflows.Respect{Edits: true, Deletes: respect}
		return route
	}
	var asked [][]string
	w.apply = func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
		if !r.RespectEdits {
			t.Error("owners' edits are not respected")
		}
		asked = append(asked, r.OwnerDeleted)
		return w.write(ctx, r)
	}
	w.signal(0, "approved", change("2026-12-07", 1))
	w.signal(time.Hour, "retry", workflows.Retry{Bulk: true, OwnerDeleted: []string{"f1"}})
	w.signal(2*time.Hour, "retry", workflows.Retry{Bulk: true, OwnerDeleted: []string{"f1", "f2"}})
	w.signal(3*time.Hour, "retry", workflows.Retry{Rewrite: true})
	w.stateAt(4*time.Hour, func(state workflows.State) {
		told := slices.ContainsFunc(state.Story, func(e workflows.Entry) bool { return e.Event == workflows.EventOwnerDeleted })
		if !told || state.Status != workflows.StatusSynced {
			t.Errorf("%s, with the story %+v", state.Status, state.Story)
		}
		respect = false
	})
	w.signal(5*time.Hour, "retry", workflows.Retry{Rewrite: true})
	w.stateAt(6*time.Hour, func(state workflows.State) {
		if len(state.OwnerDeleted) != 0 {
			t.Errorf("%v is still remembered", state.OwnerDeleted)
		}
	})
	w.run()
	if diff := cmp.Diff([][]string{nil, {"f1", "f2"}, nil}, asked[:min(3, len(asked))]); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}
