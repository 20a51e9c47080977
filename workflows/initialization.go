package workflows

import (
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/internal/absence"
)

// Initialization writes what Figgo already has: every absence of some legal
// entities that ends on or after a date. It may be repeated at any time; what is
// right already is left alone. Cancelling it starts nothing more; what is
// written stays, and the few absences under way are finished.
//
// It can be started by hand with nothing but JSON:
// {"synchronization":"NAME","since":"2026-10-01"}.
//
// resume is nothing but at the beginning of a later run of a large one.
func Initialization(ctx workflow.Context, input InitializationInput, resume *InitializationState) (Progress, error) {
	i := &initialization{input: input, log: log.With(workflow.GetLogger(ctx), "synchronization", input.Synchronization)}
	if resume != nil {
		i.plan, i.progress, i.next = resume.Plan, resume.Progress, resume.Next
	} else {
		i.progress = Progress{
			Phase: PhasePlanning, Synchronization: input.Synchronization, DryRun: input.DryRun,
			StartedAt:     workflow.Now(ctx),
			LegalEntities: []LegalEntityProgress{},
		}
	}
	if err := i.setup(ctx); err != nil {
		return Progress{}, err
	}
	return i.run(ctx)
}

// InitializationState is what an Initialization continues as new with, besides its
// input.
type InitializationState struct {
	Plan     Plan     `json:"plan"`
	Progress Progress `json:"progress"`
	// Next counts the legal entities that are done, from the first.
	Next int `json:"next"`
}

type initialization struct {
	input    InitializationInput
	plan     Plan
	progress Progress
	// next is the legal entity that is started next, running counts those under
	// way.
	next, running int
	gate          gate
	log           log.Logger
}

func (i *initialization) setup(ctx workflow.Context) error {
	err := workflow.SetQueryHandlerWithOptions(ctx, ProgressQuery, func() (Progress, error) { return i.total(), nil },
		workflow.QueryHandlerOptions{Description: "How far the initialization is, by legal entity."})
	if err != nil {
		return err
	}
	return i.gate.setup(ctx, func() *Breaker { return i.progress.Breaker })
}

// run is plan, confirm, count and wait where much would change, walk.
func (i *initialization) run(ctx workflow.Context) (Progress, error) {
	if i.progress.Phase != PhaseRunning {
		i.describe(ctx)
		if err := i.prepare(ctx); err != nil {
			workflow.SetCurrentDetails(ctx, endedBy(err))
			return Progress{}, err
		}
		i.progress.Phase = PhaseRunning
	}
	i.walk(ctx)
	if ctx.Err() == nil && i.next < len(i.plan.LegalEntities) {
		state := &InitializationState{Plan: i.plan, Progress: i.progress, Next: i.next}
		return Progress{}, workflow.NewContinueAsNewError(ctx, Initialization, i.input, state)
	}
	return i.end(ctx)
}

func (i *initialization) prepare(ctx workflow.Context) error {
	if err := i.makePlan(ctx); err != nil {
		return err
	}
	if err := i.loadEmployees(ctx); err != nil {
		return err
	}
	if err := i.confirm(ctx); err != nil {
		return err
	}
	return i.approve(ctx)
}

// end tells how it went. A legal entity that could not be read fails the whole,
// visibly; the others are done all the same.
func (i *initialization) end(ctx workflow.Context) (Progress, error) {
	var failures []string
	for _, entity := range i.progress.LegalEntities {
		if entity.Failure != "" {
			failures = append(failures, entity.LegalEntity+": "+entity.Failure)
		}
	}
	switch {
	case ctx.Err() != nil:
		i.progress.Phase = PhaseCancelled
	case len(failures) > 0:
		i.progress.Phase = PhaseFailed
	default:
		i.progress.Phase = PhaseCompleted
	}
	i.describe(ctx)
	switch i.progress.Phase {
	case PhaseCancelled:
		return Progress{}, temporal.NewCanceledError(i.total())
	case PhaseFailed:
		return Progress{}, temporal.NewNonRetryableApplicationError(
			"not finished for the legal entities "+strings.Join(failures, "; "), "Incomplete", nil, i.total())
	default:
		return i.total(), nil
	}
}

// makePlan completes the input by the settings; what is wrong with it is told and
// fails the workflow at once.
func (i *initialization) makePlan(ctx workflow.Context) error {
	err := workflow.ExecuteLocalActivity(withRouting(ctx), PlanInitializationActivity, i.input).Get(ctx, &i.plan)
	if err != nil {
		return err
	}
	if i.plan.Since.IsZero() {
		i.plan.Since = absence.DateOf(workflow.Now(ctx).UTC())
	}
	i.progress.Source, i.progress.Since = i.plan.Source, i.plan.Since
	for _, legalEntity := range i.plan.LegalEntities {
		i.progress.LegalEntities = append(i.progress.LegalEntities, LegalEntityProgress{LegalEntity: legalEntity})
	}
	return i.publish(ctx)
}

// publish leaves what this is about where lists of workflows show it.
func (i *initialization) publish(ctx workflow.Context) error {
	about := i.input
	about.Since = i.plan.Since
	if err := workflow.UpsertMemo(ctx, map[string]any{InitializationMemo: about}); err != nil {
		return err
	}
	if source, _ := workflow.GetTypedSearchAttributes(ctx).GetKeyword(AttributeSource); source == i.plan.Source {
		return nil
	}
	return workflow.UpsertTypedSearchAttributes(ctx, AttributeSource.ValueSet(i.plan.Source))
}

func (i *initialization) loadEmployees(ctx workflow.Context) error {
	request := LoadEmployeesRequest{Source: i.plan.Source, LegalEntities: i.plan.LegalEntities}
	var loaded LoadEmployeesResult
	err := workflow.ExecuteActivity(withReading(ctx, i.plan.Source, "employees of the legal entities"),
		LoadEmployeesActivity, request).Get(ctx, &loaded)
	if err != nil {
		return err
	}
	if loaded.Trouble != nil {
		return readingFailed(loaded.Trouble)
	}
	i.progress.Employees = loaded.Employees
	return nil
}

func readingFailed(trouble *Trouble) error {
	return temporal.NewNonRetryableApplicationError(
		fmt.Sprintf("Figgo cannot be read: %s (%s)", trouble.Reason, trouble.Code), trouble.Reason, nil)
}

// confirm waits for the right number when many people would be written to.
func (i *initialization) confirm(ctx workflow.Context) error {
	if i.input.DryRun || i.plan.ConfirmAbove <= 0 || i.progress.Employees <= i.plan.ConfirmAbove {
		return nil
	}
	confirmed := Confirmation{Employees: i.input.Confirm}
	i.progress.Phase = PhaseConfirming
	for confirmed.Employees != i.progress.Employees {
		i.describe(ctx)
		selector := workflow.NewSelector(ctx)
		SignalConfirm.addTo(ctx, selector, func(c Confirmation) { confirmed = c })
		selector.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {})
		selector.Select(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// entitiesAtOnce bounds how many legal entities are read at the same time; Lucca
// allows 50 calls a minute for all of them together.
const entitiesAtOnce = 4

// walk runs a child for each legal entity and receives their progress. It stops
// between two of them when this run's history is long enough; children under way
// belong to this run and are waited for.
func (i *initialization) walk(ctx workflow.Context) {
	for {
		for i.running < entitiesAtOnce && i.next < len(i.plan.LegalEntities) && ctx.Err() == nil && !full(ctx, 0) {
			i.start(ctx)
		}
		if i.running == 0 {
			break
		}
		before := i.running
		_ = workflow.Await(disconnected(ctx), func() bool {
			return i.running < before || SignalProgress.receive(ctx, i.note) > 0
		})
		i.describe(ctx)
	}
	SignalProgress.receive(ctx, i.note)
}

// start runs the next legal entity's child to its end, meanwhile.
func (i *initialization) start(ctx workflow.Context) {
	index := i.next
	i.next++
	i.running++
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer func() { i.running-- }()
		i.entity(ctx, index)
	})
}

// disconnected lets a wait outlast a cancellation: children are told and still
// have to end.
func disconnected(ctx workflow.Context) workflow.Context {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	return ctx
}

func (i *initialization) entity(ctx workflow.Context, index int) {
	parent := workflow.GetInfo(ctx).WorkflowExecution.ID
	legalEntity := i.plan.LegalEntities[index]
	options := workflow.ChildWorkflowOptions{
		WorkflowID:          LegalEntityInitializationID(parent, i.plan.Source, legalEntity, i.input.DryRun),
		ParentClosePolicy:   enums.PARENT_CLOSE_POLICY_REQUEST_CANCEL,
		WaitForCancellation: true,
		Priority:            BulkPriority(i.plan.Source),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			AttributeSource.ValueSet(i.plan.Source), AttributeLegalEntity.ValueSet(legalEntity),
			AttributeSynchronization.ValueSet(i.input.Synchronization),
		),
		StaticSummary: "legal entity " + legalEntity,
	}
	input := LegalEntityState{
		Source: i.plan.Source, Synchronization: i.input.Synchronization, Since: i.plan.Since, DryRun: i.input.DryRun,
		Parent: parent, Progress: LegalEntityProgress{LegalEntity: legalEntity}, Behaviour: NewestBehaviour,
	}
	var result LegalEntityProgress
	err := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, options), LegalEntityInitializationType,
		input).Get(ctx, &result)
	if err == nil {
		i.take(index, result)
		return
	}
	if progressOf(err, &result) {
		i.take(index, result)
	}
	i.progress.LegalEntities[index].Failure = failureOf(err)
	i.log.Warn("a legal entity was not finished", "legalEntity", legalEntity, "error", err)
}

// withProgress adds the counts to what a run ends with, so that what was written is
// told although it was cancelled or failed.
func withProgress(err error, progress any) error {
	failure := (*temporal.ApplicationError)(nil)
	switch {
	case err == nil:
		return nil
	case temporal.IsCanceledError(err):
		return temporal.NewCanceledError(progress)
	case errors.As(err, &failure):
		return temporal.NewNonRetryableApplicationError(failure.Message(), failure.Type(), nil, progress)
	default:
		return temporal.NewNonRetryableApplicationError("internal", "internal", nil, progress)
	}
}

// progressOf reads what withProgress added.
func progressOf(err error, progress *LegalEntityProgress) bool {
	cancelled, failure := (*temporal.CanceledError)(nil), (*temporal.ApplicationError)(nil)
	switch {
	case errors.As(err, &cancelled):
		return cancelled.HasDetails() && cancelled.Details(progress) == nil
	case errors.As(err, &failure):
		return failure.HasDetails() && failure.Details(progress) == nil
	default:
		return false
	}
}

func failureOf(err error) string {
	if alreadyRuns(err) {
		return "another initialization of this legal entity is under way: wait for its end, or cancel it"
	}
	if _, ok := errors.AsType[*temporal.CanceledError](err); ok {
		return "cancelled"
	}
	if failure, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		return failure.Message()
	}
	return "internal"
}
