package api

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
)

// schemaOfBody describes a record as it is sent.
func schemaOfBody(r huma.Registry, of any) *huma.Schema {
	switch of := of.(type) {
	case *settings.Synchronization:
		*of = newSynchronization("")
		return takingBack(inputSchema(r, of), readOnly(structSchema(r, reflect.TypeFor[SynchronizationMore]())))
	case *previewInput:
		*of = newPreview()
		schema := inputSchema(r, of)
		schema.Required = nil // only the policy and the zone count
		return schema
	case *resyncInput:
		*of = newResync()
	case *checkInput:
		schema := inputSchema(r, of)
		schema.Properties["mailbox"].Format = "email"
		return schema
	case *settings.Connection:
		return connectionSchema(r, of)
	case *settings.Source:
		return takingBack(inputSchema(r, of), shownSource(r))
	}
	return inputSchema(r, of)
}

// connectionSchema describes a connection as it is sent.
func connectionSchema(r huma.Registry, of *settings.Connection) *huma.Schema {
	sent := joined(inputSchema(r, of), systemsSchema(func(system calendars.System) *huma.Schema {
		return component(r, componentOf(string(system.Provider))+"Input", func() *huma.Schema {
			return takingBack(inputSchema(r, system.New()), systemSchema(r, system.New()))
		})
	}))
	return takingBack(sent, readOnly(structSchema(r, reflect.TypeFor[connectionMore]())))
}

// readOnlyRule is what a body may do with what is only told.
const readOnlyRule = "Told in answers; in a body it changes nothing."

// readOnly says of an object's members that they are told, and not taken.
func readOnly(s *huma.Schema) *huma.Schema {
	for name, property := range s.Properties {
		s.Properties[name] = readOnlyProperty(property)
	}
	return s
}

func readOnlyProperty(of *huma.Schema) *huma.Schema {
	told := *of
	told.ReadOnly = true
	told.Description = strings.TrimSpace(told.Description + " " + readOnlyRule)
	return &told
}

// takingBack adds to what is sent the members of an answer that are only told, which may
// be sent back.
func takingBack(sent, answered *huma.Schema) *huma.Schema {
	order := orderOf(sent)
	for _, name := range orderOf(answered) {
		if told := answered.Properties[name]; told.ReadOnly && sent.Properties[name] == nil {
			sent.Properties[name] = told
			order = append(order, name)
		}
	}
	setOrder(sent, order)
	return sent
}

// systemsSchema is what is described by calendar systems of a connection: which one it
// is, and an object for each.
func systemsSchema(describe func(calendars.System) *huma.Schema) *huma.Schema {
	parts := &huma.Schema{Properties: map[string]*huma.Schema{}, Required: []string{"provider"}}
	var order []string
	for _, system := range calendars.Systems() {
		order = append(order, string(system.Provider))
		parts.Properties[string(system.Provider)] = describe(system)
	}
	setOrder(parts, order)
	return parts
}

// inputSchema describes a record as it is sent: of points to one that holds what
// counts where a body says nothing.
func inputSchema(r huma.Registry, of any) *huma.Schema {
	schema := recordShape{registry: r, sent: true, parts: record.OptionalParts("", of)}.object("", record.Fields("",
		of))
	schema.Description = record.Doc(of)
	return schema
}

// outputSchema describes a record as it is answered.
func outputSchema(r huma.Registry, of any) *huma.Schema {
	schema := recordShape{registry: r, parts: record.OptionalParts("", of)}.object("", record.Fields("", of))
	schema.Description = record.Doc(of)
	return schema
}

// structSchema describes a struct, with its fields in their order.
func structSchema(r huma.Registry, of reflect.Type) *huma.Schema {
	schema := huma.SchemaFromType(r, of)
	setOrder(schema, jsonNames(of))
	return schema
}

// joined is an object with the members of both, those of the first one first.
func joined(first, second *huma.Schema) *huma.Schema {
	order := append(orderOf(first), orderOf(second)...)
	maps.Copy(first.Properties, second.Properties)
	first.Required = append(first.Required, second.Required...)
	setOrder(first, order)
	return first
}

func orderOf(s *huma.Schema) []string {
	if known, ok := s.Extensions["properties"].(*ordered[*huma.Schema]); ok {
		return slices.Clone(known.names)
	}
	return nil
}

func last(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// recordShape describes records by their fields.
type recordShape struct {
	registry huma.Registry
	// sent says that secrets are to be filled in, and what is not known is refused;
	// else there is told which secrets are stored.
	sent bool
	// parts are the records in it that may be missing, and lists of records.
	parts []record.Part
}

// object describes the fields whose paths begin with prefix.
func (s recordShape) object(prefix string, fields []record.Field) *huma.Schema {
	schema := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}}
	var order []string
	for _, f := range fields {
		name, _, isPart := strings.Cut(strings.TrimPrefix(f.Path, prefix), ".")
		if !s.sent && !isPart && f.Secret() != nil {
			name = hasName(name)
		}
		if slices.Contains(order, name) {
			continue
		}
		order = append(order, name)
		switch {
		case isPart:
			schema.Properties[name] = s.part(record.Join(strings.TrimSuffix(prefix, "."), name), fields)
		case s.sent:
			schema.Properties[name] = s.input(f)
		default:
			schema.Properties[name] = s.output(f)
		}
		if !isPart && s.requires(f, schema.Properties[name]) {
			schema.Required = append(schema.Required, name)
		}
	}
	for _, part := range s.parts {
		if part.Path == prefix+part.Name {
			order = append(order, part.Name)
			schema.Properties[part.Name] = s.optional(part)
		}
	}
	setOrder(schema, order)
	if s.sent {
		schema.Extensions["additionalProperties"] = false
	}
	return schema
}

// requires tells whether a body must have a field, or an answer always has it.
func (s recordShape) requires(f record.Field, schema *huma.Schema) bool {
	if f.Secret() != nil {
		return !s.sent
	}
	if !s.sent {
		return f.Required() || f.Path == "name"
	}
	return f.Required() && schema.Default == nil
}

// partNames are the components of records in records whose own names are taken.
var partNames = map[string]string{"reconciliation": "NightlyReconciliation"}

// part describes a record in a record: "policy.hours" is "Hours".
func (s recordShape) part(path string, all []record.Field) *huma.Schema {
	name := cmp.Or(partNames[path], componentOf(last(path)))
	return component(s.registry, name, func() *huma.Schema {
		outside := func(f record.Field) bool { return !strings.HasPrefix(f.Path, path+".") }
		inside := slices.DeleteFunc(slices.Clone(all), outside)
		return s.object(path+".", inside)
	})
}

// optional describes a record that may be missing, or a list of records, by the name of
// its type.
func (s recordShape) optional(part record.Part) *huma.Schema {
	of := part.New()
	one := component(s.registry, reflect.TypeOf(of).Elem().Name(),
		func() *huma.Schema { return inputSchema(s.registry, of) })
	if !part.IsList {
		return one
	}
	list := &huma.Schema{Type: huma.TypeArray, Items: one, Description: part.Doc}
	if part.MostItems > 0 {
		list.MaxItems = &part.MostItems
	}
	return list
}

func (s recordShape) output(f record.Field) *huma.Schema {
	if f.Secret() != nil {
		return readOnlyProperty(&huma.Schema{Type: huma.TypeBoolean, Description: "Is one stored?"})
	}
	schema := s.typed(f)
	schema.Description = f.Doc
	return schema
}

// secretRule is what a body may do with a secret.
const secretRule = "Left out keeps what is stored, a text replaces it, null removes it."

func (s recordShape) input(f record.Field) *huma.Schema {
	schema := s.typed(f)
	schema.Description = f.Doc
	target := schema
	if f.Kind() == record.KindList {
		target = schema.Items
		target.MinLength = new(1)
		if most := f.MostItems(); most > 0 {
			schema.MaxItems = &most
		}
	}
	if f.Kind() == record.KindMap {
		target = &huma.Schema{Type: huma.TypeString, MinLength: new(1)}
		schema.AdditionalProperties = target
		if most := f.MostItems(); most > 0 {
			schema.MaxProperties = &most
		}
	}
	if longest := f.Longest(); longest > 0 && f.Path != "name" && len(schema.Enum) == 0 {
		target.MaxLength = &longest
		if f.Required() {
			target.MinLength = new(1)
		}
	}
	switch f.Kind() {
	case record.KindSecret, record.KindSecretFile:
		schema.Nullable, schema.WriteOnly, schema.MinLength = true, true, new(1)
		schema.Description = strings.TrimSpace(f.Doc + " " + secretRule)
	case record.KindAddress:
		schema.Format = "uri"
	case record.KindNumber:
		schema.Minimum, schema.Maximum = new(0.0), new(float64(f.Max()))
		if f.Required() {
			schema.Minimum = new(1.0)
		}
	}
	schema.Default = defaultOf(f)
	return schema
}

// typed is the type of a field, and which values it may have.
func (s recordShape) typed(f record.Field) *huma.Schema {
	if len(f.Choices) > 0 {
		return &huma.Schema{Type: huma.TypeString, Enum: anyOf(f.Choices)}
	}
	if f.Secret() != nil {
		return &huma.Schema{Type: huma.TypeString}
	}
	schema := s.registry.Schema(f.Type(), true, "")
	if f.Path == "name" {
		schema = nameSchema(schema)
	}
	return schema
}

// nameSchema describes the name of a record.
func nameSchema(of *huma.Schema) *huma.Schema {
	of.Pattern, of.MaxLength = settings.NamePattern, new(settings.MaxName)
	return of
}

// defaultOf is what counts where a body says nothing, nil where nothing does.
func defaultOf(f record.Field) any {
	switch {
	case f.Secret() != nil, f.Kind() == record.KindList, f.Kind() == record.KindMap:
		return nil
	case f.Kind() == record.KindFlag, f.Kind() == record.KindNumber && !f.Required():
		return f.Value()
	case !f.IsZero():
		return f.Text()
	case f.Required() || f.Default() == "":
		return nil
	}
	return f.Default()
}
