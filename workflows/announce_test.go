package workflows_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/workflows"
)

// routed puts the route along that Figgo's list is answered with.
func (c *company) routed(page workflows.Page, at time.Time) workflows.Page {
	var routed workflows.Page
	for _, listed := range page.Absences {
		route := c.routeToPlace(workflows.RouteRequest{Absence: workflows.RoutedContent(listed.Kind, listed.Change.Absence)})
		route.Behaviour = workflows.NewestBehaviour
		listed.Change.Route, listed.Change.RoutedAt = &route, at
		routed.Absences = append(routed.Absences, listed)
	}
	return routed
}

// counted counts what is asked of Temporal and of Route.
type counted struct{ children, routes int }

func (c *company) count() *counted {
	var all counted
	route := c.route
	c.route = func(r workflows.RouteRequest) workflows.Route {
		all.routes++
		return route(r)
	}
	c.SetOnChildWorkflowStartedListener(func(info *workflow.Info, _ workflow.Context, _ converter.EncodedValues) {
		if info.WorkflowType.Name == workflows.AbsenceLifecycleType {
			all.children++
		}
	})
	return &all
}

var oneEntity = workflows.InitializationInput{Synchronization: "s1", LegalEntities: []string{"1"}}

// What is listed again is signalled, reported together, and neither routed nor written
// again.
func TestWhatIsRightAlreadyIsLeftAlone(t *testing.T) {
	c := newCompany(t)
	c.fill("1", 1, 20)
	page := c.routed(c.pages["1"][0], start)
	c.pages["1"], c.afterWritten = []workflows.Page{page, page}, 20
	all := c.count()
	progress, err := c.initialize(oneEntity)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(workflows.Counts{Total: 40, Synced: 20, Unchanged: 20}, progress.Counts); diff != "" {
		t.Errorf("counts differ (-want +got):\n%s", diff)
	}
	if c.written() != 20 || c.told != 20 || all.children != 20 || all.routes != 0 {
		t.Errorf("%d written, %d told by themselves, %+v; want 20, 20, 20 children and no questions", c.written(), c.told, *all)
	}
}

// Settings that changed since change what is right.
func TestARepetitionWritesWhatTheSettingsNowAskFor(t *testing.T) {
	c := newCompany(t)
	c.fill("1", 1, 5)
	first := c.routed(c.pages["1"][0], start)
	c.place.Mailbox = "new@example.com"
	c.pages["1"], c.afterWritten = []workflows.Page{first, c.routed(first, start)}, 5
	progress, err := c.initialize(oneEntity)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(workflows.Counts{Total: 10, Synced: 10}, progress.Counts); diff != "" {
		t.Errorf("counts differ (-want +got):\n%s", diff)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for absence, times := range c.started {
		if times != 3 { // here, away from there, and there
			t.Errorf("absence %s was written %d times, want 3", absence, times)
		}
	}
}

// A route that came along is used only while it is fresh.
func TestAnOldRouteIsAskedForAgain(t *testing.T) {
	c := newCompany(t)
	c.fill("1", 1, 3)
	c.pages["1"] = []workflows.Page{c.routed(c.pages["1"][0], start.Add(-2*time.Minute))}
	all := c.count()
	if _, err := c.initialize(oneEntity); err != nil || all.routes != 3 {
		t.Errorf("%d routes asked for, error %v; want 3", all.routes, err)
	}
}
