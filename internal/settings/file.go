package settings

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/figgosync/figgosync/internal/record"
)

// maxFile bounds the settings file.
const maxFile = 4 << 20

// LoadOptions say how a settings file is read.
type LoadOptions struct {
	// AllowInsecureEndpoints lets addresses be http, for tests and the sandbox.
	AllowInsecureEndpoints bool
	// Dir is what the relative paths of secret files are relative to: by default
	// the directory of the settings file, the current one for Parse.
	Dir string
	// ForImport reads a file that is to change settings that are kept elsewhere
	// (PlanImport): secrets may be left out, and sources, and what
	// synchronizations refer to.
	ForImport bool
	// LookupEnv is os.LookupEnv when nil.
	LookupEnv func(name string) (value string, set bool)
}

// File is a settings file, read and checked as a whole. It is a Store that never
// changes.
type File struct {
	sources          []Source
	connections      []Connection
	synchronizations []Synchronization
	timings          Timings
	recipients       []Recipient
	// byLegalEntity gives the place in synchronizations.
	byLegalEntity map[legalEntity]int
	warnings      []string
	// rules are those it was read with; hasTimings is false where it says nothing
	// of timings.
	rules      Rules
	hasTimings bool
}

var _ Store = (*File)(nil)

// legalEntity is one legal entity of one source.
type legalEntity struct{ source, id string }

// Load reads the settings file at path, with the secret files it names. Its
// errors are those of Parse, or of opening the file.
func Load(path string, opts LoadOptions) (*File, error) {
	data, shared, err := readSettings(path)
	if err != nil {
		return nil, fmt.Errorf("read the settings: %w", err)
	}
	if opts.Dir == "" {
		opts.Dir = filepath.Dir(path)
	}
	name := filepath.Base(path)
	file, inline, err := parse(data, name, opts)
	if err != nil {
		return nil, err
	}
	if shared && inline {
		file.warnings = append(file.warnings,
			name+": it holds secrets and others than its owner can read it: make it chmod 600, or keep the secrets elsewhere")
	}
	return file, nil
}

// readSettings reads a file up to one byte more than is accepted; shared tells
// whether others than its owner can read it.
func readSettings(path string) (data []byte, shared bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, false, err
	}
	data, err = io.ReadAll(io.LimitReader(f, maxFile+1))
	return data, readableByOthers(info), err
}

// Parse reads settings from data; name is what errors call it. It reports all
// that is wrong at once: an error that joins one FieldError for each fault, in
// the order of lines. Nothing is half accepted: with an error there is no File.
// Values of secrets are in no error.
func Parse(data []byte, name string, opts LoadOptions) (*File, error) {
	file, _, err := parse(data, name, opts)
	return file, err
}

func parse(data []byte, name string, opts LoadOptions) (file *File, inlineSecrets bool, err error) {
	if opts.LookupEnv == nil {
		opts.LookupEnv = os.LookupEnv
	}
	r := &reader{file: name, opts: opts}
	file = &File{byLegalEntity: map[legalEntity]int{}, timings: DefaultTimings(), rules: r.rules()}
	if root, ok := r.document(data); ok {
		file.read(root)
	}
	if err := r.err(); err != nil {
		return nil, false, err
	}
	file.warnings = r.warnings
	return file, r.inlineSecrets, nil
}

// read reads the five parts of the file.
func (f *File) read(root node) {
	top := root.mapping("sources", "connections", "synchronizations", "timings", "recipients")
	sources := names{kind: "source"}
	items := top.at("sources").items
	if !root.r.opts.ForImport {
		items = func() []node { return top.items("sources", "write a list with your Lucca account") }
	}
	for _, n := range items() {
		f.sources = append(f.sources, readSource(n, &sources))
	}
	connections := names{kind: "connection"}
	for _, n := range top.at("connections").items() {
		f.connections = append(f.connections, readConnection(n, &connections))
	}
	f.readSynchronizations(top.at("synchronizations"), sources, connections)
	if n := top.at("timings"); n.present() {
		f.timings, f.hasTimings = readTimings(n), true
	}
	recipients := names{kind: "recipient"}
	for _, n := range top.at("recipients").items() {
		f.recipients = append(f.recipients, readRecipient(n, &recipients))
	}
}

// Warnings are what an operator should mend although the settings work, each
// with file, line and field.
func (f *File) Warnings() []string { return slices.Clone(f.warnings) }

// Source returns the source with the name.
func (f *File) Source(_ context.Context, name string) (Source, error) {
	return find(f.sources, "source", name, func(s Source) bool { return s.Name == name })
}

// Sources returns all sources in the order of the file.
func (f *File) Sources(context.Context) ([]Source, error) { return slices.Clone(f.sources), nil }

// Connection returns the connection with the name.
func (f *File) Connection(_ context.Context, name string) (Connection, error) {
	c, err := find(f.connections, "connection", name, func(c Connection) bool { return c.Name == name })
	return c.Clone(), err
}

// Connections returns all connections in the order of the file.
func (f *File) Connections(context.Context) ([]Connection, error) {
	return cloned(f.connections, Connection.Clone), nil
}

// Synchronization returns the synchronization with the name.
func (f *File) Synchronization(_ context.Context, name string) (Synchronization, error) {
	s, err := find(f.synchronizations, "synchronization", name, func(s Synchronization) bool { return s.Name == name })
	return s.Clone(), err
}

// Synchronizations returns all synchronizations in the order of the file.
func (f *File) Synchronizations(context.Context) ([]Synchronization, error) {
	return cloned(f.synchronizations, Synchronization.Clone), nil
}

// SynchronizationFor returns the synchronization that the legal entity of the
// source is in: the active one, else the first paused one.
func (f *File) SynchronizationFor(_ context.Context, source, id string) (Synchronization, error) {
	i, ok := f.byLegalEntity[legalEntity{source, id}]
	if !ok {
		return Synchronization{}, fmt.Errorf("synchronization of legal entity %q of source %q: %w", id, source,
			ErrNotFound)
	}
	return f.synchronizations[i].Clone(), nil
}

// Timings returns the waiting times.
func (f *File) Timings(context.Context) (Timings, error) { return f.timings, nil }

// Recipients returns who is told of troubles, in the order of the file.
func (f *File) Recipients(context.Context) ([]Recipient, error) {
	return cloned(f.recipients, Recipient.Clone), nil
}

func find[T any](all []T, kind, name string, is func(T) bool) (T, error) {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], nil
	}
	var none T
	return none, fmt.Errorf("%s %q: %w", kind, name, ErrNotFound)
}

func cloned[T any](all []T, clone func(T) T) []T {
	copies := make([]T, len(all))
	for i, v := range all {
		copies[i] = clone(v)
	}
	return copies
}

// Clone returns a copy that shares nothing with c.
func (c Connection) Clone() Connection { return *record.Clone(&c) }

// Clone returns a copy that shares nothing with s.
func (s Synchronization) Clone() Synchronization { return *record.Clone(&s) }
