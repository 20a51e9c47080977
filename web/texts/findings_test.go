package texts_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/web/texts"
)

func TestEveryFindingHasItsOwnTexts(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, finding := range calendars.Findings() {
		known[string(finding)] = true
		if _, ok := texts.Findings()[string(finding)]; !ok {
			t.Errorf("%s has no text", finding)
		}
	}
	first := map[string]string{}
	for code, reason := range texts.Findings() {
		if !known[code] {
			t.Errorf("%s is no finding", code)
		}
		for kind, text := range map[string]string{
			"what, fr": reason.What.FR, "what, en": reason.What.EN, "do, fr": reason.Do.FR, "do, en": reason.Do.EN,
		} {
			if other, twice := first[text]; twice {
				t.Errorf("%s and %s share a text (%s): %s", code, other, kind, text)
			}
			first[text] = code
			if len(text) < 20 || strings.TrimSpace(text) != text || !strings.HasSuffix(text, ".") {
				t.Errorf("%s: %s is no sentence: %q", code, kind, text)
			}
		}
		if reason.What.FR == reason.What.EN || strings.Contains(reason.What.FR+reason.Do.FR, "'") {
			t.Errorf("%s: the French text is English, or has a typewriter's apostrophe", code)
		}
	}
}

// A person's reasons for an absence and a check's findings are told apart.
func TestFindingsAndReasonsShareNoText(t *testing.T) {
	t.Parallel()
	for code, finding := range texts.Findings() {
		for reason, other := range texts.Reasons() {
			if finding.What.EN == other.What.EN || finding.Do.EN == other.Do.EN {
				t.Errorf("the finding %s and the reason %s share a text", code, reason)
			}
		}
	}
}

func TestCommandsAreTheSameInBothLanguages(t *testing.T) {
	t.Parallel()
	for code, reason := range texts.Findings() {
		for _, word := range strings.Fields(reason.Do.EN) {
			word = strings.Trim(word, "“”,.;:()")
			isCommand := strings.HasPrefix(word, "Get-") || strings.HasPrefix(word, "Set-") || strings.HasPrefix(word, "New-") ||
				strings.HasPrefix(word, "Test-") || strings.HasPrefix(word, "https://")
			if isCommand && !strings.Contains(word, "NUMBER") && !strings.Contains(word, "USER") && !strings.Contains(reason.Do.FR, word) {
				t.Errorf("%s: %q is in the English text only", code, word)
			}
		}
	}
}

func TestCheckWords(t *testing.T) {
	t.Parallel()
	for _, step := range calendars.NewChecklist().Steps() {
		if text := texts.CheckStep(string(step.Name)); text.FR == "" || text.EN == string(step.Name) {
			t.Errorf("the step %s has no name: %v", step.Name, text)
		}
	}
	for _, outcome := range []calendars.StepOutcome{calendars.StepOK, calendars.StepFailed, calendars.StepSkipped} {
		if text := texts.CheckOutcome(string(outcome)); text.FR == string(outcome) {
			t.Errorf("the outcome %s has no French name", outcome)
		}
	}
	if got := texts.FindingFor("nobody knows").What.EN; got != texts.Findings()["unexpected"].What.EN {
		t.Errorf("an unknown finding is %q", got)
	}
}

// The pages of the documentation list what the check can find, in its own words.
func TestDocumentationListsEveryFinding(t *testing.T) {
	t.Parallel()
	for lang, page := range map[texts.Lang]string{texts.English: "check.md", texts.French: "fr/check.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", filepath.FromSlash(page)))
		if err != nil {
			t.Fatal(err)
		}
		for _, finding := range calendars.Findings() {
			if row := "| `" + string(finding) + "` | " + texts.FindingFor(string(finding)).What.In(lang) + " |"; !strings.Contains(plain(string(text)), plain(row)) {
				t.Errorf("docs/%s has no row %s", page, row)
			}
		}
	}
}

// Who reads what to do on the page finds the field under its own name; who writes the
// settings file finds its key.
func TestFindingsNameFieldsAsThePageDoes(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]texts.Text{
		"password-wrong":   {FR: "« LoginCompte » (exchange.username)", EN: "“LoginCompte” (exchange.username)"},
		"password-expired": {FR: "« PassCompte » (exchange.password)", EN: "“PassCompte” (exchange.password)"},
		"kerberos-only":    {FR: "« Authentification : Kerberos » (exchange.auth: kerberos)", EN: "“Sign-in: Kerberos” (exchange.auth: kerberos)"},
		"tls-too-old":      {FR: "« Version minimale de TLS : 1.0 » (exchange.minTls: \"1.0\")", EN: "“Minimum TLS version: 1.0” (exchange.minTls: \"1.0\")"},
		"throttled":        {FR: "« Requêtes simultanées, maximum » (maxConcurrent)", EN: "“Simultaneous requests, at most” (maxConcurrent)"},
	} {
		for _, lang := range []texts.Lang{texts.French, texts.English} {
			if do := plain(texts.FindingFor(code).Do.In(lang)); !strings.Contains(do, want.In(lang)) {
				t.Errorf("%s does not say %q: %s", code, want.In(lang), do)
			}
		}
	}
	key := regexp.MustCompile(`(^|[^(.\w])((exchange|office365|google)\.[a-z]\w*|[a-z]+Url|minTls|maxConcurrent)\b`)
	for code, finding := range texts.Findings() {
		for _, text := range []string{finding.What.FR, finding.Do.FR, finding.What.EN, finding.Do.EN} {
			for _, found := range key.FindAllString(text, -1) {
				t.Errorf("%s names %s without the label of its field: %s", code, found, text)
			}
		}
	}
}

// What is too old is older than what is asked for.
func TestTooOldExchangeIsOlderThanWhatIsAsked(t *testing.T) {
	t.Parallel()
	for _, lang := range []texts.Lang{texts.French, texts.English} {
		finding := texts.FindingFor("exchange-version-too-old")
		if what, do := finding.What.In(lang), finding.Do.In(lang); !strings.Contains(what, "2010 SP2") || !strings.Contains(do, "2010 SP2") {
			t.Errorf("%s %s", what, do)
		}
	}
}
