package activities_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/activities"
	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/settings"
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
	if len(owners) != 4 || !cmp.Equal(owners[0], workflows.Owner{Employee: "1", Mailbox: "jane.doe@example.com"}) {
		t.Errorf("owners %+v", owners)
	}
}

// backfilled is what Temporal remembers of one initialization.
type backfilled struct{ absence string }

const backfill = "initialization/demo/1"

func (b backfilled) InitializationOf(_ context.Context, workflowID string) (workflows.Progress, bool, error) {
	return workflows.Progress{
		Synchronization: "s1", LegalEntities: []workflows.LegalEntityProgress{{LegalEntity: "3"}},
	}, workflowID == backfill, nil
}

func (b backfilled) CreatedBy(_ context.Context, _, absence string) (string, error) {
	if absence == b.absence {
		return backfill, nil
	}
	return "initialization/demo/2", nil
}

func (f *fixture) Source(_ context.Context, name string) (settings.Source, error) {
	if name != "demo" {
		return settings.Source{}, settings.ErrNotFound
	}
	return settings.Source{Name: name}, nil
}

func TestPlanRemovalSaysWhatToDo(t *testing.T) {
	t.Parallel()
	whole := workflows.RemovalPlan{
		Source: "demo", Synchronization: "s1", LegalEntities: []string{"3"}, Connection: "c1", Provider: "google", ApproveAbove: 50,
	}
	undone := whole
	undone.Initialization = backfill
	left := whole
	left.Synchronization, left.LegalEntities = "", []string{"4"} // and none is paused
	for _, c := range []struct {
		name   string
		paused bool
		input  workflows.RemovalInput
		fails  string
		want   workflows.RemovalPlan
	}{
		{"nothing", true, workflows.RemovalInput{}, "name what to remove", workflows.RemovalPlan{}},
		{"two scopes", true, workflows.RemovalInput{Synchronization: "s1", Employee: "416"}, "name what to remove", workflows.RemovalPlan{}},
		{"no source", true, workflows.RemovalInput{LegalEntity: "3"}, "name what to remove", workflows.RemovalPlan{}},
		{"a file that is only read", false, workflows.RemovalInput{Synchronization: "s1"}, "pause the synchronization \"s1\" in it first", workflows.RemovalPlan{}},
		{"active, counting only", false, workflows.RemovalInput{Synchronization: "s1", DryRun: true}, "", whole},
		{"a legal entity that no synchronization has any more", false, workflows.RemovalInput{Source: "demo", LegalEntity: "4"}, "", left},
		{"one of a source without synchronizations", true, workflows.RemovalInput{Source: "other", LegalEntity: "4"}, "has no synchronization", workflows.RemovalPlan{}},
		{"a legal entity", true, workflows.RemovalInput{Source: "demo", LegalEntity: "3"}, "", whole},
		{"an employee", false, workflows.RemovalInput{Source: "demo", Employee: "416"}, "", workflows.RemovalPlan{Source: "demo", Employee: "416", ApproveAbove: 50}},
		{"an employee of nowhere", false, workflows.RemovalInput{Source: "other", Employee: "416"}, "there is no source", workflows.RemovalPlan{}},
		{"an initialization", true, workflows.RemovalInput{Initialization: backfill}, "", undone},
		{"as lists show it", true, workflows.RemovalInput{Initialization: "demo.1"}, "", undone},
		{"a forgotten one", true, workflows.RemovalInput{Initialization: "demo.7"}, "has forgotten it", workflows.RemovalPlan{}},
	} {
		f := newFixture()
		f.synchronization.Paused = c.paused
		a := f.activities()
		a.Initializations = backfilled{}
		plan, err := a.PlanRemoval(t.Context(), c.input)
		if c.fails != "" {
			if err == nil || !strings.Contains(err.Error(), c.fails) {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if diff := cmp.Diff(c.want, plan); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", c.name, err, diff)
		}
	}
}

// editable are settings that can be changed.
type editable struct {
	settings.Editor
	record settings.Record[settings.Synchronization]
}

func (e *editable) Synchronization(context.Context, string) (settings.Synchronization, error) {
	return e.record.Value, nil
}

func (e *editable) SynchronizationRecord(context.Context, string) (settings.Record[settings.Synchronization], error) {
	return e.record, nil
}

func (e *editable) PutSynchronization(
	_ context.Context, by settings.Author, value settings.Synchronization, version settings.Version,
) (settings.Version, error) {
	if version != e.record.Version || by.ID != "figgosync" {
		return 0, fmt.Errorf("put by %s over version %d, want %d", by.ID, version, e.record.Version)
	}
	e.record.Value, e.record.Version = value, version+1
	return version + 1, nil
}

func TestPauseChangesTheSettingsOnce(t *testing.T) {
	t.Parallel()
	store := &editable{record: settings.Record[settings.Synchronization]{Version: 4, Value: newFixture().synchronization}}
	a := newFixture().activities()
	a.Settings = store
	pause := func(request workflows.PauseRequest, changed bool) {
		t.Helper()
		if result, err := a.Pause(t.Context(), request); err != nil || result.Changed != changed {
			t.Errorf("%+v: changed %t, %v", request, result.Changed, err)
		}
	}
	pause(workflows.PauseRequest{Synchronization: "s1", Employee: "416"}, true)
	pause(workflows.PauseRequest{Synchronization: "s1", Employee: "416"}, false)
	if s := store.record.Value; !s.Excludes("416") || s.Excludes("417") || s.Paused {
		t.Errorf("excluded: %+v", s)
	}
	pause(workflows.PauseRequest{Synchronization: "s1"}, true)
	pause(workflows.PauseRequest{Synchronization: "s1"}, false)
	pause(workflows.PauseRequest{Synchronization: "s1", Employee: "417"}, false) // paused for all
	if !store.record.Value.Paused || store.record.Version != 6 {
		t.Errorf("version %d: %+v", store.record.Version, store.record.Value)
	}
}

func TestPauseOfAFileSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for want, request := range map[string]workflows.PauseRequest{
		"pause the synchronization": {Synchronization: "s1"}, "to `exclude` of": {Synchronization: "s1", Employee: "416"},
	} {
		if _, err := newFixture().activities().Pause(t.Context(), request); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", request, err)
		}
	}
}

func TestListOwnersFindsOneEmployeeAndTheirCalendar(t *testing.T) {
	t.Parallel()
	f := newFixture()
	f.lookup = func(id, _ string) (figgo.Employee, error) { return f.known[id], nil }
	page, err := f.activities().ListOwners(t.Context(), workflows.OwnersRequest{Source: "demo", Employee: "416"})
	want := workflows.OwnersPage{Owners: []workflows.Owner{{
		Employee: "416", Mailbox: "jane.doe@example.com", Synchronization: "s1", Connection: "c1", Provider: "google",
	}}}
	if diff := cmp.Diff(want, page); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// Somebody whose legal entity was taken away from its synchronization is looked for
// wherever the source writes, at the address that the settings still tell.
func TestListOwnersFindsWhomNoSynchronizationHas(t *testing.T) {
	t.Parallel()
	f := newFixture()
	f.lookup = func(string, string) (figgo.Employee, error) {
		return figgo.Employee{ID: "9", Email: "old@example.com", LegalEntity: "4"}, nil
	}
	f.synchronization.Addresses = map[string]string{"9": "New@example.com"}
	page, err := f.activities().ListOwners(t.Context(), workflows.OwnersRequest{Source: "demo", Employee: "9"})
	want := workflows.OwnersPage{Owners: []workflows.Owner{{
		Employee: "9", Mailbox: "new@example.com", Connection: "c1", Provider: "google",
	}}}
	if diff := cmp.Diff(want, page); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	f.synchronization.Source = "other"
	page, err = f.activities().ListOwners(t.Context(), workflows.OwnersRequest{Source: "demo", Employee: "9"})
	if err != nil || page.Trouble == nil || page.Trouble.Reason != activities.ReasonNoSynchronization {
		t.Errorf("without any synchronization: %+v, %v", page, err)
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
	undo, a := request, f.activities()
	undo.Initialization, a.Initializations = backfill, backfilled{absence: "2"}
	if counted, err := a.RemoveEvents(t.Context(), undo); err != nil || counted.Events != 1 {
		t.Errorf("%d events of one initialization, want 1, %v", counted.Events, err)
	}
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

// A mailbox to which two connections lead has each of its events counted once.
func TestEventsSeenThroughTwoConnectionsCountOnce(t *testing.T) {
	t.Parallel()
	m := newMoving(t, 1, "p500@example.com")
	connection, err := m.Connection(t.Context(), "c1")
	if err != nil {
		t.Fatal(err)
	}
	m.provider = connection.Provider
	places := []workflows.Place{
		{Connection: "c1", Provider: string(m.provider), Mailbox: "p500@example.com"},
		{Connection: "c2", Provider: string(m.provider), Mailbox: "p500@example.com"},
	}
	count := func(want int) {
		t.Helper()
		request := workflows.RemoveRequest{Source: "demo", Place: places[1], CountOnly: true, Counted: places[:1]}
		counted, err := m.withOffice().RemoveEvents(t.Context(), request)
		if diff := cmp.Diff(workflows.RemoveResult{Events: want}, counted); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	m.old.Person().Create(t, "p500@example.com", "Lunch", "2026-12-07") // so that ids differ
	m.put(t, "p500@example.com", "left")
	count(1) // another mailbox, with an event of its own
	m.old.Memory = m.Memory
	count(0)
	places[0].Mailbox = "nobody@example.com"
	count(1) // there is none at the first place
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
			Source: "demo", Place: workflows.Place{Connection: "c1", Provider: "google"}, CountOnly: true,
		})
		if err == nil && (result.Trouble == nil || result.Trouble.Reason != string(calendars.MailboxMissing)) {
			t.Errorf("%s: %+v without an error", name, result)
		}
	}
}
