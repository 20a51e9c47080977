package starter_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// nights is a Temporal with reconciliations that have ended one way or another, and one
// that waits. reads counts how often an end was read.
type nights struct {
	client.Client
	down  error // of the workers
	query string
	reads int
}

var nightly = workflows.ReconciliationProgress{
	Synchronization: "headquarters", Source: "demo", Phase: workflows.PhaseCompleted,
	Counts: workflows.ReconciliationCounts{Absences: 12, Events: 12, Right: 12},
}

func (n *nights) ListWorkflow(_ context.Context, request *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	n.query = request.GetQuery()
	answer := &workflowservice.ListWorkflowExecutionsResponse{}
	for i, status := range []enums.WorkflowExecutionStatus{
		enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, enums.WORKFLOW_EXECUTION_STATUS_FAILED,
		enums.WORKFLOW_EXECUTION_STATUS_CANCELED, enums.WORKFLOW_EXECUTION_STATUS_RUNNING,
	} {
		one := &workflow.WorkflowExecutionInfo{
			Execution: &common.WorkflowExecution{WorkflowId: "reconciliation/demo/" + status.String(), RunId: status.String()},
			Type:      &common.WorkflowType{Name: workflows.ReconciliationType}, Status: status,
			StartTime: &timestamppb.Timestamp{Seconds: int64(i + 1)},
		}
		if status != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
			one.CloseTime = &timestamppb.Timestamp{Seconds: 100}
		}
		answer.Executions = append(answer.Executions, one)
	}
	return answer, nil
}

// end is what one ended with.
type end struct {
	client.WorkflowRun
	err error
}

func (e end) Get(_ context.Context, into any) error {
	if e.err == nil {
		*into.(*workflows.ReconciliationProgress) = nightly
	}
	return e.err
}

func (n *nights) GetWorkflow(_ context.Context, _, run string) client.WorkflowRun {
	n.reads++
	switch run {
	case enums.WORKFLOW_EXECUTION_STATUS_FAILED.String():
		return end{err: temporal.NewNonRetryableApplicationError("Figgo cannot be read: source-empty ()", "source-empty", nil, nightly)}
	case enums.WORKFLOW_EXECUTION_STATUS_CANCELED.String():
		return end{err: temporal.NewCanceledError(nightly)}
	}
	return end{}
}

func (n *nights) QueryWorkflow(context.Context, string, string, string, ...any) (converter.EncodedValue, error) {
	if n.down != nil {
		return nil, n.down
	}
	waiting := nightly
	waiting.Phase, waiting.Breaker = workflows.PhaseWaiting, &workflows.Breaker{Deletions: 61, Of: 100}
	payloads, err := converter.GetDefaultDataConverter().ToPayloads(waiting)
	return encoded{payloads}, err
}

// The list tells what each one found however it ended, asks no worker for it, and each
// end once.
func TestEndedOperationsTellTheirCountsWithoutAWorker(t *testing.T) {
	t.Parallel()
	temporalOf := &nights{}
	s := starter.New(temporalOf, nil)
	for range 2 {
		all, err := s.Operations(t.Context(), workflows.ReconciliationType, "headquarters", 90)
		if err != nil || len(all) != 4 {
			t.Fatalf("%+v, %v", all, err)
		}
		phases := []workflows.Phase{workflows.PhaseWaiting, workflows.PhaseCancelled, workflows.PhaseFailed, workflows.PhaseCompleted}
		for i, one := range all { // the newest first
			if one.Phase != phases[i] || one.Reconciliation.Counts.Right != 12 || one.Synchronization != "headquarters" {
				t.Errorf("%s: %+v", phases[i], one)
			}
		}
		if all[0].Breaker == nil || all[0].Breaker.Deletions != 61 || all[2].Reason != "source-empty" || all[2].Failure == "" {
			t.Errorf("%+v", all)
		}
	}
	if temporalOf.reads != 3 {
		t.Errorf("ends were read %d times, want once each", temporalOf.reads)
	}
	if !strings.Contains(temporalOf.query, "FiggoSynchronization = 'headquarters'") {
		t.Error(temporalOf.query)
	}
	if all, err := s.Operations(t.Context(), workflows.ReconciliationType, "x' OR 'a'='a", 90); len(all) > 0 || err != nil {
		t.Errorf("%+v, %v", all, err)
	}
}

// One that does not answer is listed all the same.
func TestAnOperationThatDoesNotAnswerIsListed(t *testing.T) {
	t.Parallel()
	s := starter.New(&nights{down: errors.New("no worker")}, nil)
	all, err := s.Operations(t.Context(), workflows.ReconciliationType, "", 90)
	if err != nil || len(all) != 4 || all[0].Phase != workflows.PhaseRunning {
		t.Errorf("%+v, %v", all, err)
	}
}

// What people see of the ids of all three kinds can be typed.
func TestShortIDs(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"initialization/demo/5f1d": "demo.5f1d", "reconciliation/demo/5f1d": "demo.5f1d", "removal/demo/5f1d": "demo.5f1d", "by-hand": "by-hand",
	} {
		if got := starter.ShortID(id); got != want {
			t.Errorf("%s is %s, want %s", id, got, want)
		}
	}
}

// starts is a Temporal that has what it was asked to start.
type starts struct {
	client.Client
	ids []string
}

func (s *starts) ExecuteWorkflow(_ context.Context, options client.StartWorkflowOptions, _ any, _ ...any) (client.WorkflowRun, error) {
	if slices.Contains(s.ids, options.ID) {
		if !options.WorkflowExecutionErrorWhenAlreadyStarted {
			return nil, errors.New("it is not told that it runs already")
		}
		return nil, &serviceerror.WorkflowExecutionAlreadyStarted{}
	}
	s.ids = append(s.ids, options.ID)
	return nil, nil
}

// The same key for the same source is the same run; of another source, another kind, or
// without a key it is another.
func TestAKeyStartsAnOperationOnce(t *testing.T) {
	t.Parallel()
	temporal := &starts{}
	s := starter.New(temporal, nil)
	var ids []string
	for _, of := range []struct{ source, key string }{{"a", "k"}, {"a", "k"}, {"b", "k"}, {"a", ""}, {"a", ""}} {
		reconciliation, err := s.StartReconciliation(t.Context(), of.source, workflows.ReconciliationInput{}, of.key)
		removal, err2 := s.StartRemoval(t.Context(), of.source, workflows.RemovalInput{}, of.key)
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, reconciliation, removal)
	}
	if len(temporal.ids) != 8 || ids[0] != ids[2] || ids[1] != ids[3] {
		t.Errorf("started %q, answered %q", temporal.ids, ids)
	}
}
