package figgosync_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/workflows"
)

// A heading of a table with nothing below it promises what is not there.
func TestTablesHaveRows(t *testing.T) {
	t.Parallel()
	rule := regexp.MustCompile(`^\|(\s*:?-+:?\s*\|)+$`)
	count := 0
	for page, text := range pagesOf(t) {
		lines := append(prose(text), "")
		for i, line := range lines {
			if !rule.MatchString(strings.TrimSpace(line)) {
				continue
			}
			count++
			if i == 0 || i+1 >= len(lines) || !strings.HasPrefix(lines[i+1], "|") {
				t.Errorf("%s: the table below %q has no row", page, lines[max(0, i-1)])
			}
		}
	}
	if count < 50 {
		t.Errorf("only %d tables were found", count)
	}
}

var fenced = regexp.MustCompile("(?ms)^```.*?^```$")

// A heading with nothing before the next one of its rank is empty.
func TestSectionsHaveContent(t *testing.T) {
	t.Parallel()
	for page, text := range pagesOf(t) {
		last, rank := "", 0
		for line := range strings.Lines(fenced.ReplaceAllString(text, "code") + "\n# \n") {
			line = strings.TrimSpace(line)
			marks := len(line) - len(strings.TrimLeft(line, "#"))
			switch {
			case marks > 0 && marks <= 6 && (len(line) == marks || line[marks] == ' '):
				if last != "" && marks <= rank {
					t.Errorf("%s: there is nothing below %q", page, last)
				}
				last, rank = line, marks
			case line != "":
				last = ""
			}
		}
	}
}

// searchAttribute is the name of one of ours, or of a list's beginning in a sentence.
var searchAttribute = regexp.MustCompile(`\bFiggo(?:Source|LegalEntity|Employee|Status|Synchronization|Reason|[A-Z]\w+)\b`)

// The loop that registers search attributes has each of them, and no page names one
// that does not exist.
func TestSearchAttributesAreDocumented(t *testing.T) {
	t.Parallel()
	made := map[string]bool{}
	for _, attribute := range workflows.Attributes() {
		made[attribute.GetName()] = true
	}
	if len(made) < 4 {
		t.Fatalf("only these were found: %v", made)
	}
	loop := regexp.MustCompile(`(?m)^for name in (.*); do$`)
	for page, text := range pagesOf(t) {
		for _, name := range searchAttribute.FindAllString(text, -1) {
			if !made[name] {
				t.Errorf("%s names the search attribute %s, which does not exist", page, name)
			}
		}
		if !strings.HasSuffix(page, "/operations.md") {
			continue
		}
		match := loop.FindStringSubmatch(text)
		if match == nil {
			t.Errorf("%s does not register the search attributes", page)
			continue
		}
		if number := []string{4: "four|quatre", 5: "five|cinq", 6: "six", 7: "seven|sept"}[len(made)]; !regexp.MustCompile(`\b(` + number + `) (Keyword|attributs)`).MatchString(text) {
			t.Errorf("%s does not say that there are %d search attributes", page, len(made))
		}
		listed := strings.Fields(match[1])
		slices.Sort(listed)
		if want := slices.Sorted(maps.Keys(made)); !slices.Equal(listed, want) {
			t.Errorf("%s registers %v, want %v", page, listed, want)
		}
	}
}

// A list of Exchange versions is the same wherever one stands: in guides and in texts.
func TestExchangeVersionsAreTheSameEverywhere(t *testing.T) {
	t.Parallel()
	list := regexp.MustCompile(`(?:Exchange )?(\d{4}(?: SP\d)?(?:, \d{4}(?: SP\d)?){2,}[^.;:)"]*)`)
	want := regexp.MustCompile(`^2010 SP2, 2013, 2016, 2019 (?:and|or|et|ou) Subscription Edition`)
	count := 0
	check := func(file, text string) {
		for _, match := range list.FindAllStringSubmatch(text, -1) {
			if count++; !want.MatchString(match[1]) {
				t.Errorf("%s: %q", file, match[0])
			}
		}
	}
	for page, text := range pagesOf(t) {
		check(page, text)
	}
	sources, err := filepath.Glob("web/texts/*.go")
	if err != nil || len(sources) == 0 {
		t.Fatal("no texts")
	}
	for _, file := range sources {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		check(file, string(text))
	}
	if count < 4 {
		t.Errorf("only %d lists were found", count)
	}
}
