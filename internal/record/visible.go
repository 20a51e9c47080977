package record

import (
	"reflect"
	"strings"
	"unicode"
)

// Visible is an address, an account or an id as it was meant: without the spaces around
// it and the invisible characters in it (zero width, byte order and direction marks),
// which come along when it is pasted and make it another one.
func Visible(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
			return -1
		}
		return r
	}, text))
}

// Clean makes the words, the addresses and what else is marked as visible in the record
// that is pointed to [Visible]. Lists and maps that are changed are new ones.
func Clean(record any) {
	for _, f := range Fields("", record) {
		if f.rule.visible || f.Kind() == KindWord || f.Kind() == KindAddress {
			f.clean()
		}
	}
}

func (f Field) clean() {
	switch value := f.value.Interface().(type) {
	case []string:
		if value == nil {
			return
		}
		cleaned := make([]string, len(value))
		for i, item := range value {
			cleaned[i] = Visible(item)
		}
		f.value.Set(reflect.ValueOf(cleaned))
	case map[string]string:
		if value == nil {
			return
		}
		cleaned := make(map[string]string, len(value))
		for key, text := range value {
			cleaned[Visible(key)] = Visible(text)
		}
		f.value.Set(reflect.ValueOf(cleaned))
	default:
		if f.value.Kind() == reflect.String {
			f.value.SetString(Visible(f.value.String()))
		}
	}
}
