package starter_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// fakeTemporal runs one check.
type fakeTemporal struct {
	client.Client
	takes   time.Duration
	fails   error
	waiting bool // for a first worker

	id         string
	input      []any
	terminated bool
}

func (f *fakeTemporal) ExecuteWorkflow(_ context.Context, options client.StartWorkflowOptions, _ any, args ...any) (client.WorkflowRun, error) {
	f.id, f.input = options.ID, args
	return &fakeRun{f: f, ends: time.Now().Add(f.takes)}, nil
}

func (f *fakeTemporal) DescribeWorkflowExecution(context.Context, string, string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	state := enums.PENDING_WORKFLOW_TASK_STATE_STARTED
	if f.waiting {
		state = enums.PENDING_WORKFLOW_TASK_STATE_SCHEDULED
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{PendingWorkflowTask: &workflow.PendingWorkflowTaskInfo{State: state}}, nil
}

func (f *fakeTemporal) TerminateWorkflow(context.Context, string, string, string, ...any) error {
	f.terminated = true
	return nil
}

type fakeRun struct {
	client.WorkflowRun
	f    *fakeTemporal
	ends time.Time
}

func (r *fakeRun) GetID() string    { return r.f.id }
func (r *fakeRun) GetRunID() string { return "run" }

func (r *fakeRun) Get(ctx context.Context, target any) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Until(r.ends)):
	}
	*target.(*workflows.CheckResult) = workflows.CheckResult{Steps: []workflows.CheckStep{{Name: "address", Outcome: "ok"}}}
	return r.f.fails
}

func TestCheckConnection(t *testing.T) {
	t.Parallel()
	request := workflows.CheckRequest{Connection: "c1", Provider: "google", Mailbox: "jane.doe@example.com", Probe: true}
	noWorkerForProvider := temporal.NewTimeoutError(enums.TIMEOUT_TYPE_SCHEDULE_TO_START, nil)
	for name, test := range map[string]struct {
		temporal *fakeTemporal
		err      error
		after    time.Duration
	}{
		"quick":               {&fakeTemporal{takes: time.Second}, nil, time.Second},
		"slow":                {&fakeTemporal{takes: 40 * time.Second}, nil, 40 * time.Second},
		"no worker":           {&fakeTemporal{takes: time.Hour, waiting: true}, starter.ErrNoWorker, 10 * time.Second},
		"none for the system": {&fakeTemporal{takes: 15 * time.Second, fails: noWorkerForProvider}, starter.ErrNoWorker, 15 * time.Second},
		"never":               {&fakeTemporal{takes: time.Hour}, context.DeadlineExceeded, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				begin := time.Now()
				result, err := starter.New(test.temporal, nil).CheckConnection(ctx, request)
				if !errors.Is(err, test.err) || (err == nil) != (len(result.Steps) == 1) {
					t.Errorf("%v, %v, want %v", result, err, test.err)
				}
				if took := time.Since(begin); took != test.after {
					t.Errorf("answered after %s, want %s", took, test.after)
				}
				if test.temporal.terminated != (name == "no worker") {
					t.Errorf("terminated: %t", test.temporal.terminated)
				}
				if id := test.temporal.id; !strings.HasPrefix(id, "connection-check/c1/") || strings.Contains(id, "jane") || test.temporal.input[0] != request {
					t.Errorf("workflow id %q, input %v", id, test.temporal.input)
				}
			})
		})
	}
}
