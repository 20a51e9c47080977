package admin

import (
	"context"
	"slices"

	"github.com/figgosync/figgosync/activities"
	"github.com/figgosync/figgosync/internal/alerts"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// fromEngine are the kinds that only Temporal knows of.
var fromEngine = []settings.TroubleKind{
	settings.TroubleConnectionRefused, settings.TroubleBlocked, settings.TroubleApproval, settings.TroubleDifferences,
	settings.TroubleReplies,
}

// engine finds what Temporal knows.
func (f *finder) engine(ctx context.Context) {
	if len(f.synchronization) == 0 {
		return
	}
	tallies, err := f.service.tallies.read(ctx, f.synchronization)
	if err != nil {
		f.add(alerts.Trouble{Kind: settings.TroubleTemporal})
		f.unknown(fromEngine...)
		return
	}
	f.refused(ctx, tallies)
	for _, view := range f.synchronization {
		f.blockedOf(ctx, view, tallies[view.Name])
	}
	f.operations(ctx)
	f.held(ctx)
	f.replies(ctx)
}

// refusedReasons are those of a whole connection or source.
var refusedConnection = []string{
	string(calendars.ConsentMissing), string(calendars.NoExchangeOnline), string(calendars.CredentialsRejected),
	string(calendars.ServerUnreachable),
}

var refusedSource = []string{activities.ReasonSourceRejected, activities.ReasonSourceAddress}

// refused gathers refusals by connection and by source over all synchronizations.
func (f *finder) refused(ctx context.Context, tallies map[string]tally) {
	byConnection, bySource := map[string]int{}, map[string]int{}
	for _, view := range f.synchronization {
		for _, r := range tallies[view.Name].reasons {
			switch {
			case r.Status != workflows.StatusBlocked:
			case slices.Contains(refusedConnection, r.Reason):
				for _, connection := range view.Connections() {
					byConnection[connection] += r.Count
				}
			case slices.Contains(refusedSource, r.Reason):
				bySource[view.Source] += r.Count
			}
		}
	}
	for _, c := range f.connections {
		if count := byConnection[c.Name]; count > 0 && f.isRefused(ctx, c.Name) {
			f.add(alerts.Trouble{
				Kind: settings.TroubleConnectionRefused, About: alerts.AboutConnection, Name: c.Name, Label: c.Label(),
				Count: count, Path: "/connections/" + c.Name,
			})
		}
	}
	for _, s := range f.sources {
		if count := bySource[s.Name]; count > 0 {
			f.add(alerts.Trouble{
				Kind: settings.TroubleConnectionRefused, About: alerts.AboutSource, Name: s.Name, Label: s.Label(),
				Count: count, Path: "/sources/" + s.Name,
			})
		}
	}
}

// isRefused tells whether the connection itself is refused, and not a few people for a
// reason that may as well be everybody's: their absences know which, those of some
// people are asked. Where none answers it is taken for the connection.
func (f *finder) isRefused(ctx context.Context, connection string) bool {
	answers := 0
	for _, view := range f.synchronization {
		if !slices.Contains(view.Connections(), connection) {
			continue
		}
		lines, _, err := f.service.config.Engine.Absences(ctx, starter.AbsencesQuery{
			Source: view.Source, Synchronization: view.Name, Statuses: []workflows.Status{workflows.StatusBlocked},
			Reasons: refusedConnection, Running: true, Limit: looked,
		})
		if err != nil {
			return true
		}
		for _, line := range onePerPerson(lines) {
			one, err := f.service.config.Engine.Absence(ctx, line.Source, line.Absence)
			if err != nil || one.Trouble == nil {
				continue
			}
			if answers++; one.Trouble.Scope == string(calendars.ScopeConnection) {
				return true
			}
		}
	}
	return answers == 0
}

// onePerPerson is an absence of each of a few people.
func onePerPerson(lines []starter.AbsenceLine) (some []starter.AbsenceLine) {
	people := map[string]bool{}
	for _, line := range lines {
		if len(some) < peopleAsked && !people[line.Employee] {
			people[line.Employee] = true
			some = append(some, line)
		}
	}
	return some
}

func (f *finder) blockedOf(ctx context.Context, view SynchronizationView, counted tally) {
	if view.Paused || counted.counts[workflows.StatusBlocked] == 0 {
		return
	}
	f.watch.mu.Lock()
	last, looked := f.watch.blocked[view.Name]
	f.watch.mu.Unlock()
	if !looked || f.now.Sub(last.at) >= blockedEvery {
		count, err := f.countBlocked(ctx, view)
		if err != nil {
			f.unknown(settings.TroubleBlocked)
			return
		}
		last = blockedLook{at: f.now, count: count}
		f.watch.mu.Lock()
		if f.watch.blocked == nil {
			f.watch.blocked = map[string]blockedLook{}
		}
		f.watch.blocked[view.Name] = last
		f.watch.mu.Unlock()
	}
	if last.count > 0 {
		f.add(alerts.Trouble{
			Kind: settings.TroubleBlocked, About: alerts.AboutSynchronization, Name: view.Name, Label: view.Label(),
			Count: min(last.count, counted.counts[workflows.StatusBlocked]),
			Path:  "/absences?status=blocked&synchronization=" + view.Name,
		})
	}
}

// countBlocked asks the blocked absences that have been there for longest how long they
// are blocked.
func (f *finder) countBlocked(ctx context.Context, view SynchronizationView) (count int, err error) {
	lines, _, err := f.service.config.Engine.Absences(ctx, starter.AbsencesQuery{
		Source: view.Source, Synchronization: view.Name, Statuses: []workflows.Status{workflows.StatusBlocked},
		Running: true,
		Limit:   looked,
	})
	if err != nil {
		return 0, err
	}
	slices.SortFunc(lines, func(a, b starter.AbsenceLine) int { return a.StartedAt.Compare(b.StartedAt) })
	for _, line := range lines[:min(len(lines), blockedLooked)] {
		one, err := f.service.config.Engine.Absence(ctx, line.Source, line.Absence)
		if err != nil || one.Trouble == nil || one.Trouble.Since.IsZero() {
			continue // it is gone, or no worker answers; it will be looked at again
		}
		if f.now.Sub(one.Trouble.Since) >= blockedLong {
			count++
		}
	}
	return count, nil
}

// operations finds what waits for an approval, and what the last comparison of each
// synchronization found.
func (f *finder) operations(ctx context.Context) {
	initializations, err := f.service.config.Engine.Initializations(ctx)
	if err != nil {
		f.unknown(settings.TroubleApproval)
	}
	for _, one := range initializations {
		if !starter.Ended(one.Phase) {
			f.initialization(ctx, one)
		}
	}
	for kind, path := range map[string]string{
		workflows.RemovalType: "/removals/", workflows.ReconciliationType: "/reconciliations/",
	} {
		all, err := f.service.config.Engine.Operations(ctx, kind, "", operationsLooked)
		if err != nil {
			f.unknown(settings.TroubleApproval, settings.TroubleDifferences)
			continue
		}
		compared := map[string]bool{}
		for _, one := range all {
			if one.Phase == workflows.PhaseWaiting && one.Breaker != nil {
				f.waits(one.Synchronization, path, one.WorkflowID, one.Breaker.Deletions+one.Breaker.Changes)
			}
			if one.Reconciliation != nil && one.Phase == workflows.PhaseCompleted && !compared[one.Synchronization] {
				compared[one.Synchronization] = true
				f.differences(one, path)
			}
		}
	}
}

// initialization asks one that goes on, of which a list tells no more, what it waits for.
func (f *finder) initialization(ctx context.Context, listed starter.Initialization) {
	one, err := f.service.config.Engine.Initialization(ctx, listed.WorkflowID)
	switch {
	case err != nil:
		f.unknown(settings.TroubleApproval)
	case one.Phase == workflows.PhaseConfirming:
		f.waits(one.Synchronization, "/initializations/", one.WorkflowID, one.Employees)
	case one.Phase == workflows.PhaseWaiting && one.Breaker != nil:
		f.waits(one.Synchronization, "/initializations/", one.WorkflowID, one.Breaker.Deletions+one.Breaker.Changes)
	}
}

// held are live deletions that wait for one decision for their source.
func (f *finder) held(ctx context.Context) {
	for _, source := range f.sources {
		held, err := f.service.config.Engine.Held(ctx, source.Name)
		switch {
		case err != nil:
			f.unknown(settings.TroubleApproval)
		case held.Total > 0:
			f.add(alerts.Trouble{
				Kind: settings.TroubleApproval, About: alerts.AboutSource, Name: source.Name,
				Label: source.Label(), Detail: "held", Count: held.Total, Path: "/held",
			})
		}
	}
}

func (f *finder) waits(synchronization, path, workflowID string, count int) {
	id := starter.ShortID(workflowID)
	f.add(alerts.Trouble{
		Kind: settings.TroubleApproval, About: alerts.AboutSynchronization, Name: synchronization,
		Label: f.labelOf(synchronization), Detail: id, Count: count, Path: path + id,
	})
}

func (f *finder) differences(one starter.Operation, path string) {
	c := one.Reconciliation.Counts
	if count := c.Missing + c.Surplus + c.Duplicate + c.Edited + c.Misplaced; count > 0 {
		f.add(alerts.Trouble{
			Kind: settings.TroubleDifferences, About: alerts.AboutSynchronization, Name: one.Synchronization,
			Label: f.labelOf(one.Synchronization), Count: count, Path: path + starter.ShortID(one.WorkflowID),
		})
	}
}

func (f *finder) labelOf(synchronization string) string {
	for _, view := range f.synchronization {
		if view.Name == synchronization {
			return view.Label()
		}
	}
	return synchronization
}
