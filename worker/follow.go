package worker

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/figgosync/figgosync/activities"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

const (
	// lookEvery is how often it is looked which connections are due to be tried.
	lookEvery = 5 * time.Second
	// settingsEvery is how often it is looked whether absences wait for what the
	// settings allow by now: whoever saves wakes them, but may end in between, and
	// files are changed without a word. Each time that helps nothing doubles the wait,
	// up to longestQuiet.
	settingsEvery = time.Minute
	longestQuiet  = 10 * time.Minute
	// triesAtOnce is how many people's absences are asked to try a blocked connection:
	// the circuit breaker lets one call through, of another mailbox than those that
	// were refused if there is one.
	triesAtOnce = 3
	// choice is how many waiting absences those few are chosen from.
	choice = 50
)

// follower keeps absences from waiting longer than they must: for a connection that
// nobody else tries, or for settings that are changed already. It acts by the state
// it finds, so that what a process forgets when it ends is found again.
type follower struct {
	*waker
	connections *connections
	plans       map[string]*plan
	closed      chan closing
	// replying are the synchronizations with automatic replies, as they were last.
	replying map[string]settings.Synchronization
}

// closing is a connection that works again, and why it did not.
type closing struct {
	connection string
	reason     calendars.Reason
}

// plan is when to look again at one connection, synchronization or source.
type plan struct {
	at   time.Time
	wait time.Duration
	// works is the calendar of a connection whose absences were woken since it works.
	works *calendars.Breaker
}

func newFollower(w *waker, c *connections) *follower {
	return &follower{waker: w, connections: c, plans: map[string]*plan{}, closed: make(chan closing, 64)}
}

// onClose has the absences woken that the connection blocked. It never waits: what
// does not fit in tries again at its own time.
func (f *follower) onClose(connection string, reason calendars.Reason) {
	select {
	case f.closed <- closing{connection, reason}:
	default:
	}
}

// run looks until ctx ends.
func (f *follower) run(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case one := <-f.closed:
			f.worksAgain(ctx, one.connection, string(one.reason))
			if one.reason == calendars.AutoReplyNotGranted {
				f.grantedReplies(ctx, one.connection)
			}
		case <-ticker.C:
			f.look(ctx, time.Now())
		case <-ctx.Done():
			return
		}
	}
}

func (f *follower) look(ctx context.Context, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, wakeTime)
	defer cancel()
	synchronizations, err := f.settings.Synchronizations(ctx)
	if err == nil {
		err = f.tryConnections(ctx, now, synchronizations)
	}
	if err == nil {
		err = f.lookAtReplies(ctx, synchronizations)
	}
	if err == nil {
		err = f.lookAtSettings(ctx, now, synchronizations)
	}
	if err != nil && ctx.Err() == nil {
		f.log.Warn("cannot look for absences that wait", "error", err)
	}
}

// due is the plan of one thing when its time has come.
func (f *follower) due(what string, now time.Time) (*plan, bool) {
	one := f.plans[what]
	if one == nil {
		one = &plan{}
		f.plans[what] = one
	}
	return one, !now.Before(one.at)
}

// again plans the next look, each time twice as far away; spread, because there may
// be many processes.
func (p *plan) again(now time.Time, first time.Duration) {
	p.wait = min(max(2*p.wait, first), longestQuiet)
	p.at = now.Add(p.wait + rand.N(p.wait/4+1))
}

func (p *plan) reset(next time.Time) { p.wait, p.at = 0, next }

// tryConnections has a few absences try each connection that was blocked for long
// enough, or that this process has not tried yet, if any wait for it.
func (f *follower) tryConnections(ctx context.Context, now time.Time, all []settings.Synchronization) error {
	users := map[string][]settings.Synchronization{}
	for _, s := range all {
		if !s.Paused {
			for _, connection := range s.Connections() {
				users[connection] = append(users[connection], s)
			}
		}
	}
	for connection, users := range users {
		breaker := f.connections.current(ctx, connection)
		standing := calendars.Standing{}
		if breaker != nil {
			standing = breaker.Standing()
		}
		if err := f.tryConnection(ctx, now, connection, users, breaker, standing); err != nil {
			return err
		}
	}
	return nil
}

func (f *follower) tryConnection(
	ctx context.Context, now time.Time, connection string, users []settings.Synchronization,
	breaker *calendars.Breaker, standing calendars.Standing,
) error {
	one, due := f.due("connection/"+connection, now)
	if standing.Reason == calendars.CredentialsRejected &&
		f.connections.acceptedSince(ctx, connection, standing.Since) {
		breaker.TryNow()
		standing.Until, due = now, true
	}
	switch {
	case standing.Answers && (!standing.Works || one.works == breaker):
		one.reset(now)
		return nil
	case !due || now.Before(standing.Until):
		return nil
	}
	reasons := ofConnection
	if standing.Reason != "" {
		reasons = append([]string{string(standing.Reason)}, ofConnection...)
	}
	found, err := f.blocked(ctx, users, reasons)
	if err != nil {
		return err
	}
	switch {
	case standing.Works:
		// It has worked since this process began, or since its settings changed.
		if one.works = breaker; len(found) > 0 {
			f.worksAgain(ctx, connection, ofConnection...)
		}
		return nil
	case len(found) == 0:
		one.reset(now.Add(settingsEvery / 2))
		return nil
	}
	one.again(now, lookEvery)
	f.log.Info("a connection is tried again", "connection", connection, "reason", standing.Reason)
	return f.retryEach(ctx, someOf(found), workflows.Retry{Bulk: true})
}

// blocked are some absences that the connection of these synchronizations blocks.
func (f *follower) blocked(
	ctx context.Context, users []settings.Synchronization, reasons []string,
) (found []starter.AbsenceLine, err error) {
	for _, s := range users {
		query := inSynchronization(s, reasons)
		query.Statuses, query.Limit = []workflows.Status{workflows.StatusBlocked}, choice
		lines, _, err := f.absences.Absences(ctx, query)
		if err != nil {
			return nil, err
		}
		found = append(found, lines...)
	}
	return found, nil
}

// someOf chooses absences of different people, others each time.
func someOf(all []starter.AbsenceLine) []starter.AbsenceLine {
	var some []starter.AbsenceLine
	people := map[string]bool{}
	for _, i := range rand.Perm(len(all)) {
		if len(some) == triesAtOnce {
			break
		}
		if person := all[i].Source + "/" + all[i].Employee; !people[person] {
			people[person] = true
			some = append(some, all[i])
		}
	}
	return some
}

// ofSettings are the reasons that the settings alone can show to be over.
var ofSettings = []string{
	activities.ReasonPaused, activities.ReasonExcluded, activities.ReasonNoSynchronization,
	activities.ReasonUnknownSource,
}

// lookAtSettings wakes the absences whose reason the settings no longer give.
func (f *follower) lookAtSettings(ctx context.Context, now time.Time, all []settings.Synchronization) error {
	whole, due := f.due("settings", now)
	if !due {
		return nil
	}
	whole.reset(now.Add(settingsEvery/2 + rand.N(settingsEvery)))
	count, err := f.absences.Count(ctx, starter.AbsencesQuery{Running: true, Statuses: waiting, Reasons: ofSettings})
	if err != nil || count == 0 {
		return err
	}
	for _, s := range all {
		if s.Paused {
			continue
		}
		inside := inSynchronization(s, []string{activities.ReasonPaused})
		request := workflows.WakeRequest{Synchronization: s.Name, Reasons: ofSettings}
		included := inSynchronization(s, []string{activities.ReasonExcluded})
		included.NotEmployees = s.Exclude
		if err := f.wakeIfAny(ctx, now, request, inside, included, outside(s)); err != nil {
			return err
		}
	}
	return f.lookAtSources(ctx, now)
}

func (f *follower) lookAtSources(ctx context.Context, now time.Time) error {
	sources, err := f.settings.Sources(ctx)
	if err != nil {
		return err
	}
	for _, source := range sources {
		reasons := []string{activities.ReasonUnknownSource}
		query := starter.AbsencesQuery{Source: source.Name, Running: true, Statuses: waiting, Reasons: reasons}
		if err := f.wakeIfAny(ctx, now, workflows.WakeRequest{Source: source.Name, Reasons: reasons},
			query); err != nil {
			return err
		}
	}
	return nil
}

// wakeIfAny wakes when there are any to wake. Where that keeps helping nothing it is
// done ever more seldom.
func (f *follower) wakeIfAny(ctx context.Context, now time.Time, request workflows.WakeRequest,
	queries ...starter.AbsencesQuery) error {
	one, due := f.due(request.WorkflowID(), now)
	if !due {
		return nil
	}
	total := 0
	for _, query := range queries {
		count, err := f.absences.Count(ctx, query)
		if err != nil {
			return err
		}
		total += count
	}
	if total == 0 {
		one.reset(now)
		return nil
	}
	one.again(now, settingsEvery/2)
	f.wake(ctx, request)
	return nil
}
