package record

import (
	"crypto/sha256"
	"fmt"
	"reflect"
	"strings"
)

// Defaults fills what may be left out of the record that is pointed to, cleans it, and
// ends addresses as they end.
func Defaults(record any) {
	Clean(record)
	for _, f := range Fields("", record) {
		if f.IsZero() && f.missing != "" {
			if err := f.Set(f.missing); err != nil {
				panic("record: default of " + f.Path)
			}
		}
		if f.value.Kind() != reflect.String || f.IsZero() {
			continue
		}
		switch f.end {
		case "/":
			f.value.SetString(strings.TrimRight(f.value.String(), "/") + "/")
		case "-":
			f.value.SetString(strings.TrimRight(f.value.String(), "/"))
		}
		if f.rule.kind == "file" {
			f.value.SetString(strings.TrimRight(f.value.String(), "\r\n"))
		}
	}
}

// Change is one field that differs. Secrets show as "[secret]" where they are set,
// with From and To equal when one secret replaced another.
type Change struct{ Path, From, To string }

// Changes lists the fields that differ between two records, in the order in which
// they stand in the second, then what only the first has.
func Changes(from, to []Field) []Change {
	var all []Change
	old := map[string]Field{}
	for _, f := range from {
		old[f.Path] = f
	}
	for _, f := range to {
		before, there := old[f.Path]
		if was := textOf(before, there); was != f.Text() || there && !sameSecret(before, f) {
			all = append(all, Change{f.Path, was, f.Text()})
		}
		delete(old, f.Path)
	}
	for _, f := range from {
		if _, gone := old[f.Path]; gone && f.Text() != "" {
			all = append(all, Change{Path: f.Path, From: f.Text()})
		}
	}
	return all
}

func textOf(f Field, there bool) string {
	if !there {
		return ""
	}
	return f.Text()
}

func sameSecret(a, b Field) bool {
	one, other := a.Secret(), b.Secret()
	return one == nil || other == nil || *one == *other
}

// digest stands for a long text.
func digest(text string) string {
	if text == "" {
		return ""
	}
	return fmt.Sprintf("[sha256:%.6x]", sha256.Sum256([]byte(text)))
}

// Clone returns a pointer to a copy of the struct that record points to. Records
// behind pointers in it and slices of texts are copied too.
func Clone[T any](record *T) *T {
	return copyOf(reflect.ValueOf(record)).Interface().(*T)
}

// own gives a struct copies of what it shares with another.
func own(of reflect.Value) {
	for field, value := range of.Fields() {
		switch {
		case !field.IsExported():
		case value.Kind() == reflect.Interface && !value.IsNil():
			value.Set(copyOf(value.Elem()))
		case value.Kind() == reflect.Pointer && value.Type().Elem().Kind() == reflect.Struct && !value.IsNil():
			value.Set(copyOf(value))
		case value.Kind() == reflect.Struct && !isText(value):
			own(value)
		case value.Kind() == reflect.Slice && !value.IsNil():
			copied := reflect.MakeSlice(value.Type(), value.Len(), value.Len())
			reflect.Copy(copied, value)
			value.Set(copied)
			for i := range copied.Len() {
				if item := copied.Index(i); item.Kind() == reflect.Struct && !isText(item) {
					own(item)
				}
			}
		case value.Kind() == reflect.Map && !value.IsNil():
			copied := reflect.MakeMapWithSize(value.Type(), value.Len())
			for key, entry := range value.Seq2() {
				copied.SetMapIndex(key, entry)
			}
			value.Set(copied)
		case value.Kind() == reflect.Pointer && value.Type() == reflect.TypeFor[*bool]() && !value.IsNil():
			truth := value.Elem().Bool()
			value.Set(reflect.ValueOf(&truth))
		}
	}
}

// copyOf copies what a pointer to a struct points to; anything else is itself.
func copyOf(pointer reflect.Value) reflect.Value {
	if pointer.Kind() != reflect.Pointer || pointer.Type().Elem().Kind() != reflect.Struct {
		return pointer
	}
	copied := reflect.New(pointer.Type().Elem())
	copied.Elem().Set(pointer.Elem())
	own(copied.Elem())
	return copied
}

// WithoutSecrets is a Clone whose secrets are empty.
func WithoutSecrets[T any](record *T) *T {
	copied := Clone(record)
	for _, f := range Fields("", copied) {
		if secret := f.Secret(); secret != nil {
			*secret = ""
		}
	}
	return copied
}

// Default is the default of one field of the struct T, as text. It panics where
// there is no such field.
func Default[T any](path string) string {
	for _, f := range Fields("", new(T)) {
		if f.Path == path {
			return f.missing
		}
	}
	panic("record: no field " + path)
}

// Equal tells whether two records have the same fields with the same values.
func Equal[T any](a, b *T) bool { return len(Changes(Fields("", a), Fields("", b))) == 0 }
