package e2e_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// An initialization that would change most of what is there touches nothing before
// somebody approves the very number, by REST or from a shell; cancelled, it changed
// nothing. One that finds all as it was asks nobody.
func TestAnInitializationWaitsForItsNumbers(t *testing.T) {
	t.Parallel()
	p, world := NewCompanyProduct(t)
	company := NewCompany(t, world, 60, 4)
	p.Start()
	p.InitializeAll(t, company.Since, false)
	company.Check(t)
	p.InitializeAll(t, company.Since, false) // all is right: nothing waits
	const was, hours = `zone: Indian/Reunion, confirmAbove: 0`, `zone: Indian/Reunion, confirmAbove: 0, policy: {label: "Elsewhere"}`
	p.rewrite(t, was, hours)
	rest := len(company.of(t, "3"))
	again := initialization{Synchronization: "demo-google", Since: company.Since}

	at := "/api/v1/initializations/" + p.Initialize(t, again)
	one := p.waitOperation(t, at, "waiting")
	if one.Breaker == nil || one.Breaker.Changes != rest || one.Breaker.Deletions != 0 || one.Breaker.Of < rest {
		t.Fatalf("it waits for %+v, want %d changes", one.Breaker, rest)
	}
	company.Check(t)
	if err := p.Admin(http.MethodDelete, at, nil, http.StatusAccepted, nil); err != nil {
		t.Fatal(err)
	}
	p.waitOperation(t, at, "cancelled")
	company.Check(t)

	id := p.Initialize(t, again)
	p.waitOperation(t, "/api/v1/initializations/"+id, "waiting")
	approve := func(changes int) outcome {
		return runToEnd(t, "approve", "initialization", id, "--config", p.Config, "--allow-insecure-endpoints", "--temporal-address", loopback(p.GRPC),
			"--payload-keyset", filepath.Join(p.DataDir, "payload-keyset.json"), "--changes", fmt.Sprint(changes))
	}
	if o := approve(rest - 1); o.code == 0 || !strings.Contains(o.stderr, fmt.Sprintf("change %d", rest)) {
		t.Errorf("other numbers: %d %s%s", o.code, o.stdout, o.stderr)
	}
	company.Check(t)
	if o := approve(rest); o.code != 0 || !strings.Contains(o.stdout, fmt.Sprintf("%d written", rest)) {
		t.Errorf("the right ones: %d %s%s", o.code, o.stdout, o.stderr)
	}
	p.rewrite(t, hours, was)
	id = p.Initialize(t, again)
	p.waitOperation(t, "/api/v1/initializations/"+id, "waiting")
	if err := p.Admin(http.MethodPost, "/api/v1/initializations/"+id+"/approve", approval{Changes: rest}, http.StatusAccepted, nil); err != nil {
		t.Fatal(err)
	}
	if done := p.WaitInitialized(t, id, "completed"); done.Counts.Synced != rest {
		t.Errorf("%+v, want %d written", done.Counts, rest)
	}
	company.Check(t)
}
