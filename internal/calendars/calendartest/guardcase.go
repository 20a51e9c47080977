package calendartest

import (
	"errors"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/egress"
)

// Checked is a Calendar that can be checked, as every adapter is.
type Checked interface {
	calendars.Calendar
	calendars.Checker
}

// RunRefused proves that an adapter whose transports are guarded by an
// egress.Policy{} never reaches a server on a private address, and says so: open
// opens a connection to such a server, arrived counts what came there.
func RunRefused(t *testing.T, open func(t *testing.T) Checked, arrived func() int) {
	t.Helper()
	c := open(t)
	_, err := c.Find(t.Context(), "someone@example.com", calendars.Key{Source: "acme", Absence: "1"})
	blocked, ok := errors.AsType[*calendars.Blocked](err)
	if !ok || blocked.Reason != calendars.ServerUnreachable || blocked.Scope != calendars.ScopeConnection ||
		blocked.Code != egress.Code {
		t.Errorf("Find: %v", err)
	}
	if refused, ok := errors.AsType[*egress.RefusedError](err); !ok || refused.Why != egress.Loopback {
		t.Errorf("Find does not say why: %v", err)
	}
	step := c.Check(t.Context(), "someone@example.com", true)[0]
	if step.Name != calendars.StepAddress || step.Outcome != calendars.StepFailed ||
		step.Finding != calendars.SettingsInvalid || !strings.Contains(step.Detail, egress.Code) {
		t.Errorf("Check: %+v", step)
	}
	if n := arrived(); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}
