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
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/workflows"
)

// ErrNotConfirmable is returned for a confirmation that is not waited for.
var ErrNotConfirmable = errors.New("the initialization does not wait for a confirmation")

// ErrUnreadable is returned for a progress that this process cannot decrypt.
var ErrUnreadable = errors.New("the progress cannot be read without the keyset it is encrypted with")

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

// ShortID is what people see of a workflow id: "demo.5f1d..." for
// "initialization/demo/5f1d...", "reconciliation/demo/5f1d..." and
// "removal/demo/5f1d...".
func ShortID(workflowID string) string {
	for _, kind := range []string{"initialization/", "reconciliation/", "removal/"} {
		if rest, found := strings.CutPrefix(workflowID, kind); found {
			return strings.ReplaceAll(rest, "/", ".")
		}
	}
	return strings.ReplaceAll(workflowID, "/", ".")
}

// Status is the HTTP API's word for a phase: running, waiting, completed, cancelled
// or failed.
func Status(phase workflows.Phase) string {
	switch phase {
	case workflows.PhaseCompleted, workflows.PhaseCancelled, workflows.PhaseFailed, workflows.PhaseWaiting:
		return string(phase)
	default:
		return "running"
	}
}

// Ended tells whether a run in this phase goes on no more.
func Ended(phase workflows.Phase) bool {
	status := Status(phase)
	return status != "running" && status != string(workflows.PhaseWaiting)
}

// StartInitialization starts one for a source and returns its workflow id. With a
// key it starts the source's only one of that key: starting it again, with
// whatever input, returns the id of the first, until Temporal has forgotten it
// (the namespace's retention after its end). "" is always a new one.
func (s *Starter) StartInitialization(ctx context.Context, source string, input workflows.InitializationInput,
	key string) (workflowID string, err error) {
	id := workflows.InitializationID(source, idOfKey(source, key))
	ofSource := temporal.NewSearchAttributes(workflows.AttributeSource.ValueSet(source))
	_, err = s.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: id, TaskQueue: workflows.TaskQueue,
		WorkflowIDReusePolicy:                    enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy:                 enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		Priority:                                 workflows.BulkPriority(source),
		TypedSearchAttributes:                    ofSource,
		StaticSummary:                            "What Figgo already has, written into calendars",
	}, workflows.InitializationType, input)
	if _, ok := errors.AsType[*serviceerror.WorkflowExecutionAlreadyStarted](err); ok {
		return id, nil
	}
	if err != nil {
		return "", fmt.Errorf("start the initialization: %w", err)
	}
	return id, nil
}

// keySpace is the name space of the ids that keys make (RFC 9562, 5.5).
var keySpace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/figgosync/figgosync#initialization-key"))

// idOfKey is the last part of a workflow id, a new one for "". Keys are somebody's
// text: they are hashed, and those of two sources make two ids.
func idOfKey(source, key string) string {
	if key == "" {
		return uuid.NewString()
	}
	return uuid.NewSHA1(keySpace, []byte(source+"/"+key)).String()
}

// Initialization asks how far one is. It needs a worker to answer; ErrNotFound
// when Temporal knows none of this id.
func (s *Starter) Initialization(ctx context.Context, workflowID string) (Initialization, error) {
	description, err := s.client.DescribeWorkflowExecution(ctx, workflowID, "")
	kind := description.GetWorkflowExecutionInfo().GetType().GetName()
	if notFound(err) || err == nil && kind != workflows.InitializationType {
		return Initialization{}, ErrNotFound
	}
	if err != nil {
		return Initialization{}, fmt.Errorf("describe %s: %w", workflowID, err)
	}
	info := description.GetWorkflowExecutionInfo()
	result := initializationOf(info)
	err = s.progress(ctx, &result)
	result.Phase = phaseOf(info.GetStatus(), result.Phase)
	if !result.StartedAt.IsZero() {
		result.StartsAt = result.StartedAt // of its first run
	}
	switch result.Phase {
	case workflows.PhaseFailed:
		// One whose input could not be read cannot tell a progress either.
		result.Failure, err = s.failure(ctx, workflowID, result.RunID), nil
		s.newest(ctx, &result)
	case workflows.PhaseRunning, workflows.PhaseCancelled:
		s.newest(ctx, &result)
	}
	return result, err
}

// InitializationOf is what the initialization itself tells of how far it is, whatever
// became of it; known is false when Temporal has none of this id.
func (s *Starter) InitializationOf(
	ctx context.Context, workflowID string,
) (progress workflows.Progress, known bool, err error) {
	answer, err := s.client.QueryWorkflow(ctx, workflowID, "", workflows.ProgressQuery)
	if notFound(err) {
		return workflows.Progress{}, false, nil
	}
	if err != nil {
		return workflows.Progress{}, false, fmt.Errorf("query %s: %w", workflowID, err)
	}
	if err := answer.Get(&progress); err != nil {
		return workflows.Progress{}, false, fmt.Errorf("%w (%s): %w", ErrUnreadable, workflowID, err)
	}
	return progress, true, nil
}

// CreatedBy is the workflow id of the initialization that created all events of an
// absence, "" where none did, or Temporal has forgotten the absence.
func (s *Starter) CreatedBy(ctx context.Context, source, absence string) (workflowID string, err error) {
	state, _, err := s.StateOf(ctx, source, absence)
	return state.CreatedBy, err
}

// progress asks the workflow itself.
func (s *Starter) progress(ctx context.Context, one *Initialization) error {
	answer, err := s.client.QueryWorkflow(ctx, one.WorkflowID, one.RunID, workflows.ProgressQuery)
	if err != nil {
		return fmt.Errorf("query %s: %w", one.WorkflowID, err)
	}
	if err := answer.Get(&one.Progress); err != nil {
		return fmt.Errorf("%w (%s): %w", ErrUnreadable, one.WorkflowID, err)
	}
	return nil
}

func initializationOf(info *workflow.WorkflowExecutionInfo) Initialization {
	one := Initialization{
		WorkflowID: info.GetExecution().GetWorkflowId(), RunID: info.GetExecution().GetRunId(),
		StartsAt: info.GetStartTime().AsTime(),
	}
	if info.GetCloseTime() != nil {
		one.EndedAt = info.GetCloseTime().AsTime()
	}
	one.Phase = phaseOf(info.GetStatus(), workflows.PhaseRunning)
	return one
}

// phaseOf prefers what Temporal knows: a terminated workflow cannot tell.
func phaseOf(status enums.WorkflowExecutionStatus, progress workflows.Phase) workflows.Phase {
	switch status {
	case enums.WORKFLOW_EXECUTION_STATUS_RUNNING, enums.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW:
		return progress
	case enums.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		return workflows.PhaseCompleted
	case enums.WORKFLOW_EXECUTION_STATUS_CANCELED, enums.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		return workflows.PhaseCancelled
	default:
		return workflows.PhaseFailed
	}
}

// untold is the failure of one that failed without a message of ours.
const untold = "it failed for a reason Temporal does not tell; look into its Web UI"

// failure is the message of what a failed workflow ended with.
func (s *Starter) failure(ctx context.Context, workflowID, runID string) string {
	err := s.client.GetWorkflow(ctx, workflowID, runID).Get(ctx, nil)
	failure := (*temporal.ApplicationError)(nil)
	if !errors.As(err, &failure) {
		return untold
	}
	return plainFailure(failure.Message())
}

// plainFailure is what is wrong with an input without the SDK's words around it:
// people start initializations by hand.
func plainFailure(message string) string {
	if !strings.HasPrefix(message, "unable to decode the workflow function input") {
		return message
	}
	if _, detail, found := strings.Cut(message, "unable to decode: "); found {
		message, _, _ = strings.Cut(detail, ", function name: ")
	}
	return `the input cannot be read: ` + message + `; write it as {"synchronization":"NAME","since":"2026-10-01"}`
}

// newest asks the legal entities that run, or ended early, how far they are: they
// tell their parent only now and then, and their last word may come too late.
func (s *Starter) newest(ctx context.Context, one *Initialization) {
	one.Counts = workflows.Counts{}
	waiting := false // they start in order: behind one that did not, none did
	for i := range one.LegalEntities {
		entity := &one.LegalEntities[i]
		if !entity.Done && !waiting {
			id := workflows.LegalEntityInitializationID(one.WorkflowID, one.Source, entity.LegalEntity, one.DryRun)
			newest, err := s.entityProgress(ctx, id)
			// It may be another initialization's, whose turn it was.
			if err == nil && newest.Initialization == one.WorkflowID {
				newest.Failure = entity.Failure
				*entity = newest
			}
			waiting = notFound(err)
		}
		one.Counts.Add(entity.Counts)
	}
}

// entityProgress asks a legal entity's run how far it is. One that does not answer
// tells what it told before.
func (s *Starter) entityProgress(ctx context.Context, id string) (progress workflows.LegalEntityProgress, err error) {
	answer, err := s.client.QueryWorkflow(ctx, id, "", workflows.ProgressQuery)
	if err == nil {
		err = answer.Get(&progress)
	}
	if err == nil {
		s.lastProgress.Add(id, progress)
		return progress, nil
	}
	if before, ok := s.lastProgress.Get(id); ok && !notFound(err) {
		return before, nil
	}
	return progress, err
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
	err = s.client.SignalWorkflow(ctx, workflowID, "", workflows.SignalConfirm.Name,
		workflows.Confirmation{Employees: employees})
	if err != nil {
		return fmt.Errorf("confirm %s: %w", workflowID, err)
	}
	return nil
}

func (s *Starter) describeInitialization(ctx context.Context,
	workflowID string) (*workflow.WorkflowExecutionInfo, error) {
	description, err := s.client.DescribeWorkflowExecution(ctx, workflowID, "")
	kind := description.GetWorkflowExecutionInfo().GetType().GetName()
	if notFound(err) || err == nil && kind != workflows.InitializationType {
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
		s.remembered(info, &one)
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b Initialization) int { return b.StartsAt.Compare(a.StartsAt) })
	return all, nil
}

// remembered reads what an initialization left where lists show it. One whose
// input was wrong left nothing.
func (s *Starter) remembered(info *workflow.WorkflowExecutionInfo, one *Initialization) {
	data := converter.GetDefaultDataConverter()
	_ = data.FromPayload(info.GetSearchAttributes().GetIndexedFields()[workflows.AttributeSource.GetName()],
		&one.Source)
	memo := info.GetMemo().GetFields()[workflows.InitializationMemo]
	if memo == nil {
		return
	}
	var input workflows.InitializationInput
	if s.data.FromPayload(memo, &input) == nil {
		one.Synchronization, one.Since, one.DryRun = input.Synchronization, input.Since, input.DryRun
	}
}
