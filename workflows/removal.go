package workflows

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Removal takes every event of ours out of the calendars of some people, found by
// marker alone, so with an empty database too; or only those that one initialization
// created, as their absences remember. It counts first; what is more than a few waits
// for somebody who approves that very number. It may be repeated at any time;
// cancelling it removes nothing more.
//
// Before it removes it pauses the synchronization, or excludes the employee:
// otherwise absences would be written again. Their workflows are told, and write them
// once that is taken back. Whom no synchronization has any more nothing is written for.
//
// It can be started by hand with nothing but JSON: {"synchronization":"NAME"}.
//
// resume is nothing but at the beginning of a later run of a large one.
func Removal(ctx workflow.Context, input RemovalInput, resume *RemovalState) (RemovalProgress, error) {
	r := &removal{input: input}
	if resume != nil {
		r.state = *resume
	} else {
		r.state.Progress = RemovalProgress{
			Phase: PhasePlanning, DryRun: input.DryRun, StartedAt: workflow.Now(ctx),
			Synchronization: input.Synchronization, Source: input.Source, LegalEntity: input.LegalEntity,
			Employee: input.Employee, Initialization: input.Initialization,
		}
	}
	if err := r.setup(ctx); err != nil {
		return RemovalProgress{}, err
	}
	return r.run(ctx)
}

type removal struct {
	input RemovalInput
	state RemovalState
	gate  gate
}

func (r *removal) setup(ctx workflow.Context) error {
	err := workflow.SetQueryHandlerWithOptions(ctx, ProgressQuery,
		func() (RemovalProgress, error) { return r.state.Progress, nil },
		workflow.QueryHandlerOptions{Description: "How far the removal is."})
	if err != nil {
		return err
	}
	return r.gate.setup(ctx, func() *Breaker { return r.state.Progress.Breaker })
}

// run goes from phase to phase: planning, counting, waiting, pausing, removing.
func (r *removal) run(ctx workflow.Context) (RemovalProgress, error) {
	p := &r.state.Progress
	for ctx.Err() == nil {
		r.describe(ctx)
		switch p.Phase {
		case PhasePlanning:
			if err := r.plan(ctx); err != nil {
				return RemovalProgress{}, err
			}
			r.enter(PhaseCounting)
		case PhaseCounting:
			if again, err := r.walk(ctx, r.count); again || err != nil {
				return r.later(ctx, err)
			}
			r.counted()
		case PhaseWaiting:
			if r.gate.wait(ctx, Approval{Deletions: p.Counts.Events}) == nil {
				p.Phase, p.Breaker = PhasePausing, nil
			}
		case PhasePausing:
			if err := r.pause(ctx); err != nil {
				return r.later(ctx, err)
			}
			r.enter(PhaseRemoving)
		case PhaseRemoving:
			if again, err := r.walk(ctx, r.remove); again || err != nil {
				return r.later(ctx, err)
			}
			p.Phase = PhaseCompleted
		default:
			return *p, nil
		}
	}
	return r.later(ctx, nil)
}

// later continues as new, or ends with an error that tells what was done.
func (r *removal) later(ctx workflow.Context, err error) (RemovalProgress, error) {
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	p := &r.state.Progress
	switch {
	case temporal.IsCanceledError(err):
		p.Phase, p.Breaker = PhaseCancelled, nil
	case err != nil:
		p.Phase = PhaseFailed
	default:
		state := r.state
		return RemovalProgress{}, workflow.NewContinueAsNewError(ctx, Removal, r.input, &state)
	}
	r.describe(ctx)
	return RemovalProgress{}, withProgress(err, *p)
}

// plan completes the input by the settings; what is wrong with it fails at once.
func (r *removal) plan(ctx workflow.Context) error {
	if err := workflow.ExecuteLocalActivity(withRouting(ctx), PlanRemovalActivity, r.input).Get(ctx,
		&r.state.Plan); err != nil {
		return err
	}
	plan, p := r.state.Plan, &r.state.Progress
	p.Source, p.Synchronization = plan.Source, plan.Synchronization
	return r.publish(ctx)
}

func (r *removal) publish(ctx workflow.Context) error {
	updates := []temporal.SearchAttributeUpdate{AttributeSource.ValueSet(r.state.Plan.Source)}
	if name := r.state.Plan.Synchronization; name != "" {
		updates = append(updates, AttributeSynchronization.ValueSet(name))
	}
	return workflow.UpsertTypedSearchAttributes(ctx, updates...)
}

// enter begins a phase with the first owner again.
func (r *removal) enter(phase Phase) {
	r.state.Progress.Phase, r.state.Cursor, r.state.Listed, r.state.Rest = phase, "", false, nil
}

// counted decides what comes after the count.
func (r *removal) counted() {
	p := &r.state.Progress
	switch events := p.Counts.Events; {
	case r.input.DryRun || events == 0:
		p.Phase = PhaseCompleted
	case events > r.state.Plan.ApproveAbove && events != r.input.Approve:
		p.Phase, p.Breaker = PhaseWaiting, &Breaker{Deletions: events, Of: events}
	default:
		p.Phase = PhasePausing
	}
}

// pauseTold is how soon all processes know the settings that one of them changed.
const pauseTold = 5 * time.Second

// pause sees to it that nothing of the scope is written again.
func (r *removal) pause(ctx workflow.Context) error {
	plan := r.state.Plan
	if plan.Synchronization == "" { // nothing writes for whom no synchronization has
		return nil
	}
	request := PauseRequest{Synchronization: plan.Synchronization, Employee: plan.Employee}
	var result PauseResult
	err := workflow.ExecuteActivity(withReading(ctx, plan.Source, "pause"), PauseActivity, request).Get(ctx, &result)
	if err != nil || !result.Changed {
		return err
	}
	return sleep(ctx, pauseTold, "until all processes know the pause")
}

// mailboxesAtOnce bounds the mailboxes looked into at the same time.
const mailboxesAtOnce = 8

// walk does one thing for each owner, page after page; again says that this run is
// long enough and the next goes on where it was.
func (r *removal) walk(ctx workflow.Context, do func(workflow.Context, Owner) error) (again bool, err error) {
	for !r.state.Listed || len(r.state.Rest) > 0 {
		if full(ctx, r.state.EventsAtMost) {
			return true, nil
		}
		if len(r.state.Rest) == 0 {
			if err := r.page(ctx); err != nil {
				return false, err
			}
			continue
		}
		now := r.state.Rest[:min(mailboxesAtOnce, len(r.state.Rest))]
		if err := inParallel(ctx, now, do); err != nil {
			return false, err
		}
		r.state.Rest = r.state.Rest[len(now):]
		r.describe(ctx)
	}
	return false, nil
}

func (r *removal) page(ctx workflow.Context) error {
	plan := r.state.Plan
	request := OwnersRequest{
		Source: plan.Source, LegalEntities: plan.LegalEntities, Employee: plan.Employee, Cursor: r.state.Cursor,
	}
	var page OwnersPage
	err := workflow.ExecuteActivity(withReading(ctx, plan.Source, "people of the legal entities"), ListOwnersActivity,
		request).Get(ctx, &page)
	if err != nil {
		return err
	}
	if page.Trouble != nil {
		return readingFailed(page.Trouble)
	}
	r.state.Rest, r.state.Cursor, r.state.Listed = page.Owners, page.Next, page.Next == ""
	if plan.Employee != "" && plan.Synchronization == "" && len(page.Owners) == 1 {
		r.state.Plan.Synchronization = page.Owners[0].Synchronization
		r.state.Progress.Synchronization = r.state.Plan.Synchronization
		return r.publish(ctx)
	}
	return nil
}

// inParallel does one thing for all, and waits for all of them.
func inParallel[T any](ctx workflow.Context, all []T, do func(workflow.Context, T) error) error {
	group := workflow.NewWaitGroup(ctx)
	var failed error
	for _, one := range all {
		group.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer group.Done()
			if err := do(ctx, one); err != nil && failed == nil {
				failed = err
			}
		})
	}
	group.Wait(ctx)
	return failed
}

func (r *removal) count(ctx workflow.Context, owner Owner) error {
	result, err := r.ask(ctx, owner, true)
	if err != nil {
		return err
	}
	c := &r.state.Progress.Counts
	c.Mailboxes++
	c.Events += result.Events
	r.note(owner, result.Trouble)
	return nil
}

func (r *removal) remove(ctx workflow.Context, owner Owner) error {
	result, err := r.ask(ctx, owner, false)
	if err != nil {
		return err
	}
	r.state.Progress.Counts.Removed += result.Removed
	return nil
}

func (r *removal) note(owner Owner, trouble *Trouble) {
	p := &r.state.Progress
	if trouble == nil {
		return
	}
	p.Counts.Blocked++
	if len(p.Uncleared) < troubledAtMost {
		p.Uncleared = append(p.Uncleared, Uncleared{Employee: owner.Employee, Reason: trouble.Reason})
	}
}

// ask looks into the owner's mailbox wherever there may be one: it may have moved.
func (r *removal) ask(ctx workflow.Context, owner Owner, countOnly bool) (RemoveResult, error) {
	plan := r.state.Plan
	place := Place{
		Connection: cmp.Or(owner.Connection, plan.Connection), Provider: cmp.Or(owner.Provider, plan.Provider),
	}
	all, found := RemoveResult{}, false
	var counted []Place
	for _, place := range slices.Concat([]Place{place}, plan.Others, owner.Others) {
		place.Mailbox = owner.Mailbox
		request := RemoveRequest{Place: place, CountOnly: countOnly}
		if countOnly {
			request.Counted = sameSystem(counted, place)
		}
		one, err := r.askAt(ctx, owner, request)
		if err != nil {
			return one, err
		}
		if one.Trouble == nil {
			counted = append(counted, place)
		}
		all.Events += one.Events
		all.Removed += one.Removed
		found = found || one.Trouble == nil
		if all.Trouble == nil || all.Trouble.mailboxMissing() {
			all.Trouble = cmp.Or(one.Trouble, all.Trouble)
		}
	}
	if found && all.Trouble.mailboxMissing() {
		all.Trouble = nil
	}
	return all, nil
}

// sameSystem are those of the places that are in the calendar system of one.
func sameSystem(places []Place, one Place) (same []Place) {
	for _, place := range places {
		if place.Provider == one.Provider {
			same = append(same, place)
		}
	}
	return same
}

// askAt completes the request by what is the same for all.
func (r *removal) askAt(ctx workflow.Context, owner Owner, request RemoveRequest) (RemoveResult, error) {
	plan := r.state.Plan
	request.Source, request.Initialization = plan.Source, plan.Initialization
	request.Token = workflow.GetInfo(ctx).OriginalRunID
	summary := "remove from the calendar of employee " + owner.Employee
	if request.CountOnly {
		summary = "count in the calendar of employee " + owner.Employee
	}
	call := activityCall{
		queue: CalendarQueue(request.Place.Provider), sharer: plan.Source + "/" + request.Place.Connection,
		activity: RemoveEventsActivity, summary: summary,
	}
	var result RemoveResult
	err := workflow.ExecuteActivity(withOutside(ctx, call, true), call.activity, request).Get(ctx, &result)
	return result, err
}

// describe shows the progress in Temporal's Web UI.
func (r *removal) describe(ctx workflow.Context) {
	p := r.state.Progress
	text := fmt.Sprintf("**%s** · %d mailboxes, %d events found, %d removed, %d mailboxes blocked",
		p.Phase, p.Counts.Mailboxes, p.Counts.Events, p.Counts.Removed, p.Counts.Blocked)
	if p.Breaker != nil {
		text = p.Breaker.describe()
	}
	workflow.SetCurrentDetails(ctx, text)
}
