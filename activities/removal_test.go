package activities_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/workflows"
)

// payroll is a source whose people come two a page.
type payroll struct {
	figgo.Reader
	asked []string
}

func (p *payroll) EmployeesPage(_ context.Context, cursor, legalEntity string) (figgo.EmployeesPage, error) {
	p.asked = append(p.asked, fmt.Sprintf("%q of %d", cursor, 1+strings.Count(legalEntity, ",")))
	page := figgo.EmployeesPage{Employees: []figgo.EmployeeRecord{
		{Employee: figgo.Employee{ID: "1", Email: "Jane.Doe@example.com"}}, {Employee: figgo.Employee{ID: "2"}},
	}}
	if cursor == "" {
		page.Next = "second page"
	}
	return page, nil
}

type employer struct {
	*fixture
	reader figgo.Reader
}

func (e employer) Reader(context.Context, string) (figgo.Reader, error) { return e.reader, nil }

func TestListOwnersAsksForAHundredLegalEntitiesAtATime(t *testing.T) {
	t.Parallel()
	company := &payroll{}
	a := newFixture().activities()
	a.Directories = employer{newFixture(), company}
	request := workflows.OwnersRequest{Source: "demo"}
	for i := range 130 {
		request.LegalEntities = append(request.LegalEntities, fmt.Sprint(i))
	}
	var owners []workflows.Owner
	for range 10 {
		page, err := a.ListOwners(t.Context(), request)
		if err != nil || page.Trouble != nil {
			t.Fatal(err, page.Trouble)
		}
		owners = append(owners, page.Owners...)
		if request.Cursor = page.Next; page.Next == "" {
			break
		}
	}
	want := []string{`"" of 100`, `"second page" of 100`, `"" of 30`, `"second page" of 30`}
	if diff := cmp.Diff(want, company.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if len(owners) != 4 || owners[0] != (workflows.Owner{Employee: "1", Mailbox: "jane.doe@example.com"}) {
		t.Errorf("owners %+v", owners)
	}
}

func TestPlanRemovalSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		paused bool
		input  workflows.RemovalInput
		want   string
	}{
		{"nothing", true, workflows.RemovalInput{}, "name the synchronization"},
		{"active", false, workflows.RemovalInput{Synchronization: "s1"}, "pause it first"},
		{"active, counting only", false, workflows.RemovalInput{Synchronization: "s1", DryRun: true}, ""},
		{"another's legal entity", true, workflows.RemovalInput{Synchronization: "s1", LegalEntity: "4"}, "it has 3"},
		{"paused", true, workflows.RemovalInput{Synchronization: "s1", LegalEntity: "3"}, ""},
	} {
		f := newFixture()
		f.synchronization.Paused = c.paused
		plan, err := f.activities().PlanRemoval(t.Context(), c.input)
		if c.want != "" {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		want := workflows.RemovalPlan{Source: "demo", LegalEntities: []string{"3"}, Connection: "c1", Provider: "google", ApproveAbove: 50}
		if diff := cmp.Diff(want, plan); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", c.name, err, diff)
		}
	}
}

func TestRemoveEventsLeavesWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	const mailbox = "jane.doe@example.com"
	memory := calendartest.NewMemory(mailbox)
	events, err := absence.Events(oneDay(), "Europe/Paris", absence.DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	write := func(key calendars.Key) calendars.Result {
		result, err := calendars.Apply(t.Context(), memory, mailbox, key, events, calendars.Options{Token: key.String(), Rewrite: true})
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	mine := calendars.Key{Source: "demo", Absence: "1"}
	write(mine)
	write(calendars.Key{Source: "demo", Absence: "2"})
	write(calendars.Key{Source: "another", Absence: "3"})
	memory.Person().Create(t, mailbox, "Lunch", "2026-12-07")
	memory.Person().Duplicate(t, mailbox, write(mine).Events[0].ID) // bound by now: known as a copy

	f := newFixture()
	f.calendar = memory
	request := workflows.RemoveRequest{Source: "demo", Place: workflows.Place{Connection: "c1", Provider: "google", Mailbox: mailbox}, CountOnly: true}
	counted, err := f.activities().RemoveEvents(t.Context(), request)
	if diff := cmp.Diff(workflows.RemoveResult{Events: 2}, counted); err != nil || diff != "" {
		t.Errorf("counted, %v (-want +got):\n%s", err, diff)
	}
	request.CountOnly = false
	removed, err := f.activities().RemoveEvents(t.Context(), request)
	if diff := cmp.Diff(workflows.RemoveResult{Events: 2, Removed: 2}, removed); err != nil || diff != "" {
		t.Errorf("removed, %v (-want +got):\n%s", err, diff)
	}
	if left := memory.Views(mailbox); len(left) != 3 {
		t.Errorf("%d events are left, want another source's, lunch and the copy: %+v", len(left), left)
	}
}

func TestRemoveEventsNeverTakesAnErrorForAnEmptyCalendar(t *testing.T) {
	t.Parallel()
	f := newFixture()
	for name, failure := range map[string]error{
		"blocked":   &calendars.Blocked{Reason: calendars.MailboxMissing, Scope: calendars.ScopeMailbox},
		"temporary": &calendars.Temporary{Code: "503"},
	} {
		f.calendar = failing{failure}
		result, err := f.activities().RemoveEvents(t.Context(), workflows.RemoveRequest{
			Source: "demo", Place: workflows.Place{Connection: "c1"}, CountOnly: true,
		})
		if err == nil && (result.Trouble == nil || result.Trouble.Reason != string(calendars.MailboxMissing)) {
			t.Errorf("%s: %+v without an error", name, result)
		}
	}
}
