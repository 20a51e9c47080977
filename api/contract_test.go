package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// contract compares a server's answers with its OpenAPI document.
type contract struct {
	t        *testing.T
	server   *httptest.Server
	document *openapi3.T
	live     live
	// answered are "operation status" that came about.
	answered map[string]bool
}

func newContract(t *testing.T, handler http.Handler) *contract {
	t.Helper()
	c := &contract{t: t, server: httptest.NewServer(handler), answered: map[string]bool{}}
	t.Cleanup(c.server.Close)
	response, err := http.Get(c.server.URL + "/api/v1/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if c.document, err = openapi3.NewLoader().LoadFromData(raw); err != nil {
		t.Fatal(err)
	}
	if err := c.document.Validate(t.Context()); err != nil {
		t.Fatalf("the document is no good: %v", err)
	}
	seen := map[*openapi3.Schema]bool{}
	for _, schema := range c.document.Components.Schemas {
		closeSchema(schema, seen)
	}
	for _, path := range c.document.Paths.Map() {
		for _, operation := range path.Operations() {
			for _, response := range operation.Responses.Map() {
				for _, media := range response.Value.Content {
					closeSchema(media.Schema, seen)
				}
			}
		}
	}
	return c
}

// closeSchema makes fields that are not described an error: clients may meet new
// ones, this document may not lack any.
func closeSchema(ref *openapi3.SchemaRef, seen map[*openapi3.Schema]bool) {
	if ref == nil || ref.Value == nil || seen[ref.Value] {
		return
	}
	seen[ref.Value] = true
	if len(ref.Value.Properties) > 0 && ref.Value.AdditionalProperties.Has == nil && ref.Value.AdditionalProperties.Schema == nil {
		ref.Value.AdditionalProperties.Has = new(false)
	}
	closeSchema(ref.Value.Items, seen)
	for _, property := range ref.Value.Properties {
		closeSchema(property, seen)
	}
}

// find returns the operation that a request belongs to.
func find(document *openapi3.T, method, path string) *openapi3.Operation {
	parts := strings.Split(path, "/")
	var best *openapi3.Operation
	for template, item := range document.Paths.Map() {
		wanted := strings.Split(template, "/")
		fits := len(wanted) == len(parts)
		for i := 0; fits && i < len(wanted); i++ {
			fits = wanted[i] == parts[i] || strings.HasPrefix(wanted[i], "{")
		}
		if operation := item.GetOperation(method); fits && operation != nil && (best == nil || !strings.Contains(template, "{")) {
			best = operation
		}
	}
	return best
}

// check compares one answer with the document.
func check(document *openapi3.T, method, path string, response *http.Response, body []byte) error {
	operation := find(document, method, path)
	if operation == nil {
		return fmt.Errorf("%s %s is not described", method, path)
	}
	described := operation.Responses.Value(fmt.Sprint(response.StatusCode))
	if described == nil {
		return fmt.Errorf("%s: status %d is not described: %.300s", operation.OperationID, response.StatusCode, body)
	}
	if len(described.Value.Content) == 0 {
		if len(body) > 0 {
			return fmt.Errorf("%s: %d has a body that is not described: %.100s", operation.OperationID, response.StatusCode, body)
		}
		return nil
	}
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	media := described.Value.Content[kind]
	if media == nil {
		return fmt.Errorf("%s: %d is %q, which is not described", operation.OperationID, response.StatusCode, kind)
	}
	for name, header := range described.Value.Headers {
		if header.Value.Required && response.Header.Get(name) == "" {
			return fmt.Errorf("%s: %d lacks the header %s", operation.OperationID, response.StatusCode, name)
		}
	}
	if !strings.HasSuffix(kind, "json") {
		return nil
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return fmt.Errorf("%s: %d is no JSON: %w", operation.OperationID, response.StatusCode, err)
	}
	if err := media.Schema.Value.VisitJSON(value); err != nil {
		return fmt.Errorf("%s: %d: %w\n%s", operation.OperationID, response.StatusCode, err, body)
	}
	return nil
}

type headers map[string]string

// call sends a request and checks its answer against the document and the status.
func (c *contract) call(status int, method, path, body string, header headers) (http.Header, map[string]any) {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.server.URL+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	for name, value := range header {
		request.Header.Set(name, value)
	}
	response, err := c.server.Client().Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	bare, _, _ := strings.Cut(path, "?")
	if err := check(c.document, method, bare, response, answer); err != nil {
		c.t.Error(err)
	}
	if response.StatusCode != status {
		c.t.Errorf("%s %s: %d, want %d: %.500s", method, path, response.StatusCode, status, answer)
	}
	if operation := find(c.document, method, bare); operation != nil {
		c.answered[fmt.Sprintf("%s %d", operation.OperationID, response.StatusCode)] = true
	}
	for _, hidden := range []string{"s3cret", "hunter2", "top-secret"} {
		if bytes.Contains(answer, []byte(hidden)) {
			c.t.Errorf("%s %s shows a secret", method, path)
		}
	}
	var value map[string]any
	_ = json.Unmarshal(answer, &value)
	return response.Header, value
}
