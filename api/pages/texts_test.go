package pages_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/web"
	"github.com/figgosync/figgosync/web/texts"
)

var (
	quoted = regexp.MustCompile(`"([^"\s]+)"`)
	// asked finds keys that must exist: {{t "key"}} and .T("key").
	asked = regexp.MustCompile(`(?:\bt |\.T\()"([^"]+)"(\s*\+|\s*\.\s|)`)
	// prefixes finds those whose end is told later: {{tk "status" x}}, .T("kind." + x), (print "failure." x).
	prefixes = regexp.MustCompile(`(?:\btk |\.T\(|\bprint |\.Has\(|:?= )"([^"]+)"`)
	fields   = regexp.MustCompile(`field [^ ]+ "([^"]+)" "([^"]+)"`)
	// shared are fields that several calendar systems have: their texts are one.
	shared = regexp.MustCompile(`\(field [^ ]+ "([^"]+)" \(print [^ ]+ "\.([^"]+)"\)`)
)

// sources are the templates and the program's files that say something.
func sources(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	templates, err := fs.Glob(web.Templates(), "*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range templates {
		content, err := fs.ReadFile(web.Templates(), name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = string(content)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	// What is told by e-mail.
	files = append(files, "../../internal/alerts/text.go", "../../internal/alerts/quiet.go")
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = string(content)
	}
	return all
}

// What pages say exists, in both languages (see the test of web/texts).
func TestEveryTextThatIsAskedForExists(t *testing.T) {
	t.Parallel()
	for name, content := range sources(t) {
		for _, found := range asked.FindAllStringSubmatch(content, -1) {
			if _, ok := texts.UI(found[1]); !ok && !strings.HasSuffix(found[1], ".") && strings.TrimSpace(found[2]) == "" {
				t.Errorf("%s asks for %q", name, found[1])
			}
		}
		for _, found := range slices.Concat(fields.FindAllStringSubmatch(content, -1), shared.FindAllStringSubmatch(content, -1)) {
			if _, ok := texts.UI(found[1] + "." + found[2]); !ok {
				t.Errorf("%s: the field %s.%s has no label", name, found[1], found[2])
			}
		}
	}
}

func TestEveryTextIsUsed(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	var begins []string
	for _, content := range sources(t) {
		for _, found := range quoted.FindAllStringSubmatch(content, -1) {
			used[found[1]] = true
			if strings.HasSuffix(found[1], ".") {
				begins = append(begins, found[1])
			}
		}
		for _, found := range prefixes.FindAllStringSubmatch(content, -1) {
			begins = append(begins, strings.TrimSuffix(found[1], ".")+".")
		}
		for _, found := range slices.Concat(fields.FindAllStringSubmatch(content, -1), shared.FindAllStringSubmatch(content, -1)) {
			key := found[1] + "." + found[2]
			used[key], used[key+".help"], used[key+".placeholder"] = true, true, true
		}
	}
	begins = append(begins, "flash.") // setFlash tells the end
	for _, key := range texts.Keys() {
		if used[key] {
			continue
		}
		begun := false
		for _, prefix := range begins {
			begun = begun || strings.HasPrefix(key, prefix)
		}
		if !begun {
			t.Errorf("nobody says %q", key)
		}
	}
}
