package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
)

// The codes of what is wrong with a body's form.
const (
	codeUnknownField = "unknown-field"
	codeWrongType    = "wrong-type"
	codeNotADate     = "not-a-date"
)

// body is a JSON body with the fields of the record T. It is read where it is known
// what counts where it says nothing.
type body[T any] struct {
	data []byte
	// kind is what it is said to be, and fault why it has no end.
	kind  string
	fault error
}

// keep takes what was sent; the framework uses data again.
func (b *body[T]) keep(data []byte) { b.data = bytes.Clone(data) }

// Resolve implements huma.Resolver.
func (b *body[T]) Resolve(ctx huma.Context) []error {
	b.kind = ctx.Header("Content-Type")
	if kept, ok := humagin.Unwrap(ctx).Request.Body.(*faultKeeper); ok {
		b.fault = kept.fault
	}
	return nil
}

// faultKeeper is a request's body that ends where it cannot be read on.
type faultKeeper struct {
	io.ReadCloser
	fault error
}

// Read implements io.Reader.
func (k *faultKeeper) Read(into []byte) (int, error) {
	n, err := k.ReadCloser.Read(into)
	if err != nil && !errors.Is(err, io.EOF) {
		k.fault, err = err, io.EOF
	}
	return n, err
}

func keepFault(ctx huma.Context, next func(huma.Context)) {
	request := humagin.Unwrap(ctx).Request
	request.Body = &faultKeeper{ReadCloser: request.Body}
	next(ctx)
}

// Schema implements huma.SchemaProvider.
func (body[T]) Schema(r huma.Registry) *huma.Schema {
	name := componentOf(strings.TrimSuffix(reflect.TypeFor[T]().Name(), "Input")) + "Input"
	return component(r, name, func() *huma.Schema { return schemaOfBody(r, new(T)) })
}

// whole refuses a body that is said to be something else than JSON, or did not arrive.
func (b body[T]) whole() error {
	switch {
	case b.kind != "" && !isJSON(b.kind):
		return refused(http.StatusUnsupportedMediaType, "not-json")
	case b.fault == nil:
		return nil
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](b.fault); ok {
		return refused(http.StatusRequestEntityTooLarge, "too-large", "limit", strconv.FormatInt(tooLarge.Limit, 10))
	}
	return refused(http.StatusBadRequest, "bad-body.truncated")
}

// isJSON tells whether a Content-Type is JSON's. curl's --data says that it is a form;
// who may send it is settled before.
func isJSON(kind string) bool {
	media, _, err := mime.ParseMediaType(kind)
	known := []string{"application/json", "application/x-www-form-urlencoded"}
	return err == nil && (slices.Contains(known, media) || strings.HasSuffix(media, "+json"))
}

// empty tells whether nothing was sent.
func (b body[T]) empty() bool { return len(bytes.TrimSpace(b.data)) == 0 }

// absent tells whether an optional body was left out, or is null.
func (b body[T]) absent() bool { return b.empty() || string(bytes.TrimSpace(b.data)) == "null" }

// into reads the body into target, which holds what counts where the body says
// nothing, and returns what is filled in for its secrets. readOnly are the paths of
// what answers have besides, which is passed over.
func (b body[T]) into(target *T, readOnly ...string) (filled, error) {
	r := newReader(record.Fields("", target), nil)
	r.know(nil, record.OptionalParts("", target))
	return b.read(r, readOnly)
}

// read reads the body by a reader, which knows its fields. Fields nobody knows and
// values of another type are told by their paths.
func (b body[T]) read(r *reader, readOnly []string) (filled, error) {
	if err := b.whole(); err != nil {
		return filled{}, err
	}
	switch {
	case b.empty():
		return filled{}, refused(http.StatusBadRequest, "bad-body.empty")
	case !utf8.Valid(b.data):
		return filled{}, refused(http.StatusBadRequest, "bad-encoding")
	}
	if err := json.Unmarshal(b.data, new(any)); err != nil {
		return filled{}, refused(http.StatusBadRequest, "bad-body.not-json", "at", placeOf(err))
	}
	r.readOnly = readOnly
	r.object("", b.data)
	if len(r.problems) > 0 {
		return filled{}, invalid(http.StatusBadRequest, "bad-body", r.problems)
	}
	return r.filled, nil
}

// placeOf tells at which byte a text stops being JSON.
func placeOf(err error) string {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return strconv.FormatInt(syntax.Offset, 10)
	}
	return "0"
}

// filled is what a body says besides the values of fields.
type filled struct {
	// secrets are by path. One that is left out keeps what is stored, null removes it.
	secrets map[string]admin.SecretInput
	// empty are the paths of secrets that are an empty text.
	empty []string
	// parts are the alternatives that were sent.
	parts []string
}

// problems are about secrets that are empty texts: whether they were meant to keep or
// to remove a secret cannot be known.
func (f filled) problems() []settings.Problem {
	var problems []settings.Problem
	for _, path := range slices.Sorted(slices.Values(f.empty)) {
		problems = append(problems, settings.Problem{Field: path, Code: settings.CodeRequired})
	}
	return problems
}

// maxShape is how many problems of form are told at a time.
const maxShape = 50

// reader reads JSON into fields. encoding/json alone would not tell the path of an
// unknown field, and takes fields in any case.
type reader struct {
	fields map[string]record.Field
	// parts are the paths of records in the record; optional ones may be null.
	parts, optional []string
	// readOnly are the paths of what is passed over: who sends back what they read means
	// no change by it.
	readOnly []string
	// nested are records that may be missing, and lists of records, by their paths.
	nested map[string]record.Part
	filled
	problems []settings.Problem
}

// newReader reads into fields; alternatives are records in the record of which each may
// be missing.
func newReader(fields []record.Field, alternatives []string) *reader {
	r := &reader{
		fields: map[string]record.Field{}, nested: map[string]record.Part{}, parts: slices.Clone(alternatives),
		optional: alternatives,
		filled:   filled{secrets: map[string]admin.SecretInput{}},
	}
	r.know(fields, nil)
	return r
}

// know takes further fields, and parts that may be missing.
func (r *reader) know(fields []record.Field, parts []record.Part) {
	for _, f := range fields {
		r.fields[f.Path] = f
		for path := f.Path; strings.Contains(path, "."); {
			path = path[:strings.LastIndexByte(path, '.')]
			r.parts = append(r.parts, path)
		}
	}
	for _, part := range parts {
		r.nested[part.Path] = part
	}
}

// part reads a list of records, or a record that may be null.
func (r *reader) part(part record.Part, raw json.RawMessage) {
	if !part.IsList {
		if !isNull(raw) {
			r.record(part, part.Path, raw)
		}
		return
	}
	var items []json.RawMessage
	if isNull(raw) || json.Unmarshal(raw, &items) != nil {
		r.wrong(part.Path, "array")
		return
	}
	for i, item := range items {
		if len(r.problems) >= maxShape || part.MostItems > 0 && i > part.MostItems {
			return // one too many is told by the rules
		}
		r.record(part, record.Join(part.Path, strconv.Itoa(i)), item)
	}
}

// record reads a record at a path and puts it into its part.
func (r *reader) record(part record.Part, path string, raw json.RawMessage) {
	one := part.New()
	r.know(record.Fields(path, one), record.OptionalParts(path, one))
	r.object(path, raw)
	part.Put(one)
}

func (r *reader) wrong(path, wanted string) {
	r.problems = append(
		r.problems, settings.Problem{Field: path, Code: codeWrongType, Values: map[string]string{"wanted": wanted}},
	)
}

func isNull(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "null" }

func (r *reader) object(path string, raw json.RawMessage) {
	if isNull(raw) && slices.Contains(r.optional, path) {
		return
	}
	var members map[string]json.RawMessage
	if isNull(raw) || json.Unmarshal(raw, &members) != nil {
		r.wrong(path, "object")
		return
	}
	if slices.Contains(r.optional, path) {
		r.filled.parts = append(r.filled.parts, path)
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if len(r.problems) >= maxShape {
			return
		}
		at := record.Join(path, name)
		field, known := r.fields[at]
		part, nested := r.nested[at]
		switch {
		case nested && part.Name == name:
			r.part(part, members[name])
		case known && field.Name == name:
			r.value(field, members[name])
		case slices.Contains(r.parts, at) && !strings.Contains(name, "."):
			r.object(at, members[name])
		case slices.Contains(r.readOnly, at):
		default:
			r.problems = append(
				r.problems, settings.Problem{Field: record.Join(path, shown(name)), Code: codeUnknownField},
			)
		}
	}
}

func (r *reader) value(f record.Field, raw json.RawMessage) {
	switch {
	case f.Secret() != nil:
		r.secret(f, raw)
	case isNull(raw):
		r.wrongValue(f)
	case f.Kind() == record.KindList:
		r.list(f, raw)
	case f.Kind() == record.KindMap:
		r.entries(f, raw)
	case json.Unmarshal(raw, f.Pointer()) != nil:
		r.wrongValue(f)
	}
}

func (r *reader) wrongValue(f record.Field) {
	r.wrong(f.Path, wanted(f))
	if _, date := f.Pointer().(*absence.Date); date {
		r.problems[len(r.problems)-1].Code = codeNotADate
	}
}

func (r *reader) secret(f record.Field, raw json.RawMessage) {
	var text *string
	switch {
	case json.Unmarshal(raw, &text) != nil:
		r.wrongValue(f)
	case text == nil:
		r.secrets[f.Path] = admin.SecretInput{Clear: true}
	default:
		r.secrets[f.Path] = admin.SecretInput{Value: settings.Secret(*text)}
		if *text == "" {
			r.empty = append(r.empty, f.Path)
		}
	}
}

// list tells of each item that is no text.
func (r *reader) list(f record.Field, raw json.RawMessage) {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		r.wrongValue(f)
		return
	}
	before := len(r.problems)
	for i, item := range items {
		if len(r.problems) >= maxShape {
			return
		}
		if isNull(item) || json.Unmarshal(item, new(string)) != nil {
			r.wrong(record.Join(f.Path, strconv.Itoa(i)), "string")
		}
	}
	if len(r.problems) == before && json.Unmarshal(raw, f.Pointer()) != nil {
		r.wrongValue(f)
	}
}

// entries tells of each entry of a map that is no text.
func (r *reader) entries(f record.Field, raw json.RawMessage) {
	var entries map[string]json.RawMessage
	if json.Unmarshal(raw, &entries) != nil {
		r.wrongValue(f)
		return
	}
	before := len(r.problems)
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		if len(r.problems) >= maxShape {
			return
		}
		if entry := entries[key]; isNull(entry) || json.Unmarshal(entry, new(string)) != nil {
			r.wrong(record.Join(f.Path, shown(key)), "string")
		}
	}
	if len(r.problems) == before && json.Unmarshal(raw, f.Pointer()) != nil {
		r.wrongValue(f)
	}
}

// shown is a name nobody knows as an error may repeat it.
func shown(name string) string {
	const longest = 60
	if len(name) > longest || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "(unknown)"
	}
	return name
}

// wanted names the type of a field as JSON does.
func wanted(f record.Field) string {
	switch f.Kind() {
	case record.KindSecret, record.KindSecretFile:
		return "string or null"
	case record.KindFlag:
		return "boolean"
	case record.KindNumber:
		return "integer"
	case record.KindList:
		return "array"
	case record.KindMap:
		return "object"
	}
	return "string"
}
