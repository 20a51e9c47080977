package pages

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/figgosync/figgosync/web/texts"
)

// unquoted reads a literal as PowerShell's tokenizer does: a single quote of any
// shape ends it, unless another one follows.
func unquoted(t interface{ Fatalf(string, ...any) }, literal string) string {
	isQuote := func(r rune) bool { return strings.ContainsRune("'‘’‚‛", r) }
	runes := []rune(literal)
	if len(runes) < 2 || !isQuote(runes[0]) {
		t.Fatalf("not a literal: %q", literal)
	}
	var out []rune
	for i := 1; i < len(runes); i++ {
		if !isQuote(runes[i]) {
			out = append(out, runes[i])
			continue
		}
		if i == len(runes)-1 {
			return string(out)
		}
		if i++; !isQuote(runes[i]) {
			t.Fatalf("%q ends before its end, at %d", literal, i)
		}
		out = append(out, runes[i])
	}
	t.Fatalf("%q has no end", literal)
	return ""
}

func TestQuotedIsOneLiteral(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("'‘’‚‛`$();\"\n")))).Draw(t, "text")
		if got := unquoted(t, quoted(text)); got != text {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

func TestScopeIsFilledIn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		input scriptInput
		want  string
	}{
		"everybody": {scriptInput{Scope: scopeEverybody}, `New-ManagementScope -Name SynchroFiggoScope -RecipientRestrictionFilter 'RecipientType -eq "UserMailbox"'`},
		"group":     {scriptInput{Scope: scopeGroup, Group: "L’équipe"}, `(Get-Group -Identity 'L’’équipe').DistinguishedName`},
		"unit":      {scriptInput{Scope: scopeUnit, Unit: "acme.example/Paris"}, `-RecipientRoot 'acme.example/Paris'`},
		"attribute": {scriptInput{Scope: scopeAttribute, Attribute: "Company", Value: "Acme d'Or"}, `-and Company -eq "Acme d''Or"'`},
		"not yet":   {scriptInput{Scope: scopeGroup}, `-Identity 'GROUP'`},
	} {
		if problems := c.input.problems(); len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
		}
		whole := ""
		for _, step := range exchangeScript(english, c.input) {
			whole += step.Code + "\n"
		}
		if !strings.Contains(whole, c.want) {
			t.Errorf("%s: no %s in\n%s", name, c.want, whole)
		}
		for _, needed := range []string{"-Role ApplicationImpersonation", "-User 'SynchroFiggoUser'", "-CustomRecipientWriteScope SynchroFiggoScope"} {
			if !strings.Contains(whole, needed) {
				t.Errorf("%s: no %s", name, needed)
			}
		}
		if strings.Contains(whole, "gpupdate") || strings.ContainsAny(strings.ReplaceAll(whole, "L’’équipe", ""), "–“”‘’") {
			t.Errorf("%s: not what PowerShell reads:\n%s", name, whole)
		}
	}
}

func TestScriptRefusesWhatWouldRun(t *testing.T) {
	t.Parallel()
	for _, hostile := range []string{"a\"b", "a”b", "a\nb", "a\x00b", "\xff", "a\u2028b", "a\u202eb", strings.Repeat("x", 201)} {
		for _, input := range []scriptInput{{Scope: scopeGroup, Group: hostile}, {Scope: scopeUnit, Unit: hostile}, {Scope: scopeAttribute, Attribute: "Company", Value: hostile}} {
			if len(input.problems()) != 1 {
				t.Errorf("%q is taken as %s", hostile, input.Scope)
			}
		}
		if got := login(hostile); got != defaultExchangeAccount {
			t.Errorf("the account %q became %q", hostile, got)
		}
	}
	if (scriptInput{Scope: "x"}).problems() == nil || (scriptInput{Scope: scopeAttribute, Attribute: "Name; rm"}).problems() == nil {
		t.Error("a choice that was not offered is taken")
	}
}

func TestLoginLeavesTheDomainOut(t *testing.T) {
	t.Parallel()
	for account, want := range map[string]string{`ACME\svc`: "svc", "svc@acme.example": "svc", "svc": "svc", "": defaultExchangeAccount, `ACME\`: defaultExchangeAccount} {
		if got := login(account); got != want {
			t.Errorf("%q: %q", account, got)
		}
	}
}

func TestOffice365ScriptHasTheClient(t *testing.T) {
	t.Parallel()
	input := scriptInput{Scope: scopeUnit, Unit: "x"}
	if got := office365Script(texts.Localizer{Lang: texts.French}, "11111111-2222", input); !strings.Contains(got, "-AppId '11111111-2222'") || !strings.Contains(got, "-CustomResourceScope figgosync") {
		t.Error(got)
	}
	if got := office365Script(english, "a\nb", input); !strings.Contains(got, "'CLIENT-ID'") {
		t.Error(got)
	}
}

func TestHostsThatPeoplePaste(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"acme": "https://acme.ilucca.net", "ACME": "https://acme.ilucca.net", "acme.ilucca.net": "https://acme.ilucca.net",
		"https://acme.ilucca.net/timmi-absences/#/calendar?x=1": "https://acme.ilucca.net", "https://Acme.ilucca.net/": "https://acme.ilucca.net",
		"acme.ilucca-demo.net/directory": "https://acme.ilucca-demo.net", "http://acme.ilucca.net": "http://acme.ilucca.net",
		"http://127.0.0.1:9090/lucca": "http://127.0.0.1:9090/lucca", "https://user:pass@acme.ilucca.net": "https://user:pass@acme.ilucca.net",
		"not a host": "not a host", "": "",
	} {
		if got := luccaHost(typed); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	taken := map[string]bool{"acme": true, "acme-2": true}
	if got := freeName("acme", taken); got != "acme-3" {
		t.Error(got)
	}
	long := strings.Repeat("a", 40)
	if got := freeName(long, map[string]bool{long: true}); len(got) != 40 || !strings.HasSuffix(got, "-2") {
		t.Error(got)
	}
	for host, want := range map[string]string{"https://acme.ilucca.net": "acme", "http://127.0.0.1:1/lucca": "lucca", "https://new.ilucca.net": "lucca", "https://Été.example": "ete"} {
		if got := nameOf(host); got != want {
			t.Errorf("%s: %q", host, got)
		}
	}
}
