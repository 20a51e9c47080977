package pages_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/internal/calendars/google"
	"github.com/figgosync/figgosync/internal/calendars/graph"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/sandbox"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// luccaWorld is an empty installation with the sandbox's Lucca to connect to.
func luccaWorld(t *testing.T) (*world, sandbox.Credentials) {
	t.Helper()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	outside, err := sandbox.New(sandbox.Config{BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(outside.Close)
	handler = outside.Handler()
	return newWorld(t, false), outside.Credentials()
}

// sourceFields are the fields of a source's form for the sandbox's Lucca.
func sourceFields(c sandbox.Credentials) url.Values {
	return url.Values{
		"host": {c.Lucca.Host}, "tokenUrl": {c.Lucca.TokenURL}, "api": {"v5"}, "clientId": {c.Lucca.ClientID}, "secret.clientSecret": {c.Lucca.ClientSecret},
	}
}

// setUp makes a source, a connection and a synchronization of the legal entities.
func (w *world) setUp(c sandbox.Credentials, provider calendars.Provider, legalEntities ...string) {
	w.Helper()
	ctx := w.Context()
	_, err := w.editor.PutSource(ctx, somebody, settings.Source{
		Name: "acme", Host: c.Lucca.Host, TokenURL: c.Lucca.TokenURL, ClientID: c.Lucca.ClientID, ClientSecret: settings.Secret(c.Lucca.ClientSecret), API: settings.APIv5,
	}, 0)
	w.must(err)
	w.setUpConnection(c, provider)
	_, err = w.editor.PutSynchronization(ctx, somebody, settings.Synchronization{
		Name: "acme-" + string(provider), Source: "acme", Connection: string(provider), LegalEntities: legalEntities, Zone: "Europe/Paris",
		Policy: absence.DefaultPolicy(), ConfirmAbove: settings.DefaultConfirmAbove,
	}, 0)
	w.must(err)
}

// hostile is what somebody may type into any field.
const hostile = `"><script>alert(1)</script><img src=x onerror=alert(2)>{{.}}`

// input is the first input of a name, nil when there is none.
func (a answer) input(name string) *html.Node {
	for _, n := range a.elements(func(n *html.Node) bool { return attribute(n, "name") == name }) {
		return n
	}
	return nil
}

// key is the random key of the form with this action.
func (a answer) key(t *testing.T, action string) string {
	t.Helper()
	for _, f := range a.elements(func(n *html.Node) bool { return n.Data == "form" && attribute(n, "action") == action }) {
		for n := range f.Descendants() {
			if n.Type == html.ElementNode && attribute(n, "name") == "key" {
				return attribute(n, "value")
			}
		}
	}
	t.Fatalf("no form %q with a key", action)
	return ""
}

// wrong are the ids of the inputs that are marked as wrong.
func (a answer) wrong() []string {
	var ids []string
	for _, n := range a.elements(func(n *html.Node) bool {
		return attribute(n, "aria-invalid") == "true" || n.Data == "fieldset" && strings.Contains(attribute(n, "class"), "wrong")
	}) {
		ids = append(ids, attribute(n, "id"))
	}
	return ids
}

func TestSetupPagesAreClean(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	w.setUpConnection(c, calendars.Exchange)
	w.setUpConnection(c, calendars.Google)
	w.engine.initializations = runs()
	for _, lang := range []string{"fr", "en"} {
		for _, path := range []string{
			"/sources", "/sources/new", "/sources/acme", "/sources/acme?test=1", "/sources/acme/remove",
			"/connections", "/connections/new", "/connections/new?provider=office365", "/connections/new?provider=exchange", "/connections/new?provider=google",
			"/connections/office365", "/connections/exchange", "/connections/google", "/connections/exchange/remove", "/connections/script?scope=group&scopeGroup=a%22b",
			"/synchronizations", "/synchronizations/new", "/synchronizations/acme-office365", "/synchronizations/acme-office365?created=1",
			"/synchronizations/acme-office365/remove", "/synchronizations/acme-office365/initializations",
			"/initializations/acme.dry", "/initializations/acme.live", "/initializations/acme.done", "/initializations/acme.big", "/initializations/acme.live/cancel",
		} {
			for _, who := range []access.Principal{configurer, consulter} {
				a := w.get(who, path, "Accept-Language", lang)
				wanted := http.StatusOK
				if who == consulter && (strings.HasSuffix(path, "/remove") || strings.HasSuffix(path, "/cancel") || strings.Contains(path, "/new")) {
					wanted = http.StatusForbidden
				}
				if strings.Contains(path, "a%22b") {
					wanted = http.StatusUnprocessableEntity
				}
				if a.Code != wanted {
					t.Fatalf("%s %s as %s: %d", lang, path, who.Role, a.Code)
				}
				clean(t, lang+" "+path, a)
				if got := attribute(a.named("html")[0], "lang"); got != lang || len(a.named("h1")) != 1 {
					t.Errorf("%s: lang %q, %d headings", path, got, len(a.named("h1")))
				}
				for _, secret := range []string{c.Lucca.ClientSecret, "PRIVATE KEY", "very-secret"} {
					if strings.Contains(a.Body.String(), secret) {
						t.Errorf("%s shows a secret", path)
					}
				}
			}
		}
	}
}

// setUpConnection makes another connection.
func (w *world) setUpConnection(c sandbox.Credentials, provider calendars.Provider) {
	w.Helper()
	_, err := w.editor.PutConnection(w.Context(), somebody, connectionTo(c, provider), 0)
	w.must(err)
}

// connectionTo are the sandbox's credentials, for all but Exchange.
func connectionTo(c sandbox.Credentials, provider calendars.Provider) settings.Connection {
	one := settings.Connection{Name: string(provider), Provider: provider}
	switch provider {
	case calendars.Office365:
		one.System = &graph.Settings{
			TenantID: c.Office365.TenantID, ClientID: c.Office365.ClientID, ClientSecret: "very-secret-graph-secret",
			AuthorityURL: record.Default[graph.Settings]("authorityUrl"), GraphURL: record.Default[graph.Settings]("graphUrl"),
		}
	case calendars.Exchange:
		one.System = &ews.Settings{URL: "https://mail.example.com/EWS/Exchange.asmx", Username: `ACME\SynchroFiggoUser`, Password: "very-secret-password", Auth: "ntlm", MinTLS: "1.2"}
	case calendars.Google:
		one.System = &google.Settings{Key: settings.Secret(c.Google.KeyJSON), CalendarURL: c.Google.CalendarURL, GmailURL: c.Google.GmailURL, TokenURL: c.Google.TokenURL}
	}
	return one
}

// consulterWhoMay is another person with the role configure.
func consulterWhoMay() access.Principal {
	other := consulter
	other.Role = access.Configure
	return other
}

var discard = slog.New(slog.DiscardHandler)

func isAlert(n *html.Node) bool {
	return attribute(n, "role") == "alert" && attribute(n, "hidden") == "" && attribute(n, "id") == ""
}

func versionText(v settings.Version) string { return strconv.FormatInt(int64(v), 10) }

// policyFields are the fields of a synchronization's form with the usual policy.
func policyFields(source, connection string, legalEntities ...string) url.Values {
	return url.Values{
		"source": {source}, "connection": {connection}, "legalEntities": legalEntities, "zone": {"Europe/Paris"}, "confirmAbove": {"2000"},
		"policy.label": {"Absent"}, "policy.showType": {"no"}, "policy.wholeDay": {"all-day"},
		"policy.hours.morningStart": {"09:00"}, "policy.hours.morningEnd": {"12:00"}, "policy.hours.afternoonStart": {"14:00"}, "policy.hours.afternoonEnd": {"18:00"},
		"policy.showPending": {"tentative"}, "policy.showApproved": {"out-of-office"},
	}
}

// runs are initializations in every phase.
func runs() []starter.Initialization {
	blocked := []workflows.Troubled{{Absence: "17", Status: workflows.StatusBlocked, Reason: "no-email"}}
	counts := workflows.Counts{Total: 9, Created: 5, Updated: 1, Synced: 6, Unchanged: 1, Blocked: 2}
	dry := starter.Initialization{WorkflowID: "initialization/acme/dry", RunID: "r", StartsAt: moment, EndedAt: moment.Add(time.Minute), Progress: workflows.Progress{
		Phase: workflows.PhaseCompleted, Synchronization: "acme-office365", Source: "acme", Since: absence.Date{Year: 2026, Month: 3, Day: 1}, DryRun: true,
		Employees: 3, Counts: counts, LegalEntities: []workflows.LegalEntityProgress{{
			LegalEntity: "1", Counts: counts, Listed: true, Done: true, Troubled: blocked,
			Preview: []workflows.EmployeePreview{{Employee: "12", Created: 5, Updated: 1}, {Employee: "13", Unchanged: 1}, {Employee: "14", Blocked: 2, Reason: "no-email"}},
		}},
	}}
	done, live, big := dry, dry, dry
	done.WorkflowID, done.DryRun = "initialization/acme/done", false
	live.WorkflowID, live.DryRun, live.Phase, live.EndedAt = "initialization/acme/live", false, workflows.PhaseRunning, time.Time{}
	live.Counts = workflows.Counts{Total: 1200, Synced: 400, Unchanged: 50, Blocked: 2}
	live.LegalEntities = []workflows.LegalEntityProgress{
		{LegalEntity: "1", Counts: workflows.Counts{Total: 700, Synced: 400, Unchanged: 50, Blocked: 2}, Listed: true, Troubled: blocked},
		{LegalEntity: "2", Counts: workflows.Counts{Total: 500}}, {LegalEntity: "3"},
	}
	big.WorkflowID, big.DryRun, big.Phase, big.Employees, big.LegalEntities, big.Counts = "initialization/acme/big", false, workflows.PhaseConfirming, 4321, nil, workflows.Counts{}
	return []starter.Initialization{live, big, done, dry}
}
