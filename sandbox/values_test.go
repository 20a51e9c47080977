package sandbox_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/sandbox"
)

// The desk shows what a newcomer types, for all systems, and offers the key of the
// service account to download.
func TestDeskShowsTheValuesToType(t *testing.T) {
	t.Parallel()
	s, err := sandbox.New(sandbox.Config{BaseURL: "http://127.0.0.1:9090"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	get := func(path string) *httptest.ResponseRecorder {
		answer := httptest.NewRecorder()
		s.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		return answer
	}
	page := html.UnescapeString(get("/sandbox?lang=en").Body.String())
	c := s.Credentials()
	for _, value := range []string{
		c.Lucca.Host, c.Lucca.ClientSecret, c.Lucca.TokenURL, c.Office365.TenantID, c.Office365.ClientID, c.Office365.ClientSecret,
		c.Office365.AuthorityURL, c.Office365.GraphURL, c.Exchange.URL, c.Exchange.Username, c.Exchange.Password, c.Google.CalendarURL, c.Google.TokenURL,
	} {
		if !strings.Contains(page, `value="`+value+`"`) {
			t.Errorf("the desk does not show %q", value)
		}
	}
	key := get("/sandbox/google-key.json")
	if key.Body.String() != c.Google.KeyJSON || !strings.Contains(key.Header().Get("Content-Disposition"), "attachment") || !strings.Contains(page, `href="/sandbox/google-key.json"`) {
		t.Errorf("the key: %d %v", key.Code, key.Header())
	}
}

// The quick start gives the values of all three calendars and of Lucca, in both
// languages: each value in its tables is one the desk shows, and none is missing.
func TestQuickStartGivesTheValuesToType(t *testing.T) {
	t.Parallel()
	s, err := sandbox.New(sandbox.Config{BaseURL: "http://127.0.0.1:9090"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	answer := httptest.NewRecorder()
	s.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/sandbox?lang=en", nil))
	page := html.UnescapeString(answer.Body.String())
	shown := map[string]bool{}
	for _, match := range regexp.MustCompile(`<input readonly value="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		shown[match[1]] = true
	}
	for _, guide := range []string{"../docs/quick-start.md", "../docs/fr/quick-start.md"} {
		text, err := os.ReadFile(guide)
		if err != nil {
			t.Fatal(err)
		}
		given := map[string]bool{}
		for _, match := range regexp.MustCompile("(?m)^\\| \\*\\*.*\\| `([^`]+)` \\|$").FindAllStringSubmatch(string(text), -1) {
			if given[match[1]] = true; !shown[match[1]] {
				t.Errorf("%s: nobody takes the value %s", guide, match[1])
			}
		}
		for value := range shown {
			if !given[value] {
				t.Errorf("%s does not give the value %s", guide, value)
			}
		}
		if !strings.Contains(string(text), "http://127.0.0.1:9090/sandbox/google-key.json") {
			t.Errorf("%s does not say where the key is", guide)
		}
	}
}
