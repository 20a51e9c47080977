package worker_test

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/worker"
	"github.com/figgosync/figgosync/workflows"
)

// registered collects the workflow types that a worker has.
type registered map[string]any

func (r registered) RegisterWorkflow(any) { panic("a workflow without a name") }

func (r registered) RegisterWorkflowWithOptions(definition any, options workflow.RegisterOptions) {
	r[options.Name] = definition
}

func (r registered) RegisterDynamicWorkflow(any, workflow.DynamicRegisterOptions) {
	panic("a workflow of any name")
}

var _ sdk.WorkflowRegistry = registered{}

// glimpse is one run of a workflow, and what Temporal's Web UI must show of it.
type glimpse struct {
	id    string
	input []any
	// answers are those of activities, the same each time; of those not named nothing is
	// asked. do happens as the run begins.
	answers map[string]any
	do      func(*testsuite.TestWorkflowEnvironment)
	// running is in the details a second after the beginning, ended in those at the end;
	// "" is not looked at.
	running, ended string
}

// metadataQuery is what the Web UI asks a workflow.
const metadataQuery = "__temporal_workflow_metadata"

// person is whatever must never be shown.
const person = "jane.doe@example.com"

var (
	somewhere  = workflows.Place{Connection: "mail-1", Provider: "exchange", Mailbox: person}
	refused    = &workflows.Trouble{Reason: "access-denied", Code: "ErrorAccessDenied"}
	oneRemoved = workflows.RemoveResult{Events: 1, Removed: 1}
)

func glimpses() map[string]glimpse {
	never := func(env *testsuite.TestWorkflowEnvironment) {
		env.RegisterDelayedCallback(env.CancelWorkflow, 2*time.Second)
	}
	signal := func(name string, value any) func(*testsuite.TestWorkflowEnvironment) {
		return func(env *testsuite.TestWorkflowEnvironment) {
			env.RegisterDelayedCallback(func() { env.SignalWorkflow(name, value) }, 0)
			never(env)
		}
	}
	content := absence.Absence{HalfDays: []absence.HalfDay{
		{Date: absence.Date{Year: 2026, Month: 12, Day: 7}, Part: absence.Morning, Confirmed: true},
	}}
	changed := workflows.Change{
		EventID: "e", Employee: "416", Email: person, LegalEntity: "2", Absence: content,
		ChangedAt: time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC),
	}
	return map[string]glimpse{
		workflows.AbsenceLifecycleType: {
			id: workflows.AbsenceID("acme", "8750"), input: []any{workflows.State{Source: "acme", Absence: "8750"}},
			answers: map[string]any{
				workflows.RouteActivity: workflows.Route{Outcome: workflows.RouteSkip,
					Trouble: &workflows.Trouble{Reason: "no-synchronization"}},
			},
			do: signal(workflows.SignalApproved.Name, changed), running: "no-synchronization",
		},
		workflows.InitializationType: {
			id:    workflows.InitializationID("acme", "u"),
			input: []any{workflows.InitializationInput{Synchronization: "paris", Since: absence.Date{Year: 2026, Month: 1, Day: 1}}},
			answers: map[string]any{
				workflows.PlanInitializationActivity: workflows.Plan{}, workflows.LoadEmployeesActivity: workflows.LoadEmployeesResult{},
			},
			ended: "0 absences found",
		},
		workflows.LegalEntityInitializationType: {
			id:      "initialization/acme/u/2",
			input:   []any{workflows.LegalEntityState{}},
			answers: map[string]any{workflows.ListAbsencesActivity: workflows.Page{}},
			ended:   "0 absences found",
		},
		workflows.ReconciliationType: {
			id:      workflows.ReconciliationID("acme", "u"),
			input:   []any{workflows.ReconciliationInput{Synchronization: "paris"}},
			answers: map[string]any{workflows.PlanReconciliationActivity: workflows.ReconciliationPlan{Source: "acme"}},
			ended:   "0 mailboxes",
		},
		workflows.RemovalType: {
			id:    workflows.RemovalID("acme", "u"),
			input: []any{workflows.RemovalInput{Source: "acme", Employee: "416"}, nil},
			answers: map[string]any{
				workflows.PlanRemovalActivity: workflows.RemovalPlan{Source: "acme", Employee: "416", ApproveAbove: 5},
				workflows.ListOwnersActivity:  workflows.OwnersPage{Owners: []workflows.Owner{{Employee: "416", Mailbox: person}}},
				workflows.PauseActivity:       workflows.PauseResult{}, workflows.RemoveEventsActivity: oneRemoved,
			},
			ended: "1 removed",
		},
		workflows.ConnectionCheckType: {
			id:    workflows.ConnectionCheckID("mail-1", "u"),
			input: []any{workflows.CheckRequest{Connection: "mail-1", Provider: "exchange", Mailbox: person}},
			answers: map[string]any{workflows.CheckConnectionActivity: workflows.CheckResult{Steps: []workflows.CheckStep{
				{Name: "mailbox", Outcome: "failed", Finding: "mailbox-missing", Detail: person},
			}}},
			ended: "mailbox: failed mailbox-missing",
		},
		workflows.DeletionsType: {
			id: workflows.DeletionsID("acme"), input: []any{workflows.DeletionsState{
				Source: "acme", Held: []workflows.HeldDeletion{{Absence: "1", Employee: "416"}},
			}},
			do: never, running: `{"approve": true, "deletions": 1}`,
		},
		workflows.AutoRepliesType: {
			id: workflows.AutoRepliesID("acme", "416"), input: []any{workflows.RepliesState{
				Source: "acme", Employee: "416", Absences: []workflows.RepliedAbsence{{Absence: "8750", Content: &content}},
				Dirty: true,
			}},
			answers: map[string]any{workflows.PlanRepliesActivity: workflows.RepliesPlan{
				Outcome: workflows.RepliesUnclear, Trouble: refused,
			}},
			do: never, running: "access-denied",
		},
		workflows.WatchType: {
			id:    workflows.WatchID(workflows.WatchedSynchronization, "paris"),
			input: []any{workflows.WatchInput{Synchronization: "paris"}},
			answers: map[string]any{
				workflows.PlanWatchActivity:     workflows.WatchPlan{Places: []workflows.Place{somewhere}},
				workflows.WatchCalendarActivity: workflows.Watched{Trouble: refused},
			},
			ended: "access-denied",
		},
		workflows.DailyCheckType: {
			id:      workflows.WatchID(workflows.WatchedSource, "acme"),
			input:   []any{workflows.DailyCheckInput{Source: "acme"}},
			answers: map[string]any{workflows.CheckSourceActivity: workflows.Watched{Trouble: refused}},
			running: "checked once more", ended: "access-denied",
		},
		workflows.WakeType: {
			id: "wake/employees/acme", input: []any{workflows.WakeState{Again: &workflows.WakeRequest{
				Source: "acme", Employees: []string{"416"}, After: time.Minute,
			}}},
			answers: map[string]any{workflows.WakeAbsencesActivity: workflows.WakeResult{Woken: 3}},
			running: "1 changed employees of source acme", ended: "3 absences",
		},
	}
}

// Temporal's Web UI tells of each workflow what is going on, and names no person.
func TestEveryWorkflowTellsWhatIsGoingOn(t *testing.T) {
	t.Parallel()
	types := registered{}
	worker.Register(types)
	all := glimpses()
	for _, name := range slices.Sorted(maps.Keys(types)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, ok := all[name]
			if !ok {
				t.Fatal("nobody looked at what the Web UI shows of this workflow")
			}
			env := newEnvironment()
			env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: one.id, TaskQueue: workflows.TaskQueue})
			env.RegisterWorkflowWithOptions(types[name], workflow.RegisterOptions{Name: name})
			for activityName, answer := range one.answers {
				env.RegisterActivityWithOptions(func(context.Context, any) (any, error) { return answer, nil },
					activity.RegisterOptions{Name: activityName})
			}
			if one.do != nil {
				one.do(env)
			}
			if one.running != "" {
				env.RegisterDelayedCallback(func() { wantDetails(t, env, one.running) }, time.Second)
			}
			env.ExecuteWorkflow(name, one.input...)
			if one.ended == "" {
				one.ended = one.running
			}
			wantDetails(t, env, one.ended)
		})
	}
}

func newEnvironment() *testsuite.TestWorkflowEnvironment {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(time.Hour) // how busy the machine is decides nothing
	env.SetWorkerOptions(sdk.Options{DeadlockDetectionTimeout: time.Hour})
	return env
}

func wantDetails(t *testing.T, env *testsuite.TestWorkflowEnvironment, part string) {
	t.Helper()
	var shown sdkpb.WorkflowMetadata
	answer, err := env.QueryWorkflow(metadataQuery)
	if err == nil {
		err = answer.Get(&shown)
	}
	if err != nil {
		t.Errorf("%v; the workflow: %v", err, env.GetWorkflowError())
		return
	}
	text := shown.GetCurrentDetails()
	t.Log(text)
	if !strings.Contains(text, part) || strings.Contains(text, person) {
		t.Errorf("shows %q, want %q and no person; the workflow: %v", text, part, env.GetWorkflowError())
	}
}
