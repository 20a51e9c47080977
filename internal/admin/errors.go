package admin

import (
	"errors"
	"fmt"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
)

// Errors of a Service, wrapped. Those of settings.Editor and of starter come
// through as they are.
var (
	// ErrReadOnly is returned for every change where the settings come from a file.
	ErrReadOnly = errors.New("the settings come from a file: change them there")
	// ErrEngineDown is returned when Temporal, or the worker that must answer, does
	// not answer.
	ErrEngineDown = errors.New("temporal, or the worker that answers, does not answer")
	// ErrNoPublicURL is returned where Lucca must be told an address and figgosync
	// does not know at which one it is reached.
	ErrNoPublicURL = errors.New("the public address is not known: start figgosync with --public-url")
	// ErrLegacySource is returned for what Lucca's legacy API cannot do.
	ErrLegacySource = errors.New("lucca's legacy API cannot do this")
)

// The codes of Problems that are this package's; the others are those of the
// settings package. Behind each are the Values that its text names.
const (
	CodeUnknownSynchronization = "unknown-synchronization" // name
	CodePaused                 = "synchronization-paused"  // synchronization
	CodeNotInSynchronization   = "not-in-synchronization"  // legalEntity, synchronization, allowed
	CodeNotMailbox             = "not-a-mailbox"
	CodeUnknownPage            = "unknown-page"
	CodeToBeforeFrom           = "to-before-from"
	CodeNotPaused              = "synchronization-active" // synchronization
	CodeNotSynchronized        = "not-synchronized"       // source
	CodeOneScope               = "one-scope"
	CodeUnknownInitialization  = "unknown-initialization"
)

// SourceError says why Figgo did not tell something: what a SourceCheck says.
type SourceError struct {
	Reason, Code string
	Err          error
}

// Error implements error.
func (e *SourceError) Error() string {
	return fmt.Sprintf("figgo did not answer (%s %s): %v", e.Reason, e.Code, e.Err)
}

// Unwrap returns the cause.
func (e *SourceError) Unwrap() error { return e.Err }

// invalid is an InvalidError with one problem. values are names and texts in
// turn.
func invalid(field, code string, values ...string) error {
	problem := settings.Problem{Field: field, Code: code}
	for i := 0; i+1 < len(values); i += 2 {
		if problem.Values == nil {
			problem.Values = map[string]string{}
		}
		problem.Values[values[i]] = values[i+1]
	}
	return &settings.InvalidError{Problems: []settings.Problem{problem}}
}

// engine marks what Temporal did not do. The errors that have a meaning of their
// own come through.
func engine(err error) error {
	for _, known := range []error{starter.ErrNotFound, starter.ErrNoWorker, starter.ErrNotConfirmable,
		starter.ErrNotApprovable, starter.ErrUnreadable} {
		if err == nil || errors.Is(err, known) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", ErrEngineDown, err)
}
