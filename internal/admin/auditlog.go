package admin

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/figgosync/figgosync/internal/settings"
)

// ReadOnly tells that the settings come from a file: changes are ErrReadOnly then,
// and there is no audit log.
func (s *Service) ReadOnly() bool { return s.config.Editor == nil }

// Changes reads the audit log, the newest line first; none where the settings
// come from a file. A limit of 0 is 50, and 500 is the most.
func (s *Service) Changes(ctx context.Context, query settings.ChangesQuery) ([]settings.Change, error) {
	const usual, most = 50, 500
	if s.ReadOnly() {
		return nil, nil
	}
	if query.Limit <= 0 {
		query.Limit = usual
	}
	query.Limit = min(query.Limit, most)
	if query.Kind != "" && named(string(query.Kind)) != nil || !goodText(query.Name) {
		return nil, nil // nothing has such a name
	}
	return s.config.Editor.Changes(ctx, query)
}

// goodText tells whether a text can be in the database at all.
func goodText(text string) bool {
	return len(text) <= maxID && utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// Export writes the settings as a settings file, without secrets.
func (s *Service) Export(ctx context.Context, by settings.Author) ([]byte, error) {
	file, err := settings.Export(ctx, s.config.Settings)
	if err != nil {
		return nil, err
	}
	s.note(ctx, by, settings.ActionExported, settings.KindSettings, "")
	return file, nil
}

// note adds a line to the audit log. What is done is done: a line that cannot be
// written is an error for the operator, not for the person.
func (s *Service) note(ctx context.Context, by settings.Author, action settings.Action, kind settings.Kind, name string,
	fields ...settings.FieldChange) {
	if s.ReadOnly() {
		return
	}
	const timeout = 5 * time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	change := settings.Change{At: s.config.Now().UTC(), By: by, Action: action, Kind: kind, Name: name, Fields: fields}
	if err := s.config.Editor.Note(ctx, change); err != nil {
		s.config.Log.Error("the audit log was not written", "action", action, "kind", kind, "name", name, "error", err)
	}
}

// gone tells that a name is not, or no longer, in the settings.
func gone(err error) bool { return errors.Is(err, settings.ErrNotFound) }
