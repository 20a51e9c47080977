package activities_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/figgosync/figgosync/activities"
	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/figgo/directory"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// fixture is a company of one source, one connection and one synchronization.
type fixture struct {
	settings.Store
	synchronization settings.Synchronization
	known           map[string]figgo.Employee
	lookup          func(id, email string) (figgo.Employee, error)
	calendar        calendars.Calendar
	system          calendars.Settings
	employees       int
	page            figgo.LeavesPage
	readError       error
	accounts        *directory.Accounts
}

func (f *fixture) Timings(context.Context) (settings.Timings, error) {
	return settings.DefaultTimings(), nil
}

func (f *fixture) SynchronizationFor(_ context.Context, _, legalEntity string) (settings.Synchronization, error) {
	for _, one := range f.synchronization.LegalEntities {
		if one == legalEntity {
			return f.synchronization, nil
		}
	}
	return settings.Synchronization{}, settings.ErrNotFound
}

func (f *fixture) Connection(_ context.Context, name string) (settings.Connection, error) {
	if name != "c1" {
		return settings.Connection{}, settings.ErrNotFound
	}
	return settings.Connection{Name: "c1", Provider: calendars.Google, System: f.system}, nil
}

func (f *fixture) Directory(_ context.Context, source string) (activities.Directory, error) {
	if source != "demo" {
		return nil, settings.ErrNotFound
	}
	return f, nil
}

func (f *fixture) Accounts(_ context.Context, source string) (activities.Accounts, error) {
	if source != "demo" {
		return nil, settings.ErrNotFound
	}
	return f.accounts, nil
}

func (f *fixture) KnownAs(id, email string) (figgo.Employee, bool) {
	employee, ok := f.known[id]
	return employee, ok && (email == "" || employee.Email == email)
}

func (f *fixture) Lookup(_ context.Context, id, email string) (figgo.Employee, error) {
	if f.lookup == nil {
		return figgo.Employee{}, figgo.ErrNoEmployee
	}
	return f.lookup(id, email)
}

func (f *fixture) Warm(context.Context, []string) (int, error) { return f.employees, f.readError }

func (f *fixture) Reader(_ context.Context, source string) (figgo.Reader, error) {
	if source != "demo" {
		return nil, settings.ErrNotFound
	}
	return f, nil
}

func (f *fixture) Leaves(context.Context, figgo.LeavesQuery) (figgo.LeavesPage, error) {
	return f.page, f.readError
}

func (f *fixture) LegalEntities(context.Context) ([]figgo.LegalEntity, error) { return nil, nil }

func (f *fixture) EmployeesPage(context.Context, string, string) (figgo.EmployeesPage, error) {
	return figgo.EmployeesPage{}, nil
}

func (f *fixture) Synchronization(_ context.Context, name string) (settings.Synchronization, error) {
	if name != f.synchronization.Name {
		return settings.Synchronization{}, settings.ErrNotFound
	}
	return f.synchronization, nil
}

func (f *fixture) Synchronizations(context.Context) ([]settings.Synchronization, error) {
	return []settings.Synchronization{f.synchronization}, nil
}

func (f *fixture) Calendar(_ context.Context, connection string) (calendars.Calendar, error) {
	if connection != "c1" {
		return nil, settings.ErrNotFound
	}
	return f.calendar, nil
}

func newFixture() *fixture {
	return &fixture{
		accounts: directory.NewAccounts(&accountList{}, directory.AccountsOptions{Logger: slog.New(slog.DiscardHandler)}),
		synchronization: settings.Synchronization{
			Name: "s1", Source: "demo", Connection: "c1", LegalEntities: []string{"3"}, Zone: "Europe/Paris", Policy: absence.DefaultPolicy(),
		},
		known: map[string]figgo.Employee{
			"416": {ID: "416", Email: "Jane.Doe@example.com", LegalEntity: "3", Zone: "Indian/Reunion"},
			"417": {ID: "417", LegalEntity: "3"},
			"418": {ID: "418", Email: "x@example.com", LegalEntity: "9"},
			"420": {ID: "420", Email: "new@example.com"},
			"419": {ID: "419", Email: "y@example.com", LegalEntity: "3"},
		},
	}
}

func (f *fixture) activities() *activities.Activities {
	return &activities.Activities{
		Settings: f, Directories: f, Calendars: f,
		Metrics: activities.NewMetrics(prometheus.NewRegistry()), Log: slog.New(slog.DiscardHandler),
	}
}

func oneDay() absence.Absence {
	day := absence.Date{Year: 2026, Month: time.December, Day: 7}
	return absence.Absence{AccountName: "Maladie", HalfDays: []absence.HalfDay{{Date: day, Part: absence.Morning}, {Date: day, Part: absence.Afternoon}}}
}

func TestRouteTellsWhereAndHow(t *testing.T) {
	f := newFixture()
	route, err := f.activities().Route(t.Context(), workflows.RouteRequest{Source: "demo", Employee: "416", Absence: oneDay()})
	if err != nil {
		t.Fatal(err)
	}
	want := &workflows.Target{
		Synchronization: "s1",
		Place:           workflows.Place{Connection: "c1", Provider: "google", Mailbox: "jane.doe@example.com"},
		Events: []absence.Event{{
			Run: 1, Title: "Absent", AllDay: true, Zone: "Indian/Reunion", Status: absence.Pending, ShowAs: absence.Tentative,
			Start: absence.LocalTime{Date: absence.Date{Year: 2026, Month: 12, Day: 7}},
			End:   absence.LocalTime{Date: absence.Date{Year: 2026, Month: 12, Day: 8}},
		}},
	}
	if diff := cmp.Diff(want, route.Target, cmpopts.IgnoreFields(workflows.Target{}, "Fingerprint")); diff != "" || route.Outcome != workflows.RouteWrite {
		t.Errorf("outcome %s, target differs (-want +got):\n%s", route.Outcome, diff)
	}
	if route.Retry.First != time.Minute || route.Retry.Max != 24*time.Hour {
		t.Errorf("retry waits %v, want the settings' timings", route.Retry)
	}
}

func TestRouteFollowsWhatIsSaidOfThePerson(t *testing.T) {
	f := newFixture()
	f.synchronization.Addresses = map[string]string{"416": "Jane.Roe@example.com", "417": "alias@example.com"}
	f.synchronization.HideType = []string{"416"}
	f.synchronization.Policy.ShowType, f.synchronization.Policy.ConfirmReveals = true, true
	f.synchronization.Policy.Rules = []absence.Rule{
		{Accounts: []string{"name:RTT"}, Write: absence.WriteNever},
		{Accounts: []string{"name:Maladie"}, Colour: "tomato", Private: new(true), ShowApproved: absence.Free},
	}
	route := func(employee, account string) workflows.Target {
		request := workflows.RouteRequest{Source: "demo", Employee: employee, Absence: oneDay()}
		request.Absence.Account, request.Absence.AccountName = "1", account
		route, err := f.activities().Route(t.Context(), request)
		if err != nil || route.Outcome != workflows.RouteWrite {
			t.Fatal(err, route.Outcome, route.Trouble)
		}
		return *route.Target
	}
	hidden, told := route("416", "Maladie"), route("417", "Maladie")
	if hidden.Place.Mailbox != "jane.roe@example.com" || told.Place.Mailbox != "alias@example.com" {
		t.Errorf("mailboxes %q and %q", hidden.Place.Mailbox, told.Place.Mailbox)
	}
	if event := hidden.Events[0]; event.Title != "Absent" || event.Colour != "" || event.Private {
		t.Errorf("of somebody who hides the type: %+v", event)
	}
	if event := told.Events[0]; event.Title != "Maladie" || event.Colour != "tomato" || !event.Private {
		t.Errorf("of somebody else: %+v", event)
	}
	if diff := cmp.Diff(hidden.Events, route("416", "Congés payés").Events); diff != "" {
		t.Errorf("types can be told apart:\n%s", diff)
	}
	if events := route("416", "RTT").Events; len(events) != 0 {
		t.Errorf("written against the rules: %+v", events)
	}
}

func TestRouteExplainsWhyNot(t *testing.T) {
	paused := newFixture()
	paused.synchronization.Paused = true
	excluded := newFixture()
	excluded.synchronization.Exclude = []string{"400", "416"}
	for name, test := range map[string]struct {
		fixture          *fixture
		source, employee string
		email            string
		outcome          workflows.Outcome
		reason           string
	}{
		"unknown source":            {newFixture(), "other", "416", "", workflows.RouteBlock, activities.ReasonUnknownSource},
		"no employee":               {newFixture(), "demo", "", "", workflows.RouteLookup, ""},
		"employee not known here":   {newFixture(), "demo", "1", "", workflows.RouteLookup, ""},
		"same id, other person":     {newFixture(), "demo", "416", "other@example.com", workflows.RouteLookup, ""},
		"no e-mail":                 {newFixture(), "demo", "417", "", workflows.RouteBlock, activities.ReasonNoEmail},
		"legal entity not included": {newFixture(), "demo", "418", "", workflows.RouteSkip, activities.ReasonNoSynchronization},
		"no legal entity known":     {newFixture(), "demo", "420", "", workflows.RouteBlock, activities.ReasonUnknownLegalEntity},
		"excluded":                  {excluded, "demo", "416", "", workflows.RouteSkip, activities.ReasonExcluded},
		"excluded, somebody else":   {excluded, "demo", "417", "", workflows.RouteBlock, activities.ReasonNoEmail},
		"paused":                    {paused, "demo", "416", "", workflows.RouteSkip, activities.ReasonPaused},
	} {
		t.Run(name, func(t *testing.T) {
			route, err := test.fixture.activities().Route(t.Context(), workflows.RouteRequest{Source: test.source, Employee: test.employee, Email: test.email, Absence: oneDay()})
			if err != nil {
				t.Fatal(err)
			}
			reason := ""
			if route.Trouble != nil {
				reason = route.Trouble.Reason
			}
			if route.Outcome != test.outcome || reason != test.reason {
				t.Errorf("outcome %s, reason %q; want %s, %q", route.Outcome, reason, test.outcome, test.reason)
			}
			// Where the event of a deleted absence is to be removed from, with nothing to write.
			knowsPlace := reason == activities.ReasonExcluded
			if (route.Target != nil) != knowsPlace || knowsPlace && (len(route.Target.Events) > 0 || route.Target.Place.Mailbox == "") {
				t.Errorf("target %+v", route.Target)
			}
		})
	}
}

// Whoever left keeps what is over, and everything where the policy does not say otherwise.
func TestRouteOfSomebodyWhoLeft(t *testing.T) {
	for name, test := range map[string]struct {
		left, remove bool
		day          string
		want         string
	}{
		"gone, and removed":  {true, true, "2099-06-01", activities.ReasonLeft},
		"gone, before today": {true, true, "2020-06-02", ""},
		"gone, and kept":     {true, false, "2099-06-01", ""},
		"still there":        {false, true, "2099-06-01", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture()
			f.synchronization.Policy.RemoveLeavers = test.remove
			employee := f.known["416"]
			employee.Left = test.left
			f.known["416"] = employee
			one := oneDay()
			for i := range one.HalfDays {
				if err := one.HalfDays[i].Date.UnmarshalText([]byte(test.day)); err != nil {
					t.Fatal(err)
				}
			}
			route, err := f.activities().Route(t.Context(), workflows.RouteRequest{Source: "demo", Employee: "416", Absence: one})
			if err != nil {
				t.Fatal(err)
			}
			reason := ""
			if route.Trouble != nil {
				reason = route.Trouble.Reason
			}
			if reason != test.want || (route.Outcome == workflows.RouteWrite) != (test.want == "") || route.Target == nil {
				t.Errorf("outcome %s, reason %q, target %+v; want %q", route.Outcome, reason, route.Target, test.want)
			}
		})
	}
}

func TestRouteFallsBackToTheSynchronizationsZone(t *testing.T) {
	route, err := newFixture().activities().Route(t.Context(), workflows.RouteRequest{Source: "demo", Employee: "419", Absence: oneDay()})
	if err != nil {
		t.Fatal(err)
	}
	if zone := route.Target.Events[0].Zone; zone != "Europe/Paris" {
		t.Errorf("zone %q, want the synchronization's", zone)
	}
}

// Titles are in the language of the person's Lucca where it tells one, else in the
// synchronization's; and what a look-up tells goes along.
func TestTitlesAreInThePersonsLanguage(t *testing.T) {
	for language, want := range map[absence.Language]string{
		"": "Absent jusqu’au 7 décembre", absence.French: "Absent jusqu’au 7 décembre", absence.English: "Absent until 7 December",
	} {
		f := newFixture()
		f.synchronization.Policy.Language = absence.French
		f.synchronization.Policy.Rules = []absence.Rule{{Accounts: []string{"1"}, Template: "{label} " + map[bool]string{true: "until", false: "jusqu’au"}[language == absence.English] + " {until}"}}
		request := workflows.RouteRequest{
			Source: "demo", Employee: "500", Absence: oneDay(),
			Known: &workflows.Employee{ID: "500", Email: "x@example.com", LegalEntity: "3", Language: language},
		}
		request.Absence.Account, request.Absence.AccountName = "1", "RTT"
		route, err := f.activities().Route(t.Context(), request)
		if err != nil || route.Outcome != workflows.RouteWrite {
			t.Fatal(err, route.Outcome, route.Trouble)
		}
		if got := route.Target.Events[0].Title; got != want {
			t.Errorf("%q: %q, want %q", language, got, want)
		}
	}
}

func TestFindEmployeeAnswers(t *testing.T) {
	found := figgo.Employee{ID: "416", Email: "jane@example.com", LegalEntity: "3"}
	for name, test := range map[string]struct {
		employee figgo.Employee
		err      error
		reason   string
		retry    time.Duration
	}{
		"found":         {employee: found},
		"unknown":       {err: figgo.ErrNoEmployee, reason: activities.ReasonUnknownEmployee},
		"key refused":   {err: &figgo.APIError{Status: 401, Code: "invalid_client"}, reason: activities.ReasonSourceRejected},
		"throttled":     {err: &figgo.APIError{Status: 429, RetryAfter: 42 * time.Second}, retry: 42 * time.Second},
		"lucca is down": {err: &figgo.APIError{Status: 503}, retry: -1},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture()
			f.lookup = func(string, string) (figgo.Employee, error) { return test.employee, test.err }
			result, err := f.activities().FindEmployee(t.Context(), workflows.FindEmployeeRequest{Source: "demo", Employee: "416"})
			checkRetry(t, err, test.retry)
			if test.reason != "" && (result.Trouble == nil || result.Trouble.Reason != test.reason) {
				t.Errorf("trouble %+v, want %s", result.Trouble, test.reason)
			}
			if test.err == nil && (result.Employee == nil || result.Employee.Email != found.Email) {
				t.Errorf("employee %+v, want %+v", result.Employee, found)
			}
		})
	}
}

// A process that does not know the owner yet must not take a pause for its end.
func TestRouteOfAnUnknownOwnerKnowsThePause(t *testing.T) {
	for name, c := range map[string]struct {
		last   string
		paused bool
		want   workflows.Outcome
	}{
		"paused": {"s1", true, workflows.RouteSkip}, "active": {"s1", false, workflows.RouteLookup},
		"never wanted": {"", true, workflows.RouteLookup}, "removed": {"s2", true, workflows.RouteLookup},
	} {
		f := newFixture()
		f.synchronization.Paused = c.paused
		route, err := f.activities().Route(t.Context(), workflows.RouteRequest{Source: "demo", Employee: "1", Synchronization: c.last})
		if err != nil || route.Outcome != c.want || c.want == workflows.RouteSkip && (route.Trouble.Reason != activities.ReasonPaused || route.Synchronization != "s1") {
			t.Errorf("%s: %+v, %v; want %s", name, route, err, c.want)
		}
	}
}

// A deletion that names nobody is of the employee that an earlier run told.
func TestFindEmployeeOfADeletionThatNamesNobody(t *testing.T) {
	f := newFixture()
	a := f.activities()
	owners := owners{"demo/8750": "416"}
	a.Owners = owners
	f.lookup = func(id, email string) (figgo.Employee, error) {
		if id != "416" || email != "" {
			t.Errorf("looked up %q, %q", id, email)
		}
		return figgo.Employee{ID: "416", Email: "jane@example.com"}, nil
	}
	route, err := a.Route(t.Context(), workflows.RouteRequest{Source: "demo"})
	if err != nil || route.Outcome != workflows.RouteLookup {
		t.Errorf("routed %+v, %v", route, err)
	}
	request := workflows.FindEmployeeRequest{Source: "demo", Absence: "8750"}
	if result, err := a.FindEmployee(t.Context(), request); err != nil || result.Employee == nil || result.Employee.ID != "416" {
		t.Errorf("found %+v, %v", result, err)
	}
	request.Absence = "8751"
	result, err := a.FindEmployee(t.Context(), request)
	if err != nil || result.Trouble == nil || result.Trouble.Reason != activities.ReasonUnknownEmployee {
		t.Errorf("found %+v, %v", result, err)
	}
}

// owners are employees by source and absence.
type owners map[string]string

func (o owners) OwnerOf(_ context.Context, source, absence string) (string, error) {
	return o[source+"/"+absence], nil
}

// checkRetry wants no error for 0, a retryable one without a delay for -1, with
// exactly that delay otherwise.
func checkRetry(t *testing.T, err error, want time.Duration) {
	t.Helper()
	failure := (*temporal.ApplicationError)(nil)
	switch {
	case want == 0:
		if err != nil {
			t.Errorf("error %v, want none", err)
		}
	case !errors.As(err, &failure) || failure.NonRetryable():
		t.Errorf("error %v, want a retryable ApplicationError", err)
	case failure.NextRetryDelay() != max(want, 0):
		t.Errorf("next retry after %s, want %s", failure.NextRetryDelay(), max(want, 0))
	}
}

// failing is a calendar that always fails the same way.
type failing struct{ err error }

func (f failing) Find(context.Context, string, calendars.Key) ([]calendars.Placed, error) {
	return nil, f.err
}

func (f failing) List(context.Context, string, string) ([]calendars.Listed, error) {
	return nil, f.err
}

func (f failing) Shown(context.Context, string, absence.Event) (calendars.Shown, error) {
	return calendars.Shown{}, f.err
}

func (f failing) Create(_ context.Context, _ string, marker calendars.Marker, _ absence.Event, _ string) (calendars.Placed, error) {
	return calendars.Placed{Marker: marker, ID: "new"}, f.err
}

func (f failing) Update(_ context.Context, _ string, placed calendars.Placed, _ absence.Event) (calendars.Placed, error) {
	return placed, f.err
}

func (f failing) Delete(context.Context, string, calendars.Placed) error { return f.err }

func TestApplyAbsenceTranslatesEveryError(t *testing.T) {
	secret := errors.New("mailbox jane.doe@example.com of tenant 42")
	for name, test := range map[string]struct {
		err    error
		reason string
		retry  time.Duration
	}{
		"written":           {},
		"blocked":           {err: &calendars.Blocked{Reason: calendars.MailboxMissing, Scope: calendars.ScopeMailbox, Code: "404", RequestID: "r-1", Err: secret}, reason: "mailbox-missing"},
		"invalid":           {err: &calendars.Invalid{Code: "400", RequestID: "r-1", Err: secret}, reason: "request-rejected"},
		"throttled":         {err: &calendars.Temporary{RetryAfter: 2128 * time.Millisecond, Code: "429", Err: secret}, retry: 2128 * time.Millisecond},
		"down":              {err: &calendars.Temporary{Code: "503", Err: secret}, retry: -1},
		"nobody foresaw it": {err: secret, retry: -1},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture()
			f.calendar = failing{test.err}
			result, err := f.activities().ApplyAbsence(t.Context(), workflows.ApplyRequest{
				Source: "demo", Absence: "8750", Place: workflows.Place{Connection: "c1", Provider: "google", Mailbox: "jane.doe@example.com"},
				Events: []absence.Event{{Run: 1}},
			})
			checkRetry(t, err, test.retry)
			if err != nil && strings.Contains(err.Error(), "jane") {
				t.Errorf("the error shows an address: %v", err)
			}
			reason := ""
			if result.Trouble != nil {
				reason = result.Trouble.Reason
				if result.Trouble.RequestID != "r-1" {
					t.Errorf("the provider's request id is lost: %+v", result.Trouble)
				}
			}
			if reason != test.reason {
				t.Errorf("reason %q, want %q", reason, test.reason)
			}
			if test.err == nil && (result.Created != 1 || len(result.Events) != 1) {
				t.Errorf("result %+v, want one created event", result)
			}
		})
	}
}

func TestApplyAbsenceWithoutItsConnectionIsBlocked(t *testing.T) {
	result, err := newFixture().activities().ApplyAbsence(t.Context(), workflows.ApplyRequest{Place: workflows.Place{Connection: "gone", Provider: "google"}})
	if err != nil || result.Trouble == nil || result.Trouble.Reason != activities.ReasonUnknownConnection {
		t.Errorf("trouble %+v, error %v; want unknown-connection", result.Trouble, err)
	}
}

// A connection deleted and put back for another calendar system has the name only.
func TestApplyAbsenceKnowsTheSystemOfItsPlace(t *testing.T) {
	f := newFixture()
	f.calendar = failing{}
	place := workflows.Place{Connection: "c1", Provider: "exchange", Mailbox: "jane.doe@example.com"}
	result, err := f.activities().ApplyAbsence(t.Context(), workflows.ApplyRequest{Place: place})
	if err != nil || result.Trouble == nil || result.Trouble.Reason != activities.ReasonUnknownConnection {
		t.Errorf("trouble %+v, error %v; want unknown-connection", result.Trouble, err)
	}
	removed, err := f.activities().RemoveEvents(t.Context(), workflows.RemoveRequest{Place: place})
	if err != nil || removed.Trouble == nil || removed.Trouble.Reason != activities.ReasonUnknownConnection {
		t.Errorf("trouble %+v, error %v; want unknown-connection", removed.Trouble, err)
	}
}

// edited is a calendar whose owner edited its events since they were written.
type edited struct{ calendars.Calendar }

func (e edited) Find(ctx context.Context, mailbox string, key calendars.Key) ([]calendars.Placed, error) {
	found, err := e.Calendar.Find(ctx, mailbox, key)
	for i := range found {
		found[i].Version = "edited"
	}
	return found, err
}

// What was just written is looked at where it was written before the place it moved from
// is cleared: that may be the same mailbox.
func TestApplyAbsenceLooksWhereTheEventsToKeepAre(t *testing.T) {
	place := workflows.Place{Connection: "c1", Provider: "google", Mailbox: "jane.doe@example.com"}
	elsewhere := workflows.Place{Connection: "gone", Provider: "google", Mailbox: "jane.doe@example.com"}
	for name, test := range map[string]struct {
		keepAt  *workflows.Place
		deleted int
	}{
		"one mailbox": {&place, 0}, "not known where": {nil, 1}, "nothing leads there any more": {&elsewhere, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture()
			memory := calendartest.NewMemory(place.Mailbox)
			memory.ChosenIDs = true
			f.calendar = edited{memory}
			date := absence.Date{Year: 2026, Month: 3, Day: 2}
			write := workflows.ApplyRequest{Source: "demo", Absence: "1", Place: place, Token: "1", Events: []absence.Event{{
				Run: 1, Title: "Absent", AllDay: true, Zone: "Europe/Paris", Status: absence.Confirmed,
				ShowAs: absence.OutOfOffice, Start: absence.LocalTime{Date: date}, End: absence.LocalTime{Date: date.AddDays(1)},
			}}}
			written, err := f.activities().ApplyAbsence(t.Context(), write)
			if err != nil || len(written.Events) != 1 {
				t.Fatalf("%+v, %v", written, err)
			}
			written.Events[0].Version = "as it was written"
			clear := workflows.ApplyRequest{Source: "demo", Absence: "1", Place: place, Keep: written.Events, KeepAt: test.keepAt}
			result, err := f.activities().ApplyAbsence(t.Context(), clear)
			if err != nil || result.Trouble != nil || result.Deleted != test.deleted {
				t.Errorf("%+v, %v; want %d deleted", result, err, test.deleted)
			}
		})
	}
}

// A write that Temporal tries again is not made once its synchronization is paused or
// its owner excluded; what is to be removed is removed.
func TestApplyAbsenceWritesNothingOfWhatIsPausedMeanwhile(t *testing.T) {
	events := []absence.Event{{Run: 1}}
	for name, test := range map[string]struct {
		change func(*settings.Synchronization)
		events []absence.Event
		reason string
	}{
		"active":            {func(*settings.Synchronization) {}, events, ""},
		"paused":            {func(s *settings.Synchronization) { s.Paused = true }, events, activities.ReasonPaused},
		"excluded":          {func(s *settings.Synchronization) { s.Exclude = []string{"416"} }, events, activities.ReasonExcluded},
		"somebody else":     {func(s *settings.Synchronization) { s.Exclude = []string{"417"} }, events, ""},
		"paused, a removal": {func(s *settings.Synchronization) { s.Paused = true }, nil, ""},
		"no longer there":   {func(s *settings.Synchronization) { s.Name = "s2" }, events, ""},
	} {
		f := newFixture()
		f.calendar = failing{}
		test.change(&f.synchronization)
		result, err := f.activities().ApplyAbsence(t.Context(), workflows.ApplyRequest{
			Source: "demo", Absence: "8750", Synchronization: "s1", Employee: "416", Events: test.events,
			Place: workflows.Place{Connection: "c1", Provider: "google", Mailbox: "jane.doe@example.com"},
		})
		reason := ""
		if result.Trouble != nil {
			reason = result.Trouble.Reason
		}
		if err != nil || reason != test.reason || (result.Created > 0) != (reason == "" && len(test.events) > 0) {
			t.Errorf("%s: %+v, %v", name, result, err)
		}
	}
}

// The same connection may lead to other mailboxes after its settings were changed:
// nothing is right there only because it was right where it led before.
func TestRouteTellsWhereAConnectionLeads(t *testing.T) {
	fingerprintOf := func(system calendars.Settings) string {
		f := newFixture()
		f.system = system
		route, err := f.activities().Route(t.Context(),
			workflows.RouteRequest{Source: "demo", Employee: "416", Absence: oneDay()})
		if err != nil || route.Target == nil {
			t.Fatalf("routed %+v, %v", route, err)
		}
		return route.Target.Fingerprint
	}
	before := fingerprintOf(located{where: "a.example"})
	if fingerprintOf(located{where: "a.example"}) != before || fingerprintOf(located{where: "b.example"}) == before {
		t.Error("fingerprints do not tell where the connection leads")
	}
}

// located are settings of which only that counts where they lead.
type located struct {
	calendars.Settings
	where string
}

func (l located) Where() string { return l.where }

// In its activity, at the third attempt, trouble is told to the workflow.
func TestActivitiesRunUnderTemporal(t *testing.T) {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	f := newFixture()
	f.calendar = failing{}
	f.activities().RegisterCalendar(env)
	value, err := env.ExecuteActivity(workflows.ApplyAbsenceActivity, workflows.ApplyRequest{Place: workflows.Place{Connection: "c1", Provider: "google"}})
	if err != nil {
		t.Fatal(err)
	}
	var result workflows.ApplyResult
	if err := value.Get(&result); err != nil || result.Trouble != nil {
		t.Errorf("result %+v, error %v", result, err)
	}
}
