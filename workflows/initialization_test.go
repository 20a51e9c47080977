package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/workflows"
)

// company stands for Figgo: pages of absences by legal entity, and their fate.
type company struct {
	*world
	pages        map[string][]workflows.Page
	employees    int
	confirmAbove int
	limits       *workflows.Limits
	lists        int
	afterWritten int // later pages come once so many absences are written
	onList       func()
	crowded      bool
	underWay     int // absences that are written and have not told yet
	told         int // how often ReportSettled was asked
	asked        int // how often AskAbsences was
	answers      func(absences []string) []workflows.Settled
	started      map[string]int // absence to how often it was written
	reason       map[string]string
}

func newCompany(t *testing.T) *company {
	t.Helper()
	c := &company{world: newWorld(t), pages: map[string][]workflows.Page{}, employees: 10, started: map[string]int{}, reason: map[string]string{}}
	c.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: "initialization/demo/1", TaskQueue: workflows.TaskQueue})
	c.RegisterActivityWithOptions(c.makePlan, activity.RegisterOptions{Name: workflows.PlanInitializationActivity})
	c.RegisterActivityWithOptions(func(context.Context, workflows.LoadEmployeesRequest) (workflows.LoadEmployeesResult, error) {
		return workflows.LoadEmployeesResult{Employees: c.employees}, nil
	}, activity.RegisterOptions{Name: workflows.LoadEmployeesActivity})
	c.RegisterActivityWithOptions(c.list, activity.RegisterOptions{Name: workflows.ListAbsencesActivity})
	c.RegisterActivityWithOptions(c.preview, activity.RegisterOptions{Name: workflows.PreviewAbsencesActivity})
	c.RegisterActivityWithOptions(func(_ context.Context, r workflows.ReportRequest) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.told++
		c.tell(r.To, r.Result)
		return nil
	}, activity.RegisterOptions{Name: workflows.ReportSettledActivity})
	c.RegisterActivityWithOptions(func(_ context.Context, r workflows.AskRequest) (workflows.AskResult, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.asked++
		return workflows.AskResult{Settled: c.answers(r.Absences)}, nil
	}, activity.RegisterOptions{Name: workflows.AskAbsencesActivity})
	c.answers = func([]string) []workflows.Settled { return nil }
	c.apply = c.writeAndTell
	return c
}

func (c *company) makePlan(_ context.Context, input workflows.InitializationInput) (workflows.Plan, error) {
	if input.Synchronization != "s1" {
		return workflows.Plan{}, temporal.NewNonRetryableApplicationError("there is no synchronization of this name", "InvalidInput", nil)
	}
	plan := workflows.Plan{Source: "demo", LegalEntities: input.LegalEntities, Since: input.Since, ConfirmAbove: c.confirmAbove, Limits: c.limits}
	if len(plan.LegalEntities) == 0 {
		plan.LegalEntities = []string{"1", "2", "3"}
	}
	return plan, nil
}

// posted does something in the environment's own loop, the only place from where it
// may be touched; activities run beside it. It comes before the activity's answer.
func (c *company) posted(do func()) {
	c.RegisterDelayedCallback(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		do()
	}, 0)
}

func (c *company) tell(to string, word workflows.Settled) {
	word.Crowded = c.crowded
	c.posted(func() { _ = c.SignalWorkflowByID(to, "settled", []workflows.Settled{word}) })
}

// written is how many absences were written.
func (c *company) written() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.started)
}

func (c *company) list(_ context.Context, r workflows.ListRequest) (workflows.Page, error) {
	for r.Cursor != "" && c.written() < c.afterWritten {
		time.Sleep(time.Millisecond)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lists++
	if c.onList != nil {
		c.onList()
	}
	index := 0
	if r.Cursor != "" {
		_, _ = fmt.Sscan(r.Cursor, &index)
	}
	pages := c.pages[r.LegalEntity]
	if len(pages) == 0 {
		return workflows.Page{}, nil
	}
	page := pages[index]
	if page.Trouble == nil && index+1 < len(pages) {
		page.Next = fmt.Sprint(index + 1)
	}
	return page, nil
}

func (c *company) preview(_ context.Context, r workflows.PreviewRequest) (workflows.Preview, error) {
	return workflows.Preview{
		Counts:    workflows.Counts{Synced: len(r.Absences), Created: len(r.Absences)},
		Employees: []workflows.EmployeePreview{{Employee: "416", Created: len(r.Absences)}},
	}, nil
}

func (c *company) writeAndTell(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
	if reason := c.reason[r.Absence]; reason != "" {
		return workflows.ApplyResult{Trouble: &workflows.Trouble{Reason: reason}}, nil
	}
	c.started[r.Absence]++
	if r.Report != "" {
		c.posted(func() { c.underWay-- })
		c.tell(r.Report, workflows.Settled{Absence: r.Absence, Status: workflows.StatusSynced, Written: true})
	}
	return workflows.ApplyResult{Created: 1}, nil
}

// fill gives a legal entity pages of absences with ids of their own.
func (c *company) fill(legalEntity string, pages, each int) {
	for p := range pages {
		var page workflows.Page
		for i := range each {
			ch := change("2026-12-07", 1)
			ch.Bulk = true
			page.Absences = append(page.Absences, workflows.Listed{
				Absence: fmt.Sprintf("%s-%d-%d", legalEntity, p, i), Kind: workflows.Approved, Change: ch,
			})
		}
		c.pages[legalEntity] = append(c.pages[legalEntity], page)
	}
}

func (c *company) initialize(input workflows.InitializationInput) (workflows.Progress, error) {
	c.t.Helper()
	c.ExecuteWorkflow(workflows.InitializationType, input)
	var progress workflows.Progress
	if !c.IsWorkflowCompleted() {
		c.t.Fatal("the initialization did not end")
	}
	return progress, c.GetWorkflowResult(&progress)
}

func TestInitializationWritesEverythingOnce(t *testing.T) {
	c := newCompany(t)
	c.fill("1", 3, 40)
	c.fill("2", 1, 70) // more than the window
	progress, err := c.initialize(workflows.InitializationInput{Synchronization: "s1"})
	if err != nil {
		t.Fatal(err)
	}
	want := workflows.Counts{Total: 190, Synced: 190}
	if diff := cmp.Diff(want, progress.Counts); diff != "" {
		t.Errorf("counts differ (-want +got):\n%s", diff)
	}
	if progress.Phase != workflows.PhaseCompleted || len(progress.LegalEntities) != 3 || !progress.LegalEntities[2].Done {
		t.Errorf("progress %+v", progress)
	}
	for absence, times := range c.started {
		if times != 1 {
			t.Errorf("absence %s was written %d times", absence, times)
		}
	}
	if c.written() != 190 {
		t.Errorf("%d absences written, want 190", c.written())
	}
}

func TestInitializationGoesOnPastWhatIsBlocked(t *testing.T) {
	c := newCompany(t)
	c.fill("1", 1, 10)
	c.pages["1"][0].Unreadable = 2
	c.reason["1-0-3"], c.reason["1-0-4"] = "mailbox-missing", "mailbox-missing"
	progress, err := c.initialize(workflows.InitializationInput{Synchronization: "s1", LegalEntities: []string{"1"}})
	if err != nil {
		t.Fatal(err)
	}
	want := workflows.LegalEntityProgress{
		LegalEntity: "1", Initialization: "initialization/demo/1", Listed: true, Done: true,
		Counts: workflows.Counts{Total: 12, Synced: 8, Blocked: 2, Unreadable: 2},
		Troubled: []workflows.Troubled{
			{Absence: "1-0-3", Status: workflows.StatusBlocked, Reason: "mailbox-missing"},
			{Absence: "1-0-4", Status: workflows.StatusBlocked, Reason: "mailbox-missing"},
		},
	}
	byAbsence := cmpopts.SortSlices(func(a, b workflows.Troubled) bool { return a.Absence < b.Absence })
	if diff := cmp.Diff(want, progress.LegalEntities[0], byAbsence); diff != "" {
		t.Errorf("progress differs (-want +got):\n%s", diff)
	}
}

func TestDryRunWritesNothing(t *testing.T) {
	c := newCompany(t)
	c.fill("1", 2, 10)
	progress, err := c.initialize(workflows.InitializationInput{Synchronization: "s1", DryRun: true, LegalEntities: []string{"1"}})
	if err != nil {
		t.Fatal(err)
	}
	if c.written() != 0 {
		t.Errorf("a dry run wrote %d absences", c.written())
	}
	entity := progress.LegalEntities[0]
	if entity.Created != 20 || entity.Total != 20 || len(entity.Preview) != 1 || entity.Preview[0].Created != 20 {
		t.Errorf("preview %+v, want 20 to create for one employee", entity)
	}
}

func TestManyEmployeesAreConfirmedByTheirNumber(t *testing.T) {
	c := newCompany(t)
	c.employees, c.confirmAbove = 321, 100
	c.fill("1", 1, 1)
	c.RegisterDelayedCallback(func() {
		if c.written() != 0 {
			t.Error("something was written before the confirmation")
		}
		c.SignalWorkflow("confirm", workflows.Confirmation{Employees: 320})
	}, time.Minute)
	confirmed := false
	c.RegisterDelayedCallback(func() {
		if c.written() != 0 {
			t.Error("a wrong number confirmed")
		}
		confirmed = true
		c.SignalWorkflow("confirm", workflows.Confirmation{Employees: 321})
	}, time.Hour)
	if _, err := c.initialize(workflows.InitializationInput{Synchronization: "s1"}); err != nil || !confirmed || c.written() != 1 {
		t.Errorf("error %v, confirmed %t, written %d", err, confirmed, c.written())
	}
	again := newCompany(t)
	again.employees, again.confirmAbove = 321, 100
	again.fill("1", 1, 1)
	if _, err := again.initialize(workflows.InitializationInput{Synchronization: "s1", Confirm: 321}); err != nil || again.written() != 1 {
		t.Errorf("with the number in the input: error %v, written %d", err, again.written())
	}
}

func TestALegalEntityThatCannotBeReadFailsVisibly(t *testing.T) {
	c := newCompany(t)
	c.fill("1", 1, 5)
	c.pages["2"] = []workflows.Page{{Trouble: &workflows.Trouble{Reason: "source-rejected", Code: "403"}}}
	_, err := c.initialize(workflows.InitializationInput{Synchronization: "s1", LegalEntities: []string{"1", "2"}})
	if err == nil || !strings.Contains(err.Error(), "2: Figgo cannot be read: source-rejected") {
		t.Errorf("error %v, want one that names legal entity 2", err)
	}
	if c.written() != 5 {
		t.Errorf("%d absences of the other legal entity were written, want 5", c.written())
	}
}

func TestWrongInputFailsAtOnce(t *testing.T) {
	c := newCompany(t)
	_, err := c.initialize(workflows.InitializationInput{Synchronization: "other"})
	if err == nil || !strings.Contains(err.Error(), "there is no synchronization of this name") {
		t.Errorf("error %v", err)
	}
}

func TestCancellingStartsNothingMore(t *testing.T) {
	c := newCompany(t)
	c.fill("1", 5, 50)
	c.apply = func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
		if len(c.started) == 60 {
			c.posted(c.CancelWorkflow)
		}
		return c.writeAndTell(ctx, r)
	}
	_, err := c.initialize(workflows.InitializationInput{Synchronization: "s1", LegalEntities: []string{"1"}})
	if canceled := (*temporal.CanceledError)(nil); !errors.As(err, &canceled) {
		t.Errorf("ended with %v, want cancelled", err)
	}
	if n := c.written(); n < 60 || n > 170 {
		t.Errorf("%d absences written after a cancellation at 60, want little more", n)
	}
}

func TestALegalEntityContinuesAsNewAndLosesNothing(t *testing.T) {
	written := map[string]int{}
	state := workflows.LegalEntityState{Source: "demo", Progress: workflows.LegalEntityProgress{LegalEntity: "1"}}
	for runs := 1; ; runs++ {
		c := newCompany(t)
		c.started = written
		c.fill("1", 6, 40)
		c.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: "initialization/demo/1/1", TaskQueue: workflows.TaskQueue})
		c.onList = func() { // with a page in hand
			suggested := c.lists == 2
			c.posted(func() { c.SetContinueAsNewSuggested(suggested) })
		}
		// What the last run announced tells the next one.
		for i, absence := range state.Open {
			c.signal(time.Duration(i)*time.Millisecond, "settled", []workflows.Settled{{Absence: absence, Status: workflows.StatusSynced, Written: true}})
		}
		c.ExecuteWorkflow(workflows.LegalEntityInitializationType, state)
		again := (*workflow.ContinueAsNewError)(nil)
		if errors.As(c.GetWorkflowError(), &again) {
			state = workflows.LegalEntityState{}
			if err := converterFor(again).FromPayloads(again.Input, &state); err != nil {
				t.Fatal(err)
			}
			continue
		}
		var progress workflows.LegalEntityProgress
		if err := c.GetWorkflowResult(&progress); err != nil {
			t.Fatal(err)
		}
		if progress.Total != 240 || progress.Synced != 240 || runs != 4 {
			t.Errorf("%d runs, progress %+v; want 240 of 240 in 4 runs", runs, progress.Counts)
		}
		return
	}
}

// A run that got long stops between two legal entities and goes on in the next.
func TestAnInitializationOfManyLegalEntitiesContinuesAsNew(t *testing.T) {
	var ids []string
	for n := range 9 {
		ids = append(ids, fmt.Sprint(n+1))
	}
	written := map[string]int{}
	input := []any{workflows.InitializationInput{Synchronization: "s1", LegalEntities: ids}}
	for runs := 1; ; runs++ {
		c := newCompany(t)
		c.started = written
		for _, id := range ids {
			c.fill(id, 1, 5)
		}
		c.onList = func() {
			suggested := c.lists >= 4
			c.posted(func() { c.SetContinueAsNewSuggested(suggested) })
		}
		c.ExecuteWorkflow(workflows.InitializationType, input...)
		again := (*workflow.ContinueAsNewError)(nil)
		if errors.As(c.GetWorkflowError(), &again) {
			state := &workflows.InitializationState{}
			if err := converterFor(again).FromPayloads(again.Input, &workflows.InitializationInput{}, state); err != nil {
				t.Fatal(err)
			}
			input = []any{input[0], state}
			continue
		}
		var progress workflows.Progress
		if err := c.GetWorkflowResult(&progress); err != nil {
			t.Fatal(err)
		}
		if progress.Counts.Synced != 45 || len(written) != 45 || runs < 2 {
			t.Errorf("%d runs, %d written, progress %+v; want 45 in more than one", runs, len(written), progress.Counts)
		}
		return
	}
}

// A list that changed under its cursor is read again, and nothing is counted twice.
func TestAStaleListIsReadAgain(t *testing.T) {
	c := newCompany(t)
	c.fill("1", 3, 10)
	whole := c.pages["1"]
	c.pages["1"] = []workflows.Page{{Unreadable: 1}, {Stale: true}}
	c.onList = func() {
		if c.lists == 3 { // from its beginning
			c.pages["1"] = whole
		}
	}
	progress, err := c.initialize(workflows.InitializationInput{Synchronization: "s1", LegalEntities: []string{"1"}})
	if err != nil {
		t.Fatal(err)
	}
	want := workflows.Counts{Total: 30, Synced: 30}
	if diff := cmp.Diff(want, progress.Counts); diff != "" {
		t.Errorf("counts differ (-want +got):\n%s", diff)
	}
	c = newCompany(t)
	c.pages["1"] = []workflows.Page{{}, {Stale: true}}
	if _, err := c.initialize(workflows.InitializationInput{Synchronization: "s1", LegalEntities: []string{"1"}}); err == nil || !strings.Contains(err.Error(), "list-keeps-changing") {
		t.Errorf("a list that keeps changing ended with %v", err)
	}
}

// While live changes wait for their turn, one absence at a time is under way; two
// were when the first word of it came.
func TestAnInitializationGivesWay(t *testing.T) {
	c := newCompany(t)
	c.fill("1", 1, 30)
	c.crowded = true
	most, batch := 0, 0
	c.apply = func(ctx context.Context, r workflows.ApplyRequest) (workflows.ApplyResult, error) {
		c.underWay++
		most, batch = max(most, c.underWay), r.ReportBatch
		return c.writeAndTell(ctx, r)
	}
	progress, err := c.initialize(workflows.InitializationInput{Synchronization: "s1", LegalEntities: []string{"1"}})
	if err != nil || progress.Counts.Synced != 30 || most > 2 {
		t.Errorf("%+v with up to %d at once, error %v; want 30 written one by one", progress.Counts, most, err)
	}
	if batch <= 1 {
		t.Errorf("words are told %d at a time, want them to take their time meanwhile", batch)
	}
}
