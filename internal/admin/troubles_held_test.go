package admin_test

import (
	"testing"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// Held deletions wait for a person, as a run behind the circuit breaker does.
func TestHeldDeletionsAreATrouble(t *testing.T) {
	d := newDesk(t).fill(t)
	d.engine.held = map[string]workflows.HeldDeletions{"acme": {Total: 400}}
	watch := admin.Watch{Service: d.Service}
	var counts []int
	for _, one := range watch.Troubles(t.Context()).Troubles {
		if one.Kind == settings.TroubleApproval {
			counts = append(counts, one.Count)
		}
	}
	if len(counts) != 1 || counts[0] != 400 {
		t.Errorf("troubles that need an approval: %v, want the 400 held deletions", counts)
	}
}
