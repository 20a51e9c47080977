package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/figgosync/figgosync/workflows"
)

// newWatch is an environment whose activity of the name is done by do, try after try.
func newWatch(t *testing.T, name string, do any) *testsuite.TestWorkflowEnvironment {
	t.Helper()
	env := newEnvironment()
	env.RegisterActivityWithOptions(do, activity.RegisterOptions{Name: name})
	return env
}

func watchResult(t *testing.T, env *testsuite.TestWorkflowEnvironment) (watched workflows.Watched) {
	t.Helper()
	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
	if err := env.GetWorkflowResult(&watched); err != nil {
		t.Fatal(err)
	}
	return watched
}

// A synthetic absence goes to the connection that has the mailbox; only there being none
// leads on to the next.
func TestAWatchLooksForItsMailbox(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answers map[string]*workflows.Trouble
		visited []string
		reason  string
	}{
		"at the first":       {nil, []string{"one"}, ""},
		"at the second":      {map[string]*workflows.Trouble{"one": {Reason: "mailbox-missing"}}, []string{"one", "two"}, ""},
		"the first refuses":  {map[string]*workflows.Trouble{"one": {Reason: "access-denied"}}, []string{"one"}, "access-denied"},
		"nowhere, last told": {map[string]*workflows.Trouble{"one": {Reason: "mailbox-missing"}, "two": {Reason: "mailbox-missing"}}, []string{"one", "two"}, "mailbox-missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var visited []string
			env := newWatch(t, workflows.WatchCalendarActivity,
				func(_ context.Context, r workflows.WatchRequest) (workflows.Watched, error) {
					visited = append(visited, r.Place.Connection)
					if r.Place.Mailbox != "w@example.com" || r.BegunAt.IsZero() {
						t.Errorf("%+v", r)
					}
					return workflows.Watched{Delay: time.Second, Trouble: test.answers[r.Place.Connection]}, nil
				})
			env.RegisterActivityWithOptions(func(_ context.Context, input workflows.WatchInput) (workflows.WatchPlan, error) {
				if input.Synchronization != "s" {
					t.Errorf("%+v", input)
				}
				return workflows.WatchPlan{Places: []workflows.Place{
					{Connection: "one", Provider: "exchange", Mailbox: "w@example.com"},
					{Connection: "two", Provider: "google", Mailbox: "w@example.com"},
				}}, nil
			}, activity.RegisterOptions{Name: workflows.PlanWatchActivity})
			env.ExecuteWorkflow(workflows.Watch, workflows.WatchInput{Synchronization: "s"})
			watched := watchResult(t, env)
			reason := ""
			if watched.Trouble != nil {
				reason = watched.Trouble.Reason
			}
			if diff := cmp.Diff(test.visited, visited); diff != "" || reason != test.reason || watched.At.IsZero() {
				t.Errorf("%+v, want %q (-want +visited):\n%s", watched, test.reason, diff)
			}
		})
	}
}

// What is tried for too long has failed, and tells the code of the last try.
func TestAWatchGivesUpInTime(t *testing.T) {
	t.Parallel()
	tries := 0
	env := newWatch(t, workflows.WatchCalendarActivity,
		func(context.Context, workflows.WatchRequest) (workflows.Watched, error) {
			tries++
			return workflows.Watched{}, temporal.NewApplicationError(workflows.TemporaryMessage+"ErrorServerBusy", workflows.TemporaryError)
		})
	env.RegisterActivityWithOptions(func(context.Context, workflows.WatchInput) (workflows.WatchPlan, error) {
		return workflows.WatchPlan{Places: []workflows.Place{{Connection: "one", Provider: "exchange", Mailbox: "w@example.com"}}}, nil
	}, activity.RegisterOptions{Name: workflows.PlanWatchActivity})
	began := env.Now()
	env.ExecuteWorkflow(workflows.Watch, workflows.WatchInput{Synchronization: "s"})
	watched := watchResult(t, env)
	took := watched.At.Sub(began)
	if watched.Trouble == nil || watched.Trouble.Reason != "temporary" || watched.Trouble.Code != "ErrorServerBusy" ||
		tries < 5 || took > workflows.WatchTime {
		t.Errorf("%+v after %d tries and %s", watched.Trouble, tries, took)
	}
}

// A daily check that fails is made once more before it counts.
func TestADailyCheckFailsTwiceBeforeItCounts(t *testing.T) {
	t.Parallel()
	refused := workflows.CheckResult{Steps: []workflows.CheckStep{
		{Name: "address", Outcome: "ok"}, {Name: "credentials", Outcome: "failed", Finding: "secret-wrong"},
	}}
	good := workflows.CheckResult{Steps: []workflows.CheckStep{{Name: "credentials", Outcome: "ok"}}}
	for name, test := range map[string]struct {
		answers []workflows.CheckResult
		reason  string
	}{
		"good":             {[]workflows.CheckResult{good}, ""},
		"a moment's":       {[]workflows.CheckResult{refused, good}, ""},
		"fails and stays":  {[]workflows.CheckResult{refused, refused}, "secret-wrong"},
		"another the next": {[]workflows.CheckResult{refused, {Steps: []workflows.CheckStep{{Name: "tls", Outcome: "failed"}}}}, "tls"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			env := newWatch(t, workflows.CheckConnectionActivity,
				func(_ context.Context, r workflows.CheckRequest) (workflows.CheckResult, error) {
					if r.Probe || r.Mailbox != "" || r.Connection != "office" {
						t.Errorf("%+v: it must not write", r)
					}
					calls++
					return test.answers[calls-1], nil
				})
			env.ExecuteWorkflow(workflows.DailyCheck, workflows.DailyCheckInput{Connection: "office", Provider: "office365"})
			watched := watchResult(t, env)
			if got := watched.Trouble; (got == nil) != (test.reason == "") || got != nil && got.Reason != test.reason {
				t.Errorf("%+v, want %q", got, test.reason)
			}
			if calls != len(test.answers) {
				t.Errorf("%d calls, want %d", calls, len(test.answers))
			}
		})
	}
}

func TestWatchedByReadsWhatTheServerAddsTo(t *testing.T) {
	t.Parallel()
	id := workflows.WatchID(workflows.WatchedConnection, "my-office") + "-2026-12-01T05:00:00Z"
	if kind, name, ok := workflows.WatchedBy(id); !ok || kind != workflows.WatchedConnection || name != "my-office" {
		t.Error(kind, name, ok)
	}
	if _, _, ok := workflows.WatchedBy("reconciliation/demo/x"); ok {
		t.Error("a reconciliation is no watch")
	}
}
