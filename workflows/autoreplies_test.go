package workflows_test

import (
	"context"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/workflows"
)

// anything is mock.Anything of the library that the SDK's test suite uses.
const anything = "mock.Anything"

// The status in Temporal's index, which is in clear beside the employee's id, is the same
// before, during and after a reply; and no timer is made from a day that is far away.
func TestTheIndexTellsNotWhoIsAbsentNow(t *testing.T) {
	t.Parallel()
	env, seen := newEnvironment(), &index{}
	env.SetStartTime(start)
	env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: forever, Interceptors: []interceptor.WorkerInterceptor{seen}})
	env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: workflows.AutoRepliesID("demo", "416"), TaskQueue: workflows.TaskQueue})
	reply := calendars.AutoReply{
		State: calendars.AutoReplyScheduled, From: start.AddDate(0, 0, 10), Until: start.AddDate(0, 0, 15), Inside: "away",
	}
	answer := func(name string, do any) { env.RegisterActivityWithOptions(do, activity.RegisterOptions{Name: name}) }
	answer(workflows.PlanRepliesActivity, func(_ context.Context, r workflows.RepliesPlanRequest) (workflows.RepliesPlan, error) {
		plan := workflows.RepliesPlan{Outcome: workflows.RepliesOn, Places: []workflows.Place{{Connection: "one", Provider: "exchange"}}}
		if r.Now.Before(reply.Until) {
			plan.Reply = &reply
		}
		return plan, nil
	})
	answer(workflows.ReadReplyActivity, func(context.Context, workflows.ReadReplyRequest) (workflows.ReadReplyResult, error) {
		return workflows.ReadReplyResult{}, nil
	})
	var written []string
	write := func(ctx context.Context, r workflows.WriteReplyRequest) (workflows.WriteReplyResult, error) {
		written = append(written, activity.GetInfo(ctx).ActivityType.Name)
		return workflows.WriteReplyResult{Fingerprint: r.Reply.Fingerprint()}, nil
	}
	answer(workflows.WriteReplyActivity, write)
	answer(workflows.GiveBackReplyActivity, write)
	env.OnSignalExternalWorkflow(anything, anything, anything, anything, anything).Return(nil)
	var longest time.Duration
	env.SetOnTimerScheduledListener(func(_ string, length time.Duration) { longest = max(longest, length) })
	first := absence.DateOf(reply.From)
	content := absence.Absence{HalfDays: []absence.HalfDay{
		{Date: first, Part: absence.Morning, Confirmed: true}, {Date: first.AddDays(4), Part: absence.Afternoon, Confirmed: true},
	}}
	env.ExecuteWorkflow(workflows.AutoReplies, workflows.RepliesState{
		Source: "demo", Employee: "416", Dirty: true, Absences: []workflows.RepliedAbsence{{Absence: "1", Content: &content}},
	})
	if err := env.GetWorkflowError(); err != nil || len(written) != 2 {
		t.Fatalf("wrote %v, %v", written, err)
	}
	if longest > 24*time.Hour {
		t.Errorf("a timer of %s", longest)
	}
	for _, one := range seen.seen {
		if one.Status != string(workflows.StatusSynced) {
			t.Errorf("the index tells %+v", seen.seen)
			break
		}
	}
	if len(seen.seen) == 0 {
		t.Error("the index tells nothing")
	}
}
