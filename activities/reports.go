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
	words  []workflows.Settled
	atMost int // words; the one who can wait least decides
	full   chan struct{}
	sent   chan struct{}
	err    error // once sent
}

// TellSettled tells an initialization what became of an absence that needed no
// write, or could have none.
func (a *Activities) TellSettled(ctx context.Context, request workflows.TellRequest) error {
	return a.settled(ctx, request.To, request.Word, request.Batch)
}

// settled tells the initialization that announced the absence what became of it,
// and returns once Temporal has the word. An activity does it, not the workflow,
// because a workflow's signal costs a further workflow task each, and wakes the
// initialization up for each. One that is over wants to know nothing.
func (a *Activities) settled(ctx context.Context, to string, word workflows.Settled, batch int) error {
	if to == "" || !activity.IsActivity(ctx) {
		return nil
	}
	word.Crowded = a.pace.crowded(time.Now())
	one := a.reports.add(activity.GetClient(ctx), to, word, batch)
	select {
	case <-one.sent:
		return one.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *reports) add(c client.Client, to string, word workflows.Settled, batch int) *report {
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
	one.words, one.atMost = append(one.words, word), min(one.atMost, batch)
	if len(one.words) >= one.atMost {
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
	// From here on nobody adds to it.
	ctx, cancel := context.WithTimeout(context.Background(), reportTimeout)
	defer cancel()
	err := c.SignalWorkflow(ctx, to, "", workflows.SignalSettled.Name, one.words)
	if over := (*serviceerror.NotFound)(nil); err != nil && !errors.As(err, &over) {
		one.err = fmt.Errorf("tell the initialization: %w", err)
	}
}
