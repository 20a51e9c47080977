package api

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var said = regexp.MustCompile(`\brefused\((?:[\w.]+), "([^"]+)"`)

// Every problem says what it says in both languages, and nothing is said that has no
// text.
func TestEveryMessageSpeaksBothLanguages(t *testing.T) {
	for key, text := range messages {
		if text.FR == "" || text.EN == "" || text.FR == text.EN {
			t.Errorf("%s: %q, %q", key, text.FR, text.EN)
		}
		if strings.Count(text.FR, "{") != strings.Count(text.EN, "{") {
			t.Errorf("%s has other values in one language", key)
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, use := range said.FindAllStringSubmatch(string(source), -1) {
			count++
			if _, ok := messages[use[1]]; !ok {
				t.Errorf("%s says %q, which has no text", file, use[1])
			}
		}
	}
	if count < 30 {
		t.Errorf("only %d messages were found: this test looks for the wrong thing", count)
	}
}
