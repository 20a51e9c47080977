package pages_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/figgosync/figgosync/api/pages"
	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

func TestInitializationFromPreviewToStart(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1", "2")
	const action = "/synchronizations/acme-office365/initializations"
	page := w.get(configurer, "/synchronizations/acme-office365")
	form := url.Values{"key": {page.key(t, action)}, "since": {"2026-02-01"}, "legalEntities": {"1"}, "do": {"preview"}}
	first, second := w.post(configurer, action, form), w.post(configurer, action, form)
	at := first.Header().Get("Location")
	if !strings.HasPrefix(at, "/initializations/acme.") || at != second.Header().Get("Location") {
		t.Fatalf("sent twice: %q and %q", at, second.Header().Get("Location"))
	}
	if got := w.engine.started[0]; !got.DryRun || got.Since.String() != "2026-02-01" || !slices.Equal(got.LegalEntities, []string{"1"}) {
		t.Errorf("%+v", got)
	}
	form.Set("since", "2026-03-01")
	if other := w.post(configurer, action, form).Header().Get("Location"); other == at {
		t.Error("another date of the same form is taken for the first")
	}
	w.engine.initializations = runs()
	preview := w.get(configurer, "/initializations/acme.dry", "Accept-Language", "fr")
	if !preview.says("écrire 6 absences dans les calendriers de 1 personne") || !preview.says("adresse e-mail") || !preview.link("/initializations/acme.dry/people/14") {
		t.Errorf("the preview does not tell what would be done: %s", text(preview.named("main")[0]))
	}
	start := url.Values{"key": {preview.key(t, action)}, "since": {"2026-03-01"}, "legalEntities": {"1"}, "do": {"start"}}
	w.post(configurer, action, start)
	if got := w.engine.started[len(w.engine.started)-1]; got.DryRun || got.Since.String() != "2026-03-01" {
		t.Errorf("%+v", got)
	}
	done := w.get(configurer, "/initializations/acme.done", "Accept-Language", "fr")
	if !done.link("/absences/acme/17") || !done.says("7 absences sont dans leurs calendriers") {
		t.Errorf("the result is not told: %s", text(done.named("main")[0]))
	}
}

func TestInitializationErrorsAreAtTheirFields(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	const action = "/synchronizations/acme-office365/initializations"
	for name, form := range map[string]url.Values{
		"nothing": {}, "date": {"since": {"2026-02-30"}, "legalEntities": {"1"}}, "hostile": {"since": {hostile}, "legalEntities": {hostile}},
		"foreign": {"since": {"2026-02-01"}, "legalEntities": {"3"}},
	} {
		a := w.post(configurer, action, form)
		clean(t, name, a)
		if a.Code != http.StatusUnprocessableEntity || len(a.wrong()) == 0 {
			t.Errorf("%s: %d %v", name, a.Code, a.wrong())
		}
	}
	w.post(configurer, "/synchronizations/acme-office365/pause", url.Values{"version": {"1"}, "paused": {"on"}})
	a := w.post(configurer, action, url.Values{"since": {"2026-02-01"}, "legalEntities": {"1"}, "do": {"start"}}, "Accept-Language", "en")
	if a.Code != http.StatusUnprocessableEntity || !a.says("is paused") || len(w.engine.started) > 0 {
		t.Errorf("a paused one: %d, %d started", a.Code, len(w.engine.started))
	}
}

func TestLargeInitializationIsConfirmed(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	all := runs()
	all[3].Employees = 4321
	w.engine.initializations = all
	if a := w.get(configurer, "/initializations/acme.dry"); a.input("confirm") == nil {
		t.Error("a large run can be started without its number")
	}
	if a := w.get(configurer, "/initializations/acme.big", "Accept-Language", "en"); !a.says("4,321 people") || a.input("employees") == nil {
		t.Errorf("no question: %s", text(a.named("main")[0]))
	}
	if a := w.post(configurer, "/initializations/acme.big/confirm", url.Values{"employees": {"4321"}}); a.Header().Get("Location") != "/initializations/acme.big" {
		t.Errorf("%d", a.Code)
	}
	w.engine.down = starter.ErrNotConfirmable
	if a := w.post(configurer, "/initializations/acme.big/confirm", url.Values{"employees": {"12"}}); a.Code == http.StatusSeeOther {
		t.Error("a wrong number is taken")
	}
	w.engine.down = nil
	for _, typed := range []string{"", "many", hostile} {
		if a := w.post(configurer, "/initializations/acme.big/confirm", url.Values{"employees": {typed}}); a.Code != http.StatusUnprocessableEntity || !slices.Contains(a.wrong(), "f-employees") {
			t.Errorf("%q: %d", typed, a.Code)
		}
	}
}

// One that would change much of what is there asks for an approval of the very numbers.
func TestAnInitializationIsApprovedByItsNumbers(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	w.engine.initializations = runs()
	live := &w.engine.initializations[0]
	live.Phase, live.Breaker = workflows.PhaseWaiting, &workflows.Breaker{Deletions: 2, Changes: 412, Of: 1200}
	const page, approve = "/initializations/acme.live", "/initializations/acme.live/approve"
	a := w.get(configurer, page, "Accept-Language", "fr")
	if !a.says("supprimerait 2 événements et en écrirait 412, sur 1 200") || !a.says("Attend un accord") || !a.link(page+"/cancel") {
		t.Error(text(a.named("main")[0]))
	}
	if !a.says("Commence après votre accord") || a.says("Lecture de Figgo…") {
		t.Errorf("a legal entity that waits is said to be read: %s", text(a.named("main")[0]))
	}
	live.Breaker.Deletions = 0
	only := w.get(configurer, page, "Accept-Language", "fr")
	if !only.says("Cela écrirait 412 événements sur 1 200") || !only.says("Écrire 412 événements") || only.says("upprimer") {
		t.Errorf("nothing is deleted: %s", text(only.named("main")[0]))
	}
	live.Breaker.Deletions = 2
	overview := w.get(consulter, "/", "Accept-Language", "fr")
	if !overview.says("attend un accord") || overview.says("Initialisation en cours") || !overview.link(page) {
		t.Errorf("the overview: %s", text(overview.named("main")[0]))
	}
	form := a.fieldsOf(approve)
	if look := w.get(consulter, page); look.link(approve) {
		t.Error("who may only look is asked")
	}
	if a := w.post(consulter, approve, form); a.Code != http.StatusForbidden {
		t.Errorf("%d", a.Code)
	}
	live.Breaker.Changes = 413
	if a := w.post(configurer, approve, form, "Accept-Language", "en"); a.Code != http.StatusUnprocessableEntity ||
		!a.says("numbers have changed") || len(w.engine.approved) > 0 {
		t.Errorf("%d, %v", a.Code, w.engine.approved)
	}
	live.Breaker.Changes = 412
	a = w.post(configurer, approve, form)
	if want := (workflows.Approval{Deletions: 2, Changes: 412}); a.Header().Get("Location") != page || len(w.engine.approved) != 1 || w.engine.approved[0] != want {
		t.Errorf("%d, %v", a.Code, w.engine.approved)
	}
}

// A wrong number is told where it was typed, on the preview; nothing is started.
func TestWrongNumberIsRefusedOnThePreview(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	w.engine.initializations = runs()
	w.engine.initializations[3].Employees = 4321
	const action = "/synchronizations/acme-office365/initializations"
	form := url.Values{"since": {"2026-03-01"}, "legalEntities": {"1"}, "do": {"start"}, "preview": {"acme.dry"}}
	for _, typed := range []string{"", "12", "many"} {
		form.Set("confirm", typed)
		a := w.post(configurer, action, form, "Accept-Language", "en")
		if a.Code != http.StatusUnprocessableEntity || !slices.Contains(a.wrong(), "f-confirm") || !a.says("Write 4321 to confirm") || len(w.engine.started) > 0 {
			t.Errorf("%q: %d, %v wrong, %d started", typed, a.Code, a.wrong(), len(w.engine.started))
		}
	}
	form.Set("confirm", "4321")
	if a := w.post(configurer, action, form); a.Code != http.StatusSeeOther || len(w.engine.started) != 1 || w.engine.started[0].Confirm != 4321 {
		t.Errorf("the right number: %d, %+v", a.Code, w.engine.started)
	}
}

// The field that confirms a large run is not replaced while somebody types in it:
// its question comes again only when it is another one.
func TestQuestionIsSentOnlyWhenItChanges(t *testing.T) {
	t.Parallel()
	m, server, stream := live(t)
	next(t, stream, "progress")
	m.set(func(one *starter.Initialization) { one.Phase, one.Employees = workflows.PhaseConfirming, 300 })
	if asked := next(t, stream, "question"); !strings.Contains(asked.data, `name="employees"`) || !strings.Contains(asked.data, `data-asked="300"`) {
		t.Errorf("no question: %s", asked.data)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/initializations/acme.live/events?asked=300", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	second := events(t, response)
	for _, one := range []event{<-second, next(t, stream, "progress")} {
		if one.name == "question" || strings.Contains(one.data, `name="employees"`) {
			t.Errorf("the question on the page is replaced: %s", one.name)
		}
	}
	m.set(func(one *starter.Initialization) { one.Phase = workflows.PhaseRunning })
	if gone := next(t, second, "question"); strings.Contains(gone.data, "employees") {
		t.Error("the question stays after its answer")
	}
}

func TestStoppedAndFailedRunsTellWhatWasWritten(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	all := runs()
	for i, phase := range []workflows.Phase{workflows.PhaseCancelled, workflows.PhaseFailed} {
		all[i].Phase, all[i].Counts.Synced, all[i].EndedAt = phase, 58, moment
	}
	all[0].LegalEntities[0].Failure = "cancelled"
	all[1].Failure = "Figgo cannot be read: source-rejected (invalid_client)"
	w.engine.initializations = all
	if a := w.get(configurer, "/initializations/acme.live", "Accept-Language", "fr"); !a.says("Arrêtée à votre demande : 58 absences écrites, elles restent") || a.says("imprévue") {
		t.Error(text(a.named("main")[0]))
	}
	if a := w.get(configurer, "/initializations/acme.big", "Accept-Language", "fr"); !a.says("58 absences ont été écrites et restent") ||
		!a.says("Lucca refuse notre clé") || a.says("Figgo cannot") {
		t.Error(text(a.named("main")[0]))
	}
	w.engine.initializations[1].Failure = "not finished for the legal entities 1: internal"
	if a := w.get(configurer, "/initializations/acme.big", "Accept-Language", "fr"); a.says("not finished") {
		t.Error("English in a French page")
	}
}

// Progress is counted to what the preview found while Figgo is still being read.
func TestProgressKnowsThePreviewsTotals(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	all := runs()
	all[0].LegalEntities = []workflows.LegalEntityProgress{{LegalEntity: "1", Counts: workflows.Counts{Total: 4, Synced: 3}}}
	w.engine.initializations = all
	a := w.get(configurer, "/initializations/acme.live", "Accept-Language", "en")
	bars := a.named("progress")
	if len(bars) != 1 || attribute(bars[0], "max") != "9" || attribute(bars[0], "value") != "3" || !a.says("3 of 9") {
		t.Errorf("%s", text(a.named("main")[0]))
	}
	all[3].Since.Year = 2020 // another preview
	w, c = luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	w.engine.initializations = all
	bars = w.get(configurer, "/initializations/acme.live").named("progress")
	if len(bars) != 1 || attribute(bars[0], "value") != "" {
		t.Error("a bar tells a share of a number that grows")
	}
}

func TestInitializationIsCancelled(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	w.engine.initializations = runs()
	page := w.get(configurer, "/initializations/acme.live")
	if !page.link("/initializations/acme.live/cancel") || len(page.named("progress")) != 3 {
		t.Errorf("no way to cancel, or %d bars", len(page.named("progress")))
	}
	if a := w.post(configurer, "/initializations/acme.live/cancel", nil); a.Header().Get("Location") != "/initializations/acme.live" {
		t.Errorf("%d", a.Code)
	}
	if a := w.get(consulter, "/initializations/acme.live"); a.link("/initializations/acme.live/cancel") {
		t.Error("who may only look is offered to cancel")
	}
	if a := w.post(consulter, "/initializations/acme.live/cancel", nil); a.Code != http.StatusForbidden {
		t.Errorf("%d", a.Code)
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	const path = "/synchronizations/acme-office365/initializations"
	if a := w.get(configurer, path, "HX-Request", "true", "Accept-Language", "en"); !strings.Contains(a.Body.String(), "None yet") {
		t.Error(a.Body)
	}
	w.engine.initializations = runs()
	a := w.get(configurer, path, "HX-Request", "true", "Accept-Language", "en")
	for _, wanted := range []string{"/initializations/acme.live", "/initializations/acme.dry", "5 to create, 1 to change", "6 written, 1 right already", "2 blocked"} {
		if !strings.Contains(a.Body.String(), wanted) {
			t.Errorf("no %q in %s", wanted, a.Body)
		}
	}
	w.engine.down = admin.ErrEngineDown
	if a := w.get(configurer, path, "HX-Request", "true", "Accept-Language", "en"); a.Code != http.StatusOK || !strings.Contains(a.Body.String(), "not available") {
		t.Errorf("without Temporal: %d", a.Code)
	}
}

// moving is an engine whose only run goes on while it is looked at.
type moving struct {
	engine
	lock sync.Mutex
	run  starter.Initialization
}

func (m *moving) Initialization(context.Context, string) (starter.Initialization, error) {
	m.lock.Lock()
	defer m.lock.Unlock()
	return m.run, nil
}

func (m *moving) set(change func(*starter.Initialization)) {
	m.lock.Lock()
	defer m.lock.Unlock()
	change(&m.run)
}

// event is one server-sent event.
type event struct{ name, data string }

// events reads a stream until it ends.
func events(t *testing.T, body *http.Response) <-chan event {
	t.Helper()
	if got := body.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/event-stream") {
		t.Fatalf("%d %q", body.StatusCode, got)
	}
	all := make(chan event, 100)
	go func() {
		defer close(all)
		defer body.Body.Close()
		var one event
		lines := bufio.NewScanner(body.Body)
		for lines.Scan() {
			switch name, value, _ := strings.Cut(lines.Text(), ": "); name {
			case "event":
				one.name = value
			case "data":
				one.data += value + "\n"
			case "":
				all <- one
				one = event{}
			}
		}
	}()
	return all
}

// live serves the pages with a moving run and opens its stream.
func live(t *testing.T) (*moving, *httptest.Server, <-chan event) {
	t.Helper()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1", "2", "3")
	m := &moving{run: runs()[0]}
	service := admin.New(admin.Config{Settings: w.editor, Editor: w.editor, Engine: m, AllowInsecure: true, Log: discard, Now: time.Now})
	handler := pages.New(pages.Config{Admin: service, Gate: w.gate, Log: discard})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r.WithContext(access.With(r.Context(), configurer)))
	}))
	t.Cleanup(server.Close)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/initializations/acme.live/events", nil)
	w.must(err)
	request.Header.Set("Accept-Language", "en")
	response, err := server.Client().Do(request)
	w.must(err)
	return m, server, events(t, response)
}

func next(t *testing.T, from <-chan event, name string) event {
	t.Helper()
	for {
		select {
		case one, open := <-from:
			if !open {
				t.Fatalf("the stream ended before %q", name)
			}
			if one.name == name {
				return one
			}
		case <-time.After(time.Minute):
			t.Fatalf("no %q", name)
		}
	}
}

func TestProgressIsStreamed(t *testing.T) {
	t.Parallel()
	m, _, stream := live(t)
	first := next(t, stream, "progress")
	fragment, err := html.Parse(strings.NewReader(first.data))
	if err != nil || !strings.Contains(first.data, "452 of 700") || !strings.Contains(first.data, "Zürich") || strings.Contains(first.data, "<html") {
		t.Errorf("%v %s", err, first.data)
	}
	if bars := (answer{page: fragment}).named("progress"); len(bars) != 3 || attribute(bars[0], "max") != "700" || attribute(bars[0], "value") != "452" {
		t.Errorf("%d bars", len(bars))
	}
	m.set(func(one *starter.Initialization) { // all is listed: the share is known
		one.LegalEntities = slices.Clone(one.LegalEntities)
		one.LegalEntities[1].Listed, one.LegalEntities[2].Listed = true, true
	})
	if said := next(t, stream, "announce"); !strings.Contains(said.data, "percent") {
		t.Errorf("%q is announced", said.data)
	}
	m.set(func(one *starter.Initialization) {
		one.Counts.Synced += 100
		one.LegalEntities = slices.Clone(one.LegalEntities)
		one.LegalEntities[0].Synced += 100
	})
	if moved := next(t, stream, "progress"); !strings.Contains(moved.data, "552 of 700") || !strings.Contains(moved.data, "absences a minute") {
		t.Errorf("it does not move: %s", moved.data)
	}
	m.set(func(one *starter.Initialization) { one.Phase, one.EndedAt = workflows.PhaseCancelled, moment })
	if end := next(t, stream, "done"); !strings.Contains(end.data, "Stopped at your request: 500 absences written, they stay") {
		t.Error(end.data)
	}
	next(t, stream, "end")
	if _, open := <-stream; open {
		t.Error("the stream goes on after its end")
	}
}

// A server that shuts down waits for its requests: streams must not keep it.
func TestStreamEndsWhenTheServerShutsDown(t *testing.T) {
	t.Parallel()
	_, server, stream := live(t)
	next(t, stream, "progress")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := server.Config.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}

func TestStreamOfNothing(t *testing.T) {
	t.Parallel()
	w, _ := luccaWorld(t)
	if a := w.get(configurer, "/initializations/acme.none/events"); a.Code != http.StatusNotFound {
		t.Errorf("%d", a.Code)
	}
	if a := w.get(nobody, "/initializations/acme.none/events"); a.Code == http.StatusOK {
		t.Errorf("%d", a.Code)
	}
}

// A run that was stopped, or failed, before it had read everything keeps the number that
// its preview found: what was read until then is not all there is.
func TestStoppedRunKeepsThePreviewsTotal(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	all := runs()
	dry, done := all[3], all[2]
	for phase, says := range map[workflows.Phase]string{
		workflows.PhaseCancelled: "Stopped after 3 of 9", workflows.PhaseFailed: "Stopped after 3 of 9", workflows.PhaseRunning: "3 of 9",
	} {
		one := dry
		one.WorkflowID, one.DryRun, one.Phase = "initialization/acme/stopped"+string(phase), false, phase
		one.StartsAt = dry.StartsAt.Add(time.Hour)
		read := workflows.Counts{Total: 4, Synced: 3}
		one.Counts, one.LegalEntities = read, []workflows.LegalEntityProgress{{LegalEntity: "1", Counts: read}}
		w.engine.initializations = []starter.Initialization{one, done, dry}
		page := w.get(configurer, "/initializations/acme.stopped"+string(phase), "Accept-Language", "en")
		if tiles := tally(page); !page.says(says) || !strings.HasPrefix(tiles, "9 Absences") {
			t.Errorf("%s: %s", phase, text(page.named("main")[0]))
		}
	}
	w.engine.initializations = runs()
	if page := w.get(configurer, "/initializations/acme.done", "Accept-Language", "en"); !strings.HasPrefix(tally(page), "9 Absences") {
		t.Errorf("the end: %s", text(page.named("main")[0]))
	}
}

// tally is what the tiles of a run say.
func tally(a answer) string {
	for _, one := range a.elements(func(node *html.Node) bool { return attribute(node, "class") == "tally" }) {
		return text(one)
	}
	return ""
}
