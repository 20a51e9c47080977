package admin

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// Sources lists the sources in the order of the settings.
func (s *Service) Sources(ctx context.Context) ([]SourceView, error) {
	all, err := s.sourceRecords(ctx)
	if err != nil {
		return nil, err
	}
	views := make([]SourceView, 0, len(all))
	for _, record := range all {
		views = append(views, s.sourceView(record))
	}
	return views, nil
}

// Source returns one source; settings.ErrNotFound when there is none of the name.
func (s *Service) Source(ctx context.Context, name string) (SourceView, error) {
	record, err := s.sourceRecord(ctx, name)
	if err != nil {
		return SourceView{}, err
	}
	return s.sourceView(record), nil
}

// PutSource makes a new source (version 0) or replaces the given version of one.
// Secrets that the input leaves out stay as they are. Errors are ErrReadOnly and
// those of settings.Editor.
func (s *Service) PutSource(ctx context.Context, by settings.Author, input SourceInput,
	version settings.Version) (SourceView, error) {
	if s.ReadOnly() {
		return SourceView{}, ErrReadOnly
	}
	var old settings.Source
	if version != 0 {
		record, err := s.sourceRecord(ctx, input.Name)
		if err != nil {
			return SourceView{}, err
		}
		if record.Version != version {
			return SourceView{}, fmt.Errorf("source %s: %w", input.Name, settings.ErrChanged)
		}
		old = record.Value
	}
	value := input.over(old)
	given := func(field string) bool { return input.Secrets[field].Value != "" }
	moved := settings.MovedSource(old, value, given)
	if err := s.refused(moved, addressesOf(&value), settings.ValidateSource(value, s.rules())); err != nil {
		return SourceView{}, err
	}
	if _, err := s.config.Editor.PutSource(ctx, by, value, version); err != nil {
		return SourceView{}, err
	}
	s.wake(ctx, workflows.WakeRequest{Source: value.Name})
	return s.Source(ctx, value.Name)
}

// RemoveSource removes a version of a source; *settings.InUseError while a
// synchronization needs it.
func (s *Service) RemoveSource(ctx context.Context, by settings.Author, name string, version settings.Version) error {
	if s.ReadOnly() {
		return ErrReadOnly
	}
	if err := named(name); err != nil {
		return err
	}
	return s.config.Editor.RemoveSource(ctx, by, name, version)
}

// GenerateHTTPKey gives a version of a source a new random key for the HTTP
// synchronization, and returns it: the whole Authorization header to enter in
// Lucca. It is never shown again.
func (s *Service) GenerateHTTPKey(ctx context.Context, by settings.Author, source string,
	version settings.Version) (key string, view SourceView, err error) {
	if s.ReadOnly() {
		return "", SourceView{}, ErrReadOnly
	}
	record, err := s.sourceRecord(ctx, source)
	if err != nil {
		return "", SourceView{}, err
	}
	key = "Basic " + base64.StdEncoding.EncodeToString([]byte("figgosync:"+rand.Text()))
	record.Value.HTTPSynchronizationKey = settings.Secret(key)
	if _, err := s.config.Editor.PutSource(ctx, by, record.Value, version); err != nil {
		return "", SourceView{}, err
	}
	view, err = s.Source(ctx, source)
	return key, view, err
}

func (s *Service) sourceView(record settings.Record[settings.Source]) SourceView {
	source := record.Value
	return SourceView{
		Source: *withoutSecrets(&source), Stored: storedSecrets(&source),
		LuccaWebhook: s.publicURL() + "/webhooks/lucca/" + source.Name,
		HTTPWebhook:  s.publicURL() + "/webhooks/figgo/" + source.Name,
		Version:      record.Version, ChangedAt: record.ChangedAt, ChangedBy: record.ChangedBy,
	}
}

func (s *Service) publicURL() string { return strings.TrimRight(s.config.PublicURL, "/") }

// checkSourceTime bounds how long Figgo is waited for.
const checkSourceTime = 20 * time.Second

// CheckSource asks Figgo, with what is stored, for its legal entities. That Figgo
// refuses, or does not answer, is told by the SourceCheck; errors are those of the
// settings.
func (s *Service) CheckSource(ctx context.Context, by settings.Author, name string) (SourceCheck, error) {
	record, err := s.sourceRecord(ctx, name)
	if err != nil {
		return SourceCheck{}, err
	}
	check, err := s.checkSource(ctx, record.Value)
	if err == nil {
		s.note(ctx, by, settings.ActionChecked, settings.KindSource, name,
			settings.FieldChange{Field: "result", To: check.result()})
	}
	return check, err
}

// result is the reason why Figgo told nothing, "ok" where it answered.
func (c SourceCheck) result() string {
	if c.Reason == "" {
		return string(calendars.StepOK)
	}
	return orDefault(c.Code, c.Reason)
}

func (s *Service) checkSource(ctx context.Context, source settings.Source) (SourceCheck, error) {
	ctx, cancel := context.WithTimeout(ctx, checkSourceTime)
	defer cancel()
	entities, err := s.luccas.ask(ctx, source)
	if err != nil {
		failure := sourceError(err)
		s.config.Log.Warn("source checked: Figgo did not tell its legal entities", "source", source.Name,
			"reason", failure.Reason, "error", err)
		return SourceCheck{Reason: failure.Reason, Code: failure.Code, LegalEntities: []LegalEntity{}}, nil
	}
	list, err := s.placed(ctx, source.Name, entities)
	check := SourceCheck{LegalEntities: list}
	accounts, refused := s.accountsOf(ctx, source)
	check.Accounts = len(accounts)
	check.NoAccounts, _ = errors.AsType[*SourceError](refused)
	return check, err
}

// LegalEntities returns Figgo's legal entities by name, each with the
// synchronization it is in. They may be five minutes old. The error is a
// *SourceError where Figgo could not be asked.
func (s *Service) LegalEntities(ctx context.Context, source string) ([]LegalEntity, error) {
	record, err := s.sourceRecord(ctx, source)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, checkSourceTime)
	defer cancel()
	entities, err := s.luccas.recent(ctx, record.Value)
	if err != nil {
		return nil, sourceError(err)
	}
	return s.placed(ctx, source, entities)
}
