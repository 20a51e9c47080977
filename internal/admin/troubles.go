package admin

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/figgosync/figgosync/activities"
	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/alerts"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

const (
	// blockedLong is how long an absence is blocked before somebody is told; blockedLooked
	// is how many of a synchronization are looked at, and blockedEvery how often.
	blockedLong   = 24 * time.Hour
	blockedLooked = 20
	blockedEvery  = 15 * time.Minute
	// webhooksEvery is how often Lucca is asked for its endpoints, webhooksAgain where
	// something was wrong with them or with the answer.
	webhooksEvery = 24 * time.Hour
	webhooksAgain = 15 * time.Minute
	webhooksTime  = 20 * time.Second
	// operationsLooked are the newest operations of a kind that are looked at.
	operationsLooked = 50
	// diskLeft is the share of a disk, in percent, below which it is nearly full.
	diskLeft    = 10
	pingTime    = 5 * time.Second
	troubleTime = 40 * time.Second
)

// Watch finds troubles where the overview finds what it shows. It is an alerts.Source.
// Service is required; without one of the others its kinds of trouble are not looked
// for.
type Watch struct {
	Service *Service
	// Ping asks the database whether it is there.
	Ping func(ctx context.Context) error
	// DiskFree tells how many percent of the database's disk are free.
	DiskFree func() (percent int, ok bool)
	// Tokens lists the API tokens.
	Tokens func(ctx context.Context) ([]access.Token, error)

	mu       sync.Mutex
	blocked  map[string]blockedLook
	webhooks map[string]webhookLook
}

type blockedLook struct {
	at    time.Time
	count int
}

type webhookLook struct {
	at  time.Time
	bad bool
}

// fromEngine are the kinds that only Temporal knows of.
var fromEngine = []settings.TroubleKind{
	settings.TroubleConnectionRefused, settings.TroubleBlocked, settings.TroubleApproval, settings.TroubleDifferences,
}

// Troubles implements alerts.Source.
func (w *Watch) Troubles(ctx context.Context) alerts.Found {
	ctx, cancel := context.WithTimeout(ctx, troubleTime)
	defer cancel()
	f := finder{ctx: ctx, watch: w, service: w.Service, now: w.Service.config.Now()}
	f.database()
	f.disk()
	f.read()
	f.expiry()
	f.webhooks()
	f.engine()
	return f.found
}

// finder is one look.
type finder struct {
	ctx             context.Context
	watch           *Watch
	service         *Service
	now             time.Time
	sources         []settings.Source
	connections     []settings.Connection
	synchronization []SynchronizationView
	found           alerts.Found
}

func (f *finder) add(t alerts.Trouble) { f.found.Troubles = append(f.found.Troubles, t) }

func (f *finder) unknown(kinds ...settings.TroubleKind) {
	f.found.Unknown = append(f.found.Unknown, kinds...)
}

func (f *finder) database() {
	if f.watch.Ping == nil {
		return
	}
	ctx, cancel := context.WithTimeout(f.ctx, pingTime)
	defer cancel()
	if err := f.watch.Ping(ctx); err != nil {
		f.add(alerts.Trouble{Kind: settings.TroubleDatabase})
	}
}

func (f *finder) disk() {
	if f.watch.DiskFree == nil {
		return
	}
	percent, ok := f.watch.DiskFree()
	switch {
	case !ok:
		f.unknown(settings.TroubleDisk)
	case percent < diskLeft:
		f.add(alerts.Trouble{Kind: settings.TroubleDisk, Count: percent})
	}
}

// read reads the settings, which are answered from memory.
func (f *finder) read() {
	f.sources, _ = f.service.config.Settings.Sources(f.ctx)
	f.connections, _ = f.service.config.Settings.Connections(f.ctx)
	f.synchronization, _ = f.service.Synchronizations(f.ctx)
}

// expiryDays are the days before an end at which it is told, again each time.
var expiryDays = []int{30, 7, 1}

// levelOf is how close an end is, 0 for far enough, and the whole days until then.
func levelOf(end, now time.Time) (level, days int) {
	left := end.Sub(now)
	for i, limit := range expiryDays {
		if left <= time.Duration(limit)*24*time.Hour {
			level = i + 1
		}
	}
	return level, max(int(left/(24*time.Hour)), 0)
}

func (f *finder) expiry() {
	for _, c := range f.connections {
		expiring, ok := c.System.(calendars.Expiring)
		if !ok || expiring.Expires().IsZero() {
			continue
		}
		if level, days := levelOf(expiring.Expires(), f.now); level > 0 {
			f.add(alerts.Trouble{
				Kind: settings.TroubleExpiry, About: alerts.AboutConnection, Name: c.Name, Label: c.Label(),
				Count: days,
				Level: level, Path: "/connections/" + c.Name,
			})
		}
	}
	if f.watch.Tokens == nil {
		return
	}
	tokens, err := f.watch.Tokens(f.ctx)
	if err != nil {
		f.unknown(settings.TroubleExpiry)
	}
	for _, t := range tokens {
		level, days := levelOf(t.Expires, f.now)
		if level > 0 && !t.Expires.IsZero() && t.Expires.After(f.now) {
			f.add(alerts.Trouble{
				Kind: settings.TroubleExpiry, About: alerts.AboutToken, Name: t.ID, Label: t.Label, Count: days,
				Level: level,
				Path:  "/tokens",
			})
		}
	}
}

// webhooks asks Lucca for the endpoints that lead here, once a day.
func (f *finder) webhooks() {
	for _, source := range f.sources {
		if source.API == settings.APIv3 || source.WebhookSecret == "" || source.ClientID == "" {
			continue
		}
		if f.watch.webhookIsBad(f.ctx, source, f.now) {
			f.add(alerts.Trouble{
				Kind: settings.TroubleWebhookSilent, About: alerts.AboutSource, Name: source.Name,
				Label: source.Label(),
				Path:  "/sources/" + source.Name,
			})
		}
	}
}

func (w *Watch) webhookIsBad(ctx context.Context, source settings.Source, now time.Time) bool {
	w.mu.Lock()
	last, looked := w.webhooks[source.Name]
	w.mu.Unlock()
	if looked && now.Sub(last.at) < webhooksEvery && (!last.bad || now.Sub(last.at) < webhooksAgain) {
		return last.bad
	}
	bad, err := w.Service.webhookIsBad(ctx, source)
	next := webhookLook{at: now, bad: bad}
	if err != nil { // what was known holds, and it is asked again soon
		next = webhookLook{at: now.Add(webhooksAgain - webhooksEvery), bad: last.bad}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.webhooks == nil {
		w.webhooks = map[string]webhookLook{}
	}
	w.webhooks[source.Name] = next
	return next.bad
}

// webhookIsBad tells whether Lucca has endpoints that lead to the source here, and none
// of them is active. A key that may not read them is an error.
func (s *Service) webhookIsBad(ctx context.Context, source settings.Source) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, webhooksTime)
	defer cancel()
	one := s.luccas.of(source)
	if err := one.take(ctx); err != nil {
		return false, err
	}
	defer one.leave()
	all, err := s.luccas.v5(source, one.throttle).WebhookEndpoints(ctx)
	if err != nil {
		return false, err
	}
	ours := slices.DeleteFunc(all, func(e figgo.WebhookEndpoint) bool {
		return !strings.HasSuffix(e.WebhookURL, "/webhooks/lucca/"+source.Name)
	})
	active := slices.ContainsFunc(ours, func(e figgo.WebhookEndpoint) bool { return e.Status == figgo.WebhookActive })
	return len(ours) > 0 && !active, nil
}

// engine finds what Temporal knows.
func (f *finder) engine() {
	if len(f.synchronization) == 0 {
		return
	}
	tallies, err := f.service.tallies.read(f.ctx, f.synchronization)
	if err != nil {
		f.add(alerts.Trouble{Kind: settings.TroubleTemporal})
		f.unknown(fromEngine...)
		return
	}
	f.refused(tallies)
	for _, view := range f.synchronization {
		f.blockedOf(view, tallies[view.Name])
	}
	f.operations()
	f.held()
}

// refusedReasons are those of a whole connection or source.
var refusedConnection = []string{
	string(calendars.ConsentMissing), string(calendars.NoExchangeOnline), string(calendars.CredentialsRejected),
	string(calendars.ServerUnreachable),
}

var refusedSource = []string{activities.ReasonSourceRejected, activities.ReasonSourceAddress}

// refused gathers refusals by connection and by source over all synchronizations.
func (f *finder) refused(tallies map[string]tally) {
	byConnection, bySource := map[string]int{}, map[string]int{}
	for _, view := range f.synchronization {
		for _, r := range tallies[view.Name].reasons {
			switch {
			case r.Status != workflows.StatusBlocked:
			case slices.Contains(refusedConnection, r.Reason):
				byConnection[view.Connection] += r.Count
			case slices.Contains(refusedSource, r.Reason):
				bySource[view.Source] += r.Count
			}
		}
	}
	for _, c := range f.connections {
		if count := byConnection[c.Name]; count > 0 {
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

func (f *finder) blockedOf(view SynchronizationView, counted tally) {
	if view.Paused || counted.counts[workflows.StatusBlocked] == 0 {
		return
	}
	f.watch.mu.Lock()
	last, looked := f.watch.blocked[view.Name]
	f.watch.mu.Unlock()
	if !looked || f.now.Sub(last.at) >= blockedEvery {
		count, err := f.countBlocked(view)
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
func (f *finder) countBlocked(view SynchronizationView) (count int, err error) {
	lines, _, err := f.service.config.Engine.Absences(f.ctx, starter.AbsencesQuery{
		Source: view.Source, Synchronization: view.Name, Statuses: []workflows.Status{workflows.StatusBlocked},
		Living: true,
		Limit:  looked,
	})
	if err != nil {
		return 0, err
	}
	slices.SortFunc(lines, func(a, b starter.AbsenceLine) int { return a.StartedAt.Compare(b.StartedAt) })
	for _, line := range lines[:min(len(lines), blockedLooked)] {
		one, err := f.service.config.Engine.Absence(f.ctx, line.Source, line.Absence)
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
func (f *finder) operations() {
	initializations, err := f.service.config.Engine.Initializations(f.ctx)
	if err != nil {
		f.unknown(settings.TroubleApproval)
	}
	for _, one := range initializations {
		if one.Phase == workflows.PhaseConfirming {
			f.waits(one.Synchronization, "/initializations/", one.WorkflowID, one.Employees)
		}
	}
	for kind, path := range map[string]string{
		workflows.RemovalType: "/removals/", workflows.ReconciliationType: "/reconciliations/",
	} {
		all, err := f.service.config.Engine.Operations(f.ctx, kind, "", operationsLooked)
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

// held are live deletions that wait for one decision for their source.
func (f *finder) held() {
	for _, source := range f.sources {
		held, err := f.service.config.Engine.Held(f.ctx, source.Name)
		switch {
		case err != nil:
			f.unknown(settings.TroubleApproval)
		case held.Total > 0:
			f.add(alerts.Trouble{
				Kind: settings.TroubleApproval, About: alerts.AboutSource, Name: source.Name,
				Label: source.Label(), Detail: "held", Count: held.Total, Path: "/absences?status=held",
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
