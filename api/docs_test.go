package api_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/figgosync/figgosync/api"
	"github.com/figgosync/figgosync/internal/settings"
)

func TestTheReferenceShowsEveryOperation(t *testing.T) {
	server := newServer(&fakeEngine{})
	document := documentOf(t, server)
	for lang, words := range map[string][]string{
		"fr": {`<html lang="fr">`, "Référence de l’API", "Réponses", `href="?lang=en"`},
		"en": {`<html lang="en">`, "API reference", "Answers", `href="?lang=fr"`},
	} {
		request := httptest.NewRequest(http.MethodGet, "/api/v1/docs", nil)
		request.Header.Set("Accept-Language", lang)
		answer := do(server, request)
		page := answer.Body.String()
		if policy := answer.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; style-src 'self'") || answer.Code != http.StatusOK {
			t.Errorf("%d with the policy %q", answer.Code, policy)
		}
		for _, item := range document.Paths.Map() {
			for _, operation := range item.Operations() {
				words = append(words, `<h3 id="`+operation.OperationID+`">`)
			}
		}
		for name := range document.Components.Schemas {
			words = append(words, `id="schema-`+name+`"`)
		}
		for _, word := range words {
			if !strings.Contains(page, word) {
				t.Errorf("%s: the page lacks %s", lang, word)
			}
		}
		for _, never := range []string{"<script", "style=", "<style", "http://", "<no value>", "ZgotmplZ"} {
			if strings.Contains(strings.ReplaceAll(page, "http://127.0.0.1", ""), never) {
				t.Errorf("%s: the page has %s", lang, never)
			}
		}
	}
	if asked := do(server, httptest.NewRequest(http.MethodGet, "/api/v1/docs?lang=en", nil)); !strings.Contains(asked.Body.String(), `<html lang="en">`) {
		t.Error("?lang= does not count")
	}
	if style := do(server, httptest.NewRequest(http.MethodGet, "/api/v1/docs.css", nil)); !strings.HasPrefix(style.Header().Get("Content-Type"), "text/css") {
		t.Errorf("the style is %v", style.Header())
	}
}

func documentOf(t *testing.T, server http.Handler) *openapi3.T {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData(do(server, httptest.NewRequest(http.MethodGet, "/api/v1/openapi.json", nil)).Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// The lengths that the document promises are those that are accepted.
func TestTheDocumentKnowsTheLimits(t *testing.T) {
	schemas := documentOf(t, newServer(&fakeEngine{})).Components.Schemas
	property := func(schema, name string) *openapi3.Schema { return schemas[schema].Value.Properties[name].Value }
	for path, test := range map[string]struct {
		got  *uint64
		want uint64
	}{
		"name":         {property("SourceInput", "name").MaxLength, settings.MaxName},
		"host":         {property("SourceInput", "host").MaxLength, settings.MaxAddress},
		"clientId":     {property("SourceInput", "clientId").MaxLength, settings.MaxID},
		"clientSecret": {property("SourceInput", "clientSecret").MaxLength, settings.MaxSecret},
		"certificate":  {property("Office365Input", "certificate").MaxLength, settings.MaxPEM},
		"ca":           {property("ExchangeInput", "ca").MaxLength, settings.MaxPEM},
		"label":        {property("Policy", "label").MaxLength, settings.MaxLabel},
		"zone":         {property("SynchronizationInput", "zone").MaxLength, settings.MaxZone},
		"legal entity": {property("SynchronizationInput", "legalEntities").Items.Value.MaxLength, settings.MaxEntity},
		"entities":     {property("SynchronizationInput", "legalEntities").MaxItems, settings.MaxEntities},
	} {
		if test.got == nil || *test.got != test.want {
			t.Errorf("%s: the document says %v, %d is accepted", path, test.got, test.want)
		}
	}
}

// The pages answer what is nobody else's, and Lucca never sees their 404.
func TestThePagesHaveTheRest(t *testing.T) {
	pages := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "page "+r.URL.Path) })
	l := newLive(t, func(c *api.Config) { c.Pages = pages })
	for path, want := range map[string]int{
		"/": 200, "/connections/x": 200, "/static/app.css": 200, "/sign-in": 200, "/apixyz": 200, "/connections/consent": 200,
		"/api": 404, "/api/": 404, "/api/v1/nothing": 404, "/webhooks": 404, "/webhooks/": 503, "/webhooks/other/x": 503, "/codec/decode": 404,
		"/healthz": 200, "/metrics": 200, "/healthz/x": 404, "/connections/consent/callback": 400,
	} {
		answer := do(l, httptest.NewRequest(http.MethodGet, path, nil))
		page := strings.HasPrefix(answer.Body.String(), "page "+path)
		if answer.Code != want || page != (want == 200 && path != "/healthz" && path != "/metrics") {
			t.Errorf("%s: %d %.60s", path, answer.Code, answer.Body)
		}
		if want == 404 || want == 503 {
			checkProblem(t, answer)
		}
	}
}

func TestRolesOfTokens(t *testing.T) {
	l := newLive(t).fill(t)
	document := documentOf(t, l)
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			role, guarded := operation.Extensions["x-role"].(string)
			if guarded != strings.HasPrefix(path, "/api/v1/") && !strings.Contains(path, "openapi") && !strings.Contains(path, "docs") {
				t.Errorf("%s %s: role %q", method, path, role)
			}
			if !guarded {
				continue
			}
			actual := strings.NewReplacer("{", "", "}", "").Replace(path)
			if answer := do(l, httptest.NewRequest(method, actual, nil)); answer.Code != http.StatusUnauthorized {
				t.Errorf("%s %s by nobody: %d", method, path, answer.Code)
			}
			answer := do(l, bearer(method, actual, "", l.reader))
			if (answer.Code == http.StatusForbidden) != (role == "configure") {
				t.Errorf("%s %s by who may only see: %d, the document says %s", method, path, answer.Code, role)
			}
		}
	}
}
