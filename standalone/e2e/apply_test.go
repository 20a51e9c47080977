package e2e_test

import (
	"net/http"
	"testing"
)

// A changed policy reaches the events that are there by a reconciliation: shown first,
// waiting for an agreement to their number, and complete; then there is no difference.
func TestAChangedPolicyReachesWhatIsThere(t *testing.T) {
	t.Parallel()
	p, world := NewCompanyProduct(t)
	company := NewCompany(t, world, 60, 4)
	p.Start()
	p.InitializeAll(t, company.Since, false)
	company.Check(t)
	const was, now = `zone: Indian/Reunion, confirmAbove: 0`, `zone: Indian/Reunion, confirmAbove: 0, policy: {label: "Elsewhere"}`
	p.rewrite(t, was, now)
	compare := func(repair bool) string {
		return p.beginOperation(t, "reconciliations", map[string]any{"synchronization": "demo-google", "repair": repair, "from": company.Since})
	}

	report := p.waitOperation(t, compare(false), "completed")
	number := len(company.of(t, "3"))
	if report.Counts.Edited != number || report.Counts.differences() != number {
		t.Fatalf("it would change %+v, want the %d absences and nothing else", report.Counts, number)
	}
	company.Check(t) // nothing was written

	at := compare(true)
	one := p.waitOperation(t, at, "waiting")
	if one.Breaker == nil || one.Breaker.Changes != number || one.Breaker.Deletions != 0 {
		t.Fatalf("it waits for %+v, want %d changes", one.Breaker, number)
	}
	company.Check(t)
	if err := p.Admin(http.MethodPost, at+"/approve", approval{Changes: number}, http.StatusAccepted, nil); err != nil {
		t.Fatal(err)
	}
	if done := p.waitOperation(t, at, "completed"); done.Counts.Repaired != number {
		t.Errorf("%+v, want %d repaired", done.Counts, number)
	}
	if after := p.waitOperation(t, compare(false), "completed"); after.Counts.differences() != 0 || after.Counts.Right < number {
		t.Errorf("afterwards: %+v", after.Counts)
	}
}
