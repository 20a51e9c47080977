package record

import (
	"reflect"
	"time"
)

// Kind is the kind of value a field holds.
type Kind string

// The kinds.
const (
	KindText       Kind = "text"
	KindWord       Kind = "word" // a text without spaces
	KindAddress    Kind = "address"
	KindFile       Kind = "file" // a text of several lines
	KindChoice     Kind = "choice"
	KindNumber     Kind = "number"
	KindFlag       Kind = "flag"
	KindList       Kind = "list"
	KindMap        Kind = "map" // texts by keys of their own
	KindDuration   Kind = "duration"
	KindSecret     Kind = "secret"
	KindSecretFile Kind = "secret-file"
	// KindOther is a value that writes itself as a text of its own.
	KindOther Kind = "other"
)

// Kind is the kind of value the field holds.
func (f Field) Kind() Kind {
	switch {
	case len(f.Choices) > 0:
		return KindChoice
	case f.Secret() != nil && f.rule.kind == "file":
		return KindSecretFile
	case f.Secret() != nil:
		return KindSecret
	case f.value.Type() == reflect.TypeFor[time.Duration]():
		return KindDuration
	case isText(f.value):
		return KindOther
	case f.value.Kind() == reflect.Bool || f.value.Type() == reflect.TypeFor[*bool]():
		return KindFlag
	case f.value.Kind() == reflect.Slice:
		return KindList
	case f.value.Kind() == reflect.Map:
		return KindMap
	case f.value.Kind() == reflect.Int:
		return KindNumber
	}
	return Kind(f.rule.kind)
}
