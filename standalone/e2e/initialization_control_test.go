package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Initializations are started, looked at, confirmed and cancelled by HTTP and by
// the command line; what is wrong with them is told.
func TestInitializationIsControlled(t *testing.T) {
	t.Parallel()
	p, world := NewCompanyProduct(t, confirmExchange)
	company := NewCompany(t, world, 30, 4)
	p.Start()
	t.Run("what is wrong is told at once", func(t *testing.T) { refusedInitializations(t, p) })
	t.Run("command line", func(t *testing.T) { commandLine(t, p, world, company) })
	t.Run("confirmation", func(t *testing.T) { confirmation(t, p, world, company) })
	t.Run("cancellation and what comes after", func(t *testing.T) { cancellation(t, p, company) })
	t.Run("temporal command line", func(t *testing.T) { initializationByHand(t, p, company) })
	t.Run("list", func(t *testing.T) { listInitializations(t, p) })
	company.Check(t)
}

// confirmExchange has the synchronization demo-exchange confirmed.
func confirmExchange(settings string) string {
	lines := strings.Split(settings, "\n")
	for i, line := range lines {
		if strings.Contains(line, "name: demo-exchange, source") {
			lines[i] = strings.Replace(line, "confirmAbove: 0", "confirmAbove: 3", 1)
		}
	}
	return strings.Join(lines, "\n")
}

func refusedInitializations(t *testing.T, p *Product) {
	for name, test := range map[string]struct {
		body   any
		status int
		say    string
	}{
		"unknown synchronization": {initialization{Synchronization: "nobody"}, http.StatusUnprocessableEntity, "no synchronization"},
		"foreign legal entity":    {initialization{Synchronization: "demo-google", LegalEntities: []string{"1"}}, http.StatusUnprocessableEntity, "not in the synchronization"},
		"bad date":                {map[string]string{"synchronization": "demo-google", "since": "2026-13-01"}, http.StatusBadRequest, "date"},
		"unknown field":           {map[string]string{"synchronisation": "demo-google"}, http.StatusBadRequest, "synchronisation"},
	} {
		t.Run(name, func(t *testing.T) {
			var problem struct {
				Detail string `json:"detail"`
				Errors []struct {
					Field  string `json:"field"`
					Detail string `json:"detail"`
				} `json:"errors"`
			}
			if err := p.Admin(http.MethodPost, "/api/v1/initializations", test.body, test.status, &problem); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(fmt.Sprint(problem), test.say) {
				t.Errorf("it says %+v, want something with %q", problem, test.say)
			}
		})
	}
	for _, call := range []struct{ method, path string }{
		{http.MethodGet, "/api/v1/initializations/demo.nobody"}, {http.MethodDelete, "/api/v1/initializations/demo.nobody"},
		{http.MethodPost, "/api/v1/initializations/demo.nobody/confirm"},
	} {
		if err := p.Admin(call.method, call.path, map[string]int{"employees": 1}, http.StatusNotFound, nil); err != nil {
			t.Error(err)
		}
	}
}

// start runs `start initialization` with these further arguments.
func (p *Product) start(t *testing.T, args ...string) outcome {
	t.Helper()
	keyset := filepath.Join(p.DataDir, "payload-keyset.json")
	return runToEnd(t, append([]string{
		"start", "initialization", "--config", p.Config, "--allow-insecure-endpoints", "--temporal-address", loopback(p.GRPC),
		"--payload-keyset", keyset,
	}, args...)...)
}

func commandLine(t *testing.T, p *Product, world *World, company Company) {
	leaves := len(company.of(t, "1"))
	world.CountWrites(t)
	o := p.start(t, "--synchronization", "demo-office365", "--since", company.Since, "--dry-run")
	for _, words := range []string{"completed", "legal entity 1: ", "to create, 0 to change", "employee "} {
		if !strings.Contains(o.stdout, words) {
			t.Errorf("the dry run does not say %q:\n%s", words, o.stdout)
		}
	}
	if o.code != 0 || world.Writes(t) != 0 {
		t.Errorf("the dry run ended with %d and made %d writes", o.code, world.Writes(t))
	}
	o = p.start(t, "--synchronization", "demo-office365", "--since", company.Since, "--legal-entity", "1", "--json")
	lines := strings.Split(strings.TrimSpace(o.stdout), "\n")
	var last Initialized
	for _, line := range lines {
		last = Initialized{}
		if err := json.Unmarshal([]byte(line), &last); err != nil {
			t.Fatalf("a line is not JSON: %v\n%s", err, line)
		}
	}
	if want := (counts{Total: leaves, Synced: leaves}); o.code != 0 || last.Status != "completed" || last.Counts != want {
		t.Errorf("it ended with %d, %q and %+v, want %+v", o.code, last.Status, last.Counts, want)
	}
	if one, err := p.Initialization(last.ID); err != nil || one.Counts != last.Counts {
		t.Errorf("the API knows it as %+v (%v)", one, err)
	}
	o = p.start(t, "--synchronization", "demo-office365", "--since", company.Since, "--wait=false")
	id := strings.TrimPrefix(strings.TrimSpace(o.stdout), "initialization/demo/")
	if one := p.WaitInitialized(t, "demo."+id, "completed"); one.Counts != (counts{Total: leaves, Unchanged: leaves}) {
		t.Errorf("once more it did %+v, want all %d unchanged", one.Counts, leaves)
	}
	world.Mend(t)
	for say, args := range map[string][]string{
		"no synchronization \"nobody\"": {"--synchronization", "nobody"},
		"is not in the synchronization": {"--synchronization", "demo-google", "--legal-entity", "1"},
		"write it as YYYY-MM-DD":        {"--synchronization", "demo-google", "--since", "1/10/2026"},
		"name the synchronization":      {},
		"nothing was written":           {"--synchronization", "demo-exchange", "--since", company.Since},
	} {
		if o := p.start(t, args...); o.code == 0 || !strings.Contains(o.stderr, say) {
			t.Errorf("%v ended with %d and says %q, want %q", args, o.code, o.stderr, say)
		}
	}
	blind := runToEnd(t, "start", "initialization", "--config", p.Config, "--allow-insecure-endpoints", "--temporal-address", loopback(p.GRPC),
		"--synchronization", "demo-office365", "--dry-run")
	if blind.code == 0 || !strings.Contains(blind.stderr, "--payload-keyset") {
		t.Errorf("without the keyset it ended with %d and says %q", blind.code, blind.stderr)
	}
}

// of are the leaves of one legal entity.
func (c Company) of(t *testing.T, legalEntity string) []generated {
	t.Helper()
	people := c.people(t)
	return slices.DeleteFunc(c.Leaves(t), func(l generated) bool { return people[l.Employee].legalEntity != legalEntity })
}

func confirmation(t *testing.T, p *Product, world *World, company Company) {
	leaves := len(company.of(t, "2"))
	id := p.Initialize(t, initialization{Synchronization: "demo-exchange", Since: company.Since})
	var waiting Initialized
	eventually(t, "it waits for a confirmation", func() (err error) {
		waiting, err = p.Initialization(id)
		if err == nil && (waiting.Phase != "confirming" || waiting.Status != "running") {
			err = errors.New("phase " + waiting.Phase)
		}
		return err
	})
	world.CountWrites(t)
	path := "/api/v1/initializations/" + id + "/confirm"
	if err := p.Admin(http.MethodPost, path, map[string]int{"employees": waiting.Employees + 1}, http.StatusConflict, nil); err != nil {
		t.Error(err)
	}
	if writes := world.Writes(t); writes != 0 {
		t.Errorf("%d writes before the confirmation", writes)
	}
	if err := p.Admin(http.MethodPost, path, map[string]int{"employees": waiting.Employees}, http.StatusAccepted, nil); err != nil {
		t.Fatal(err)
	}
	if one := p.WaitInitialized(t, id, "completed"); one.Counts != (counts{Total: leaves, Synced: leaves}) {
		t.Errorf("it did %+v, want %d written", one.Counts, leaves)
	}
	world.Mend(t)
	sure := p.Initialize(t, initialization{Synchronization: "demo-exchange", Since: company.Since, Confirm: waiting.Employees})
	if one := p.WaitInitialized(t, sure, "completed"); one.Counts != (counts{Total: leaves, Unchanged: leaves}) {
		t.Errorf("confirmed beforehand it did %+v, want %d unchanged", one.Counts, leaves)
	}
}

func cancellation(t *testing.T, p *Product, company Company) {
	id := p.Initialize(t, initialization{Synchronization: "demo-google", Since: company.Since})
	if err := p.Admin(http.MethodDelete, "/api/v1/initializations/"+id, nil, http.StatusAccepted, nil); err != nil {
		t.Fatal(err)
	}
	cancelled := p.WaitInitialized(t, id, "cancelled")
	t.Logf("cancelled after %+v", cancelled.Counts)
	leaves := len(company.of(t, "3"))
	again := p.WaitInitialized(t, p.Initialize(t, initialization{Synchronization: "demo-google", Since: company.Since}), "completed")
	if c := again.Counts; c.Total != leaves || c.Synced+c.Unchanged != leaves {
		t.Errorf("after a cancelled one it did %+v, want all %d", c, leaves)
	}
}

// initializationByHand starts some as the guide shows, with plain JSON although
// payloads are encrypted, and without an id.
func initializationByHand(t *testing.T, p *Product, company Company) {
	temporal, err := exec.LookPath("temporal")
	if err != nil {
		t.Skip("the temporal command is not in PATH: go install github.com/temporalio/cli/cmd/temporal@v1.5.1")
	}
	start := func(input string) string {
		t.Helper()
		cmd := exec.Command(temporal, "workflow", "start", "--address", loopback(p.GRPC), "--type", "Initialization",
			"--task-queue", "figgosync", "--input", input, "--output", "json")
		cmd.Env = environment(t.TempDir())
		out, err := cmd.Output()
		var started struct {
			WorkflowID string `json:"workflowId"`
		}
		if err != nil || json.Unmarshal(out, &started) != nil || started.WorkflowID == "" {
			t.Fatalf("temporal workflow start: %v\n%s", err, out)
		}
		return started.WorkflowID
	}
	leaves := len(company.of(t, "3"))
	id := start(`{"synchronization":"demo-google","since":"` + company.Since + `"}`)
	if one := p.WaitInitialized(t, id, "completed"); one.Counts.Total != leaves || one.Synchronization != "demo-google" {
		t.Errorf("by hand it did %+v for %q, want all %d", one.Counts, one.Synchronization, leaves)
	}
	for input, say := range map[string]string{
		`{"synchronization":"nobody"}`:                            `no synchronization "nobody"; known are demo-`,
		`{"synchronization":"demo-google","since":"2026-13-01"}`:  `"2026-13-01" is not a date`,
		`{"synchronization":"demo-google","legalEntities":["1"]}`: `it has 3`,
		`{"since":"2026-10-01"}`:                                  `name the synchronization`,
		`"demo-google"`:                                           `write it as {"synchronization":"NAME"`,
		`{"synchronization":"demo-google","legalEntities":"3"}`:   `legalEntities`,
	} {
		failed := p.WaitInitialized(t, start(input), "failed")
		if !strings.Contains(failed.Failure, say) {
			t.Errorf("%s fails with %q, want something with %q", input, failed.Failure, say)
		}
	}
}

func listInitializations(t *testing.T, p *Product) {
	var list struct {
		Items []Initialized `json:"items"`
	}
	if err := p.Admin(http.MethodGet, "/api/v1/initializations", nil, http.StatusOK, &list); err != nil {
		t.Fatal(err)
	}
	statuses := map[string]int{}
	for _, one := range list.Items {
		statuses[one.Status]++
		if one.Status == "completed" && !strings.HasPrefix(one.Synchronization, "demo-") {
			t.Errorf("the list does not tell what %s is about", one.Workflow.ID)
		}
	}
	for _, status := range []string{"completed", "cancelled", "failed"} {
		if statuses[status] == 0 {
			t.Errorf("the list has no %s one: %v", status, statuses)
		}
	}
}
