package api

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/problem"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/web/texts"
	"github.com/figgosync/figgosync/workflows"
)

// problemBody is a problem as this API answers it.
type problemBody struct {
	problem.Problem
	// Errors tell of each field that is wrong.
	Errors []fieldProblem `json:"errors,omitempty" doc:"Each field that is wrong."`
	// Version, ChangedAt and ChangedBy are those of the record that another person
	// has changed meanwhile.
	Version   settings.Version `json:"version,omitempty" doc:"On 412: the version there is now."`
	ChangedAt *time.Time       `json:"changedAt,omitempty" doc:"On 412: when somebody else changed it."`
	ChangedBy *settings.Author `json:"changedBy,omitempty"`
	// UsedBy names what needs a record that was to be removed.
	UsedBy *usedByBody `json:"usedBy,omitempty"`
	// Breaker has the numbers that are waited for.
	Breaker *workflows.Breaker `json:"breaker,omitempty"`
}

// fieldProblem is one field that is wrong, with a text in the language asked for.
type fieldProblem struct {
	Field  string `json:"field" doc:"Path of the field, such as office365.tenantId or legalEntities.2; the name of a parameter of the query."`
	Code   string `json:"code" doc:"A stable word for programs."`
	Detail string `json:"detail" doc:"What is wrong and what to write, in the language of Accept-Language."`
}

type usedByBody struct {
	Kind  settings.Kind `json:"kind"`
	Names []string      `json:"names"`
}

// refusal is an error that is answered as a problem, in the language asked for.
type refusal struct {
	status   int
	code     string
	detail   texts.Text
	problems []settings.Problem
	usedBy   *usedByBody
	// now is the version there is of what somebody else has changed.
	now stamp
	// breaker is what is waited for, where other numbers were approved.
	breaker *workflows.Breaker
}

// refused is a refusal with the text of a message. What stands behind a dot of the
// message's key is not part of the code. values are names and texts in turn.
func refused(status int, message string, values ...string) *refusal {
	for i := range values {
		if i%2 == 0 {
			values[i] = "{" + values[i] + "}"
		}
	}
	code, _, _ := strings.Cut(message, ".")
	fill := strings.NewReplacer(values...)
	return &refusal{status: status, code: code, detail: texts.Text{
		FR: fill.Replace(messages[message].FR), EN: fill.Replace(messages[message].EN),
	}}
}

// invalid is a refusal that tells of each field that is wrong.
func invalid(status int, code string, problems []settings.Problem) *refusal {
	return &refusal{status: status, code: code, detail: messages["invalid"], problems: problems}
}

// valid refuses a body with problems, where there are any.
func valid(problems []settings.Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return invalid(http.StatusUnprocessableEntity, "invalid", problems)
}

// Error tells the code.
func (r *refusal) Error() string { return r.code }

// GetStatus implements huma.StatusError.
func (r *refusal) GetStatus() int { return r.status }

// ContentType implements huma.ContentTypeFilter.
func (r *refusal) ContentType(string) string { return problem.MediaType }

// Schema implements huma.SchemaProvider: what is answered is a problem.
func (r *refusal) Schema(registry huma.Registry) *huma.Schema {
	return registry.Schema(reflect.TypeFor[problemBody](), true, "")
}

// in is the problem in a language.
func (r *refusal) in(lang texts.Lang) problemBody {
	p := problemBody{Problem: problem.New(r.status, r.code, r.detail.In(lang)), UsedBy: r.usedBy, Breaker: r.breaker}
	for _, one := range r.problems {
		p.Errors = append(p.Errors, fieldProblem{Field: one.Field, Code: one.Code, Detail: fieldText(lang, one)})
	}
	if r.now.version != 0 {
		p.Version, p.ChangedAt, p.ChangedBy = r.now.version, moment(r.now.at), &r.now.by
	}
	return p
}

// refuse ends a request that is not one of the described operations' with an error.
func refuse(c *gin.Context, err *refusal) {
	c.Abort()
	problem.Write(c.Writer, err.status, err.in(language(c)))
}

func language(c *gin.Context) texts.Lang { return texts.Pick(c.GetHeader("Accept-Language")) }

// The framework makes errors of its own for what cannot be read, and has no other place
// to say how those are answered.
func init() {
	huma.NewError = func(status int, _ string, _ ...error) huma.StatusError { return refused(status, "bad-body") }
}

// refusalOf is how an error of the admin package is answered that needs no words of
// its own. operation is for the log.
func (s *Server) refusalOf(operation string, err error) *refusal {
	if known, ok := errors.AsType[*refusal](err); ok {
		return known
	}
	if wrong, ok := errors.AsType[*settings.InvalidError](err); ok {
		return invalid(http.StatusUnprocessableEntity, "invalid", wrong.Problems)
	}
	if inUse, ok := errors.AsType[*settings.InUseError](err); ok {
		answer := refused(http.StatusConflict, "in-use")
		answer.usedBy = &usedByBody{inUse.Kind, inUse.Names}
		return answer
	}
	switch {
	case errors.Is(err, settings.ErrChanged):
		return refused(http.StatusConflict, "changed")
	case errors.Is(err, settings.ErrExists):
		return refused(http.StatusConflict, "name-taken")
	case errors.Is(err, settings.ErrNotFound):
		return refused(http.StatusNotFound, "not-found")
	case errors.Is(err, admin.ErrReadOnly):
		return refused(http.StatusConflict, "read-only")
	case errors.Is(err, access.ErrNotPerson):
		return refused(http.StatusForbidden, "people-only")
	case errors.Is(err, admin.ErrEngineDown), errors.Is(err, starter.ErrNoWorker),
		errors.Is(err, starter.ErrUnreadable):
		s.config.Log.Error("Temporal did not do what was asked", "operation", operation, "error", err)
		return refused(http.StatusServiceUnavailable, "engine-down")
	}
	s.config.Log.Error("cannot read or write the settings", "operation", operation, "error", err)
	return refused(http.StatusServiceUnavailable, "settings-down")
}

// author is who makes the request, on an operation that asks for a role.
func author(ctx context.Context) settings.Author { return principal(ctx).Author() }

func principal(ctx context.Context) access.Principal {
	known, _ := access.From(ctx)
	return known
}
