package workflows_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/workflows"
)

// silent makes the writes of some absences report to nobody.
func (c *company) silent(absences ...string) {
	c.apply = func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
		for _, one := range absences {
			if r.Absence == one {
				r.Report = ""
			}
		}
		return c.writeAndTell(ctx, r)
	}
}

// An absence whose workflow was terminated, or that reported to somebody else, never
// reports: the initialization asks for it, and does not wait for ever.
func TestAnInitializationDoesNotWaitForEver(t *testing.T) {
	for name, c := range map[string]struct {
		answer []workflows.Settled
		want   workflows.Counts
		asked  int
	}{
		"it was terminated":     {[]workflows.Settled{{Absence: "1-0-3", Status: workflows.StatusBlocked, Reason: "workflow-ended"}}, workflows.Counts{Total: 10, Synced: 9, Blocked: 1}, 1},
		"it reported elsewhere": {[]workflows.Settled{{Absence: "1-0-3", Status: workflows.StatusSynced}}, workflows.Counts{Total: 10, Synced: 9, Unchanged: 1}, 1},
		"it is under way still": {nil, workflows.Counts{Total: 10, Synced: 9, Retrying: 1}, 5},
	} {
		t.Run(name, func(t *testing.T) {
			co := newCompany(t)
			co.fill("1", 1, 10)
			co.silent("1-0-3")
			co.answers = func([]string) []workflows.Settled { return c.answer }
			progress, err := co.initialize(oneEntity)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, progress.Counts); diff != "" || co.asked != c.asked {
				t.Errorf("asked %d times, want %d; counts differ (-want +got):\n%s", co.asked, c.asked, diff)
			}
		})
	}
}

// A cancelled initialization ends although absences do not report, and tells what it
// wrote.
func TestACancelledInitializationTellsWhatItWrote(t *testing.T) {
	c := newCompany(t)
	c.fill("1", 1, 10)
	c.silent("1-0-3")
	c.RegisterDelayedCallback(c.CancelWorkflow, time.Minute)
	_, err := c.initialize(oneEntity)
	var progress workflows.Progress
	canceled := (*temporal.CanceledError)(nil)
	if !errors.As(err, &canceled) || canceled.Details(&progress) != nil {
		t.Fatalf("ended with %v, want cancelled with its progress", err)
	}
	if diff := cmp.Diff(workflows.Counts{Total: 10, Synced: 9, Retrying: 1}, progress.Counts); diff != "" {
		t.Errorf("counts differ (-want +got):\n%s", diff)
	}
}
