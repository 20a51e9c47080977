package record

import (
	"reflect"
	"strconv"
	"strings"
)

// namedRecord is a record in a record: its path there.
type namedRecord struct {
	name  string
	value reflect.Value
}

// records are the records a member holds: itself, or the items of a list, each under
// the member's name and its place.
func (m member) records() []namedRecord {
	if m.inner.Kind() != reflect.Slice {
		return []namedRecord{{m.name, m.inner}}
	}
	all := make([]namedRecord, m.inner.Len())
	for i := range all {
		all[i] = namedRecord{Join(m.name, strconv.Itoa(i)), m.inner.Index(i)}
	}
	return all
}

// member is one field of a struct that has a name.
type member struct {
	name     string
	optional bool
	tag      reflect.StructTag
	value    reflect.Value
	// isRecord says that it is a record in its turn, inner, or a list of them.
	isRecord bool
	inner    reflect.Value
}

// each calls do with the named fields of a struct, but for records that are not
// there. Those of an embedded struct are the struct's own, as in encoding/json.
func each(of reflect.Value, do func(member)) {
	for field, value := range of.Fields() {
		if field.Anonymous && value.Kind() == reflect.Struct && field.Tag.Get("json") == "" {
			each(value, do)
			continue
		}
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if at := field.Tag.Get("named"); at != "" {
			name = of.FieldByName(at).String()
		}
		if name == "" || name == "-" {
			continue
		}
		m := member{name: name, optional: strings.HasPrefix(options, "omit"), tag: field.Tag, value: value}
		if m.inner, m.isRecord = recordIn(value); !m.isRecord || m.inner.IsValid() {
			do(m)
		}
	}
}

// recordIn tells whether a value is a record in its turn; the record is not valid
// where it is not there.
func recordIn(value reflect.Value) (inner reflect.Value, ok bool) {
	switch {
	case value.Kind() == reflect.Interface && value.IsNil():
		return reflect.Value{}, true
	case value.Kind() == reflect.Interface:
		return recordIn(value.Elem())
	case value.Kind() == reflect.Struct && !isText(value):
		return value, true
	case value.Kind() == reflect.Pointer && value.Type().Elem().Kind() == reflect.Struct:
		return value.Elem(), true
	case value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.Struct &&
		!isText(reflect.Zero(value.Type().Elem())):
		return value, true
	}
	return reflect.Value{}, false
}
