package figgo_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/figgo"
)

// employeeItem is an employee of a v5 list.
func employeeItem(id string, email any, position string) object {
	item := object{"id": id, "email": email, "status": "active", "applicableJobPosition": nil}
	if position != "" {
		item["applicableJobPosition"] = object{"id": position}
	}
	return item
}

func TestV5EmployeesPage(t *testing.T) {
	t.Parallel()
	employees := func(items ...object) object {
		return leavesPage("", len(items), items...).with(object{"embedded": object{"job-position": object{
			"74": object{"id": "74", "businessEstablishment": object{"id": "12"}},
			"75": object{"id": "75", "businessEstablishment": object{"id": "99"}}, // archived: not in the list
			"77": object{"id": "77", "businessEstablishment": canary},
		}}})
	}
	var lucca pages
	client, _ := lucca.serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/business-establishments"):
			reply(w, leavesPage("", 1, object{"id": "12", "name": "Saint-Denis", "timezoneId": "Indian/Reunion"}))
		case strings.HasSuffix(r.URL.Path, "/business-establishments/99"):
			reply(w, object{"id": "99", "timezoneId": "Europe/Paris"})
		default:
			reply(w, employees(
				employeeItem("416", "jane.doe@example.com", "74"), employeeItem("417", nil, "75"), employeeItem("418", nil, "76"),
				employeeItem("419", nil, ""), employeeItem("420", 7, "74"), employeeItem("421", "no address", "77"),
			))
		}
	})
	for filter, want := range map[string]figgo.EmployeesPage{
		"12,99": {
			Employees: []figgo.EmployeeRecord{
				{Employee: jane, Status: figgo.EmployeeActive},
				{Employee: figgo.Employee{ID: "417", LegalEntity: "99", Zone: "Europe/Paris"}, Status: figgo.EmployeeActive},
				{Employee: figgo.Employee{ID: "419"}, Status: figgo.EmployeeActive},
			},
			Skipped: []figgo.Skipped{
				{ID: "420", Reason: "items[4].email: it must be a text, not a number"},
				{ID: "418", Reason: "Lucca does not show the job position"}, {ID: "421", Reason: "Lucca does not show the job position"},
			},
		},
	} {
		page, err := client.EmployeesPage(t.Context(), "", filter)
		if diff := cmp.Diff(want, page); err != nil || diff != "" {
			t.Errorf("%s: %v %s", filter, err, diff)
		}
	}
	asked := url.Values{
		"applicableJobPosition.businessEstablishment.id": {"12,99"}, "status": {"active,upcoming"},
		"include": {"links,totalCount,embedded"}, "limit": {"100"},
	}
	if diff := cmp.Diff(asked, lucca.asked[1].URL.Query()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(url.Values{"isArchived": {"false"}, "include": {"links,totalCount"}, "limit": {"100"}}, lucca.asked[0].URL.Query()); diff != "" {
		t.Error(diff)
	}
	// Where the list is of one legal entity, that is where they are.
	page, err := client.EmployeesPage(t.Context(), "", "12")
	if err != nil || len(page.Employees) != 5 || page.Employees[2].Employee.LegalEntity != "12" || page.Employees[2].Employee.Zone != "Indian/Reunion" {
		t.Errorf("got %+v, %v", page, err)
	}
	if len(lucca.asked) != 4 {
		t.Errorf("%d calls: the zones are asked for again", len(lucca.asked))
	}
}

func TestWhatIsNoListOfZonesStopsThePages(t *testing.T) {
	t.Parallel()
	var lucca pages
	client, legacy := lucca.serve(t, fails(403, "", ""))
	for _, reader := range []figgo.Reader{client, legacy} {
		_, err := reader.EmployeesPage(t.Context(), "", "12")
		wantAPIError(t, err, "", false)
	}
}
