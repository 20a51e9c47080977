package workflows_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

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

// Temporal stores the lengths of timers in clear. In the history of an absence, and of
// automatic replies, there are those that anybody could name without knowing the absence: seconds for further
// half-days, tries that wait at most a day, two days for a tombstone, sixty days to look
// for the end.
func TestRecordedTimersDoNotTellTheLastDay(t *testing.T) {
	t.Parallel()
	histories, err := filepath.Glob("testdata/replay/*.json")
	if err != nil || len(histories) == 0 {
		t.Fatalf("%d histories, %v", len(histories), err)
	}
	lookedFor := 0
	for _, path := range histories {
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		history, err := client.HistoryFromJSON(file, client.HistoryJSONOptions{})
		_ = file.Close()
		if err != nil {
			t.Fatal(err)
		}
		started := history.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes()
		if of := started.GetWorkflowType().GetName(); of != workflows.AbsenceLifecycleType && of != workflows.AutoRepliesType {
			continue
		}
		for _, event := range history.GetEvents() {
			timer := event.GetTimerStartedEventAttributes()
			if timer == nil {
				continue
			}
			switch length := timer.GetStartToFireTimeout().AsDuration(); {
			case length == endLookedFor:
				lookedFor++
			case length <= 24*time.Hour || length == 48*time.Hour:
			default:
				t.Errorf("%s: a timer of %s", filepath.Base(path), length)
			}
		}
	}
	if lookedFor == 0 {
		t.Error("no history waits for the absence's end: record them anew with `make replay`")
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
	for name, definition := range map[string]any{
		workflows.AbsenceLifecycleType: workflows.AbsenceLifecycle, workflows.InitializationType: workflows.Initialization,
		workflows.LegalEntityInitializationType: workflows.LegalEntityInitialization, workflows.ConnectionCheckType: workflows.ConnectionCheck,
		workflows.WakeType: workflows.Wake, workflows.DeletionsType: workflows.Deletions,
		workflows.ReconciliationType: workflows.Reconciliation, workflows.RemovalType: workflows.Removal,
		workflows.AutoRepliesType: workflows.AutoReplies,
	} {
		replayer.RegisterWorkflowWithOptions(definition, workflow.RegisterOptions{Name: name})
	}
	started := history.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes()
	return replayer.ReplayWorkflowHistoryWithOptions(nil, history, worker.ReplayWorkflowHistoryOptions{
		OriginalExecution: workflow.Execution{ID: started.GetWorkflowId(), RunID: started.GetOriginalExecutionRunId()},
	})
}
