package figgo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"
)

// ErrBody is what every decoder returns, inside a BodyError, for a body it
// cannot read. The answer to the sender is 400.
var ErrBody = errors.New("the body cannot be read")

// BodyError names the field of a body that cannot be read and what is wrong
// with it. It never holds the value: bodies are personal data, errors are
// logged. It is ErrBody.
type BodyError struct {
	// Field is the path of the field, such as data.days[3].date; "" for the
	// body as a whole.
	Field string
	// Problem is a short text in English.
	Problem string
}

// Error joins field and problem.
func (e *BodyError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("%v: %s", ErrBody, e.Problem)
	}
	return fmt.Sprintf("%v: %s: %s", ErrBody, e.Field, e.Problem)
}

// Unwrap makes every BodyError an ErrBody.
func (e *BodyError) Unwrap() error { return ErrBody }

// value is one JSON value of a body, with its path. Members are picked by name
// and nothing else is decoded: health details, comments and links stay bytes
// that nobody looks at. The first problem is kept in problem and the readers
// after it answer zero values, so a decoder reads straight down.
type value struct {
	raw     json.RawMessage
	path    string
	problem *error
}

// members are the picked members of one JSON object.
type members struct {
	of     value
	values map[string]json.RawMessage
}

// bodyOf checks that body is one JSON value in UTF-8 with nothing after it.
func bodyOf(body []byte, problem *error) value {
	// A byte order mark is not JSON, but some .NET writers send one.
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	v := value{problem: problem}
	switch {
	case !utf8.Valid(body):
		v.fail("it is not UTF-8")
	case len(bytes.TrimSpace(body)) == 0:
		v.fail("it is empty")
	case !json.Valid(body):
		v.fail("it is not one JSON value")
	default:
		v.raw = bytes.TrimSpace(body)
	}
	return v
}

func (v value) fail(problem string) {
	if *v.problem == nil {
		*v.problem = &BodyError{Field: v.path, Problem: problem}
	}
}

// apart is the same value with its own problem, for what may be unreadable
// without spoiling the rest.
func (v value) apart() value {
	v.problem = new(error)
	return v
}

// present is false for a member that is missing or null.
func (v value) present() bool { return len(v.raw) > 0 && string(v.raw) != "null" }

// required is v, or a problem when it is not there.
func (v value) required() value {
	if !v.present() {
		v.fail("it is missing")
	}
	return v
}

// mustBeObject refuses any other body, null too.
func (v value) mustBeObject() {
	if len(v.raw) > 0 && v.raw[0] != '{' {
		v.fail("it must be an object, not " + kindOfJSON(v.raw))
	}
}

// discard is a JSON value that is skipped.
type discard struct{}

// UnmarshalJSON keeps nothing.
func (*discard) UnmarshalJSON([]byte) error { return nil }

// members picks the named members of an object. A name that stands twice is a
// problem: readers disagree on which one counts. An absent value has no members.
func (v value) members(names ...string) members {
	m := members{of: v, values: make(map[string]json.RawMessage, len(names))}
	if !v.present() {
		return m
	}
	if v.mustBeObject(); v.raw[0] != '{' {
		return m
	}
	dec := json.NewDecoder(bytes.NewReader(v.raw))
	_, _ = dec.Token() // the brace just seen
	for dec.More() {
		if err := m.pick(dec, names); err != nil {
			v.fail("it is not one JSON value")
			return m
		}
	}
	return m
}

// pick reads one member, keeping it when it is among names.
func (m members) pick(dec *json.Decoder, names []string) error {
	token, err := dec.Token()
	if err != nil {
		return err
	}
	name, _ := token.(string)
	if !slices.Contains(names, name) {
		return dec.Decode(&discard{})
	}
	if _, twice := m.values[name]; twice {
		m.at(name).fail("it stands there twice")
	}
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		return err
	}
	m.values[name] = raw
	return nil
}

// at returns a picked member, absent when the object has none.
func (m members) at(name string) value {
	path := name
	if m.of.path != "" {
		path = m.of.path + "." + name
	}
	return value{raw: m.values[name], path: path, problem: m.of.problem}
}

// items returns the elements of an array, none for an absent value. More than
// limit elements are a problem.
func (v value) items(limit int) []value {
	if !v.present() {
		return nil
	}
	var raws []json.RawMessage
	if v.raw[0] != '[' || json.Unmarshal(v.raw, &raws) != nil {
		v.fail("it must be a list, not " + kindOfJSON(v.raw))
		return nil
	}
	if len(raws) > limit {
		v.fail(fmt.Sprintf("it has more than %d elements", limit))
		return nil
	}
	items := make([]value, len(raws))
	for i, raw := range raws {
		items[i] = value{raw: raw, path: v.path + "[" + strconv.Itoa(i) + "]", problem: v.problem}
	}
	return items
}

// kindOfJSON names what a JSON value is by its first byte.
func kindOfJSON(raw json.RawMessage) string {
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a text"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	default:
		return "a number"
	}
}
