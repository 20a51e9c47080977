package stored

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
)

// edit is one change under way: what was there, what shall be, and what the audit
// log says.
type edit struct {
	settings.Edit
	version settings.Version // of the record afterwards
	row     any              // its JSON, nil for a removal
	secrets []settings.SecretField
	change  settings.Change
}

// PutSource implements settings.Editor.
func (s *Store) PutSource(ctx context.Context, by settings.Author, value settings.Source,
	version settings.Version) (settings.Version, error) {
	return s.one(ctx, by, settings.Edit{Kind: settings.KindSource, Name: value.Name, Version: version, Source: &value})
}

// PutConnection implements settings.Editor.
func (s *Store) PutConnection(ctx context.Context, by settings.Author, value settings.Connection,
	version settings.Version) (settings.Version, error) {
	return s.one(ctx, by, settings.Edit{Kind: settings.KindConnection, Name: value.Name, Version: version,
		Connection: &value})
}

// PutSynchronization implements settings.Editor.
func (s *Store) PutSynchronization(ctx context.Context, by settings.Author, value settings.Synchronization,
	version settings.Version) (settings.Version, error) {
	return s.one(ctx, by, settings.Edit{Kind: settings.KindSynchronization, Name: value.Name, Version: version,
		Synchronization: &value})
}

// PutTimings implements settings.Editor.
func (s *Store) PutTimings(ctx context.Context, by settings.Author, value settings.Timings) error {
	_, err := s.one(ctx, by, settings.Edit{Kind: settings.KindTimings, Timings: &value})
	return err
}

// RemoveSource implements settings.Editor. What is not there is ErrChanged and
// ErrNotFound, both wrapped.
func (s *Store) RemoveSource(ctx context.Context, by settings.Author, name string, version settings.Version) error {
	_, err := s.one(ctx, by, settings.Edit{Kind: settings.KindSource, Name: name, Version: version, Remove: true})
	return err
}

// RemoveConnection does for a connection what RemoveSource does.
func (s *Store) RemoveConnection(ctx context.Context, by settings.Author, name string, version settings.Version) error {
	_, err := s.one(ctx, by, settings.Edit{Kind: settings.KindConnection, Name: name, Version: version, Remove: true})
	return err
}

// RemoveSynchronization does for a synchronization what RemoveSource does.
func (s *Store) RemoveSynchronization(ctx context.Context, by settings.Author, name string,
	version settings.Version) error {
	_, err := s.one(ctx, by, settings.Edit{Kind: settings.KindSynchronization, Name: name, Version: version,
		Remove: true})
	return err
}

// one makes one change. Its errors are about the record that was asked for.
func (s *Store) one(ctx context.Context, by settings.Author, e settings.Edit) (settings.Version, error) {
	versions, err := s.edit(ctx, by, nil, []settings.Edit{e}, nil)
	if failed, ok := errors.AsType[*settings.RecordError](err); ok {
		if invalid, ok := errors.AsType[*settings.InvalidError](failed.Err); ok {
			return 0, invalid
		}
		return 0, failed
	}
	if err != nil {
		return 0, err
	}
	return versions[0], nil
}

// Edit implements settings.BatchEditor.
func (s *Store) Edit(ctx context.Context, by settings.Author, revision int64, edits []settings.Edit,
	notes ...settings.Change) error {
	_, err := s.edit(ctx, by, &revision, edits, notes)
	return err
}

// edit makes all changes or none, and returns the versions of their records
// afterwards.
func (s *Store) edit(ctx context.Context, by settings.Author, revision *int64, edits []settings.Edit,
	notes []settings.Change) ([]settings.Version, error) {
	edits = slices.Clone(edits)
	for i := range edits {
		if err := s.check(&edits[i]); err != nil {
			return nil, err
		}
	}
	versions := make([]settings.Version, len(edits))
	err := s.write(ctx, func(w *write) error {
		if revision != nil && *revision != w.before.revision {
			return fmt.Errorf("the settings: %w", settings.ErrChanged)
		}
		for i, e := range edits {
			done, err := w.apply(by, e)
			if err != nil {
				return &settings.RecordError{Kind: e.Kind, Name: e.Name, Err: err}
			}
			versions[i] = done.version
			if len(done.change.Fields) > 0 || done.change.Action != settings.ActionChanged {
				w.edits = append(w.edits, done)
			}
		}
		w.notes = notes
		return w.references()
	})
	return versions, err
}

// check fills defaults in and checks a value by itself.
func (s *Store) check(e *settings.Edit) error {
	var problems []settings.Problem
	switch {
	case e.Remove:
	case e.Source != nil:
		e.Source = new(e.Source.WithDefaults())
		problems = settings.ValidateSource(*e.Source, s.rules)
	case e.Connection != nil:
		e.Connection = new(e.Connection.WithDefaults())
		problems = settings.ValidateConnection(*e.Connection, s.rules)
	case e.Synchronization != nil:
		e.Synchronization = new(e.Synchronization.Clone())
		record.Clean(e.Synchronization)
		problems = settings.ValidateSynchronization(*e.Synchronization, s.rules)
	case e.Recipient != nil:
		e.Recipient = new(e.Recipient.Clone().WithDefaults().WithSecret())
		problems = settings.ValidateRecipient(*e.Recipient, s.rules)
	case e.Timings != nil:
		problems = settings.ValidateTimings(*e.Timings)
	}
	if len(problems) > 0 {
		return &settings.RecordError{Kind: e.Kind, Name: e.Name, Err: &settings.InvalidError{Problems: problems}}
	}
	return nil
}

// apply makes one change in memory.
func (w *write) apply(by settings.Author, e settings.Edit) (edit, error) {
	done := edit{Edit: e, change: settings.Change{At: w.at, By: by, Kind: e.Kind, Name: e.Name}}
	var err error
	switch e.Kind {
	case settings.KindSource:
		err = put(w, &done, w.after.sources, e.Source, settings.SourceChanges)
		if e.Source != nil {
			done.row, done.secrets = rowOf(e.Source), e.Source.SecretsOf()
		}
	case settings.KindConnection:
		err = put(w, &done, w.after.connections, e.Connection, settings.ConnectionChanges)
		if e.Connection != nil {
			done.row, done.secrets = rowOf(e.Connection), e.Connection.SecretsOf()
		}
	case settings.KindSynchronization:
		err = put(w, &done, w.after.synchronizations, e.Synchronization, settings.SynchronizationChanges)
		if e.Synchronization != nil {
			done.row = rowOf(e.Synchronization)
		}
	case settings.KindRecipient:
		err = put(w, &done, w.after.recipients, e.Recipient, settings.RecipientChanges)
		if e.Recipient != nil {
			done.row, done.secrets = rowOf(e.Recipient), e.Recipient.SecretsOf()
		}
	case settings.KindTimings:
		done.change.Action = settings.ActionChanged
		done.change.Fields = settings.TimingsChanges(w.after.timings, *e.Timings)
		done.version, done.row = w.after.timingsVersion+1, newTimingsRow(*e.Timings)
		w.after.timings = *e.Timings
	default:
		err = fmt.Errorf("%q is not kept here", e.Kind)
	}
	return done, err
}

// put puts a value among its kind, or removes it when it is nil.
func put[T any](w *write, done *edit, all map[string]settings.Record[T], value *T,
	compare func(from, to T) []settings.FieldChange) error {
	var none T
	old, there := all[done.Name]
	switch {
	case done.Remove && !there:
		return fmt.Errorf("%w: %w", settings.ErrChanged, settings.ErrNotFound)
	case there && done.Version == 0 && !done.Remove:
		return settings.ErrExists
	case old.Version != done.Version:
		return settings.ErrChanged
	case done.Remove:
		done.change.Action, done.change.Fields = settings.ActionRemoved, compare(old.Value, none)
		delete(all, done.Name)
		return nil
	case there:
		done.change.Action, done.version = settings.ActionChanged, old.Version+1
	default:
		done.change.Action = settings.ActionCreated
		var err error
		if done.version, err = w.firstVersion(done.Kind, done.Name); err != nil {
			return err
		}
	}
	if done.change.Fields = compare(old.Value, *value); there && len(done.change.Fields) == 0 {
		done.version = old.Version
		return nil
	}
	all[done.Name] = settings.Record[T]{Value: *value, Version: done.version, ChangedAt: w.at,
		ChangedBy: done.change.By}
	return nil
}

// references checks what was changed against all the rest.
func (w *write) references() error {
	sources, connections := slices.Collect(maps.Keys(w.after.sources)), slices.Collect(maps.Keys(w.after.connections))
	others := values(w.after.synchronizations, same)
	for _, e := range w.edits {
		var err error
		switch {
		case e.Synchronization != nil && !e.Remove:
			if problems := settings.ValidateReferences(*e.Synchronization, sources, connections,
				others); len(problems) > 0 {
				err = &settings.InvalidError{Problems: problems}
			}
		case e.Remove && e.Kind == settings.KindSource:
			err = inUse(others, func(s settings.Synchronization) bool { return s.Source == e.Name })
		case e.Remove && e.Kind == settings.KindConnection:
			err = inUse(others, func(s settings.Synchronization) bool {
				return slices.Contains(s.Connections(), e.Name)
			})
		}
		if err != nil {
			return &settings.RecordError{Kind: e.Kind, Name: e.Name, Err: err}
		}
	}
	return nil
}

func inUse(all []settings.Synchronization, uses func(settings.Synchronization) bool) error {
	var names []string
	for _, s := range all {
		if uses(s) {
			names = append(names, s.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return &settings.InUseError{Kind: settings.KindSynchronization, Names: names}
}
