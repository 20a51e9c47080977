package workflows

import (
	"errors"
	"slices"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// announce starts the absence's workflow, or signals the one that runs.
func (e *entity) announce(ctx workflow.Context, listed Listed) {
	e.state.Open = append(e.state.Open, listed.Absence)
	e.starting++
	listed.Change.Report = workflow.GetInfo(ctx).WorkflowExecution.ID
	listed.Change.Initialization = e.state.Parent
	listed.Change.ReportBatch = e.reportBatch()
	workflow.Go(disconnected(ctx), func(ctx workflow.Context) {
		defer func() { e.starting-- }()
		if err := e.start(ctx, listed); err != nil {
			e.log.Error("cannot announce an absence", "absence", listed.Absence, "error", err)
			e.settled(Settled{Absence: listed.Absence, Status: StatusBlocked, Reason: "internal"})
		}
	})
}

// reportBatch is how many reports may be gathered: while half of the window waits,
// the other half is under way. The last ones wait for nobody. Where live changes had
// to wait it is more than there can be: each report then takes its whole time, and an
// absence at a time leaves the machine to others in between.
func (e *entity) reportBatch() int {
	if e.state.Careful {
		return window
	}
	batch := e.state.AtOnce / 2
	if e.state.Progress.Listed {
		batch = min(batch, len(e.state.Rest))
	}
	return max(batch, 1)
}

// start begins with what the last absence needed, because an initialization
// mostly meets all or none for the first time: a child that cannot be started, and
// a signal nobody receives, cost as much as one of use. It tries both twice: a run
// may end between the two.
func (e *entity) start(ctx workflow.Context, listed Listed) error {
	if e.state.Running && e.signal(ctx, listed) == nil {
		return nil
	}
	var err error
	for range 2 {
		if err = e.child(ctx, listed); err == nil {
			e.state.Running = false
			return nil
		}
		if !alreadyRuns(err) {
			return err
		}
		if err = e.signal(ctx, listed); err == nil {
			e.state.Running = true
			return nil
		}
	}
	return err
}

// alreadyRuns reads the error of a child that could not be started. The SDK's test
// environment answers with the second kind.
func alreadyRuns(err error) bool {
	child, service := (*temporal.ChildWorkflowExecutionAlreadyStartedError)(nil),
		(*serviceerror.WorkflowExecutionAlreadyStarted)(nil)
	return errors.As(err, &child) || errors.As(err, &service)
}

func (e *entity) signal(ctx workflow.Context, listed Listed) error {
	id := AbsenceID(e.state.Source, listed.Absence)
	return workflow.SignalExternalWorkflow(ctx, id, "", string(listed.Kind), listed.Change).Get(ctx, nil)
}

func (e *entity) child(ctx workflow.Context, listed Listed) error {
	options := workflow.ChildWorkflowOptions{
		WorkflowID: AbsenceID(e.state.Source, listed.Absence),
		// An absence is followed for months; this run is over soon.
		ParentClosePolicy: enums.PARENT_CLOSE_POLICY_ABANDON,
		Priority:          LivePriority(e.state.Source),
		TypedSearchAttributes: AbsenceAttributes(e.state.Source, e.state.Progress.LegalEntity,
			listed.Change.Employee, e.state.Synchronization),
		StaticSummary: AbsenceSummary,
	}
	input := State{
		Source: e.state.Source, Absence: listed.Absence, Synchronization: e.state.Synchronization,
		First: &First{Kind: listed.Kind, Change: listed.Change},
	}
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, options), AbsenceLifecycleType, input)
	return child.GetChildWorkflowExecution().Get(ctx, nil)
}

// settled counts an absence's result. One that is retrying reports again later.
func (e *entity) settled(result Settled) {
	s, counts := e.state, &e.state.Progress.Counts
	switch {
	case takeOut(&s.Open, result.Absence):
	case takeOut(&s.Retrying, result.Absence):
		counts.Retrying--
		s.Progress.Troubled = slices.DeleteFunc(s.Progress.Troubled,
			func(t Troubled) bool { return t.Absence == result.Absence })
	default:
		return // reported before
	}
	switch result.Status {
	case StatusSynced, StatusDeleted:
		if result.Written {
			counts.Synced++
		} else {
			counts.Unchanged++
		}
		return
	case StatusRetrying:
		counts.Retrying++
		s.Retrying = append(s.Retrying, result.Absence)
	case StatusSkipped:
		counts.Skipped++
	default:
		counts.Blocked++
	}
	if len(s.Progress.Troubled) < troubledAtMost {
		s.Progress.Troubled = append(s.Progress.Troubled,
			Troubled{Absence: result.Absence, Status: result.Status, Reason: result.Reason})
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
