package e2e_test

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// shape is one history to record.
type shape struct{ name, workflowID, runID string }

// TestRecordInitializations records the histories of initializations, of the absences
// they begin, and of a check of a connection.
func TestRecordInitializations(t *testing.T) {
	if os.Getenv("FIGGOSYNC_RECORD") != "1" {
		t.Skip("nothing is recorded: set FIGGOSYNC_RECORD=1 to record new histories (make replay)")
	}
	p, world := NewCompanyProduct(t, confirmExchange)
	p.More = append(p.More, "--plain-payloads")
	company := NewCompany(t, world, 18, 3)
	p.Start()
	c, err := client.Dial(client.Options{HostPort: loopback(p.GRPC)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r := &recorder{p, world, company, c}
	var shapes []shape
	for _, step := range []struct {
		name string
		do   func(*testing.T, *recorder) []shape
	}{
		{"dry run", dryInitialization}, {"written", writtenInitialization}, {"again", repeatedInitialization},
		{"blocked and healed", blockedInitialization}, {"cancelled", cancelledInitialization},
		{"continued", continuedInitialization}, {"failed", failedInitialization}, {"check", checkedConnection},
	} {
		t.Run(step.name, func(t *testing.T) { shapes = append(shapes, step.do(t, r)...) })
	}
	if t.Failed() {
		return
	}
	for _, one := range shapes {
		record(t, c, one.name, one.workflowID, one.runID)
	}
}

type recorder struct {
	p       *Product
	world   *World
	company Company
	client  client.Client
}

// initialize runs one to its end and returns its workflow id.
func (r *recorder) initialize(t *testing.T, body initialization, status string) string {
	t.Helper()
	body.Since = r.company.Since
	return r.p.WaitInitialized(t, r.p.Initialize(t, body), status).Workflow.ID
}

// legalEntity is the initialization of a legal entity that ended last: all of them
// have one id.
func (r *recorder) legalEntity(t *testing.T, name, legalEntity string) shape {
	t.Helper()
	id := "initialization/demo/legal-entity/" + legalEntity
	description, err := r.client.DescribeWorkflowExecution(t.Context(), id, "")
	if err != nil {
		t.Fatal(err)
	}
	return shape{name, id, description.GetWorkflowExecutionInfo().GetExecution().GetRunId()}
}

func dryInitialization(t *testing.T, r *recorder) []shape {
	id := r.initialize(t, initialization{Synchronization: "demo-google", DryRun: true}, "completed")
	return []shape{{"initialization-dry-run", id, ""}, {"legal-entity-dry-run", id + "/3", ""}}
}

func writtenInitialization(t *testing.T, r *recorder) []shape {
	id := r.initialize(t, initialization{Synchronization: "demo-google"}, "completed")
	absenceID := "absence/demo/" + r.company.of(t, "3")[0].ID
	return []shape{{"initialization", id, ""}, r.legalEntity(t, "legal-entity", "3"), {"initialized", absenceID, ""}}
}

// repeatedInitialization meets lives that run; some are deleted then.
func repeatedInitialization(t *testing.T, r *recorder) []shape {
	r.initialize(t, initialization{Synchronization: "demo-google"}, "completed")
	leave := r.company.of(t, "3")[1]
	r.world.desk(t, http.MethodDelete, "/sandbox/leaves/"+leave.ID, nil, http.StatusOK, nil)
	r.p.WaitStatus(t, leave.ID, "deleted")
	return []shape{r.legalEntity(t, "legal-entity-again", "3"), {"initialized-twice-then-deleted", "absence/demo/" + leave.ID, ""}}
}

// blockedInitialization has a mailbox missing at first, and a calendar system down.
func blockedInitialization(t *testing.T, r *recorder) []shape {
	leaves := r.company.of(t, "1")
	mailbox := func(l generated) string { return "(?s)" + r.company.people(t)[l.Employee].email }
	r.world.Break(t, fault{Target: office365.name, Match: mailbox(leaves[0]), Status: new(http.StatusNotFound), Times: 3,
		Body: `{"error":{"code":"ErrorInvalidUser","message":"-"}}`})
	r.world.Break(t, fault{Target: office365.name, Match: mailbox(leaves[len(leaves)-1]), Status: new(http.StatusServiceUnavailable), Times: 12})
	r.initialize(t, initialization{Synchronization: "demo-office365"}, "completed")
	r.world.Mend(t)
	for _, leave := range leaves {
		r.p.WaitStatus(t, leave.ID, "synced")
	}
	return []shape{
		r.legalEntity(t, "legal-entity-troubled", "1"),
		{"initialized-blocked", "absence/demo/" + leaves[0].ID, ""}, {"initialized-retried", "absence/demo/" + leaves[len(leaves)-1].ID, ""},
	}
}

// cancelledInitialization waits for its number, is confirmed, and cancelled while it
// writes, slowly; another one does the rest.
func cancelledInitialization(t *testing.T, r *recorder) []shape {
	r.world.Break(t, fault{Target: exchange.name, Match: exchange.creates, Delay: "400ms", Times: forever})
	id := r.p.Initialize(t, initialization{Synchronization: "demo-exchange", Since: r.company.Since})
	var waiting Initialized
	eventually(t, "it waits for a confirmation", func() (err error) {
		if waiting, err = r.p.Initialization(id); err == nil && waiting.Phase != "confirming" {
			err = errors.New("phase " + waiting.Phase)
		}
		return err
	})
	path := "/api/v1/initializations/" + id
	if err := r.p.Admin(http.MethodPost, path+"/confirm", map[string]int{"employees": waiting.Employees}, http.StatusAccepted, nil); err != nil {
		t.Fatal(err)
	}
	waitUnderWay(t, r.p, id)
	if err := r.p.Admin(http.MethodDelete, path, nil, http.StatusAccepted, nil); err != nil {
		t.Fatal(err)
	}
	cancelled := r.p.WaitInitialized(t, id, "cancelled").Workflow.ID
	stopped := r.legalEntity(t, "legal-entity-cancelled", "2")
	r.world.Mend(t)
	confirmed := r.initialize(t, initialization{Synchronization: "demo-exchange", Confirm: waiting.Employees}, "completed")
	return []shape{
		{"initialization-cancelled", cancelled, ""}, stopped,
		{"initialization-confirmed", confirmed, ""}, r.legalEntity(t, "legal-entity-half-known", "2"),
	}
}

// continuedInitialization continues as new early.
func continuedInitialization(t *testing.T, r *recorder) []shape {
	id := "initialization/demo/recorded/3"
	input := map[string]any{"source": "demo", "synchronization": "demo-google", "since": r.company.Since, "progress": map[string]any{"legalEntity": "3"}, "eventsAtMost": 40, "behaviour": 1}
	run, err := r.client.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: "figgosync"}, "LegalEntityInitialization", input)
	if err != nil {
		t.Fatal(err)
	}
	first := run.GetRunID()
	if err := run.Get(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if run.GetRunID() == first {
		t.Fatal("it did not continue as new")
	}
	return []shape{{"legal-entity-first-run", id, first}, {"legal-entity-last-run", id, run.GetRunID()}}
}

// failedInitialization meets a Lucca that refuses the key.
func failedInitialization(t *testing.T, r *recorder) []shape {
	r.world.Break(t, fault{Target: "lucca", Match: "leaves", Status: new(http.StatusForbidden), Times: forever})
	id := r.initialize(t, initialization{Synchronization: "demo-google"}, "failed")
	r.world.Mend(t)
	return []shape{{"initialization-failed", id, ""}, r.legalEntity(t, "legal-entity-failed", "3")}
}

func checkedConnection(t *testing.T, r *recorder) []shape {
	body := map[string]any{"mailbox": jane.email, "probe": true}
	if err := r.p.Admin(http.MethodPost, "/api/v1/connections/demo-office365/check", body, http.StatusOK, nil); err != nil {
		t.Fatal(err)
	}
	var id string
	eventually(t, "the check is in the index", func() error {
		answer, err := r.client.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: "WorkflowType = 'ConnectionCheck'"})
		if err == nil && len(answer.GetExecutions()) == 0 {
			err = errors.New("no check is listed")
		}
		if err == nil {
			id = answer.GetExecutions()[0].GetExecution().GetWorkflowId()
		}
		return err
	})
	if !strings.HasPrefix(id, "connection-check/") {
		t.Errorf("the check is called %q", id)
	}
	return []shape{{"connection-check", id, ""}}
}
