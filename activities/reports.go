package activities

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"

	"github.com/figgosync/figgosync/workflows"
)

const (
	// gathering is how long a report waits for others to the same initialization:
	// one signal for many, because each is stored, wakes the initialization up,
	// and is billed. The initialization says how many it can do without meanwhile.
	gathering = time.Second
	// reportTimeout bounds one signal; the activities that wait for it are retried.
	reportTimeout = 10 * time.Second
)

// reports sends to initializations what became of absences. The zero value is
// ready.
type reports struct {
	mu   sync.Mutex
	open map[string]*report // by workflow id
}

// report is one signal to come.
type report struct {
	results []workflows.Settled
	atMost  int // results; the one who can wait least decides
	full    chan struct{}
	sent    chan struct{}
	err     error // once sent
}

// ReportSettled tells an initialization what became of an absence that needed no
// write, or could have none.
func (a *Activities) ReportSettled(ctx context.Context, request workflows.ReportRequest) error {
	return a.settled(ctx, request.To, request.Result, request.Batch)
}

// settled tells the initialization that announced the absence what became of it,
// and returns once Temporal has it. An activity does it, not the workflow,
// because a workflow's signal costs a further workflow task each, and wakes the
// initialization up for each. One that is over wants to know nothing.
func (a *Activities) settled(ctx context.Context, to string, result workflows.Settled, batch int) error {
	if to == "" || !activity.IsActivity(ctx) {
		return nil
	}
	result.Crowded = a.pace.crowded(time.Now())
	one := a.reports.add(activity.GetClient(ctx), to, result, batch)
	select {
	case <-one.sent:
		return one.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *reports) add(c client.Client, to string, result workflows.Settled, batch int) *report {
	r.mu.Lock()
	defer r.mu.Unlock()
	one := r.open[to]
	if one == nil {
		one = &report{atMost: batch, full: make(chan struct{}), sent: make(chan struct{})}
		if r.open == nil {
			r.open = map[string]*report{}
		}
		r.open[to] = one
		go r.send(c, to, one)
	}
	one.results, one.atMost = append(one.results, result), min(one.atMost, batch)
	if len(one.results) >= one.atMost {
		close(one.full)
		delete(r.open, to)
	}
	return one
}

func (r *reports) send(c client.Client, to string, one *report) {
	defer close(one.sent)
	select {
	case <-one.full:
	case <-time.After(gathering):
		r.mu.Lock()
		if r.open[to] == one {
			delete(r.open, to)
		}
		r.mu.Unlock()
	}
	// From here on nobody adds to it. It is of many activities: none of theirs may end it.
	ctx, cancel := context.WithTimeout(context.Background(), reportTimeout)
	defer cancel()
	err := c.SignalWorkflow(ctx, to, "", workflows.SignalSettled.Name, one.results)
	if _, over := errors.AsType[*serviceerror.NotFound](err); err != nil && !over {
		one.err = fmt.Errorf("tell the initialization: %w", err)
	}
}
