package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// AdmitDeletion asks the workflow that counts the source's live deletions whether one
// may be carried out. Questions of this process that come while one is under way go
// together: a workflow takes a few updates at a time.
func (a *Activities) AdmitDeletion(ctx context.Context, request workflows.AdmitRequest) (workflows.Admission, error) {
	source, err := a.Settings.Source(ctx, request.Source)
	if err != nil && !errors.Is(err, settings.ErrNotFound) {
		return "", fmt.Errorf("read the source: %w", err)
	}
	request.Above = cmp.Or(source.HoldDeletionsAbove, workflows.DefaultHoldAbove)
	c := activity.GetClient(ctx)
	ask := func(ctx context.Context, all workflows.AdmitRequest) ([]workflows.Admission, error) {
		return askAdmissions(ctx, c, all)
	}
	one := a.admissions.add(request, ask)
	select {
	case <-one.done:
		return one.answer, one.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// admissions asks for the deletions of each source, one question after the other. The
// zero value is ready.
type admissions struct {
	mu      sync.Mutex
	waiting map[string][]*admission // by source, where a question is under way
}

// admission is one deletion that is asked for; answer and err count once done.
type admission struct {
	request workflows.AdmitRequest
	done    chan struct{}
	answer  workflows.Admission
	err     error
}

type asking func(context.Context, workflows.AdmitRequest) ([]workflows.Admission, error)

func (a *admissions) add(request workflows.AdmitRequest, ask asking) *admission {
	one := &admission{request: request, done: make(chan struct{})}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waiting == nil {
		a.waiting = map[string][]*admission{}
	}
	_, busy := a.waiting[request.Source]
	a.waiting[request.Source] = append(a.waiting[request.Source], one)
	if !busy {
		go a.askAll(request.Source, ask)
	}
	return one
}

// next takes what waits; with nothing the source is no longer busy.
func (a *admissions) next(source string) []*admission {
	a.mu.Lock()
	defer a.mu.Unlock()
	some := a.waiting[source]
	if len(some) == 0 {
		delete(a.waiting, source)
		return nil
	}
	some = some[:min(len(some), admissionsAtOnce)]
	a.waiting[source] = a.waiting[source][len(some):]
	return some
}

const (
	// admissionsAtOnce bounds one question, admissionTime how long it may take.
	admissionsAtOnce = 500
	admissionTime    = 10 * time.Second
)

func (a *admissions) askAll(source string, ask asking) {
	for some := a.next(source); some != nil; some = a.next(source) {
		all := workflows.AdmitRequest{Source: source, Above: some[len(some)-1].request.Above}
		for _, one := range some {
			all.Deletions = append(all.Deletions, one.request.Deletions...)
		}
		// The question is of many activities: the end of one of them must not end it.
		ctx, cancel := context.WithTimeout(context.Background(), admissionTime)
		answers, err := ask(ctx, all)
		cancel()
		if err == nil && len(answers) != len(some) {
			err = fmt.Errorf("%d answers for %d deletions", len(answers), len(some))
		}
		for i, one := range some {
			if one.err = err; err == nil {
				one.answer = answers[i]
			}
			close(one.done)
		}
	}
}

func askAdmissions(
	ctx context.Context, c client.Client, request workflows.AdmitRequest,
) (answers []workflows.Admission, err error) {
	start := c.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: workflows.DeletionsID(request.Source), TaskQueue: workflows.TaskQueue,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		Priority:                 workflows.LivePriority(request.Source),
		TypedSearchAttributes:    temporal.NewSearchAttributes(workflows.AttributeSource.ValueSet(request.Source)),
		StaticSummary:            "Live deletions, counted",
	}, workflows.DeletionsType, workflows.DeletionsState{Source: request.Source})
	handle, err := c.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: start,
		UpdateOptions: client.UpdateWorkflowOptions{
			UpdateName: workflows.AdmitUpdate, Args: []any{request}, WaitForStage: client.WorkflowUpdateStageCompleted,
		},
	})
	if err == nil {
		err = handle.Get(ctx, &answers)
	}
	if err != nil {
		return nil, fmt.Errorf("ask for deletions: %w", err)
	}
	return answers, nil
}

// TellHeld tells absences what becomes of their deletions, or what was decided. One that has ended
// needs not know.
func (a *Activities) TellHeld(ctx context.Context, request workflows.TellRequest) error {
	defer beat(ctx)()
	for _, absence := range request.Absences {
		decided := workflows.Retry{Decided: request.Decided}
		if err := signalRetry(ctx, activity.GetClient(ctx), request.Source, absence, decided); err != nil {
			return fmt.Errorf("tell an absence: %w", err)
		}
	}
	return nil
}
