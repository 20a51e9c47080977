package pages_test

import (
	"fmt"
	"html"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
)

// Rules are filled in without a script: the page always has empty ones. They come back as
// they were saved, in the order of their ranks.
func TestRulesAreFilledIn(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	const page = "/synchronizations/acme-office365"
	form := policyFields("acme", "office365", "1")
	for field, value := range map[string]string{
		"version": "1", "rules": "4",
		"policy.rules.0.accounts": "1718\nTélétravail", "policy.rules.0.telework.place": "home", "policy.rules.0.rank": "3",
		"policy.rules.1.accounts": "Maladie", "policy.rules.1.private": "yes", "policy.rules.1.showApproved": "busy", "policy.rules.1.rank": "1",
		"policy.rules.2.accounts": "category:Congés", "policy.rules.2.outOfOffice.decline": "new", "policy.rules.2.outOfOffice.message": "Absent", "policy.rules.2.rank": "2",
	} {
		form.Set(field, value)
	}
	preview := w.post(configurer, "/synchronizations/preview", form, "HX-Request", "true", "Accept-Language", "fr")
	for _, wanted := range []string{"Maladie", "catégorie Congés", "Travaille ailleurs", "Occupé"} {
		if !strings.Contains(html.UnescapeString(preview.Body.String()), wanted) {
			t.Errorf("the preview does not say %q", wanted)
		}
	}
	if a := w.post(configurer, page, form); a.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	want := []absence.Rule{
		{Accounts: []string{"name:Maladie"}, Private: new(true), ShowApproved: absence.Busy},
		{Accounts: []string{"category:Congés"}, OutOfOffice: &absence.AutoDecline{Decline: absence.DeclineNew, Message: "Absent"}},
		{Accounts: []string{"1718", "name:Télétravail"}, Telework: &absence.Telework{Place: "home"}},
	}
	stored, err := w.editor.Synchronization(t.Context(), "acme-office365")
	if diff := cmp.Diff(want, stored.Policy.Rules); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	shown := html.UnescapeString(w.get(configurer, page, "Accept-Language", "en").Body.String())
	for _, wanted := range []string{"1. Maladie", "2. category Congés", "3. 1718, Télétravail", `name="policy.rules.5.accounts"`} {
		if !strings.Contains(shown, wanted) {
			t.Errorf("the page does not show %q", wanted)
		}
	}
}

// The types are ticked in a list of Lucca's, sensitive ones marked, and typed where Lucca
// does not list them.
func TestTypesAreTicked(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	const page = "/synchronizations/acme-office365"
	shown := html.UnescapeString(w.get(configurer, page, "Accept-Language", "fr").Body.String())
	for _, wanted := range []string{
		`name="policy.rules.0.pick" value="name:RTT"><span>RTT</span>`,
		`name="policy.rules.0.pick" value="name:Maladie"><span>Maladie<small>sensible</small></span>`,
	} {
		if !strings.Contains(shown, wanted) {
			t.Errorf("the page does not show %q", wanted)
		}
	}
	form := policyFields("acme", "office365", "1")
	form["policy.rules.0.pick"] = []string{"name:RTT", "name:Congés payés"}
	for field, value := range map[string]string{
		"version": "1", "rules": "2", "policy.rules.0.accounts": "rtt 2019\ncategory:Congés", "policy.rules.0.private": "yes",
		"policy.rules.1.accounts": "57", "policy.rules.1.telework.place": "home",
	} {
		form.Set(field, value)
	}
	if a := w.post(configurer, page, form); a.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	want := []absence.Rule{
		{Accounts: []string{"name:RTT", "name:Congés payés", "name:rtt 2019", "category:Congés"}, Private: new(true)},
		{Accounts: []string{"57"}, Telework: &absence.Telework{Place: "home"}},
	}
	stored, err := w.editor.Synchronization(t.Context(), "acme-office365")
	if diff := cmp.Diff(want, stored.Policy.Rules); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	shown = html.UnescapeString(w.get(configurer, page, "Accept-Language", "en").Body.String())
	for _, wanted := range []string{
		`name="policy.rules.0.pick" value="name:RTT" checked`, `name="policy.rules.1.pick" value="57" checked`,
		"name:rtt 2019\ncategory:Congés</textarea>", "Lucca has no type of this name: rtt 2019.",
	} {
		if !strings.Contains(shown, wanted) {
			t.Errorf("the page does not show %q", wanted)
		}
	}
}

func TestTypesThatLuccaDoesNotListAreTyped(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	source, err := w.editor.Source(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	source.ClientSecret = "wrong"
	if _, err := w.editor.PutSource(t.Context(), somebody, source, 1); err != nil {
		t.Fatal(err)
	}
	shown := html.UnescapeString(w.get(configurer, "/synchronizations/acme-office365", "Accept-Language", "en").Body.String())
	if strings.Contains(shown, "policy.rules.0.pick") || !strings.Contains(shown, "Absence types are to be typed:") {
		t.Error("types are offered that nobody listed, or nothing says why there are none")
	}
}

// What would tell of sick leave is refused until somebody confirms it.
func TestTellingRulesAreConfirmed(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	const page = "/synchronizations/acme-office365"
	form := policyFields("acme", "office365", "1")
	for field, value := range map[string]string{
		"version": "1", "rules": "1", "policy.rules.0.accounts": "Arrêt maladie", "policy.rules.0.category": "Santé",
	} {
		form.Set(field, value)
	}
	a := w.post(configurer, page, form, "Accept-Language", "en")
	if a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.Body.String(), `name="policy.confirmReveals"`) {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	form.Set("policy.confirmReveals", "on")
	if a := w.post(configurer, page, form); a.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	confirmed := func() bool {
		changes, err := w.editor.Changes(t.Context(), settings.ChangesQuery{Limit: 1})
		return err == nil && len(changes) == 1 && changes[0].Action == settings.ActionConfirmed
	}
	if !confirmed() {
		t.Error("the audit log does not have the confirmation")
	}
	// It was given for this policy: the same one is saved without a question, another one
	// asks again.
	form.Set("version", "2")
	form.Set("title", "Another title")
	if a := w.post(configurer, page, form); a.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	form.Set("version", "3")
	form.Set("policy.rules.0.colour", "tomato")
	a = w.post(configurer, page, form)
	if a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.Body.String(), `name="confirmAsked" value="yes"`) ||
		strings.Contains(a.Body.String(), `name="policy.confirmReveals" value="on" checked`) {
		t.Fatalf("a changed policy: %d %s", a.Code, a.Body)
	}
	form.Set("confirmAsked", "yes")
	if a := w.post(configurer, page, form); a.Code != http.StatusSeeOther || !confirmed() {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
}

// A rule that is half filled in says what it lacks at its field.
func TestRuleThatLacksItsTypes(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	form := policyFields("acme", "office365", "1")
	for field, value := range map[string]string{"version": "1", "rules": "2", "policy.rules.1.title": "template"} {
		form.Set(field, value)
	}
	a := w.post(configurer, "/synchronizations/acme-office365", form, "Accept-Language", "en")
	if a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.Body.String(), `id="f-policy-rules-0-accounts-error"`) {
		t.Errorf("%d %s", a.Code, a.Body)
	}
}

// Beside each template stands what it reveals, and it follows what is typed, in the order
// of the form whatever the places of the rules.
func TestWhatATemplateRevealsStandsBesideIt(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	form := policyFields("acme", "office365", "1")
	for field, value := range map[string]string{
		"version": "1", "rules": "4", "policy.rules.0.accounts": "RTT", "policy.rules.0.template": "{label} {until}", "policy.rules.0.rank": "2",
		"policy.rules.2.accounts": "Congés payés", "policy.rules.2.title": "type", "policy.rules.2.rank": "1",
		"policy.rules.3.accounts": "Mission", "policy.rules.3.template": "Ailleurs {type}",
	} {
		form.Set(field, value)
	}
	const date, kind, words, nothing = "Le titre révèle une date, à qui ne voit que lui aussi.", "Le titre révèle le type d’absence.",
		"Ses mots n’appartiennent qu’à cette règle : ils disent de quels types il s’agit.", "Le titre ne révèle rien : il est celui de toutes les absences."
	piece := html.UnescapeString(w.post(configurer, "/synchronizations/preview", form, "Accept-Language", "fr").Body.String())
	piece = strings.ReplaceAll(piece, "\u00a0", " ")
	for i, want := range []string{date, nothing, kind, kind + " " + words} {
		if told := fmt.Sprintf(`<span id="reveals-%d" hx-swap-oob="innerHTML">%s</span>`, i, want); !strings.Contains(piece, told) {
			t.Errorf("no %s in %s", told, piece)
		}
	}
	if a := w.post(configurer, "/synchronizations/acme-office365", form); a.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	page := html.UnescapeString(w.get(configurer, "/synchronizations/acme-office365", "Accept-Language", "fr").Body.String())
	page = strings.ReplaceAll(page, "\u00a0", " ")
	for i, want := range []string{kind, date, kind + " " + words, nothing} { // as stored, and an empty one
		if told := fmt.Sprintf(`<span id="reveals-%d" aria-live="polite">%s</span>`, i, want); !strings.Contains(page, told) {
			t.Errorf("no %s in the page", told)
		}
	}
	if strings.Contains(page, "hx-swap-oob") {
		t.Error("the page itself has what is for a piece")
	}
}
