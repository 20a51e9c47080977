package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/internal/tracing"
)

// settleTraced is settle, whose activities belong to the trace of the newest change. What
// is tried again later belongs to none: a trace of days helps nobody.
func (l *lifecycle) settleTraced(ctx workflow.Context) {
	l.settle(tracing.WithParent(ctx, l.state.Trace))
	if !l.state.Dirty {
		l.state.Trace = ""
	}
}

// settle brings the calendar up to the newest state, or notes why it cannot.
func (l *lifecycle) settle(ctx workflow.Context) {
	s := l.state
	s.Dirty, s.QuietSince, s.QuietFrom = false, time.Time{}, time.Time{}
	l.wrote = false
	if s.Overtaken && !l.undo(ctx) {
		return
	}
	switch {
	case s.PutBack:
		l.putBack(ctx)
		return
	case s.deleted() && s.standsSomewhere():
		l.removeDeleted(ctx)
		return
	case s.deleted() && s.Status == StatusDeleted && len(s.Missing) > 0:
		l.removeMissing(ctx)
		return
	case !s.deleted():
		s.Leftovers, s.Missing = append(s.Leftovers, s.Missing...), nil
	}
	route := l.route(ctx)
	if l.interrupted(ctx) {
		return // a newer change came while asking; it decides
	}
	s.keep(route)
	switch {
	case l.removes(route):
		if l.admitted(ctx) {
			s.Applied = &Applied{Place: route.Target.Place}
			for _, other := range route.Target.Others {
				s.Leftovers = append(s.Leftovers, Applied{Place: other.Place})
			}
			l.clear(ctx, StatusDeleted, nil)
		}
	case route.Outcome == RouteWrite:
		l.write(ctx, route.Target)
	case (route.nowhere() || route.excluded() || route.left()) && s.deleted():
		l.gone(ctx)
	case route.left():
		l.withdraw(ctx, route.Trouble)
	case route.nowhere():
		l.clear(ctx, StatusSkipped, route.Trouble)
	case route.Outcome == RouteSkip:
		l.stop(ctx, StatusSkipped, route.Trouble)
	default:
		l.stop(ctx, StatusBlocked, route.Trouble)
	}
}

// removes tells that nothing but the place is needed: where this run does not know the
// place of a deleted absence, the events are where it would be written, if anywhere,
// whatever else is in the way of writing it.
func (l *lifecycle) removes(route Route) bool {
	return l.state.deleted() && !l.state.PutBack && route.Target != nil
}

// undo takes out what was written while a Removal took everything out. It answers
// false where something newer came.
func (l *lifecycle) undo(ctx workflow.Context) bool {
	s := l.state
	if s.Applied != nil {
		s.Leftovers = append(s.Leftovers, *s.Applied)
		s.Applied = nil
	}
	l.clearLeftovers(ctx)
	if l.interrupted(ctx) {
		return false
	}
	s.Overtaken, s.CreatedBy = false, ""
	return true
}

// removeDeleted takes a deleted absence out of where this run knows it to be, which
// needs no directory and no Figgo. Only a pause holds it back, and settings that
// cannot be read, which may have one.
func (l *lifecycle) removeDeleted(ctx workflow.Context) {
	route := l.askRoute(ctx, l.routeRequest())
	switch {
	case l.interrupted(ctx):
	case route.paused():
		l.state.keep(route)
		l.stop(ctx, StatusSkipped, route.Trouble)
	case route.Trouble != nil && route.Trouble.Reason == reasonInternal:
		l.stop(ctx, StatusBlocked, route.Trouble)
	case l.admitted(ctx):
		l.clear(ctx, StatusDeleted, nil)
	}
}

// standsSomewhere tells that events are, or may be, in a mailbox this run knows.
func (s *State) standsSomewhere() bool { return s.Applied != nil || len(s.Leftovers) > 0 }

// nowhere tells that the owner is known and no synchronization has their legal
// entity. Only this is a reason to remove events, or to believe that a deletion has
// nothing to remove; a paused synchronization, an unknown owner, trouble with Lucca
// or with the settings are not.
func (r Route) nowhere() bool {
	return r.Outcome == RouteSkip && r.Trouble != nil && r.Trouble.Reason == ReasonNoSynchronization
}

// paused tells that the synchronization is paused: nothing is written or removed.
func (r Route) paused() bool {
	return r.Outcome == RouteSkip && r.Trouble != nil && r.Trouble.Reason == ReasonPaused
}

// excluded tells that nothing of the owner is written; what stands stays.
func (r Route) excluded() bool {
	return r.Outcome == RouteSkip && r.Trouble != nil && r.Trouble.Reason == ReasonExcluded
}

// left tells that the owner has left the company and the policy removes their events.
func (r Route) left() bool {
	return r.Outcome == RouteSkip && r.Trouble != nil && r.Trouble.Reason == ReasonLeft
}

// withdraw takes out what somebody who left has in their calendar. It counts as a
// deletion of their source: where too many seem to leave at once, a person decides.
func (l *lifecycle) withdraw(ctx workflow.Context, left *Trouble) {
	s := l.state
	if s.standsSomewhere() {
		if s.Admission == "" {
			s.Admission = AdmissionAsk
		}
		if !l.admitted(ctx) {
			return
		}
		s.Admission = ""
	}
	l.clear(ctx, StatusSkipped, left)
}

// keep notes what the Route tells besides the target.
func (s *State) keep(route Route) {
	s.Retry, s.RepliesTo = route.Retry, route.RepliesTo
	if route.LegalEntity != "" {
		s.LegalEntity = route.LegalEntity
	}
	if route.Synchronization != "" || route.Outcome == RouteSkip {
		s.Synchronization = route.Synchronization
	}
}

// interrupted tells that what is being done no longer matters.
func (l *lifecycle) interrupted(ctx workflow.Context) bool { return l.state.Dirty || ctx.Err() != nil }

// route asks where the absence goes; an employee or an absence type that nobody knows
// here is looked up in Figgo once.
func (l *lifecycle) route(ctx workflow.Context) Route {
	announced := l.announcedRoute
	l.announcedRoute = nil
	if announced.fits(l.state, workflow.Now(ctx)) {
		l.state.behave(announced.route)
		return announced.route
	}
	request := l.routeRequest()
	route := l.askRoute(ctx, request)
	// The owner first; what must be known of the type depends on where they belong.
	for range 2 {
		if route.Outcome != RouteLookup || l.removes(route) {
			return route
		}
		route = l.lookUp(ctx, &request, route)
	}
	if route.Outcome == RouteLookup {
		route.Outcome, route.Trouble = RouteBlock, internalTrouble()
	}
	return route
}

// lookUp asks Figgo for what the Route does not know, and then the Route again.
func (l *lifecycle) lookUp(ctx workflow.Context, request *RouteRequest, route Route) Route {
	found, err := l.findEmployee(ctx, route.Accounts)
	if found.Employee != nil && l.state.Employee == "" {
		l.state.Employee = found.Employee.ID
		request.Employee = found.Employee.ID
	}
	switch {
	case err != nil:
		route.Outcome, route.Trouble = RouteBlock, internalTrouble()
	case found.Trouble != nil:
		route.Outcome, route.Trouble = RouteBlock, found.Trouble
	default:
		request.Known, request.Types = found.Employee, found.Types
		route = l.askRoute(ctx, *request)
	}
	return route
}

func (l *lifecycle) routeRequest() RouteRequest {
	s := l.state
	return RouteRequest{
		Source: s.Source, Employee: s.Employee, Email: s.Email, Absence: s.Content, Known: s.Known,
		Synchronization: s.Synchronization,
	}
}

func (l *lifecycle) askRoute(ctx workflow.Context, request RouteRequest) Route {
	var route Route
	err := workflow.ExecuteLocalActivity(withRouting(ctx), RouteActivity, request).Get(ctx, &route)
	if err != nil {
		l.log.Error("cannot route the absence", "error", err)
		route = Route{Outcome: RouteBlock, Trouble: internalTrouble(), Retry: l.state.Retry}
	}
	l.state.behave(route)
	return route
}

// behave follows the newest behaviour that an answer in the history told.
func (s *State) behave(route Route) {
	route.Behaviour.check()
	s.Behaviour = max(s.Behaviour, route.Behaviour)
}

func (l *lifecycle) findEmployee(ctx workflow.Context, accounts []string) (FindEmployeeResult, error) {
	var found FindEmployeeResult
	request := FindEmployeeRequest{
		Source: l.state.Source, Employee: l.state.Employee, Email: l.state.Email, Absence: l.state.Absence,
		Accounts: accounts,
	}
	err := l.call(ctx, activityCall{
		queue: FiggoQueue, sharer: l.state.Source, activity: FindEmployeeActivity,
		summary: "find employee " + l.state.Employee,
	}, request, &found)
	return found, err
}
