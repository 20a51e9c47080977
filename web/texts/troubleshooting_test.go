package texts_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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

// The guides list every message that asks somebody to do
// something, in the very words of the pages. FIGGOSYNC_DOCS=write writes the lists
// anew.
func TestTroubleshooting(t *testing.T) {
	for _, lang := range []texts.Lang{texts.French, texts.English} {
		t.Run(string(lang), func(t *testing.T) {
			path := guide(lang, "troubleshooting.md")
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			want := string(content)
			for name, list := range map[string]string{
				"absences": reasonList(lang), "check": findingList(t, lang), "source": sourceList(lang), "pages": keyList(lang, "failure.", "title"),
				"sign-in": lineList(lang, "sign-in.reason."),
			} {
				if !strings.Contains(list, "\n| ") && !strings.HasPrefix(list, "- ") {
					t.Errorf("the list %s is empty", name)
				}
				want = replaceList(t, want, name, list)
			}
			if plain(want) == plain(string(content)) {
				return
			}
			if os.Getenv("FIGGOSYNC_DOCS") != "write" {
				t.Fatalf("%s does not list what the pages say now; run this test with FIGGOSYNC_DOCS=write", path)
			}
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// replaceList puts a list between its two marks.
func replaceList(t *testing.T, page, name, list string) string {
	t.Helper()
	begin, end := "<!-- "+name+": begin -->\n", "<!-- "+name+": end -->"
	before, rest, ok := strings.Cut(page, begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("the guide has no marks %s", name)
	}
	return before + begin + list + end + after
}

// row is one line of a table: the message with its code, and what to do.
func row(what, code, do string) string {
	escape := strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;")
	if code != "" {
		code = " `" + code + "`"
	}
	return fmt.Sprintf("| %s%s | %s |\n", escape.Replace(what), code, escape.Replace(do))
}

func head(lang texts.Lang) string {
	return texts.Text{FR: "| message | que faire |\n|---|---|\n", EN: "| message | what to do |\n|---|---|\n"}.In(lang)
}

func reasonList(lang texts.Lang) string {
	reasons := texts.Reasons()
	list := head(lang)
	for _, code := range sortedBy(reasons, func(r texts.Reason) string { return r.What.FR }) {
		list += row(reasons[code].What.In(lang), code, reasons[code].Do.In(lang))
	}
	return list
}

var findingRow = regexp.MustCompile("^\\| `([a-z0-9-]+)` \\|")

// findingList takes the order and the headings of the page about the check, which
// lists all findings.
func findingList(t *testing.T, lang texts.Lang) string {
	t.Helper()
	content, err := os.ReadFile(guide(lang, "check.md"))
	if err != nil {
		t.Fatal(err)
	}
	findings, listed, list, heading := texts.Findings(), map[string]bool{}, "", ""
	for line := range strings.Lines(string(content)) {
		if strings.HasPrefix(line, "### ") {
			heading = "\n" + line + "\n" + head(lang)
		}
		found := findingRow.FindStringSubmatch(line)
		if found == nil || listed[found[1]] {
			continue
		}
		if finding, ok := findings[found[1]]; ok {
			list += heading + row(finding.What.In(lang), found[1], finding.Do.In(lang))
			listed[found[1]], heading = true, ""
		}
	}
	for code := range findings {
		if !listed[code] {
			t.Errorf("%s has no row for the finding %s", guide(lang, "check.md"), code)
		}
	}
	return list + "\n"
}

// keyList lists the texts PREFIX.CODE.what and .do, with .title before them where
// there is one.
func keyList(lang texts.Lang, prefix, title string) string {
	list := head(lang)
	for _, key := range texts.Keys() {
		code, ours := strings.CutPrefix(key, prefix)
		code, ok := strings.CutSuffix(code, ".what")
		if !ok || !ours {
			continue
		}
		what, _ := texts.UI(key)
		do, _ := texts.UI(prefix + code + ".do")
		message := what.In(lang)
		if name, ok := texts.UI(prefix + code + "." + title); ok {
			message = "**" + name.In(lang) + "** " + message
		}
		list += row(message, "", do.In(lang))
	}
	return list
}

// sourceList lists what the page of a source says of a refused key.
func sourceList(lang texts.Lang) string {
	list := head(lang)
	for _, key := range texts.Keys() {
		if code, ours := strings.CutPrefix(key, "source.what."); ours {
			what, _ := texts.UI(key)
			do, _ := texts.UI("source.do." + code)
			list += row(what.In(lang), code, do.In(lang))
		}
	}
	return list
}

// plain has simple spaces and hyphens: guides are compared by their words.
func plain(text string) string {
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2011", "-").Replace(text)
}

// lineList lists the texts of a prefix that say what to do themselves.
func lineList(lang texts.Lang, prefix string) string {
	list := ""
	for _, key := range texts.Keys() {
		if strings.HasPrefix(key, prefix) {
			text, _ := texts.UI(key)
			list += "- " + text.In(lang) + "\n"
		}
	}
	return list
}

func sortedBy(reasons map[string]texts.Reason, by func(texts.Reason) string) []string {
	codes := slices.Sorted(maps.Keys(reasons))
	slices.SortStableFunc(codes, func(a, b string) int { return strings.Compare(by(reasons[a]), by(reasons[b])) })
	return codes
}
