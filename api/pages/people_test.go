package pages_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/sandbox/lucca"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// named is busy with a Lucca that tells names, also one that no page may take for
// its own.
func named(t *testing.T) *world {
	w := busy(t)
	var service *lucca.Service
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { service.Handler().ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	service = lucca.New(lucca.Config{ClientID: "client", ClientSecret: "s3cret", Host: server.URL})
	service.AddLegalEntity(lucca.LegalEntity{ID: 1, Name: "Lyon", Zone: "Europe/Paris"})
	for _, one := range []lucca.Employee{
		{ID: 416, GivenName: "Jane", FamilyName: "Doe"}, {ID: 417, GivenName: "Hélène", FamilyName: "Lefèvre", Email: "helene@example.com"}, {ID: 419, GivenName: "Eve", FamilyName: evil},
	} {
		one.LegalEntity = 1
		w.must(service.AddEmployee(one))
	}
	stored, err := w.editor.Source(t.Context(), "demo")
	w.must(err)
	stored.Host, stored.TokenURL, stored.ClientSecret = server.URL, server.URL+"/connect/token", "s3cret"
	_, err = w.editor.PutSource(t.Context(), somebody, stored, 1)
	w.must(err)
	return w
}

func TestPeopleAreShownByName(t *testing.T) {
	t.Parallel()
	w := named(t)
	list := w.get(consulter, "/absences", "Accept-Language", "en")
	clean(t, "absences", list)
	for _, want := range []string{"Jane Doe 416", "Hélène Lefèvre 417", "Eve " + evil, "418"} {
		if !list.says(want) {
			t.Errorf("%q is missing: %s", want, text(list.named("table")[0]))
		}
	}
	if !list.link("/absences?source=demo&text=417") {
		t.Error("no way to somebody's other absences")
	}
	for _, path := range []string{"/absences/demo/2", "/absences/demo/2/live"} {
		if one := w.get(consulter, path); !strings.Contains(text(one.page), "Hélène Lefèvre 417") {
			t.Errorf("%s: the name is missing", path)
		}
	}
	for search, want := range map[string]string{"lefevre hel": "[2]", "HELENE@": "[2]", "e": "[1 2 4]", "lefevre zz": "[]", "d'zz": "[]", "418": "[3]"} {
		found := w.get(consulter, "/absences?text="+url.QueryEscape(search)).listed()
		if got := fmt.Sprint(found); got != want && got+want != "[][]" {
			t.Errorf("%q finds %s, want %s", search, got, want)
		}
	}
	changes, err := w.editor.Changes(t.Context(), settings.ChangesQuery{Limit: 500})
	w.must(err)
	if all := fmt.Sprint(changes); strings.Contains(all, "Lefèvre") {
		t.Error("a name is in the audit log")
	}
}

func TestInitializationsNamePeople(t *testing.T) {
	t.Parallel()
	w := named(t)
	troubled := []workflows.Troubled{{Absence: "2", Status: workflows.StatusBlocked, Reason: "mailbox-missing"}, {Absence: "77", Status: workflows.StatusBlocked, Reason: "mailbox-missing"}}
	for _, dry := range []bool{true, false} {
		run := starter.Initialization{WorkflowID: fmt.Sprintf("initialization/demo/%t", dry), Progress: workflows.Progress{
			Phase: workflows.PhaseCompleted, Source: "demo", Synchronization: "paris", DryRun: dry, LegalEntities: []workflows.LegalEntityProgress{{LegalEntity: "1", Troubled: troubled}},
		}}
		if dry {
			run.LegalEntities[0].Preview = []workflows.EmployeePreview{{Employee: "417", Created: 2}, {Employee: "5"}}
		}
		w.engine.initializations = append(w.engine.initializations, run)
	}
	dry, done := w.get(consulter, "/initializations/demo.true", "Accept-Language", "en"), w.get(consulter, "/initializations/demo.false", "Accept-Language", "en")
	if !dry.says("Hélène Lefèvre 417") || !dry.link("/initializations/demo.true/people/5") {
		t.Errorf("%s", text(dry.named("main")[0]))
	}
	if !done.says("Absence 2 Hélène Lefèvre 417 Absence 77") {
		t.Errorf("%s", text(done.named("main")[0]))
	}
}

func TestTryingManyAgain(t *testing.T) {
	t.Parallel()
	w := named(t)
	const address = "/absences/resync"
	for path, want := range map[string]bool{"/": true, "/overview/live": true, "/absences?status=blocked": true, "/absences?status=synced": false, "/absences": false, "/absences?status=skipped": false} {
		for who, may := range map[access.Principal]bool{configurer: true, consulter: false} {
			if a := w.get(who, path); a.link(address) != (want && may) {
				t.Errorf("%s for %s: a button is %t", path, who.ID, a.link(address))
			}
		}
	}
	if a := w.post(consulter, address, url.Values{"status": {"blocked"}}); a.Code != http.StatusForbidden {
		t.Errorf("%d", a.Code)
	}
	for _, test := range []struct{ form, to, flash string }{
		{"back=overview&status=blocked&synchronization=paris&reason=mailbox-missing", "/", "retried.1"},
		{"status=retrying&synchronization=paris", "/absences?status=retrying&synchronization=paris", "retried.1"},
		{"status=blocked&text=lefevre", "/absences?status=blocked&text=lefevre", "retried.1"},
		{"status=skipped", "/absences?status=skipped", "nothing-retried"},
	} {
		form, _ := url.ParseQuery(test.form)
		a := w.post(configurer, address, form)
		cookies := a.Result().Cookies()
		if a.Code != http.StatusSeeOther || a.Header().Get("Location") != test.to || len(cookies) != 1 || cookies[0].Value != test.flash {
			t.Errorf("%s: %d %v", test.form, a.Code, a.Header())
		}
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		w.engine.retrying.Lock()
		done := len(w.engine.retried) == 3
		w.engine.retrying.Unlock()
		if done {
			break
		}
	}
	w.engine.retrying.Lock()
	if got := slices.Sorted(slices.Values(w.engine.retried)); fmt.Sprint(got) != "[demo/2 demo/2 demo/3]" {
		t.Errorf("%v", got)
	}
	w.engine.retrying.Unlock()
	for _, form := range []url.Values{{}, {"status": {"synced"}}, {"status": {"blocked"}, "text": {strings.Repeat("x", 300)}}} {
		if a := w.post(configurer, address, form); a.Code != http.StatusBadRequest {
			t.Errorf("%v: %d", form, a.Code)
		}
	}
	if a := w.get(configurer, address); a.Header().Get("Location") != "/absences" {
		t.Errorf("reloaded: %d", a.Code)
	}
	for cookie, want := range map[string]string{"retried.3": "3 absences sont retentées", "retried.1": "1 absence est retentée", "already-retrying": "est déjà en cours"} {
		if a := w.get(configurer, "/absences", "Cookie", "figgosync_flash="+cookie); !a.says(want) {
			t.Errorf("%s: %q is not said", cookie, want)
		}
	}
	for _, cookie := range []string{"retried.x", "retried.-1", "nothing.3", "retried.99999999999999999999"} {
		if a := w.get(configurer, "/absences", "Cookie", "figgosync_flash="+cookie); a.says("réessa") {
			t.Errorf("%s is said", cookie)
		}
	}
	log := w.get(consulter, "/audit-log", "Accept-Language", "fr")
	if !log.says("Resynchronisation") || !log.says("Raison") || !log.says("bloquée") {
		t.Errorf("%s", text(log.named("table")[0]))
	}
}

// A Figgo that does not answer leaves the ids.
func TestIDsAreShownWithoutFiggo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.fill("demo", "cloud", "paris", calendars.Office365)
	w.engine.lines = []starter.AbsenceLine{{Source: "demo", Absence: "1", Employee: "416", Status: workflows.StatusSynced}}
	begin := time.Now()
	a := w.get(consulter, "/absences?text=jane", "Accept-Language", "en")
	if !a.says("still being loaded") || time.Since(begin) > time.Minute {
		t.Errorf("after %s: %s", time.Since(begin), text(a.named("main")[0]))
	}
	if a := w.get(consulter, "/absences"); !a.link("/absences?source=demo&text=416") {
		t.Error("the id is missing")
	}
}
