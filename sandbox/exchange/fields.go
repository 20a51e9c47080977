package exchange

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/sandbox/exchange/schema"
)

// kind is how the values of a property compare.
type kind int

const (
	texts kind = iota // without regard to case
	moments
	numbers
	flags
)

// value is one value of a property, in the field of its kind.
type value struct {
	text   string
	at     time.Time
	number float64
}

func (a value) compare(b value, k kind) int {
	switch k {
	case moments:
		return a.at.Compare(b.at)
	case numbers, flags:
		return cmp.Compare(a.number, b.number)
	}
	return cmp.Compare(strings.ToLower(a.text), strings.ToLower(b.text))
}

// parse reads a constant of a restriction; ok is false for one the property cannot
// have. without is the clocks of times that have no offset.
func (f field) parse(text string, without *time.Location) (v value, ok bool) {
	v.text = text
	switch trimmed := strings.TrimSpace(text); f.kind {
	case moments:
		if !schema.ValidDateTime(trimmed) {
			return v, false
		}
		v.at = instant(trimmed, without)
	case numbers:
		number, err := strconv.ParseFloat(trimmed, 64)
		v.number = number
		return v, err == nil
	case flags:
		v.number = flagNumber(trimmed == "true" || trimmed == "1")
		return v, slices.Contains([]string{"true", "false", "1", "0"}, trimmed)
	}
	return v, f.enum == "" || schema.ExchangeSE.Valid(f.enum, text)
}

func flagNumber(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// field is a property that can be searched and sorted by. read is ok when the item
// has it.
type field struct {
	kind kind
	read func(calendarItem) (v value, ok bool)
	// enum is the schema's type of the values, "" when every text is one.
	enum string
}

func textField(of func(calendarItem) string) field {
	return field{kind: texts, read: func(i calendarItem) (value, bool) {
		text := of(i)
		return value{text: text},
			text != ""
	}}
}

func enumField(enum string, of func(calendarItem) string) field {
	f := textField(of)
	f.enum = enum
	return f
}

func momentField(of func(calendarItem) time.Time) field {
	return field{kind: moments, read: func(i calendarItem) (value, bool) { return value{at: of(i)}, true }}
}

func flagField(of func(calendarItem) bool) field {
	return field{kind: flags, read: func(i calendarItem) (value, bool) {
		return value{number: flagNumber(of(i))},
			true
	}}
}

// fields are the properties of calendar items that searches and sort orders know
// here. Exchange knows more.
var fields = map[string]field{
	"item:Subject":   textField(func(i calendarItem) string { return i.subject }),
	"item:ItemClass": textField(func(i calendarItem) string { return i.itemClass }),
	"item:Sensitivity": enumField("SensitivityChoicesType",
		func(i calendarItem) string { return i.sensitivity }),
	"item:Importance": enumField("ImportanceChoicesType",
		func(i calendarItem) string { return i.importance }),
	"item:Categories":               textField(func(i calendarItem) string { return strings.Join(i.categories, ";") }),
	"item:DateTimeCreated":          momentField(func(i calendarItem) time.Time { return i.created }),
	"item:DateTimeReceived":         momentField(func(i calendarItem) time.Time { return i.created }),
	"item:DateTimeSent":             momentField(func(i calendarItem) time.Time { return i.created }),
	"item:LastModifiedTime":         momentField(func(i calendarItem) time.Time { return i.modified }),
	"item:ReminderIsSet":            flagField(func(i calendarItem) bool { return i.reminder }),
	"item:HasAttachments":           flagField(func(i calendarItem) bool { return len(i.attachments) > 0 }),
	"calendar:Start":                momentField(func(i calendarItem) time.Time { return i.start }),
	"calendar:End":                  momentField(func(i calendarItem) time.Time { return i.end }),
	"calendar:Location":             textField(func(i calendarItem) string { return i.location }),
	"calendar:LegacyFreeBusyStatus": enumField("LegacyFreeBusyType", func(i calendarItem) string { return i.freeBusy }),
	"calendar:IsAllDayEvent":        flagField(func(i calendarItem) bool { return i.allDay }),
}

// kindOf is how the values of an extended property of that MAPI type compare.
func kindOf(mapiType string) kind {
	switch strings.TrimSuffix(mapiType, "Array") {
	case "Short", "Integer", "Long", "Float", "Double", "Currency":
		return numbers
	case "Boolean":
		return flags
	case "SystemTime", "ApplicationTime":
		return moments
	}
	return texts
}

// fieldOf finds the field a path names.
func fieldOf(path *schema.Node) (field, *itemError) {
	if path.Name.Local == "ExtendedFieldURI" {
		key, failed := parseKey(path)
		return extendedField(key), failed
	}
	return fields[path.Value("FieldURI")], nil
}

func extendedField(key propertyKey) field {
	k := kindOf(key.kind)
	return field{kind: k, read: func(i calendarItem) (value, bool) {
		p, there := i.property(key)
		if !there {
			return value{}, false
		}
		v, _ := field{kind: k}.parse(strings.Join(p.values, ";"), time.UTC)
		return v, true
	}}
}
