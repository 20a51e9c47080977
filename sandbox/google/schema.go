package google

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
)

// unknownName refuses the first name in a decoded JSON value that type t has no
// field for. Names are compared with their case, as Google does and
// encoding/json does not.
func unknownName(value any, t reflect.Type, path string) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			field, known := fieldType(t, name)
			if !known {
				return refuse(http.StatusBadRequest, "badRequest",
					fmt.Sprintf("Invalid JSON payload received. Unknown name %q at '%s': Cannot find field.", name,
						strings.TrimPrefix(path, ".")))
			}
			if err := unknownName(inner, field, path+"."+name); err != nil {
				return err
			}
		}
	case []any:
		if t.Kind() != reflect.Slice {
			return nil // a wrong type: the decoder says so
		}
		for _, inner := range value {
			if err := unknownName(inner, t.Elem(), path); err != nil {
				return err
			}
		}
	}
	return nil
}

// fieldType returns the type behind a JSON name; known is false when a struct
// has no such name. Values that are no object have no names to check.
func fieldType(t reflect.Type, name string) (field reflect.Type, known bool) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Map:
		return t.Elem(), true
	case reflect.Struct:
	default:
		return reflect.TypeFor[any](), true
	}
	for _, f := range reflect.VisibleFields(t) {
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if tag == name && !f.Anonymous {
			return f.Type, true
		}
	}
	return nil, false
}
