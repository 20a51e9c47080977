package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/internal/absence"
)

// LegalEntityState is a LegalEntityInitialization's input, what it continues as
// new with, and its answer to ProgressQuery.
type LegalEntityState struct {
	Source          string       `json:"source"`
	Synchronization string       `json:"synchronization,omitempty"`
	Since           absence.Date `json:"since"`
	DryRun          bool         `json:"dryRun,omitempty"`
	// Parent is the workflow that is told of the progress.
	Parent   string              `json:"parent,omitempty"`
	Cursor   string              `json:"cursor,omitempty"`
	Progress LegalEntityProgress `json:"progress"`
	// Open are absences that were announced and are not settled yet; Retrying
	// those that told of temporary trouble, which hold up nothing.
	Open     []string `json:"open,omitempty"`
	Retrying []string `json:"retrying,omitempty"`
	// Rest is what is not announced yet of the page before Cursor.
	Rest []Listed `json:"rest,omitempty"`
	// Pages counts pages read, Restarts how often the list was begun again.
	Pages    int `json:"pages,omitempty"`
	Restarts int `json:"restarts,omitempty"`
	// Running tells that the absence announced last had a workflow already, and so
	// probably the next.
	Running bool `json:"running,omitempty"`
	// AtOnce is how many absences may be under way, window at most; Careful says that
	// it grows slowly, because live changes had to wait.
	AtOnce  int  `json:"atOnce,omitempty"`
	Careful bool `json:"careful,omitempty"`
	// EventsAtMost is the length of history at which a run continues as new; 0 is
	// eventsAtMost.
	EventsAtMost int       `json:"eventsAtMost,omitempty"`
	Behaviour    Behaviour `json:"behaviour,omitempty"`
}

// window bounds the absences under way at once in one legal entity: enough to
// keep a provider's slots full (an adapter has 16 requests at once, or 4), few
// enough that live changes find little before them and a cancelled initialization
// ends soon. With embedded SQLite 8 and 50 were equally fast.
const window = 16

// eventsAtMost is where a run continues as new, well under the server's advice
// at 4,096 events and, with two events a child, under 2,000 pending children.
const eventsAtMost = 3000

// troubledAtMost and previewAtMost bound the lists in a progress.
const (
	troubledAtMost = 200
	previewAtMost  = 500
)

// LegalEntityInitialization walks through one legal entity's absences, page by
// page, and starts an AbsenceLifecycle for each, or signals the one that runs.
func LegalEntityInitialization(ctx workflow.Context, input LegalEntityState) (LegalEntityProgress, error) {
	input.Behaviour.check()
	if input.AtOnce == 0 {
		input.AtOnce = firstAtOnce
	}
	input.Progress.Initialization = input.Parent
	e := &entity{state: &input, log: log.With(workflow.GetLogger(ctx), "source", input.Source,
		"legalEntity", input.Progress.LegalEntity)}
	err := workflow.SetQueryHandlerWithOptions(ctx, ProgressQuery,
		func() (LegalEntityProgress, error) { return e.state.Progress, nil },
		workflow.QueryHandlerOptions{Description: "How far this legal entity is."})
	if err != nil {
		return LegalEntityProgress{}, err
	}
	return e.run(ctx)
}

type entity struct {
	state *LegalEntityState
	log   log.Logger
	// starting counts children whose start is not confirmed yet: a child that is
	// only initiated when this run closes is never started.
	starting int
	// growAt is when the window may grow again; reportedAt when the last report came,
	// or the wait for the next began.
	growAt, reportedAt time.Time
}

// run reads page after page. Between two absences it may continue as new: a page
// of the legacy API has hundreds.
func (e *entity) run(ctx workflow.Context) (LegalEntityProgress, error) {
	e.watch(ctx)
	for ctx.Err() == nil && !(e.state.Progress.Listed && len(e.state.Rest) == 0) {
		if full(ctx, e.state.EventsAtMost) {
			return e.continueAsNew(ctx)
		}
		if len(e.state.Rest) > 0 {
			e.announceNext(ctx)
			continue
		}
		if err := e.page(ctx); err != nil {
			return e.state.Progress, e.end(ctx, err)
		}
		e.state.Pages++
		if e.state.Pages&(e.state.Pages-1) == 0 {
			// After pages 1, 2, 4, 8...: the parent's history must not grow with
			// the company. Whoever wants to know more asks this workflow.
			e.tellParent(ctx)
		}
	}
	return e.state.Progress, e.end(ctx, ctx.Err())
}

// end waits for what was announced, for a while even when cancelled: it is being
// written. What was written is told whatever the end: counts go with the error.
func (e *entity) end(ctx workflow.Context, err error) error {
	e.await(ctx, func() bool { return e.starting == 0 && len(e.state.Open) == 0 })
	e.state.Progress.Done = err == nil
	e.describe(ctx)
	return withProgress(err, e.state.Progress)
}

// full tells that this run shall continue as new.
func full(ctx workflow.Context, atMost int) bool {
	if atMost == 0 {
		atMost = eventsAtMost
	}
	info := workflow.GetInfo(ctx)
	return info.GetCurrentHistoryLength() > atMost || info.GetContinueAsNewSuggested()
}

// continueAsNew takes everything along. Children not confirmed as started would be
// lost, and settled signals not received too.
func (e *entity) continueAsNew(ctx workflow.Context) (LegalEntityProgress, error) {
	e.await(ctx, func() bool { return e.starting == 0 })
	e.receive(ctx)
	e.state.Behaviour = NewestBehaviour
	return LegalEntityProgress{}, workflow.NewContinueAsNewError(ctx, LegalEntityInitialization, *e.state)
}

// await waits for a condition, counting what absences report meanwhile, whether or
// not this run is being cancelled.
func (e *entity) await(ctx workflow.Context, condition func() bool) {
	_ = workflow.Await(disconnected(ctx), func() bool {
		e.receive(ctx)
		return condition()
	})
}

// receive counts what absences report.
func (e *entity) receive(ctx workflow.Context) {
	SignalSettled.receive(ctx, func(results []Settled) {
		e.reportedAt = workflow.Now(ctx)
		e.pace(workflow.Now(ctx), slices.ContainsFunc(results, func(result Settled) bool { return result.Crowded }))
		for _, result := range results {
			e.settled(result)
		}
	})
}

// announceNext announces one absence when the window has room for it.
func (e *entity) announceNext(ctx workflow.Context) {
	e.await(ctx, func() bool { return len(e.state.Open) < e.state.AtOnce || ctx.Err() != nil })
	if ctx.Err() != nil {
		return
	}
	next := e.state.Rest[0]
	e.state.Rest = e.state.Rest[1:]
	e.announce(ctx, next)
}

func (e *entity) preview(ctx workflow.Context, listed []Listed) error {
	if len(listed) == 0 {
		return nil
	}
	var preview Preview
	request := PreviewRequest{Source: e.state.Source, Absences: listed}
	if err := workflow.ExecuteActivity(withReading(ctx, e.state.Source, "compare with calendars"),
		PreviewAbsencesActivity, request).Get(ctx, &preview); err != nil {
		return err
	}
	p := &e.state.Progress
	p.Counts.Add(preview.Counts)
	for _, one := range preview.Employees {
		p.addPreview(one)
	}
	p.Troubled = append(p.Troubled, preview.Troubled[:min(len(preview.Troubled),
		max(troubledAtMost-len(p.Troubled), 0))]...)
	return nil
}

// addPreview adds to the employee's line; an employee's absences may be on
// several pages.
func (p *LegalEntityProgress) addPreview(one EmployeePreview) {
	i := slices.IndexFunc(p.Preview, func(other EmployeePreview) bool { return other.Employee == one.Employee })
	if i < 0 {
		if len(p.Preview) < previewAtMost {
			p.Preview = append(p.Preview, one)
		}
		return
	}
	p.Preview[i].Add(one)
}

// tellParent sends the progress up and shows it in the Temporal Web UI.
func (e *entity) tellParent(ctx workflow.Context) {
	e.describe(ctx)
	if e.state.Parent != "" {
		workflow.SignalExternalWorkflow(ctx, e.state.Parent, "", SignalProgress.Name, e.state.Progress)
	}
}

func (e *entity) describe(ctx workflow.Context) {
	c := e.state.Progress.Counts
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("%d absences found: %d written, %d right already, %d skipped, %d blocked, %d retrying; %d under way",
		c.Total, c.Synced, c.Unchanged, c.Skipped, c.Blocked, c.Retrying, len(e.state.Open)))
}
