package admin

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/alerts"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/settings"
)

const (
	// blockedLong is how long an absence is blocked before somebody is told; blockedLooked
	// is how many of a synchronization are looked at, and blockedEvery how often.
	blockedLong   = 24 * time.Hour
	blockedLooked = 20
	blockedEvery  = 15 * time.Minute
	// peopleAsked are those who tell whether a refusal is theirs or the connection's.
	peopleAsked = 5
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

// Troubles implements alerts.Source.
func (w *Watch) Troubles(ctx context.Context) alerts.Found {
	ctx, cancel := context.WithTimeout(ctx, troubleTime)
	defer cancel()
	f := finder{watch: w, service: w.Service, now: w.Service.config.Now()}
	f.database(ctx)
	f.disk()
	f.read(ctx)
	f.expiry(ctx)
	f.webhooks(ctx)
	f.engine(ctx)
	f.watched(ctx)
	return f.found
}

// finder is one look.
type finder struct {
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

func (f *finder) database(ctx context.Context) {
	if f.watch.Ping == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, pingTime)
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

// read reads the settings, which are answered from memory. What they say nothing of is
// not known.
func (f *finder) read(ctx context.Context) {
	var ofSources, ofConnections, ofSynchronizations error
	f.sources, ofSources = f.service.config.Settings.Sources(ctx)
	f.connections, ofConnections = f.service.config.Settings.Connections(ctx)
	f.synchronization, ofSynchronizations = f.service.Synchronizations(ctx)
	if errors.Join(ofSources, ofConnections, ofSynchronizations) != nil {
		f.unknown(settings.TroubleExpiry, settings.TroubleWebhookSilent)
		f.unknown(fromEngine...)
		f.unknown(settings.TroubleWatch)
	}
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

func (f *finder) expiry(ctx context.Context) {
	for _, c := range f.connections {
		end := credentialEnd(c)
		if end.IsZero() {
			continue
		}
		if level, days := levelOf(end, f.now); level > 0 {
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
	tokens, err := f.watch.Tokens(ctx)
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
func (f *finder) webhooks(ctx context.Context) {
	for _, source := range f.sources {
		if source.API == settings.APIv3 || source.WebhookSecret == "" || source.ClientID == "" {
			continue
		}
		if f.watch.webhookIsBad(ctx, source, f.now) {
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
