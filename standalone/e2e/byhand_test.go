package e2e_test

import (
	"os/exec"
	"testing"
)

// byHand starts and ends an absence with nothing but Temporal's own command line,
// as the guide shows it. Its input is plain JSON although payloads are encrypted.
func byHand(t *testing.T, p *Product, world *World) {
	temporal, err := exec.LookPath("temporal")
	if err != nil {
		t.Skip("the temporal command is not in PATH: go install github.com/temporalio/cli/cmd/temporal@v1.5.1")
	}
	const date, after = "2026-12-01", "2026-12-02"
	signal := func(name, input string) {
		t.Helper()
		cmd := exec.Command(temporal, "workflow", "signal-with-start", "--address", loopback(p.GRPC),
			"--type", "AbsenceLifecycle", "--task-queue", "figgosync", "--workflow-id", "absence/demo/manual-1",
			"--input", `{"source":"demo","absence":"manual-1"}`, "--signal-name", name, "--signal-input", input)
		cmd.Env = environment(t.TempDir())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("temporal workflow signal-with-start: %v\n%s", err, out)
		}
	}
	const body = `{"employee":"416","absence":{"halfDays":[{"date":"2026-12-01","part":"am"},{"date":"2026-12-01","part":"pm"}]}}`
	signal("approved", body)
	world.WaitEvents(t, jane, date, after, jane.allDay(date, after, true))
	p.WaitStatus(t, "manual-1", "synced")
	signal("deleted", body)
	world.WaitEvents(t, jane, date, after)
	p.WaitStatus(t, "manual-1", "deleted")
}
