package workflows

import (
	"errors"
	"slices"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

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
