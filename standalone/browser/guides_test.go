package browser_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/web/texts"
)

var guides = filepath.Join("..", "..", "docs")

// guide is the path of a page of the documentation.
func guide(lang texts.Lang, name string) string {
	if lang == texts.French {
		return filepath.Join(guides, "fr", name)
	}
	return filepath.Join(guides, name)
}

var bold = regexp.MustCompile(`\*\*([^*]+)\*\*`)

// TestGuidesNameWhatThePagesSay: what the guides print in bold is what stands on the
// pages, to the letter.
func TestGuidesNameWhatThePagesSay(t *testing.T) {
	for _, lang := range languages {
		said := map[string]bool{}
		for _, key := range texts.Keys() {
			text, _ := texts.UI(key)
			said[plain(text.In(lang))] = true
		}
		for _, name := range []string{"quick-start.md", "settings-page.md", "what-is-synchronized.md"} {
			content, err := os.ReadFile(guide(lang, name))
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range bold.FindAllSubmatch(content, -1) {
				if text := plain(string(found[1])); !said[text] && !said[strings.TrimRight(text, ".:")] {
					t.Errorf("%s: no page says %q", guide(lang, name), text)
				}
			}
		}
	}
}

// knowsTheSandbox checks that the quick start tells the values a newcomer types.
func (r *rehearsal) knowsTheSandbox(t *testing.T, lang texts.Lang) {
	t.Helper()
	content, err := os.ReadFile(guide(lang, "quick-start.md"))
	if err != nil {
		t.Fatal(err)
	}
	source, office365 := r.given.Sources[0], r.given.Connections[0].Office365
	exchange, google := r.given.Connections[1].Exchange, r.given.Connections[2].Google
	for _, value := range []string{
		source.Host, source.ClientID, source.ClientSecret, source.TokenURL,
		office365.TenantID, office365.ClientID, office365.ClientSecret, office365.AuthorityURL, office365.GraphURL,
		exchange.URL, exchange.Username, exchange.Password, lukas, google.CalendarURL,
	} {
		value = strings.ReplaceAll(value, r.Sandbox, "http://127.0.0.1:9090")
		if !strings.Contains(string(content), "`"+value+"`") {
			t.Errorf("%s does not tell the value %s", guide(lang, "quick-start.md"), value)
		}
	}
}
