package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Names of the workflow type and the activity that wake absences.
const (
	WakeType             = "Wake"
	WakeAbsencesActivity = "WakeAbsences"
)

// SignalWake starts a Wake (SignalWithStart, under WakeRequest.WorkflowID), or has
// the one that runs begin again.
var SignalWake = Signal[WakeRequest]{Name: "wake"}

// IndexLag is how far Temporal's index may be behind: who asks for this long after
// (WakeRequest.After) also finds what came a moment before.
const IndexLag = 3 * time.Second

// maxEmployees bounds a request, far from what Temporal takes. Those beyond it are found
// by the nightly comparison.
const maxEmployees = 5000

// WakeRequest names what was changed or works again; the absences that are blocked or
// skipped because of it try again. Exactly one of the first three is set.
type WakeRequest struct {
	// Synchronization was changed or resumed, Source was changed: names in the
	// settings.
	Synchronization string `json:"synchronization,omitempty"`
	Source          string `json:"source,omitempty"`
	// Connection was changed, or works again.
	Connection string `json:"connection,omitempty"`
	// Employees, with Source, are Figgo's ids of those whom Lucca changed. Their absences
	// are routed anew, those too that wait for nothing: they may belong elsewhere now.
	Employees []string `json:"employees,omitempty"`
	// Reasons are those of Trouble that count; all that fit when empty.
	Reasons []string `json:"reasons,omitempty"`
	// After is how long to wait first: Temporal's index may lag behind.
	After time.Duration `json:"after,omitempty"`
}

// WorkflowID is where absences of one thing are woken, one page after the other:
// "wake/synchronization/{name}", "wake/source/{name}", "wake/employees/{source}" or
// "wake/connection/{name}".
func (r WakeRequest) WorkflowID() string {
	switch {
	case r.Synchronization != "":
		return "wake/synchronization/" + r.Synchronization
	case len(r.Employees) > 0:
		return "wake/employees/" + r.Source
	case r.Source != "":
		return "wake/source/" + r.Source
	default:
		return "wake/connection/" + r.Connection
	}
}

// and is one request for both, of the same thing.
func (r WakeRequest) and(other WakeRequest) WakeRequest {
	r.After = max(r.After, other.After)
	r.Employees = append(slices.Clone(r.Employees), other.Employees...)
	slices.Sort(r.Employees)
	r.Employees = slices.Compact(r.Employees)
	r.Employees = r.Employees[:min(len(r.Employees), maxEmployees)]
	if len(r.Reasons) == 0 || len(other.Reasons) == 0 {
		r.Reasons = nil
		return r
	}
	r.Reasons = append(slices.Clone(r.Reasons), other.Reasons...)
	slices.Sort(r.Reasons)
	r.Reasons = slices.Compact(r.Reasons)
	return r
}

// WakePage asks to wake one page of absences; Cursor is WakeResult.Next of the page
// before, "" for the first.
type WakePage struct {
	Request WakeRequest `json:"request"`
	Cursor  string      `json:"cursor,omitempty"`
}

// WakeResult tells how many absences were asked; Next is "" after the last page.
type WakeResult struct {
	Woken int    `json:"woken"`
	Next  string `json:"next,omitempty"`
}

// WakeState is what a Wake continues as new with; it starts with nothing.
type WakeState struct {
	// Page is the page to do next, nil for none; Again what was asked for meanwhile.
	Page  *WakePage    `json:"page,omitempty"`
	Again *WakeRequest `json:"again,omitempty"`
	Woken int          `json:"woken,omitempty"`
}

// Wake asks absences that wait for something to try again, page after page, and
// answers how many it asked. It is a workflow so that a process that ends in between
// loses none of them, and nobody waits for the last of ten thousand.
func Wake(ctx workflow.Context, state WakeState) (int, error) {
	for ctx.Err() == nil {
		SignalWake.receive(ctx, state.add)
		state.describe(ctx)
		switch {
		case state.Page == nil && state.Again == nil:
			return state.Woken, nil
		case workflow.GetInfo(ctx).GetContinueAsNewSuggested():
			return 0, workflow.NewContinueAsNewError(ctx, Wake, state)
		case state.Page == nil:
			if wait := state.Again.After; wait > 0 {
				_ = sleep(ctx, wait, "until the index has caught up")
			}
			state.Page, state.Again = &WakePage{Request: *state.Again}, nil
		default:
			if err := state.wakePage(ctx); err != nil {
				return state.Woken, err
			}
		}
	}
	return state.Woken, ctx.Err()
}

func (s *WakeState) add(request WakeRequest) {
	if s.Again != nil {
		request = s.Again.and(request)
	}
	s.Again = &request
}

func (s *WakeState) wakePage(ctx workflow.Context) error {
	var result WakeResult
	err := workflow.ExecuteActivity(withWaking(ctx), WakeAbsencesActivity, *s.Page).Get(ctx, &result)
	if err != nil {
		return err
	}
	s.Woken += result.Woken
	s.Page.Cursor = result.Next
	if result.Next == "" {
		s.Page = nil
	}
	return nil
}

// withWaking is for one page of absences to wake, which takes seconds: they are asked
// at a pace that leaves Temporal to live changes.
func withWaking(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           FiggoQueue,
		StartToCloseTimeout: 2 * time.Minute,
		HeartbeatTimeout:    HeartbeatTimeout,
		Priority:            temporal.Priority{PriorityKey: PriorityLive},
		Summary:             "absences that waited",
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, MaximumInterval: time.Minute},
	})
}
