package official

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Discovery is Google's machine-readable description of the Calendar API, as it
// comes with the client library.
type Discovery struct {
	Parameters map[string]*schema
	Resources  map[string]struct{ Methods map[string]*method }
	Schemas    map[string]*schema
}

type method struct {
	ID, HTTPMethod, Path string
	Parameters           map[string]*schema
	Request              *schema
}

type schema struct {
	Ref                   string `json:"$ref"`
	Type, Format, Pattern string
	Description, Location string
	Minimum, Maximum      string
	Enum                  []string
	Required, Repeated    bool
	Properties            map[string]*schema
	AdditionalProperties  *schema
	Items                 *schema
	Annotations           struct{ Required []string }
}

// Google loads the discovery document.
var Google = sync.OnceValues(func() (*Discovery, error) {
	const library = "google.golang.org/api"
	dir, err := exec.CommandContext(context.Background(), "go", "list", "-m", "-f", "{{.Dir}}", library).Output()
	if err != nil {
		return nil, fmt.Errorf("find module %s: %w", library, err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "calendar", "v3", "calendar-api.json"))
	if err != nil {
		return nil, err
	}
	var d Discovery
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, err
	}
	return &d, nil
})

// Check returns what is wrong with a request, by the discovery document; path
// is relative to the API's base.
func (d *Discovery) Check(verb, path string, query url.Values, body []byte) []string {
	m, arguments := d.find(verb, path)
	if m == nil {
		return []string{fmt.Sprintf("no method for %s %s", verb, path)}
	}
	var problems []string
	complain := func(format string, args ...any) {
		problems = append(problems, m.ID+": "+fmt.Sprintf(format, args...))
	}
	for name, value := range arguments {
		if value == "" || m.Parameters[name] == nil || m.Parameters[name].Location != "path" {
			complain("path parameter %s=%q", name, value)
		}
	}
	for name, values := range query {
		p := m.Parameters[name]
		if p == nil {
			p = d.Parameters[name]
		}
		if p == nil || p.Location != "query" {
			complain("unknown query parameter %s", name)
			continue
		}
		if len(values) > 1 && !p.Repeated {
			complain("query parameter %s is repeated", name)
		}
		for _, value := range values {
			checkText(p, name, value, complain)
		}
	}
	for name, p := range m.Parameters {
		if p.Required && p.Location == "query" && !query.Has(name) {
			complain("query parameter %s is missing", name)
		}
	}
	if user := query.Get("quotaUser"); len(user) > 40 {
		complain("quotaUser has %d characters", len(user))
	}
	d.checkBody(m, body, complain)
	return problems
}

func (d *Discovery) find(verb, path string) (*method, map[string]string) {
	for _, resource := range d.Resources {
		for _, m := range resource.Methods {
			if arguments, ok := matchPath(m.Path, path); ok && m.HTTPMethod == verb {
				return m, arguments
			}
		}
	}
	return nil, nil
}

func matchPath(template, path string) (map[string]string, bool) {
	want, have := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return nil, false
	}
	arguments := map[string]string{}
	for i := range want {
		if name, ok := strings.CutPrefix(want[i], "{"); ok {
			arguments[strings.TrimSuffix(name, "}")] = have[i]
		} else if want[i] != have[i] {
			return nil, false
		}
	}
	return arguments, true
}

func (d *Discovery) checkBody(m *method, body []byte, complain func(string, ...any)) {
	if m.Request == nil {
		if len(body) > 0 {
			complain("has a body")
		}
		return
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		complain("body: %v", err)
		return
	}
	d.checkValue(m, m.Request, "body", value, complain)
}

func (d *Discovery) checkValue(m *method, s *schema, at string, value any, complain func(string, ...any)) {
	if s.Ref != "" {
		s = d.Schemas[s.Ref]
	}
	switch v := value.(type) {
	case map[string]any:
		if s.Type != "object" {
			if s.Type != "any" {
				complain("%s is an object, not %s", at, s.Type)
			}
			return
		}
		d.checkObject(m, s, at, v, complain)
	case []any:
		if s.Type != "array" {
			complain("%s is an array, not %s", at, s.Type)
			return
		}
		for i, item := range v {
			d.checkValue(m, s.Items, fmt.Sprintf("%s[%d]", at, i), item, complain)
		}
	case string:
		if s.Type != "string" {
			complain("%s is a string, not %s", at, s.Type)
			return
		}
		checkText(s, at, v, complain)
	case bool:
		if s.Type != "boolean" {
			complain("%s is a boolean, not %s", at, s.Type)
		}
	case float64:
		if s.Type != "integer" && s.Type != "number" || s.Type == "integer" && v != float64(int64(v)) {
			complain("%s is the number %v, not %s", at, v, s.Type)
		}
	default:
		complain("%s is null", at)
	}
}

func (d *Discovery) checkObject(m *method, s *schema, at string, object map[string]any, complain func(string, ...any)) {
	for name, value := range object {
		property := s.Properties[name]
		if property == nil {
			property = s.AdditionalProperties
		}
		if property == nil {
			complain("%s.%s is unknown", at, name)
			continue
		}
		// A local time is allowed beside its zone (the description of dateTime).
		if property.Format == "date-time" && object["timeZone"] != nil {
			if _, err := time.Parse("2006-01-02T15:04:05", fmt.Sprint(value)); err == nil {
				continue
			}
		}
		if value == nil && m.HTTPMethod == http.MethodPatch {
			continue // null clears a field
		}
		d.checkValue(m, property, at+"."+name, value, complain)
	}
	for name, property := range s.Properties {
		if slices.Contains(property.Annotations.Required, m.ID) && object[name] == nil {
			complain("%s.%s is missing", at, name)
		}
	}
}

// describedValue finds the values a description lists: - "confirmed" - The event...
var describedValue = regexp.MustCompile(`(?m)^- "([A-Za-z]+)" - `)

// checkText checks a text by type, format, bounds, pattern and allowed values,
// those its description lists included.
func checkText(s *schema, at, value string, complain func(string, ...any)) {
	allowed := s.Enum
	if len(allowed) == 0 && strings.Contains(s.Description, "Possible values are") {
		for _, match := range describedValue.FindAllStringSubmatch(s.Description, -1) {
			allowed = append(allowed, match[1])
		}
	}
	if len(allowed) > 0 && !slices.Contains(allowed, value) {
		complain("%s is %q, not one of %q", at, value, allowed)
	}
	if s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(value) {
		complain("%s is %q, not like %s", at, value, s.Pattern)
	}
	var err error
	switch {
	case s.Type == "boolean":
		_, err = strconv.ParseBool(value)
	case s.Type == "integer":
		err = checkInteger(s, value)
	case s.Format == "date":
		_, err = time.Parse("2006-01-02", value)
	case s.Format == "date-time":
		_, err = time.Parse(time.RFC3339, value)
	}
	if err != nil {
		complain("%s: %v", at, err)
	}
}

func checkInteger(s *schema, value string) error {
	bits := 64
	if strings.HasSuffix(s.Format, "32") {
		bits = 32
	}
	number, err := strconv.ParseInt(value, 10, bits)
	if err != nil {
		return err
	}
	if low, err := strconv.ParseInt(s.Minimum, 10, 64); err == nil && number < low {
		return fmt.Errorf("%d is less than %d", number, low)
	}
	if high, err := strconv.ParseInt(s.Maximum, 10, 64); err == nil && number > high {
		return fmt.Errorf("%d is more than %d", number, high)
	}
	return nil
}
