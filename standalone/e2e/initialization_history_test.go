package e2e_test

import (
	"testing"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// historyAtMost is what the run of an initialization may come to, whatever the
// company's size.
const historyAtMost = 4000

// checkHistories reads the histories of all initializations there were.
func checkHistories(t *testing.T, p *Product) {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: loopback(p.GRPC)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var token []byte
	for {
		answer, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{
			Query: "WorkflowType IN ('Initialization', 'LegalEntityInitialization')", NextPageToken: token,
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, run := range answer.GetExecutions() {
			id, runID := run.GetExecution().GetWorkflowId(), run.GetExecution().GetRunId()
			kinds := map[enums.EventType]int{}
			total := 0
			for events := c.GetWorkflowHistory(t.Context(), id, runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); total++ {
				event, err := events.Next()
				if err != nil {
					t.Fatal(err)
				}
				kinds[event.GetEventType()]++
			}
			children := kinds[enums.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED]
			t.Logf("%s: %d events, %d children, %d workflow tasks, %d signals", id, total, children,
				kinds[enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED], kinds[enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED])
			if total >= historyAtMost {
				t.Errorf("a run of %s has %d events, want less than %d", id, total, historyAtMost)
			}
		}
		if token = answer.GetNextPageToken(); len(token) == 0 {
			return
		}
	}
}
