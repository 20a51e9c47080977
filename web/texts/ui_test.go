package texts_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/web/texts"
)

var parameter = regexp.MustCompile(`\{([a-zA-Z]+)[|}]`)

// Both languages say the same: each text is there twice, with the same parameters.
func TestEveryPageTextIsInBothLanguages(t *testing.T) {
	t.Parallel()
	if len(texts.Keys()) < 100 {
		t.Fatalf("%d texts", len(texts.Keys()))
	}
	for _, key := range texts.Keys() {
		text, _ := texts.UI(key)
		if strings.TrimSpace(text.FR) == "" || strings.TrimSpace(text.EN) == "" {
			t.Errorf("%s: a language is missing", key)
		}
		if strings.Contains(text.FR+text.EN, "'") && !strings.Contains(text.EN, "`") && regexp.MustCompile(`[a-zé]'[a-zé]`).MatchString(text.FR) {
			t.Errorf("%s: a typewriter's apostrophe in %q", key, text.FR)
		}
		if fr, en := parameters(text.FR), parameters(text.EN); !slices.Equal(fr, en) {
			t.Errorf("%s: parameters %v in French, %v in English", key, fr, en)
		}
		if strings.ContainsAny(text.FR+text.EN, "<>") && regexp.MustCompile(`</?[a-z]+>`).MatchString(text.FR+text.EN) {
			t.Errorf("%s: HTML in a text", key)
		}
	}
}

func parameters(text string) []string {
	var names []string
	for _, found := range parameter.FindAllStringSubmatch(text, -1) {
		names = append(names, found[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestWordsFillParameters(t *testing.T) {
	t.Parallel()
	text := texts.Text{FR: "{count} {count|absence bloquée|absences bloquées} de {name}", EN: "{count} blocked {count|absence|absences} of {name}"}
	for want, loc := range map[string]texts.Localizer{
		"0 absence bloquée de {x}|": {Lang: texts.French}, "0 blocked absences of {x}|": {Lang: texts.English},
	} {
		if got := loc.Fill(text, "count", 0, "name", "{x}") + "|"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	fr, en := texts.Localizer{Lang: texts.French}, texts.Localizer{Lang: texts.English}
	for count, want := range map[int][2]string{
		1: {"1 absence bloquée de x", "1 blocked absence of x"}, 1234567: {"1\u202f234\u202f567 absences bloquées de x", "1,234,567 blocked absences of x"},
	} {
		if got := [2]string{fr.Fill(text, "count", count, "name", "x"), en.Fill(text, "count", count, "name", "x")}; got != want {
			t.Errorf("%d: %q", count, got)
		}
	}
	if got := fr.Fill(text, "name", "x"); !strings.Contains(got, "{count}") {
		t.Errorf("a missing parameter does not show: %q", got)
	}
	if got := fr.T("no.such.key"); got != "no.such.key" {
		t.Errorf("an unknown key does not show: %q", got)
	}
}

func TestWordsSayTimes(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	fr, en := texts.Localizer{Lang: texts.French, Now: now}, texts.Localizer{Lang: texts.English, Now: now}
	for away, want := range map[time.Duration][2]string{
		0:                {"à l’instant", "just now"},
		30 * time.Second: {"il y a 30\u00a0s", "30\u00a0s ago"},
		3 * time.Minute:  {"il y a 3\u00a0min", "3\u00a0min ago"},
		-2 * time.Hour:   {"dans 2\u00a0h", "in 2\u00a0h"},
		26 * time.Hour:   {"il y a 1\u00a0jour", "1\u00a0day ago"},
		90 * time.Hour:   {"il y a 3\u00a0jours", "3\u00a0days ago"},
	} {
		if got := [2]string{fr.Ago(now.Add(-away)), en.Ago(now.Add(-away))}; got != want {
			t.Errorf("%s: %q, want %q", away, got, want)
		}
	}
	for length, want := range map[time.Duration][2]string{
		340 * time.Millisecond:  {"340\u00a0ms", "340\u00a0ms"},
		2449 * time.Millisecond: {"2,4\u00a0s", "2.4\u00a0s"},
		90 * time.Second:        {"1,5\u00a0min", "1.5\u00a0min"},
		3 * time.Hour:           {"3\u00a0h", "3\u00a0h"},
		72 * time.Hour:          {"3\u00a0j", "3\u00a0d"},
	} {
		if got := [2]string{fr.Duration(length), en.Duration(length)}; got != want {
			t.Errorf("%s: %q, want %q", length, got, want)
		}
	}
	zone := time.FixedZone("x", 3600)
	if got := [2]string{fr.Moment(now.In(zone)), en.Moment(now.In(zone))}; got != [2]string{"1er mars 2026 à 12:00 UTC", "1 March 2026, 12:00 UTC"} {
		t.Errorf("%q", got)
	}
}

// French drops the e of "de" and "que" before the sound of a vowel, whatever is put in.
func TestElision(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Adèle Martin": "d’Adèle Martin", "Élodie": "d’Élodie", "Hélène": "d’Hélène", "Hugo": "d’Hugo", "Yves": "d’Yves", "Œdipe": "d’Œdipe", "iris@example.com": "d’iris@example.com",
		"Hassan": "de Hassan", "Hans": "de Hans", "Harry": "de Harry", "Yann": "de Yann", "Youssef": "de Youssef", "Bruno": "de Bruno", "8": "de 8", "": "de ",
	} {
		got := texts.Localizer{Lang: texts.French}.Fill(texts.Text{FR: "Absences de {person}"}, "person", name)
		if got != "Absences "+want {
			t.Errorf("%q", got)
		}
	}
	for pattern, want := range map[string]string{"Arrêtée dès que {x}": "Arrêtée dès qu’Adèle", "Mode {x}": "Mode Adèle", "code {x}": "code Adèle", "De {x} à {x}": "D’Adèle à Adèle"} {
		if got := (texts.Localizer{Lang: texts.French}).Fill(texts.Text{FR: pattern}, "x", "Adèle"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := (texts.Localizer{Lang: texts.English}).Fill(texts.Text{EN: "que {x}"}, "x", "Adèle"); got != "que Adèle" {
		t.Errorf("English elides: %q", got)
	}
	if got := (texts.Localizer{Lang: texts.French}).T("init.person.title", "person", "Adèle"); got != "Absences d’Adèle" {
		t.Errorf("%q", got)
	}
}
