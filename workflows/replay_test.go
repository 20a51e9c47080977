package workflows_test

import (
	"path/filepath"
	"testing"

	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/workflows"
)

// Every recorded history, of every shape and release, must replay with today's
// code: absences live for months, and each one that runs is replayed after a
// deployment.
func TestRecordedHistoriesReplay(t *testing.T) {
	t.Parallel()
	histories, err := filepath.Glob("testdata/replay/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(histories) == 0 {
		t.Fatal("there are no recorded histories in testdata/replay: record them with `make replay`")
	}
	for _, path := range histories {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			replayer := worker.NewWorkflowReplayer()
			replayer.RegisterWorkflowWithOptions(workflows.AbsenceLifecycle, workflow.RegisterOptions{Name: workflows.AbsenceLifecycleType})
			if err := replayer.ReplayWorkflowHistoryFromJSONFile(nil, path); err != nil {
				t.Errorf("this code does not do again what an earlier release did: %v\n"+
					"An absence of this shape that runs while this code is deployed would be stuck: its workflow task fails over and over.\n"+
					"Keep the old way for old runs with workflow.GetVersion; only then record the new way beside it. Never edit or delete the history.", err)
			}
		})
	}
}
