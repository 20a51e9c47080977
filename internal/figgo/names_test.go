package figgo_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/figgo"
)

// Both generations list everybody by name in the sandbox, to the last page.
func TestPeopleByPages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, readAllPeople)
}

func readAllPeople(t *testing.T) {
	const employees = 1234
	company := newCompany(t, 3, employees)
	for name, one := range company.sources() {
		reader := one.(figgo.PeopleReader)
		known := map[string]figgo.Person{}
		cursor, pages := "", 0
		for {
			page, err := reader.PeoplePage(t.Context(), cursor)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, person := range page.People {
				known[person.ID] = person
			}
			pages++
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if len(known) != employees || known["1007"] != (figgo.Person{ID: "1007", Name: "A B", Email: "a.b.7@example.com"}) || known["1099"].Email != "" {
			t.Errorf("%s: %d people in %d pages, %+v", name, len(known), pages, known["1007"])
		}
		if want := map[string]int{"v5": 13, "v3": 2}[name]; want != 0 && pages != want {
			t.Errorf("%s: %d pages, want %d", name, pages, want)
		}
		found, err := reader.People(t.Context(), []string{"1003", "999999", "1001", "1003", "null", "1,2", ""})
		if diff := cmp.Diff([]figgo.Person{{"1001", "A B", "a.b.1@example.com"}, {"1003", "A B", "a.b.3@example.com"}}, found); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	if company.calls["/lucca-api/business-establishments"] != 0 {
		t.Error("names need no legal entities")
	}
}

func TestPeopleAreAskedForByOneFilter(t *testing.T) {
	t.Parallel()
	var lucca pages
	var ids []string
	for id := range 150 {
		ids = append(ids, fmt.Sprint(1000+id))
	}
	client, legacy := lucca.serve(t,
		says(object{"items": []object{
			{"id": "1000", "givenName": " Zoë\n", "familyName": "D’Arc", "email": "z@example.com"}, {"id": "1001", "givenName": nil, "familyName": "Prince", "email": "nonsense"},
			{"id": "1002"}, {"id": "7", "givenName": "Somebody", "familyName": "Else"}, {"id": "1003", "givenName": 7},
		}}),
		says(object{"data": object{"count": 1, "items": []object{{"id": 1000, "firstName": "Zoë", "lastName": "D’Arc", "mail": "z@example.com"}}}}),
	)
	found, err := client.People(t.Context(), ids)
	want := []figgo.Person{{"1000", "Zoë D’Arc", "z@example.com"}, {"1001", "Prince", ""}, {"1002", "", ""}}
	if diff := cmp.Diff(want, found); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	found, err = legacy.People(t.Context(), append([]string{"uuid-1"}, ids...))
	if diff := cmp.Diff(want[:1], found); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	first := strings.Join(ids[:figgo.MostPeople], ",")
	for i, want := range []url.Values{
		{"id": {first}, "status": {"active,upcoming,deactivated"}, "limit": {"100"}},
		{"id": {first}, "formerEmployees": {"true"}, "fields": {"id,firstName,lastName,mail,collection.count"}, "paging": {"0,100"}},
	} {
		if diff := cmp.Diff(want, lucca.asked[i].URL.Query()); diff != "" {
			t.Error(diff)
		}
	}
	for _, reader := range []figgo.PeopleReader{client, legacy} {
		if found, err := reader.People(t.Context(), []string{"", "a,b", "null"}); found != nil || err != nil {
			t.Errorf("%v, %v", found, err)
		}
	}
	if len(lucca.asked) != 2 {
		t.Errorf("%d calls, want 2", len(lucca.asked))
	}
}

func TestPeopleThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"no list": says(object{"items": "x", "data": object{"items": "x"}}), "forbidden": fails(403, "", ""), "no JSON": fails(200, "", "<html>"),
	} {
		var lucca pages
		client, legacy := lucca.serve(t, answer)
		for _, reader := range []figgo.PeopleReader{client, legacy} {
			if _, err := reader.PeoplePage(t.Context(), ""); err == nil {
				t.Errorf("%s: no error", name)
			}
			if _, err := reader.People(t.Context(), []string{"1"}); err == nil {
				t.Errorf("%s: no error", name)
			}
			if _, err := reader.PeoplePage(t.Context(), "nonsense"); err == nil {
				t.Errorf("%s: any cursor is taken", name)
			}
		}
	}
}

// Whoever prints or logs a person by mistake tells the id only.
func TestAPersonIsPrintedAsHisID(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	person := figgo.Person{ID: "416", Name: "Jane Doe", Email: "jane.doe@example.com"}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "person", person, "people", []figgo.Person{person})
	fmt.Fprintf(&out, "%v %s %+v", person, person, []figgo.Person{person})
	if text := out.String(); strings.Contains(text, "Jane") || strings.Contains(text, "@") || !strings.Contains(text, "person=416") {
		t.Error(text)
	}
}
