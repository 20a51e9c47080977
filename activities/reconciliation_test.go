package activities_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"github.com/figgosync/figgosync/activities"
	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// office is a company of a few people, whose calendars are in memory, and remembers
// which were read.
type office struct {
	*fixture
	*calendartest.Memory
	people []string
	// remembered is what absences' workflows know.
	remembered remembered
	// host has the settings and calendars where they are not the office's own.
	host interface {
		settings.Store
		activities.Calendars
	}

	// renamed are addresses that Figgo lists and the directory does not know yet.
	renamed map[string]string
	// changed are the people whom comparisons passed on as changed.
	changed []string
	// emptyLists is how many lists of absences are empty before the first that is not.
	emptyLists int

	mu   sync.Mutex
	read []string
}

func person(id string) figgo.Employee {
	return figgo.Employee{ID: id, Email: "p" + id + "@example.com", LegalEntity: "3"}
}

func newOffice(t *testing.T, people int) *office {
	t.Helper()
	o := &office{fixture: newFixture()}
	o.known = map[string]figgo.Employee{}
	var mailboxes []string
	for i := range people {
		id := fmt.Sprint(500 + i)
		one := person(id)
		o.people, o.known[id] = append(o.people, id), one
		mailboxes = append(mailboxes, one.Email)
		o.page.Notices = append(o.page.Notices, notice("a"+id, id))
	}
	o.Memory = calendartest.NewMemory(mailboxes...)
	o.calendar = o
	for i, one := range o.page.Notices {
		target := o.target(t, one)
		_, err := calendars.Apply(t.Context(), o.Memory, mailboxes[i], calendars.Key{Source: "demo", Absence: one.AbsenceID}, target, calendars.Options{Token: one.AbsenceID})
		if err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// target are the events of an absence, as they should be.
func (o *office) target(t *testing.T, one figgo.Notice) []absence.Event {
	t.Helper()
	content := oneDay()
	for i := range content.HalfDays {
		content.HalfDays[i].Confirmed = true
	}
	route, err := o.withOffice().Route(t.Context(), workflows.RouteRequest{Source: "demo", Employee: one.EmployeeID, Absence: content})
	if err != nil || route.Target == nil {
		t.Fatalf("%+v, %v", route, err)
	}
	return route.Target.Events
}

func (o *office) List(ctx context.Context, mailbox, source string) ([]calendars.Listed, error) {
	o.mu.Lock()
	o.read = append(o.read, mailbox)
	o.mu.Unlock()
	return o.Memory.List(ctx, mailbox, source)
}

func (o *office) EmployeesPage(context.Context, string, string) (page figgo.EmployeesPage, _ error) {
	for _, id := range o.people {
		one := o.known[id]
		if address, is := o.renamed[id]; is {
			one.Email = address
		}
		page.Employees = append(page.Employees, figgo.EmployeeRecord{Employee: one})
	}
	return page, nil
}

func (o *office) Changed(_ context.Context, _ string, employees []string) error {
	o.changed = append(o.changed, employees...)
	return nil
}

func (o *office) Leaves(ctx context.Context, query figgo.LeavesQuery) (figgo.LeavesPage, error) {
	if o.emptyLists > 0 {
		o.emptyLists--
		return figgo.LeavesPage{}, nil
	}
	return o.fixture.Leaves(ctx, query)
}

func (o *office) Reader(context.Context, string) (figgo.Reader, error) { return o, nil }

// compare runs a comparison, as the first attempt or after one that told before.
func (o *office) compare(t *testing.T, before ...any) (workflows.CompareResult, error) {
	t.Helper()
	return o.compareBy(t, o.withOffice(), before...)
}

func (o *office) compareBy(t *testing.T, a *activities.Activities, before ...any) (workflows.CompareResult, error) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivityWithOptions(a.CompareMailboxes, activity.RegisterOptions{Name: workflows.CompareMailboxesActivity})
	if len(before) > 0 {
		env.SetHeartbeatDetails(before[0])
	}
	encoded, err := env.ExecuteActivity(workflows.CompareMailboxesActivity, workflows.CompareRequest{
		Source: "demo", Synchronization: "s1", LegalEntity: "3",
		From: absence.Date{Year: 2026, Month: 1, Day: 1}, To: absence.Date{Year: 2027, Month: 12, Day: 31},
	})
	if err != nil {
		return workflows.CompareResult{}, err
	}
	var result workflows.CompareResult
	return result, encoded.Get(&result)
}

func TestCalendarsThatShowWhatFiggoSaysAreRight(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 4)
	result, err := o.compare(t)
	want := workflows.ReconciliationCounts{Mailboxes: 4, Absences: 4, Events: 4, Right: 4}
	if diff := cmp.Diff(want, result.Counts); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s%+v", err, diff, result.Differences)
	}
}

// After a kill what was found right is not read again; what differed is, by what Figgo
// says now.
func TestAComparisonGoesOnAfterAKill(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 6)
	before := map[string]any{
		"employees": []string{"500", "501", "502"},
		"counts":    workflows.ReconciliationCounts{Mailboxes: 3, Events: 3, Right: 3},
	}
	result, err := o.compare(t, before)
	want := workflows.ReconciliationCounts{Mailboxes: 6, Absences: 6, Events: 6, Right: 6}
	if diff := cmp.Diff(want, result.Counts); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	slices.Sort(o.read)
	if diff := cmp.Diff([]string{"p503@example.com", "p504@example.com", "p505@example.com"}, o.read); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}

// What an attempt tells the next one are the mailboxes it found right, and no other.
func TestAnAttemptTellsWhatItFoundRight(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 3)
	o.page.Notices = o.page.Notices[:2] // the third event is surplus
	got := activities.RightAfter(t.Context(), o.withOffice(), workflows.CompareRequest{
		Source: "demo", Synchronization: "s1", LegalEntity: "3",
		From: absence.Date{Year: 2026, Month: 1, Day: 1}, To: absence.Date{Year: 2027, Month: 12, Day: 31},
	})
	slices.Sort(got)
	if diff := cmp.Diff([]string{"500", "501"}, got); diff != "" {
		t.Errorf("right (-want +got):\n%s", diff)
	}
}

// Events that stay because somebody refused their deletion are no differences: every
// night would ask again.
func TestARefusedDeletionIsNoSurplus(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		state workflows.State
		want  workflows.ReconciliationCounts
	}{
		"refused":               {workflows.State{Kind: workflows.Deleted, Admission: workflows.AdmissionDropped}, workflows.ReconciliationCounts{Left: 1}},
		"held":                  {workflows.State{Kind: workflows.Deleted, Admission: workflows.AdmissionHeld}, workflows.ReconciliationCounts{Surplus: 1}},
		"refused, then changed": {workflows.State{Kind: workflows.Approved, Admission: workflows.AdmissionDropped}, workflows.ReconciliationCounts{Surplus: 1}},
		"nobody knows":          {workflows.State{}, workflows.ReconciliationCounts{Surplus: 1}},
	} {
		o := newOffice(t, 2)
		gone := o.page.Notices[1].AbsenceID
		o.page.Notices = o.page.Notices[:1]
		o.remembered = remembered{gone: test.state}
		result, err := o.compare(t)
		test.want.Add(workflows.ReconciliationCounts{Mailboxes: 2, Absences: 1, Events: 2, Right: 1})
		if diff := cmp.Diff(test.want, result.Counts); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
		if len(result.Differences) != 1 || result.Differences[0].Left != (test.want.Left == 1) {
			t.Errorf("%s: %+v", name, result.Differences)
		}
	}
}

func (o *office) withOffice() *activities.Activities {
	a := o.activities()
	a.Directories, a.Calendars, a.Absences, a.Changes = o, o, o.remembered, o
	if o.host != nil {
		a.Settings, a.Calendars = o.host, o.host
	}
	return a
}

// An error of Figgo's never looks like an empty list, nor does an empty list like the
// truth where calendars show events.
func TestNothingIsConcludedFromAnEmptyOrFailedRead(t *testing.T) {
	t.Parallel()
	empty := newOffice(t, 2)
	empty.page = figgo.LeavesPage{}
	result, err := empty.compare(t)
	if err != nil || result.Trouble == nil || result.Trouble.Reason != activities.ReasonSourceEmpty || result.Counts.Surplus != 0 {
		t.Errorf("empty: %+v, %v", result, err)
	}
	once := newOffice(t, 2)
	once.emptyLists = 1
	if result, err := once.compare(t); err != nil || result.Trouble != nil || result.Counts.Right != 2 {
		t.Errorf("empty once: %+v, %v", result, err)
	}
	failing := newOffice(t, 2)
	failing.readError = context.DeadlineExceeded
	if result, err := failing.compare(t); err == nil && result.Trouble == nil {
		t.Errorf("failing: %+v", result)
	}
	closed := newOffice(t, 2)
	closed.people = append(closed.people, "900")
	closed.known["900"] = figgo.Employee{ID: "900", Email: "nobody@example.com", LegalEntity: "3"}
	result, err = closed.compare(t)
	if err != nil || result.Counts.Blocked != 1 || result.Counts.Right != 2 || result.Counts.Differences() != 0 {
		t.Errorf("a mailbox that is not there: %+v, %v", result, err)
	}
	if strings.Contains(fmt.Sprint(result), "nobody@") {
		t.Error("an address is in the result")
	}
}
