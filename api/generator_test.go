package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// hostile are texts that have broken something somewhere.
var hostile = []string{
	"", " ", "'", "\"", "`", "\\", "%", "%00", "%ff", "\x00", "\xff\xfe", "\u202e", "é", "𝕏", "null", "undefined", "NaN", "-1", "1e999", "0x10",
	"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{.}}", "${jndi:ldap://x}", "'; DROP TABLE sources; --", "' OR '1'='1",
	"../../../../etc/passwd", "..%2f..%2f", "/", "//evil.example", "http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:1/", "file:///etc/passwd",
	"javascript:alert(1)", "data:text/html,x", "\r\nX-Injected: yes", "a\tb", strings.Repeat("a", 5000), strings.Repeat("é", 300), "2026-02-30", "0000-00-00",
	"9999999999999999999999", "true", "acme", "headquarters", "office", "8750", "416", "*", "W/\"1\"", "\"1\"", "jane.doe@example.com", "@", "a@b", "preview", ".", "..", "~", "?", "#",
}

// generator makes requests from an OpenAPI document.
type generator struct {
	*rand.Rand
	operations []target
}

// target is one operation to aim at.
type target struct {
	method, path string
	operation    *openapi3.Operation
}

func newGenerator(document *openapi3.T, seed uint64) *generator {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1))}
	for _, path := range slices.Sorted(maps.Keys(document.Paths.Map())) {
		item := document.Paths.Value(path)
		for _, method := range slices.Sorted(maps.Keys(item.Operations())) {
			g.operations = append(g.operations, target{method, path, item.GetOperation(method)})
		}
	}
	return g
}

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func pick[T any](g *generator, all []T) T { return all[g.IntN(len(all))] }

func (g *generator) request(base string) *http.Request {
	aim := pick(g, g.operations)
	path := aim.path
	request := &http.Request{Method: aim.method, Header: http.Header{}}
	query := url.Values{}
	for _, ref := range aim.operation.Parameters {
		parameter := ref.Value
		value := g.parameter(parameter)
		switch parameter.In {
		case "path":
			path = strings.ReplaceAll(path, "{"+parameter.Name+"}", url.PathEscape(value))
		case "query":
			if parameter.Required || g.chance(50) {
				query.Set(parameter.Name, value)
			}
		case "header":
			if g.chance(60) {
				request.Header.Set(parameter.Name, headerSafe(value))
			}
		}
	}
	g.spoil(request)
	body := g.body(aim.operation)
	if g.chance(10) {
		request.Method = pick(g, []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "PROPFIND", "TRACE"})
	}
	request.URL, _ = url.Parse(base)
	request.URL.Opaque = "" // the path as it is escaped
	if g.chance(3) {
		path += pick(g, []string{"/", "//", "/x", "%2f", "%00", "/..", ";a=b"})
	}
	if parsed, err := url.Parse(base + path); err == nil {
		request.URL = parsed
	} else {
		request.URL.Path = path
	}
	request.URL.RawQuery = query.Encode()
	if g.chance(3) {
		request.URL.RawQuery += pick(g, []string{"&%zz", "&a=%ff", "&;", "&limit=1&limit=2", "&" + strings.Repeat("x", 3000)})
	}
	request.Host = request.URL.Host
	if body != "" || g.chance(5) {
		request.Body, request.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	}
	return request
}

// spoil sets who asks, and headers in any odd way.
func (g *generator) spoil(request *http.Request) {
	switch {
	case g.chance(90):
		request.Header.Set("Authorization", "Bearer "+token)
	case g.chance(50):
		request.Header.Set("Authorization", pick(g, []string{"Bearer", "Basic eDp5", "bearer " + token, "Bearer " + strings.Repeat("x", 2000), "Digest x"}))
	}
	if g.chance(30) {
		request.Header.Set("Accept-Language", pick(g, []string{"en", "fr", "de", "*", "en;q=x", strings.Repeat("en,", 500), "x-y-z-" + strings.Repeat("a", 60)}))
	}
	if g.chance(30) {
		request.Header.Set("Content-Type", pick(g, []string{"application/json", "application/json; charset=utf-16", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", ";;;", "a/b+json"}))
	}
	if g.chance(5) {
		request.Header.Set("Accept", pick(g, []string{"text/event-stream", "text/html", "*/*", "application/xml"}))
	}
	if g.chance(5) {
		request.Header.Set("Cookie", pick(g, []string{"figgosync=x", "figgosync=" + strings.Repeat("A", 3000), "a=b; ;;", "figgosync=\"%00\""}))
	}
	if g.chance(3) {
		request.Header.Set("Origin", pick(g, []string{"https://evil.example", "null", "x"}))
	}
	if g.chance(2) {
		request.Header.Set("X-Forwarded-For", pick(g, hostile[21:30]))
	}
}

func headerSafe(value string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '.'
		}
		return r
	}, value)
}

// parameter is mostly something that exists.
func (g *generator) parameter(p *openapi3.Parameter) string {
	if g.chance(30) {
		return pick(g, hostile)
	}
	switch p.Name {
	case "source":
		return "acme"
	case "connection":
		return pick(g, []string{"office", "factory"})
	case "synchronization":
		return "headquarters"
	case "absence":
		return "8750"
	case "initialization":
		return "acme." + pick(g, []string{"31", "32", "33", "6b"})
	case "reconciliation", "removal":
		return "acme." + pick(g, []string{"1", "2", "3"})
	case "If-Match", "If-None-Match":
		return pick(g, []string{"*", `"1"`, `"2"`, `"3"`, `"99999999999999999999"`, `W/"1"`, ","})
	case "Idempotency-Key":
		return "k"
	}
	if p.Schema == nil {
		return "x"
	}
	return fmt.Sprint(g.valid(p.Schema.Value, 0))
}

// body is a body of the operation: valid, on an edge, or wrong in some way.
func (g *generator) body(operation *openapi3.Operation) string {
	if operation.RequestBody == nil {
		if g.chance(5) {
			return pick(g, []string{"{}", "x", "[", "\xff"})
		}
		return ""
	}
	media := operation.RequestBody.Value.Content["application/json"]
	value := g.valid(media.Schema.Value, 0)
	if media.Example != nil && g.chance(15) {
		value = copied(media.Example)
	}
	for range g.IntN(3) {
		value = g.mutate(value)
	}
	data, err := json.Marshal(value)
	if err != nil {
		return "{}"
	}
	if g.chance(12) {
		return g.scramble(data)
	}
	return string(data)
}

// copied is a JSON value that may be changed.
func copied(value any) (again any) {
	data, err := json.Marshal(value)
	if err != nil || json.Unmarshal(data, &again) != nil {
		return nil
	}
	return again
}

// scramble breaks the text itself.
func (g *generator) scramble(data []byte) string {
	switch g.IntN(8) {
	case 0:
		return string(data[:g.IntN(len(data)+1)])
	case 1:
		data[g.IntN(len(data))] = byte(g.IntN(256))
		return string(data)
	case 2:
		return "\xff\xfe" + string(data)
	case 3:
		return string(data) + string(data)
	case 4:
		return strings.Repeat("[", 20_000)
	case 5:
		return strings.Repeat(`{"a":`, 5000)
	case 6:
		return `{"name":"a","name":"b"}`
	default:
		return pick(g, hostile)
	}
}

// valid is a value that a schema allows, often on an edge of it.
func (g *generator) valid(s *openapi3.Schema, depth int) any {
	switch {
	case len(s.Enum) > 0:
		return pick(g, s.Enum)
	case s.Type.Includes("object"):
		value := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			if slices.Contains(s.Required, name) || g.chance(60) {
				value[name] = g.member(name, s.Properties[name].Value, depth)
			}
		}
		return value
	case s.Type.Includes("array"):
		list := []any{}
		for range g.IntN(4) {
			list = append(list, g.valid(s.Items.Value, depth+1))
		}
		return list
	case s.Type.Includes("boolean"):
		return g.chance(50)
	case s.Type.Includes("integer"):
		if s.Max != nil && g.chance(30) {
			return int64(*s.Max)
		}
		return g.IntN(20)
	case s.Type.Includes("null") && g.chance(20):
		return nil
	}
	return g.text(s)
}

// member prefers values that make the whole record one that can be stored.
func (g *generator) member(name string, s *openapi3.Schema, depth int) any {
	known := map[string][]any{
		"name": {"acme", "office", "factory", "headquarters", "new-1", "new-2"}, "source": {"acme"}, "connection": {"office", "factory"}, "zone": {"Europe/Paris", "Indian/Reunion"},
		"host": {"https://acme.ilucca.net"}, "url": {"https://mail.example.com/ews/exchange.asmx"}, "legalEntities": {[]any{"1"}, []any{"1", "2"}, []any{"3"}},
		"synchronization": {"headquarters"}, "mailbox": {"jane.doe@example.com"}, "employees": {12}, "provider": {"office365", "exchange"}, "expires": {"2999-01-01T00:00:00Z"},
		"tokenUrl": {"https://acme.ilucca.net/connect/token"}, "authorityUrl": {"https://login.example.com"}, "graphUrl": {"https://graph.example.com/v1.0"},
		"since": {"2026-10-01"}, "label": {"Absent", "Away"},
	}[name]
	if len(known) > 0 && g.chance(75) {
		return pick(g, known)
	}
	return g.valid(s, depth+1)
}

func (g *generator) text(s *openapi3.Schema) any {
	most := uint64(40)
	if s.MaxLength != nil {
		most = *s.MaxLength
	}
	switch {
	case s.Format == "date":
		return fmt.Sprintf("%04d-%02d-%02d", g.IntN(9999), 1+g.IntN(12), 1+g.IntN(28))
	case s.Format == "date-time":
		return "2030-01-01T00:00:00Z"
	case s.Format == "uri":
		return "https://" + strings.Repeat("a", g.IntN(60)) + ".example.com/x"
	case strings.Contains(s.Pattern, "24:00"):
		return fmt.Sprintf("%02d:%02d", g.IntN(24), g.IntN(60))
	case g.chance(10):
		return strings.Repeat("x", int(min(most, 70_000))) // on the edge
	}
	return strings.Repeat(string(rune('a'+g.IntN(26))), 1+g.IntN(10))
}

// mutate changes one thing of a value to what the schema does not allow.
func (g *generator) mutate(value any) any {
	object, ok := value.(map[string]any)
	if !ok || len(object) == 0 {
		return pick(g, []any{nil, "x", 7, -1.5, true, []any{}, map[string]any{}, map[string]any{"a": nil}})
	}
	name := pick(g, slices.Sorted(maps.Keys(object)))
	switch g.IntN(7) {
	case 0:
		delete(object, name)
	case 1:
		object[pick(g, append([]string{"__proto__", "Name", name + "x"}, hostile[:20]...))] = 1
	case 2:
		object[name] = pick(g, []any{nil, 7, -1, 1e300, 0.5, true, []any{nil}, map[string]any{"x": 1}, []any{[]any{}}})
	case 3:
		object[name] = strings.Repeat("x", 1+g.IntN(100_000))
	case 4:
		object[name] = pick(g, hostile)
	case 5:
		object[name] = []any{pick(g, hostile), pick(g, hostile)}
	default:
		object[name] = g.mutate(object[name])
	}
	return object
}
