package e2e_test

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/workflows"
)

// TestRecordOperations records the histories of reconciliations, removals and held
// deletions.
func TestRecordOperations(t *testing.T) {
	if os.Getenv("FIGGOSYNC_RECORD") != "1" {
		t.Skip("nothing is recorded: set FIGGOSYNC_RECORD=1 to record new histories (make replay)")
	}
	p, world := NewCompanyProduct(t, holdFew)
	p.More = append(p.More, "--plain-payloads")
	company := NewCompany(t, world, 60, 3)
	company.Since = day(0, 0)
	p.Start()
	p.InitializeAll(t, company.Since, false)
	r := &recorder{p, world, company, p.temporal(t)}
	shapes := heldOperations(t, r)
	shapes = append(shapes, recordedReconciliations(t, r)...)
	shapes = append(shapes, recordedRemovals(t, r)...)
	if t.Failed() {
		return
	}
	for _, one := range shapes {
		record(t, r.client, one.name, one.workflowID, one.runID)
	}
}

// holdFew holds the deletions of a source from the fifth within an hour on.
func holdFew(settings string) string {
	return strings.Replace(settings, "    webhookSecret:", "    holdDeletionsAbove: 4\n    webhookSecret:", 1)
}

// heldOperations are a burst of deletions that is held and refused: one was carried out
// before and is put back.
func heldOperations(t *testing.T, r *recorder) []shape {
	t.Helper()
	leaves, events := r.company.of(t, "2")[:6], r.world.marked(t)
	for _, one := range leaves {
		r.world.desk(t, http.MethodDelete, "/sandbox/leaves/"+one.ID, nil, http.StatusOK, nil)
	}
	r.p.held(t, r.world, 5, events-1)
	r.p.decide(t, false)
	r.p.held(t, r.world, 0, events)
	shapes := []shape{{name: "deletions-refused", workflowID: workflows.DeletionsID("demo")}}
	for _, one := range leaves {
		standing, err := r.p.Absence(one.ID, "en")
		if err != nil {
			t.Fatal(err)
		}
		name := "deletion-held"
		for _, line := range standing.Story {
			if line.Event == workflows.EventRemoved {
				name = "deletion-put-back"
			}
		}
		shapes = append(shapes, shape{name: name, workflowID: workflows.AbsenceID("demo", one.ID)})
	}
	return shapes
}

func recordedReconciliations(t *testing.T, r *recorder) []shape {
	t.Helper()
	of := func(at string) string { return workflows.ReconciliationID("demo", shortOf(at)) }
	r.company.loseSilently(t, "1", 2)
	body := map[string]any{"synchronization": "demo-office365"}
	report := r.p.beginOperation(t, "reconciliations", body)
	r.p.waitOperation(t, report, "completed")
	body["repair"] = true
	repaired := r.p.beginOperation(t, "reconciliations", body)
	r.p.waitOperation(t, repaired, "completed")

	lost := r.company.loseSilently(t, "3", 55)
	body["synchronization"] = "demo-google"
	cancelled := r.p.beginOperation(t, "reconciliations", body)
	r.p.waitOperation(t, cancelled, "waiting")
	approved := r.p.beginOperation(t, "reconciliations", body)
	r.p.waitOperation(t, approved, "waiting")
	if err := errors.Join(
		r.p.Admin(http.MethodDelete, cancelled, nil, http.StatusAccepted, nil),
		r.p.Admin(http.MethodPost, approved+"/approve", approval{Deletions: lost}, http.StatusAccepted, nil),
	); err != nil {
		t.Fatal(err)
	}
	r.p.waitOperation(t, cancelled, "cancelled")
	r.p.waitOperation(t, approved, "completed")
	return []shape{
		{name: "reconciliation-report", workflowID: of(report)}, {name: "reconciliation-repaired", workflowID: of(repaired)},
		{name: "reconciliation-cancelled", workflowID: of(cancelled)}, {name: "reconciliation-approved", workflowID: of(approved)},
	}
}

func recordedRemovals(t *testing.T, r *recorder) []shape {
	t.Helper()
	of := func(at string) string { return workflows.RemovalID("demo", shortOf(at)) }
	body := map[string]any{"synchronization": "demo-exchange", "dryRun": true}
	counted := r.p.beginOperation(t, "removals", body)
	events := r.p.waitOperation(t, counted, "completed").Counts.Events
	r.p.rewrite(t, "confirmAbove: 0", "confirmAbove: 0, paused: true")
	delete(body, "dryRun")
	cancelled := r.p.beginOperation(t, "removals", body)
	r.p.waitOperation(t, cancelled, "waiting")
	approved := r.p.beginOperation(t, "removals", body)
	r.p.waitOperation(t, approved, "waiting")
	if err := errors.Join(
		r.p.Admin(http.MethodDelete, cancelled, nil, http.StatusAccepted, nil),
		r.p.Admin(http.MethodPost, approved+"/approve", approval{Deletions: events}, http.StatusAccepted, nil),
	); err != nil {
		t.Fatal(err)
	}
	r.p.waitOperation(t, cancelled, "cancelled")
	r.p.waitOperation(t, approved, "completed")
	return []shape{
		{name: "removal-counted", workflowID: of(counted)}, {name: "removal-cancelled", workflowID: of(cancelled)},
		{name: "removal-approved", workflowID: of(approved)},
	}
}

// shortOf is the workflow's own part of an operation's address.
func shortOf(at string) string { return at[strings.LastIndex(at, "demo.")+len("demo."):] }

// rewrite stops the product, changes its settings file and starts it again.
func (p *Product) rewrite(t *testing.T, old, changed string) {
	t.Helper()
	text := readFile(t, p.Config)
	if !strings.Contains(text, old) {
		t.Fatalf("no %q in the settings file", old)
	}
	p.Stop()
	if err := os.WriteFile(p.Config, []byte(strings.ReplaceAll(text, old, changed)), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Start()
}
