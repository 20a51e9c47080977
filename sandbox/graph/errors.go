package graph

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/figgosync/figgosync/sandbox/imitation"
)

// failure is an error as Graph answers it. Codes are those of
// learn.microsoft.com/graph/errors and of Exchange's own list.
type failure struct {
	status     int
	code       string
	message    string
	retryAfter time.Duration
	missing    string // what the service does not imitate, "" for every other refusal
}

func (f *failure) Error() string { return fmt.Sprintf("%d %s: %s", f.status, f.code, f.message) }

func fail(status int, code, format string, args ...any) *failure {
	return &failure{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

func failBody(format string, args ...any) *failure {
	return fail(http.StatusBadRequest, "RequestBodyRead", format, args...)
}

// failProperty is Exchange's answer to a value that is well-formed but not
// acceptable. Its text seldom says which property.
func failProperty(text string) *failure {
	return fail(http.StatusBadRequest, "ErrorPropertyValidationFailure", "%s", text)
}

func failBadRequest(format string, args ...any) *failure {
	return fail(http.StatusBadRequest, "BadRequest", format, args...)
}

func failNotFound() *failure {
	return fail(http.StatusNotFound, "ErrorItemNotFound", "The specified object was not found in the store.")
}

// failRefused is for what the sandbox will not imitate and figgosync must never send.
func failRefused(property string) *failure {
	return fail(http.StatusBadRequest, "SandboxRefused", "The sandbox refuses '%s': figgosync must never send it.",
		property)
}

// failNotImitated is the answer to what Graph would serve.
func failNotImitated(what string) *failure {
	f := fail(http.StatusNotImplemented, imitation.Code, "Sandbox: not imitated: %s", what)
	f.missing = what
	return f
}

func failInternal(err error) *failure {
	return fail(http.StatusInternalServerError, "ErrorInternalServerError", "An internal server error occurred. %v",
		err)
}

// answer is a response not yet written, so that a batch can hold several.
type answer struct {
	status int
	header http.Header
	body   any // nil for none
}

// identify names the request: Graph's own id, and the client's or the same.
func identify(req *request) http.Header {
	header := http.Header{}
	header.Set("request-id", uuid.NewString())
	header.Set("client-request-id", req.header.Get("client-request-id"))
	if header.Get("client-request-id") == "" {
		header.Set("client-request-id", header.Get("request-id"))
	}
	return header
}

func (s *Service) failed(req *request, f *failure) answer {
	header := identify(req)
	if f.status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`)
	}
	if f.missing != "" {
		header.Set(imitation.Header, f.missing)
	}
	if f.retryAfter > 0 {
		header.Set("Retry-After", strconv.FormatFloat(f.retryAfter.Seconds(), 'f', 3, 64))
	}
	return answer{status: f.status, header: header, body: map[string]any{"error": map[string]any{
		"code": f.code, "message": f.message,
		"innerError": map[string]any{
			"date":              s.cfg.Now().UTC().Format("2006-01-02T15:04:05"),
			"request-id":        header.Get("request-id"),
			"client-request-id": header.Get("client-request-id"),
		},
	}}}
}

const jsonType = "application/json; odata.metadata=minimal; odata.streaming=true; IEEE754Compatible=false; charset=utf-8"

func (a answer) write(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	text, err := json.Marshal(a.body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(a.status)
	_, _ = w.Write(text)
}
