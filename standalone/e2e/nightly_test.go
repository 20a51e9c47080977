package e2e_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"go.temporal.io/sdk/client"
)

// Each active synchronization has a Temporal Schedule, whose night finds and repairs
// what nobody was told of.
func TestEveryNightCalendarsAreComparedAndRepaired(t *testing.T) {
	t.Parallel()
	p, world := NewCompanyProduct(t)
	company := NewCompany(t, world, 9, 3)
	p.Start()
	p.InitializeAll(t, company.Since, false)
	before := world.marked(t)
	lost := company.of(t, "3")[0]
	world.desk(t, http.MethodDelete, "/sandbox/leaves/"+lost.ID+"?silent=true", nil, http.StatusOK, nil)

	schedules := p.temporal(t).ScheduleClient()
	eventually(t, "there are schedules", func() error {
		for _, name := range []string{"demo-office365", "demo-exchange", "demo-google"} {
			if _, err := schedules.GetHandle(t.Context(), "reconciliation-nightly-"+name).Describe(t.Context()); err != nil {
				return err
			}
		}
		return nil
	})
	night := schedules.GetHandle(t.Context(), "reconciliation-nightly-demo-google")
	if err := night.Trigger(t.Context(), client.ScheduleTriggerOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the night repaired it", func() error {
		there, err := night.Describe(t.Context())
		switch left := world.marked(t); {
		case err != nil:
			return err
		case there.Info.NumActions == 0:
			return errors.New("nothing was started")
		case left != before-1:
			return fmt.Errorf("%d events are there, want %d", left, before-1)
		}
		return nil
	})
}
