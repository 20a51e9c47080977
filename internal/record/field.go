package record

import (
	"cmp"
	"encoding"
	"fmt"
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

// Set puts a text into the field: a number, true or false, or items with commas
// between, where the field is one of those. The error says what it is not.
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
		return strings.Join(value, ", ")
	case *bool:
		if value == nil {
			return ""
		}
		return strconv.FormatBool(*value)
	}
	if f.Optional && f.value.IsZero() {
		return ""
	}
	text := fmt.Sprint(f.value.Interface())
	if f.digest {
		return digest(text)
	}
	return text
}

// Raw is a text as it is, not a digest of it. It is "" for what is no text.
func (f Field) Raw() string {
	if f.value.Kind() != reflect.String || f.Secret() != nil {
		return ""
	}
	return f.value.String()
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
	case f.value.Kind() == reflect.Int:
		return KindNumber
	}
	return Kind(f.rule.kind)
}

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
		return MaxFile
	case KindSecret:
		return cmp.Or(f.rule.max, MaxSecret)
	case KindText, KindWord:
		return cmp.Or(f.rule.max, MaxText)
	case KindList:
		return f.rule.max
	}
	return 0
}

// MostItems is how many items a list may have; 0 where the rule tells none.
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
