package e2e_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// fallsBack has the mailboxes of demo-exchange looked for in Office 365 too.
func fallsBack(settings string) string {
	const connection = "connection: demo-exchange, "
	return strings.Replace(settings, connection, connection+"fallback: [demo-office365], ", 1)
}

// People move from the Exchange server to Office 365, one by one, with what is in their
// mailboxes: nothing of theirs is doubled or left over, and what comes afterwards is
// written where the mailbox is.
func TestMailboxesMoveToTheNextConnection(t *testing.T) {
	t.Parallel()
	p, world := NewCompanyProduct(t, fallsBack)
	company := NewCompany(t, world, 12, 3)
	p.Start()
	p.InitializeAll(t, company.Since, false)
	company.Check(t)
	begun := p.beginOperation(t, "reconciliations", map[string]any{"synchronization": "demo-exchange", "from": company.Since})
	blocked := p.waitOperation(t, begun, "completed").Counts.Blocked // somebody has no mailbox yet

	who := company.of(t, "2")[0].Employee
	moved := company.people(t)[who]
	world.desk(t, http.MethodPost, "/sandbox/mailboxes/"+moved.email+"/move", map[string]string{"to": "office365"}, http.StatusOK, nil)
	there := *providers[0]
	there.zone = moved.provider.zone // of the legal entity, which stays
	moved.provider = &there
	shows := func() {
		t.Helper()
		got, err := world.Mailboxes().Views(moved.email)
		if err != nil {
			t.Fatal(err)
		}
		var want []View
		for _, leave := range company.Leaves(t) {
			if leave.Employee == who {
				want = append(want, leave.view(t, moved))
			}
		}
		byStart := func(a, b View) int { return strings.Compare(a.Start+a.End, b.Start+b.End) }
		slices.SortFunc(got, byStart)
		slices.SortFunc(want, byStart)
		if !slices.Equal(got, want) {
			t.Errorf("it shows\n  %+v\nwant\n  %+v", got, want)
		}
	}
	compare := func() operation {
		t.Helper()
		at := p.beginOperation(t, "reconciliations", map[string]any{"synchronization": "demo-exchange", "repair": true, "from": company.Since})
		one := p.waitOperation(t, at, "completed")
		if one.Counts.Blocked != blocked || one.Counts.Absences != len(company.of(t, "2")) {
			t.Errorf("%+v", one.Counts)
		}
		return one
	}
	compare()
	shows()
	if one := compare(); one.Counts.differences() != 0 {
		t.Errorf("the second night finds %+v", one.Counts)
	}
	if done := p.WaitInitialized(t, p.Initialize(t, initialization{Synchronization: "demo-exchange", Since: company.Since}), "completed"); done.Counts.Blocked != 0 {
		t.Errorf("%+v", done.Counts)
	}
	shows()
}
