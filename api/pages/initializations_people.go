package pages

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/workflows"
)

// personPage is one person of an initialization, with their absences.
type personPage struct {
	ID, Synchronization string
	Person              admin.Person
	Absences            []personAbsence
	// More says that there are more of them. What and Do explain why Figgo does not
	// tell any.
	More     bool
	What, Do string
}

// personAbsence is one of them, with its days in words.
type personAbsence struct {
	admin.PersonAbsence
	Spans []string
}

// initializationPerson is GET /initializations/{id}/people/{employee}: the days that
// an initialization is about, asked of Figgo now.
func (s *site) initializationPerson(w http.ResponseWriter, r *http.Request) error {
	id, employee := r.PathValue("id"), r.PathValue("employee")
	one, err := s.config.Admin.Initialization(r.Context(), id)
	if err != nil {
		return err
	}
	shown := personPage{ID: id, Synchronization: one.Synchronization, Person: s.personOf(r, one.Source, employee)}
	found, whole, err := s.config.Admin.PersonAbsences(r.Context(), one, employee)
	shown.More = !whole
	if failed := s.luccaFailure(r, err); failed != nil {
		shown.What, shown.Do, shown.More = failed.What, failed.Do, false
	} else if err != nil {
		return err
	}
	loc := s.loc(r)
	for _, absence := range found {
		shown.Absences = append(shown.Absences, personAbsence{absence, spans(loc, absence.HalfDays)})
	}
	if fromHTMX(r) {
		return s.fragment(w, r, "person-days", shown)
	}
	title := loc.T("init.person.title", "person", orID(shown.Person))
	return s.show(w, r, page{Template: "initialization-person.html", Title: title, Nav: "synchronizations",
		Guide: "initialization", Data: shown})
}

// personOf is an employee, with the id alone where Figgo does not tell the name.
func (s *site) personOf(r *http.Request, source, employee string) admin.Person {
	return personIn(s.config.Admin.People(r.Context(), source, []string{employee}), employee)
}

// personIn is the employee among people, with no more than the id where nobody knows them.
func personIn(people map[string]admin.Person, id string) admin.Person {
	if one, ok := people[id]; ok {
		return one
	}
	return admin.Person{ID: id}
}

func orID(one admin.Person) string {
	if one.Name == "" {
		return one.ID
	}
	return one.Name
}

// exportPreview is GET /initializations/{id}/people: the list of people as a file.
func (s *site) exportPreview(w http.ResponseWriter, r *http.Request) error {
	run, err := s.run(r, r.PathValue("id"))
	if err != nil {
		return err
	}
	loc := s.loc(r)
	table := sheet{Name: "initialization", Heads: headsOf(loc, "export.",
		"person", "employee", "created", "updated", "unchanged", "skipped", "blocked", "reason")}
	for _, one := range run.People {
		table.Rows = append(table.Rows, []string{
			run.Names.Person(one.Employee).Name, one.Employee, strconv.Itoa(one.Created), strconv.Itoa(one.Updated),
			strconv.Itoa(one.Unchanged),
			strconv.Itoa(one.Skipped), strconv.Itoa(one.Blocked), reasonText(loc, one.Reason),
		})
	}
	return s.download(w, r, table)
}

// search leaves in the list the people that a text is a part of, by name, address or
// id, and puts it in the order of their names.
func (v *runView) search(text string) {
	v.Searched, v.Listed = text, len(v.People)
	wanted := strings.ToLower(text)
	v.People = slices.DeleteFunc(v.People, func(one workflows.EmployeePreview) bool {
		person := v.Names.Person(one.Employee)
		return !strings.Contains(strings.ToLower(person.Name+" "+person.Email+" "+one.Employee), wanted)
	})
	slices.SortStableFunc(v.People, func(a, b workflows.EmployeePreview) int {
		one, other := v.Names.Person(a.Employee), v.Names.Person(b.Employee)
		if (one.Name == "") != (other.Name == "") {
			return strings.Compare(other.Name, one.Name) // those without a name at the end
		}
		return strings.Compare(strings.ToLower(orID(one)), strings.ToLower(orID(other)))
	})
}

// PersonPath is the page of one of its people.
func (v *runView) PersonPath(employee string) string {
	return "/initializations/" + url.PathEscape(v.ID) + "/people/" + url.PathEscape(employee)
}

// luccaFailure says in words why Figgo did not answer, nil where it did.
func (s *site) luccaFailure(r *http.Request, err error) *sourceChecked {
	failure, ok := errors.AsType[*admin.SourceError](err)
	if !ok {
		return nil
	}
	return checkedSource(s.loc(r), "", admin.SourceCheck{Reason: failure.Reason, Code: failure.Code})
}
