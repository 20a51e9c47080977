package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/workflows"
)

// translate is the one place where a calendar's error becomes Temporal's: what a
// person must mend becomes an answer, everything else an error that Temporal
// retries. Neither quotes the provider's message: messages carry addresses.
func translate(err error) (blocking *workflows.Trouble, retry error) {
	var (
		block   *calendars.Blocked
		invalid *calendars.Invalid
	)
	switch {
	case err == nil:
		return nil, nil
	case errors.As(err, &block):
		return &workflows.Trouble{Reason: string(block.Reason), Scope: string(block.Scope), Code: block.Code,
			RequestID: block.RequestID}, nil
	case errors.As(err, &invalid):
		return &workflows.Trouble{
			Reason: string(calendars.RequestRejected), Scope: string(calendars.ScopeMailbox), Code: invalid.Code,
			RequestID: invalid.RequestID,
		}, nil
	default:
		return nil, retryable(err)
	}
}

func retryable(err error) error {
	options := temporal.ApplicationErrorOptions{Category: temporal.ApplicationErrorCategoryBenign}
	var temporary *calendars.Temporary
	if errors.As(err, &temporary) && temporary.RetryAfter > 0 {
		options.NextRetryDelay = temporary.RetryAfter
	}
	message := workflows.TemporaryMessage + codeOf(err)
	return temporal.NewApplicationErrorWithOptions(message, workflows.TemporaryError, options)
}

// codeOf is the provider's error code, or one of ours for what has none.
func codeOf(err error) string {
	var (
		temporary *calendars.Temporary
		block     *calendars.Blocked
		gone      *calendars.Gone
		invalid   *calendars.Invalid
	)
	switch {
	case errors.As(err, &temporary):
		return temporary.Code
	case errors.As(err, &block):
		return block.Code
	case errors.As(err, &gone):
		return gone.Code
	case errors.As(err, &invalid):
		return invalid.Code
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "canceled"
	default:
		return "internal"
	}
}

// requestIDOf is the provider's own id of the request that failed in passing, ""
// when it gave none.
func requestIDOf(err error) string {
	if temporary, ok := errors.AsType[*calendars.Temporary](err); ok {
		return temporary.RequestID
	}
	return ""
}

// ReasonTemporary says that something outside is down or busy for now.
const ReasonTemporary = "temporary"

const (
	// troubleAt is the attempt at which an activity first tells its workflow that it
	// is in trouble, and then at each double: the first retries are nobody's business,
	// and each time costs a signal.
	troubleAt = 3
	// longWait is a wait that the provider asks for which is told at once: the third
	// attempt may be hours away.
	longWait = 30 * time.Second
)

// tellsTrouble decides at which attempts a workflow is told: 3, 6, 12, 24..., and
// the first two when the next one is far away.
func tellsTrouble(attempt int, wait time.Duration) bool {
	if attempt < troubleAt {
		return wait >= longWait
	}
	for attempt%2 == 0 {
		attempt /= 2
	}
	return attempt == troubleAt
}

// reportTrouble tells the workflow that its activity keeps failing, so that its
// status and story say so while Temporal retries. The activity's own time may be over
// by then.
func (a *Activities) reportTrouble(ctx context.Context, err, retry error) {
	if retry == nil || !activity.IsActivity(ctx) || ctx.Err() != nil &&
		errors.Is(context.Cause(ctx), context.Canceled) {
		return // nothing is retried, or the workflow itself wants something else
	}
	info, wait := activity.GetInfo(ctx), waitOf(retry)
	if !tellsTrouble(int(info.Attempt), wait) {
		return
	}
	trouble := workflows.Trouble{Reason: ReasonTemporary, Code: codeOf(err), RequestID: requestIDOf(err)}
	if wait > 0 {
		trouble.RetryAt = time.Now().Add(wait).UTC().Truncate(time.Second)
	}
	engine := activity.GetClient(ctx)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err = engine.SignalWorkflow(ctx, info.WorkflowExecution.ID, info.WorkflowExecution.RunID,
		workflows.SignalTrouble.Name, trouble)
	if err != nil {
		a.Log.Warn("cannot tell the workflow of its trouble", "workflow", info.WorkflowExecution.ID, "error", err)
	}
}

// waitOf is the wait that the provider asked for, 0 for none.
func waitOf(retry error) time.Duration {
	if failure, ok := errors.AsType[*temporal.ApplicationError](retry); ok {
		return failure.NextRetryDelay()
	}
	return 0
}

// beat heartbeats for as long as the activity runs, beginning late: most end
// before the first beat, and a beat costs. It returns what stops it.
func beat(ctx context.Context, details ...func() any) (stop func()) {
	if !activity.IsActivity(ctx) {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		ticker := time.NewTicker(workflows.HeartbeatTimeout / 3)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				activity.RecordHeartbeat(ctx, current(details)...)
			}
		}
	}()
	return cancel
}

func current(details []func() any) []any {
	now := make([]any, len(details))
	for i, one := range details {
		now[i] = one()
	}
	return now
}
