package admin

import (
	"context"
	"errors"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// Synchronizations lists the synchronizations in the order of the settings.
func (s *Service) Synchronizations(ctx context.Context) ([]SynchronizationView, error) {
	all, err := s.synchronizationRecords(ctx)
	if err != nil {
		return nil, err
	}
	providers, err := s.providers(ctx)
	if err != nil {
		return nil, err
	}
	views := make([]SynchronizationView, 0, len(all))
	for _, record := range all {
		views = append(views, synchronizationView(record, providers))
	}
	return views, nil
}

// Synchronization returns one synchronization; settings.ErrNotFound when there is
// none of the name.
func (s *Service) Synchronization(ctx context.Context, name string) (SynchronizationView, error) {
	record, err := s.synchronizationRecord(ctx, name)
	if err != nil {
		return SynchronizationView{}, err
	}
	providers, err := s.providers(ctx)
	return synchronizationView(record, providers), err
}

func synchronizationView(record settings.Record[settings.Synchronization],
	providers map[string]calendars.Provider) SynchronizationView {
	return SynchronizationView{
		Synchronization: record.Value, Provider: providers[record.Value.Connection],
		Version: record.Version, ChangedAt: record.ChangedAt, ChangedBy: record.ChangedBy,
	}
}

// PutSynchronization makes a new synchronization (version 0) or replaces the given
// version of one. A policy that would show sensitive absence types must say that this is
// confirmed. Unless it is paused, the absences that waited for it try again.
// Errors are ErrReadOnly and those of settings.Editor.
func (s *Service) PutSynchronization(ctx context.Context, by settings.Author, value settings.Synchronization,
	version settings.Version) (SynchronizationView, error) {
	if problems := settings.Reveals(value.Policy); len(problems) > 0 {
		return SynchronizationView{}, &settings.InvalidError{Problems: problems}
	}
	view, err := s.putSynchronization(ctx, by, value, version)
	if err == nil && value.Policy.ConfirmReveals && len(value.Policy.Tellings()) > 0 {
		err = s.config.Editor.Note(ctx, settings.Change{
			At: s.config.Now(), By: by, Action: settings.ActionConfirmed, Kind: settings.KindSynchronization,
			Name: view.Name,
		})
	}
	return view, err
}

// putSynchronization stores what somebody answers for already.
func (s *Service) putSynchronization(
	ctx context.Context, by settings.Author, value settings.Synchronization, version settings.Version,
) (SynchronizationView, error) {
	if s.ReadOnly() {
		return SynchronizationView{}, ErrReadOnly
	}
	before, err := s.synchronizationRecord(ctx, value.Name)
	if err != nil && !errors.Is(err, settings.ErrNotFound) {
		return SynchronizationView{}, err
	}
	if _, err := s.config.Editor.PutSynchronization(ctx, by, value, version); err != nil {
		return SynchronizationView{}, err
	}
	request := workflows.WakeRequest{Synchronization: value.Name}
	if answersMail(before.Value) || answersMail(value) {
		request.After = workflows.IndexLag // replies that began a moment ago look too
	}
	if !value.Paused || answersMail(before.Value) {
		s.wake(ctx, request)
	}
	return s.Synchronization(ctx, value.Name)
}

// RemoveSynchronization removes a version of a synchronization. What it wrote
// stays in calendars.
func (s *Service) RemoveSynchronization(ctx context.Context, by settings.Author, name string,
	version settings.Version) error {
	if s.ReadOnly() {
		return ErrReadOnly
	}
	if err := named(name); err != nil {
		return err
	}
	return s.config.Editor.RemoveSynchronization(ctx, by, name, version)
}

// SetPaused pauses or resumes a version of a synchronization.
func (s *Service) SetPaused(ctx context.Context, by settings.Author, name string, paused bool,
	version settings.Version) (SynchronizationView, error) {
	if s.ReadOnly() {
		return SynchronizationView{}, ErrReadOnly
	}
	record, err := s.synchronizationRecord(ctx, name)
	if err != nil {
		return SynchronizationView{}, err
	}
	record.Value.Paused = paused
	return s.putSynchronization(ctx, by, record.Value, version)
}

// placed tells of each legal entity in which synchronization it is: an active one
// where there are several.
func (s *Service) placed(ctx context.Context, source string, entities []figgo.LegalEntity) ([]LegalEntity, error) {
	all, err := s.config.Settings.Synchronizations(ctx)
	if err != nil {
		return nil, err
	}
	in := map[string]settings.Synchronization{}
	for _, one := range all {
		if one.Source != source {
			continue
		}
		for _, id := range one.LegalEntities {
			if known, twice := in[id]; !twice || known.Paused {
				in[id] = one
			}
		}
	}
	list := make([]LegalEntity, 0, len(entities))
	for _, entity := range entities {
		list = append(list, LegalEntity{ID: entity.ID, Name: entity.Name, Zone: entity.Zone,
			Synchronization: in[entity.ID].Name})
	}
	return list, nil
}
