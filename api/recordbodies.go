package api

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
)

// sourceBody is a source as it is answered: no secret is in it.
type sourceBody struct{ view admin.SourceView }

// sourceMore is what an answer has besides the fields of a source.
type sourceMore struct {
	LuccaWebhook         string `json:"luccaWebhook" doc:"Where Lucca sends v5 events: an absolute address where figgosync's public address is known, else a path."`
	HTTPSynchronization  string `json:"httpSynchronization" doc:"Where the HTTP synchronization posts to, as above."`
	HasClientCredentials bool   `json:"hasClientCredentials" doc:"clientId and clientSecret are both stored."`
	Version
}

func source(view admin.SourceView) sourceBody { return sourceBody{view} }

// MarshalJSON writes "has" and the name of each secret in the place of the secret.
func (b sourceBody) MarshalJSON() ([]byte, error) {
	view := b.view
	return joinedJSON(shownFields(&view.Source, func(name string) bool { return view.Stored[name] }), sourceMore{
		LuccaWebhook: view.LuccaWebhook, HTTPSynchronization: view.HTTPWebhook,
		HasClientCredentials: view.ClientID != "" && view.Stored["clientSecret"],
		Version:              versionOf(view.Version, view.ChangedAt, view.ChangedBy),
	})
}

// Schema implements huma.SchemaProvider.
func (sourceBody) Schema(r huma.Registry) *huma.Schema {
	return component(r, "Source", func() *huma.Schema {
		return shownSource(r)
	})
}

func shownSource(r huma.Registry) *huma.Schema {
	return joined(outputSchema(r, new(settings.Source)), readOnly(structSchema(r, reflect.TypeFor[sourceMore]())))
}

// sourceReadOnly are the paths of what an answer has that a body need not.
func sourceReadOnly() []string {
	return append(hasNames("", new(settings.Source)), jsonNames(reflect.TypeFor[sourceMore]())...)
}

// connectionBody is a connection as it is answered: no secret is in it.
type connectionBody struct{ view admin.ConnectionView }

// connectionMore is what an answer has besides the fields of a connection.
type connectionMore struct {
	UsedBy []string `json:"usedBy" doc:"The synchronizations that use it."`
	Version
}

func connection(view admin.ConnectionView) connectionBody { return connectionBody{view} }

// MarshalJSON writes the settings of the calendar system under its name, with "has"
// and the name of each secret in the place of the secret.
func (b connectionBody) MarshalJSON() ([]byte, error) {
	view, own := b.view, b.view.Connection
	own.System = nil
	fields := shownFields(&own, func(string) bool { return false })
	if view.System != nil {
		part := shownFields(view.System, func(name string) bool {
			return view.Stored[record.Join(string(view.Provider), name)]
		})
		for _, name := range slices.Sorted(maps.Keys(view.Described)) {
			part.put(name, view.Described[name])
		}
		fields.put(string(view.Provider), part)
	}
	return joinedJSON(fields, connectionMore{
		UsedBy: append([]string{}, view.UsedBy...), Version: versionOf(view.Version, view.ChangedAt, view.ChangedBy),
	})
}

// Schema implements huma.SchemaProvider.
func (connectionBody) Schema(r huma.Registry) *huma.Schema {
	return component(r, "Connection", func() *huma.Schema {
		parts := systemsSchema(func(system calendars.System) *huma.Schema {
			return component(r, componentOf(string(system.Provider)), func() *huma.Schema {
				return systemSchema(r, system.New())
			})
		})
		return joined(
			joined(outputSchema(r, new(settings.Connection)), parts),
			readOnly(structSchema(r, reflect.TypeFor[connectionMore]())),
		)
	})
}

// connectionReadOnly are the paths of what an answer has that a body need not.
func connectionReadOnly() []string {
	paths := jsonNames(reflect.TypeFor[connectionMore]())
	for _, system := range calendars.Systems() {
		own, name := system.New(), string(system.Provider)
		paths = append(paths, hasNames(name, own)...)
		if described, ok := own.(calendars.Described); ok {
			for _, told := range jsonNames(reflect.TypeOf(described.Describe()).Elem()) {
				paths = append(paths, record.Join(name, told))
			}
		}
	}
	return paths
}

// systemSchema describes the settings of a calendar system as they are answered.
func systemSchema(r huma.Registry, of calendars.Settings) *huma.Schema {
	schema := outputSchema(r, of)
	if described, ok := of.(calendars.Described); ok {
		more := readOnly(structSchema(r, reflect.TypeOf(described.Describe()).Elem()))
		more.Required = nil
		schema = joined(schema, more)
	}
	return schema
}

// joinedJSON is an object with the members of two; the first one has some.
func joinedJSON(first, second any) ([]byte, error) {
	text, err := json.Marshal(first)
	if err != nil {
		return nil, err
	}
	more, err := json.Marshal(second)
	if err != nil || string(more) == "{}" {
		return text, err
	}
	return slices.Concat(text[:len(text)-1], []byte(","), more[1:]), nil
}

// shownFields are the fields of a record that has no secrets, and for each secret
// whether it is stored.
func shownFields(of any, stored func(name string) bool) *ordered[any] {
	shown := &ordered[any]{}
	for _, f := range record.Fields("", of) {
		switch {
		case f.Secret() != nil:
			shown.put(hasName(f.Name), stored(f.Name))
		case !f.IsZero() || f.Required():
			shown.put(f.Name, f.Value())
		}
	}
	return shown
}

// hasName is what tells whether a secret is stored: "hasClientSecret".
func hasName(secret string) string { return "has" + componentOf(secret) }

// hasNames are the paths of what tells which secrets of a record are stored.
func hasNames(prefix string, of any) []string {
	var paths []string
	for _, f := range record.Fields("", of) {
		if f.Secret() != nil {
			paths = append(paths, record.Join(prefix, hasName(f.Name)))
		}
	}
	return paths
}

// sourceInput is what a body makes of a source of this name; "" takes the body's.
func sourceInput(b body[settings.Source], name string) (admin.SourceInput, error) {
	input := admin.SourceInput{Source: settings.Source{Name: name}}
	filled, err := b.into(&input.Source, sourceReadOnly()...)
	if err != nil {
		return input, err
	}
	input.Secrets = filled.secrets
	return input, valid(append(filled.problems(), renamed(input.Name, name)...))
}

// connectionInput is what a body makes of a connection of this name; "" takes the
// body's. It has the settings of the calendar system that it names, and of no other.
func connectionInput(b body[settings.Connection], name string) (admin.ConnectionInput, error) {
	input := admin.ConnectionInput{Connection: settings.Connection{Name: name}}
	fields, systems := record.Fields("", &input.Connection), map[string]calendars.Settings{}
	var names []string
	for _, system := range calendars.Systems() {
		name := string(system.Provider)
		names, systems[name] = append(names, name), system.New()
		fields = append(fields, record.Fields(name, systems[name])...)
	}
	filled, err := b.read(newReader(fields, names), connectionReadOnly())
	if err != nil {
		return input, err
	}
	input.System, input.Secrets = systems[string(input.Provider)], filled.secrets
	problems := wrongParts(string(input.Provider), names, filled.parts)
	return input, valid(slices.Concat(problems, filled.problems(), renamed(input.Name, name)))
}

// wrongParts tells of the settings of other calendar systems than the one that a
// connection names, and of their lack.
func wrongParts(provider string, known, sent []string) []settings.Problem {
	var problems []settings.Problem
	for _, name := range known {
		switch isSent := slices.Contains(sent, name); {
		case isSent && name != provider && provider != "":
			problems = append(problems, settings.Problem{
				Field: name, Code: settings.CodeOtherProvider, Values: map[string]string{"provider": provider},
			})
		case !isSent && name == provider:
			problems = append(problems, settings.Problem{Field: name, Code: settings.CodeRequired})
		}
	}
	return problems
}

// renamed tells of another name than the one in the address; a new record has none
// there.
func renamed(sent, name string) []settings.Problem {
	if name == "" {
		return nil
	}
	return otherName(sent, name)
}

// newSynchronization has what counts where a body says nothing.
func newSynchronization(name string) settings.Synchronization {
	return settings.Synchronization{
		Name: name, Policy: absence.DefaultPolicy(), ConfirmAbove: settings.DefaultConfirmAbove,
	}
}

// synchronizationBody is a synchronization as it is answered.
type synchronizationBody struct {
	settings.Synchronization
	SynchronizationMore
}

// SynchronizationMore is what an answer has besides the fields of a synchronization.
// Its name has a capital letter because the framework describes no others inside.
type SynchronizationMore struct {
	Provider calendars.Provider `json:"provider,omitempty" doc:"The calendar system of its connection."`
	Version
}

// readOnlySynchronization are the names of what an answer has that a body need not.
var readOnlySynchronization = jsonNames(reflect.TypeFor[SynchronizationMore]())

// TransformSchema implements huma.SchemaTransformer.
func (synchronizationBody) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	nameSchema(s.Properties["name"])
	for _, name := range readOnlySynchronization {
		s.Properties[name] = readOnlyProperty(s.Properties[name])
	}
	return s
}

func synchronization(view admin.SynchronizationView) synchronizationBody {
	body := synchronizationBody{
		Synchronization: view.Synchronization,
		SynchronizationMore: SynchronizationMore{
			Provider: view.Provider, Version: versionOf(view.Version, view.ChangedAt, view.ChangedBy),
		},
	}
	body.LegalEntities = append([]string{}, view.LegalEntities...)
	return body
}
