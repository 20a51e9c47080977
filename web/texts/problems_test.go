package texts_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// allCodes are those of the settings and of all calendar systems.
func allCodes() []string {
	codes := settings.Codes()
	for _, system := range calendars.Systems() {
		codes = append(codes, system.Codes...)
	}
	return codes
}

func TestEveryProblemHasItsOwnTexts(t *testing.T) {
	t.Parallel()
	for _, code := range allCodes() {
		if _, ok := texts.Problems()[code]; !ok {
			t.Errorf("%s has no text", code)
		}
	}
	first := map[string]string{}
	for code, text := range texts.Problems() {
		for lang, one := range map[string]string{"fr": text.FR, "en": text.EN} {
			if other, twice := first[one]; twice {
				t.Errorf("%s and %s share the text %q", code, other, one)
			}
			first[one] = code
			if len(one) < 15 || strings.TrimSpace(one) != one {
				t.Errorf("%s: %s is no sentence: %q", code, lang, one)
			}
		}
		if strings.ContainsAny(text.FR+text.EN, "'\"") {
			t.Errorf("%s has a typewriter's apostrophe or quote", code)
		}
		if fr, en := loc(text.FR), loc(text.EN); !slices.Equal(fr, en) {
			t.Errorf("%s names %v in French and %v in English", code, fr, en)
		}
	}
}

var braces = regexp.MustCompile(`\{(\w+)\}`)

// words are the names in braces.
func loc(text string) []string {
	found := map[string]bool{}
	for _, m := range braces.FindAllStringSubmatch(text, -1) {
		found[m[1]] = true
	}
	return slices.Sorted(maps.Keys(found))
}

func TestTheListOfCodesIsComplete(t *testing.T) {
	t.Parallel()
	known := allCodes()
	found := 0
	for _, file := range []string{"settings/rules.go", "record/problem.go", "calendars/*/settings.go"} {
		paths, err := filepath.Glob(filepath.Join("..", "..", "internal", filepath.FromSlash(file)))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %v", file, err)
		}
		for _, path := range paths {
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`(?m)^\tCode\w+\s+= "([a-z0-9-]+)"`).FindAllStringSubmatch(string(source), -1) {
				found++
				if !slices.Contains(known, m[1]) {
					t.Errorf("%s is not among the codes", m[1])
				}
			}
		}
	}
	if found != len(known) {
		t.Errorf("found %d constants, and %d codes", found, len(known))
	}
}

func TestProblem(t *testing.T) {
	t.Parallel()
	values := map[string]string{"legalEntity": "{synchronization}", "synchronization": "<b>"}
	got := texts.Problem(texts.English, "legal-entity-taken", values)
	want := "Legal entity {synchronization} is in the active synchronization “<b>” already. Remove it from one of the two, or pause one."
	if got != want {
		t.Errorf("got %q", got)
	}
	bounds := map[string]string{"least": "0", "most": "10000", "legalEntity": "10000"}
	if got := texts.Problem(texts.French, "bad-number", bounds); got != "Écrivez un nombre entier de 0 à 10\u202f000." {
		t.Errorf("got %q", got)
	}
	if got := texts.Problem(texts.English, "legal-entity-taken", bounds); !strings.Contains(got, "entity 10000 is") {
		t.Errorf("an id is no number: %q", got)
	}
	if got := texts.Problem(texts.French, "no-such-code", nil); !strings.HasPrefix(got, "Cette valeur") {
		t.Errorf("got %q", got)
	}
}
