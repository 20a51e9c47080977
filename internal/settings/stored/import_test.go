package stored_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/internal/calendars/graph"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/internal/settings/stored"
	"github.com/figgosync/figgosync/internal/settings/stored/storedtest"
)

// read reads a file for an import; its secrets come from an environment.
func read(t rapid.TB, text string) *settings.File {
	t.Helper()
	file, err := settings.Parse([]byte(text), "figgosync.yaml", settings.LoadOptions{ForImport: true, LookupEnv: func(name string) (string, bool) {
		return canary + "-" + strings.ToLower(name), true
	}})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func plan(t *testing.T, s settings.Editor, text string, options ...settings.ImportOptions) settings.Plan {
	t.Helper()
	p, err := settings.PlanImport(t.Context(), s, read(t, text), append(options, settings.ImportOptions{})[0])
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func export(t *testing.T, s settings.Store) string {
	t.Helper()
	text, err := settings.Export(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte(canary)) {
		t.Errorf("a secret was exported:\n%s", text)
	}
	return string(text)
}

func TestExport(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		s := p.open(t)
		fill(t, s)
		want := `# The settings of figgosync, as "figgosync settings export" writes them;
# figgosync.example.yaml explains every key. Secrets are left out: an import
# keeps those that are stored, and takes new ones that are added here as
# KEY: {env: NAME} or KEY: {file: PATH}.

sources:
  - name: acme # left out: clientSecret, webhookSecret, httpSynchronizationKey
    host: https://acme.ilucca.net
    tokenUrl: https://accounts.world.luccasoftware.com/connect/token
    api: v5
    clientId: integration
  - name: other # left out: clientSecret, webhookSecret, httpSynchronizationKey
    host: https://other.ilucca.net
    tokenUrl: https://accounts.world.luccasoftware.com/connect/token
    api: v5
    clientId: integration
connections:
  - name: design # left out: google.key
    provider: google
    google:
      calendarUrl: https://www.googleapis.com/calendar/v3/
      gmailUrl: https://gmail.googleapis.com/
  - name: factory # left out: exchange.password
    provider: exchange
    maxConcurrent: 3
    exchange:
      url: https://mail.acme.example/ews/exchange.asmx
      username: ACME\sync
      auth: ntlm
      minTls: "1.2"
  - name: office # left out: office365.clientSecret
    provider: office365
    office365:
      tenantId: acme.example
      clientId: app
      authorityUrl: https://login.microsoftonline.com
      graphUrl: https://graph.microsoft.com/v1.0
synchronizations:
  - name: main
    source: acme
    connection: office
    legalEntities: ["1", "2"]
    zone: Europe/Paris
    paused: false
    confirmAbove: 2000
    policy:
      label: Absent
      showType: false
      wholeDay: all-day
      hours:
        morning: 09:00-12:00
        afternoon: 14:00-18:00
      showPending: tentative
      showApproved: out-of-office
      private: false
timings:
  blockedRetry: 1m
  blockedRetryMax: 24h
`
		equal(t, export(t, s), want)
		if again := plan(t, s, want, settings.ImportOptions{Prune: true}); !again.Empty() {
			t.Errorf("what was exported would change\n%s", again.Text())
		}
	})
}

func TestImport(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		s, ctx := p.open(t), t.Context()
		fill(t, s)
		text := export(t, s)
		for old, changed := range map[string]string{
			"host: https://acme.ilucca.net": "clientSecret: {env: CHANGED}\n    host: https://new.ilucca.net",
			"  - name: other # left out: clientSecret, webhookSecret, httpSynchronizationKey": "  - name: third\n    clientSecret: {env: NEW}",
			"url: https://mail.acme.example": "password: {env: CHANGED}\n      url: https://mail.acme.example",
			"      clientId: app\n":          "      clientId: app2\n",
			"legalEntities: [\"1\", \"2\"]":  "legalEntities: [2, 7]",
			"  blockedRetryMax: 24h":         "  blockedRetryMax: 12h",
		} {
			if !strings.Contains(text, old) {
				t.Fatalf("%q is not in the export", old)
			}
			text = strings.Replace(text, old, changed, 1)
		}
		want := `~ source acme
    host: https://acme.ilucca.net -> https://new.ilucca.net
    clientSecret: [secret] -> another [secret]
+ source third
    host: https://other.ilucca.net
    tokenUrl: https://accounts.world.luccasoftware.com/connect/token
    api: v5
    clientId: integration
    clientSecret: [secret]
~ connection factory
    exchange.password: [secret] -> another [secret]
~ connection office
    office365.clientId: app -> app2
~ synchronization main
    legalEntities: 1, 2 -> 2, 7
~ timings
    blockedRetryMax: 24h -> 12h
`
		kept := plan(t, s, text)
		equal(t, kept.Text(), want)
		pruned := plan(t, s, text, settings.ImportOptions{Prune: true})
		equal(t, pruned.Text(), strings.Replace(want, "~ connection factory", `- source other
    host: https://other.ilucca.net -> nothing
    tokenUrl: https://accounts.world.luccasoftware.com/connect/token -> nothing
    api: v5 -> nothing
    clientId: integration -> nothing
    clientSecret: [secret] -> nothing
    webhookSecret: [secret] -> nothing
    httpSynchronizationKey: [secret] -> nothing
~ connection factory`, 1))
		if err := pruned.Apply(ctx, alice); err != nil {
			t.Fatal(err)
		}
		// Secrets that the file leaves out are those of before.
		acme, _ := p.open(t).Source(ctx, "acme")
		wanted := source("acme")
		wanted.Host, wanted.ClientSecret = "https://new.ilucca.net", canary+"-changed"
		equal(t, acme, wanted)
		factory, _ := s.Connection(ctx, "factory")
		equal(t, factory.System.(*ews.Settings).Password, settings.Secret(canary+"-changed"))
		if _, err := s.Source(ctx, "other"); err == nil {
			t.Error("it was not removed")
		}
		lines, _ := s.Changes(ctx, settings.ChangesQuery{Limit: 1})
		equal(t, lines[0].Action, settings.ActionImported)
		equal(t, lines[0].Fields, []settings.FieldChange{{Field: "created", To: "1"}, {Field: "changed", To: "5"}, {Field: "removed", To: "1"}})
		// The other plan is of before.
		failed(t, kept.Apply(ctx, alice), settings.ErrChanged)
		if again := plan(t, s, export(t, s), settings.ImportOptions{Prune: true}); !again.Empty() {
			t.Errorf("it would change\n%s", again.Text())
		}
	})
}

func TestAnImportThatIsWrongChangesNothing(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		s, ctx := p.open(t), t.Context()
		fill(t, s)
		before := export(t, s)
		text := `
sources: [{name: new, host: "https://x", clientId: a}]
synchronizations:
  - {name: b, source: acme, connection: nothing, legalEntities: [2, 9], zone: Europe/Paris}
`
		_, err := settings.PlanImport(ctx, s, read(t, text), settings.ImportOptions{})
		want := "source new: not valid: clientSecret (required)\n" +
			"synchronization b: not valid: connection (unknown-connection) legalEntities.0 (legal-entity-taken)"
		if err == nil || err.Error() != want {
			t.Errorf("got %v", err)
		}
		// Pruned, the legal entity is free; and its source gone.
		_, err = settings.PlanImport(ctx, s, read(t, "synchronizations: [{name: b, source: acme, connection: office, legalEntities: [2], zone: Europe/Paris}]"), settings.ImportOptions{Prune: true})
		if err == nil || err.Error() != "synchronization b: not valid: source (unknown-source) connection (unknown-connection)" {
			t.Errorf("got %v", err)
		}
		// Wrong by the rules of this process only: the store says no, to all of it.
		bad, perr := settings.Parse([]byte(`sources: [{name: new, host: "http://x", clientId: a, clientSecret: b}, {name: acme, host: "https://acme.ilucca.net", clientId: a}]`), "x",
			settings.LoadOptions{ForImport: true, AllowInsecureEndpoints: true})
		if perr != nil {
			t.Fatal(perr)
		}
		planned, err := settings.PlanImport(ctx, s, bad, settings.ImportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, problems(t, planned.Apply(ctx, alice)), map[string]string{"host": "not-https"})
		equal(t, export(t, s), before)
	})
}

func TestACertificateReplacesAClientSecret(t *testing.T) {
	t.Parallel()
	s, ctx := storedtest.Open(t), t.Context()
	stored := office("office")
	stored.System.(*graph.Settings).ProxySettings = calendars.ProxySettings{Proxy: "http://proxy.acme.example:3128", ProxyCredentials: "svc:secret"}
	version(t, 1)(s.PutConnection(ctx, alice, stored, 0))
	text := strings.Replace(export(t, s), "tenantId:", "certificate: {env: PEM}\n      tenantId:", 1)
	file, err := settings.Parse([]byte(text), "x", settings.LoadOptions{ForImport: true, LookupEnv: func(string) (string, bool) { return pemFile(), true }})
	if err != nil {
		t.Fatal(err)
	}
	p, err := settings.PlanImport(ctx, s, file, settings.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, p.Text(), "~ connection office\n    office365.clientSecret: [secret] -> nothing\n    office365.certificate: [secret]\n")
	if err := p.Apply(ctx, alice); err != nil {
		t.Fatal(err)
	}
	got, _ := s.Connection(ctx, "office")
	if got.System.(*graph.Settings).ClientSecret != "" || got.System.(*graph.Settings).Certificate.Reveal() != strings.TrimRight(pemFile(), "\n") {
		t.Error("the secrets are not those of the file")
	}
	if got.System.(*graph.Settings).ProxyCredentials != "svc:secret" {
		t.Error("a secret that nothing replaced is gone")
	}
}

func TestAFileIsNoEditor(t *testing.T) {
	t.Parallel()
	_, err := settings.PlanImport(t.Context(), nil, read(t, "timings: {}"), settings.ImportOptions{})
	failed(t, err, settings.ErrNoImport)
}

// Whatever one store holds, its export makes another one the same.
func TestPlanAndApplyMakeEqual(t *testing.T) {
	t.Parallel()
	from, to := storedtest.Open(t), storedtest.Open(t)
	rapid.Check(t, func(rt *rapid.T) {
		shuffle(rt, from)
		shuffle(rt, to)
		text, err := settings.Export(t.Context(), from)
		if err != nil {
			rt.Fatal(err)
		}
		// New records need their secrets.
		withSecrets := strings.NewReplacer(
			"    api: v5\n", "    api: v5\n    clientSecret: {env: A}\n", "    exchange:\n", "    exchange:\n      password: {env: B}\n",
			"    office365:\n", "    office365:\n      clientSecret: {env: C}\n").Replace(string(text))
		planned, err := settings.PlanImport(t.Context(), to, read(rt, withSecrets), settings.ImportOptions{Prune: true})
		if err != nil {
			rt.Fatalf("%v\n%s", err, text)
		}
		if strings.Contains(planned.Text(), canary) {
			rt.Fatalf("the plan shows a secret:\n%s", planned.Text())
		}
		if err := planned.Apply(t.Context(), alice); err != nil {
			rt.Fatalf("%v\n%s", err, planned.Text())
		}
		same, err := settings.Export(t.Context(), to)
		if err != nil {
			rt.Fatal(err)
		}
		if strip(same) != strip(text) {
			rt.Fatalf("got\n%s\nwant\n%s", same, text)
		}
		again, err := settings.PlanImport(t.Context(), to, read(rt, withSecrets), settings.ImportOptions{Prune: true})
		if err != nil || !again.Empty() {
			rt.Fatalf("a second import: %v\n%s", err, again.Text())
		}
	})
}

// strip takes the comments away, which name the secrets that are set.
func strip(text []byte) string {
	var kept []string
	for line := range strings.Lines(string(text)) {
		before, _, _ := strings.Cut(line, " # left out")
		kept = append(kept, strings.TrimSpace(before))
	}
	return strings.Join(kept, "\n")
}

// shuffle makes and changes some records at random; what is refused stays as it
// is.
func shuffle(t *rapid.T, s *stored.Store) {
	ctx := t.Context()
	names := rapid.SampledFrom([]string{"a", "0", "on", "true", "1e3", "x-1"})
	text := rapid.StringMatching(`[A-Za-zéß€"'#:&*!%@{}\[\],|> -]{1,12}`)
	for range rapid.IntRange(0, 3).Draw(t, "sources") {
		v := source(names.Draw(t, "name"))
		v.ClientID = rapid.StringMatching(`[a-z0-9#&*:!-]{1,8}`).Draw(t, "id")
		record, _ := s.SourceRecord(ctx, v.Name)
		ignore(s.PutSource(ctx, alice, v, record.Version))
	}
	for range rapid.IntRange(0, 3).Draw(t, "connections") {
		v := rapid.SampledFrom([]func(string) settings.Connection{office, exchange}).Draw(t, "provider")(names.Draw(t, "name"))
		if e, ok := v.System.(*ews.Settings); ok {
			e.Username = "u" + text.Draw(t, "username")
		}
		record, _ := s.ConnectionRecord(ctx, v.Name)
		ignore(s.PutConnection(ctx, alice, v, record.Version))
	}
	for range rapid.IntRange(0, 3).Draw(t, "synchronizations") {
		v := synchronization(names.Draw(t, "name"), names.Draw(t, "source"), names.Draw(t, "connection"),
			rapid.SliceOfNDistinct(rapid.StringMatching(`[0-9a-f~.-]{1,3}`), 1, 3, rapid.ID).Draw(t, "legalEntities")...)
		v.Paused, v.Policy.Label = rapid.Bool().Draw(t, "paused"), text.Draw(t, "label")+"x"
		v.Policy.Hours.MorningStart = absence.Clock(rapid.IntRange(0, 719).Draw(t, "clock"))
		record, _ := s.SynchronizationRecord(ctx, v.Name)
		ignore(s.PutSynchronization(ctx, alice, v, record.Version))
	}
}

// ignore fails for anything but a refusal.
func ignore(_ settings.Version, err error) {
	if err != nil && !strings.Contains(err.Error(), "not valid") {
		panic(fmt.Sprint(err))
	}
}

// A file that moves an address does not take the stored secret along: it would go to
// whatever server the file names.
func TestAnImportThatMovesAnAddressNeedsItsSecret(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		s := p.open(t)
		fill(t, s)
		before := export(t, s)
		for old, moved := range map[string][2]string{
			"host: https://acme.ilucca.net":            {"host: https://evil.example.net", "source acme: not valid: clientSecret (secret-again)"},
			"url: https://mail.acme.example":           {"url: https://evil.example.net", "connection factory: not valid: exchange.password (secret-again)"},
			"graphUrl: https://graph.microsoft.com":    {"graphUrl: https://evil.example.net", "connection office: not valid: office365.clientSecret (secret-again)"},
			"calendarUrl: https://www.googleapis.com":  {"calendarUrl: https://evil.example.net", "connection design: not valid: google.key (secret-again)"},
			"authorityUrl: https://login.microsoftonl": {"authorityUrl: http://login.microsoftonl", "connection office: not valid: office365.clientSecret (secret-again)"},
		} {
			file, err := settings.Parse([]byte(strings.Replace(before, old, moved[0], 1)), "x", settings.LoadOptions{ForImport: true, AllowInsecureEndpoints: true})
			if err != nil {
				t.Fatal(err)
			}
			if _, err = settings.PlanImport(t.Context(), s, file, settings.ImportOptions{}); err == nil || err.Error() != moved[1] {
				t.Errorf("%s: got %v", moved[0], err)
			}
		}
		equal(t, export(t, s), before)
	})
}
