package api

import (
	"cmp"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// schemas are the objects of the document, made from types: those of answers by the
// framework, those of records by their tags (see package record).
type schemas struct{ huma.Registry }

func newSchemas() *schemas {
	registry := huma.NewMapRegistry("#/components/schemas/", componentName)
	for t, shape := range shapes {
		registry.RegisterTypeAlias(t, shape)
	}
	return &schemas{registry}
}

// MarshalJSON implements json.Marshaler.
func (s *schemas) MarshalJSON() ([]byte, error) { return json.Marshal(s.Map()) }

// componentName is the name of a type's schema: "Source" for sourceBody, "SourceList"
// for list[sourceBody].
func componentName(t reflect.Type, hint string) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := cmp.Or(t.Name(), hint)
	kind, of, generic := strings.Cut(strings.TrimSuffix(name, "]"), "[")
	if generic {
		return componentOf(of[strings.LastIndexByte(of, '.')+1:]) + componentOf(kind)
	}
	return componentOf(name)
}

func componentOf(typeName string) string {
	if typeName == "" {
		return ""
	}
	name := strings.TrimSuffix(typeName, "Body")
	return strings.ToUpper(name[:1]) + name[1:]
}

// component registers an object under a name and refers to it.
func component(r huma.Registry, name string, build func() *huma.Schema) *huma.Schema {
	if _, known := r.Map()[name]; !known {
		r.Map()[name] = build()
	}
	return &huma.Schema{Ref: "#/components/schemas/" + name}
}

// shape is how values of T are written in JSON, where the framework cannot tell.
type shape[T any] struct{}

// shapes are the types with a shape.
var shapes = map[reflect.Type]reflect.Type{}

func shaped[T any](schema func(r huma.Registry) *huma.Schema) {
	t := reflect.TypeFor[T]()
	shapes[t], schemaOf[t] = reflect.TypeFor[shape[T]](), schema
}

// schemaOf are the schemas of the types with a shape.
var schemaOf = map[reflect.Type]func(r huma.Registry) *huma.Schema{}

// Schema implements huma.SchemaProvider.
func (shape[T]) Schema(r huma.Registry) *huma.Schema { return schemaOf[reflect.TypeFor[T]()](r) }

// oneOf is the schema of a type that has a few values.
func oneOf[T ~string](values ...T) {
	shaped[T](func(huma.Registry) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Enum: anyOf(values)} })
}

func anyOf[T any](values []T) []any {
	all := make([]any, len(values))
	for i, value := range values {
		all[i] = value
	}
	return all
}

func init() {
	shaped[absence.Date](func(huma.Registry) *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, Format: "date"}
	})
	shaped[absence.Clock](func(huma.Registry) *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, Pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"}
	})
	shaped[absence.Policy](func(r huma.Registry) *huma.Schema {
		policy := absence.DefaultPolicy()
		return component(r, "Policy", func() *huma.Schema {
			return inputSchema(r, &policy)
		})
	})
	shaped[calendars.Provider](func(huma.Registry) *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, Enum: anyOf(calendars.Providers())}
	})
	oneOf(absence.Morning, absence.Afternoon)
	oneOf(absence.Pending, absence.Confirmed)
	oneOf(absence.Free, absence.Tentative, absence.Busy, absence.OutOfOffice, absence.Elsewhere)
	oneOf(access.Consult, access.Configure)
	oneOf(settings.Kinds()...)
	oneOf(settings.TroubleKinds()...)
	oneOf(statuses...)
	oneOf(workflows.PhasePlanning, workflows.PhaseConfirming, workflows.PhaseRunning,
		workflows.PhaseComparing, workflows.PhaseCounting, workflows.PhaseWaiting, workflows.PhaseRepairing,
		workflows.PhaseVerifying, workflows.PhasePausing, workflows.PhaseRemoving,
		workflows.PhaseCompleted, workflows.PhaseCancelled, workflows.PhaseFailed)
	shaped[statusCounts](func(huma.Registry) *huma.Schema {
		least := 1.0
		return &huma.Schema{
			Type: huma.TypeObject, AdditionalProperties: &huma.Schema{Type: huma.TypeInteger, Minimum: &least},
			Extensions: map[string]any{"propertyNames": map[string]any{"enum": statuses}},
		}
	})
}

var statuses = []workflows.Status{
	workflows.StatusPending, workflows.StatusSynced, workflows.StatusRetrying, workflows.StatusBlocked,
	workflows.StatusSkipped, workflows.StatusHeld, workflows.StatusDeleted,
}

// tidy leaves out what is true in this API only of what is sent, or is no news, and
// puts members into the order of their types. It says of objects what types cannot.
func (s *schemas) tidy() {
	for name, schema := range s.Map() {
		schema.Description = cmp.Or(schema.Description, objects[name])
		tidySchema(schema)
		if t := s.typeOf(name); t != nil {
			setOrder(schema, jsonNames(t))
		}
	}
}

// typeOf is the type of a component, nil where its schema was not made from one.
func (s *schemas) typeOf(name string) reflect.Type {
	return s.TypeFromRef("#/components/schemas/" + name)
}

func tidySchema(s *huma.Schema) {
	if s == nil {
		return
	}
	if _, closed := s.AdditionalProperties.(bool); closed {
		s.AdditionalProperties = nil
	}
	if s.Type == huma.TypeArray {
		s.Nullable = false
	}
	if strings.HasPrefix(s.Format, "int") {
		s.Format = ""
	}
	tidySchema(s.Items)
	for _, property := range s.Properties {
		tidySchema(property)
	}
}

func setOrder(s *huma.Schema, names []string) {
	if s.Extensions == nil {
		s.Extensions = map[string]any{}
	}
	s.Extensions["properties"] = inOrder(names, s.Properties)
}

// jsonNames are the names of a struct's fields, those of embedded structs in their
// places.
func jsonNames(t reflect.Type) []string {
	var names []string
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous && name == "" {
			names = append(names, jsonNames(field.Type)...)
		} else {
			names = append(names, name)
		}
	}
	return names
}

// exampleTime is the time in examples.
var exampleTime = time.Date(2026, 2, 1, 9, 34, 24, 0, time.UTC)

// objects are what types do not say of the objects that are made from them.
var objects = map[string]string{
	"Absence":              "Where an absence stands. Its type is not told.",
	"AbsenceLine":          "An absence as Temporal's index knows it, up to a second late.",
	"Author":               "Who did something.",
	"Breaker":              "What waits for somebody to approve it: events to delete and to write, of so many.",
	"Change":               "One line of the audit log.",
	"Connection":           "Credentials for one calendar system, without the secrets.",
	"ConnectionInput":      "A connection as it is sent, with the part named by provider and no other.",
	"Counts":               "What became of absences. In a dry run created and updated tell what synced would be.",
	"Difference":           "An event that is not as Figgo says.",
	"Event":                "What a calendar shows. The end is exclusive.",
	"Hours":                "Hours of a working day, each after the one before; 24:00 is the end of the day.",
	"Policy":               "How absences look in calendars. What is left out has its default.",
	"Health":               "How a synchronization does.",
	"Problem":              "An error (RFC 9457).",
	"ReconciliationCounts": "What was found: right, or wrong by kind, and what was put right.",
	"RemovalCounts":        "Mailboxes that were looked into or could not be, events that were found and removed.",
	"RuleCounts":           "Differences of the absences that one rule of the policy is about.",
	"Sample":               "One example absence of a preview.",
	"Session":              "Who is signed in.",
	"Source":               "One Figgo (Lucca) account, without its secrets.",
	"SourceCheck":          "What a try-out of a source found.",
	"SourceInput":          "A source as it is sent.",
	"SynchronizationInput": "A synchronization as it is sent.",
	"Trouble":              "Why an absence is not in its calendar.",
	"Uncleared":            "Somebody whose mailbox could not be looked into.",
	"UsedBy":               "On 409 in-use: what needs it.",
	"Workflow":             "The Temporal workflow behind it.",
}
