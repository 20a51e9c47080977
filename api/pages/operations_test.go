package pages_test

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/figgosync/figgosync/api/pages"
	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

var (
	firstDay = absence.Date{Year: 2026, Month: time.February, Day: 1}
	lastDay  = absence.Date{Year: 2027, Month: time.April, Day: 1}
)

// night is a reconciliation that ended well, as change makes it.
func night(id string, change func(*starter.Operation, *workflows.ReconciliationProgress)) starter.Operation {
	progress := &workflows.ReconciliationProgress{
		Phase: workflows.PhaseCompleted, Synchronization: "acme-office365", Source: "acme", From: firstDay, To: lastDay, Repair: true,
		Counts: workflows.ReconciliationCounts{Mailboxes: 300, Absences: 12431, Events: 12431, Right: 12431},
	}
	one := starter.Operation{
		WorkflowID: "reconciliation/acme/" + id, RunID: id, Phase: workflows.PhaseCompleted, Synchronization: "acme-office365",
		StartsAt: moment.Add(-time.Hour), EndedAt: moment, Reconciliation: progress,
	}
	change(&one, progress)
	return one
}

// different gives a reconciliation three differences.
func different(one *starter.Operation, progress *workflows.ReconciliationProgress) {
	progress.Counts = workflows.ReconciliationCounts{Mailboxes: 300, Absences: 100, Events: 101, Right: 97, Missing: 1, Surplus: 2, Repaired: 3}
	progress.Differences = []workflows.Found{
		{Kind: "missing", Absence: "8750", Employee: "416", Day: "2026-03-02"}, {Kind: "surplus", Absence: "8751", Employee: "417", Day: "2026-03-03"},
		{Kind: "surplus", Absence: "8752", Day: "2026-03-04"},
	}
}

func waiting(one *starter.Operation, progress *workflows.ReconciliationProgress) {
	different(one, progress)
	progress.Counts.Repaired = 0
	one.Phase, one.EndedAt, one.Breaker = workflows.PhaseWaiting, time.Time{}, &workflows.Breaker{Deletions: 61, Changes: 4, Of: 1200}
}

func operationWorld(t *testing.T, operations ...starter.Operation) *world {
	t.Helper()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1", "2")
	w.engine.operations = operations
	return w
}

// The result is one sentence, and each difference tells whose it is and what was done.
func TestReconciliationTellsWhatItFoundAndDid(t *testing.T) {
	t.Parallel()
	w := operationWorld(t,
		night("right", func(*starter.Operation, *workflows.ReconciliationProgress) {}), night("mended", different),
		night("told", func(one *starter.Operation, progress *workflows.ReconciliationProgress) {
			different(one, progress)
			progress.Repair, progress.Counts.Repaired = false, 0
		}),
		night("some", func(one *starter.Operation, told *workflows.ReconciliationProgress) {
			different(one, told)
			told.Counts.Repaired = 1
			told.Differences[0].Done, told.Differences[1].Done = workflows.OutcomeRepaired, workflows.OutcomeLeft
		}),
	)
	a := w.get(configurer, "/reconciliations/acme.right", "Accept-Language", "fr")
	if !a.says("12 431 absences, 12 431 événements, 0 écart") || !a.says("exactement ce que Figgo dit") || len(a.fieldsOf("/reconciliations")) > 0 {
		t.Error(text(a.named("main")[0]))
	}
	a = w.get(configurer, "/reconciliations/acme.mended", "Accept-Language", "en")
	for _, wanted := range []string{"100 absences, 101 events, 3 differences", "2 March 2026 Missing Written", "3 March 2026 Surplus Deleted", "3 Repaired"} {
		if !a.says(wanted) {
			t.Errorf("no %q in %s", wanted, text(a.named("main")[0]))
		}
	}
	some := w.get(configurer, "/reconciliations/acme.some", "Accept-Language", "en")
	for _, wanted := range []string{"2 March 2026 Missing Written", "3 March 2026 Surplus Still different", "4 March 2026 Surplus Repair asked for"} {
		if !some.says(wanted) {
			t.Errorf("no %q in %s", wanted, text(some.named("main")[0]))
		}
	}
	if !a.link("/absences/acme/8750") {
		t.Error("a difference does not lead to its absence")
	}
	a = w.get(configurer, "/reconciliations/acme.told", "Accept-Language", "fr")
	if !a.says("Signalé seulement") || !a.says("Supprimer 2 et écrire 1 événement") {
		t.Error(text(a.named("main")[0]))
	}
	repair := a.fieldsOf("/reconciliations")
	repair.Set("do", "repair")
	if at := w.post(configurer, "/reconciliations", repair).Header().Get("Location"); at != "/reconciliations/acme.n" {
		t.Errorf("it leads to %q", at)
	}
	want := workflows.ReconciliationInput{
		Synchronization: "acme-office365", Repair: true, From: firstDay, To: lastDay, Approve: workflows.Approval{Deletions: 2, Changes: 1},
	}
	if got := w.engine.reconciled; len(got) != 1 || got[0] != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if a := w.get(consulter, "/reconciliations/acme.told"); len(a.fieldsOf("/reconciliations")) > 0 {
		t.Error("who may only look is offered a repair")
	}
}

// A report and its result tell how many events each rule changes; to those who may
// configure, as a rule names absence types beside people.
func TestDifferencesAreShownByRule(t *testing.T) {
	t.Parallel()
	byRule := func(one *starter.Operation, progress *workflows.ReconciliationProgress) {
		different(one, progress)
		progress.ByRule = []workflows.RuleCounts{
			{Changes: 1240}, {Rule: 1, Accounts: []string{"name:Maladie", "category:Arrêt", "66"}, More: 2, Deletions: 2, Repaired: 1},
			{Unlisted: true, Deletions: 3},
		}
	}
	w := operationWorld(t, night("mended", byRule), night("told", func(one *starter.Operation, progress *workflows.ReconciliationProgress) {
		byRule(one, progress)
		progress.Repair = false
	}), night("waits", func(one *starter.Operation, progress *workflows.ReconciliationProgress) {
		byRule(one, progress)
		waiting(one, progress)
	}), night("plain", func(one *starter.Operation, progress *workflows.ReconciliationProgress) {
		different(one, progress)
		progress.ByRule = []workflows.RuleCounts{{Changes: 3}}
	}))
	a := w.get(configurer, "/reconciliations/acme.mended", "Accept-Language", "fr")
	for _, wanted := range []string{"Par règle", "Sans règle 1 240 0 0", "Règle 1 : Maladie, catégorie Arrêt, 66, et 2 autres 0 2 1", "Absences que Figgo n’a plus 0 3 0"} {
		if !a.says(wanted) {
			t.Errorf("no %q in %s", wanted, text(a.named("main")[0]))
		}
	}
	for _, page := range []string{"told", "waits"} {
		a := w.get(configurer, "/reconciliations/acme."+page, "Accept-Language", "en")
		if !a.says("Rule 1: Maladie, category Arrêt, 66, and 2 others 0 2") || !a.says("No rule 1,240 0") {
			t.Errorf("%s: %s", page, text(a.named("main")[0]))
		}
	}
	for _, page := range []string{"mended", "told", "waits"} {
		if a := w.get(consulter, "/reconciliations/acme."+page); a.says("Maladie") || a.says("Par règle") || a.says("By rule") {
			t.Errorf("who may only look is told absence types: %s", text(a.named("main")[0]))
		}
	}
	if a := w.get(configurer, "/reconciliations/acme.plain", "Accept-Language", "en"); a.says("By rule") {
		t.Error("there are no rules, and yet a table of them")
	}
}

// What failed tells what to do, in both languages.
func TestAnEmptyCompanyIsExplained(t *testing.T) {
	t.Parallel()
	w := operationWorld(t, night("empty", func(one *starter.Operation, _ *workflows.ReconciliationProgress) {
		one.Phase, one.Reason, one.Failure = workflows.PhaseFailed, "source-empty", "Figgo cannot be read: source-empty ()"
	}))
	for lang, wanted := range map[string]string{"fr": "rien n’est conclu de cette liste", "en": "nothing is concluded from that list"} {
		if a := w.get(configurer, "/reconciliations/acme.empty", "Accept-Language", lang); !a.says(wanted) || a.says("cannot be read") {
			t.Errorf("%s: %s", lang, text(a.named("main")[0]))
		}
	}
}

// A waiting one is approved by the very numbers that the page shows, and by nobody who
// may only look.
func TestAWaitingOperationIsApprovedByItsNumbers(t *testing.T) {
	t.Parallel()
	w := operationWorld(t, night("much", waiting))
	const page, approve = "/reconciliations/acme.much", "/reconciliations/acme.much/approve"
	a := w.get(configurer, page, "Accept-Language", "fr")
	if !a.says("supprimerait 61 événements et en écrirait 4, sur 1 200") || !a.link(page+"/cancel") {
		t.Error(text(a.named("main")[0]))
	}
	form := a.fieldsOf(approve)
	if look := w.get(consulter, page); look.link(approve) || look.link(page+"/cancel") {
		t.Error("who may only look is asked")
	}
	if a := w.post(consulter, approve, form); a.Code != http.StatusForbidden {
		t.Errorf("%d", a.Code)
	}
	w.engine.operations[0].Breaker.Deletions = 62
	if a := w.post(configurer, approve, form, "Accept-Language", "en"); a.Code != http.StatusUnprocessableEntity ||
		!a.says("numbers have changed") || !a.says("delete 62 events") || len(w.engine.approved) > 0 {
		t.Errorf("%d, %v", a.Code, w.engine.approved)
	}
	w.engine.operations[0].Breaker.Deletions = 61
	a = w.post(configurer, approve, form)
	if want := (workflows.Approval{Deletions: 61, Changes: 4}); a.Header().Get("Location") != page || len(w.engine.approved) != 1 || w.engine.approved[0] != want {
		t.Errorf("%d, %v", a.Code, w.engine.approved)
	}
	w.post(configurer, page+"/cancel", nil)
	if len(w.engine.cancelled) != 1 || w.engine.cancelled[0] != "reconciliation/acme/much" {
		t.Errorf("%v", w.engine.cancelled)
	}
}

// The list starts one, and draws what the last ones found: a bar each.
func TestReconciliationsAreListedAndDrawn(t *testing.T) {
	t.Parallel()
	w := operationWorld(t,
		night("much", waiting), night("right", func(*starter.Operation, *workflows.ReconciliationProgress) {}), night("mended", different),
		night("empty", func(one *starter.Operation, _ *workflows.ReconciliationProgress) { one.Phase = workflows.PhaseFailed }),
	)
	a := w.get(configurer, "/reconciliations", "Accept-Language", "fr")
	bars := map[string]int{}
	for _, bar := range a.elements(func(n *html.Node) bool { return n.Data == "rect" }) {
		bars[attribute(bar, "class")]++
	}
	if bars["good"] != 1 || bars["warn"] != 1 || bars["repaired"] != 1 || bars["bad"] != 1 {
		t.Errorf("%v", bars)
	}
	for _, wanted := range []string{"Attend un accord", "12 431 absences, 12 431 événements, 0 écart", "Échouée"} {
		if !a.says(wanted) {
			t.Errorf("no %q in %s", wanted, text(a.named("main")[0]))
		}
	}
	form := a.fieldsOf("/reconciliations")
	form.Set("synchronization", "acme-office365")
	form.Set("do", "report")
	w.post(configurer, "/reconciliations", form)
	if w.post(configurer, "/reconciliations", form); len(w.engine.reconciled) != 1 || w.engine.reconciled[0].Repair {
		t.Errorf("sent twice: %+v", w.engine.reconciled)
	}
	form.Set("from", "2027-01-01")
	form.Set("to", "2026-01-01")
	if a := w.post(configurer, "/reconciliations", form, "Accept-Language", "en"); a.Code != http.StatusUnprocessableEntity || !a.says("The last day is before the first") {
		t.Errorf("%d", a.Code)
	}
	w.engine.down = admin.ErrEngineDown
	if a := w.get(configurer, "/reconciliations", "Accept-Language", "en"); a.Code != http.StatusOK || !a.says("not available") {
		t.Errorf("without Temporal: %d", a.Code)
	}
}

// Events are counted from a synchronization's page, and removed by that number.
func TestRemovalFromItsCountToItsEnd(t *testing.T) {
	t.Parallel()
	removal := starter.Operation{
		WorkflowID: "removal/acme/n", Phase: workflows.PhaseCompleted, Synchronization: "acme-office365", StartsAt: moment, EndedAt: moment,
		Removal: &workflows.RemovalProgress{
			Synchronization: "acme-office365", Source: "acme", DryRun: true, Counts: workflows.RemovalCounts{Mailboxes: 40, Events: 412, Blocked: 1},
			Uncleared: []workflows.Uncleared{{Employee: "416", Reason: "mailbox-missing"}},
		},
	}
	w := operationWorld(t, removal)
	page := w.get(configurer, "/synchronizations/acme-office365")
	form := page.fieldsOf("/removals")
	form.Set("do", "preview")
	if at := w.post(configurer, "/removals", form).Header().Get("Location"); at != "/removals/acme.n" || !w.engine.removed[0].DryRun {
		t.Fatalf("%q, %+v", at, w.engine.removed)
	}
	counted := w.get(configurer, "/removals/acme.n", "Accept-Language", "fr")
	if !counted.says("412 événements dans 40 boîtes") || !counted.says("Retirer 412 événements") || !counted.says("adresse e-mail") && !counted.says("boîte aux lettres") {
		t.Error(text(counted.named("main")[0]))
	}
	start := counted.fieldsOf("/removals")
	start.Set("do", "start")
	w.pause("acme-office365")
	if a := w.post(configurer, "/removals", start); a.Code != http.StatusSeeOther || len(w.engine.removed) != 2 {
		t.Fatalf("%d: %s", a.Code, text(a.named("main")[0]))
	}
	if got := w.engine.removed[1]; got.DryRun || got.Approve != 412 || got.Synchronization != "acme-office365" {
		t.Errorf("%+v", got)
	}
	if paused := w.get(configurer, "/synchronizations/acme-office365"); !paused.link("#removal") {
		t.Error("a paused synchronization does not tell how to empty the calendars")
	}
	if list := w.get(configurer, "/removals?synchronization=acme-office365"); !list.link("/removals/acme.n") {
		t.Error("it is not listed")
	}
}

// One legal entity and one employee are counted from the list, what an initialization
// created from its page; each count offers the removal of the same.
func TestRemovalsOfLess(t *testing.T) {
	t.Parallel()
	w := operationWorld(t)
	w.engine.initializations = runs()
	list := w.get(configurer, "/removals").fieldsOf("/removals")
	list.Set("source", "acme")
	list.Del("synchronization")
	for _, test := range []struct {
		form url.Values
		want workflows.RemovalInput
	}{
		{with(list, "legalEntity", "1"), workflows.RemovalInput{Source: "acme", LegalEntity: "1", DryRun: true}},
		{with(list, "employee", "416"), workflows.RemovalInput{Source: "acme", Employee: "416", DryRun: true}},
		{w.get(configurer, "/initializations/acme.done").fieldsOf("/removals"), workflows.RemovalInput{Initialization: "acme.done", DryRun: true}},
	} {
		w.engine.removed, w.engine.operations = nil, nil
		if a := w.post(configurer, "/removals", with(test.form, "do", "preview")); a.Code != http.StatusSeeOther || w.engine.removed[0] != test.want {
			t.Fatalf("%d, %+v, want %+v: %s", a.Code, w.engine.removed, test.want, text(a.named("main")[0]))
		}
		w.engine.operations = []starter.Operation{{
			WorkflowID: "removal/acme/n", Phase: workflows.PhaseCompleted, EndedAt: moment, Removal: &workflows.RemovalProgress{
				Source: "acme", LegalEntity: test.want.LegalEntity, Employee: test.want.Employee, Initialization: test.want.Initialization,
				DryRun: true, Counts: workflows.RemovalCounts{Events: 7},
			},
		}}
		offered := w.get(configurer, "/removals/acme.n").fieldsOf("/removals")
		w.post(configurer, "/removals", with(offered, "do", "start"))
		want := test.want
		want.DryRun, want.Approve = false, 7
		if len(w.engine.removed) != 2 || w.engine.removed[1] != want {
			t.Errorf("%+v, want %+v", w.engine.removed, want)
		}
	}
	both := with(with(list, "employee", "416"), "legalEntity", "1")
	if a := w.post(configurer, "/removals", both, "Accept-Language", "en"); a.Code != http.StatusUnprocessableEntity || !a.says("one thing only") {
		t.Errorf("%d", a.Code)
	}
}

func with(form url.Values, name, value string) url.Values {
	form = maps.Clone(form)
	form.Set(name, value)
	return form
}

// pause pauses a synchronization by its page.
func (w *world) pause(name string) {
	w.Helper()
	page := w.get(configurer, "/synchronizations/"+name)
	form := page.fieldsOf("/synchronizations/" + name + "/pause")
	form.Set("paused", "on")
	if a := w.post(configurer, "/synchronizations/"+name+"/pause", form); a.Code != http.StatusSeeOther {
		w.Fatalf("not paused: %d", a.Code)
	}
}

// Every page of operations is clean HTML, whatever a hand left in a text.
func TestOperationPagesAreCleanHTML(t *testing.T) {
	t.Parallel()
	w := operationWorld(t,
		night("much", waiting), night("mended", different), night("odd", func(one *starter.Operation, progress *workflows.ReconciliationProgress) {
			one.Phase, one.Failure, one.Reason = workflows.PhaseFailed, evil, evil
			progress.Differences = []workflows.Found{{Kind: evil, Absence: evil, Employee: evil, Day: evil}}
		}),
		starter.Operation{WorkflowID: "removal/acme/live", Phase: workflows.PhaseRemoving, StartsAt: moment, Removal: &workflows.RemovalProgress{
			LegalEntity: evil, Uncleared: []workflows.Uncleared{{Employee: evil, Reason: evil}},
		}},
	)
	for _, lang := range []string{"fr", "en"} {
		for _, path := range []string{
			"/reconciliations", "/reconciliations?synchronization=acme-office365", "/reconciliations/acme.much", "/reconciliations/acme.mended",
			"/reconciliations/acme.odd", "/reconciliations/acme.much/cancel", "/removals", "/removals/acme.live", "/removals?synchronization=" + url.QueryEscape(evil),
		} {
			clean(t, lang+" "+path, w.get(configurer, path, "Accept-Language", lang))
		}
	}
	if a := w.get(configurer, "/removals/acme.much"); a.Code != http.StatusNotFound {
		t.Errorf("a reconciliation as a removal: %d", a.Code)
	}
}

// movingOperation is an engine whose only operation goes on while it is looked at.
type movingOperation struct {
	engine
	lock sync.Mutex
	one  starter.Operation
}

func (m *movingOperation) Operation(context.Context, string) (starter.Operation, error) {
	m.lock.Lock()
	defer m.lock.Unlock()
	return m.one, nil
}

func (m *movingOperation) set(change func(*starter.Operation)) {
	m.lock.Lock()
	defer m.lock.Unlock()
	progress := *m.one.Reconciliation
	m.one.Reconciliation = &progress
	change(&m.one)
}

// The page follows an operation: what it asks, how far it is, and how it ended.
func TestOperationIsFollowed(t *testing.T) {
	t.Parallel()
	w := operationWorld(t)
	m := &movingOperation{one: night("live", func(one *starter.Operation, progress *workflows.ReconciliationProgress) {
		one.Phase, one.EndedAt = workflows.PhaseComparing, time.Time{}
	})}
	service := admin.New(admin.Config{Settings: w.editor, Editor: w.editor, Engine: m, AllowInsecure: true, Log: discard, Now: time.Now})
	handler := pages.New(pages.Config{Admin: service, Gate: w.gate, Log: discard})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r.WithContext(access.With(r.Context(), configurer)))
	}))
	t.Cleanup(server.Close)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/reconciliations/acme.live/events?asked=", nil)
	w.must(err)
	request.Header.Set("Accept-Language", "en")
	response, err := server.Client().Do(request)
	w.must(err)
	stream := events(t, response)
	if first := next(t, stream, "progress"); !strings.Contains(first.data, "Comparing") {
		t.Error(first.data)
	}
	m.set(func(one *starter.Operation) {
		one.Phase, one.Breaker = workflows.PhaseWaiting, &workflows.Breaker{Deletions: 61, Of: 100}
	})
	if asked := next(t, stream, "question"); !strings.Contains(asked.data, "Delete 61 events") {
		t.Error(asked.data)
	}
	m.set(func(one *starter.Operation) { one.Phase, one.Breaker = workflows.PhaseRepairing, nil })
	if gone := next(t, stream, "question"); strings.Contains(gone.data, "Delete") {
		t.Error("the question stays after its answer")
	}
	m.set(func(one *starter.Operation) { one.Phase, one.EndedAt = workflows.PhaseCompleted, moment })
	if done := next(t, stream, "done"); !strings.Contains(done.data, "exactly what Figgo says") {
		t.Error(done.data)
	}
	next(t, stream, "end")
}
