package pages_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/figgosync/figgosync/internal/calendars"
)

func entityBoxes(a answer) map[string]*html.Node {
	found := map[string]*html.Node{}
	for _, n := range a.elements(func(n *html.Node) bool {
		return attribute(n, "name") == "legalEntities" && attribute(n, "type") == "checkbox"
	}) {
		found[attribute(n, "value")] = n
	}
	return found
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(one html.Attribute) bool { return one.Key == name })
}

func TestNewSynchronizationIsFilledIn(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	w.setUpConnection(c, calendars.Google)
	a := w.get(configurer, "/synchronizations/new?connection=google", "Accept-Language", "fr")
	boxes := entityBoxes(a)
	if len(boxes) != 3 || !has(boxes["1"], "disabled") || has(boxes["1"], "checked") || !has(boxes["2"], "checked") || !has(boxes["3"], "checked") {
		t.Errorf("the legal entities are not right: %v", boxes)
	}
	if !a.says("déjà dans acme-office365") || !a.says("Google Agenda") || !a.says("données de santé") {
		t.Error("who has a legal entity, the preview or the warning is missing")
	}
	// A synchronization that is paused takes nothing away.
	w.post(configurer, "/synchronizations/acme-office365/pause", url.Values{"version": {"1"}, "paused": {"on"}})
	if boxes := entityBoxes(w.get(configurer, "/synchronizations/new")); has(boxes["1"], "disabled") {
		t.Error("a paused synchronization keeps its legal entities")
	}
	piece := w.get(configurer, "/synchronizations/entities?source=acme&of=acme-office365", "HX-Request", "true")
	if strings.Contains(piece.Body.String(), "<html") || !strings.Contains(piece.Body.String(), "Zürich") {
		t.Error("the piece with legal entities is not right")
	}
}

func TestSynchronizationIsMade(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	w.setUpConnection(c, calendars.Google)
	form := policyFields("acme", "google", "2", "3")
	form.Set("policy.private", "on")
	form.Set("policy.hours.morningStart", "08:30")
	a := w.post(configurer, "/synchronizations", form)
	if a.Header().Get("Location") != "/synchronizations/acme-google?created=1" {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	one, err := w.editor.Synchronization(t.Context(), "acme-google")
	if err != nil || !slices.Equal(one.LegalEntities, []string{"2", "3"}) || !one.Policy.Private || one.Policy.Hours.MorningStart != 8*60+30 || one.Paused || one.ConfirmAbove != 2000 {
		t.Errorf("%+v %v", one, err)
	}
	page := w.get(configurer, "/synchronizations/acme-google?created=1", "Accept-Language", "fr")
	if attribute(page.input("since"), "value") != "2026-03-01" || !page.link("#initialization") {
		t.Errorf("the initialization is not ready from the first of the month: %q", attribute(page.input("since"), "value"))
	}
}

func TestSynchronizationErrorsAreAtTheirFields(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	w.setUpConnection(c, calendars.Google)
	for name, one := range map[string]struct {
		change url.Values
		wrong  []string
	}{
		"taken":    {url.Values{"legalEntities": {"1"}}, []string{"f-legalEntities"}},
		"none":     {url.Values{"legalEntities": nil}, []string{"f-legalEntities"}},
		"label":    {url.Values{"policy.label": {" "}}, []string{"f-policy-label"}},
		"long":     {url.Values{"policy.label": {strings.Repeat("x", 9000)}}, []string{"f-policy-label"}},
		"order":    {url.Values{"policy.hours.morningStart": {"13:00"}}, []string{"f-policy-hours-morningEnd"}},
		"clock":    {url.Values{"policy.hours.morningStart": {hostile}, "policy.hours.morningEnd": {""}}, []string{"f-policy-hours-morningStart", "f-policy-hours-morningEnd"}},
		"zone":     {url.Values{"zone": {hostile}}, []string{"f-zone"}},
		"local":    {url.Values{"zone": {"Local"}}, []string{"f-zone"}},
		"choice":   {url.Values{"policy.showPending": {hostile}, "policy.wholeDay": {hostile}}, []string{"f-policy-showPending", "f-policy-wholeDay"}},
		"ends":     {url.Values{"source": {hostile}, "connection": {"none"}}, []string{"f-source", "f-connection"}},
		"number":   {url.Values{"confirmAbove": {"-1"}}, []string{"f-confirmAbove"}},
		"name":     {url.Values{"name": {hostile}}, []string{"f-name"}},
		"our name": {url.Values{"name": {"preview"}}, []string{"f-name"}},
	} {
		form := policyFields("acme", "google", "2")
		for field, values := range one.change {
			form[field] = values
		}
		a := w.post(configurer, "/synchronizations", form)
		clean(t, name, a)
		got := a.wrong()
		for _, wanted := range one.wrong {
			if a.Code != http.StatusUnprocessableEntity || !slices.Contains(got, wanted) {
				t.Errorf("%s: %d, wrong %v, want %v", name, a.Code, got, one.wrong)
			}
		}
		if len(got) != len(one.wrong) {
			t.Errorf("%s: wrong %v, want %v", name, got, one.wrong)
		}
	}
	if all, _ := w.editor.Synchronizations(t.Context()); len(all) != 1 {
		t.Errorf("%d synchronizations", len(all))
	}
}

func TestPreviewFollowsWhatIsTyped(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	w.setUpConnection(c, calendars.Google)
	preview := func(change url.Values) string {
		form := policyFields("acme", "google", "2")
		for field, values := range change {
			form[field] = values
		}
		a := w.post(configurer, "/synchronizations/preview", form, "HX-Request", "true", "Accept-Language", "fr")
		if a.Code != http.StatusOK || strings.Contains(a.Body.String(), "style=") || strings.Contains(a.Body.String(), "<script>alert") {
			t.Fatalf("%d %s", a.Code, a.Body)
		}
		return strings.ReplaceAll(html.UnescapeString(a.Body.String()), "\u00a0", " ")
	}
	for name, one := range map[string]struct {
		change         url.Values
		wanted, absent []string
	}{
		"google":  {nil, []string{"Google Agenda", ">Absent", "« Occupé »"}, []string{"« Absent du bureau »"}},
		"outlook": {url.Values{"connection": {"office365"}}, []string{"Outlook (Office 365)", "Absent du bureau", "Provisoire", "09:00 – 12:00"}, nil},
		"typed":   {url.Values{"policy.label": {"En congé"}, "connection": {"office365"}}, []string{"En congé"}, nil},
		"type":    {url.Values{"policy.showType": {"yes"}}, []string{"Congés payés"}, []string{">Absent<"}},
		"hours":   {url.Values{"policy.wholeDay": {"time-range"}, "policy.hours.afternoonEnd": {"19:15"}}, []string{"09:00 – 19:15"}, nil},
		"private": {url.Values{"policy.private": {"on"}, "connection": {"office365"}}, []string{"Rendez-vous privé", "🔒"}, nil},
		"hostile": {url.Values{"policy.label": {hostile}}, []string{hostile}, nil},
		"wrong":   {url.Values{"policy.hours.afternoonEnd": {"08:00"}}, []string{"Complétez les réglages"}, []string{"<svg class=\"week\""}},
		"nowhere": {url.Values{"connection": {"none"}}, []string{"Choisissez une connexion"}, []string{"<svg class=\"week\""}},
	} {
		got := preview(one.change)
		for _, wanted := range one.wanted {
			if !strings.Contains(got, wanted) {
				t.Errorf("%s: no %q", name, wanted)
			}
		}
		for _, absent := range one.absent {
			if strings.Contains(got, absent) {
				t.Errorf("%s: %q", name, absent)
			}
		}
	}
}

func TestSynchronizationOfTwoAdmins(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	form := policyFields("acme", "office365", "1")
	form.Set("version", "1")
	form.Set("policy.label", "Erste")
	if a := w.post(configurer, "/synchronizations/acme-office365", form); a.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	form.Set("policy.label", "Zweite")
	a := w.post(consulterWhoMay(), "/synchronizations/acme-office365", form)
	if a.Code != http.StatusConflict || !a.says("Erste") || !a.says("Jane Doe") || attribute(a.input("policy.label"), "value") != "Zweite" {
		t.Errorf("%d: the second admin is not told", a.Code)
	}
	if a := w.post(configurer, "/synchronizations/acme-office365/pause", url.Values{"version": {"1"}, "paused": {"on"}}); a.Code != http.StatusConflict {
		t.Errorf("pausing what somebody changed: %d", a.Code)
	}
	one, err := w.editor.Synchronization(t.Context(), "acme-office365")
	if err != nil || one.Policy.Label != "Erste" || one.Paused {
		t.Errorf("%+v %v", one, err)
	}
}

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	w.post(configurer, "/synchronizations/acme-office365/pause", url.Values{"version": {"1"}, "paused": {"on"}})
	a := w.get(configurer, "/synchronizations/acme-office365", "Accept-Language", "fr")
	if !a.says("rien n’est écrit") || !a.says("Reprendre") {
		t.Error("a paused synchronization does not say so")
	}
	// Saving the form leaves it paused.
	form := policyFields("acme", "office365", "1")
	form.Set("version", "2")
	form.Set("policy.label", "Weg")
	w.post(configurer, "/synchronizations/acme-office365", form)
	if one, _ := w.editor.Synchronization(t.Context(), "acme-office365"); !one.Paused || one.Policy.Label != "Weg" {
		t.Errorf("%+v", one)
	}
	if a := w.post(configurer, "/synchronizations/acme-office365/pause", url.Values{"version": {"3"}}); a.Code != http.StatusSeeOther {
		t.Errorf("%d", a.Code)
	}
	if one, _ := w.editor.Synchronization(t.Context(), "acme-office365"); one.Paused {
		t.Error("it is still paused")
	}
}

func TestSynchronizationWhileLuccaIsDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.fill("acme", "office365", "acme-office365", calendars.Office365)
	a := w.get(configurer, "/synchronizations/acme-office365", "Accept-Language", "en")
	if a.Code != http.StatusOK || !a.says("Lucca cannot be asked") || attribute(a.input("legalEntities"), "value") != "office365" {
		t.Fatalf("%d %s", a.Code, text(a.named("main")[0]))
	}
	form := policyFields("acme", "office365", "12, 13;14")
	form.Set("version", "1")
	w.post(configurer, "/synchronizations/acme-office365", form)
	if one, _ := w.editor.Synchronization(t.Context(), "acme-office365"); !slices.Equal(one.LegalEntities, []string{"12", "13", "14"}) {
		t.Errorf("%v", one.LegalEntities)
	}
}
