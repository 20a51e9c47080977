package access_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/internal/access"
)

// What a security scanner expects of an answer.
func TestHeaders(t *testing.T) {
	t.Parallel()
	const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
	always := map[string]string{
		"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp",
	}
	for _, test := range []struct {
		public, method, path string
		status               int
		want                 map[string]string
	}{
		{"https://f.example.com", "GET", "/", 200, map[string]string{"Cache-Control": "no-store", "Strict-Transport-Security": "max-age=31536000"}},
		{"http://localhost", "GET", "/", 200, map[string]string{"Cache-Control": "no-store", "Strict-Transport-Security": ""}},
		{"https://f.example.com", "GET", "/static/1/app.css", 200, map[string]string{"Cache-Control": ""}},
		{"https://f.example.com", "GET", "/api/v1/sources", 200, map[string]string{"Cache-Control": "no-store"}},
		{"https://f.example.com", "GET", "/sign-in/oidc", 303, map[string]string{"Cache-Control": "no-store"}},
		{"https://f.example.com", "POST", "/webhooks/lucca/demo", 200, map[string]string{"Cache-Control": "no-store"}},
		{"https://f.example.com", "POST", "/cross", 403, map[string]string{"Cache-Control": "no-store", "Content-Type": "text/plain; charset=utf-8"}},
		{"https://f.example.com", "POST", "/api/v1/cross", 403, map[string]string{"Content-Type": "application/problem+json; charset=utf-8"}},
	} {
		h := open(t, sqlite(t), func(c *access.Config) { c.PublicURL = test.public })
		r := httptest.NewRequest(test.method, test.path, nil)
		if strings.Contains(test.path, "cross") {
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		}
		w := httptest.NewRecorder()
		h.handler().ServeHTTP(w, r)
		if w.Code != test.status {
			t.Errorf("%s %s: got %d, want %d", test.method, test.path, w.Code, test.status)
		}
		for _, wants := range []map[string]string{always, test.want} {
			for name, want := range wants {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s %s: %s is %q, want %q", test.method, test.path, name, got, want)
				}
			}
		}
		if got := w.Header().Get("Permissions-Policy"); !strings.Contains(got, "camera=()") || !strings.Contains(got, "geolocation=()") {
			t.Errorf("Permissions-Policy is %q", got)
		}
	}
	for _, unwanted := range []string{"unsafe-inline", "unsafe-eval", "*", "http:"} {
		if strings.Contains(access.ContentSecurityPolicy, unwanted) {
			t.Errorf("the policy has %s", unwanted)
		}
	}
}

func TestRequestsFromOtherSites(t *testing.T) {
	t.Parallel()
	h := open(t, sqlite(t), func(c *access.Config) { c.PublicURL = "https://figgosync.example.com" })
	token := h.secret("a-token")
	h.gate.AddFixedToken("a-token", access.Configure, "x")
	handler := h.handler()
	for _, test := range []struct {
		method, path string
		header       map[string]string
		want         int
	}{
		{"POST", "/", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"POST", "/", map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		{"POST", "/", map[string]string{"Sec-Fetch-Site": "same-origin"}, 200},
		{"POST", "/", map[string]string{"Origin": "https://evil.example.com"}, 403},
		{"POST", "/", map[string]string{"Origin": "null"}, 403},
		{"POST", "/", map[string]string{"Origin": "http://figgosync.internal"}, 200}, // the Host
		{"POST", "/", map[string]string{"Origin": "https://figgosync.example.com"}, 200},
		{"POST", "/", nil, 200}, // no browser
		{"PUT", "/api/v1/sources/x", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"DELETE", "/api/v1/sources/x", map[string]string{"Origin": "https://evil.example.com"}, 403},
		{"POST", "/sign-in/link", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"POST", "/sign-out", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"GET", "/", map[string]string{"Sec-Fetch-Site": "cross-site"}, 200},
		{"POST", "/api/v1/sources", map[string]string{"Sec-Fetch-Site": "cross-site", "Authorization": "Bearer " + token}, 200},
		{"POST", "/", map[string]string{"Sec-Fetch-Site": "cross-site", "Authorization": "Basic eDp5"}, 403},
		{"POST", "/webhooks/lucca/x", map[string]string{"Sec-Fetch-Site": "cross-site"}, 200},
		{"POST", "/webhooksx", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"POST", "/webhooks/../api/v1/sources", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
	} {
		r := httptest.NewRequest(test.method, "http://figgosync.internal"+test.path, nil)
		for name, value := range test.header {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != test.want {
			t.Errorf("%s %s %v: got %d, want %d", test.method, test.path, test.header, w.Code, test.want)
		}
	}
}

// Live pages need an answer that is sent on at once: nothing may wrap it.
func TestAnswersCanBeFlushed(t *testing.T) {
	t.Parallel()
	h := open(t, sqlite(t), nil)
	handler := h.gate.Protect(h.gate.Identify(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if _, ok := w.(http.Flusher); !ok {
			t.Error("the answer cannot be flushed")
		}
	})))
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
}
