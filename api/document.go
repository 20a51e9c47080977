package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// document describes this API (https://spec.openapis.org/oas/v3.1.1), in the order in
// which operations are registered and fields are written: that is the order to read
// them in.
type document struct {
	*huma.OpenAPI
	paths []string
	// operations are those of each path, in order.
	operations map[string]*ordered[*huma.Operation]
}

func newDocument() *document {
	registry := newSchemas()
	d := &document{operations: map[string]*ordered[*huma.Operation]{}, OpenAPI: &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "figgosync", Version: "1",
			Description: "Absences of Figgo (Lucca) into their owners' calendars. Bodies are camelCase JSON in " +
				"UTF-8; fields nobody knows are refused. Errors are application/problem+json (RFC 9457) with a " +
				"stable code. Times are RFC 3339 in UTC, dates YYYY-MM-DD. Texts for people follow " +
				"Accept-Language: French or English. Single settings have an ETag: send it in If-Match to change " +
				"or remove them. Secrets are never answered.",
		},
		Servers: []*huma.Server{{URL: "/"}},
		Components: &huma.Components{
			Schemas: registry, Responses: map[string]*huma.Response{}, SecuritySchemes: securitySchemes,
		},
	}}
	for _, tag := range tags {
		d.Tags = append(d.Tags, &huma.Tag{Name: tag[0], Description: tag[1]})
	}
	for _, one := range commonProblems {
		d.Components.Responses[one.name] = one.response(registry)
	}
	return d
}

// tags are the sections of the document.
var tags = [][2]string{
	{"sources", "Lucca accounts that absences come from."},
	{"connections", "Credentials for calendar systems."},
	{"synchronizations", "Which legal entities go where, and how absences look."},
	{"overview", "How all of it does."},
	{"absences", "What became of each absence."},
	{"initializations", "Writing what Figgo already has."},
	{"reconciliations", "Proving that calendars show what Figgo says."},
	{"removals", "Taking our events out of calendars again."},
	{"held", "Live deletions that wait for a decision."},
	{"audit-log", "Who changed what, and the settings as a whole."},
	{"alerts", "Who is told of troubles, and what is wrong now."},
	{"tokens", "API tokens for programs, and who is signed in."},
	{"webhooks", "What Lucca calls."},
	{"operation", "Probes, metrics and this document."},
}

var securitySchemes = map[string]*huma.SecurityScheme{
	"token": {
		Type: "http", Scheme: "bearer", Description: "An API token, made under tokens or given as FIGGOSYNC_API_TOKEN.",
	},
	"codecToken": {
		Type: "http", Scheme: "bearer", Description: "The token of FIGGOSYNC_CODEC_TOKEN, which opens nothing else.",
	},
	"session": {
		Type: "apiKey", In: "cookie", Name: "figgosync",
		Description: "Somebody signed in with a browser; over https the cookie is named __Host-figgosync.",
	},
}

// commonProblem is what one status means wherever the document says no more.
type commonProblem struct {
	status      int
	name        string
	description string
	example     *refusal
}

var commonProblems = []commonProblem{
	{
		400, "BadBody", "The body is no JSON, not UTF-8, or has unknown fields or values of another type.",
		invalid(400, "bad-body", []settings.Problem{{Field: "policy.colour", Code: codeUnknownField}}),
	},
	{401, "Unauthorized", "Nobody is known by the token or the session.", refused(401, "unauthorized")},
	{
		403, "Forbidden", "The role is not enough, or the request came from another site's page.",
		refused(403, "forbidden"),
	},
	{404, "NotFound", "There is nothing of this name or id.", refused(404, "unknown-source")},
	{
		409, "Conflict",
		"It cannot be done as things are: read-only (the settings come from a file), name-taken, in-use, or what the " +
			"description names.",
		refused(409, "name-taken"),
	},
	{412, "Changed", "Somebody else has changed it meanwhile; nothing was overwritten.", stamp{
		4, exampleTime, settings.Author{ID: "person:42", Name: "Jane Doe"},
	}.changed()},
	{413, "TooLarge", "The body is too long.", refused(413, "too-large", "limit", strconv.Itoa(adminBody))},
	{415, "NotJSON", "The body is said to be something else than JSON.", refused(415, "not-json")},
	{
		422, "Invalid", "Fields are not valid; nothing was done.",
		invalid(422, "invalid", []settings.Problem{{Field: "host", Code: settings.CodeNotHTTPS}}),
	},
	{428, "VersionRequired", "If-Match is missing.", refused(428, "version-required")},
	{
		429, "TooMany", "Too many wrong tokens, signatures or keys from this network, or too many streams.",
		refused(429, "too-many-refused"),
	},
	{503, "Down", "Temporal or the settings do not answer; try again later.", refused(503, "engine-down")},
}

func (p commonProblem) response(registry huma.Registry) *huma.Response {
	return problemResponse(registry, p.description, p.example.in(texts.English))
}

// problemResponse describes a problem; example may be nil.
func problemResponse(registry huma.Registry, description string, example any) *huma.Response {
	return &huma.Response{Description: description, Content: map[string]*huma.MediaType{
		"application/problem+json": {
			Schema: registry.Schema(reflect.TypeFor[problemBody](), true, ""), Example: example,
		},
	}}
}

// describe is the framework's form of an operation.
func (d *document) describe(op operation) huma.Operation {
	status := max(op.status, http.StatusOK)
	described := huma.Operation{
		Method: op.method(), Path: op.path(), OperationID: op.id, Tags: []string{op.tag}, Summary: op.summary,
		Description:   op.description,
		DefaultStatus: status, Responses: map[string]*huma.Response{},
	}
	success := &huma.Response{Description: op.answer}
	switch {
	case op.content != "":
		success = media(op.answer, op.content)
	case op.json != nil:
		schema := d.Components.Schemas.Schema(reflect.TypeOf(op.json), true, "")
		success.Content = map[string]*huma.MediaType{"application/json": {Schema: schema}}
	}
	described.Responses[strconv.Itoa(status)] = success
	for status, response := range op.also {
		described.Responses[strconv.Itoa(status)] = response
	}
	if op.sends != "" {
		described.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{
			"application/json": {Example: json.RawMessage(op.sends)},
		}}
	}
	return described
}

// media describes an answer that is a text.
func media(description, kind string) *huma.Response {
	return &huma.Response{
		Description: description,
		Content:     map[string]*huma.MediaType{kind: {Schema: &huma.Schema{Type: huma.TypeString}}},
	}
}

// page describes an answer to a browser.
func page(description string) *huma.Response { return media(description, "text/html") }

// add puts an operation into the document.
func (d *document) add(described *huma.Operation, op operation, role access.Role) {
	delete(described.Responses, "default")
	for _, status := range append(usual(described, role), op.refuses...) {
		d.addProblem(described, status)
	}
	for status, description := range op.problems {
		described.Responses[strconv.Itoa(status)] = problemResponse(d.Components.Schemas, description, nil)
	}
	if op.example != nil {
		described.Responses[strconv.Itoa(described.DefaultStatus)].Content["application/json"].Example = op.example
	}
	if role != "" {
		described.Security = []map[string][]string{{"token": {}}, {"session": {}}}
		described.Extensions = map[string]any{"x-role": role}
	}
	if op.token != "" {
		described.Security = []map[string][]string{{op.token: {}}}
	}
	d.AddOperation(described)
	if d.operations[op.path()] == nil {
		d.paths, d.operations[op.path()] = append(d.paths, op.path()), &ordered[*huma.Operation]{}
	}
	d.operations[op.path()].put(strings.ToLower(op.method()), described)
}

func (d *document) addProblem(described *huma.Operation, status int) {
	at := slices.IndexFunc(commonProblems, func(p commonProblem) bool { return p.status == status })
	described.Responses[strconv.Itoa(status)] = &huma.Response{Ref: "#/components/responses/" + commonProblems[at].name}
}

// json is the document as it is served. Nothing may be registered after it.
func (d *document) json() ([]byte, error) {
	paths := &ordered[*ordered[*huma.Operation]]{}
	for _, path := range d.paths {
		for _, op := range d.operations[path].values {
			tidyOperation(op)
		}
		paths.put(path, d.operations[path])
	}
	d.Extensions = map[string]any{"paths": paths}
	d.Components.Schemas.(*schemas).tidy()
	return json.Marshal(d.OpenAPI)
}

// tidyOperation says of headers what the framework says of their values only.
func tidyOperation(op *huma.Operation) {
	for _, p := range op.Parameters {
		p.Explode = nil
		tidySchema(p.Schema)
		if p.Schema != nil {
			p.Schema.Description = ""
		}
	}
	for _, response := range op.Responses {
		for name, header := range response.Headers {
			header.Description, header.Schema.Description = header.Schema.Description, ""
			header.Required = name == "Location"
		}
		for _, media := range response.Content {
			tidySchema(media.Schema)
		}
	}
}

// openAPI answers the document.
func (s *Server) openAPI(c *gin.Context) {
	document, err := s.described()
	if err != nil {
		s.config.Log.Error("the API cannot be described", "error", err)
		refuse(c, refused(http.StatusInternalServerError, "internal"))
		return
	}
	c.Data(http.StatusOK, "application/json; charset=utf-8", document)
}

// ordered is an object whose members are written in the order in which they were put.
type ordered[T any] struct {
	names  []string
	values map[string]T
}

func (o *ordered[T]) put(name string, value T) {
	if o.values == nil {
		o.values = map[string]T{}
	}
	o.names, o.values[name] = append(o.names, name), value
}

// MarshalJSON implements json.Marshaler.
func (o *ordered[T]) MarshalJSON() ([]byte, error) {
	text := []byte("{")
	for i, name := range o.names {
		if i > 0 {
			text = append(text, ',')
		}
		key, _ := json.Marshal(name)
		value, err := json.Marshal(o.values[name])
		if err != nil {
			return nil, err
		}
		text = append(append(append(text, key...), ':'), value...)
	}
	return append(text, '}'), nil
}

// inOrder is a map as ordered writes it; names that it lacks are left out, and those
// that names lacks come last.
func inOrder[T any](names []string, values map[string]T) *ordered[T] {
	o := &ordered[T]{}
	for _, name := range append(names, slices.Sorted(maps.Keys(values))...) {
		if value, ok := values[name]; ok && !slices.Contains(o.names, name) {
			o.put(name, value)
		}
	}
	return o
}
