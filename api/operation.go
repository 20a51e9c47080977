package api

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// operation is what the document says of an operation besides its types.
type operation struct {
	// at is the method and the path: "GET /api/v1/sources/{source}".
	at, id, tag, summary, description string
	// status is that of success, 200 when it is 0, and answer what it means. also has
	// further answers that are no problems, with what they mean.
	status int
	answer string
	also   map[int]*huma.Response
	// refuses are the problems beyond those that follow from the role, the path, the
	// body and the headers.
	refuses []int
	// problems say more of some problems than all operations have in common.
	problems map[int]string
	// optional says that the body may be missing.
	optional bool
	// sends is an example of the body, in JSON, and example one of the answer.
	sends   string
	example any
	// content is what an answer that is no JSON is: its media type.
	content string
	// json is a value of the type of a JSON answer that the handler writes itself.
	json any
	// token is the security scheme of an operation that asks for no role.
	token string
}

// anything is what a plain operation is sent: an object that is not described here.
const anything = "{}"

// method and path are the two parts of at.
func (o operation) method() string { method, _, _ := strings.Cut(o.at, " "); return method }
func (o operation) path() string   { _, path, _ := strings.Cut(o.at, " "); return path }

// door is where operations for one role are registered. It is the framework's view of
// this server: what it does otherwise than the framework is written here.
type door struct {
	huma.API
	server *Server
	role   access.Role
}

// group serves operations to whoever has the role.
func (s *Server) group(role access.Role, limit int64, time gin.HandlerFunc) door {
	return s.door(role, s.allow(role), limitBody(limit), time)
}

func (s *Server) door(role access.Role, steps ...gin.HandlerFunc) door {
	group := s.router.Group("", steps...)
	return door{
		API: humagin.NewWithGroup(s.router, group, huma.Config{OpenAPI: s.document.OpenAPI}), server: s, role: role,
	}
}

// register serves an operation and describes it by the types of its handler.
func register[I, O any](d door, op operation, handle func(context.Context, *I) (*O, error)) {
	described := d.server.document.describe(op)
	described.Middlewares = huma.Middlewares{checkQuery}
	described.Metadata = map[string]any{operationKey: op}
	described.SkipValidateParams, described.SkipValidateBody = true, true // in our own words
	described.MaxBodyBytes, described.BodyReadTimeout = -1, readTime      // limitBody has the limit
	huma.Register(d, described, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, d.server.refusalOf(op.id, err)
		}
		return out, nil
	})
}

// operationKey is where the framework's operation has ours.
const operationKey = "operation"

// plain describes an operation that is no part of the REST API, and serves it unless it
// has no steps here.
func (s *Server) plain(op operation, parameters []*huma.Param, steps ...gin.HandlerFunc) {
	described := s.document.describe(op)
	described.Parameters = parameters
	if op.sends != "" {
		described.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/json": {Schema: &huma.Schema{Type: huma.TypeObject}},
		}}
	}
	s.document.add(&described, op, "")
	if len(steps) == 0 {
		return
	}
	path := strings.NewReplacer("{", ":", "}", "").Replace(op.path())
	s.router.Handle(op.method(), path, steps...)
}

// DocumentOperation implements huma.OperationDocumenter. What is wrong with a body is
// told where it is read, after what is said of the record: to the framework none is
// required, and each can be read.
func (d door) DocumentOperation(op *huma.Operation) {
	ours, _ := op.Metadata[operationKey].(operation)
	documented := *op
	documented.Responses = maps.Clone(op.Responses)
	if op.RequestBody != nil {
		body := *op.RequestBody
		body.Required = !ours.optional
		documented.RequestBody, op.RequestBody.Required = &body, false
		op.Middlewares = append(op.Middlewares, keepFault)
	}
	d.server.document.add(&documented, ours, d.role)
}

// Negotiate implements huma.API: whatever is asked for, JSON is what there is.
func (d door) Negotiate(string) (string, error) { return "application/json; charset=utf-8", nil }

// Marshal implements huma.API.
func (d door) Marshal(w io.Writer, _ string, value any) error {
	data, err := json.Marshal(value)
	if err == nil {
		_, err = w.Write(data)
	}
	return err
}

// Unmarshal implements huma.API. A body is read where it is known what counts where it
// says nothing: here it is kept.
func (d door) Unmarshal(_ string, data []byte, into any) error {
	into.(interface{ keep(data []byte) }).keep(data)
	return nil
}

// Transform implements huma.API: refusals are told in the language asked for.
func (d door) Transform(ctx huma.Context, _ string, value any) (any, error) {
	if err, ok := value.(*refusal); ok {
		return err.in(texts.Pick(ctx.Header("Accept-Language"))), nil
	}
	return value, nil
}

// checkQuery compares the numbers of the query with what the document says of them.
func checkQuery(ctx huma.Context, next func(huma.Context)) {
	var problems []settings.Problem
	for _, p := range ctx.Operation().Parameters {
		if text := ctx.Query(p.Name); p.In == "query" && p.Schema.Type == huma.TypeInteger && text != "" {
			problems = append(problems, numberProblems(p, text)...)
		}
	}
	if len(problems) > 0 {
		refuse(humagin.Unwrap(ctx), invalid(http.StatusUnprocessableEntity, "invalid", problems))
		return
	}
	next(ctx)
}

func numberProblems(p *huma.Param, text string) []settings.Problem {
	least, most := int64(math.MinInt64), int64(math.MaxInt64)
	if p.Schema.Minimum != nil {
		least = int64(*p.Schema.Minimum)
	}
	if p.Schema.Maximum != nil {
		most = int64(*p.Schema.Maximum)
	}
	if value, err := strconv.ParseInt(text, 10, 64); err == nil && value >= least && value <= most {
		return nil
	}
	return []settings.Problem{{
		Field: p.Name, Code: settings.CodeBadNumber,
		Values: map[string]string{"least": strconv.FormatInt(least, 10), "most": strconv.FormatInt(most, 10)},
	}}
}

// usual are the statuses of the problems that an operation may have by its role, path,
// body and headers.
func usual(op *huma.Operation, role access.Role) []int {
	var all []int
	if role != "" {
		all = append(
			all, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests,
			http.StatusServiceUnavailable,
		)
	}
	if role != "" && slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.In == "path" }) {
		all = append(all, http.StatusNotFound)
	}
	if role != "" && op.RequestBody != nil {
		all = append(all, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	for _, p := range op.Parameters {
		if p.Name == "If-Match" {
			all = append(all, http.StatusPreconditionFailed)
			if p.Required {
				all = append(all, http.StatusPreconditionRequired)
			}
		}
	}
	return all
}
