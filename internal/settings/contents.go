package settings

import (
	"context"
	"strings"
)

// Contents are all settings as they were at one moment.
type Contents struct {
	// Revision counts the changes of all settings together.
	Revision         int64
	Sources          []Record[Source]          // by name
	Connections      []Record[Connection]      // by name
	Synchronizations []Record[Synchronization] // by name
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
func (s *Source) SecretsOf() []SecretField {
	return []SecretField{
		{"webhookSecret", &s.WebhookSecret}, {"httpSynchronizationKey", &s.HTTPSynchronizationKey},
		{"clientSecret", &s.ClientSecret}, {"apiKey", &s.APIKey},
	}
}

// SecretsOf returns the secrets of a connection, set or not. They point into it.
func (c *Connection) SecretsOf() []SecretField {
	var all []SecretField
	if c.Office365 != nil {
		all = append(all, SecretField{"office365.clientSecret", &c.Office365.ClientSecret}, SecretField{"office365.certificate", &c.Office365.CertificatePEM})
	}
	if c.Exchange != nil {
		all = append(all, SecretField{"exchange.password", &c.Exchange.Password})
	}
	if c.Google != nil {
		all = append(all, SecretField{"google.key", &c.Google.KeyJSON})
	}
	return all
}

// WithDefaults fills what may be left out, as a settings file's reader does.
func (s Source) WithDefaults() Source {
	s.Host = strings.TrimRight(s.Host, "/")
	if s.TokenURL == "" {
		s.TokenURL = DefaultTokenURL
	}
	if s.API == "" {
		s.API = APIv5
	}
	return s
}

// WithDefaults fills what may be left out, as a settings file's reader does. It
// shares nothing with c.
func (c Connection) WithDefaults() Connection {
	c = c.Clone()
	orDefault := func(value *string, missing string) {
		if *value == "" {
			*value = missing
		}
	}
	if o := c.Office365; o != nil {
		orDefault(&o.AuthorityURL, DefaultAuthorityURL)
		orDefault(&o.GraphURL, DefaultGraphURL)
		o.AuthorityURL, o.GraphURL = strings.TrimRight(o.AuthorityURL, "/"), strings.TrimRight(o.GraphURL, "/")
	}
	if e := c.Exchange; e != nil {
		if e.Auth == "" {
			e.Auth = AuthNTLM
		}
		orDefault(&e.MinTLS, "1.2")
		e.CAPEM = strings.TrimRight(e.CAPEM, "\r\n")
	}
	if g := c.Google; g != nil {
		orDefault(&g.CalendarURL, DefaultCalendarURL)
		g.CalendarURL = strings.TrimRight(g.CalendarURL, "/") + "/"
	}
	return c
}
