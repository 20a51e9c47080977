package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
	before := len(p.reconciliations(t, synchronization))
	if err := p.night(t, synchronization).Trigger(t.Context(), client.ScheduleTriggerOptions{}); err != nil {
		t.Fatal(err)
	}
	return p.waitNightly(t, synchronization, before)
}

func (p *Product) reconciliations(t *testing.T, synchronization string) []operation {
	t.Helper()
	var listed struct{ Items []operation }
	if err := p.Admin(http.MethodGet, "/api/v1/reconciliations?synchronization="+synchronization, nil, http.StatusOK, &listed); err != nil {
		t.Fatal(err)
	}
	return listed.Items
}

// waitNightly waits until one more reconciliation than before has been completed.
func (p *Product) waitNightly(t *testing.T, synchronization string, before int) (one operation) {
	t.Helper()
	eventuallyWithin(t, 3*timeout, "the night of "+synchronization+" is over", func() error {
		all := p.reconciliations(t, synchronization)
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

// theirs are events as their owners see them, by mailbox and id.
type theirs map[string]json.RawMessage

// mailbox are all events of one, as the desk tells them.
func (c Company) mailbox(t *testing.T, email string) theirs {
	t.Helper()
	var listed []json.RawMessage
	c.world.desk(t, http.MethodGet, "/sandbox/mailboxes/"+email+"/events", nil, http.StatusOK, &listed)
	all := theirs{}
	for _, one := range listed {
		var event struct{ ID string }
		if err := json.Unmarshal(one, &event); err != nil {
			t.Fatal(err)
		}
		all[email+" "+event.ID] = one
	}
	return all
}

// annotate has owners write notes into some events that are right, and copy one, and
// returns those events.
func (c Company) annotate(t *testing.T, legalEntity string) theirs {
	t.Helper()
	people, all := c.people(t), theirs{}
	leaves := c.of(t, legalEntity)
	slices.SortFunc(leaves, func(a, b generated) int { return strings.Compare(a.ID, b.ID) })
	for i, leave := range leaves[9:12] {
		who := people[leave.Employee]
		id := c.eventOf(t, who, leave.view(t, who))
		at := "/sandbox/mailboxes/" + who.email + "/events/" + id
		note := map[string]any{"body": "my own notes " + leave.ID, "categories": []string{"Mine"}}
		c.world.desk(t, http.MethodPatch, at, note, http.StatusOK, nil)
		if i == 0 {
			c.world.desk(t, http.MethodPost, at+"/copy", map[string]string{"start": day(30, 1), "end": day(30, 2)}, http.StatusCreated, nil)
		}
		for key, event := range c.mailbox(t, who.email) {
			if key == who.email+" "+id || strings.Contains(string(event), "my own notes") {
				all[key] = event
			}
		}
	}
	return all
}

// The first night after a bad time: webhooks were lost, owners deleted, changed, copied
// and annotated events, and Figgo answers with an error, half a page and an empty list.
// Killed on the way, it finds and repairs exactly what differs; the second night finds
// nothing, and what is the owners' is as it was.
func TestTheFirstNightRepairsExactlyWhatDiffers(t *testing.T) {
	t.Parallel()
	employees, each := 36, 4
	if fullSize > 0 {
		employees, each = 300, 10
	}
	p, world := NewCompanyProduct(t)
	company := NewCompany(t, world, employees, each)
	company.Since = day(0, 0)
	p.Start()
	p.InitializeAll(t, company.Since, false)
	company.Check(t)
	want, before := map[string]reconciled{}, theirs{}
	for i, provider := range providers {
		legalEntity := fmt.Sprint(i + 1)
		for key, event := range company.annotate(t, legalEntity) {
			before[key] = event
		}
		want["demo-"+provider.word] = company.disturb(t, legalEntity)
	}

	leaves := fault{Target: "lucca", Match: "/lucca-api/leaves", Times: 1, Headers: map[string]string{"Content-Type": "application/json"}}
	empty, failing, half := leaves, leaves, leaves
	empty.Status, empty.Body = new(http.StatusOK), `{"type":"leaves","url":"/lucca-api/leaves","items":[],"totalCount":0,"links":{"next":null,"prev":null},"embedded":{}}`
	failing.Status, half.Status, half.Body = new(http.StatusInternalServerError), new(http.StatusOK), `{"type":"leaves","items":[{"id":"`
	events := world.marked(t)
	world.Break(t, empty)
	if o := p.startReconciliation(t, company, "demo-google", "--repair"); o.code == 0 || !strings.Contains(o.stderr, "source-empty") || world.marked(t) != events {
		t.Errorf("of an empty list it ended with %d and left %d of %d events: %s", o.code, world.marked(t), events, o.stderr)
	}
	world.Break(t, failing)
	world.Break(t, half)
	world.Break(t, fault{Target: "google", Match: "/events", Delay: "500ms", Times: employees})
	runs := map[string]int{}
	for name := range want {
		p.waitNight(t, name, "02:00")
		runs[name] = len(p.reconciliations(t, name))
	}
	for name := range want {
		if err := p.night(t, name).Trigger(t.Context(), client.ScheduleTriggerOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		time.Sleep(2 * time.Second) // somewhere on the way
		p.Kill()
		p.Start()
	}
	for name, differences := range want {
		told := p.waitNightly(t, name, runs[name])
		if diff := cmp.Diff(differences, told.Counts.kinds()); diff != "" || told.Counts.Repaired != differences.differences() {
			t.Errorf("%s: %d repaired (-want +told):\n%s%+v", name, told.Counts.Repaired, diff, told.Found)
		}
	}
	world.Mend(t)
	for name := range want {
		if told := p.trigger(t, name); told.Counts.differences() != 0 {
			t.Errorf("%s the second night: %+v", name, told.Counts)
		}
	}
	after := theirs{}
	for key := range before {
		email, _, _ := strings.Cut(key, " ")
		after[key] = company.mailbox(t, email)[key]
	}
	if diff := cmp.Diff(before, after); diff != "" || len(before) < 9 {
		t.Errorf("%d events of owners (-before +after):\n%s", len(before), diff)
	}
}
