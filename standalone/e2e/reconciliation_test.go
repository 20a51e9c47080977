package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What webhooks missed and what people did to their calendars is found, told by kind,
// and put right; a second look finds nothing.
func TestReconciliationFindsAndRepairsExactlyWhatDiffers(t *testing.T) {
	t.Parallel()
	p, world := NewCompanyProduct(t)
	company := NewCompany(t, world, 45, 4)
	p.Start()
	p.InitializeAll(t, company.Since, false)
	company.Check(t)
	for i, name := range []string{"demo-office365", "demo-exchange", "demo-google"} {
		if got := p.reconcile(t, company, name); got.Status != "completed" || got.Counts.differences() != 0 || got.Counts.Right != got.Counts.Events || got.Counts.Events != len(company.of(t, fmt.Sprint(i+1))) {
			t.Errorf("%s at first: %+v", name, got)
		}
	}
	want := map[string]reconciled{}
	for i, name := range []string{"demo-office365", "demo-exchange", "demo-google"} {
		want[name] = company.disturb(t, fmt.Sprint(i+1))
	}
	for name, counts := range want {
		told := p.reconcile(t, company, name)
		if diff := cmp.Diff(counts, told.Counts.kinds()); diff != "" {
			t.Errorf("%s (-want +told):\n%s\n%+v", name, diff, told.Differences)
		}
		if len(told.Differences) != counts.differences() {
			t.Errorf("%s lists %d differences, want %d", name, len(told.Differences), counts.differences())
		}
		repaired := p.reconcile(t, company, name, "--repair")
		if repaired.Status != "completed" || repaired.Counts.Repaired != counts.differences() {
			t.Errorf("%s: %+v, want %d repaired", name, repaired, counts.differences())
		}
		if again := p.reconcile(t, company, name); again.Counts.differences() != 0 {
			t.Errorf("%s the second time: %+v", name, again)
		}
	}
	company.Check(t)
}

// Figgo answers with an empty company: nothing is removed, and it says why.
func TestReconciliationDoesNotBelieveAnEmptyCompany(t *testing.T) {
	t.Parallel()
	p, world := NewCompanyProduct(t)
	company := NewCompany(t, world, 15, 3)
	p.Start()
	p.InitializeAll(t, company.Since, false)
	world.Break(t, fault{
		Target: "lucca", Match: "/lucca-api/leaves", Status: new(http.StatusOK), Times: forever, Headers: map[string]string{"Content-Type": "application/json"},
		Body: `{"type":"leaves","url":"/lucca-api/leaves","items":[],"totalCount":0,"links":{"next":null,"prev":null},"embedded":{}}`,
	})
	o := p.startReconciliation(t, company, "demo-google", "--repair")
	world.Mend(t)
	if o.code == 0 || !strings.Contains(o.stderr, "source-empty") || !strings.Contains(o.stderr, "nothing is concluded from that list") {
		t.Errorf("it ended with %d and says %q%q", o.code, o.stderr, o.stdout)
	}
	company.Check(t)
}

// What owners do to their events stays where the policy respects it, night after night,
// until the absence changes; what webhooks missed is written all the same.
func TestReconciliationRespectsOwners(t *testing.T) {
	t.Parallel()
	p, world := NewStoredProduct(t)
	p.Start()
	p.Change(t, "/api/v1/synchronizations/demo-google", func(body map[string]any) {
		policy, _ := body["policy"].(map[string]any)
		policy["ownerEdits"], policy["ownerDeletes"] = "respect", "respect"
	})
	who := documented[2]
	enter := func(date, silently string) (id string) {
		var made generated
		request := map[string]any{"employee": who.id, "startsOn": date, "status": "confirmed"}
		world.desk(t, http.MethodPost, "/sandbox/leaves"+silently, request, http.StatusCreated, &made)
		return made.ID
	}
	company := Company{world: world, Since: day(0, 0)}
	p.reconcile(t, company, "demo-google", "--repair")
	deleted, edited := enter(day(28, 0), ""), enter(day(28, 2), "")
	world.WaitEvents(t, who, day(28, 0), day(28, 3), who.allDay(day(28, 0), day(28, 1), true), who.allDay(day(28, 2), day(28, 3), true))
	p.WaitStatus(t, deleted, "synced")
	p.WaitStatus(t, edited, "synced")
	events := "/sandbox/mailboxes/" + who.email + "/events/"
	world.desk(t, http.MethodDelete, events+company.eventOf(t, who, who.allDay(day(28, 0), day(28, 1), true)), nil, http.StatusNoContent, nil)
	world.desk(t, http.MethodPatch, events+company.eventOf(t, who, who.allDay(day(28, 2), day(28, 3), true)), map[string]string{"subject": "Mine"}, http.StatusOK, nil)
	enter(day(30, 0), "?silent=true")

	first := p.reconcile(t, company, "demo-google", "--repair")
	if c := first.Counts; c.Left != 2 || c.Missing != 1 || c.Edited != 0 || c.Repaired != 1 {
		t.Errorf("the first night: %+v", first)
	}
	second := p.reconcile(t, company, "demo-google", "--repair")
	if c := second.Counts; c.Left != 2 || c.differences() != 0 {
		t.Errorf("the second night: %+v", second)
	}
	for id, want := range map[string]bool{deleted: true, edited: false} {
		story := p.WaitStatus(t, id, "synced").Story
		if told := strings.Contains(string(encode(story)), "owner-deleted"); told != want {
			t.Errorf("the story of %s is %+v", id, story)
		}
	}
	p.Change(t, "/api/v1/synchronizations/demo-google", func(body map[string]any) {
		policy, _ := body["policy"].(map[string]any)
		policy["ownerEdits"], policy["ownerDeletes"] = "restore", "restore"
	})
	third := p.reconcile(t, company, "demo-google", "--repair")
	if c := third.Counts; c.Left != 0 || c.Missing != 1 || c.Edited != 1 || c.Repaired != 2 {
		t.Errorf("once they are restored: %+v", third)
	}
}

// disturb changes what Figgo says without a word and what calendars of a legal entity
// show, and returns what a reconciliation must find.
func (c Company) disturb(t *testing.T, legalEntity string) reconciled {
	t.Helper()
	leaves, people := c.of(t, legalEntity), c.people(t)
	slices.SortFunc(leaves, func(a, b generated) int { return strings.Compare(a.ID, b.ID) })
	if len(leaves) < 12 {
		t.Fatalf("only %d absences", len(leaves))
	}
	var want reconciled
	desk := func(method, path string, body any, status int) { c.world.desk(t, method, path, body, status, nil) }
	for _, lost := range leaves[:3] { // a deletion that nobody was told of
		desk(http.MethodDelete, "/sandbox/leaves/"+lost.ID+"?silent=true", nil, http.StatusOK)
		want.Surplus++
	}
	event := func(leave generated) string {
		who := people[leave.Employee]
		return "/sandbox/mailboxes/" + who.email + "/events/" + c.eventOf(t, who, leave.view(t, who))
	}
	for _, gone := range leaves[3:6] { // owners delete
		desk(http.MethodDelete, event(gone), nil, http.StatusNoContent)
		want.Missing++
	}
	for _, edited := range leaves[6:8] { // owners rename
		desk(http.MethodPatch, event(edited), map[string]string{"subject": "Mine"}, http.StatusOK)
		want.Edited++
	}
	owner := leaves[8].Employee
	for _, week := range []int{40, 44} { // requests that nobody was told of
		body := map[string]any{"employee": json.Number(owner), "startsOn": day(week, 0), "endsOn": day(week, 1), "status": "confirmed"}
		desk(http.MethodPost, "/sandbox/leaves?silent=true", body, http.StatusCreated)
		want.Missing++
	}
	return want
}

// eventOf is the desk's id of an event as it looks.
func (c Company) eventOf(t *testing.T, who person, looks View) string {
	t.Helper()
	var listed []struct {
		ID string `json:"id"`
		View
	}
	c.world.desk(t, http.MethodGet, "/sandbox/mailboxes/"+who.email+"/events", nil, http.StatusOK, &listed)
	for _, one := range listed {
		if one.Start == looks.Start && one.End == looks.End {
			return one.ID
		}
	}
	t.Fatalf("no event like %+v among %+v", looks, listed)
	return ""
}

// reconciled are the counts of a reconciliation.
type reconciled struct {
	Mailboxes int `json:"mailboxes"`
	Absences  int `json:"absences"`
	Events    int `json:"events"`
	Right     int `json:"right"`
	Missing   int `json:"missing"`
	Surplus   int `json:"surplus"`
	Duplicate int `json:"duplicate"`
	Edited    int `json:"edited"`
	Misplaced int `json:"misplaced"`
	Repaired  int `json:"repaired"`
	Blocked   int `json:"blocked"`
	Left      int `json:"left"`
}

func (r reconciled) differences() int {
	return r.Missing + r.Surplus + r.Duplicate + r.Edited + r.Misplaced
}

// kinds are the differences alone.
func (r reconciled) kinds() reconciled {
	return reconciled{Missing: r.Missing, Surplus: r.Surplus, Duplicate: r.Duplicate, Edited: r.Edited, Misplaced: r.Misplaced}
}

type reconciliation struct {
	Status      string           `json:"status"`
	Counts      reconciled       `json:"counts"`
	Differences []map[string]any `json:"differences"`
}

func (p *Product) startReconciliation(t *testing.T, company Company, synchronization string, args ...string) outcome {
	t.Helper()
	settings := []string{"--config", p.Config, "--payload-keyset", filepath.Join(p.DataDir, "payload-keyset.json")}
	if p.Stored {
		settings = []string{"--data-dir", p.DataDir}
	}
	return runToEnd(t, append(append([]string{
		"start", "reconciliation", "--allow-insecure-endpoints", "--temporal-address", loopback(p.GRPC), "--json", "--synchronization", synchronization, "--from", company.Since,
	}, settings...), args...)...)
}

func (p *Product) reconcile(t *testing.T, company Company, synchronization string, args ...string) reconciliation {
	t.Helper()
	o := p.startReconciliation(t, company, synchronization, args...)
	lines := strings.Split(strings.TrimSpace(o.stdout), "\n")
	var last reconciliation
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || o.code != 0 {
		t.Fatalf("it ended with %d, %v\n%s%s", o.code, err, o.stdout, o.stderr)
	}
	return last
}
