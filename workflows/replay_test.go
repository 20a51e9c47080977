package workflows_test

import (
	"os"
	"path/filepath"
	"testing"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/workflows"
)

// Every recorded history, of every shape and behaviour, must replay with today's
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
			if err := replay(path); err != nil {
				t.Errorf("this code does not do again what an earlier one did: %v\n"+
					"An absence of this shape that runs while this code is deployed would be stuck: its workflow task fails over and over.\n"+
					"Keep the old way for old runs with workflow.GetVersion; only then record the new way beside it. Never edit or delete the history.", err)
			}
		})
	}
}

// replay runs one history under the id it was recorded with: the workflow refuses
// to run under another.
func replay(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	history, err := client.HistoryFromJSON(file, client.HistoryJSONOptions{})
	if err != nil {
		return err
	}
	replayer := worker.NewWorkflowReplayer()
	for name, life := range map[string]any{
		workflows.AbsenceLifecycleType: workflows.AbsenceLifecycle, workflows.InitializationType: workflows.Initialization,
		workflows.LegalEntityInitializationType: workflows.LegalEntityInitialization, workflows.ConnectionCheckType: workflows.ConnectionCheck,
	} {
		replayer.RegisterWorkflowWithOptions(life, workflow.RegisterOptions{Name: name})
	}
	started := history.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes()
	return replayer.ReplayWorkflowHistoryWithOptions(nil, history, worker.ReplayWorkflowHistoryOptions{
		OriginalExecution: workflow.Execution{ID: started.GetWorkflowId(), RunID: started.GetOriginalExecutionRunId()},
	})
}
