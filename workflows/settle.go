package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/internal/absence"
)

// settle brings the calendar up to the newest state, or notes why it cannot.
func (l *lifecycle) settle(ctx workflow.Context) {
	s := l.state
	s.Dirty, s.QuietSince, s.QuietFrom = false, time.Time{}, time.Time{}
	if s.deleted() && (s.Applied != nil || len(s.Leftovers) > 0) {
		l.clear(ctx)
		return
	}
	route := l.route(ctx)
	if l.interrupted(ctx) {
		return // newer news came while asking; it decides
	}
	s.take(route)
	switch {
	case s.deleted():
		l.forget(ctx, route)
	case route.Outcome == RouteWrite:
		l.write(ctx, route.Target)
	case route.Outcome == RouteSkip:
		l.stop(ctx, StatusSkipped, route.Trouble)
	default:
		l.stop(ctx, StatusBlocked, route.Trouble)
	}
}

// take keeps what the Route tells besides the target.
func (s *State) take(route Route) {
	s.Retry = route.Retry
	if route.LegalEntity != "" {
		s.LegalEntity = route.LegalEntity
	}
	if route.Synchronization != "" || route.Outcome == RouteSkip {
		s.Synchronization = route.Synchronization
	}
}

// interrupted tells that what is being done no longer matters.
func (l *lifecycle) interrupted(ctx workflow.Context) bool { return l.state.Dirty || ctx.Err() != nil }

// route asks where the absence goes; an employee nobody knows here is looked up
// in Figgo once.
func (l *lifecycle) route(ctx workflow.Context) Route {
	given := l.given
	l.given = nil
	if given.fits(l.state, workflow.Now(ctx)) {
		l.state.Release = max(l.state.Release, given.route.Release)
		return given.route
	}
	request := RouteRequest{
		Source: l.state.Source, Employee: l.state.Employee, Email: l.state.Email, Absence: l.state.Content,
		Known: l.state.Known,
	}
	route := l.askRoute(ctx, request)
	if route.Outcome != RouteLookup {
		return route
	}
	found, err := l.findEmployee(ctx)
	switch {
	case err != nil:
		route.Outcome, route.Trouble = RouteBlock, internalTrouble()
	case found.Trouble != nil:
		route.Outcome, route.Trouble = RouteBlock, found.Trouble
	default:
		request.Known = found.Employee
		route = l.askRoute(ctx, request)
	}
	return route
}

func (l *lifecycle) askRoute(ctx workflow.Context, request RouteRequest) Route {
	var route Route
	err := workflow.ExecuteLocalActivity(withRouting(ctx), RouteActivity, request).Get(ctx, &route)
	if err != nil {
		l.log.Error("cannot route the absence", "error", err)
		route = Route{Outcome: RouteBlock, Trouble: internalTrouble(), Retry: l.state.Retry}
	}
	l.state.Release = max(l.state.Release, route.Release)
	return route
}

func (l *lifecycle) findEmployee(ctx workflow.Context) (FindEmployeeResult, error) {
	var found FindEmployeeResult
	request := FindEmployeeRequest{Source: l.state.Source, Employee: l.state.Employee, Email: l.state.Email}
	err := l.call(ctx, FiggoQueue, l.state.Source, FindEmployeeActivity, request, &found)
	return found, err
}

// write makes the target show the absence, after taking it out of the mailbox it
// moved away from. A mailbox that cannot be cleared does not hold up the new one.
func (l *lifecycle) write(ctx workflow.Context, target *Target) {
	s := l.state
	s.Synchronization = target.Synchronization
	if s.Applied != nil && s.Applied.Place != target.Place {
		s.Leftovers = append(s.Leftovers, s.Applied.Place)
		s.Applied = nil
	}
	leftover := l.clearLeftovers(ctx)
	if l.interrupted(ctx) {
		return
	}
	trouble := l.show(ctx, target)
	if trouble == nil {
		trouble = leftover
	}
	switch {
	case l.interrupted(ctx):
	case trouble != nil:
		l.stop(ctx, StatusBlocked, trouble)
	default:
		s.Rewrite = false
		l.done(StatusSynced)
	}
}

// show writes the target's events unless the calendar already shows them.
func (l *lifecycle) show(ctx workflow.Context, target *Target) *Trouble {
	s := l.state
	if s.Applied == nil || s.Applied.Fingerprint != target.Fingerprint || s.Rewrite {
		return l.apply(ctx, target)
	}
	s.tell(Entry{At: workflow.Now(ctx), Event: EventRight, Provider: target.Place.Provider, Connection: target.Place.Connection})
	return nil
}

// forget removes the events of a deleted absence whose place this run does not
// know: it is where the absence would be written, if anywhere.
func (l *lifecycle) forget(ctx workflow.Context, route Route) {
	if route.Outcome == RouteWrite {
		l.state.Applied = &Applied{Place: route.Target.Place}
	}
	l.clear(ctx)
}

// clear removes the absence from every mailbox it is in.
func (l *lifecycle) clear(ctx workflow.Context) {
	s := l.state
	if s.Applied != nil {
		s.Leftovers = append(s.Leftovers, s.Applied.Place)
		s.Applied = nil
	}
	trouble := l.clearLeftovers(ctx)
	switch {
	case l.interrupted(ctx):
	case trouble != nil:
		l.stop(ctx, StatusBlocked, trouble)
	default:
		s.DeletedAt = workflow.Now(ctx)
		l.done(StatusDeleted)
	}
}

// clearLeftovers removes events from the mailboxes the absence moved away from.
// Those it cannot remove stay listed; the first trouble is returned.
func (l *lifecycle) clearLeftovers(ctx workflow.Context) (first *Trouble) {
	s := l.state
	places := s.Leftovers
	s.Leftovers = nil
	for i, place := range places {
		last := s.deleted() && first == nil && i == len(places)-1
		trouble := l.remove(ctx, place, last)
		if l.interrupted(ctx) {
			s.Leftovers = append(s.Leftovers, places[i:]...)
			return first
		}
		if trouble != nil {
			s.Leftovers = append(s.Leftovers, place)
			if first == nil {
				first = trouble
			}
		}
	}
	return first
}

// reasonMailboxMissing is calendars.MailboxMissing: no mailbox, no events in it.
const reasonMailboxMissing = "mailbox-missing"

func (l *lifecycle) remove(ctx workflow.Context, place Place, last bool) *Trouble {
	result, trouble := l.applyAt(ctx, place, nil, last)
	if trouble != nil && trouble.Reason != reasonMailboxMissing {
		return trouble
	}
	if !l.interrupted(ctx) {
		l.tellResult(ctx, EventRemoved, place, result)
	}
	return nil
}

// apply writes the target's events and remembers them.
func (l *lifecycle) apply(ctx workflow.Context, target *Target) *Trouble {
	s := l.state
	if s.Applied == nil {
		s.Applied = &Applied{Place: target.Place}
	}
	// From here to the answer nobody knows what the calendar shows.
	s.Applied.Fingerprint = ""
	result, trouble := l.applyAt(ctx, target.Place, target.Events, len(s.Leftovers) == 0)
	if trouble != nil {
		return trouble
	}
	s.Applied = &Applied{Place: target.Place, Events: result.Events, Fingerprint: target.Fingerprint, At: workflow.Now(ctx)}
	l.tellResult(ctx, EventWritten, target.Place, result)
	return nil
}

func (l *lifecycle) tellResult(ctx workflow.Context, event string, place Place, r ApplyResult) {
	l.state.tell(Entry{
		At: workflow.Now(ctx), Event: event, Provider: place.Provider, Connection: place.Connection,
		Created: r.Created, Updated: r.Updated, Deleted: r.Deleted, Unchanged: r.Unchanged,
	})
}

// applyAt has the activity done. Its error is a cancellation (then the caller is
// interrupted too) or something nobody foresaw. With the last write everything the
// newest change asked for is done.
func (l *lifecycle) applyAt(ctx workflow.Context, place Place, events []absence.Event, last bool) (ApplyResult, *Trouble) {
	s := l.state
	s.Version++
	request := ApplyRequest{
		Source: s.Source, Absence: s.Absence, Place: place, Events: events,
		Token: fmt.Sprintf("%s/%d", s.Origin, s.Version), Rewrite: s.Rewrite, Synchronization: s.Synchronization,
	}
	l.carried = false
	if s.Kind != Deleted && (last || s.Release < 1 && len(s.Leftovers) == 0) {
		request.Report, request.ReportBatch = s.Report, s.ReportBatch
		l.carried = request.Report != ""
	}
	if last {
		request.AnnouncedAt = s.AnnouncedAt
		s.AnnouncedAt = time.Time{} // what comes meanwhile waits for the next write
	}
	var result ApplyResult
	err := l.call(ctx, CalendarQueue(place.Provider), s.Source+"/"+place.Connection, ApplyAbsenceActivity, request, &result)
	if (err != nil || result.Trouble != nil) && !request.AnnouncedAt.IsZero() {
		s.AnnouncedAt = request.AnnouncedAt
	}
	if err != nil {
		if !l.interrupted(ctx) {
			l.log.Error("cannot apply the absence", "error", err)
		}
		return result, internalTrouble()
	}
	told := l.carried || s.Release < 1 && request.Report == s.Report
	if result.Trouble == nil && request.Report != "" && told {
		s.Report = "" // the activity told; who asked meanwhile waits for a word of his own
	}
	l.carried = false
	return result, result.Trouble
}

// call runs an activity and listens meanwhile. News that changes the absence
// cancels it: a provider that was down for a day must not get yesterday's state
// first. The answer of an attempt that still succeeded counts. sharer is who
// shares the queue fairly with others.
func (l *lifecycle) call(ctx workflow.Context, queue, sharer, activity string, request, result any) error {
	activityCtx, cancel := workflow.WithCancel(withPatience(ctx, queue, sharer, l.state.Bulk))
	defer cancel()
	future := workflow.ExecuteActivity(activityCtx, activity, request)
	l.writing = true
	defer func() { l.writing = false }()
	for done, cancelled := false, false; !done; {
		selector := workflow.NewSelector(ctx)
		selector.AddFuture(future, func(workflow.Future) { done = true })
		l.listen(ctx, selector)
		selector.Select(ctx)
		if l.state.Dirty && !cancelled {
			cancelled = true
			cancel()
		}
		if l.state.Status == StatusRetrying && l.state.Report != "" {
			l.report(ctx)
		}
		if !done { // else the outcome is published with it, at once
			l.publish(ctx)
		}
	}
	return future.Get(ctx, result)
}

func internalTrouble() *Trouble { return &Trouble{Reason: "internal", Scope: "mailbox"} }
