package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// operation is what REST tells of a reconciliation or a removal.
type operation struct {
	ID      string       `json:"id"`
	Status  string       `json:"status"`
	Phase   string       `json:"phase"`
	Breaker *approval    `json:"breaker"`
	Counts  reconciled   `json:"counts"`
	Failure string       `json:"failure"`
	Reason  string       `json:"reason"`
	What    string       `json:"what"`
	Do      string       `json:"do"`
	Found   []difference `json:"differences"`
	ByRule  []byRule     `json:"byRule"`
}

// byRule are the differences that one rule is about.
type byRule struct {
	Rule      int      `json:"rule"`
	Accounts  []string `json:"accounts"`
	Changes   int      `json:"changes"`
	Deletions int      `json:"deletions"`
	Repaired  int      `json:"repaired"`
}

type approval struct {
	Deletions int `json:"deletions"`
	Changes   int `json:"changes"`
	Of        int `json:"of,omitempty"`
}

type difference struct {
	Kind     string `json:"kind"`
	Absence  string `json:"absence"`
	Employee string `json:"employee"`
	Name     string `json:"employeeName"`
	Day      string `json:"day"`
}

// beginOperation starts an operation by REST and returns its address.
func (p *Product) beginOperation(t *testing.T, kind string, body map[string]any) string {
	t.Helper()
	var begun operation
	if err := p.Admin(http.MethodPost, "/api/v1/"+kind, body, http.StatusAccepted, &begun); err != nil {
		t.Fatal(err)
	}
	return "/api/v1/" + kind + "/" + begun.ID
}

// waitOperation waits until an operation has a status.
func (p *Product) waitOperation(t *testing.T, at, status string) (one operation) {
	t.Helper()
	eventually(t, at+" is "+status, func() error {
		if err := p.Admin(http.MethodGet, at, nil, http.StatusOK, &one); err != nil {
			return err
		}
		if one.Status != status {
			return fmt.Errorf("it is %s", one.Status)
		}
		return nil
	})
	return one
}

// More than a few deletions wait until somebody approves that very number, by REST; a
// removal takes out the rest by the number that its preview counted. What is listed
// tells the same.
func TestOperationsByREST(t *testing.T) {
	t.Parallel()
	p, world := NewCompanyProduct(t)
	company := NewCompany(t, world, 60, 4)
	p.Start()
	p.InitializeAll(t, company.Since, false)
	company.Check(t)
	lost := company.loseSilently(t, "3", 55)
	at := p.beginOperation(t, "reconciliations", map[string]any{"synchronization": "demo-google", "repair": true, "from": company.Since})
	one := p.waitOperation(t, at, "waiting")
	if one.Breaker == nil || one.Breaker.Deletions != lost || one.Breaker.Changes != 0 || one.Counts.Surplus != lost {
		t.Fatalf("it waits for %+v after %+v, want %d deletions", one.Breaker, one.Counts, lost)
	}
	if found := one.Found[0]; found.Kind != "surplus" || found.Absence == "" || found.Day == "" {
		t.Errorf("%+v", found)
	}
	p.refusesOtherNumbers(t, at, lost)
	if err := p.Admin(http.MethodPost, at+"/approve", approval{Deletions: lost}, http.StatusAccepted, nil); err != nil {
		t.Fatal(err)
	}
	if one = p.waitOperation(t, at, "completed"); one.Counts.Repaired != lost {
		t.Errorf("%+v, want %d repaired", one.Counts, lost)
	}
	company.Check(t)

	var listed struct{ Items []operation }
	if err := p.Admin(http.MethodGet, "/api/v1/reconciliations?synchronization=demo-google", nil, http.StatusOK, &listed); err != nil ||
		len(listed.Items) != 1 || listed.Items[0].Counts != one.Counts || listed.Items[0].Status != "completed" {
		t.Errorf("%+v, %v", listed, err)
	}
	p.approvesByCommand(t, company)
	rest := len(company.of(t, "3"))
	at = p.beginOperation(t, "removals", map[string]any{"source": "demo", "legalEntity": "3", "dryRun": true})
	if one = p.waitOperation(t, at, "completed"); one.Counts.Events != rest {
		t.Errorf("the preview counts %+v, want %d events", one.Counts, rest)
	}
	err := p.Admin(http.MethodPost, "/api/v1/removals", map[string]any{"synchronization": "demo-google"}, http.StatusUnprocessableEntity, nil)
	if err != nil {
		t.Errorf("of an active synchronization in a settings file: %v", err)
	}
}

// approvesByCommand lets one that waits go on from a shell.
func (p *Product) approvesByCommand(t *testing.T, company Company) {
	t.Helper()
	lost := company.loseSilently(t, "1", 55)
	begun := p.startReconciliation(t, company, "demo-office365", "--repair", "--wait=false")
	var one operation
	if err := json.Unmarshal([]byte(begun.stdout), &one); err != nil || begun.code != 0 || !strings.HasPrefix(one.ID, "reconciliation/demo/") {
		t.Fatalf("it was not started: %v %s%s", err, begun.stdout, begun.stderr)
	}
	p.waitOperation(t, "/api/v1/reconciliations/demo."+strings.TrimPrefix(one.ID, "reconciliation/demo/"), "waiting")
	approve := func(deletions int) outcome {
		return runToEnd(t, "approve", "reconciliation", one.ID, "--config", p.Config, "--allow-insecure-endpoints", "--temporal-address", loopback(p.GRPC),
			"--payload-keyset", filepath.Join(p.DataDir, "payload-keyset.json"), "--deletions", strconv.Itoa(deletions))
	}
	if o := approve(lost + 1); o.code == 0 || !strings.Contains(o.stderr, fmt.Sprintf("would delete %d events", lost)) {
		t.Errorf("other numbers: %d %s%s", o.code, o.stdout, o.stderr)
	}
	if o := approve(lost); o.code != 0 || !strings.Contains(o.stdout, fmt.Sprintf("%d repaired", lost)) {
		t.Errorf("the right ones: %d %s%s", o.code, o.stdout, o.stderr)
	}
	company.Check(t)
}

// refusesOtherNumbers tells the right ones.
func (p *Product) refusesOtherNumbers(t *testing.T, at string, deletions int) {
	t.Helper()
	err := p.Admin(http.MethodPost, at+"/approve", approval{Deletions: deletions - 1}, http.StatusAccepted, nil)
	refused, ok := errors.AsType[*statusError](err)
	if want := fmt.Sprintf(`"deletions":%d`, deletions); !ok || refused.status != http.StatusConflict || !strings.Contains(refused.what, want) {
		t.Errorf("other numbers: %v, want a conflict with %s", err, want)
	}
}

// An empty company's reconciliation fails and tells what to do; one that waits can be
// cancelled.
func TestRefusedOperationsTellWhatToDo(t *testing.T) {
	t.Parallel()
	p, world := NewCompanyProduct(t)
	company := NewCompany(t, world, 15, 3)
	p.Start()
	p.InitializeAll(t, company.Since, false)
	world.Break(t, fault{
		Target: "lucca", Match: "/lucca-api/leaves", Status: new(http.StatusOK), Times: forever, Headers: map[string]string{"Content-Type": "application/json"},
		Body: `{"type":"leaves","url":"/lucca-api/leaves","items":[],"totalCount":0,"links":{"next":null,"prev":null},"embedded":{}}`,
	})
	at := p.beginOperation(t, "reconciliations", map[string]any{"synchronization": "demo-exchange", "repair": true, "from": company.Since})
	one := p.waitOperation(t, at, "failed")
	world.Mend(t)
	if one.Reason != "source-empty" || one.What == "" || !strings.Contains(one.Do, "Lucca") {
		t.Errorf("%+v", one)
	}
	company.Check(t)
}

// loseSilently has Figgo forget absences of a legal entity without a word, at most so
// many, and returns how many there were.
func (c Company) loseSilently(t *testing.T, legalEntity string, most int) int {
	t.Helper()
	leaves := c.of(t, legalEntity)
	slices.SortFunc(leaves, func(a, b generated) int { return strings.Compare(a.ID, b.ID) })
	leaves = leaves[:min(most, len(leaves)-1)]
	for _, lost := range leaves {
		c.world.desk(t, http.MethodDelete, "/sandbox/leaves/"+lost.ID+"?silent=true", nil, http.StatusOK, nil)
	}
	return len(leaves)
}
