package starter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/workflows"
)

// ErrNotConfirmable is returned for a confirmation that is not waited for.
var ErrNotConfirmable = errors.New("the initialization does not wait for a confirmation")

// Initialization is what is known of one.
type Initialization struct {
	workflows.Progress
	// WorkflowID and RunID find it in Temporal; its last part is its id here.
	WorkflowID string
	RunID      string
	// Failure is set when it failed: the message says what to do.
	Failure  string
	StartsAt time.Time
	EndedAt  time.Time
}

// StartInitialization starts one for a source and returns its workflow id.
func (s *Starter) StartInitialization(ctx context.Context, source string, input workflows.InitializationInput) (workflowID string, err error) {
	id := workflows.InitializationID(source, uuid.NewString())
	_, err = s.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: id, TaskQueue: workflows.TaskQueue,
		Priority:              temporal.Priority{PriorityKey: workflows.PriorityBulk, FairnessKey: workflows.FairnessKey(source)},
		TypedSearchAttributes: temporal.NewSearchAttributes(workflows.AttributeSource.ValueSet(source)),
		StaticSummary:         "What Figgo already has, written into calendars",
	}, workflows.InitializationType, input)
	if err != nil {
		return "", fmt.Errorf("start the initialization: %w", err)
	}
	return id, nil
}

// Initialization asks how far one is. It needs a worker to answer; ErrNotFound
// when Temporal knows none of this id.
func (s *Starter) Initialization(ctx context.Context, workflowID string) (Initialization, error) {
	description, err := s.client.DescribeWorkflowExecution(ctx, workflowID, "")
	if notFound(err) || err == nil && description.GetWorkflowExecutionInfo().GetType().GetName() != workflows.InitializationType {
		return Initialization{}, ErrNotFound
	}
	if err != nil {
		return Initialization{}, fmt.Errorf("describe %s: %w", workflowID, err)
	}
	info := description.GetWorkflowExecutionInfo()
	result := initializationOf(info)
	answer, err := s.client.QueryWorkflow(ctx, workflowID, result.RunID, workflows.ProgressQuery)
	if err != nil {
		return Initialization{}, fmt.Errorf("query %s: %w", workflowID, err)
	}
	if err := answer.Get(&result.Progress); err != nil {
		return Initialization{}, fmt.Errorf("read the progress of %s: %w", workflowID, err)
	}
	result.Phase = phaseOf(info.GetStatus(), result.Phase)
	switch result.Phase {
	case workflows.PhaseFailed:
		result.Failure = s.failure(ctx, workflowID, result.RunID)
	case workflows.PhaseRunning:
		s.newest(ctx, &result)
	}
	return result, nil
}

func initializationOf(info *workflow.WorkflowExecutionInfo) Initialization {
	one := Initialization{
		WorkflowID: info.GetExecution().GetWorkflowId(), RunID: info.GetExecution().GetRunId(), StartsAt: info.GetStartTime().AsTime(),
	}
	if info.GetCloseTime() != nil {
		one.EndedAt = info.GetCloseTime().AsTime()
	}
	one.Phase = phaseOf(info.GetStatus(), workflows.PhaseRunning)
	return one
}

// phaseOf prefers what Temporal knows: a terminated workflow cannot tell.
func phaseOf(status enums.WorkflowExecutionStatus, told workflows.Phase) workflows.Phase {
	switch status {
	case enums.WORKFLOW_EXECUTION_STATUS_RUNNING, enums.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW:
		return told
	case enums.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		return workflows.PhaseCompleted
	case enums.WORKFLOW_EXECUTION_STATUS_CANCELED, enums.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		return workflows.PhaseCancelled
	default:
		return workflows.PhaseFailed
	}
}

// failure is the message of what a failed workflow ended with.
func (s *Starter) failure(ctx context.Context, workflowID, runID string) string {
	err := s.client.GetWorkflow(ctx, workflowID, runID).Get(ctx, nil)
	if failure := (*temporal.ApplicationError)(nil); errors.As(err, &failure) {
		return failure.Message()
	}
	return "it failed for a reason Temporal does not tell; look into its Web UI"
}

// newest asks the legal entities that run how far they are: they tell their
// parent only now and then.
func (s *Starter) newest(ctx context.Context, one *Initialization) {
	one.Counts = workflows.Counts{}
	for i := range one.LegalEntities {
		entity := &one.LegalEntities[i]
		if !entity.Done && entity.Failure == "" {
			answer, err := s.client.QueryWorkflow(ctx, one.WorkflowID+"/"+entity.LegalEntity, "", workflows.ProgressQuery)
			var newest workflows.LegalEntityProgress
			if err == nil && answer.Get(&newest) == nil {
				*entity = newest
			}
		}
		one.Counts.Add(entity.Counts)
	}
}

// CancelInitialization asks one to stop: nothing more is started.
func (s *Starter) CancelInitialization(ctx context.Context, workflowID string) error {
	if _, err := s.describeInitialization(ctx, workflowID); err != nil {
		return err
	}
	err := s.client.CancelWorkflow(ctx, workflowID, "")
	if err != nil && !notFound(err) {
		return fmt.Errorf("cancel %s: %w", workflowID, err)
	}
	return nil
}

// ConfirmInitialization confirms one by the number of employees it told.
func (s *Starter) ConfirmInitialization(ctx context.Context, workflowID string, employees int) error {
	one, err := s.Initialization(ctx, workflowID)
	if err != nil {
		return err
	}
	if one.Phase != workflows.PhaseConfirming || one.Employees != employees {
		return ErrNotConfirmable
	}
	err = s.client.SignalWorkflow(ctx, workflowID, "", workflows.SignalConfirm.Name, workflows.Confirmation{Employees: employees})
	if err != nil {
		return fmt.Errorf("confirm %s: %w", workflowID, err)
	}
	return nil
}

func (s *Starter) describeInitialization(ctx context.Context, workflowID string) (*workflow.WorkflowExecutionInfo, error) {
	description, err := s.client.DescribeWorkflowExecution(ctx, workflowID, "")
	if notFound(err) || err == nil && description.GetWorkflowExecutionInfo().GetType().GetName() != workflows.InitializationType {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("describe %s: %w", workflowID, err)
	}
	return description.GetWorkflowExecutionInfo(), nil
}

// Initializations lists the newest ones, at most 100, without their counts.
// Temporal's list may be a second behind.
func (s *Starter) Initializations(ctx context.Context) ([]Initialization, error) {
	answer, err := s.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		PageSize: 100, Query: "WorkflowType = '" + workflows.InitializationType + "'",
	})
	if err != nil {
		return nil, fmt.Errorf("list initializations: %w", err)
	}
	var all []Initialization
	for _, info := range answer.GetExecutions() {
		one := initializationOf(info)
		one.Source, _ = sourceOf(one.WorkflowID)
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b Initialization) int { return b.StartsAt.Compare(a.StartsAt) })
	return all, nil
}

func sourceOf(workflowID string) (string, bool) {
	parts := strings.Split(workflowID, "/")
	if len(parts) != 3 || parts[0] != "initialization" {
		return "", false
	}
	return parts[1], true
}
