package api

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
)

// The codes of what is wrong with a body's form.
const (
	codeUnknownField = "unknown-field"
	codeWrongType    = "wrong-type"
	codeNotADate     = "not-a-date"
)

// read reads the request's JSON body into target, a pointer to a struct whose
// fields hold what counts where the body says nothing. Fields nobody knows and
// values of another type are told by their paths. On a refusal it has answered.
func read(c *gin.Context, target any) bool {
	data, ok := readAll(c)
	if !ok {
		return false
	}
	if len(bytes.TrimSpace(data)) == 0 {
		fail(c, http.StatusBadRequest, "bad-body.empty")
		return false
	}
	return decode(c, data, target)
}

// readAll reads the body, "" where there is none.
func readAll(c *gin.Context) ([]byte, bool) {
	if kind := c.GetHeader("Content-Type"); kind != "" {
		media, _, err := mime.ParseMediaType(kind)
		// curl's --data says it is a form; who may send it is settled before.
		if err != nil || media != "application/json" && media != "application/x-www-form-urlencoded" && !strings.HasSuffix(media, "+json") {
			fail(c, http.StatusUnsupportedMediaType, "not-json")
			return nil, false
		}
	}
	data, err := io.ReadAll(c.Request.Body)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		fail(c, http.StatusRequestEntityTooLarge, "too-large", "limit", strconv.FormatInt(tooLarge.Limit, 10))
		return nil, false
	}
	if err != nil {
		fail(c, http.StatusBadRequest, "bad-body.truncated")
		return nil, false
	}
	return data, true
}

func decode(c *gin.Context, data []byte, target any) bool {
	if !utf8.Valid(data) {
		fail(c, http.StatusBadRequest, "bad-encoding")
		return false
	}
	if err := json.Unmarshal(data, new(any)); err != nil {
		fail(c, http.StatusBadRequest, "bad-body.not-json", "at", place(err))
		return false
	}
	if problems := shape("", data, reflect.TypeOf(target).Elem()); len(problems) > 0 {
		failInvalid(c, http.StatusBadRequest, "bad-body", problems)
		return false
	}
	if err := json.Unmarshal(data, target); err != nil {
		fail(c, http.StatusBadRequest, "bad-body")
		return false
	}
	return true
}

// place tells at which byte a text stops being JSON.
func place(err error) string {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return strconv.FormatInt(syntax.Offset, 10)
	}
	return "0"
}

// maxShape is how many problems of form are told at a time.
const maxShape = 50

var unmarshalers = []reflect.Type{reflect.TypeFor[json.Unmarshaler](), reflect.TypeFor[encoding.TextUnmarshaler]()}

// shape compares a JSON value with the type it is to become: encoding/json alone
// would not tell the path of an unknown field, and takes fields in any case.
func shape(path string, raw json.RawMessage, t reflect.Type) []settings.Problem {
	wrong := []settings.Problem{{Field: path, Code: codeWrongType, Values: map[string]string{"wanted": wanted(t)}}}
	null := string(bytes.TrimSpace(raw)) == "null"
	switch {
	case slices.ContainsFunc(unmarshalers, reflect.PointerTo(t).Implements) && !reflect.PointerTo(t).Implements(reflect.TypeFor[shaped]()):
		if t == reflect.TypeFor[absence.Date]() {
			wrong[0].Code = codeNotADate
		}
		if null && t != reflect.TypeFor[secretBody]() || json.Unmarshal(raw, reflect.New(t).Interface()) != nil {
			return wrong
		}
		return nil
	case t.Kind() == reflect.Pointer:
		if null {
			return nil
		}
		return shape(path, raw, t.Elem())
	case null:
		return wrong
	case t.Kind() == reflect.Struct:
		return shapeOfObject(path, raw, t, wrong)
	case t.Kind() == reflect.Slice:
		return shapeOfList(path, raw, t, wrong)
	case json.Unmarshal(raw, reflect.New(t).Interface()) != nil:
		return wrong
	}
	return nil
}

func shapeOfObject(path string, raw json.RawMessage, t reflect.Type, wrong []settings.Problem) []settings.Problem {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return wrong
	}
	var problems []settings.Problem
	further, _ := reflect.New(t).Interface().(shaped)
	for _, name := range sortedKeys(members) {
		field, known := fieldOf(t, name)
		if further != nil && !known {
			if more, ok := further.shapes(name, members[name]); ok {
				problems = append(problems, more...)
				continue
			}
		}
		if !known {
			problems = append(problems, settings.Problem{Field: under(path, shown(name)), Code: codeUnknownField})
		} else {
			problems = append(problems, shape(under(path, name), members[name], field)...)
		}
		if len(problems) >= maxShape {
			break
		}
	}
	return problems
}

func shapeOfList(path string, raw json.RawMessage, t reflect.Type, wrong []settings.Problem) []settings.Problem {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return wrong
	}
	var problems []settings.Problem
	for i, item := range items {
		if problems = append(problems, shape(under(path, strconv.Itoa(i)), item, t.Elem())...); len(problems) >= maxShape {
			break
		}
	}
	return problems
}

func sortedKeys(members map[string]json.RawMessage) []string {
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// fieldOf finds the field of a JSON name.
func fieldOf(t reflect.Type, name string) (reflect.Type, bool) {
	for field := range t.Fields() {
		tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if tag == name && tag != "" {
			return field.Type, true
		}
	}
	return nil, false
}

func under(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// shown is a name nobody knows as an error may repeat it.
func shown(name string) string {
	const longest = 60
	if len(name) > longest || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "(unknown)"
	}
	return name
}

// wanted names a type as JSON does.
func wanted(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[secretBody]():
		return "string or null"
	case slices.ContainsFunc(unmarshalers, reflect.PointerTo(t).Implements):
		return "string"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return wanted(t.Elem())
	case reflect.Struct:
		return "object"
	case reflect.Slice:
		return "array"
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int64:
		return "integer"
	}
	return "string"
}

// secretBody is a secret as a body has it: left out keeps what is stored, a text
// replaces it, null removes it.
type secretBody struct {
	admin.SecretInput
	empty bool
}

// UnmarshalJSON reads a text or null.
func (s *secretBody) UnmarshalJSON(data []byte) error {
	var text *string
	if err := json.Unmarshal(data, &text); err != nil {
		return errors.New("a secret is a text or null")
	}
	*s = secretBody{}
	if text == nil {
		s.Clear = true
		return nil
	}
	s.Value, s.empty = settings.Secret(*text), *text == ""
	return nil
}

// wrongSecrets tells of empty texts: whether they were meant to keep or to remove
// a secret cannot be known.
func wrongSecrets(secrets map[string]secretBody) []settings.Problem {
	var problems []settings.Problem
	for field, secret := range secrets {
		if secret.empty {
			problems = append(problems, settings.Problem{Field: field, Code: settings.CodeRequired})
		}
	}
	slices.SortFunc(problems, func(a, b settings.Problem) int { return strings.Compare(a.Field, b.Field) })
	return problems
}
