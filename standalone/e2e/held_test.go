package e2e_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/figgosync/figgosync/workflows"
)

// Many absences that are deleted within a minute: all are held but for the first few,
// until one decision carries them out, or leaves all events. Killed meanwhile, nothing
// is forgotten.
func TestManyDeletionsAreHeld(t *testing.T) {
	t.Parallel()
	const atOnce, refused = workflows.DefaultHoldAbove / 10, 400
	employees, approved := 160, 100
	if fullSize > 0 {
		employees, approved = 280, 400
	}
	p, world := NewCompanyProduct(t)
	company := NewCompany(t, world, employees, 4)
	company.Since = day(-1, 0) // a comparison is not sure of half-days on its first day
	p.Start()
	p.InitializeAll(t, company.Since, false)
	var leaves []generated
	for _, legalEntity := range []string{"1", "2", "3"} {
		theirs := company.of(t, legalEntity)
		leaves = append(leaves, theirs[:len(theirs)-5]...) // an empty legal entity is not believed
	}
	all := world.marked(t)
	if len(leaves) < approved+refused || all != len(leaves)+15 {
		t.Fatalf("%d events of %d absences", all, len(leaves))
	}
	remove := func(some []generated) {
		for _, one := range some {
			world.desk(t, http.MethodDelete, "/sandbox/leaves/"+one.ID, nil, http.StatusOK, nil)
		}
	}

	remove(leaves[:1]) // a lone one is carried out at once
	p.held(t, world, 0, all-1)
	remove(leaves[1:approved])
	p.held(t, world, approved-atOnce, all-atOnce)
	p.decide(t, true)
	p.held(t, world, 0, all-approved)

	remove(leaves[approved : approved+refused]) // the count has begun anew
	p.held(t, world, refused-atOnce, all-approved-atOnce)
	p.Kill()
	p.Start()
	p.held(t, world, refused-atOnce, all-approved-atOnce)
	p.decide(t, false)
	p.held(t, world, 0, all-approved)
	left := 0
	for _, name := range []string{"demo-office365", "demo-exchange", "demo-google"} {
		counts := p.reconcile(t, company, name).Counts
		if left += counts.Left; counts.differences() != 0 {
			t.Errorf("%s: %+v: what was put back is not as it was", name, counts)
		}
	}
	if left != refused {
		t.Errorf("a comparison tells of %d events that were left, want %d", left, refused)
	}
}

// held waits until so many deletions are held and so many events of ours are there.
func (p *Product) held(t *testing.T, world *World, held, events int) {
	t.Helper()
	c := p.temporal(t)
	eventuallyWithin(t, 4*timeout, "deletions are held or carried out", func() error {
		count, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{
			Query: "FiggoSource = 'demo' AND FiggoStatus = 'held' AND ExecutionStatus = 'Running'",
		})
		if err != nil {
			return err
		}
		if there := world.marked(t); int(count.GetCount()) != held || there != events {
			return fmt.Errorf("%d are held, want %d; %d events, want %d", count.GetCount(), held, there, events)
		}
		return nil
	})
}

// decide decides by REST about all deletions of the source that are held, which the
// list tells.
func (p *Product) decide(t *testing.T, approve bool) {
	t.Helper()
	var listed struct {
		Items []struct{ Source, Absence, Employee string }
		Total int
	}
	var decided struct{ Count int }
	at := "/api/v1/held/demo/" + map[bool]string{true: "approve", false: "drop"}[approve]
	eventually(t, "another number is refused", func() error { // 503 while a busy engine does not answer in time
		return errors.Join(
			p.Admin(http.MethodGet, "/api/v1/held?source=demo", nil, http.StatusOK, &listed),
			p.Admin(http.MethodPost, at, map[string]int{"deletions": 1}, http.StatusConflict, nil),
		)
	})
	tried := false
	eventually(t, "it is decided", func() error {
		err := p.Admin(http.MethodPost, at, nil, http.StatusAccepted, &decided)
		if refused, ok := errors.AsType[*statusError](err); ok && refused.status == http.StatusConflict && tried {
			decided.Count, err = listed.Total, nil // the answer to the first try came too late
		}
		tried = true
		return err
	})
	if listed.Total == 0 || listed.Total != decided.Count || listed.Items[0].Source != "demo" || listed.Items[0].Absence == "" {
		t.Errorf("%+v were listed, %d decided", listed, decided.Count)
	}
	eventually(t, "once more is refused", func() error { return p.Admin(http.MethodPost, at, nil, http.StatusConflict, nil) })
}

// temporal is a client without the keyset, as an operator's.
func (p *Product) temporal(t *testing.T) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: loopback(p.GRPC)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}
