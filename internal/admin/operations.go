package admin

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// ShownOperations is how many reconciliations or removals are listed at most: a
// quarter of a year's nights.
const ShownOperations = 90

// NotApprovableError is returned for an approval of other numbers than those that are
// waited for.
type NotApprovableError struct {
	// Breaker is what is waited for, nil where nothing is.
	Breaker *workflows.Breaker
}

// Error implements error.
func (e *NotApprovableError) Error() string { return starter.ErrNotApprovable.Error() }

// Unwrap returns starter.ErrNotApprovable.
func (e *NotApprovableError) Unwrap() error { return starter.ErrNotApprovable }

// RemovalScope is what is taken out of calendars: exactly one of a synchronization, a
// legal entity or an employee of a source, and what an initialization created.
type RemovalScope workflows.RemovalInput

// operationKinds are the workflow types of the kinds of operations.
var operationKinds = map[settings.Kind]string{
	settings.KindReconciliation: workflows.ReconciliationType,
	settings.KindRemoval:        workflows.RemovalType,
}

// StartReconciliation starts one and returns its short id; the same key for the same
// source again is the same one, "" always another. The input is checked first:
// *settings.InvalidError. Without Temporal it is ErrEngineDown.
func (s *Service) StartReconciliation(
	ctx context.Context, by settings.Author, input workflows.ReconciliationInput, key string,
) (id string, err error) {
	if err := checkKey(key); err != nil {
		return "", err
	}
	synchronization, err := s.operated(ctx, input.Synchronization)
	switch {
	case err != nil:
		return "", err
	case synchronization.Paused:
		return "", invalid("synchronization", CodePaused, "synchronization", synchronization.Name)
	case !input.From.IsZero() && !input.To.IsZero() && input.To.Before(input.From):
		return "", invalid("to", CodeToBeforeFrom)
	}
	workflowID, err := s.config.Engine.StartReconciliation(ctx, synchronization.Source, input, key)
	if err != nil {
		return "", engine(err)
	}
	id = starter.ShortID(workflowID)
	fields := []settings.FieldChange{{Field: "synchronization", To: input.Synchronization}}
	if !input.From.IsZero() {
		fields = append(fields, settings.FieldChange{Field: "from", To: input.From.String()})
	}
	if !input.To.IsZero() {
		fields = append(fields, settings.FieldChange{Field: "to", To: input.To.String()})
	}
	fields = append(fields, settings.FieldChange{Field: "repair", To: strconv.FormatBool(input.Repair)})
	s.noteStarted(ctx, by, settings.KindReconciliation, id, fields)
	return id, nil
}

// operated is the synchronization that an operation is for.
func (s *Service) operated(ctx context.Context, name string) (settings.Synchronization, error) {
	if name == "" {
		return settings.Synchronization{}, invalid("synchronization", settings.CodeRequired)
	}
	record, err := s.synchronizationRecord(ctx, name)
	if errors.Is(err, settings.ErrNotFound) {
		return record.Value, invalid("synchronization", CodeUnknownSynchronization, "name", name)
	}
	return record.Value, err
}

// noteStarted writes a start into the audit log, once for each run that keys repeat.
func (s *Service) noteStarted(
	ctx context.Context, by settings.Author, kind settings.Kind, id string, fields []settings.FieldChange,
) {
	if repeated, _ := s.started.ContainsOrAdd(string(kind)+"/"+id, struct{}{}); !repeated {
		s.note(ctx, by, settings.ActionStarted, kind, id, fields...)
	}
}

// StartRemoval starts one and returns its short id; key is as with StartReconciliation.
// The scope is checked first: *settings.InvalidError. Without Temporal it is
// ErrEngineDown.
func (s *Service) StartRemoval(
	ctx context.Context, by settings.Author, scope RemovalScope, key string,
) (id string, err error) {
	if err := cmp.Or(checkKey(key), scope.check()); err != nil {
		return "", err
	}
	source, err := s.scoped(ctx, scope)
	if err != nil {
		return "", err
	}
	workflowID, err := s.config.Engine.StartRemoval(ctx, source, workflows.RemovalInput(scope), key)
	if err != nil {
		return "", engine(err)
	}
	id = starter.ShortID(workflowID)
	s.noteStarted(ctx, by, settings.KindRemoval, id, scope.fields())
	return id, nil
}

// fields are what the audit log tells of a scope.
func (r RemovalScope) fields() []settings.FieldChange {
	var fields []settings.FieldChange
	for _, one := range []settings.FieldChange{
		{Field: "synchronization", To: r.Synchronization}, {Field: "source", To: r.Source},
		{Field: "legalEntity", To: r.LegalEntity}, {Field: "employee", To: r.Employee},
		{Field: "initialization", To: r.Initialization},
	} {
		if one.To != "" {
			fields = append(fields, one)
		}
	}
	return append(fields, settings.FieldChange{Field: "dryRun", To: strconv.FormatBool(r.DryRun)})
}

// check tells which fields do not go together, or cannot be ids.
func (r RemovalScope) check() error {
	for field, text := range map[string]string{
		"synchronization": r.Synchronization, "source": r.Source, "legalEntity": r.LegalEntity,
		"employee": r.Employee, "initialization": r.Initialization,
	} {
		if utf8.RuneCountInString(text) > longestID {
			return invalid(field, settings.CodeTooLong, "limit", strconv.Itoa(longestID))
		}
	}
	ofSource := r.LegalEntity != "" || r.Employee != ""
	switch {
	case r.Initialization != "" && (r.Synchronization != "" || r.Source != "" || ofSource):
		return invalid("initialization", CodeOneScope)
	case r.Synchronization != "" && (r.Source != "" || ofSource):
		return invalid("synchronization", CodeOneScope)
	case r.LegalEntity != "" && r.Employee != "":
		return invalid("employee", CodeOneScope)
	case r.Source != "" && !ofSource:
		return invalid("legalEntity", settings.CodeRequired)
	case ofSource && r.Source == "":
		return invalid("source", settings.CodeRequired)
	}
	return nil
}

// scoped is the source of those whose calendars are looked into. The synchronization is
// paused by the removal itself, unless the settings are only read.
func (s *Service) scoped(ctx context.Context, scope RemovalScope) (source string, err error) {
	if scope.Employee != "" {
		_, err := s.config.Settings.Source(ctx, scope.Source)
		if errors.Is(err, settings.ErrNotFound) {
			err = invalid("source", settings.CodeUnknownSource, "name", scope.Source)
		}
		return scope.Source, err
	}
	field, of := "synchronization", settings.Synchronization{}
	switch {
	case scope.Initialization != "":
		field = "initialization"
		of, err = s.initialized(ctx, scope.Initialization)
	case scope.LegalEntity != "":
		field = "legalEntity"
		var left bool
		if of, left, err = s.synchronizationFor(ctx, scope); left {
			return scope.Source, nil
		}
	default:
		of, err = s.operated(ctx, scope.Synchronization)
	}
	if err == nil && s.ReadOnly() && !of.Paused && !scope.DryRun {
		err = invalid(field, CodeNotPaused, "synchronization", of.Name)
	}
	return of.Source, err
}

func (s *Service) initialized(ctx context.Context, id string) (settings.Synchronization, error) {
	one, err := s.Initialization(ctx, id)
	if errors.Is(err, starter.ErrNotFound) {
		return settings.Synchronization{}, invalid("initialization", CodeUnknownInitialization)
	}
	if err != nil {
		return settings.Synchronization{}, err
	}
	record, err := s.synchronizationRecord(ctx, one.Synchronization)
	if errors.Is(err, settings.ErrNotFound) {
		err = invalid("initialization", CodeUnknownSynchronization, "name", one.Synchronization)
	}
	return record.Value, err
}

// synchronizationFor is the one that has the legal entity of a scope. left says that none
// of the source's has it any more: nothing is paused then, since nothing writes for it.
func (s *Service) synchronizationFor(
	ctx context.Context, scope RemovalScope,
) (one settings.Synchronization, left bool, err error) {
	one, err = s.config.Settings.SynchronizationFor(ctx, scope.Source, scope.LegalEntity)
	if !errors.Is(err, settings.ErrNotFound) {
		return one, false, err
	}
	all, err := s.config.Settings.Synchronizations(ctx)
	if err != nil {
		return one, false, err
	}
	for _, other := range all {
		if other.Source == scope.Source {
			return one, true, nil
		}
	}
	return one, false, invalid("legalEntity", CodeNotSynchronized, "source", scope.Source)
}

// OperationWorkflow is the workflow id of a short one of a kind. An operation started by
// hand under another name is found by that name.
func OperationWorkflow(kind settings.Kind, id string) string {
	source, rest, found := strings.Cut(id, ".")
	switch {
	case !found:
		return id
	case kind == settings.KindRemoval:
		return workflows.RemovalID(source, rest)
	}
	return workflows.ReconciliationID(source, rest)
}

func operationID(kind settings.Kind, id string) (string, error) {
	if !goodID(id) {
		return "", starter.ErrNotFound
	}
	return OperationWorkflow(kind, id), nil
}

// Operation tells how far one of a kind is. Errors are starter.ErrNotFound,
// starter.ErrUnreadable and ErrEngineDown; with the last two the rest is told.
func (s *Service) Operation(ctx context.Context, kind settings.Kind, id string) (starter.Operation, error) {
	full, err := operationID(kind, id)
	if err != nil {
		return starter.Operation{}, err
	}
	one, err := s.config.Engine.Operation(ctx, full)
	if one.WorkflowID != "" && (one.Removal != nil) != (kind == settings.KindRemoval) {
		return starter.Operation{}, starter.ErrNotFound
	}
	return one, engine(err)
}

// Operations lists the newest ones of a kind, ShownOperations at most: those of one
// synchronization, all for "".
func (s *Service) Operations(
	ctx context.Context, kind settings.Kind, synchronization string,
) ([]starter.Operation, error) {
	all, err := s.config.Engine.Operations(ctx, operationKinds[kind], synchronization, ShownOperations)
	return all, engine(err)
}

// OperationPeople names those of a reconciliation's differences or a removal's blocked
// mailboxes, as far as they are known within about a second (see People).
func (s *Service) OperationPeople(ctx context.Context, one starter.Operation) map[string]Person {
	var source string
	var ids []string
	if one.Reconciliation != nil {
		source = one.Reconciliation.Source
		for _, found := range one.Reconciliation.Differences {
			ids = append(ids, found.Employee)
		}
	}
	if one.Removal != nil {
		source = one.Removal.Source
		for _, uncleared := range one.Removal.Uncleared {
			ids = append(ids, uncleared.Employee)
		}
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return id == "" })
	if len(ids) == 0 {
		return nil
	}
	return s.People(ctx, source, ids)
}

// ApproveOperation lets one go on that waits for these numbers; *NotApprovableError
// where it waits for others, or for none.
func (s *Service) ApproveOperation(
	ctx context.Context, by settings.Author, kind settings.Kind, id string, approval workflows.Approval,
) error {
	one, err := s.Operation(ctx, kind, id)
	if err != nil {
		return err
	}
	return s.approve(ctx, by, kind, one.WorkflowID, one.Breaker, approval)
}

// ApproveInitialization is ApproveOperation for an initialization.
func (s *Service) ApproveInitialization(
	ctx context.Context, by settings.Author, id string, approval workflows.Approval,
) error {
	one, err := s.Initialization(ctx, id)
	if err != nil {
		return err
	}
	return s.approve(ctx, by, settings.KindInitialization, one.WorkflowID, one.Breaker, approval)
}

func (s *Service) approve(
	ctx context.Context, by settings.Author, kind settings.Kind, workflowID string, breaker *workflows.Breaker,
	approval workflows.Approval,
) error {
	if breaker == nil || breaker.Deletions != approval.Deletions || breaker.Changes != approval.Changes {
		return &NotApprovableError{breaker}
	}
	err := s.config.Engine.ApproveOperation(ctx, workflowID, approval)
	if errors.Is(err, starter.ErrNotApprovable) { // somebody was faster
		return &NotApprovableError{}
	}
	if err != nil {
		return engine(err)
	}
	s.note(ctx, by, settings.ActionApproved, kind, starter.ShortID(workflowID),
		settings.FieldChange{Field: "deletions", To: strconv.Itoa(approval.Deletions)},
		settings.FieldChange{Field: "changes", To: strconv.Itoa(approval.Changes)})
	return nil
}

// CancelOperation asks one to stop: nothing more is done. One that has ended is left as
// it is.
func (s *Service) CancelOperation(ctx context.Context, by settings.Author, kind settings.Kind, id string) error {
	one, err := s.Operation(ctx, kind, id)
	if err != nil && one.WorkflowID == "" { // one that does not answer can be cancelled
		return err
	}
	if err := s.config.Engine.CancelOperation(ctx, one.WorkflowID); err != nil {
		return engine(err)
	}
	s.note(ctx, by, settings.ActionCancelled, kind, starter.ShortID(one.WorkflowID))
	return nil
}
