package settings_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/internal/calendars/google"
	"github.com/figgosync/figgosync/internal/calendars/graph"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
)

// revealed compares secrets by what they are.
var revealed = cmp.Comparer(func(a, b settings.Secret) bool { return a.Reveal() == b.Reveal() })

// write makes a file with the mode.
func write(t *testing.T, dir, name, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask is
		t.Fatal(err)
	}
	return path
}

// env is an environment of a test.
func env(variables map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := variables[name]
		return v, ok
	}
}

func TestTheExampleIsComplete(t *testing.T) {
	t.Parallel()
	example, err := os.ReadFile(filepath.Join("..", "..", "figgosync.example.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	dir, key := t.TempDir(), googleKey(nil)
	write(t, dir, "secrets/figgo-authorization", "Basic YWNtZTprcTN2VHo4bVdwMmhZYjdkUm41eEpjOWc=\n", 0o600)
	write(t, dir, "secrets/exchange-password", "pass word\r\n", 0o600)
	write(t, dir, "secrets/acme-ca.pem", certificate().cert, 0o644)
	write(t, dir, "secrets/google-key.json", key, 0o600)
	file, err := settings.Load(write(t, dir, "figgosync.yaml", string(example), 0o644), settings.LoadOptions{LookupEnv: env(map[string]string{
		"LUCCA_CLIENT_SECRET": "lucca", "LUCCA_WEBHOOK_SECRET": "webhook-kq3vTz8mWp2hYb7dRn5xJc9g", "LUCCA_API_KEY": "api", "GRAPH_CLIENT_SECRET": "graph",
	})})
	if err != nil {
		t.Fatal(err)
	}
	if warnings := file.Warnings(); len(warnings) > 0 {
		t.Errorf("warnings: %q", warnings)
	}
	wantSources := []settings.Source{{
		Name: "acme", API: settings.APIv5, Host: "https://acme.ilucca.net", ClientID: "2c1f1f0e-8a7b-4f6e-9d1c-5b8e3a7d9f10", ClientSecret: "lucca",
		TokenURL: "https://accounts.world.luccasoftware.com/connect/token", WebhookSecret: "webhook-kq3vTz8mWp2hYb7dRn5xJc9g",
		HTTPSynchronizationKey: "Basic YWNtZTprcTN2VHo4bVdwMmhZYjdkUm41eEpjOWc=", APIKey: "api", HoldDeletionsAbove: 50,
	}}
	wantConnections := []settings.Connection{
		{Name: "headquarters", Provider: calendars.Office365, MaxConcurrent: 8, System: &graph.Settings{
			TenantID: "7f3c2b1a-5d4e-4c6f-8a9b-0c1d2e3f4a5b", ClientID: "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d", ClientSecret: "graph", SecretExpires: "2027-11-30",
			AuthorityURL: "https://login.microsoftonline.com", GraphURL: "https://graph.microsoft.com/v1.0",
		}},
		{Name: "factory", Provider: calendars.Exchange, System: &ews.Settings{
			URL: "https://mail.acme.example/ews/exchange.asmx", Username: `ACME\SynchroFiggoUser`, Password: "pass word",
			Auth: "ntlm", CA: strings.TrimRight(certificate().cert, "\n"), MinTLS: "1.2",
		}},
		{Name: "design", Provider: calendars.Google, System: &google.Settings{
			Key: settings.Secret(key), CalendarURL: "https://www.googleapis.com/calendar/v3/", GmailURL: "https://gmail.googleapis.com/", TokenURL: "https://oauth2.googleapis.com/token",
		}},
	}
	factory := absence.DefaultPolicy()
	factory.Label, factory.WholeDay = "Congé", absence.TimeRange
	factory.Hours.MorningStart, factory.Hours.MorningEnd = 7*60+30, 11*60+30
	wantSynchronizations := []settings.Synchronization{
		{Name: "headquarters", Source: "acme", Connection: "headquarters", LegalEntities: []string{"1", "2"}, Zone: "Europe/Paris", ConfirmAbove: 2000, Policy: absence.DefaultPolicy(), Reconciliation: settings.Nightly{Window: settings.DefaultWindow}},
		{Name: "factory", Source: "acme", Connection: "factory", LegalEntities: []string{"3"}, Zone: "Indian/Reunion", ConfirmAbove: 2000, Policy: factory},
		{Name: "design", Source: "acme", Connection: "design", LegalEntities: []string{"4"}, Zone: "Europe/Zurich", ConfirmAbove: 2000, Policy: absence.DefaultPolicy()},
	}
	ctx := t.Context()
	wantEqual(t, wantSources)(file.Sources(ctx))
	wantEqual(t, wantConnections)(file.Connections(ctx))
	wantEqual(t, wantSynchronizations)(file.Synchronizations(ctx))
	wantEqual(t, settings.DefaultTimings())(file.Timings(ctx))
}

func wantEqual[T any](t *testing.T, want T) func(T, error) {
	t.Helper()
	return func(got T, err error) {
		t.Helper()
		if diff := cmp.Diff(want, got, revealed); diff != "" || err != nil {
			t.Error(err, diff)
		}
	}
}

// minimal is the shortest file that works; its lines are counted on.
const minimal = `sources:
  - name: acme
    host: https://acme.ilucca.net
    clientId: key
    clientSecret: s1
    webhookSecret: s2-kq3vTz8mWp2hYb7dRn5xJc9g
connections:
  - name: office
    provider: office365
    office365:
      tenantId: acme.example
      clientId: app
      clientSecret: s3
  - name: mail
    provider: exchange
    exchange:
      url: https://mail.acme.example/ews/exchange.asmx
      username: ACME\login
      password: s4
synchronizations:
  - name: first
    source: acme
    connection: office
    legalEntities: [1]
    zone: Europe/Paris
  - name: second
    source: acme
    connection: mail
    legalEntities: [2]
    zone: Indian/Reunion
    paused: true
`

func parse(text string) (*settings.File, error) {
	return settings.Parse([]byte(text), "figgosync.yaml", settings.LoadOptions{LookupEnv: env(map[string]string{"EMPTY": "", "SET": "value\n"})})
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	file, err := parse(minimal + "timings:\n  blockedRetry: 30s\n")
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	wantEqual(t, settings.Source{
		Name: "acme", API: settings.APIv5, Host: "https://acme.ilucca.net", ClientID: "key", ClientSecret: "s1", WebhookSecret: "s2-kq3vTz8mWp2hYb7dRn5xJc9g", TokenURL: settings.DefaultTokenURL,
	})(file.Source(ctx, "acme"))
	wantEqual(t, settings.Connection{Name: "office", Provider: calendars.Office365, System: &graph.Settings{
		TenantID: "acme.example", ClientID: "app", ClientSecret: "s3", AuthorityURL: record.Default[graph.Settings]("authorityUrl"), GraphURL: record.Default[graph.Settings]("graphUrl"),
	}})(file.Connection(ctx, "office"))
	wantEqual(t, settings.Connection{Name: "mail", Provider: calendars.Exchange, System: &ews.Settings{
		URL: "https://mail.acme.example/ews/exchange.asmx", Username: `ACME\login`, Password: "s4", Auth: "ntlm", MinTLS: "1.2",
	}})(file.Connection(ctx, "mail"))
	wantEqual(t, settings.Synchronization{
		Name: "second", Source: "acme", Connection: "mail", LegalEntities: []string{"2"}, Zone: "Indian/Reunion", Paused: true, ConfirmAbove: 2000, Policy: absence.DefaultPolicy(),
	})(file.SynchronizationFor(ctx, "acme", "2"))
	wantEqual(t, settings.Timings{BlockedRetry: 30 * time.Second, BlockedRetryMax: 24 * time.Hour})(file.Timings(ctx))
}

func TestInvisibleCharactersOfAFile(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer(`ACME\login`, "ACME\\login\u200b", "https://mail.acme.example/ews", "https://mail.acme.example\ufeff/ews").Replace(minimal)
	if text == minimal {
		t.Fatal("nothing was replaced")
	}
	file, err := parse(text + "    exclude: [\"b7\u200e\"]\n    addresses: {\"4\u200b\": \"jane\u2060@example.com\"}\n")
	if err != nil {
		t.Fatal(err)
	}
	mail, err := file.Connection(t.Context(), "mail")
	if system, _ := mail.System.(*ews.Settings); err != nil || system.Username != `ACME\login` || system.URL != "https://mail.acme.example/ews/exchange.asmx" {
		t.Errorf("%+v, %v", mail.System, err)
	}
	second, err := file.Synchronization(t.Context(), "second")
	if diff := cmp.Diff(map[string]string{"4": "jane@example.com"}, second.Addresses); err != nil || diff != "" || !second.Excludes("b7") {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestExcludedPeople(t *testing.T) {
	t.Parallel()
	file, err := parse(minimal + "    exclude: [416, \"b7\"]\n")
	if err != nil {
		t.Fatal(err)
	}
	second, err := file.Synchronization(t.Context(), "second")
	if diff := cmp.Diff([]string{"416", "b7"}, second.Exclude); err != nil || diff != "" || !second.Excludes("b7") || second.Excludes("41") {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, wrong := range []string{`[""]`, `["a b"]`, "[1, ~]", "7"} {
		if _, err := parse(minimal + "    exclude: " + wrong + "\n"); err == nil {
			t.Errorf("%s is accepted", wrong)
		}
	}
}

func TestNightlyReconciliation(t *testing.T) {
	t.Parallel()
	file, err := parse(minimal + "    reconciliation: {window: \"23:00-23:30\", reportOnly: true}\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"first": "02:00 3h0m0s", "second": "23:00 30m0s"} {
		one, err := file.Synchronization(t.Context(), name)
		from, length := one.Reconciliation.Begins()
		if got := from.String() + " " + length.String(); err != nil || got != want || one.Reconciliation.ReportOnly != (name == "second") {
			t.Errorf("%s: %s, report only %t, %v", name, got, one.Reconciliation.ReportOnly, err)
		}
	}
	for _, wrong := range []string{"02:00", "05:00-02:00", "02:00-02:00", "02:00-25:00", "2:00-5:00"} {
		if _, err := parse(minimal + "    reconciliation: {window: \"" + wrong + "\"}\n"); err == nil {
			t.Errorf("the window %s is accepted", wrong)
		}
	}
}

func TestBreakerLimits(t *testing.T) {
	t.Parallel()
	file, err := parse(minimal + "    breaker: {deletions: 10, changePercent: 1}\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]settings.BreakerLimits{"first": {}, "second": {Deletions: 10, ChangePercent: 1}} {
		if one, err := file.Synchronization(t.Context(), name); err != nil || one.Breaker != want {
			t.Errorf("%s: %+v, %v", name, one.Breaker, err)
		}
	}
	for _, wrong := range []string{"{deletions: -1}", "{deletionPercent: 101}", "{changes: many}", "{share: 1}", "7"} {
		if _, err := parse(minimal + "    breaker: " + wrong + "\n"); err == nil {
			t.Errorf("%s is accepted", wrong)
		}
	}
}

func TestFallbackConnections(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[office]": "", "[nowhere]": "no connection is named", "[mail]": "is tried before already",
		"[office, office]": "is tried before already", "7": "list", "[\"not a name\"]": "no connection is named",
	} {
		file, err := parse(minimal + "    fallback: " + text + "\n")
		switch {
		case want == "" && err != nil, want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %q", text, err, want)
		case err == nil:
			one, err := file.Synchronization(t.Context(), "second")
			if err != nil || !slices.Equal(one.Connections(), []string{"mail", "office"}) {
				t.Errorf("%v, %v", one.Connections(), err)
			}
		}
	}
}

func TestTooManyFallbackConnections(t *testing.T) {
	t.Parallel()
	names := []string{"a", "b", "c", "d", "e", "f"}
	for count, want := range map[int]bool{5: false, 6: true} {
		problems := settings.ValidateSynchronization(settings.Synchronization{Name: "s", Connection: "mail", Fallback: names[:count]}, settings.Rules{})
		told := slices.ContainsFunc(problems, func(p settings.Problem) bool { return p.Field == "fallback" && p.Code == settings.CodeTooManyItems })
		if told != want {
			t.Errorf("%d connections: %+v", count, problems)
		}
	}
}

func TestUnknownNames(t *testing.T) {
	t.Parallel()
	file, err := parse(minimal)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	_, err1 := file.Source(ctx, "x")
	_, err2 := file.Connection(ctx, "x")
	_, err3 := file.Synchronization(ctx, "x")
	_, err4 := file.SynchronizationFor(ctx, "acme", "9")
	_, err5 := file.SynchronizationFor(ctx, "x", "1")
	for i, err := range []error{err1, err2, err3, err4, err5} {
		if !errors.Is(err, settings.ErrNotFound) {
			t.Errorf("%d: got %v", i, err)
		}
	}
}

func TestWhatIsReturnedIsACopy(t *testing.T) {
	t.Parallel()
	file, err := parse(minimal)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	connections, _ := file.Connections(ctx)
	connections[0].System.(*graph.Settings).TenantID = "changed"
	synchronization, _ := file.SynchronizationFor(ctx, "acme", "1")
	synchronization.LegalEntities[0] = "changed"
	connection, _ := file.Connection(ctx, "office")
	again, _ := file.Synchronization(ctx, "first")
	if connection.System.(*graph.Settings).TenantID == "changed" || again.LegalEntities[0] == "changed" {
		t.Error("a caller changed the settings")
	}
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	const policy = `    policy:
      label: Out
      showType: true
      wholeDay: time-range
      hours: {afternoon: "13:00 - 24:00"}
      showPending: free
      showApproved: working-elsewhere
      private: true
`
	file, err := parse(minimal + policy)
	if err != nil {
		t.Fatal(err)
	}
	got, err := file.Synchronization(t.Context(), "second")
	want := absence.Policy{
		Label: "Out", ShowType: true, WholeDay: absence.TimeRange, Private: true, ShowPending: absence.Free, ShowApproved: absence.Elsewhere,
		Hours: absence.Hours{MorningStart: 9 * 60, MorningEnd: 12 * 60, AfternoonStart: 13 * 60, AfternoonEnd: 24 * 60},
	}
	wantEqual(t, want)(got.Policy, err)
}

func TestInsecureEndpointsMustBeAllowed(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("https://acme.ilucca.net", "http://127.0.0.1:9090/lucca/", "https://mail", "http://mail").Replace(minimal)
	if _, err := parse(text); err == nil {
		t.Error("http was accepted")
	}
	file, err := settings.Parse([]byte(text), "x", settings.LoadOptions{AllowInsecureEndpoints: true})
	if err != nil {
		t.Fatal(err)
	}
	if source, _ := file.Source(context.Background(), "acme"); source.Host != "http://127.0.0.1:9090/lucca" {
		t.Errorf("got %s", source.Host)
	}
}

func TestSecretsFromElsewhere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "guarded", "from file\n", 0o600)
	shared := write(t, dir, "shared", "from file", 0o640)
	pem := write(t, dir, "graph.pem", certificate().cert+certificate().key, 0o600)
	key := write(t, dir, "key.json", googleKey(map[string]any{"token_uri": ""}), 0o600)
	text := minimal
	for old, replacement := range map[string]string{
		"s1\n": "{file: guarded}\n", "s2-kq3vTz8mWp2hYb7dRn5xJc9g\n": "{env: SET}\n", "password: s4": "password: {file: " + shared + "}", "clientSecret: s3": "certificate: {file: " + pem + "}",
		"synchronizations:\n": "  - {name: goo, provider: google, google: {tokenUrl: 'https://t.example', key: {file: '" + key + "'}}}\nsynchronizations:\n",
	} {
		text = strings.Replace(text, old, replacement, 1)
	}
	file, err := settings.Load(write(t, dir, "figgosync.yaml", text, 0o644), settings.LoadOptions{LookupEnv: env(map[string]string{"SET": "from env kq3vTz8mWp2hYb7dRn5xJc9g\n"})})
	if err != nil {
		t.Fatal(err)
	}
	source, _ := file.Source(t.Context(), "acme")
	mail, _ := file.Connection(t.Context(), "mail")
	if source.ClientSecret.Reveal() != "from file" || source.WebhookSecret.Reveal() != "from env kq3vTz8mWp2hYb7dRn5xJc9g" || mail.System.(*ews.Settings).Password.Reveal() != "from file" {
		t.Errorf("got %q, %q, %q", source.ClientSecret.Reveal(), source.WebhookSecret.Reveal(), mail.System.(*ews.Settings).Password.Reveal())
	}
	want := []string{"figgosync.yaml:19: connections[1].exchange.password.file: others than its owner can read the file: make it chmod 600"}
	if got := file.Warnings(); !slices.Equal(got, want) {
		t.Errorf("warnings: %q", got)
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	text := strings.Replace(minimal, "    webhookSecret: s2-kq3vTz8mWp2hYb7dRn5xJc9g\n", "", 1)
	for mode, want := range map[os.FileMode][]string{
		0o600: {"figgosync.yaml:2: sources[0]: it has neither webhookSecret nor httpSynchronizationKey: no webhook is accepted until it has"},
		0o644: {"figgosync.yaml:2: sources[0]: it has neither webhookSecret nor httpSynchronizationKey: no webhook is accepted until it has",
			"figgosync.yaml: it holds secrets and others than its owner can read it: make it chmod 600, or keep the secrets elsewhere"},
	} {
		file, err := settings.Load(write(t, t.TempDir(), "figgosync.yaml", text, mode), settings.LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got := file.Warnings(); !slices.Equal(got, want) {
			t.Errorf("%o: %q", mode, got)
		}
	}
}

func TestLoadTellsWhyAFileCannotBeOpened(t *testing.T) {
	t.Parallel()
	if _, err := settings.Load(filepath.Join(t.TempDir(), "none.yaml"), settings.LoadOptions{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := settings.Load(t.TempDir(), settings.LoadOptions{}); err == nil {
		t.Error("a directory was read")
	}
}

func TestSecretsDoNotShowThemselves(t *testing.T) {
	t.Parallel()
	file, err := parse(minimal)
	if err != nil {
		t.Fatal(err)
	}
	source, _ := file.Source(t.Context(), "acme")
	connection, _ := file.Connection(t.Context(), "mail")
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %q", source, source, source, source.ClientSecret), fmt.Sprintf("%+v %#v", *connection.System.(*ews.Settings), *connection.System.(*ews.Settings))} {
		if strings.Contains(text, "s1") || strings.Contains(text, "s2") || strings.Contains(text, "s4") {
			t.Errorf("shown: %s", text)
		}
	}
}
