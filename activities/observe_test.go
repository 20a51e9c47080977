package activities_test

import (
	"testing"
	"time"

	"go.temporal.io/sdk/testsuite"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/workflows"
)

// observed notes how long changes took.
type observed map[string][]time.Duration

func (o observed) Observe(synchronization string, took time.Duration) {
	o[synchronization] = append(o[synchronization], took)
}

func TestALiveChangeIsObservedOnceItIsWritten(t *testing.T) {
	ago := func(d time.Duration) time.Time { return time.Now().Add(-d) }
	for name, c := range map[string]struct {
		request  workflows.ApplyRequest
		err      error
		min, max time.Duration // 0 and 0: nothing is observed
	}{
		"a live change":           {workflows.ApplyRequest{Synchronization: "s1", AnnouncedAt: ago(time.Minute)}, nil, time.Minute, 2 * time.Minute},
		"a clock that is ahead":   {workflows.ApplyRequest{Synchronization: "s1", AnnouncedAt: ago(-time.Minute)}, nil, -1, 0},
		"back-fill":               {workflows.ApplyRequest{Synchronization: "s1"}, nil, 0, 0},
		"no synchronization":      {workflows.ApplyRequest{AnnouncedAt: ago(time.Minute)}, nil, 0, 0},
		"what will be retried":    {workflows.ApplyRequest{Synchronization: "s1", AnnouncedAt: ago(time.Minute)}, &calendars.Temporary{Code: "503"}, 0, 0},
		"what a person must mend": {workflows.ApplyRequest{Synchronization: "s1", AnnouncedAt: ago(time.Minute)}, &calendars.Blocked{Reason: calendars.MailboxMissing}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f, seen := newFixture(), observed{}
			f.calendar = failing{c.err}
			a := f.activities()
			a.Delays = seen
			c.request.Place = workflows.Place{Connection: "c1", Provider: "google", Mailbox: "jane.doe@example.com"}
			c.request.Events = []absence.Event{{Run: 1}}
			_, _ = a.ApplyAbsence(t.Context(), c.request)
			got := seen["s1"]
			if c.min == 0 && c.max == 0 {
				if len(seen) != 0 {
					t.Errorf("observed %v, want nothing", seen)
				}
				return
			}
			if len(got) != 1 || got[0] < max(c.min, 0) || got[0] > c.max {
				t.Errorf("observed %v, want one from %v to %v", got, c.min, c.max)
			}
		})
	}
}

// What is listed says where it goes, as Route would, so that its workflow need not ask.
func TestListAbsencesTellsWhereTheyGo(t *testing.T) {
	f := newFixture()
	f.page = figgo.LeavesPage{Notices: []figgo.Notice{notice("1", "416"), notice("2", "418"), notice("3", "999")}}
	a := f.activities()
	page, err := a.ListAbsences(t.Context(), workflows.ListRequest{Source: "demo", LegalEntity: "3"})
	if err != nil || len(page.Absences) != 3 {
		t.Fatalf("page %+v, error %v", page, err)
	}
	first, second, third := page.Absences[0].Change, page.Absences[1].Change, page.Absences[2].Change
	if first.Route == nil || first.Route.Outcome != workflows.RouteWrite || time.Since(first.RoutedAt) > time.Minute {
		t.Fatalf("the first goes %+v, decided %v", first.Route, first.RoutedAt)
	}
	if route := first.Route; route.Synchronization != "s1" || route.Behaviour != workflows.NewestBehaviour || route.Target.Events[0].Status != absence.Confirmed {
		t.Errorf("the first, approved, goes %+v to %+v", route, route.Target)
	}
	if second.Route == nil || second.Route.Outcome != workflows.RouteSkip || second.Route.Synchronization != "" {
		t.Errorf("the second, wanted by nobody, goes %+v", second.Route)
	}
	if third.Route != nil {
		t.Errorf("an unknown employee's goes %+v", third.Route)
	}
}

// A workflow reports by ReportSettled; with nobody to report to there is nothing to do.
func TestReportSettledIsRegisteredForWorkflows(t *testing.T) {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	newFixture().activities().RegisterRouting(env)
	if _, err := env.ExecuteActivity(workflows.ReportSettledActivity, workflows.ReportRequest{}); err != nil {
		t.Error(err)
	}
}
