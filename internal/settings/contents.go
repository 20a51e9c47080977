package settings

import (
	"context"

	"github.com/figgosync/figgosync/internal/record"
)

// Contents are all settings as they were at one moment.
type Contents struct {
	// Revision counts the changes of all settings together.
	Revision         int64
	Sources          []Record[Source]          // by name
	Connections      []Record[Connection]      // by name
	Synchronizations []Record[Synchronization] // by name
	Recipients       []Record[Recipient]       // by name
	Timings          Timings
}

// Edit is one change of several. Exactly one of the values is set, or Remove with
// Kind and Name.
type Edit struct {
	Kind Kind
	Name string
	// Version is the one that is replaced or removed, 0 for a new record. Timings
	// have none.
	Version         Version
	Remove          bool
	Source          *Source
	Connection      *Connection
	Synchronization *Synchronization
	Recipient       *Recipient
	Timings         *Timings
}

// BatchEditor is an Editor that makes several changes in one.
type BatchEditor interface {
	Editor
	// Contents reads all settings at once.
	Contents(ctx context.Context) (Contents, error)
	// Edit makes all changes or none. They are checked together, so their order
	// does not matter. With a revision that is no longer the current one it
	// changes nothing and returns ErrChanged, wrapped; its other errors are those
	// of the puts and removals, as *RecordError. More lines may be added to the
	// audit log.
	Edit(ctx context.Context, by Author, revision int64, edits []Edit, notes ...Change) error
}

// RecordError says which record of several an error is about.
type RecordError struct {
	Kind Kind
	Name string
	Err  error
}

// Error implements error.
func (e *RecordError) Error() string { return string(e.Kind) + " " + e.Name + ": " + e.Err.Error() }

// Unwrap returns the error.
func (e *RecordError) Unwrap() error { return e.Err }

// SecretField is one secret of a record.
type SecretField struct {
	// Field is its key in a settings file, such as "office365.clientSecret".
	Field string
	// Value points into the record.
	Value *Secret
}

// SecretsOf returns the secrets of a source, set or not. They point into it.
func (s *Source) SecretsOf() []SecretField { return secretsOf(s) }

// SecretsOf returns the secrets of a connection, set or not. They point into it.
func (c *Connection) SecretsOf() []SecretField { return secretsOf(c) }

func secretsOf(of any) []SecretField {
	var all []SecretField
	for _, f := range record.Fields("", of) {
		if secret := f.Secret(); secret != nil {
			all = append(all, SecretField{f.Path, secret})
		}
	}
	return all
}

// WithDefaults fills what may be left out, as a settings file's reader does.
func (s Source) WithDefaults() Source {
	record.Defaults(&s)
	return s
}

// WithDefaults fills what may be left out, as a settings file's reader does. It
// shares nothing with c.
func (c Connection) WithDefaults() Connection {
	c = c.Clone()
	record.Defaults(&c)
	return c
}
