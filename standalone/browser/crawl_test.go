package browser_test

import (
	"bytes"
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

var references = regexp.MustCompile(`(?:href|hx-get|sse-connect|action)="(/[^"#]*)`)

// crawl gets every page that the pages lead to, and that of held deletions, to which
// they lead while there are some.
func (m *machine) crawl(seen func(path string, got answer)) {
	m.t.Helper()
	queue, known := []string{"/", "/held"}, map[string]bool{"/": true, "/held": true}
	for len(queue) > 0 && len(known) < 400 {
		path := queue[0]
		queue = queue[1:]
		got := m.get(path)
		if got.Status >= 500 {
			m.t.Errorf("GET %s answered %d", path, got.Status)
		}
		seen(path, got)
		for _, found := range references.FindAllSubmatch(got.Body, -1) {
			next := html.UnescapeString(string(found[1]))
			if !known[next] && followed(next) {
				known[next] = true
				queue = append(queue, next)
			}
		}
	}
}

// crawled are the addresses of the pages that the pages lead to.
func crawled(m *machine) []string {
	m.t.Helper()
	var all []string
	m.crawl(func(path string, got answer) {
		if got.Status == http.StatusOK && bytes.Contains(got.Body, []byte("<!doctype html>")) {
			all = append(all, path)
		}
	})
	return all
}

// followed leaves out what leads away, changes the language, or never ends.
func followed(path string) bool {
	for _, part := range []string{"/static/", "/sign-out", "/sign-in/", "lang=", "/stream", "/events", "/consent", "//"} {
		if strings.Contains(path, part) {
			return false
		}
	}
	return true
}

var parameter = regexp.MustCompile(`\{(\w+)\}`)

// filled are the addresses a template of the OpenAPI document stands for: each
// parameter takes what the list above it names.
func (r *rehearsal) filled(t *testing.T, template string, headers map[string]string) []string {
	t.Helper()
	at := parameter.FindStringIndex(template)
	if at == nil {
		return []string{template}
	}
	list := strings.TrimSuffix(template[:at[0]], "/")
	if list == "/api/v1/absences" { // its first parameter is a source
		list = "/api/v1/sources"
	} else if strings.HasPrefix(list, "/api/v1/absences/") {
		list = "/api/v1/absences?source=" + strings.TrimPrefix(list, "/api/v1/absences/")
	}
	var all []string
	for _, id := range identifiers(r.get(t, list, headers)) {
		all = append(all, r.filled(t, template[:at[0]]+id+template[at[1]:], headers)...)
	}
	return all
}

// identifiers are the ids or names in a list of the API, six at most.
func identifiers(body []byte) []string {
	var ids []string
	var read func(value any)
	read = func(value any) {
		switch v := value.(type) {
		case []any:
			for _, item := range v {
				if record, ok := item.(map[string]any); ok {
					for _, key := range []string{"id", "name"} {
						if id, ok := record[key].(string); ok {
							ids = append(ids, id)
							break
						}
					}
				}
			}
		case map[string]any:
			for _, inner := range v {
				read(inner)
			}
		}
	}
	var value any
	_ = json.Unmarshal(body, &value)
	read(value)
	return ids[:min(6, len(ids))]
}
