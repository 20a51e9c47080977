package reference

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// document is what is shown of an OpenAPI 3.1 document
// (https://spec.openapis.org/oas/v3.1.1).
type document struct {
	Info struct {
		Title, Version, Description string
	}
	Tags []struct {
		Name, Description string
	}
	Paths      ordered[ordered[operation]]
	Components struct {
		Schemas    ordered[schema]
		Parameters map[string]parameter
		Responses  map[string]response
		Headers    map[string]header
	}
}

type operation struct {
	Tags        []string
	OperationID string
	Summary     string
	Description string
	Parameters  []parameter
	RequestBody *struct {
		Required bool
		Content  ordered[media]
	}
	Responses ordered[response]
	Security  []map[string][]string
	Role      string `json:"x-role"`
}

type parameter struct {
	Ref         string `json:"$ref"`
	Name, In    string
	Required    bool
	Description string
	Schema      schema
}

type response struct {
	Ref         string `json:"$ref"`
	Description string
	Headers     ordered[header]
	Content     ordered[media]
}

type header struct {
	Ref         string `json:"$ref"`
	Description string
}

type media struct {
	Schema  schema
	Example json.RawMessage
}

type schema struct {
	Ref         string `json:"$ref"`
	Type        kinds
	Format      string
	Description string
	Enum        []any
	Items       *schema
	Properties  ordered[schema]
	Required    []string
	AllOf       []schema
	MaxLength   *int
	MaxItems    *int
	Pattern     string
	Minimum     *json.Number
	Maximum     *json.Number
	Default     json.RawMessage
	WriteOnly   bool
}

// kinds is a schema's type: one word or a list of words.
type kinds []string

// UnmarshalJSON implements json.Unmarshaler.
func (k *kinds) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte("[")) {
		return json.Unmarshal(data, (*[]string)(k))
	}
	*k = kinds{""}
	return json.Unmarshal(data, &(*k)[0])
}

// member is one member of an object.
type member[T any] struct {
	Name  string
	Value T
}

// ordered is an object with its members in the order of the document, which is
// the order to read them in.
type ordered[T any] []member[T]

// UnmarshalJSON implements json.Unmarshaler.
func (o *ordered[T]) UnmarshalJSON(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return fmt.Errorf("not an object: %v", start)
	}
	*o = nil
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		one := member[T]{Name: fmt.Sprint(name)}
		if err := decoder.Decode(&one.Value); err != nil {
			return fmt.Errorf("%s: %w", one.Name, err)
		}
		*o = append(*o, one)
	}
	return nil
}

// last is the last part of a reference.
func last(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// resolve puts what is referred to in place of references, but for schemas, which
// have a place of their own on the page.
func (d *document) resolve() {
	for _, path := range d.Paths {
		for i := range path.Value {
			op := &path.Value[i].Value
			for j, one := range op.Parameters {
				if one.Ref != "" {
					op.Parameters[j] = d.Components.Parameters[last(one.Ref)]
				}
			}
			for j := range op.Responses {
				d.resolveResponse(&op.Responses[j].Value)
			}
		}
	}
}

func (d *document) resolveResponse(r *response) {
	if r.Ref != "" {
		*r = d.Components.Responses[last(r.Ref)]
	}
	for i, one := range r.Headers {
		if one.Value.Ref != "" {
			r.Headers[i].Value = d.Components.Headers[last(one.Value.Ref)]
		}
	}
}
