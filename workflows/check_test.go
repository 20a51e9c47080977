package workflows_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/activity"

	"github.com/figgosync/figgosync/workflows"
)

func TestConnectionCheckAsksOnce(t *testing.T) {
	request := workflows.CheckRequest{Connection: "c1", Provider: "exchange", Mailbox: "jane.doe@example.com", Probe: true}
	want := workflows.CheckResult{Steps: []workflows.CheckStep{
		{Name: "address", Outcome: "ok", Detail: "mail.example.com", Took: time.Second},
		{Name: "tls", Outcome: "failed", Finding: "tls-expired"},
	}}
	for _, fails := range []error{nil, errors.New("the settings cannot be read")} {
		environment := newEnvironment()
		asked := 0
		check := func(ctx context.Context, got workflows.CheckRequest) (workflows.CheckResult, error) {
			asked++
			if queue := activity.GetInfo(ctx).TaskQueue; queue != "calendar-exchange" || got != request {
				t.Errorf("asked on %s for %v", queue, got)
			}
			return want, fails
		}
		environment.RegisterActivityWithOptions(check, activity.RegisterOptions{Name: workflows.CheckConnectionActivity})
		environment.ExecuteWorkflow(workflows.ConnectionCheck, request)
		if err := environment.GetWorkflowError(); (err == nil) != (fails == nil) || asked != 1 {
			t.Errorf("asked %d times, error %v", asked, err)
		}
		var got workflows.CheckResult
		if fails == nil {
			if err := environment.GetWorkflowResult(&got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
		}
	}
}
