// Package starter is the client side of Temporal: it signals absences and asks
// about them. The API and the command line use it.
package starter

import (
	"context"
	"errors"
	"fmt"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/internal/engine"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/tracing"
	"github.com/figgosync/figgosync/workflows"
)

// ErrNotFound is returned for an absence Temporal knows nothing of (any more).
var ErrNotFound = errors.New("no such absence")

// Starter signals and inspects workflows through one Temporal client.
type Starter struct {
	client client.Client
	data   converter.DataConverter
	// lastProgress is what legal entities' runs answered last, by their workflow ids: one that does
	// not answer in time is no reason for a progress to go back.
	lastProgress *lru.Cache[string, workflows.LegalEntityProgress]
	// ended are removals and reconciliations that have ended, by their run ids: they
	// change no more.
	ended *lru.Cache[string, Operation]
	// watches are what watches ended with, by their run ids.
	watches *lru.Cache[string, workflows.Watched]
}

// maxProgress bounds what is remembered.
const maxProgress = 500

// New returns a Starter. codec is the client's, nil when payloads are not
// encrypted. The caller keeps and closes the client.
func New(c client.Client, codec converter.PayloadCodec) *Starter {
	progress, _ := lru.New[string, workflows.LegalEntityProgress](maxProgress) // fails for sizes below 1 only
	ended, _ := lru.New[string, Operation](maxProgress)
	watches, _ := lru.New[string, workflows.Watched](maxProgress)
	s := &Starter{
		client: c, data: converter.GetDefaultDataConverter(), lastProgress: progress, ended: ended, watches: watches,
	}
	if codec != nil {
		s.data = engine.NewDataConverter(codec)
	}
	return s
}

// Announce hands a notice to its absence's workflow, which it starts when none
// runs. It returns once Temporal has stored it; no worker needs to be up.
// Notices that are figgo.Ignored must not come here.
func (s *Starter) Announce(ctx context.Context, source string, notice figgo.Notice) error {
	signal, err := signalOf(notice.Kind)
	if err != nil {
		return err
	}
	change := workflows.Change{
		EventID: notice.EventID, ChangedAt: notice.ChangedAt, OccurredAt: notice.OccurredAt,
		Employee: notice.EmployeeID, Email: notice.Email, LegalEntity: notice.LegalEntity,
		Absence: notice.Absence, Partial: notice.Partial, ReceivedAt: time.Now().UTC(),
		Trace: tracing.Parent(ctx),
	}
	options := client.StartWorkflowOptions{
		TaskQueue:             workflows.TaskQueue,
		Priority:              workflows.LivePriority(source),
		TypedSearchAttributes: workflows.AbsenceAttributes(source, notice.LegalEntity, notice.EmployeeID, ""),
		StaticSummary:         workflows.AbsenceSummary,
	}
	id := workflows.AbsenceID(source, notice.AbsenceID)
	input := workflows.State{Source: source, Absence: notice.AbsenceID}
	_, err = s.client.SignalWithStartWorkflow(ctx, id, signal.Name, change, options, workflows.AbsenceLifecycleType,
		input)
	if err != nil {
		return fmt.Errorf("signal %s: %w", id, err)
	}
	return nil
}

func signalOf(kind figgo.Kind) (workflows.Signal[workflows.Change], error) {
	switch kind {
	case figgo.Requested:
		return workflows.SignalRequested, nil
	case figgo.Approved:
		return workflows.SignalApproved, nil
	case figgo.Deleted:
		return workflows.SignalDeleted, nil
	default:
		return workflows.Signal[workflows.Change]{}, fmt.Errorf("a notice of kind %q is not for a workflow", kind)
	}
}

// Absence is what is known of one absence.
type Absence struct {
	workflows.State
	// WorkflowID and RunID find it in the Temporal Web UI. Running is false once
	// its run is over.
	WorkflowID string
	RunID      string
	Running    bool
	// Retrying is set while Temporal retries an activity: Attempt counts the
	// tries so far.
	Attempt int32
}

// Absence asks where an absence stands. It needs a worker to answer, and returns
// ErrNotFound when Temporal knows no such absence.
func (s *Starter) Absence(ctx context.Context, source, absence string) (Absence, error) {
	id := workflows.AbsenceID(source, absence)
	description, err := s.client.DescribeWorkflowExecution(ctx, id, "")
	if notFound(err) {
		return Absence{}, ErrNotFound
	}
	if err != nil {
		return Absence{}, fmt.Errorf("describe %s: %w", id, err)
	}
	info := description.GetWorkflowExecutionInfo()
	result := Absence{
		WorkflowID: id, RunID: info.GetExecution().GetRunId(),
		Running: info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING,
	}
	for _, pending := range description.GetPendingActivities() {
		result.Attempt = max(result.Attempt, pending.GetAttempt())
	}
	if result.State, err = s.stateOf(ctx, id, result.RunID); err != nil {
		return Absence{}, err
	}
	return result, nil
}

// Retry asks an absence to try again now. ErrNotFound when no such absence runs.
func (s *Starter) Retry(ctx context.Context, source, absence string, retry workflows.Retry) error {
	id := workflows.AbsenceID(source, absence)
	err := s.client.SignalWorkflow(ctx, id, "", workflows.SignalRetry.Name, retry)
	if notFound(err) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("signal %s: %w", id, err)
	}
	return nil
}

// Wake has the absences that wait for something try again. It returns once Temporal
// has the wish; they are asked in the background, whatever happens to this process.
func (s *Starter) Wake(ctx context.Context, request workflows.WakeRequest) error {
	options := client.StartWorkflowOptions{
		TaskQueue: workflows.TaskQueue, Priority: temporal.Priority{PriorityKey: workflows.PriorityLive},
		StaticSummary: "Absences that waited try again",
	}
	id := request.WorkflowID()
	_, err := s.client.SignalWithStartWorkflow(ctx, id, workflows.SignalWake.Name, request, options, workflows.WakeType,
		workflows.WakeState{})
	if err != nil {
		return fmt.Errorf("signal %s: %w", id, err)
	}
	return nil
}

// Ready tells whether Temporal answers.
func (s *Starter) Ready(ctx context.Context) error {
	if _, err := s.client.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		return fmt.Errorf("temporal does not answer: %w", err)
	}
	return nil
}

func notFound(err error) bool {
	missing := (*serviceerror.NotFound)(nil)
	return errors.As(err, &missing)
}
