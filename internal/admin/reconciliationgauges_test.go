package admin_test

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// The metrics tell what the newest comparison of a synchronization that came to its end
// found, by kind.
func TestComparisonsAreMeasured(t *testing.T) {
	d := newDesk(t).fill(t)
	reconciliation := func(phase workflows.Phase, counts workflows.ReconciliationCounts) starter.Operation {
		return starter.Operation{
			Phase: phase, Synchronization: "paris", Reconciliation: &workflows.ReconciliationProgress{Counts: counts},
		}
	}
	d.engine.operations = []starter.Operation{
		reconciliation(workflows.PhaseComparing, workflows.ReconciliationCounts{Missing: 9}),
		reconciliation(workflows.PhaseCompleted, workflows.ReconciliationCounts{Right: 40, Missing: 3, Surplus: 2, Repaired: 5, Blocked: 1}),
		reconciliation(workflows.PhaseCompleted, workflows.ReconciliationCounts{Edited: 8}),
	}
	const want = `# HELP figgosync_reconciliation What the last completed comparison of a synchronization found, by kind, and how many differences it repaired.
# TYPE figgosync_reconciliation gauge
figgosync_reconciliation{kind="blocked",synchronization="paris"} 1
figgosync_reconciliation{kind="duplicate",synchronization="paris"} 0
figgosync_reconciliation{kind="edited",synchronization="paris"} 0
figgosync_reconciliation{kind="left",synchronization="paris"} 0
figgosync_reconciliation{kind="misplaced",synchronization="paris"} 0
figgosync_reconciliation{kind="missing",synchronization="paris"} 3
figgosync_reconciliation{kind="repaired",synchronization="paris"} 5
figgosync_reconciliation{kind="right",synchronization="paris"} 40
figgosync_reconciliation{kind="surplus",synchronization="paris"} 2
`
	if err := testutil.CollectAndCompare(admin.NewReconciliationGauges(d.Service), strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}
