package consent_test

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/web/consent"
	"github.com/figgosync/figgosync/web/texts"
)

var (
	style   = regexp.MustCompile(`(?s)<style>(.*)</style>`)
	heading = regexp.MustCompile(`<h1>.*</span> (.*)</h1>`)
)

func render(t *testing.T, lang texts.Lang, page consent.Page) string {
	t.Helper()
	var text strings.Builder
	if err := consent.Render(&text, lang, page); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestEveryKindHasAPageOfItsOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]consent.Kind{}
	for _, kind := range []consent.Kind{consent.Stale, consent.Refused, consent.OtherTenant, consent.Granted, consent.Waiting, consent.Failed, consent.Unproved} {
		for _, lang := range []texts.Lang{texts.French, texts.English} {
			text := render(t, lang, consent.Page{Kind: kind, Connection: "cloud", Finding: "secret-expired", Detail: "AADSTS7000222"})
			title := heading.FindStringSubmatch(text)
			if title == nil || seen[title[1]] != "" {
				t.Fatalf("%s in %s: title %v", kind, lang, title)
			}
			seen[title[1]] = kind
			finding := texts.FindingFor("secret-expired").What.In(lang)
			for _, part := range []string{`lang="` + string(lang) + `"`, "figgosync check cloud --mailbox", "AADSTS7000222", finding} {
				if !strings.Contains(text, part) {
					t.Errorf("%s in %s: %q is missing", kind, lang, part)
				}
			}
			if strings.Contains(text, "✓") != (kind == consent.Granted) {
				t.Errorf("%s: the wrong sign", kind)
			}
		}
	}
}

// The browser takes the style only if its hash is that of the policy.
func TestStyleIsTheOneOfThePolicy(t *testing.T) {
	t.Parallel()
	found := style.FindStringSubmatch(render(t, texts.English, consent.Page{Kind: consent.Granted}))
	if found == nil {
		t.Fatal("no style")
	}
	sum := sha256.Sum256([]byte(found[1]))
	if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(consent.SecurityPolicy, want) {
		t.Errorf("policy %q has no %q", consent.SecurityPolicy, want)
	}
	if strings.Contains(consent.SecurityPolicy, "script") || strings.Contains(consent.SecurityPolicy, "unsafe") {
		t.Errorf("policy %q", consent.SecurityPolicy)
	}
}

func TestPageEscapesWhatItShows(t *testing.T) {
	t.Parallel()
	text := render(t, texts.English, consent.Page{Kind: consent.Failed, Connection: "<script>x</script>", Detail: `"><img src=x>`})
	if strings.Contains(text, "<script") || strings.Contains(text, "<img") {
		t.Errorf("%s", text)
	}
	if empty := render(t, texts.English, consent.Page{Kind: consent.Stale}); strings.Contains(empty, "figgosync check") || strings.Contains(empty, "<dt>") {
		t.Errorf("a page about nothing names a connection: %s", empty)
	}
}
