package texts_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/web/texts"
)

// everyText returns all texts of all kinds by a name of its own.
func everyText() map[string]texts.Text {
	all := map[string]texts.Text{}
	for _, key := range texts.Keys() {
		all[key], _ = texts.UI(key)
	}
	for code, text := range texts.Problems() {
		all["problem "+code] = text
	}
	for kind, reasons := range map[string]map[string]texts.Reason{"reason ": texts.Reasons(), "finding ": texts.Findings()} {
		for code, reason := range reasons {
			all[kind+code+", what"], all[kind+code+", do"] = reason.What, reason.Do
		}
	}
	for _, kind := range []string{"stale", "refused", "other-tenant", "granted", "waiting", "failed", "unproved"} {
		consent := texts.Consent(kind)
		all["consent "+kind+", title"], all["consent "+kind+", what"], all["consent "+kind+", next"] = consent.Title, consent.What, consent.Next
	}
	return all
}

var (
	// parted is where a French line could break before a sign or after an opening
	// quotation mark; stuck is a sign that has no space before it.
	parted = regexp.MustCompile(` [:;?!»%]|« `)
	stuck  = regexp.MustCompile(`[\p{L})][;?!](\s|$)`)
	// odd are words that no text says any more: each has one term, and some are not
	// what people write.
	odd = map[string]*regexp.Regexp{
		"fr": regexp.MustCompile(`(?i)nuage|jeu de clés|\bsautée|de deux façons l’une|comme il faut|d’elles-mêmes|téléverse|\bfreine|réessaient|super administrateur|` +
			`système de calendriers|mots justes|qui elle est|secret est faux|réconciliation|type d’absence est tu`),
		"en": regexp.MustCompile(`(?i)\bmend\b|\bnews\b|no longer good`),
	}
)

func TestTypography(t *testing.T) {
	t.Parallel()
	for name, text := range everyText() {
		if found := parted.FindString(text.FR); found != "" {
			t.Errorf("%s: a line may break at %q: %s", name, found, text.FR)
		}
		if found := stuck.FindString(text.FR); found != "" {
			t.Errorf("%s: no space in %q: %s", name, found, text.FR)
		}
		if strings.Contains(text.FR+text.EN, "e-mail") {
			t.Errorf("%s: e-mail may be parted", name)
		}
		if strings.Contains(strings.ToLower(text.FR), "agenda") && !strings.Contains(strings.ToLower(name+text.FR), "google") {
			t.Errorf("%s: only Google says agenda, everybody else calendrier: %s", name, text.FR)
		}
		for lang, one := range map[string]string{"fr": text.FR, "en": text.EN} {
			if found := odd[lang].FindString(one); found != "" {
				t.Errorf("%s (%s) says %q: %s", name, lang, found, one)
			}
		}
	}
}

// Adapters tell details in English; nothing of it is left in French.
func TestDetailsOfChecks(t *testing.T) {
	t.Parallel()
	for detail, want := range map[string]string{
		"roles in the token: Calendars.ReadWrite":                       "rôles dans le jeton\u00a0: Calendars.ReadWrite",
		"roles in the token: none":                                      "aucun rôle dans le jeton",
		"NTLM, Exchange 2019 or Subscription Edition (15.2.1544.4)":     "NTLM, Exchange 2019 ou Subscription Edition (15.2.1544.4)",
		"offered: Basic Bearer":                                         "proposé par le serveur\u00a0: Basic Bearer",
		"mail.example.com: TLS 1.3, certificate until 2027-03-01":       "mail.example.com: TLS 1.3, certificat valable jusqu’au 1er mars 2027",
		"client id 123, scope https://www.googleapis.com/auth/calendar": "identifiant client 123, champ d’application https://www.googleapis.com/auth/calendar",
	} {
		if got := texts.Detail(texts.French, detail); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := texts.Detail(texts.English, "certificate until 2027-03-01"); got != "certificate until 1 March 2027" {
		t.Errorf("%q", got)
	}
}

func TestStoryCounts(t *testing.T) {
	t.Parallel()
	line := texts.Line{Event: "written", Provider: "google", Created: 1, Updated: 2}
	if got := texts.Story(texts.French, line); got != "Google Agenda est à jour\u00a0: 1 événement créé, 2 événements modifiés." {
		t.Errorf("%q", got)
	}
	if got := texts.Story(texts.English, line); got != "Google Calendar is up to date: 1 event created, 2 events updated." {
		t.Errorf("%q", got)
	}
}

func TestStoryOfAutomaticReplies(t *testing.T) {
	t.Parallel()
	for _, event := range []string{"reply-written", "reply-left", "reply-edited", "reply-given-back", "reply-trouble"} {
		line := texts.Line{Event: event, Provider: "google", Reason: "auto-reply-not-granted", Code: "403"}
		fr, en := texts.Story(texts.French, line), texts.Story(texts.English, line)
		if fr == event || en == event || fr == en || event == "reply-trouble" && !strings.Contains(en, "(403)") {
			t.Errorf("%s: %q, %q", event, fr, en)
		}
	}
}
