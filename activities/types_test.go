package activities_test

import (
	"context"
	"log/slog"
	"net/http"
	"testing"

	"go.temporal.io/sdk/testsuite"

	"github.com/figgosync/figgosync/activities"
	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/figgo/directory"
	"github.com/figgosync/figgosync/workflows"
)

// accountList is Lucca's list of leave accounts.
type accountList struct {
	types []absence.Type
	err   error
	asked int
}

func (l *accountList) Accounts(context.Context) ([]absence.Type, error) {
	l.asked++
	return l.types, l.err
}

// ruled is a company whose policy never writes RTT, by its name, and of which Lucca's
// webhooks tell ids only.
func ruled(list *accountList) *fixture {
	f := newFixture()
	f.synchronization.Policy.Rules = []absence.Rule{
		{Accounts: []string{"name:RTT"}, Write: absence.WriteNever},
		{Accounts: []string{"name:Congés payés"}, Title: absence.TitleType},
	}
	f.accounts = directory.NewAccounts(list, directory.AccountsOptions{Logger: slog.New(slog.DiscardHandler)})
	return f
}

// byID is an absence as a webhook of the newest API tells it.
func byID(account string) workflows.RouteRequest {
	content := oneDay()
	content.Account, content.AccountName = account, ""
	return workflows.RouteRequest{Source: "demo", Employee: "416", Absence: content}
}

var accountsOfCompany = []absence.Type{{ID: "56", Name: "Congés payés"}, {ID: "57", Name: "RTT"}}

// lookedUp asks for a Route as a workflow does: what is not known is looked up in another
// process, which has a memory of its own.
func lookedUp(t *testing.T, f *fixture, request workflows.RouteRequest) workflows.Route {
	t.Helper()
	a := f.activities()
	route, err := a.Route(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if route.Outcome != workflows.RouteLookup {
		return route
	}
	other := newFixture()
	other.accounts = f.accounts
	other.lookup = func(string, string) (figgo.Employee, error) { return f.known["416"], nil }
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(other.activities().FindEmployee)
	value, err := env.ExecuteActivity(other.activities().FindEmployee,
		workflows.FindEmployeeRequest{Source: "demo", Employee: "416", Accounts: route.Accounts})
	if err != nil {
		t.Fatal(err)
	}
	var found workflows.FindEmployeeResult
	if err := value.Get(&found); err != nil {
		t.Fatal(err)
	}
	request.Known, request.Types = found.Employee, found.Types
	f.accounts = directory.NewAccounts(&accountList{err: &figgo.APIError{Resource: "none"}}, directory.AccountsOptions{})
	if route, err = f.activities().Route(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	return route
}

func TestRulesByNameMatchWhatToldItsIDOnly(t *testing.T) {
	list := &accountList{types: accountsOfCompany}
	route := lookedUp(t, ruled(list), byID("56"))
	if route.Outcome != workflows.RouteWrite || len(route.Target.Events) != 1 ||
		route.Target.Events[0].Title != "Congés payés" {
		t.Errorf("paid leave: %s, %+v", route.Outcome, route.Target)
	}
	route = lookedUp(t, ruled(list), byID("57"))
	if route.Outcome != workflows.RouteWrite || len(route.Target.Events) != 0 {
		t.Errorf("never written: %s, %+v", route.Outcome, route.Target)
	}
}

// A rule that cannot be decided is not guessed: the absence waits.
func TestUndecidedRulesWait(t *testing.T) {
	for name, list := range map[string]*accountList{
		"a key without the right": {err: &figgo.APIError{Resource: "leave-accounts", Status: http.StatusForbidden}},
		"an account not listed":   {types: accountsOfCompany[1:]},
	} {
		t.Run(name, func(t *testing.T) {
			route := lookedUp(t, ruled(list), byID("56"))
			if route.Outcome != workflows.RouteBlock || route.Trouble.Reason != activities.ReasonUnknownType {
				t.Errorf("%s, %+v", route.Outcome, route.Trouble)
			}
		})
	}
	t.Run("a category, which no list tells", func(t *testing.T) {
		f := ruled(&accountList{types: accountsOfCompany})
		f.synchronization.Policy.Rules = []absence.Rule{{Accounts: []string{"category:Santé"}, Write: absence.WriteNever}}
		route := lookedUp(t, f, byID("56"))
		if route.Outcome != workflows.RouteBlock || route.Trouble.Reason != activities.ReasonUnknownType {
			t.Errorf("%s, %+v", route.Outcome, route.Trouble)
		}
		told := byID("56")
		told.Absence.AccountName, told.Absence.Category = "Maladie", "Santé"
		if route := lookedUp(t, f, told); route.Outcome != workflows.RouteWrite || len(route.Target.Events) != 0 {
			t.Errorf("a post that tells the category: %s, %+v", route.Outcome, route.Target)
		}
		if route := lookedUp(t, f, byID("56")); route.Outcome != workflows.RouteWrite || len(route.Target.Events) != 0 {
			t.Errorf("what one absence told of its type does not hold for the next: %s, %+v", route.Outcome, route.Target)
		}
	})
}

func TestTypesAreLookedUpOnlyWhereTheyMatter(t *testing.T) {
	list := &accountList{types: accountsOfCompany}
	f := ruled(list)
	f.synchronization.Policy.Rules = []absence.Rule{{Accounts: []string{"57"}, Private: new(true)}}
	for _, account := range []string{"56", "57"} {
		if route := lookedUp(t, f, byID(account)); route.Outcome != workflows.RouteWrite {
			t.Errorf("%s: %s", account, route.Outcome)
		}
	}
	if list.asked != 0 {
		t.Errorf("Lucca was asked %d times", list.asked)
	}
}

// While Lucca is down the look-up is tried again, and nothing is written meanwhile.
func TestTypesOfASilentLucca(t *testing.T) {
	f := ruled(&accountList{err: &figgo.APIError{Resource: "leave-accounts", Code: figgo.CodeNetwork}})
	f.lookup = func(string, string) (figgo.Employee, error) { return f.known["416"], nil }
	_, err := f.activities().FindEmployee(t.Context(),
		workflows.FindEmployeeRequest{Source: "demo", Employee: "416", Accounts: []string{"56"}})
	if err == nil {
		t.Error("the look-up is not tried again")
	}
}
