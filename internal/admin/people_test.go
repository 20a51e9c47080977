package admin_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/sandbox/lucca"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// colleagues are more people of the account.
func colleagues(t *testing.T, a *account) {
	t.Helper()
	for i, name := range []string{"Zoë D’Arc", "Jean-Pierre Œuvré", "Łukasz Doebler", "John Doe"} {
		given, family, _ := strings.Cut(name, " ")
		if err := a.service.AddEmployee(lucca.Employee{ID: 500 + i, GivenName: given, FamilyName: family, LegalEntity: 1, Email: fmt.Sprintf("%s.%d@example.com", "mail", i)}); err != nil {
			t.Fatal(err)
		}
	}
}

func ids(people []admin.Person) string {
	var all []string
	for _, one := range people {
		all = append(all, one.ID)
	}
	return strings.Join(all, " ")
}

func TestPeopleHaveNames(t *testing.T) {
	t.Parallel()
	for _, api := range []settings.SourceAPI{settings.APIv5, settings.APIv3} {
		d := newDesk(t)
		colleagues(t, d.account)
		input := acme()
		if input.API = api; api == settings.APIv3 {
			input = admin.SourceInput{Source: settings.Source{Name: "acme", Host: input.Host, API: api}, Secrets: secrets("apiKey", "the-key")}
		}
		if _, err := d.PutSource(t.Context(), alice, input, 0); err != nil {
			t.Fatal(err)
		}
		want := map[string]admin.Person{
			"416": {ID: "416", Name: "Jane Doe", Email: "jane.doe@example.com"}, "500": {ID: "500", Name: "Zoë D’Arc", Email: "mail.0@example.com"},
		}
		for range 10 {
			if diff := cmp.Diff(want, d.People(t.Context(), "acme", []string{"416", "500", "999"})); diff != "" {
				t.Fatalf("%s: -want +got:\n%s", api, diff)
			}
		}
		// One page of all, and one look-up of him whom nobody knows.
		if calls := d.account.count("employees") + d.account.count("users"); calls != 2 {
			t.Errorf("%s: %d calls, want 2", api, calls)
		}
		if found := d.People(t.Context(), "nowhere", []string{"416"}); len(found) != 0 {
			t.Errorf("%v", found)
		}
	}
}

func TestFindPeople(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	colleagues(t, d.account)
	for text, want := range map[string]string{
		"doe": "416 503 502", "DOÉ": "416 503 502", "doe jane": "416", "d'arc": "500", "zoe": "500", "darc": "", "jean pierre": "501", "jean-pierre oeuvre": "501",
		"ierre": "501", "lukasz": "502", "jane.doe@exam": "416", "mail.3": "503", "@example.com": "416 501 503 502 500", "": "", " ' ": "", "nobody": "", "%": "",
	} {
		if got := ids(d.FindPeople(t.Context(), "acme", text, 10)); got != want {
			t.Errorf("%q finds %s, want %s", text, got, want)
		}
	}
	if got := ids(d.FindPeople(t.Context(), "acme", "doe", 2)); got != "416 503" {
		t.Errorf("%s of at most 2", got)
	}
	if found := d.FindPeople(t.Context(), "nowhere", "doe", 2); found != nil {
		t.Errorf("%v", found)
	}
}

func TestAbsencesAreFoundByName(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	colleagues(t, d.account)
	d.engine.lines = []starter.AbsenceLine{
		line("1", "416", "blocked", "mailbox-missing"), line("2", "503", "synced", ""), line("3", "7", "synced", ""), line("doe", "500", "synced", ""),
	}
	for text, want := range map[string]string{
		"doe": "1 2 doe", "DOE": "1 2", "john doe": "2", "jane.doe@example": "1", "d'arc": "doe", "O'Neil": "", "doe'": "1 2", "x y": "", "7": "3",
	} {
		page, err := d.search(t, text)
		var found []string
		for _, one := range page.Absences {
			found = append(found, one.Absence)
		}
		if got := strings.Join(found, " "); err != nil || got != want || page.Hint != "" || page.Absences == nil {
			t.Errorf("%q finds %s, want %s; %q, %v", text, got, want, page.Hint, err)
		}
	}
	page, err := d.Absences(t.Context(), admin.AbsencesQuery{})
	var owners []string
	for _, one := range page.Absences {
		owners = append(owners, page.Owner(one).Name+"/"+page.Owner(one).ID)
	}
	if diff := cmp.Diff([]string{"Jane Doe/416", "John Doe/503", "/7", "Zoë D’Arc/500"}, owners); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	// The names cost no call any more, and an address neither.
	calls := d.account.count("employees")
	if _, err := d.Absences(t.Context(), admin.AbsencesQuery{Text: "MAIL.3@example.com"}); err != nil || d.account.count("employees") != calls {
		t.Errorf("%d calls more, %v", d.account.count("employees")-calls, err)
	}
	for i := range 101 {
		if err := d.account.service.AddEmployee(lucca.Employee{ID: 2000 + i, GivenName: "Ann", FamilyName: "Other", LegalEntity: 1}); err != nil {
			t.Fatal(err)
		}
	}
	fresh := newDesk(t, func(c *admin.Config) { c.HTTP = &http.Client{Transport: d.account} }).fill(t)
	if page, err := fresh.search(t, "other"); err != nil || page.Hint != admin.HintMany || len(fresh.engine.asked[len(fresh.engine.asked)-1].Owners["acme"]) != 100 {
		t.Errorf("%q, %v", page.Hint, err)
	}
}

// search finds absences once the names are read, which a page does not wait for.
func (d desk) search(t *testing.T, text string) (page admin.AbsencesPage, err error) {
	t.Helper()
	for page.Hint = admin.HintLoading; err == nil && page.Hint == admin.HintLoading; {
		page, err = d.Absences(t.Context(), admin.AbsencesQuery{Text: text})
	}
	return page, err
}

// The list of a large company takes minutes and leaves calls to others; meanwhile
// pages wait for a second at most, and have the names they show.
func TestManyNamesAreReadSlowly(t *testing.T) {
	t.Parallel()
	const employees = 2450
	d := newDesk(t).fill(t)
	file := fileOf(t, d)
	large := newAccount()
	for i := range employees {
		if err := large.service.AddEmployee(lucca.Employee{ID: 1000 + i, GivenName: "Ann", FamilyName: fmt.Sprintf("Number%d", i), LegalEntity: 1}); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		service := admin.New(fileConfig(file, &fakeEngine{}, large))
		begin := time.Now()
		for _, id := range []string{"3300", "3301"} {
			at := time.Now()
			if found := service.People(t.Context(), "acme", []string{id, "999999"}); found[id].Name == "" || time.Since(at) > time.Second {
				t.Errorf("%v after %s", found, time.Since(at))
			}
			time.Sleep(6 * time.Second)
		}
		page, err := service.Absences(t.Context(), admin.AbsencesQuery{Text: "number2400"})
		if err != nil || page.Hint != admin.HintLoading {
			t.Errorf("%q, %v", page.Hint, err)
		}
		for minute := 0; len(service.FindPeople(t.Context(), "acme", "number2449", 5)) == 0 && minute < 10; minute++ {
			before := large.count("")
			time.Sleep(time.Minute)
			if calls := large.count("") - before; calls > 12 {
				t.Errorf("%d calls in a minute", calls)
			}
			// Somebody looks for an address meanwhile.
			if _, err := service.Absences(t.Context(), admin.AbsencesQuery{Text: fmt.Sprintf("nobody%d@example.com", minute)}); err != nil {
				t.Errorf("after %s: %v", time.Since(begin), err)
			}
		}
		if took := time.Since(begin); took < time.Minute || took > 5*time.Minute {
			t.Errorf("25 pages took %s", took)
		}
		calls := large.count("")
		time.Sleep(50 * time.Minute)
		if service.FindPeople(t.Context(), "acme", "number7", 1); large.count("") != calls {
			t.Error("names were read again within the hour, or by nobody's wish")
		}
		_ = large.service.AddEmployee(lucca.Employee{ID: 9000, GivenName: "New", FamilyName: "Comer", LegalEntity: 1})
		time.Sleep(20 * time.Minute)
		at := time.Now()
		if found := service.FindPeople(t.Context(), "acme", "number7", 1); len(found) != 1 || time.Since(at) != 0 {
			t.Errorf("old names are kept until the new ones are there: %v after %s", found, time.Since(at))
		}
		time.Sleep(5 * time.Minute)
		if len(service.FindPeople(t.Context(), "acme", "comer", 1)) != 1 {
			t.Error("the list was not read again")
		}
	})
}

// A Figgo that is slow or down costs a page a second now and then, and no name.
func TestNamesDoNotWaitForLucca(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	file := fileOf(t, d)
	for name, change := range map[string]func(*account){
		"slow": func(a *account) { a.delay = 5 * time.Second }, "down": func(a *account) { a.fails = errors.New("no route") },
	} {
		synctest.Test(t, func(t *testing.T) {
			account := newAccount()
			change(account)
			engine := &fakeEngine{lines: []starter.AbsenceLine{line("1", "416", "synced", "")}}
			service := admin.New(fileConfig(file, engine, account))
			for range 30 {
				begin := time.Now()
				page, err := service.Absences(t.Context(), admin.AbsencesQuery{})
				if err != nil || page.Owner(page.Absences[0]).ID != "416" || time.Since(begin) > time.Second {
					t.Errorf("%s: %+v after %s, %v", name, page, time.Since(begin), err)
				}
				time.Sleep(3 * time.Second)
			}
			if calls := account.count(""); calls > 60 {
				t.Errorf("%s: %d calls in two minutes", name, calls)
			}
			time.Sleep(2 * time.Hour)
		})
	}
}

func TestRunPeople(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	d.engine.lines = []starter.AbsenceLine{line("8750", "416", "blocked", "mailbox-missing")}
	run := starter.Initialization{Progress: workflows.Progress{Source: "acme", LegalEntities: []workflows.LegalEntityProgress{{
		Troubled: []workflows.Troubled{{Absence: "8750"}, {Absence: "1"}, {Absence: "it's"}}, Preview: []workflows.EmployeePreview{{Employee: "7"}},
	}}}}
	for range 3 {
		people := d.RunPeople(t.Context(), run)
		if people.Of("8750").Name != "Jane Doe" || people.Of("1").ID != "" || people.Person("7") != (admin.Person{ID: "7"}) {
			t.Errorf("%+v", people)
		}
	}
	run.DryRun = true
	asked := len(d.engine.asked)
	if people := d.RunPeople(t.Context(), run); people.Of("8750").ID != "" || len(d.engine.asked) != asked {
		t.Error("a dry run's absences are in no index")
	}
	d.engine.down = context.DeadlineExceeded
	run.DryRun, run.LegalEntities[0].Troubled = false, []workflows.Troubled{{Absence: "2"}}
	if people := d.RunPeople(t.Context(), run); people.Of("2").ID != "" {
		t.Errorf("%+v", people)
	}
}
