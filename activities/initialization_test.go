package activities_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/activities"
	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/workflows"
)

func TestPlanCompletesTheInput(t *testing.T) {
	f := newFixture()
	f.synchronization.LegalEntities = []string{"3", "4"}
	f.synchronization.ConfirmAbove = 7
	since := absence.Date{Year: 2026, Month: 10, Day: 1}
	plan, err := f.activities().PlanInitialization(t.Context(), workflows.InitializationInput{Synchronization: "s1", Since: since})
	if err != nil {
		t.Fatal(err)
	}
	want := workflows.Plan{Source: "demo", LegalEntities: []string{"3", "4"}, Since: since, ConfirmAbove: 7, Limits: &workflows.DefaultLimits}
	if diff := cmp.Diff(want, plan); diff != "" {
		t.Errorf("plan differs (-want +got):\n%s", diff)
	}
}

func TestPlanRefusesWhatCannotWork(t *testing.T) {
	paused := newFixture()
	paused.synchronization.Paused = true
	for name, test := range map[string]struct {
		fixture *fixture
		input   workflows.InitializationInput
		want    string
	}{
		"nothing":                {newFixture(), workflows.InitializationInput{}, "name the synchronization"},
		"unknown":                {newFixture(), workflows.InitializationInput{Synchronization: "x"}, `no synchronization "x"; known are s1`},
		"foreign legal entity":   {newFixture(), workflows.InitializationInput{Synchronization: "s1", LegalEntities: []string{"9"}}, `"9" is not in the synchronization "s1"; it has 3`},
		"paused synchronization": {paused, workflows.InitializationInput{Synchronization: "s1"}, "is paused"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := test.fixture.activities().PlanInitialization(t.Context(), test.input)
			failure := (*temporal.ApplicationError)(nil)
			if !errors.As(err, &failure) || !failure.NonRetryable() || !strings.Contains(failure.Message(), test.want) {
				t.Errorf("error %v, want a final one with %q", err, test.want)
			}
		})
	}
}

func notice(id, employee string) figgo.Notice {
	return figgo.Notice{
		Kind: figgo.Approved, AbsenceID: id, EmployeeID: employee, Absence: oneDay(),
		ChangedAt: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
	}
}

func TestListAbsencesKnowsTheOwners(t *testing.T) {
	f := newFixture()
	f.lookup = func(string, string) (figgo.Employee, error) { return figgo.Employee{}, figgo.ErrNoEmployee }
	f.page = figgo.LeavesPage{Notices: []figgo.Notice{notice("1", "416"), notice("2", "999")}, Next: "more", Skipped: []figgo.Skipped{{ID: "3", Reason: "no dates"}}}
	page, err := f.activities().ListAbsences(t.Context(), workflows.ListRequest{Source: "demo", LegalEntity: "3"})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Absences) != 2 || page.Next != "more" || page.Unreadable != 1 {
		t.Fatalf("page %+v", page)
	}
	first, second := page.Absences[0], page.Absences[1]
	if first.Kind != workflows.Approved || !first.Change.Bulk || first.Change.Known == nil || first.Change.Known.LegalEntity != "3" {
		t.Errorf("first absence %+v", first)
	}
	if second.Change.Known != nil {
		t.Errorf("an unknown owner became %+v", second.Change.Known)
	}
}

// Few owners are asked for one by one: a page must not be without them.
func TestListAbsencesAsksForAFewUnknownOwners(t *testing.T) {
	f := newFixture()
	f.page = figgo.LeavesPage{Notices: []figgo.Notice{notice("1", "416"), notice("2", "500"), notice("3", "500"), notice("4", "501")}}
	asked := 0
	f.lookup = func(id, _ string) (figgo.Employee, error) {
		asked++
		if id == "501" {
			return figgo.Employee{}, figgo.ErrNoEmployee
		}
		f.known[id] = figgo.Employee{ID: id, Email: "new@example.com", LegalEntity: "3"}
		return f.known[id], nil
	}
	list := func() (workflows.Page, error) {
		return f.activities().ListAbsences(t.Context(), workflows.ListRequest{Source: "demo", LegalEntity: "3"})
	}
	page, err := list()
	if err != nil || asked != 2 || page.Absences[1].Change.Known == nil || page.Absences[2].Change.Known == nil || page.Absences[3].Change.Known != nil {
		t.Fatalf("page %+v, %v, %d questions; want both absences of 500 with their owner", page, err, asked)
	}
	delete(f.known, "500")
	f.lookup = func(string, string) (figgo.Employee, error) {
		return figgo.Employee{}, &figgo.APIError{Status: 429, RetryAfter: time.Minute}
	}
	_, err = list()
	checkRetry(t, err, time.Minute)
}

// An empty or failed read is never an answer that could delete something.
func TestListAbsencesTellsFailureFromEmptiness(t *testing.T) {
	for name, test := range map[string]struct {
		err    error
		reason string
		retry  time.Duration
	}{
		"empty":           {},
		"throttled":       {err: &figgo.APIError{Status: 429, RetryAfter: time.Minute}, retry: time.Minute},
		"down":            {err: &figgo.APIError{Status: 500}, retry: -1},
		"key refused":     {err: &figgo.APIError{Status: 403}, reason: activities.ReasonSourceRejected},
		"no legal entity": {err: figgo.ErrNoLegalEntity, reason: activities.ReasonUnknownLegalEntity},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture()
			f.readError = test.err
			page, err := f.activities().ListAbsences(t.Context(), workflows.ListRequest{Source: "demo", LegalEntity: "3"})
			checkRetry(t, err, test.retry)
			reason := ""
			if page.Trouble != nil {
				reason = page.Trouble.Reason
			}
			if reason != test.reason || len(page.Absences) > 0 {
				t.Errorf("page %+v, want reason %q", page, test.reason)
			}
		})
	}
}

// A cursor of no use any more means reading again from the beginning, not failing.
func TestListAbsencesBeginsAStaleListAgain(t *testing.T) {
	f := newFixture()
	f.readError = &figgo.APIError{Code: figgo.CodeCursor}
	page, err := f.activities().ListAbsences(t.Context(), workflows.ListRequest{Source: "demo", LegalEntity: "3", Cursor: "old"})
	if err != nil || !page.Stale || page.Trouble != nil {
		t.Errorf("page %+v, error %v; want a stale page", page, err)
	}
	f.readError = &figgo.APIError{Code: figgo.CodeTruncated}
	page, err = f.activities().ListAbsences(t.Context(), workflows.ListRequest{Source: "demo", LegalEntity: "3", Cursor: "old"})
	if err == nil || page.Stale {
		t.Errorf("page %+v, error %v; a page cut off once is tried again", page, err)
	}
}

func TestPreviewTellsWhatWouldChange(t *testing.T) {
	f := newFixture()
	f.calendar = failing{}
	listed := func(id, employee string) workflows.Listed {
		return workflows.Listed{Absence: id, Kind: workflows.Approved, Change: workflows.Change{Employee: employee, Absence: oneDay()}}
	}
	preview, err := f.activities().PreviewAbsences(t.Context(), workflows.PreviewRequest{Source: "demo", Absences: []workflows.Listed{
		listed("1", "416"), listed("2", "416"), listed("3", "417"), listed("4", "418"), listed("5", "999"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := workflows.Preview{
		Counts: workflows.Counts{Synced: 2, Created: 2, Blocked: 2, Skipped: 1},
		Employees: []workflows.EmployeePreview{
			{Employee: "416", Created: 2},
			{Employee: "417", Blocked: 1, Reason: activities.ReasonNoEmail},
			{Employee: "418", Skipped: 1, Reason: activities.ReasonNoSynchronization},
			{Employee: "999", Blocked: 1, Reason: activities.ReasonUnknownEmployee},
		},
	}
	if diff := cmp.Diff(want.Counts, preview.Counts); diff != "" {
		t.Errorf("counts differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want.Employees, preview.Employees); diff != "" {
		t.Errorf("employees differ (-want +got):\n%s", diff)
	}
	if len(preview.Troubled) != 3 {
		t.Errorf("troubled %+v, want 3", preview.Troubled)
	}
}

func TestPreviewIsRetriedAsAWhole(t *testing.T) {
	f := newFixture()
	f.calendar = failing{&calendars.Temporary{Code: "503", RetryAfter: 5 * time.Second}}
	_, err := f.activities().PreviewAbsences(t.Context(), workflows.PreviewRequest{Source: "demo", Absences: []workflows.Listed{
		{Absence: "1", Kind: workflows.Approved, Change: workflows.Change{Employee: "416", Absence: oneDay()}},
	}})
	checkRetry(t, err, 5*time.Second)
}
