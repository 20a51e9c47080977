package e2e_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// night is the Temporal Schedule of a synchronization's reconciliations.
func (p *Product) night(t *testing.T, synchronization string) client.ScheduleHandle {
	t.Helper()
	return p.temporal(t).ScheduleClient().GetHandle(t.Context(), "reconciliation-nightly-"+synchronization)
}

// waitNight waits until a synchronization has a schedule with this note.
func (p *Product) waitNight(t *testing.T, synchronization, note string) {
	t.Helper()
	c := p.temporal(t)
	eventually(t, "the night of "+synchronization+" is "+note, func() error {
		got, err := noteOf(t, c, synchronization)
		if err == nil && !strings.Contains(got, note) {
			err = fmt.Errorf("it is %s", got)
		}
		return err
	})
}

// noteOf is the note of a synchronization's schedule, which is plain where the rest is
// encrypted.
func noteOf(t *testing.T, c client.Client, synchronization string) (string, error) {
	t.Helper()
	there, err := c.WorkflowService().DescribeSchedule(t.Context(), &workflowservice.DescribeScheduleRequest{
		Namespace: "default", ScheduleId: "reconciliation-nightly-" + synchronization,
	})
	return there.GetSchedule().GetState().GetNotes(), err
}

// trigger has a night begin now, and waits for the end of the reconciliation that it
// starts.
func (p *Product) trigger(t *testing.T, synchronization string) operation {
	t.Helper()
	before := p.countReconciliations(t, synchronization)
	if err := p.night(t, synchronization).Trigger(t.Context(), client.ScheduleTriggerOptions{}); err != nil {
		t.Fatal(err)
	}
	return p.waitNightly(t, synchronization, before)
}

// reconciliations are those of a synchronization, the newest first.
func (p *Product) reconciliations(synchronization string) ([]operation, error) {
	var listed struct{ Items []operation }
	err := p.Admin(http.MethodGet, "/api/v1/reconciliations?synchronization="+synchronization, nil, http.StatusOK, &listed)
	return listed.Items, err
}

func (p *Product) countReconciliations(t *testing.T, synchronization string) (count int) {
	t.Helper()
	eventually(t, "the reconciliations are listed", func() error {
		all, err := p.reconciliations(synchronization)
		count = len(all)
		return err
	})
	return count
}

// waitNightly waits until one more reconciliation than before has been completed.
func (p *Product) waitNightly(t *testing.T, synchronization string, before int) (one operation) {
	t.Helper()
	eventuallyWithin(t, longTimeout(), "the night of "+synchronization+" is over", func() error {
		all, err := p.reconciliations(synchronization)
		if err != nil {
			return err
		}
		if len(all) != before+1 {
			return fmt.Errorf("%d reconciliations, want %d", len(all), before+1)
		}
		if one = all[0]; one.Status != "completed" {
			return fmt.Errorf("it is %s", one.Status)
		}
		return nil
	})
	return one
}

// Each active synchronization has a Temporal Schedule, whose night finds and repairs
// what nobody was told of; it follows the settings.
func TestEveryNightCalendarsAreComparedAndRepaired(t *testing.T) {
	t.Parallel()
	p, world := NewCompanyProduct(t)
	company := NewCompany(t, world, 9, 3)
	company.Since = day(0, 0)
	p.Start()
	p.InitializeAll(t, company.Since, false)
	for _, name := range []string{"demo-office365", "demo-exchange", "demo-google"} {
		p.waitNight(t, name, "02:00 within 3h0m0s")
	}
	if lost := company.loseSilently(t, "3", 1); lost != 1 {
		t.Fatalf("%d were lost", lost)
	}
	if told := p.trigger(t, "demo-google"); told.Counts.Surplus != 1 || told.Counts.Repaired != 1 {
		t.Errorf("%+v", told.Counts)
	}
	company.Check(t)

	const plain = "zone: Indian/Reunion, confirmAbove: 0"
	p.rewrite(t, plain, plain+`, reconciliation: {reportOnly: true, window: "03:30-04:00"}`)
	p.waitNight(t, "demo-google", "03:30 within 30m0s Indian/Reunion")
	company.loseSilently(t, "3", 2)
	events := world.marked(t)
	if told := p.trigger(t, "demo-google"); told.Counts.Surplus != 2 || told.Counts.Repaired != 0 || world.marked(t) != events {
		t.Errorf("it only reports: %+v, %d of %d events", told.Counts, world.marked(t), events)
	}

	p.rewrite(t, "reportOnly: true", "off: true")
	gone, c := (*serviceerror.NotFound)(nil), p.temporal(t)
	eventually(t, "there is no night any more", func() error {
		if _, err := noteOf(t, c, "demo-google"); !errors.As(err, &gone) {
			return fmt.Errorf("it is there: %w", err)
		}
		return nil
	})
	p.waitNight(t, "demo-exchange", "02:00 within")
}
