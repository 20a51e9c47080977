package desk_test

import (
	"encoding/json"
	"html"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func (o *office) page(query, accept string) (string, http.Header) {
	o.t.Helper()
	resp := o.send(http.MethodGet, "/sandbox"+query, "", "Accept-Language", accept)
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != 200 {
		o.t.Fatalf("%d %s", resp.StatusCode, text)
	}
	return string(text), resp.Header
}

func TestPageSpeaksFrenchFirst(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for _, c := range []struct{ query, accept, want string }{
		{"", "", "fr"}, {"", "de-CH,en;q=0.8,fr;q=0.5", "en"}, {"", "fr-FR,en", "fr"}, {"", "ja", "fr"},
		{"?lang=en", "fr", "en"}, {"?lang=xx", "en", "en"},
	} {
		text, header := o.page(c.query, c.accept)
		if header.Get("Content-Language") != c.want || !strings.Contains(text, `<html lang="`+c.want+`">`) {
			t.Errorf("%q %q: %s, want %s", c.query, c.accept, header.Get("Content-Language"), c.want)
		}
	}
}

func TestPageKeepsToItsPolicy(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	text, header := o.page("", "fr")
	if policy := header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy: %s", policy)
	}
	for _, inline := range []string{`\sstyle=`, `<style`, `\son[a-z]+=`, `<script(>|[^>]*></script>.)`, `https?://`, `{{`} {
		if found := regexp.MustCompile(inline).FindString(text); found != "" && !strings.HasSuffix(found, "</script>\n") {
			t.Errorf("the page holds %q", found)
		}
	}
	for _, address := range regexp.MustCompile(`(?:src|href)="(/[^"]+)"`).FindAllStringSubmatch(text, -1) {
		resp := o.send(http.MethodGet, address[1], "")
		resp.Body.Close()
		if resp.StatusCode != 200 {
			t.Errorf("%s: %d", address[1], resp.StatusCode)
		}
	}
}

// Every text a script asks for exists, in both languages.
func TestTextsAreComplete(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var languages []map[string]string
	for _, lang := range []string{"fr", "en"} {
		text, _ := o.page("?lang="+lang, "")
		encoded := regexp.MustCompile(`data-texts="([^"]*)"`).FindStringSubmatch(text)
		var texts map[string]string
		if err := json.Unmarshal([]byte(html.UnescapeString(encoded[1])), &texts); err != nil {
			t.Fatal(err)
		}
		languages = append(languages, texts)
	}
	fr, en := slices.Sorted(maps.Keys(languages[0])), slices.Sorted(maps.Keys(languages[1]))
	if diff := cmp.Diff(fr, en); diff != "" {
		t.Error(diff)
	}
	scripts, err := filepath.Glob("static/*.js")
	if err != nil || len(scripts) == 0 {
		t.Fatal("no scripts")
	}
	templates, _ := filepath.Glob("templates/*.html")
	for _, name := range append(scripts, templates...) {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, use := range regexp.MustCompile(`(?:texts|\.T)\.(\w+)`).FindAllStringSubmatch(string(source), -1) {
			if languages[0][use[1]] == "" {
				t.Errorf("%s uses the text %s, which does not exist", name, use[1])
			}
		}
	}
}
