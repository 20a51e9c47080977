package record

import (
	"reflect"
	"strings"
)

// Part is a record in a record, or a list of records there.
type Part struct {
	Name string
	// Path is its name, behind those of the records around it.
	Path string
	// IsList says that it is a list, and Optional that it may be missing, as a list may.
	IsList, Optional bool
	// MostItems is how many records a list may have; 0 where the rule tells none.
	MostItems int
	// Doc says what it is.
	Doc string
	// New is a pointer to an empty record of the part's type.
	New func() any

	value reflect.Value
}

// Parts lists the records in the struct that record points to, those that are not
// there too.
func Parts(record any) []Part {
	var all []Part
	for field, value := range reflect.ValueOf(record).Elem().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		of := value.Type()
		isList := of.Kind() == reflect.Slice
		isPointer := of.Kind() == reflect.Pointer
		if isList || isPointer {
			of = of.Elem()
		}
		if name == "" || name == "-" || of.Kind() != reflect.Struct || of.Implements(textType) {
			continue
		}
		all = append(all, Part{
			Name: name, Path: name, IsList: isList, Optional: isList || isPointer, value: value,
			Doc:       field.Tag.Get("doc"),
			MostItems: readRule(field.Tag.Get("rule")).items,
			New:       func() any { return reflect.New(of).Interface() },
		})
	}
	return all
}

// OptionalParts lists the parts that may be missing of the struct that record points
// to and of the records in it that may not. Paths begin with prefix.
func OptionalParts(prefix string, record any) []Part {
	var all []Part
	for _, part := range Parts(record) {
		part.Path = Join(prefix, part.Name)
		if part.Optional {
			all = append(all, part)
			continue
		}
		all = append(all, OptionalParts(part.Path, part.Records()[0])...)
	}
	return all
}

// Put puts a record that New made into its place: at the end of a list, or in the
// place of what is there.
func (p Part) Put(record any) {
	switch value := reflect.ValueOf(record); {
	case p.IsList:
		p.value.Set(reflect.Append(p.value, value.Elem()))
	case p.Optional:
		p.value.Set(value)
	default:
		p.value.Set(value.Elem())
	}
}

// Records are pointers to the records that are there.
func (p Part) Records() []any {
	var all []any
	switch {
	case p.IsList:
		for i := range p.value.Len() {
			all = append(all, p.value.Index(i).Addr().Interface())
		}
	case !p.Optional:
		all = append(all, p.value.Addr().Interface())
	case !p.value.IsNil():
		all = append(all, p.value.Interface())
	}
	return all
}
