package pages_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// A newcomer has one obvious thing to do next, at each of the four steps.
func TestOverviewLeadsANewcomer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	next := func() string {
		t.Helper()
		found := w.get(configurer, "/").elements(func(n *html.Node) bool {
			return n.Data == "a" && strings.Contains(attribute(n, "class"), "primary")
		})
		if len(found) != 1 {
			t.Fatalf("%d obvious buttons", len(found))
		}
		return attribute(found[0], "href")
	}
	if got := next(); got != "/sources/new" {
		t.Errorf("first %s", got)
	}
	_, err := w.editor.PutSource(t.Context(), somebody, settings.Source{
		Name: "acme", Host: "http://127.0.0.1:1", TokenURL: "http://127.0.0.1:1/token", API: settings.APIv5, ClientID: "c", ClientSecret: "s",
	}, 0)
	w.must(err)
	if got := next(); got != "/connections/new" {
		t.Errorf("second %s", got)
	}
	w.fill("acme", "cloud", "paris", calendars.Office365)
	if got := next(); got != "/synchronizations/paris#initialization" {
		t.Errorf("last %s", got)
	}
	w.engine.initializations = []starter.Initialization{{WorkflowID: "initialization/acme/x"}}
	if a := w.get(configurer, "/", "Accept-Language", "en"); a.says("Four steps") || !a.says("paris") {
		t.Error("the steps stay after the last")
	}
	w.engine.initializations = nil
	if a := w.get(consulter, "/", "Accept-Language", "en"); a.link("/synchronizations/paris#initialization") && len(a.elements(func(n *html.Node) bool {
		return strings.Contains(attribute(n, "class"), "primary")
	})) > 0 {
		t.Error("a button for who may only consult")
	}
}

func TestOverviewCards(t *testing.T) {
	t.Parallel()
	w := busy(t)
	for _, path := range []string{"/", "/overview/live"} {
		a := w.get(consulter, path, "Accept-Language", "en")
		body := text(a.page)
		for _, want := range []string{
			"This person has no mailbox here yet.", "Create the mailbox", "Needs attention", "400\u00a0ms", "2.4\u00a0s", "4\u00a0min ago", "Outlook",
			"An outside system is down or overloaded.",
		} {
			if !strings.Contains(body, want) && !strings.Contains(a.Body.String(), want) {
				t.Errorf("%s: %q is missing", path, want)
			}
		}
		for _, link := range []string{
			"/absences?reason=mailbox-missing&status=blocked&synchronization=paris", "/absences?status=blocked&synchronization=paris", "/synchronizations/paris#initialization",
		} {
			if !a.link(link) {
				t.Errorf("%s: no link to %s", path, link)
			}
		}
		if bars := a.named("rect"); len(bars) != 6 {
			t.Errorf("%s: %d bars in the chart, want 6", path, len(bars))
		}
		if rows := a.elements(func(n *html.Node) bool { return n.Data == "tr" }); len(rows) != 4 {
			t.Errorf("%s: %d rows of numbers, want 4", path, len(rows))
		}
	}
	for _, n := range w.get(consulter, "/overview/live").elements(func(n *html.Node) bool { return n.Data == "a" || n.Data == "summary" || n.Data == "button" }) {
		if attribute(n, "id") == "" && attribute(n.Parent, "id") == "" {
			t.Errorf("the focus on %q would be lost", text(n))
		}
	}
}

// Absences whose workflow fails over and over say nothing themselves.
func TestOverviewTellsOfStuckAbsences(t *testing.T) {
	t.Parallel()
	for stuck, want := range map[int]map[string]string{
		0: {"en": "", "fr": ""},
		1: {"en": "1 absence is stuck", "fr": "1 absence n’avance plus"},
		3: {"en": "3 absences are stuck", "fr": "3 absences n’avancent plus"},
	} {
		w := busy(t) // counts are remembered for a moment
		w.engine.stuck = stuck
		for language, title := range want {
			body := text(w.get(consulter, "/", "Accept-Language", language).page)
			if match := strings.Contains(body, "TemporalReportedProblems"); match != (stuck > 0) || !strings.Contains(body, title) {
				t.Errorf("%d stuck, %s: %q is missing, told %t", stuck, language, title, match)
			}
		}
	}
}

func TestAbsencesSearch(t *testing.T) {
	t.Parallel()
	w := busy(t)
	found := func(path string) []string {
		t.Helper()
		return w.get(consulter, path).listed()
	}
	for path, want := range map[string]string{
		"/absences":                                "[1 2 3 4]",
		"/absences?text=417":                       "[2]",
		"/absences?text=+4+":                       "[4]",
		"/absences?status=synced":                  "[1 4]",
		"/absences?synchronization=lyon":           "[4]",
		"/absences?reason=temporary":               "[3]",
		"/absences?status=blocked&text=no-such-id": "[]",
	} {
		if got := fmt.Sprint(found(path)); got != want {
			t.Errorf("%s finds %s, want %s", path, got, want)
		}
	}
	if a := w.get(consulter, "/absences?status=nonsense", "Accept-Language", "en"); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("a status that is none: %d", a.Code)
	}
	if a := w.get(consulter, "/absences?text="+url.QueryEscape(evil), "Accept-Language", "en"); !a.says("No absence matches") {
		t.Errorf("%d", a.Code)
	} else {
		clean(t, "evil search", a)
	}
	if a := w.get(consulter, "/absences?"+url.Values{"text": {strings.Repeat("x", 300)}}.Encode()); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("a very long text: %d", a.Code)
	}
}

func TestAbsencesPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.fill("demo", "cloud", "paris", calendars.Office365)
	for i := range 120 {
		w.engine.lines = append(w.engine.lines, starter.AbsenceLine{Source: "demo", Absence: fmt.Sprint("a", i), Synchronization: "paris", Status: workflows.StatusSynced})
	}
	seen, path := map[string]bool{}, "/absences?status=synced"
	for range 5 {
		a := w.get(consulter, path, "Accept-Language", "en")
		for _, id := range a.listed() {
			seen[id] = true
		}
		next := a.elements(func(n *html.Node) bool { return attribute(n, "rel") == "next" })
		if len(next) == 0 {
			break
		}
		path = attribute(next[0], "href")
	}
	if len(seen) != 120 || !w.get(consulter, path).link("/absences?status=synced") {
		t.Errorf("%d absences on all pages", len(seen))
	}
}

func TestAbsenceTellsItsStory(t *testing.T) {
	t.Parallel()
	w := busy(t)
	a := w.get(configurer, "/absences/demo/2", "Accept-Language", "en")
	for _, want := range []string{
		"Figgo announces: absence approved.", "This person has no mailbox here yet.", "Create the mailbox", "from 6 March 2026 (afternoon) to 9 March 2026 (morning)",
		"jane.doe@example.com", "ErrorNonExistentMailbox", "in 2\u00a0min",
	} {
		if !strings.Contains(text(a.page), want) && !strings.Contains(a.Body.String(), want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(a.Body.String(), "Maladie") {
		t.Error("the absence's type is shown")
	}
	if !a.link("https://temporal.example.com/namespaces/default/workflows/absence%2Fdemo%2F2/run/history") {
		t.Error("no way to the Temporal Web UI")
	}
	posted := w.post(configurer, "/absences/demo/2/resync", nil)
	if posted.Code != http.StatusSeeOther || posted.Header().Get("Location") != "/absences/demo/2" || fmt.Sprint(w.engine.retried) != "[demo/2]" {
		t.Errorf("%d %v %v", posted.Code, posted.Header(), w.engine.retried)
	}
}

func TestAuditLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	for i := range 60 {
		w.must(w.editor.Note(t.Context(), settings.Change{
			At: moment, By: settings.Author{ID: "person:x", Name: evil}, Action: settings.ActionChanged, Kind: settings.KindSource, Name: fmt.Sprint("acme-", i),
			Fields: []settings.FieldChange{{Field: "host", From: evil, To: "https://b.example"}},
		}))
	}
	w.must(w.editor.Note(t.Context(), settings.Change{At: moment, By: somebody, Action: settings.ActionCreated, Kind: settings.KindToken, Name: "supervision"}))
	a := w.get(consulter, "/audit-log", "Accept-Language", "fr")
	clean(t, "audit log", a)
	if rows := len(a.named("tr")); rows != 51 {
		t.Errorf("%d rows, want 51", rows)
	}
	if !a.says("Création") || !a.says("Camille Martin") || !a.says("Jeton d’API") || !a.says("https://b.example") {
		t.Errorf("%s", text(a.named("table")[0])[:300])
	}
	next := a.elements(func(n *html.Node) bool { return attribute(n, "rel") == "next" })
	if len(next) != 1 {
		t.Fatal("no way to older lines")
	}
	if older := w.get(consulter, attribute(next[0], "href")); len(older.named("tr")) != 12 || !older.link("/audit-log") {
		t.Errorf("%d older rows, want 12", len(older.named("tr")))
	}
	if one := w.get(consulter, "/audit-log?kind=token"); len(one.named("tr")) != 2 {
		t.Errorf("%d rows about tokens", len(one.named("tr")))
	}
	if one := w.get(consulter, "/audit-log?kind=source&name=acme-7"); len(one.named("tr")) != 2 {
		t.Errorf("%d rows about one source", len(one.named("tr")))
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	form := url.Values{"label": {evil}, "role": {"configure"}, "life": {"30"}, "key": {strings.Repeat("K", 26)}}
	for range 2 { // clicked twice
		a := w.post(configurer, "/tokens", form, "Accept-Language", "en")
		if a.Code != http.StatusOK || !a.says("fgs_plain_1") {
			t.Fatalf("%d %s", a.Code, a.Body)
		}
		clean(t, "tokens", a)
	}
	if w.gate.made != 1 || !w.gate.tokens[0].Expires.Equal(moment.AddDate(0, 0, 30)) || w.gate.tokens[0].Role != access.Configure {
		t.Errorf("%d made: %+v", w.gate.made, w.gate.tokens)
	}
	form.Set("key", strings.Repeat("L", 26)) // as from another process, or a new form
	if a := w.post(configurer, "/tokens", form); a.Code != http.StatusUnprocessableEntity || w.gate.made != 1 {
		t.Errorf("the same label again: %d", a.Code)
	}
	for name, bad := range map[string]url.Values{
		"no label": {"role": {"consult"}, "life": {"30"}}, "no such life": {"label": {"x"}, "role": {"consult"}, "life": {"31"}},
		"no number": {"label": {"x"}, "role": {"consult"}, "life": {"x"}}, "control characters": {"label": {"a\x00b"}, "role": {"consult"}, "life": {"30"}},
	} {
		a := w.post(configurer, "/tokens", bad, "Accept-Language", "en", "HX-Request", "true")
		if a.Code != http.StatusUnprocessableEntity || w.gate.made != 1 || a.Header().Get("HX-Push-Url") != "false" {
			t.Errorf("%s: %d", name, a.Code)
		}
		wrong := a.elements(func(n *html.Node) bool { return attribute(n, "aria-invalid") == "true" })
		if len(wrong) != 1 || attribute(wrong[0], "aria-describedby") == "" || len(a.elements(func(n *html.Node) bool {
			return n.Data == "a" && attribute(n, "href") == "#"+attribute(wrong[0], "id")
		})) != 1 {
			t.Errorf("%s: the field and the summary do not know of each other", name)
		}
	}
	if a := w.get(configurer, "/tokens", "Accept-Language", "en"); a.says("fgs_plain") {
		t.Error("a token is shown again")
	}
	if a := w.get(configurer, "/tokens/t1/revoke", "Accept-Language", "en"); a.Code != http.StatusOK || !a.link("/tokens/t1/revoke") {
		t.Errorf("%d", a.Code)
	}
	for range 2 {
		if a := w.post(configurer, "/tokens/t1/revoke", nil); a.Code != http.StatusSeeOther || len(w.gate.tokens) != 0 {
			t.Errorf("%d", a.Code)
		}
	}
}

func TestHelpExplainsEveryReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	a := w.get(consulter, "/help", "Accept-Language", "en")
	if !a.says("The mailbox is full.") || !a.says("Free some space") || !a.link("/api/v1/openapi.json") {
		t.Error("the help does not help")
	}
}
