package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFiguresAreReplacedOnTheirPage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "performance.md")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("# Speed\n\n" + figuresBegin + "\nold\n" + figuresEnd + "\n\nBelow.\n")
	for range 2 { // once more replaces the same
		if err := writePage(path, "new figures\n\n"); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(path)
	text := string(page)
	if err != nil || strings.Contains(text, "old") || strings.Count(text, "new figures\n```") != 1 ||
		!strings.HasPrefix(text, "# Speed") || !strings.HasSuffix(text, figuresEnd+"\n\nBelow.\n") {
		t.Errorf("%v:\n%s", err, text)
	}
	write("no place")
	if writePage(path, "new figures") == nil {
		t.Error("a page without a place is taken")
	}
}
