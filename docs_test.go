package figgosync_test

import (
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

var (
	// mdLink is a link or an image; the address ends at a space or parenthesis.
	mdLink  = regexp.MustCompile(`\]\(<?([^)\s>]+)>?[^)]*\)`)
	htmlSrc = regexp.MustCompile(`(?:src|srcset|href)="([^"]+)"`)
	mdName  = regexp.MustCompile(`<a (?:name|id)="([^"]+)"`)
	heading = regexp.MustCompile(`^#{1,6} +(.+?) *#*$`)
	mdCode  = regexp.MustCompile("`[^`]*`")
	scheme  = regexp.MustCompile(`^[a-z][a-z0-9+.-]*:`)
)

// notOurs are directories that hold no pages of ours.
var notOurs = []string{".git", ".data", "bin", "node_modules", "testdata"}

// pagesOf returns the text of every page (*.md) by its path.
func pagesOf(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(notOurs, entry.Name()):
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(file) != ".md":
			return nil
		}
		text, err := os.ReadFile(file)
		all[filepath.ToSlash(file)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("only %d pages were found", len(all))
	}
	return all
}

// prose returns the lines outside code blocks.
func prose(text string) []string {
	var lines []string
	inside := ""
	for line := range strings.Lines(text) {
		fence := strings.TrimSpace(line)
		switch {
		case inside == "" && (strings.HasPrefix(fence, "```") || strings.HasPrefix(fence, "~~~")):
			inside = fence[:3]
		case inside != "":
			if strings.HasPrefix(fence, inside) {
				inside = ""
			}
		default:
			lines = append(lines, strings.TrimRight(line, "\r\n"))
		}
	}
	return lines
}

// anchors are what a page can be linked to within: its headings, as GitHub names
// them (https://docs.github.com/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links),
// and its named places.
func anchors(text string) map[string]bool {
	all := map[string]bool{}
	for _, line := range prose(text) {
		for _, match := range mdName.FindAllStringSubmatch(line, -1) {
			all[match[1]] = true
		}
		if match := heading.FindStringSubmatch(line); match != nil {
			all[slug(match[1])] = true
		}
	}
	return all
}

func slug(title string) string {
	title = regexp.MustCompile(`<[^>]*>`).ReplaceAllString(title, "")
	title = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`).ReplaceAllString(title, "$1")
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(title))
}

// links are the addresses a page leads to.
func links(text string) []string {
	var all []string
	for _, line := range prose(text) {
		line = mdCode.ReplaceAllString(line, "``")
		for _, pattern := range []*regexp.Regexp{mdLink, htmlSrc} {
			for _, match := range pattern.FindAllStringSubmatch(line, -1) {
				all = append(all, match[1])
			}
		}
	}
	return all
}

// Every link to a page, a picture or a place in one leads somewhere.
func TestLinksLeadSomewhere(t *testing.T) {
	pages := pagesOf(t)
	count := 0
	for _, page := range slices.Sorted(maps.Keys(pages)) {
		for _, link := range links(pages[page]) {
			if scheme.MatchString(link) || strings.HasPrefix(link, "//") {
				continue
			}
			count++
			if problem := follow(pages, page, link); problem != "" {
				t.Errorf("%s: %s: %s", page, link, problem)
			}
		}
	}
	if count < 100 {
		t.Errorf("only %d links were found", count)
	}
}

// follow returns what is wrong with a relative link of a page, "" when nothing.
func follow(pages map[string]string, page, link string) string {
	link, fragment, _ := strings.Cut(link, "#")
	link, err1 := url.PathUnescape(link)
	fragment, err2 := url.PathUnescape(fragment)
	if err1 != nil || err2 != nil {
		return "it cannot be read"
	}
	target := page
	if link != "" {
		target = path.Join(path.Dir(page), link)
	}
	if strings.HasPrefix(link, "/") || strings.HasPrefix(target, "../") {
		return "it leads out of the repository"
	}
	if _, err := os.Stat(target); err != nil {
		return "there is nothing"
	}
	if text, known := pages[target]; fragment != "" && known && !anchors(text)[fragment] {
		return "the page has no such place"
	}
	return ""
}

func TestLinksAreFollowed(t *testing.T) {
	pages := map[string]string{
		"docs/configuration.md": "# A\n\n## L’état, et `--x` (b)\n<a name=\"here\"></a>\n```\n## no\n```\n",
	}
	for link, good := range map[string]bool{
		"configuration.md": true, "../go.mod": true, "fr": true, "#a": true, "#here": true, "#létat-et---x-b": true, "configuration.md#a": true,
		"missing.md": false, "#no": false, "/docs": false, "../../x": false, "configuration.md#b": false,
	} {
		if problem := follow(pages, "docs/configuration.md", link); (problem == "") != good {
			t.Errorf("%s: %q", link, problem)
		}
	}
	text := "[a](b.md) ![c](d.png \"title\") `[e](f)`\n```\n[g](h)\n```\n<img src=\"i.png\">"
	if got := links(text); !slices.Equal(got, []string{"b.md", "d.png", "i.png"}) {
		t.Errorf("found %q", got)
	}
}

// englishOnly are pages for developers.
var englishOnly = []string{"docs/architecture.md", "docs/lucca.md", "docs/performance.md", "docs/scaling.md"}

// Who reads one language can change to the other.
func TestPagesHaveTheirTranslation(t *testing.T) {
	pages := pagesOf(t)
	leads := func(from, to string) {
		for _, link := range links(pages[from]) {
			if path.Join(path.Dir(from), link) == to {
				return
			}
		}
		t.Errorf("%s does not lead to %s", from, to)
	}
	leads("README.md", "LISEZMOI.md")
	leads("LISEZMOI.md", "README.md")
	for page := range pages {
		switch dir, name := path.Split(page); {
		case dir == "docs/fr/":
			leads(page, "docs/"+name)
		case dir == "docs/" && !slices.Contains(englishOnly, page):
			leads(page, "docs/fr/"+name)
		}
	}
}

// metricName is the name of a Prometheus metric where it is made.
var metricName = regexp.MustCompile(`(?s)prometheus\.(?:\w+Opts\{[^}]*?Name:\s*|NewDesc\()"(figgosync_\w+)"`)

// The pages about operations name every metric, and none that does not exist.
func TestMetricsAreDocumented(t *testing.T) {
	made := map[string]bool{}
	for file := range importsOf(t, ".") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range metricName.FindAllStringSubmatch(string(text), -1) {
			made[match[1]] = true
		}
	}
	if len(made) < 5 {
		t.Fatalf("only these metrics were found: %v", made)
	}
	suffix := regexp.MustCompile(`_(bucket|sum|count)$`)
	for _, page := range []string{"docs/operations.md", "docs/fr/operations.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		named := map[string]bool{}
		for _, name := range regexp.MustCompile(`\bfiggosync_[a-z_]+`).FindAllString(string(text), -1) {
			named[suffix.ReplaceAllString(name, "")] = true
		}
		for name := range made {
			if !named[name] {
				t.Errorf("%s does not name %s", page, name)
			}
		}
		for name := range named {
			if !made[name] {
				t.Errorf("%s names %s, which nothing makes", page, name)
			}
		}
	}
}
