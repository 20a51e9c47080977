package workflows

import (
	"errors"
	"fmt"
	"slices"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/absence"
)

// LegalEntityState is a LegalEntityInitialization's input, what it continues as
// new with, and its answer to ProgressQuery.
type LegalEntityState struct {
	Source string       `json:"source"`
	Since  absence.Date `json:"since"`
	DryRun bool         `json:"dryRun,omitempty"`
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
	// Pages counts pages read.
	Pages int `json:"pages,omitempty"`
}

// window bounds the absences under way at once in one legal entity: enough to
// keep a provider's slots full (an adapter has 16 requests at once, or 4), few
// enough that live changes find little before them and a cancelled initialization
// ends soon. With embedded SQLite 8 and 50 were equally fast.
const window = 16

// historyAtMost is where a run continues as new, well under the server's advice
// at 4,096 events and, with two events a child, under 2,000 pending children.
const historyAtMost = 3000

// troubledAtMost and previewAtMost bound the lists in a progress.
const (
	troubledAtMost = 200
	previewAtMost  = 500
)

// LegalEntityInitialization walks through one legal entity's absences, page by
// page, and starts an AbsenceLifecycle for each, or signals the one that runs.
func LegalEntityInitialization(ctx workflow.Context, input LegalEntityState) (LegalEntityProgress, error) {
	e := &entity{state: &input, log: log.With(workflow.GetLogger(ctx), "source", input.Source, "legalEntity", input.Progress.LegalEntity)}
	err := workflow.SetQueryHandlerWithOptions(ctx, ProgressQuery, func() (LegalEntityProgress, error) { return e.state.Progress, nil },
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
}

// run reads page after page. Between two absences it may continue as new: a page
// of the legacy API has hundreds.
func (e *entity) run(ctx workflow.Context) (LegalEntityProgress, error) {
	for ctx.Err() == nil && !(e.state.Progress.Listed && len(e.state.Rest) == 0) {
		if full(ctx) {
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

// end waits for what was announced, even when cancelled: it is being written.
func (e *entity) end(ctx workflow.Context, err error) error {
	e.await(ctx, func() bool { return e.starting == 0 && len(e.state.Open) == 0 })
	e.state.Progress.Done = err == nil
	if err != nil { // else the result tells
		e.tellParent(disconnected(ctx))
	}
	return err
}

// full tells that this run shall continue as new.
func full(ctx workflow.Context) bool {
	info := workflow.GetInfo(ctx)
	return info.GetCurrentHistoryLength() > historyAtMost || info.GetContinueAsNewSuggested()
}

// continueAsNew takes everything along. Children not confirmed as started would be
// lost, and settled signals not received too.
func (e *entity) continueAsNew(ctx workflow.Context) (LegalEntityProgress, error) {
	e.await(ctx, func() bool { return e.starting == 0 })
	SignalSettled.receive(ctx, e.allSettled)
	return LegalEntityProgress{}, workflow.NewContinueAsNewError(ctx, LegalEntityInitialization, *e.state)
}

// await waits for a condition, taking in what absences tell meanwhile, whether or
// not this run is being cancelled.
func (e *entity) await(ctx workflow.Context, condition func() bool) {
	_ = workflow.Await(disconnected(ctx), func() bool {
		SignalSettled.receive(ctx, e.allSettled)
		return condition()
	})
}

// page reads one page to announce, or previews what is on it.
func (e *entity) page(ctx workflow.Context) error {
	s := e.state
	request := ListRequest{Source: s.Source, LegalEntity: s.Progress.LegalEntity, Since: s.Since, Cursor: s.Cursor}
	var page Page
	if err := workflow.ExecuteActivity(withReading(ctx, s.Source), ListAbsencesActivity, request).Get(ctx, &page); err != nil {
		return err
	}
	if page.Trouble != nil {
		return readingFailed(page.Trouble)
	}
	s.Progress.Total += len(page.Absences) + page.Unreadable
	s.Progress.Unreadable += page.Unreadable
	if s.DryRun {
		if err := e.preview(ctx, page.Absences); err != nil {
			return err
		}
	} else {
		s.Rest = page.Absences
	}
	s.Cursor, s.Progress.Listed = page.Next, page.Next == ""
	return nil
}

// announceNext announces one absence when the window has room for it.
func (e *entity) announceNext(ctx workflow.Context) {
	e.await(ctx, func() bool { return len(e.state.Open) < window || ctx.Err() != nil })
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
	if err := workflow.ExecuteActivity(withReading(ctx, e.state.Source), PreviewAbsencesActivity, request).Get(ctx, &preview); err != nil {
		return err
	}
	p := &e.state.Progress
	p.Counts.Add(preview.Counts)
	for _, one := range preview.Employees {
		p.addPreview(one)
	}
	p.Troubled = append(p.Troubled, preview.Troubled[:min(len(preview.Troubled), max(troubledAtMost-len(p.Troubled), 0))]...)
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

// announce starts the absence's life, or signals the one that runs.
func (e *entity) announce(ctx workflow.Context, listed Listed) {
	e.state.Open = append(e.state.Open, listed.Absence)
	e.starting++
	listed.Change.Report = workflow.GetInfo(ctx).WorkflowExecution.ID
	workflow.Go(disconnected(ctx), func(ctx workflow.Context) {
		defer func() { e.starting-- }()
		if err := e.start(ctx, listed); err != nil {
			e.log.Error("cannot announce an absence", "absence", listed.Absence, "error", err)
			e.settled(Settled{Absence: listed.Absence, Status: StatusBlocked, Reason: "internal"})
		}
	})
}

// start tries twice to start or signal: a life may end between the two.
func (e *entity) start(ctx workflow.Context, listed Listed) error {
	var err error
	for range 2 {
		if err = e.child(ctx, listed); err == nil {
			return nil
		}
		if running := (*temporal.ChildWorkflowExecutionAlreadyStartedError)(nil); !errors.As(err, &running) {
			return err
		}
		id := AbsenceID(e.state.Source, listed.Absence)
		if err = workflow.SignalExternalWorkflow(ctx, id, "", string(listed.Kind), listed.Change).Get(ctx, nil); err == nil {
			return nil
		}
	}
	return err
}

func (e *entity) child(ctx workflow.Context, listed Listed) error {
	attributes := []temporal.SearchAttributeUpdate{
		AttributeSource.ValueSet(e.state.Source), AttributeStatus.ValueSet(string(StatusPending)),
		AttributeLegalEntity.ValueSet(e.state.Progress.LegalEntity), AttributeEmployee.ValueSet(listed.Change.Employee),
	}
	options := workflow.ChildWorkflowOptions{
		WorkflowID: AbsenceID(e.state.Source, listed.Absence),
		// An absence lives for months; this run does not.
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		Priority:              bulkPriority(e.state.Source),
		TypedSearchAttributes: temporal.NewSearchAttributes(attributes...),
	}
	input := State{Source: e.state.Source, Absence: listed.Absence, First: &First{Kind: listed.Kind, Change: listed.Change}}
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, options), AbsenceLifecycleType, input)
	return child.GetChildWorkflowExecution().Get(ctx, nil)
}

func (e *entity) allSettled(words []Settled) {
	for _, word := range words {
		e.settled(word)
	}
}

// settled takes an absence's word. One that is retrying tells again later.
func (e *entity) settled(word Settled) {
	s, counts := e.state, &e.state.Progress.Counts
	switch {
	case takeOut(&s.Open, word.Absence):
	case takeOut(&s.Retrying, word.Absence):
		counts.Retrying--
	default:
		return // told before
	}
	switch word.Status {
	case StatusSynced, StatusDeleted:
		if word.Written {
			counts.Synced++
		} else {
			counts.Unchanged++
		}
		return
	case StatusRetrying:
		counts.Retrying++
		s.Retrying = append(s.Retrying, word.Absence)
	case StatusSkipped:
		counts.Skipped++
	default:
		counts.Blocked++
	}
	if len(s.Progress.Troubled) < troubledAtMost {
		s.Progress.Troubled = append(s.Progress.Troubled, Troubled{Absence: word.Absence, Status: word.Status, Reason: word.Reason})
	}
}

func takeOut(list *[]string, one string) bool {
	i := slices.Index(*list, one)
	if i < 0 {
		return false
	}
	*list = slices.Delete(*list, i, i+1)
	return true
}

// tellParent sends the progress up and shows it in the Temporal Web UI.
func (e *entity) tellParent(ctx workflow.Context) {
	c := e.state.Progress.Counts
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("%d absences found: %d written, %d right already, %d skipped, %d blocked, %d retrying",
		c.Total, c.Synced, c.Unchanged, c.Skipped, c.Blocked, c.Retrying))
	if e.state.Parent != "" {
		workflow.SignalExternalWorkflow(ctx, e.state.Parent, "", SignalProgress.Name, e.state.Progress)
	}
}
