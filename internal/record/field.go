package record

import (
	"cmp"
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Field is one setting of a record.
type Field struct {
	// Path is its name, behind those of the records around it: "office365.url".
	Path string
	// Name is its own name, the last part of Path.
	Name string
	// Hint says what to write, and Doc what it is; "" where nothing is told.
	Hint, Doc string
	// Optional says that no value means nothing at all, so that it may be left out
	// where the record is written.
	Optional bool
	// Choices are the values it may have, the first one being the default; nil for
	// any value.
	Choices []string

	value reflect.Value
	rule  rule
	end   string
	// missing is the default.
	missing string
	// sentTo names the address fields of the same record that a secret is sent to.
	sentTo []string
	// opens names the secret of the same record that this one is the password of.
	opens  string
	digest bool
	hidden bool
}

// rule is the tag rule, read.
type rule struct {
	required bool
	kind     string // "text", "word", "address" or "file"
	http     bool   // an address that may begin with http://
	visible  bool   // has no invisible characters, as words and addresses have none
	max      int    // 0 is the kind's own
	items    int    // 0 is any number
}

// Fields lists the settings of the struct that record points to, those of structs
// in it included, in the order in which they stand. Paths begin with prefix. It
// panics on a tag it does not know: that is a fault of the program.
func Fields(prefix string, record any) []Field {
	value := reflect.ValueOf(record)
	if value.Kind() != reflect.Pointer || value.Elem().Kind() != reflect.Struct {
		panic(fmt.Sprintf("record: %T is not a pointer to a struct", record))
	}
	return fieldsOf(prefix, value.Elem())
}

func fieldsOf(prefix string, of reflect.Value) []Field {
	var all []Field
	each(of, func(m member) {
		if !m.isRecord {
			all = append(all, newField(Join(prefix, m.name), m))
			return
		}
		for _, part := range m.records() {
			all = append(all, fieldsOf(Join(prefix, part.name), part.value)...)
		}
	})
	return all
}

func newField(path string, m member) Field {
	f := Field{
		Path: path, Name: m.name, Optional: m.optional, Hint: m.tag.Get("hint"), Doc: m.tag.Get("doc"),
		value: m.value, end: m.tag.Get("end"),
		Choices: strings.Fields(m.tag.Get("choice")), missing: m.tag.Get("default"), rule: readRule(m.tag.Get("rule")),
		sentTo: strings.Fields(m.tag.Get("to")), opens: m.tag.Get("opens"),
		digest: m.tag.Get("show") == "digest", hidden: m.tag.Get("show") == "never",
	}
	if len(f.Choices) > 0 && f.missing == "" && !f.Optional {
		f.missing = f.Choices[0]
	}
	return f
}

func readRule(tag string) rule {
	r := rule{kind: "text"}
	for _, word := range strings.Fields(tag) {
		limit, isMax := strings.CutPrefix(word, "max=")
		items, isItems := strings.CutPrefix(word, "items=")
		switch {
		case word == "required":
			r.required = true
		case word == "text" || word == "word" || word == "address" || word == "file":
			r.kind = word
		case word == "http":
			r.http = true
		case word == "visible":
			r.visible = true
		case isMax:
			r.max = numberIn(word, limit)
		case isItems:
			r.items = numberIn(word, items)
		default:
			panic("record: rule " + word)
		}
	}
	return r
}

func numberIn(word, text string) int {
	number, err := strconv.Atoi(text)
	if err != nil {
		panic("record: rule " + word)
	}
	return number
}

var (
	secretType = reflect.TypeFor[Secret]()
	textType   = reflect.TypeFor[encoding.TextMarshaler]()
)

// isText tells whether a value writes itself as one text.
func isText(value reflect.Value) bool { return value.Type().Implements(textType) }

// Secret returns the secret the field holds, nil when it is none. It points into
// the record.
func (f Field) Secret() *Secret {
	if f.value.Type() != secretType {
		return nil
	}
	return f.value.Addr().Interface().(*Secret)
}

// IsSentTo tells whether the field is a secret that is sent to the address in
// another field of the same record.
func (f Field) IsSentTo(address Field) bool {
	around := func(one Field) string { return strings.TrimSuffix(one.Path, one.Name) }
	return slices.Contains(f.sentTo, address.Name) && around(f) == around(address)
}

// Opens is the path of the secret that the field is the password of, "" for any
// other field.
func (f Field) Opens() string {
	if f.opens == "" {
		return ""
	}
	return strings.TrimSuffix(f.Path, f.Name) + f.opens
}

// Set puts a text into the field: a number, true or false, items with commas between, or
// texts by their keys as key=text, where the field is one of those. The error says what it is not.
func (f Field) Set(text string) error {
	if reader, ok := f.value.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return reader.UnmarshalText([]byte(text))
	}
	if f.Kind() == KindDuration {
		duration, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("%s: not a duration", f.Path)
		}
		f.value.SetInt(int64(duration))
		return nil
	}
	switch f.value.Kind() {
	case reflect.String:
		f.value.SetString(text)
	case reflect.Bool, reflect.Pointer:
		truth, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%s: not true or false", f.Path)
		}
		if f.value.Kind() == reflect.Pointer {
			f.value.Set(reflect.ValueOf(&truth))
			return nil
		}
		f.value.SetBool(truth)
	case reflect.Int:
		number, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%s: not a number", f.Path)
		}
		f.value.SetInt(int64(number))
	case reflect.Slice:
		f.value.Set(reflect.ValueOf(strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })))
	case reflect.Map:
		entries := map[string]string{}
		for item := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
			key, value, ok := strings.Cut(item, "=")
			if !ok {
				return fmt.Errorf("%s: not key=text", f.Path)
			}
			entries[key] = value
		}
		f.value.Set(reflect.ValueOf(entries))
	default:
		panic("record: " + f.Path + " is a " + f.value.Type().String())
	}
	return nil
}

// Text is the field's value as people read it: secrets as "[secret]", "" for the
// number 0, items with commas between.
func (f Field) Text() string {
	switch value := f.value.Interface().(type) {
	case Secret:
		return value.String()
	case encoding.TextMarshaler:
		text, err := value.MarshalText()
		if err != nil {
			return fmt.Sprint(value)
		}
		return string(text)
	case time.Duration:
		return ShortDuration(value)
	case []string:
		return f.shown(strings.Join(value, ", "))
	case map[string]string:
		return f.entriesText(value)
	case *bool:
		if value == nil {
			return ""
		}
		return strconv.FormatBool(*value)
	}
	if f.Optional && f.value.IsZero() {
		return ""
	}
	return f.shown(fmt.Sprint(f.value.Interface()))
}

// shown is a text, or a digest of it.
func (f Field) shown(text string) string {
	if f.digest {
		return digest(text)
	}
	return text
}

// entriesText is a map as people read it, or a digest of it.
func (f Field) entriesText(entries map[string]string) string {
	all := make([]string, 0, len(entries))
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		all = append(all, key+"="+entries[key])
	}
	return f.shown(strings.Join(all, ", "))
}

// Raw is a text as it is, not a digest of it. It is "" for what is no text.
func (f Field) Raw() string {
	if f.value.Kind() != reflect.String || f.Secret() != nil {
		return ""
	}
	return f.value.String()
}

// Entries are the texts of a map by their keys.
func (f Field) Entries() map[string]string {
	entries, _ := f.value.Interface().(map[string]string)
	return entries
}

// Items are the items of a list.
func (f Field) Items() []string {
	items, _ := f.value.Interface().([]string)
	return items
}

// Value is the field's value.
func (f Field) Value() any { return f.value.Interface() }

// Pointer points to the field's value in the record.
func (f Field) Pointer() any { return f.value.Addr().Interface() }

// Type is the type of the field's value.
func (f Field) Type() reflect.Type { return f.value.Type() }

// IsZero tells whether the field has no value.
func (f Field) IsZero() bool { return f.value.IsZero() }

// Default is the value where none is given, as text.
func (f Field) Default() string { return f.missing }

// Max is the largest number, or the longest text in characters; 0 where the rule
// tells none.
func (f Field) Max() int { return f.rule.max }

// Longest is the longest text that Check accepts, or the longest item of a list, in
// characters; 0 for what is neither.
func (f Field) Longest() int {
	switch f.Kind() {
	case KindAddress:
		return MaxAddress
	case KindFile, KindSecretFile:
		return cmp.Or(f.rule.max, MaxFile)
	case KindSecret:
		return cmp.Or(f.rule.max, MaxSecret)
	case KindText, KindWord:
		return cmp.Or(f.rule.max, MaxText)
	case KindList, KindMap:
		return f.rule.max
	}
	return 0
}

// MostItems is how many items a list or a map may have; 0 where the rule tells none.
func (f Field) MostItems() int { return f.rule.items }

// Doc is what a record says of itself, in the tag doc of a field named _.
func Doc(record any) string {
	about, _ := reflect.TypeOf(record).Elem().FieldByName("_")
	return about.Tag.Get("doc")
}

// Required tells whether the record needs a value here.
func (f Field) Required() bool { return f.rule.required }

// Shown leaves out the fields that no change is told of.
func Shown(fields []Field) []Field {
	return slices.DeleteFunc(fields, func(f Field) bool { return f.hidden })
}

// ShortDuration writes whole hours and minutes without their zeros: "24h", "90s".
func ShortDuration(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// Join puts a name behind a path.
func Join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
