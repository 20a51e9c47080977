package e2e_test

import (
	"net/http"
	"slices"
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
	const was, now = `zone: Indian/Reunion, confirmAbove: 0`, `zone: Indian/Reunion, confirmAbove: 0, policy: {label: "Elsewhere", rules: [{accounts: ["name:RTT"], private: true}]}`
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
	total := 0
	for _, one := range report.ByRule {
		total += one.Changes + one.Deletions
	}
	if total != number || len(report.ByRule) == 0 {
		t.Errorf("by rule: %+v, want %d in all", report.ByRule, number)
	}

	at := compare(true)
	one := p.waitOperation(t, at, "waiting")
	if one.Breaker == nil || one.Breaker.Changes != number || one.Breaker.Deletions != 0 {
		t.Fatalf("it waits for %+v, want %d changes", one.Breaker, number)
	}
	company.Check(t)
	if err := p.Admin(http.MethodPost, at+"/approve", approval{Changes: number}, http.StatusAccepted, nil); err != nil {
		t.Fatal(err)
	}
	if done := p.waitOperation(t, at, "completed"); done.Counts.Repaired != number || !slices.EqualFunc(done.ByRule, report.ByRule, func(done, told byRule) bool {
		return done.Rule == told.Rule && slices.Equal(done.Accounts, told.Accounts) && done.Changes == told.Changes && done.Repaired == told.Changes
	}) {
		t.Errorf("%+v, %+v, want %d repaired", done.Counts, done.ByRule, number)
	}
	if after := p.waitOperation(t, compare(false), "completed"); after.Counts.differences() != 0 || after.Counts.Right < number {
		t.Errorf("afterwards: %+v", after.Counts)
	}
}
