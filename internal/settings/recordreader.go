package settings

import (
	"slices"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/internal/record"
)

// record reads the mapping into the struct that is pointed to, by the fields it has
// itself; the caller reads records in it, and the keys in own. What is missing stays
// as it is.
func (n node) record(into any, own ...string) fields {
	known := record.Fields("", into)
	var keys []string
	for _, one := range known {
		if key, _, _ := strings.Cut(one.Path, "."); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	parts := slices.DeleteFunc(record.Parts(into), func(p record.Part) bool { return !p.Optional })
	for _, part := range parts {
		if !slices.Contains(keys, part.Name) {
			keys = append(keys, part.Name)
		}
	}
	f := n.mapping(keys...)
	for _, one := range known {
		if one.Name == one.Path && !slices.Contains(own, one.Name) {
			f.readInto(one)
		}
	}
	for _, part := range parts {
		f.readPart(part)
	}
	return f
}

// readPart reads a record that may be missing, or a list of records.
func (f fields) readPart(part record.Part) {
	n := f.at(part.Name)
	items := []node{n}
	if part.IsList {
		items = n.items()
	}
	for _, item := range items {
		if !item.present() {
			if part.IsList {
				item.fail("it is empty: write keys with values")
			}
			continue
		}
		one := part.New()
		item.record(one)
		part.Put(one)
	}
}

// readInto reads the value of one field. Rules are not looked at here: report tells
// of them.
func (f fields) readInto(one record.Field) {
	n := f.at(one.Name)
	if !n.present() {
		if n.yaml != nil && one.Required() {
			n.fail("it is empty: %s", hintOf(Problem{Field: one.Path, Code: CodeRequired}, []record.Field{one}))
		}
		return
	}
	if list, is := one.Pointer().(*[]string); is {
		*list = n.texts()
		return
	}
	if entries, is := one.Pointer().(*map[string]string); is {
		*entries = n.entries()
		return
	}
	before := len(n.r.faults)
	text := n.textOf(one)
	if len(n.r.faults) > before {
		return
	}
	if err := one.Set(text); err != nil {
		n.fail("it cannot be read: write it otherwise")
	}
}

// textOf reads the value of a field as text.
func (n node) textOf(one record.Field) string {
	switch one.Kind() {
	case record.KindSecret, record.KindSecretFile:
		return n.secret().Reveal()
	case record.KindFile:
		return n.kept(false)
	case record.KindChoice:
		return choice(n, one.Choices...)
	case record.KindNumber:
		return strconv.Itoa(n.integer(one.Max()))
	case record.KindFlag:
		return strconv.FormatBool(n.boolean(false))
	case record.KindDuration:
		return n.duration(0, leastRetry, mostRetry).String()
	case record.KindAddress, record.KindWord:
		return n.word()
	default:
		return n.text()
	}
}
