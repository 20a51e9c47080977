package admin

import (
	"context"
	"fmt"
	"regexp"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
)

var namePattern = regexp.MustCompile(settings.NamePattern)

// named is settings.ErrNotFound for what cannot be the name of anything: such
// text never reaches a database.
func named(name string) error {
	if !namePattern.MatchString(name) {
		return fmt.Errorf("no such name: %w", settings.ErrNotFound)
	}
	return nil
}

// recordOf reads one record; one from a file has no version.
func recordOf[T any](ctx context.Context, s *Service, name string,
	edited func(settings.Editor, context.Context, string) (settings.Record[T], error),
	stored func(settings.Store, context.Context, string) (T, error),
) (settings.Record[T], error) {
	if err := named(name); err != nil {
		return settings.Record[T]{}, err
	}
	if !s.ReadOnly() {
		return edited(s.config.Editor, ctx, name)
	}
	value, err := stored(s.config.Settings, ctx, name)
	return settings.Record[T]{Value: value}, err
}

// recordsOf reads all of a kind, in the order of the settings.
func recordsOf[T any](ctx context.Context, s *Service, values []T, name func(T) string,
	edited func(settings.Editor, context.Context, string) (settings.Record[T], error),
) ([]settings.Record[T], error) {
	all := make([]settings.Record[T], 0, len(values))
	for _, value := range values {
		if s.ReadOnly() {
			all = append(all, settings.Record[T]{Value: value})
			continue
		}
		one, err := edited(s.config.Editor, ctx, name(value))
		if gone(err) {
			continue // removed a moment ago
		}
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (s *Service) sourceRecord(ctx context.Context, name string) (settings.Record[settings.Source], error) {
	return recordOf(ctx, s, name, settings.Editor.SourceRecord, settings.Store.Source)
}

func (s *Service) connectionRecord(ctx context.Context, name string) (settings.Record[settings.Connection], error) {
	return recordOf(ctx, s, name, settings.Editor.ConnectionRecord, settings.Store.Connection)
}

func (s *Service) synchronizationRecord(ctx context.Context,
	name string) (settings.Record[settings.Synchronization], error) {
	return recordOf(ctx, s, name, settings.Editor.SynchronizationRecord, settings.Store.Synchronization)
}

func (s *Service) sourceRecords(ctx context.Context) ([]settings.Record[settings.Source], error) {
	values, err := s.config.Settings.Sources(ctx)
	if err != nil {
		return nil, err
	}
	return recordsOf(ctx, s, values, func(v settings.Source) string { return v.Name }, settings.Editor.SourceRecord)
}

func (s *Service) connectionRecords(ctx context.Context) ([]settings.Record[settings.Connection], error) {
	values, err := s.config.Settings.Connections(ctx)
	if err != nil {
		return nil, err
	}
	return recordsOf(ctx, s, values, func(v settings.Connection) string { return v.Name },
		settings.Editor.ConnectionRecord)
}

func (s *Service) synchronizationRecords(ctx context.Context) ([]settings.Record[settings.Synchronization], error) {
	values, err := s.config.Settings.Synchronizations(ctx)
	if err != nil {
		return nil, err
	}
	return recordsOf(ctx, s, values, func(v settings.Synchronization) string { return v.Name },
		settings.Editor.SynchronizationRecord)
}

// users are the synchronizations of each connection.
func (s *Service) users(ctx context.Context) (map[string][]string, error) {
	all, err := s.config.Settings.Synchronizations(ctx)
	if err != nil {
		return nil, err
	}
	users := map[string][]string{}
	for _, one := range all {
		for _, connection := range one.Connections() {
			users[connection] = append(users[connection], one.Name)
		}
	}
	return users, nil
}

// providers are those of all connections.
func (s *Service) providers(ctx context.Context) (map[string]calendars.Provider, error) {
	all, err := s.config.Settings.Connections(ctx)
	if err != nil {
		return nil, err
	}
	providers := map[string]calendars.Provider{}
	for _, one := range all {
		providers[one.Name] = one.Provider
	}
	return providers, nil
}
