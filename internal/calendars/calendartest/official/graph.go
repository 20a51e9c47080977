package official

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// OpenAPI is Microsoft's OpenAPI description of the calendar part of Graph.
type OpenAPI struct{ doc *openapi3.T }

// Graph loads it.
var Graph = sync.OnceValues(func() (*OpenAPI, error) {
	file, err := Schemas("graph", "calendar.yaml")
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	return &OpenAPI{doc}, err
})

var described = []struct {
	pattern *regexp.Regexp
	path    string
}{
	{regexp.MustCompile(`^/graph/v1\.0/users/([^/]+)/calendar$`), "/users/{user-id}/calendar"},
	{regexp.MustCompile(`^/graph/v1\.0/users/([^/]+)/mailboxSettings$`), "/users/{user-id}/mailboxSettings"},
	{regexp.MustCompile(`^/graph/v1\.0/users/([^/]+)/calendar/events$`), "/users/{user-id}/calendar/events"},
	{regexp.MustCompile(`^/graph/v1\.0/users/([^/]+)/calendar/events/([^/]+)$`), "/users/{user-id}/calendar/events/{event-id}"},
}

// Check tells what is wrong with a request, by the description. The request's path begins
// with /graph/v1.0; its body was read already.
func (d *OpenAPI) Check(r *http.Request, body []byte) error {
	if strings.HasSuffix(r.URL.Path, "/calendar/getSchedule") {
		return validateQuestion(d.doc, r, body)
	}
	return validateRequest(d.doc, r, body)
}

func validateRequest(doc *openapi3.T, r *http.Request, body []byte) error {
	for _, d := range described {
		match := d.pattern.FindStringSubmatch(r.URL.EscapedPath())
		if match == nil {
			continue
		}
		item := doc.Paths.Value(d.path)
		operation := item.GetOperation(r.Method)
		if operation == nil {
			return errors.New("no such operation")
		}
		kind := "microsoft.graph.event"
		if strings.HasSuffix(d.path, "/mailboxSettings") {
			kind = "microsoft.graph.mailboxSettings"
		}
		if err := errors.Join(knownParameters(operation, r.URL.Query()), knownMembers(doc, kind, body)); err != nil {
			return err
		}
		copied := r.Clone(r.Context())
		copied.Body = io.NopCloser(bytes.NewReader(body))
		// The description forgets $expand, which Microsoft's reference pages use.
		query := copied.URL.Query()
		query.Del("$expand")
		copied.URL.RawQuery = query.Encode()
		params := map[string]string{"user-id": match[1]}
		if len(match) > 2 {
			params["event-id"] = match[2]
		}
		return openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
			Request:    copied,
			PathParams: params,
			Route:      &routers.Route{Spec: doc, Path: d.path, PathItem: item, Method: r.Method, Operation: operation},
			Options: &openapi3filter.Options{
				AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, MultiError: true,
			},
		})
	}
	return errors.New("no such path")
}

// validateQuestion checks getSchedule, which the description at hand leaves out,
// by its page: learn.microsoft.com/graph/api/calendar-getschedule.
func validateQuestion(doc *openapi3.T, r *http.Request, body []byte) error {
	var members map[string]any
	if err := json.Unmarshal(body, &members); err != nil {
		return err
	}
	if r.Method != http.MethodPost || r.URL.RawQuery != "" {
		return errors.New("not a POST without options")
	}
	checks := map[string]func(any) bool{
		"Schedules":                func(v any) bool { list, ok := v.([]any); return ok && len(list) == 1 },
		"AvailabilityViewInterval": func(v any) bool { n, ok := v.(float64); return ok && n >= 5 && n <= 1440 },
		"StartTime":                func(v any) bool { return isDateTime(doc, v) },
		"EndTime":                  func(v any) bool { return isDateTime(doc, v) },
	}
	for name, value := range members {
		if check := checks[name]; check == nil || !check(value) {
			return fmt.Errorf("%s: %v", name, value)
		}
	}
	if len(members) != len(checks) {
		return fmt.Errorf("members %v", members)
	}
	return nil
}

func isDateTime(doc *openapi3.T, value any) bool {
	return doc.Components.Schemas["microsoft.graph.dateTimeTimeZone"].Value.VisitJSON(value) == nil
}

// knownParameters refuses query options the description does not know: the
// validator lets them pass.
func knownParameters(operation *openapi3.Operation, query url.Values) error {
	for name := range query {
		if name != "$expand" && operation.Parameters.GetByInAndName("query", name) == nil {
			return fmt.Errorf("unknown query option %q", name)
		}
	}
	return nil
}

// knownMembers refuses members an event or a mailbox's settings do not have: their types
// are open, so the schema lets any name pass.
func knownMembers(doc *openapi3.T, kind string, body []byte) error {
	if len(body) == 0 {
		return nil
	}
	var members map[string]any
	if err := json.Unmarshal(body, &members); err != nil {
		return err
	}
	known := map[string]bool{}
	collect(doc.Components.Schemas[kind], known)
	for name, value := range members {
		if !known[name] && !strings.HasPrefix(name, "@odata.") {
			return fmt.Errorf("%s has no %q", kind, name)
		}
		if setting, ok := value.(map[string]any); ok && name == "automaticRepliesSetting" {
			// The description takes any object beside the right one, as it may be null.
			const inner = "microsoft.graph.automaticRepliesSetting"
			text, err := json.Marshal(setting)
			if err == nil {
				err = doc.Components.Schemas[inner].Value.VisitJSON(value)
			}
			if err != nil {
				return err
			}
			return knownMembers(doc, inner, text)
		}
	}
	return nil
}

func collect(schema *openapi3.SchemaRef, known map[string]bool) {
	for name := range schema.Value.Properties {
		known[name] = true
	}
	for _, part := range schema.Value.AllOf {
		collect(part, known)
	}
}
