package texts_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// loose are the signs of French that a line may part from their word where an
// ordinary space is before them, or behind an opening quotation mark.
var loose = regexp.MustCompile(` [:;?!»%]|« `)

// spans of a line that are no prose: code, addresses of links, comments.
var noProse = regexp.MustCompile("`[^`]*`|\\]\\([^)]*\\)|<[^>]*>|https?://\\S+")

// TestFrenchGuidesAreTypeset: the guides have the no-break spaces and hyphens that the
// pages have. Headings are left out: their addresses are made of their letters.
// FIGGOSYNC_DOCS=write sets them.
func TestFrenchGuidesAreTypeset(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("..", "..", "docs", "fr", "*.md"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no guides: %v", err)
	}
	for _, file := range append(files, filepath.Join("..", "..", "LISEZMOI.md")) {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines, fenced := strings.Split(string(content), "\n"), false
		for i, line := range lines {
			fenced = fenced != strings.HasPrefix(strings.TrimSpace(line), "```")
			if fenced || strings.HasPrefix(line, "#") {
				continue
			}
			set := typesetProse(line)
			if set != line && os.Getenv("FIGGOSYNC_DOCS") != "write" {
				t.Errorf("%s:%d: an ordinary space before a sign, or an e-mail that may be parted: %s", file, i+1, line)
			}
			lines[i] = set
		}
		if os.Getenv("FIGGOSYNC_DOCS") == "write" {
			if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// typesetProse sets no-break spaces and hyphens in the prose of one line.
func typesetProse(line string) string {
	var out strings.Builder
	at := 0
	for _, span := range append(noProse.FindAllStringIndex(line, -1), []int{len(line), len(line)}) {
		prose := line[at:span[0]]
		for _, found := range slices.Backward(loose.FindAllStringIndex(prose, -1)) {
			if next, _ := utf8.DecodeRuneInString(prose[found[1]:]); strings.HasPrefix(prose[found[0]:], " ") && (unicode.IsLetter(next) || next == '[') {
				continue // the sign of an option, or of a picture
			}
			prose = prose[:found[0]] + strings.ReplaceAll(prose[found[0]:found[1]], " ", "\u00a0") + prose[found[1]:]
		}
		out.WriteString(strings.ReplaceAll(prose, "e-mail", "e\u2011mail"))
		out.WriteString(line[span[0]:span[1]])
		at = span[1]
	}
	return out.String()
}

func TestTypesetProse(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"Quoi : « ceci » ?":                "Quoi\u00a0: «\u00a0ceci\u00a0»\u00a0?",
		"`a : b` : c ![x](y ! z) 95 %":     "`a : b`\u00a0: c ![x](y ! z) 95\u00a0%",
		"une [page](a.md) ; une :autre":    "une [page](a.md)\u00a0; une :autre",
		"un e-mail, `e-mail`":              "un e\u2011mail, `e-mail`",
		"déjà bon\u00a0: rien à faire ici": "déjà bon\u00a0: rien à faire ici",
	} {
		if got := typesetProse(line); got != want {
			t.Errorf("%q becomes %q, want %q", line, got, want)
		}
	}
}
