package admin

import (
	"context"
	"fmt"
	"net/mail"
	"unicode/utf8"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// Connections lists the connections in the order of the settings.
func (s *Service) Connections(ctx context.Context) ([]ConnectionView, error) {
	all, err := s.connectionRecords(ctx)
	if err != nil {
		return nil, err
	}
	users, err := s.users(ctx)
	if err != nil {
		return nil, err
	}
	views := make([]ConnectionView, 0, len(all))
	for _, record := range all {
		views = append(views, connectionView(record, users[record.Value.Name]))
	}
	return views, nil
}

// Connection returns one connection; settings.ErrNotFound when there is none of
// the name.
func (s *Service) Connection(ctx context.Context, name string) (ConnectionView, error) {
	record, err := s.connectionRecord(ctx, name)
	if err != nil {
		return ConnectionView{}, err
	}
	users, err := s.users(ctx)
	return connectionView(record, users[name]), err
}

// PutConnection makes a new connection (version 0) or replaces the given version
// of one. Secrets that the input leaves out stay as they are; those of another
// provider than before are forgotten. The absences that it blocked try again. Errors
// are ErrReadOnly and those of settings.Editor.
func (s *Service) PutConnection(ctx context.Context, by settings.Author, input ConnectionInput,
	version settings.Version) (ConnectionView, error) {
	if s.ReadOnly() {
		return ConnectionView{}, ErrReadOnly
	}
	var old settings.Connection
	if version != 0 {
		record, err := s.connectionRecord(ctx, input.Name)
		if err != nil {
			return ConnectionView{}, err
		}
		if record.Version != version {
			return ConnectionView{}, fmt.Errorf("connection %s: %w", input.Name, settings.ErrChanged)
		}
		old = record.Value
	}
	if old.Provider != input.Provider {
		old = settings.Connection{}
	}
	value := input.over(old)
	given := func(field string) bool { return input.Secrets[field].Value != "" }
	moved := settings.MovedConnection(old, value, given)
	if err := s.refused(moved, addressesOf(&value), settings.ValidateConnection(value, s.rules())); err != nil {
		return ConnectionView{}, err
	}
	if _, err := s.config.Editor.PutConnection(ctx, by, value, version); err != nil {
		return ConnectionView{}, err
	}
	s.wake(ctx, workflows.WakeRequest{Connection: input.Name})
	return s.Connection(ctx, input.Name)
}

func orDefault[T ~string](value, missing T) T {
	if value == "" {
		return missing
	}
	return value
}

// RemoveConnection removes a version of a connection; *settings.InUseError while
// a synchronization needs it.
func (s *Service) RemoveConnection(ctx context.Context, by settings.Author, name string,
	version settings.Version) error {
	if s.ReadOnly() {
		return ErrReadOnly
	}
	if err := named(name); err != nil {
		return err
	}
	return s.config.Editor.RemoveConnection(ctx, by, name, version)
}

// CheckConnection has a worker check a connection step by step with a mailbox, or
// as far as one can without ("");
// probe also writes an event there and removes it. A failed step is no error. Give
// ctx somewhat more than workflows.CheckTime. Errors are settings.ErrNotFound,
// *settings.InvalidError for the mailbox, starter.ErrNoWorker and ErrEngineDown.
func (s *Service) CheckConnection(ctx context.Context, by settings.Author, name, mailbox string,
	probe bool) (workflows.CheckResult, error) {
	stored, err := s.connectionRecord(ctx, name)
	if err != nil {
		return workflows.CheckResult{}, err
	}
	if mailbox = record.Visible(mailbox); mailbox != "" && !IsMailbox(mailbox) {
		return workflows.CheckResult{}, invalid("mailbox", CodeNotMailbox)
	}
	replies, err := settings.HasReplies(ctx, s.config.Settings, name)
	if err != nil {
		return workflows.CheckResult{}, err
	}
	result, err := s.config.Engine.CheckConnection(ctx, workflows.CheckRequest{
		Connection: name, Provider: string(stored.Value.Provider), Mailbox: mailbox, Probe: probe, AutoReplies: replies,
	})
	if err != nil {
		return result, engine(err)
	}
	// Whose mailbox it was stays out of the audit log.
	s.note(ctx, by, settings.ActionChecked, settings.KindConnection, name,
		settings.FieldChange{Field: "result", To: outcomeOf(result)})
	return result, nil
}

// IsMailbox tells whether text is one plain e-mail address.
func IsMailbox(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text && len(text) <= maxText && utf8.ValidString(text)
}

// outcomeOf is the finding of the step that failed, "ok" when none did.
func outcomeOf(result workflows.CheckResult) string {
	for _, step := range result.Steps {
		if step.Outcome == string(calendars.StepFailed) {
			return orDefault(step.Finding, step.Name)
		}
	}
	return string(calendars.StepOK)
}
