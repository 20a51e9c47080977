package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"golang.org/x/sync/errgroup"
)

// bareRun is the least one can do with the engine: a workflow started by its
// signal, or as a child, runs one activity that does nothing.
type bareRun struct {
	client client.Client
	worker worker.Worker
	done   sync.Map // id to chan time.Time
}

func startBare(c client.Client, pollers int) (*bareRun, error) {
	b := &bareRun{client: c}
	b.worker = worker.New(c, "bench", worker.Options{
		MaxConcurrentWorkflowTaskPollers: pollers, MaxConcurrentActivityTaskPollers: pollers,
		DisableEagerActivities: true,
	})
	b.worker.RegisterWorkflowWithOptions(bareWorkflow, workflow.RegisterOptions{Name: "Bare"})
	b.worker.RegisterWorkflowWithOptions(bareParent, workflow.RegisterOptions{Name: "BareParent"})
	b.worker.RegisterWorkflowWithOptions(bareChild, workflow.RegisterOptions{Name: "BareChild"})
	b.worker.RegisterActivity(b.Touch)
	return b, b.worker.Start()
}

func bareWorkflow(ctx workflow.Context, id string) error {
	var signal string
	workflow.GetSignalChannel(ctx, "go").Receive(ctx, &signal)
	return bareChild(ctx, id)
}

// bareChild runs the activity and stays open, as an absence does.
func bareChild(ctx workflow.Context, id string) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	if err := workflow.ExecuteActivity(ctx, "Touch", id).Get(ctx, nil); err != nil {
		return err
	}
	workflow.GetSignalChannel(ctx, "go").Receive(ctx, nil)
	return nil
}

// bareParentTask is a range of children; bareAtOnce bounds the starts under way.
type bareParentTask struct{ From, To int }

const (
	bareAtOnce  = 50
	bareAtMost  = 1000 // children of one run
	bareParents = 3    // as many as there are initializations
)

func bareParent(ctx workflow.Context, task bareParentTask) error {
	upTo := min(task.To, task.From+bareAtMost)
	starting := 0
	for i := task.From; i < upTo; i++ {
		if err := workflow.Await(ctx, func() bool { return starting < bareAtOnce }); err != nil {
			return err
		}
		starting++
		id := fmt.Sprintf("bare-child/%d", i)
		child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
			WorkflowID: id, ParentClosePolicy: enums.PARENT_CLOSE_POLICY_ABANDON,
		})
		future := workflow.ExecuteChildWorkflow(child, "BareChild", id).GetChildWorkflowExecution()
		workflow.Go(ctx, func(ctx workflow.Context) {
			_ = future.Get(ctx, nil)
			starting--
		})
	}
	if err := workflow.Await(ctx, func() bool { return starting == 0 }); err != nil {
		return err
	}
	if upTo < task.To {
		return workflow.NewContinueAsNewError(ctx, "BareParent", bareParentTask{upTo, task.To})
	}
	return nil
}

// Touch notes the moment.
func (b *bareRun) Touch(_ context.Context, id string) error {
	if ch, ok := b.done.LoadAndDelete(id); ok {
		ch.(chan time.Time) <- time.Now()
	}
	return nil
}

// children starts count children and returns how many a second did their activity.
func (l *lab) children(ctx context.Context, count int) (perSecond float64, err error) {
	from := int(l.next.Add(int64(count))) - count
	waiting := make([]chan time.Time, count)
	for i := range count {
		waiting[i] = make(chan time.Time, 1)
		l.bareRun.done.Store(fmt.Sprintf("bare-child/%d", from+i), waiting[i])
	}
	started := time.Now()
	group, groupCtx := errgroup.WithContext(ctx)
	for p := range bareParents {
		task := bareParentTask{from + count*p/bareParents, from + count*(p+1)/bareParents}
		group.Go(func() error {
			options := client.StartWorkflowOptions{ID: fmt.Sprintf("bare-parent/%d", task.From), TaskQueue: "bench"}
			run, err := l.bareRun.client.ExecuteWorkflow(groupCtx, options, "BareParent", task)
			if err != nil {
				return err
			}
			return run.Get(groupCtx, nil)
		})
	}
	if err := group.Wait(); err != nil {
		return 0, err
	}
	for _, one := range waiting {
		select {
		case <-one:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	return float64(count) / time.Since(started).Seconds(), nil
}
