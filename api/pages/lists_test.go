package pages_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/delays"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/web/texts"
	"github.com/figgosync/figgosync/workflows"
)

// listed are the ids of the absences in a page's table, in its order.
func (a answer) listed() []string {
	var ids []string
	for _, row := range a.elements(func(n *html.Node) bool { return n.Data == "th" && attribute(n, "scope") == "row" }) {
		for link := range row.Descendants() {
			if link.Data == "a" {
				_, id, _ := strings.Cut(strings.TrimPrefix(attribute(link, "href"), "/absences/"), "/")
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// lasting gives an absence of the index its days.
func (w *world) lasting(id string, days ...int) {
	one := starter.Absence{State: workflows.State{Source: "demo", Absence: id, Content: absence.Absence{AccountName: "Maladie-secrete"}}}
	for _, day := range days {
		for _, part := range []absence.Part{absence.Morning, absence.Afternoon} {
			one.Content.HalfDays = append(one.Content.HalfDays, absence.HalfDay{
				Date: absence.Date{Year: 2026, Month: time.March, Day: day}, Part: part, Confirmed: true,
			})
		}
	}
	w.engine.absences["demo/"+id] = one
}

func TestAbsencesHaveDaysAndAnOrder(t *testing.T) {
	t.Parallel()
	w := named(t)
	w.lasting("1", 16, 17)
	w.lasting("3", 3)
	w.lasting("4", 10)
	for path, want := range map[string]string{
		"/absences?sort=days":                        "[3 2 4 1]",
		"/absences?sort=-days":                       "[1 4 2 3]",
		"/absences?sort=status":                      "[2 3 1 4]",
		"/absences?sort=-synchronization":            "[1 2 3 4]",
		"/absences?sort=person":                      "[4 2 1 3]", // Eve, Hélène, Jane, and one without a name
		"/absences?from=2026-03-09":                  "[1 2 4]",
		"/absences?from=2026-03-09&to=2026-03-10":    "[2 4]",
		"/absences?to=2026-03-06&sort=days":          "[3 2]",
		"/absences?from=2026-03-17&to=2026-03-17":    "[1]",
		"/absences?from=2026-03-18&status=synced":    "[]",
		"/absences?from=2026-03-16&synchronization=": "[1]",
	} {
		if got := fmt.Sprint(w.get(consulter, path).listed()); got != want {
			t.Errorf("%s finds %s, want %s", path, got, want)
		}
	}
	page := w.get(consulter, "/absences?sort=days", "Accept-Language", "fr")
	if !page.says("du 16 mars 2026 au 17 mars 2026") || strings.Contains(page.Body.String(), "Maladie") {
		t.Errorf("the days are missing, or a type is told: %s", text(page.named("table")[0]))
	}
	if !page.link("/absences?sort=-days") || !page.link("/absences/export?sort=days") {
		t.Error("no way to the other order, or to the file")
	}
	for _, bad := range []string{"from=2026-02-30", "to=x", "from=2026-03-09&to=2026-03-08", "sort=colour", "sort=days&page=x"} {
		if a := w.get(consulter, "/absences?"+bad); a.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", bad, a.Code)
		}
	}
}

// What does not tell its days is last in their order, both ways, and the page says so.
func TestSilentAbsencesAreLast(t *testing.T) {
	t.Parallel()
	w := named(t)
	w.lasting("1", 16, 17)
	w.lasting("3", 3)
	silent := w.engine.absences["demo/2"]
	delete(w.engine.absences, "demo/2")
	delete(w.engine.absences, "demo/4")
	for path, want := range map[string]string{"/absences?sort=days": "[3 1 2 4]", "/absences?sort=-days": "[1 3 2 4]"} {
		page := w.get(consulter, path, "Accept-Language", "en")
		if got := fmt.Sprint(page.listed()); got != want || !page.says("did not tell their dates in time") {
			t.Errorf("%s: %s, want %s with a word of it", path, got, want)
		}
	}
	w.engine.absences["demo/2"] = silent
}

// Sorted searches are paged, too, and there is a way back.
func TestSortedAbsencesHavePages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.fill("demo", "cloud", "paris", calendars.Office365)
	for i := range 120 {
		w.engine.lines = append(w.engine.lines, starter.AbsenceLine{
			Source: "demo", Absence: fmt.Sprint(i), Synchronization: "paris", WorkflowID: fmt.Sprint(i), StartedAt: moment.Add(time.Duration(i) * time.Minute),
		})
	}
	at := func(page answer, rel string) string {
		for _, n := range page.elements(func(n *html.Node) bool { return attribute(n, "rel") == rel }) {
			return attribute(n, "href")
		}
		return ""
	}
	first := w.get(consulter, "/absences?sort=-seen")
	second := w.get(consulter, at(first, "next"))
	third := w.get(consulter, at(second, "next"))
	if asked := w.engine.asked.Load(); asked > 120 {
		t.Errorf("%d absences were asked for their days, which an order by something else does not need", asked)
	}
	if got := fmt.Sprintln(len(first.listed()), second.listed()[0], len(third.listed()), at(third, "next")); got != "50 69 20 \n" {
		t.Errorf("pages: %s", got)
	}
	if back := w.get(consulter, at(third, "prev")); back.listed()[0] != "69" {
		t.Errorf("the page before begins with %s", back.listed()[0])
	}
}

// table reads a file that spreadsheet programs open.
func table(t *testing.T, a answer) [][]string {
	t.Helper()
	if a.Code != http.StatusOK || !strings.HasPrefix(a.Header().Get("Content-Type"), "text/csv") {
		t.Fatalf("no file: %d %s", a.Code, a.Header().Get("Content-Type"))
	}
	body, marked := strings.CutPrefix(a.Body.String(), "\uFEFF")
	if !marked {
		t.Error("it is not marked as UTF-8")
	}
	reader := csv.NewReader(strings.NewReader(body))
	reader.Comma, reader.FieldsPerRecord = ';', -1
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// A file tells days and states, no type, and nothing that a spreadsheet would run.
func TestAbsencesAsAFile(t *testing.T) {
	t.Parallel()
	w := named(t)
	w.lasting("1", 16, 17)
	w.lasting("3", 3)
	w.lasting("4", 10)
	w.engine.lines[2].Employee = `=HYPERLINK("http://evil.example";"x")`
	got := w.get(consulter, "/absences/export?sort=days", "Accept-Language", "fr")
	rows := table(t, got)
	if len(rows) != 5 || rows[0][0] != "Nom" {
		t.Fatalf("%q", rows)
	}
	want := `Jane Doe;416;2026-03-16;2026-03-17;du 16 mars 2026 au 17 mars 2026;synchronisée`
	if all := strings.Join(rows[4], ";"); !strings.HasPrefix(all, want) {
		t.Errorf("%s, want %s", all, want)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Errorf("a spreadsheet would run %q", cell)
			}
		}
	}
	if strings.Contains(got.Body.String(), "Maladie") {
		t.Error("it tells an absence's type")
	}
	changes, err := w.editor.Changes(t.Context(), settings.ChangesQuery{Kind: settings.KindAbsence, Limit: 10})
	w.must(err)
	if len(changes) != 1 || changes[0].Action != settings.ActionExported || changes[0].Fields[0].To != "4" {
		t.Errorf("the audit log does not tell of it: %+v", changes)
	}
}

// The people of a preview can be searched, opened to their days, and taken away as a
// file.
func TestPreviewOfPeople(t *testing.T) {
	t.Parallel()
	w := named(t)
	w.engine.initializations = []starter.Initialization{{WorkflowID: "initialization/demo/dry", Progress: workflows.Progress{
		Phase: workflows.PhaseCompleted, Source: "demo", Synchronization: "paris", DryRun: true, Since: absence.Date{Year: 2026, Month: time.March, Day: 1},
		LegalEntities: []workflows.LegalEntityProgress{{LegalEntity: "1", Preview: []workflows.EmployeePreview{
			{Employee: "417", Created: 2}, {Employee: "416", Unchanged: 1}, {Employee: "5", Blocked: 1, Reason: "no-email"},
		}}},
	}}}
	all := w.get(consulter, "/initializations/demo.dry")
	if got := all.listedPeople(); got != "[417 416 5]" {
		t.Errorf("the people are %s", got)
	}
	for search, want := range map[string]string{"lefèvre": "[417]", "DOE": "[416]", "5": "[5]", "nobody": "[]"} {
		page := w.get(consulter, "/initializations/demo.dry?person="+url.QueryEscape(search))
		clean(t, search, page)
		if got := page.listedPeople(); got != want {
			t.Errorf("%q finds %s, want %s", search, got, want)
		}
	}
	rows := table(t, w.get(consulter, "/initializations/demo.dry/people", "Accept-Language", "fr"))
	if len(rows) != 4 || !strings.Contains(fmt.Sprint(rows), "Hélène Lefèvre 417 2 0") {
		t.Errorf("%q", rows)
	}
}

// listedPeople are the employees in the list of an initialization.
func (a answer) listedPeople() string {
	ids := []string{}
	for _, n := range a.elements(func(n *html.Node) bool {
		return n.Data == "details" && strings.Contains(attribute(n, "hx-get"), "/people/")
	}) {
		at := attribute(n, "hx-get")
		ids = append(ids, at[strings.LastIndex(at, "/")+1:])
	}
	return fmt.Sprint(ids)
}

func TestPersonOfAPreviewOpensToTheirDays(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	since := absence.Date{Year: 2020, Month: time.January, Day: 1}
	w.engine.initializations = []starter.Initialization{{WorkflowID: "initialization/acme/dry", Progress: workflows.Progress{
		Phase: workflows.PhaseCompleted, Source: "acme", Synchronization: "acme-office365", DryRun: true, Since: since,
	}}}
	page := w.get(consulter, "/initializations/acme.dry/people/416", "Accept-Language", "fr")
	clean(t, "person", page)
	if page.Code != http.StatusOK || !page.says("Figgo ne montre plus aucune absence") && !page.says("approuvée") && !page.says("approbation") {
		t.Errorf("%d %s", page.Code, text(page.named("main")[0]))
	}
	if a := w.get(consulter, "/initializations/acme.dry/people/%22x"); a.Code != http.StatusNotFound {
		t.Errorf("an id that is none: %d", a.Code)
	}
}

// What people call a record is shown in the place of its name; a copy is a new one
// without the original's legal entities.
func TestTitlesAndCopies(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	one, err := w.editor.Synchronization(t.Context(), "acme-office365")
	w.must(err)
	one.Title, one.Policy.Label = "Siège de Lyon", "Congé"
	_, err = w.editor.PutSynchronization(t.Context(), somebody, one, 1)
	w.must(err)
	for _, path := range []string{"/", "/synchronizations", "/synchronizations/acme-office365", "/absences"} {
		if page := w.get(configurer, path); !page.says("Siège de Lyon") {
			t.Errorf("%s does not say the title", path)
		}
	}
	like := w.get(configurer, "/synchronizations/new?like=acme-office365", "Accept-Language", "fr")
	clean(t, "like", like)
	if got := attribute(like.input("title"), "value"); got != "Siège de Lyon (copie)" {
		t.Errorf("the copy is called %q", got)
	}
	if got := attribute(like.input("policy.label"), "value"); got != "Congé" {
		t.Errorf("the copy's label is %q", got)
	}
	for _, n := range like.elements(func(n *html.Node) bool { return attribute(n, "name") == "legalEntities" }) {
		for _, a := range n.Attr {
			if a.Key == "checked" {
				t.Error("the copy takes the original's legal entities")
			}
		}
	}
	copied := w.get(configurer, "/connections/new?provider=office365&like=office365", "Accept-Language", "fr")
	clean(t, "like", copied)
	if attribute(copied.input("office365.tenantId"), "value") == "" || copied.says("enregistré") {
		t.Error("the connection's copy has no tenant, or claims a stored secret")
	}
	for _, path := range []string{"/synchronizations/new?like=none", "/connections/new?provider=office365&like=none"} {
		if a := w.get(configurer, path); a.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.Code)
		}
	}
}

// The connection's page tells its health: what was checked last, and no more once a
// new check has an answer.
func TestConnectionTellsItsHealth(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	w.must(w.editor.Note(t.Context(), settings.Change{
		At: moment.Add(-time.Hour), Action: settings.ActionChecked, Kind: settings.KindConnection, Name: "office365", By: somebody,
		Fields: []settings.FieldChange{{Field: "result", To: "ok"}},
	}))
	w.must(w.editor.Note(t.Context(), settings.Change{
		At: moment.Add(-2 * time.Hour), Action: settings.ActionChecked, Kind: settings.KindSource, Name: "acme", By: somebody,
		Fields: []settings.FieldChange{{Field: "result", To: "invalid_client"}},
	}))
	for _, path := range []string{"/sources", "/sources/acme"} {
		if page := w.get(configurer, path, "Accept-Language", "fr"); !page.says("Dernière vérification") || !page.says("il y a 2 h") || page.says("invalid_client") {
			t.Errorf("%s does not tell the last check: %s", path, text(page.named("main")[0]))
		}
	}
	w.delays.totals = []delays.Bucket{{Synchronization: "acme-office365", Count: 1, Last: moment.Add(-5 * time.Minute)}}
	for _, path := range []string{"/connections", "/connections/office365", "/sources", "/sources/acme"} {
		if page := w.get(configurer, path, "Accept-Language", "fr"); !page.says("il y a 5 min") {
			t.Errorf("%s does not tell when the last change came", path)
		}
	}
	page := w.get(configurer, "/connections/office365", "Accept-Language", "fr")
	if !page.says("Dernière vérification") || !page.says("il y a 1 h") {
		t.Errorf("the last check is not told: %s", text(page.named("main")[0]))
	}
	w.engine.check = workflows.CheckResult{Steps: []workflows.CheckStep{{Name: "credentials", Outcome: "failed", Finding: "secret-expired"}}}
	failed := w.post(configurer, "/connections/office365/check", nil, "HX-Request", "true")
	if failed.says("Dernière vérification") || len(failed.elements(func(n *html.Node) bool { return strings.Contains(attribute(n, "class"), "good") })) > 0 {
		t.Error("something is green after a failed check")
	}
}

// The last change may have been an initialization's: the overview tells which.
func TestOverviewTellsAnInitializationsLastChange(t *testing.T) {
	t.Parallel()
	w := busy(t)
	run := func(id string, wrote int, ended time.Time, dry bool) starter.Initialization {
		return starter.Initialization{WorkflowID: "initialization/demo/" + id, RunID: id, EndedAt: ended, Progress: workflows.Progress{
			Phase: workflows.PhaseCompleted, Source: "demo", Synchronization: "paris", DryRun: dry, Counts: workflows.Counts{Synced: wrote, Total: wrote},
		}}
	}
	for name, one := range map[string]struct {
		run   starter.Initialization
		match bool
	}{
		"newer":          {run("newer", 58, moment.Add(-time.Minute), false), true},
		"older":          {run("older", 58, moment.Add(-time.Hour), false), false},
		"wrote nothing":  {run("nothing", 0, moment.Add(-time.Minute), false), false},
		"only a preview": {run("dry", 58, moment.Add(-time.Minute), true), false},
		"under way":      {run("running", 58, time.Time{}, false), true},
	} {
		if one.run.EndedAt.IsZero() {
			one.run.Phase = workflows.PhaseRunning
		}
		w.engine.initializations = []starter.Initialization{one.run}
		page := w.get(consulter, "/", "Accept-Language", "fr")
		short := starter.ShortID(one.run.WorkflowID)
		if got := page.elements(func(n *html.Node) bool { return attribute(n, "id") == "last-"+short }) != nil; got != one.match {
			t.Errorf("%s: told %t, want %t", name, got, one.match)
		}
	}
}

// Entra tells nobody when a client secret ends: who knows it types it in, and the pages
// warn as they do of a certificate.
func TestEndOfAClientSecret(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	save := func(day string) answer {
		page := w.get(configurer, "/connections/office365")
		form := page.fieldsOf("/connections/office365")
		form.Set("office365.secretExpires", day)
		return w.post(configurer, "/connections/office365", form, "Accept-Language", "fr")
	}
	if a := save("2026-02-30"); a.Code != http.StatusUnprocessableEntity || !slices.Contains(a.wrong(), "f-office365-secretExpires") {
		t.Errorf("no day: %d %v", a.Code, a.wrong())
	}
	today := moment.UTC().Truncate(24 * time.Hour)
	for days, tone := range map[int]string{60: "", 20: "badge warn", 5: "badge bad", 0: "badge bad", -2: "badge bad"} {
		day := today.AddDate(0, 0, days)
		if a := save(day.Format(time.DateOnly)); a.Code >= 300 && a.Code != http.StatusSeeOther {
			t.Fatalf("%d days: %d %v", days, a.Code, a.wrong())
		}
		shown := texts.Localizer{Lang: texts.French}.Date(day)
		for _, path := range []string{"/connections", "/connections/office365"} {
			page := w.get(configurer, path, "Accept-Language", "fr")
			if !page.says("Secret client valable jusqu’au") || !page.says(shown) {
				t.Errorf("%s does not tell %s: %s", path, shown, text(page.named("main")[0]))
			}
			marked := page.elements(func(n *html.Node) bool { return attribute(n, "class") == tone && strings.Contains(text(n), shown) })
			if tone != "" && len(marked) != 1 {
				t.Errorf("%s: %d days before, no %q", path, days, tone)
			}
		}
	}
}
