package settings_test

import (
	"maps"
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

func goodSource() settings.Source {
	return settings.Source{Name: "acme", Host: "https://acme.ilucca.net", ClientID: "id", ClientSecret: "s"}.WithDefaults()
}

func goodOffice() settings.Connection {
	return settings.Connection{Name: "office", Provider: calendars.Office365, System: &graph.Settings{TenantID: "acme.example", ClientID: "id", ClientSecret: "s"}}.WithDefaults()
}

func goodExchange() settings.Connection {
	return settings.Connection{Name: "mail", Provider: calendars.Exchange, System: &ews.Settings{URL: "https://mail/ews", Username: `A\b`, Password: "s"}}.WithDefaults()
}

func goodGoogle() settings.Connection {
	return settings.Connection{Name: "google", Provider: calendars.Google, System: &google.Settings{Key: settings.Secret(googleKey(nil))}}.WithDefaults()
}

func goodSynchronization() settings.Synchronization {
	return settings.Synchronization{Name: "main", Source: "acme", Connection: "office", LegalEntities: []string{"1"}, Zone: "Europe/Paris", Policy: absence.DefaultPolicy()}
}

// with returns a value with a part of it changed.
func with[T any](value T, change func(*T)) T {
	change(&value)
	return value
}

func TestGoodValuesHaveNoProblems(t *testing.T) {
	t.Parallel()
	rules := settings.Rules{}
	for name, problems := range map[string][]settings.Problem{
		"source": settings.ValidateSource(goodSource(), rules), "office365": settings.ValidateConnection(goodOffice(), rules),
		"exchange": settings.ValidateConnection(goodExchange(), rules), "google": settings.ValidateConnection(goodGoogle(), rules),
		"synchronization": settings.ValidateSynchronization(goodSynchronization(), rules), "timings": settings.ValidateTimings(settings.DefaultTimings()),
		"a legacy source":            settings.ValidateSource(settings.Source{Name: "a", Host: "https://a", API: settings.APIv3, APIKey: "k"}, rules),
		"http where it is permitted": settings.ValidateSource(with(goodSource(), func(s *settings.Source) { s.Host = "http://127.0.0.1:9090/lucca" }), settings.Rules{AllowInsecureEndpoints: true}),
	} {
		if problems != nil {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 5000)
	source := func(change func(*settings.Source)) []settings.Problem {
		return settings.ValidateSource(with(goodSource(), change), settings.Rules{})
	}
	office := func(change func(*graph.Settings)) []settings.Problem {
		return settings.ValidateConnection(with(goodOffice(), func(c *settings.Connection) { change(c.System.(*graph.Settings)) }), settings.Rules{})
	}
	exchange := func(change func(*ews.Settings)) []settings.Problem {
		return settings.ValidateConnection(with(goodExchange(), func(c *settings.Connection) { change(c.System.(*ews.Settings)) }), settings.Rules{})
	}
	ofGoogle := func(change func(*google.Settings)) []settings.Problem {
		return settings.ValidateConnection(with(goodGoogle(), func(c *settings.Connection) { change(c.System.(*google.Settings)) }), settings.Rules{})
	}
	sync := func(change func(*settings.Synchronization)) []settings.Problem {
		return settings.ValidateSynchronization(with(goodSynchronization(), change), settings.Rules{})
	}
	host := func(address string) []settings.Problem { return source(func(s *settings.Source) { s.Host = address }) }
	for name, c := range map[string]struct {
		got  []settings.Problem
		want string // FIELD CODE VALUE..., one problem a line
	}{
		"nothing of a source":             {settings.ValidateSource(settings.Source{}, settings.Rules{}), "name required\nhost required\napi required\nclientId required\nclientSecret required"},
		"a name with capitals":            {source(func(s *settings.Source) { s.Name = "Acme" }), "name bad-name limit=40"},
		"HTML for a name":                 {source(func(s *settings.Source) { s.Name = "<script>" }), "name bad-name limit=40"},
		"a long name":                     {source(func(s *settings.Source) { s.Name = long }), "name bad-name limit=40"},
		"no address":                      {host("acme"), "host not-an-address"},
		"http":                            {host("http://acme"), "host not-https"},
		"a script":                        {host("javascript:alert(1)"), "host not-an-address"},
		"another scheme":                  {host("ftp://acme"), "host not-web"},
		"a login":                         {host("https://a:b@acme"), "host has-login"},
		"parameters":                      {host("https://acme?x"), "host has-query"},
		"a space":                         {host("https://acme .net"), "host has-space"},
		"a line break":                    {host("https://acme\n.net"), "host control-characters"},
		"a wrong encoding":                {host("https://acme\xff"), "host not-utf8"},
		"a long address":                  {host("https://" + long), "host too-long limit=2000"},
		"an unknown API":                  {source(func(s *settings.Source) { s.API = "v4" }), "api bad-choice allowed=v5, v3"},
		"a legacy source without its key": {source(func(s *settings.Source) { s.API = settings.APIv3 }), "apiKey required"},
		"a secret of two lines":           {source(func(s *settings.Source) { s.ClientSecret = "a\nb" }), "clientSecret control-characters"},
		"a long secret":                   {source(func(s *settings.Source) { s.WebhookSecret = settings.Secret(long) }), "webhookSecret too-long limit=4096"},
		"no header":                       {source(func(s *settings.Source) { s.HTTPSynchronizationKey = "Basic x\r\nX: y" }), "httpSynchronizationKey bad-header"},

		"no provider":      {settings.ValidateConnection(settings.Connection{Name: "a"}, settings.Rules{}), "provider required"},
		"unknown provider": {settings.ValidateConnection(settings.Connection{Name: "a", Provider: "notes"}, settings.Rules{}), "provider bad-choice allowed=office365, exchange, google"},
		"another's part":   {settings.ValidateConnection(with(goodOffice(), func(c *settings.Connection) { c.Provider = calendars.Google }), settings.Rules{}), "google required"},
		"too concurrent":   {settings.ValidateConnection(with(goodOffice(), func(c *settings.Connection) { c.MaxConcurrent = 1001 }), settings.Rules{}), "maxConcurrent bad-number least=0 most=1000"},
		"any directory":    {office(func(o *graph.Settings) { o.TenantID = "Common" }), "office365.tenantId not-one-directory"},
		"two secrets":      {office(func(o *graph.Settings) { o.Certificate = "x" }), "office365.certificate two-secrets"},
		"no secret":        {office(func(o *graph.Settings) { o.ClientSecret = " " }), "office365.clientSecret required"},
		"no certificate":   {office(func(o *graph.Settings) { o.ClientSecret, o.Certificate = "", "x" }), "office365.certificate bad-certificate"},
		"a long certificate": {office(func(o *graph.Settings) {
			o.ClientSecret, o.Certificate = "", settings.Secret(strings.Repeat("x", 64<<10+1))
		}), "office365.certificate too-long limit=65536"},
		"a graph of http":          {office(func(o *graph.Settings) { o.GraphURL = "http://graph" }), "office365.graphUrl not-https"},
		"nothing of Exchange":      {exchange(func(e *ews.Settings) { *e = ews.Settings{} }), "exchange.url required\nexchange.username required\nexchange.password required\nexchange.auth required\nexchange.minTls required"},
		"unknown sign-in":          {exchange(func(e *ews.Settings) { e.Auth = "oauth" }), "exchange.auth bad-choice allowed=ntlm, kerberos, basic"},
		"Kerberos without a realm": {exchange(func(e *ews.Settings) { e.Auth = "kerberos" }), "exchange.realm required"},
		"Kerberos with a UPN":      {exchange(func(e *ews.Settings) { e.Auth, e.Username = "kerberos", "svc@acme.example" }), ""},
		"no authority":             {exchange(func(e *ews.Settings) { e.CA = "x" }), "exchange.ca bad-authority"},
		"zero bytes":               {exchange(func(e *ews.Settings) { e.CA = certificate().cert + "\x00" }), "exchange.ca control-characters"},
		"a key among authorities":  {exchange(func(e *ews.Settings) { e.CA = certificate().cert + certificate().key }), "exchange.ca authority-has-other"},
		"no JSON":                  {ofGoogle(func(g *google.Settings) { g.Key = "{" }), "google.key bad-key-json"},
		"another key":              {ofGoogle(func(g *google.Settings) { g.Key = "{}" }), "google.key not-a-service-account\ngoogle.key bad-key-email\ngoogle.key bad-key-private\ngoogle.key bad-key-token-address"},

		"nothing of a synchronization": {settings.ValidateSynchronization(settings.Synchronization{}, settings.Rules{}), "name required\nsource required\nconnection required\nlegalEntities required\nzone required\npolicy.label required\npolicy.wholeDay required\npolicy.showPending required\npolicy.showApproved required\npolicy.hours.morningEnd hours-order before=00:00 time=00:00\npolicy.hours.afternoonEnd hours-order before=00:00 time=00:00"},
		"legal entities":               {sync(func(s *settings.Synchronization) { s.LegalEntities = []string{"1", "", "1", "a b", long} }), "legalEntities.1 bad-legal-entity limit=128\nlegalEntities.2 legal-entity-twice legalEntity=1\nlegalEntities.3 has-space\nlegalEntities.4 bad-legal-entity limit=128"},
		"too many legal entities":      {sync(func(s *settings.Synchronization) { s.LegalEntities = make([]string, 10_001) }), "legalEntities too-many limit=10000"},
		"an unknown zone":              {sync(func(s *settings.Synchronization) { s.Zone = "Europe/Pari" }), "zone bad-zone zone=Europe/Pari"},
		"the machine's zone":           {sync(func(s *settings.Synchronization) { s.Zone = "Local" }), "zone bad-zone zone=Local"},
		"a file for a zone":            {sync(func(s *settings.Synchronization) { s.Zone = "../../etc/passwd" }), "zone bad-zone zone=../../etc/passwd"},
		"a long label":                 {sync(func(s *settings.Synchronization) { s.Policy.Label = strings.Repeat("é", 121) }), "policy.label too-long limit=120"},
		"a label of two lines":         {sync(func(s *settings.Synchronization) { s.Policy.Label = "a\nb" }), "policy.label control-characters"},
		"no clock":                     {sync(func(s *settings.Synchronization) { s.Policy.Hours.MorningEnd = 1441 }), "policy.hours.morningEnd bad-clock"},
		"hours":                        {sync(func(s *settings.Synchronization) { s.Policy.Hours.AfternoonStart = 600 }), "policy.hours.afternoonStart hours-order before=12:00 time=10:00"},
		"confirmation":                 {sync(func(s *settings.Synchronization) { s.ConfirmAbove = -1 }), "confirmAbove bad-number least=0 most=10000000"},
		"timings":                      {settings.ValidateTimings(settings.Timings{BlockedRetry: time.Minute}), "blockedRetryMax bad-duration least=1s most=720h\nblockedRetryMax retry-order first=1m last=0s"},
	} {
		if diff := cmp.Diff(c.want, written(c.got)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

func written(problems []settings.Problem) string {
	var lines []string
	for _, p := range problems {
		line := p.Field + " " + p.Code
		for _, name := range []string{"allowed", "before", "connection", "first", "last", "least", "legalEntity", "limit", "most", "name", "number", "provider", "synchronization", "time", "zone"} {
			if value, ok := p.Values[name]; ok {
				line += " " + name + "=" + value
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestReferences(t *testing.T) {
	t.Parallel()
	s := goodSynchronization()
	s.LegalEntities = []string{"1", "2"}
	other := with(s, func(o *settings.Synchronization) { o.Name, o.LegalEntities = "other", []string{"2"} })
	for name, c := range map[string]struct {
		s      settings.Synchronization
		others []settings.Synchronization
		want   string
	}{
		"itself":                {s, []settings.Synchronization{s}, ""},
		"taken":                 {s, []settings.Synchronization{s, other}, "legalEntities.1 legal-entity-taken legalEntity=2 synchronization=other"},
		"paused":                {with(s, func(s *settings.Synchronization) { s.Paused = true }), []settings.Synchronization{other}, ""},
		"by a paused one":       {s, []settings.Synchronization{with(other, func(o *settings.Synchronization) { o.Paused = true })}, ""},
		"of another source":     {s, []settings.Synchronization{with(other, func(o *settings.Synchronization) { o.Source = "b" })}, ""},
		"an unknown source":     {with(s, func(s *settings.Synchronization) { s.Source = "x" }), nil, "source unknown-source name=x"},
		"an unknown connection": {with(s, func(s *settings.Synchronization) { s.Connection = "x" }), nil, "connection unknown-connection name=x"},
	} {
		got := settings.ValidateReferences(c.s, []string{"acme", "b"}, []string{"office"}, c.others)
		if diff := cmp.Diff(c.want, written(got)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// A paused synchronization may have what an active one has; that one counts.
func TestAPausedSynchronizationOfTheSameLegalEntity(t *testing.T) {
	t.Parallel()
	for _, paused := range []string{"first", "second"} {
		text := strings.Replace(change(t, "[2]", "[1]", "    paused: true\n", ""), "name: "+paused, "name: "+paused+"\n    paused: true", 1)
		file, err := parse(text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := file.SynchronizationFor(t.Context(), "acme", "1")
		if err != nil || got.Name == paused {
			t.Errorf("got %q, %v", got.Name, err)
		}
	}
}

// Secrets differ without showing.
func TestChangesShowNoSecrets(t *testing.T) {
	t.Parallel()
	shown := map[string]string{}
	add := func(all []settings.FieldChange) {
		for _, f := range all {
			shown[f.Field] = f.From + "|" + f.To
		}
	}
	from, to := goodSource(), goodSource()
	to.ClientSecret = "other"
	add(settings.SourceChanges(from, to))
	c := goodExchange()
	c.System.(*ews.Settings).CA = certificate().cert
	add(settings.ConnectionChanges(goodOffice(), c))
	for field, text := range shown {
		if strings.Contains(field, "ca") && len(text) > 60 {
			t.Errorf("%s is long: %s", field, text)
		}
		shown[field] = strings.ReplaceAll(text, "[secret]", "S")
	}
	delete(shown, "exchange.ca")
	want := map[string]string{
		"clientSecret": "S|S", "provider": "office365|exchange", "office365.tenantId": "acme.example|", "office365.clientId": "id|",
		"office365.clientSecret": "S|", "office365.authorityUrl": record.Default[graph.Settings]("authorityUrl") + "|", "office365.graphUrl": record.Default[graph.Settings]("graphUrl") + "|",
		"exchange.url": "|https://mail/ews", "exchange.username": `|A\b`, "exchange.password": "|S", "exchange.auth": "|ntlm", "exchange.minTls": "|1.2",
	}
	if !maps.Equal(shown, want) {
		t.Error(cmp.Diff(want, shown))
	}
}
