package starter_test

import (
	"context"
	"testing"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// underWay is a Temporal with one initialization under way. Its legal entity tells
// how far it is, or does not answer in time; the whole heard of it long ago.
type underWay struct {
	client.Client
	settled int
	silent  error
}

const underWayID = "initialization/demo/x"

func (u *underWay) DescribeWorkflowExecution(context.Context, string, string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflow.WorkflowExecutionInfo{
		Execution: &common.WorkflowExecution{WorkflowId: underWayID, RunId: "run"},
		Type:      &common.WorkflowType{Name: workflows.InitializationType}, Status: enums.WORKFLOW_EXECUTION_STATUS_RUNNING,
	}}, nil
}

// encoded is the answer to a query.
type encoded struct{ payloads *common.Payloads }

func (e encoded) HasValue() bool { return true }
func (e encoded) Get(into any) error {
	return converter.GetDefaultDataConverter().FromPayloads(e.payloads, into)
}

func (u *underWay) QueryWorkflow(_ context.Context, id, _, _ string, _ ...any) (converter.EncodedValue, error) {
	entity := workflows.LegalEntityProgress{LegalEntity: "1", Initialization: underWayID, Counts: workflows.Counts{Total: 10}}
	var answer any = workflows.Progress{Phase: workflows.PhaseRunning, Source: "demo", LegalEntities: []workflows.LegalEntityProgress{entity}}
	if id != underWayID {
		if u.silent != nil {
			return nil, u.silent
		}
		entity.Synced = u.settled
		answer = entity
	}
	payloads, err := converter.GetDefaultDataConverter().ToPayloads(answer)
	return encoded{payloads}, err
}

// A progress does not go back because a legal entity did not answer in time.
func TestProgressDoesNotGoBack(t *testing.T) {
	t.Parallel()
	u := &underWay{settled: 4}
	s := starter.New(u, nil)
	synced := func() int {
		t.Helper()
		one, err := s.Initialization(t.Context(), underWayID)
		if err != nil {
			t.Fatal(err)
		}
		return one.Counts.Synced
	}
	if got := synced(); got != 4 {
		t.Fatalf("%d are told, want 4", got)
	}
	u.silent = serviceerror.NewDeadlineExceeded("too busy")
	if got := synced(); got != 4 {
		t.Errorf("without an answer it goes back to %d", got)
	}
	u.settled, u.silent = 7, nil
	if got := synced(); got != 7 {
		t.Errorf("with an answer it stays at %d", got)
	}
	u.silent = serviceerror.NewNotFound("not begun")
	if got := synced(); got != 0 {
		t.Errorf("one that is not there told %d", got)
	}
}
