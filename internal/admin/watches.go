package admin

import (
	"context"
	"slices"
	"time"

	"github.com/figgosync/figgosync/internal/alerts"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// checksLooked are the newest lines of the audit log that are looked at for a check.
const checksLooked = 50

// watches remembers what the last watches found for a moment.
type watches struct {
	engine Engine
	recent recent[[]starter.Watched]
}

// read returns the last watch of everything that is watched.
func (w *watches) read(ctx context.Context) ([]starter.Watched, error) {
	return w.recent.read(ctx, w.engine.Watched)
}

// of is the last watch of one thing, nil where none is known.
func (w *watches) of(ctx context.Context, kind, name string) *workflows.Watched {
	all, err := w.read(ctx)
	at := slices.IndexFunc(all, func(one starter.Watched) bool { return one.Kind == kind && one.Name == name })
	if err != nil || at < 0 {
		return nil
	}
	return &all[at].Watched
}

// WatchState is how the synthetic absence of a synchronization does.
type WatchState struct {
	workflows.Watched
	// Late says that the last one is older than it should be: nothing writes them.
	Late bool
}

// Good tells whether the calendar was written to as it should be.
func (w WatchState) Good() bool { return w.Trouble == nil && !w.Late }

// watchOf is how it does; nil where it has none, or none has ended yet.
func (s *Service) watchOf(ctx context.Context, one settings.Synchronization) *WatchState {
	if one.Paused || one.Watch.Mailbox == "" {
		return nil
	}
	last := s.watches.of(ctx, workflows.WatchedSynchronization, one.Name)
	if last == nil {
		return nil
	}
	latest := last.At.Add(2*one.Watch.Interval() + workflows.WatchTime)
	return &WatchState{Watched: *last, Late: s.config.Now().After(latest)}
}

// LastCheck is how the last check of a connection or a source ended, whether somebody
// asked for it or it was the daily one.
type LastCheck struct {
	At time.Time
	// Result is the finding of a connection's check, the reason or code of a source's, or
	// "ok".
	Result string
	// Daily says that nobody asked for it.
	Daily bool
}

// Good tells whether nothing failed.
func (c LastCheck) Good() bool { return c.Result == string(calendars.StepOK) }

// LastCheckOf is the last check of a connection or a source; known is false where there
// is none. Errors are those of the settings: without Temporal the ones that somebody
// asked for are told.
func (s *Service) LastCheckOf(ctx context.Context, kind settings.Kind, name string) (
	last LastCheck, known bool, err error) {
	lines, err := s.Changes(ctx, settings.ChangesQuery{Kind: kind, Name: name, Limit: checksLooked})
	if err != nil {
		return LastCheck{}, false, err
	}
	at := slices.IndexFunc(lines, func(c settings.Change) bool {
		return c.Action == settings.ActionChecked && len(c.Fields) > 0
	})
	if at >= 0 {
		last, known = LastCheck{At: lines[at].At, Result: lines[at].Fields[0].To}, true
	}
	watched := map[settings.Kind]string{
		settings.KindConnection: workflows.WatchedConnection, settings.KindSource: workflows.WatchedSource,
	}[kind]
	if daily := s.watches.of(ctx, watched, name); daily != nil && daily.At.After(last.At) {
		last, known = LastCheck{At: daily.At, Result: string(calendars.StepOK), Daily: true}, true
		if daily.Trouble != nil {
			last.Result = daily.Trouble.Reason
		}
	}
	return last, known, nil
}

// watched finds synthetic absences that fail or are late, and connections and sources
// whose daily check failed. What was changed since is as good as mended: absences tell
// when it is not.
func (f *finder) watched(ctx context.Context) {
	if _, err := f.service.watches.read(ctx); err != nil {
		f.unknown(settings.TroubleWatch, settings.TroubleConnectionRefused)
		return
	}
	for _, view := range f.synchronization {
		if state := f.service.watchOf(ctx, view.Synchronization); state != nil && !state.Good() {
			f.add(alerts.Trouble{
				Kind: settings.TroubleWatch, About: alerts.AboutSynchronization, Name: view.Name,
				Label: view.Label(), Path: "/synchronizations/" + view.Name,
			})
		}
	}
	connections, ofConnections := f.service.Connections(ctx)
	sources, ofSources := f.service.Sources(ctx)
	if ofConnections != nil || ofSources != nil {
		f.unknown(settings.TroubleConnectionRefused)
	}
	for _, one := range connections {
		f.checked(ctx, settings.KindConnection, one.ChangedAt, alerts.Trouble{
			About: alerts.AboutConnection, Name: one.Name, Label: one.Label(), Path: "/connections/" + one.Name,
		})
	}
	for _, one := range sources {
		f.checked(ctx, settings.KindSource, one.ChangedAt, alerts.Trouble{
			About: alerts.AboutSource, Name: one.Name, Label: one.Label(), Path: "/sources/" + one.Name,
		})
	}
}

// checked adds a trouble where the last daily check failed, nobody made one since, and
// absences did not tell already.
func (f *finder) checked(ctx context.Context, kind settings.Kind, changed time.Time, t alerts.Trouble) {
	t.Kind = settings.TroubleConnectionRefused
	known := slices.ContainsFunc(f.found.Troubles, func(other alerts.Trouble) bool {
		return other.Kind == t.Kind && other.About == t.About && other.Name == t.Name
	})
	last, _, err := f.service.LastCheckOf(ctx, kind, t.Name)
	switch {
	case err != nil:
		f.unknown(t.Kind)
	case !known && last.Daily && !last.Good() && !changed.After(last.At):
		f.add(t)
	}
}
