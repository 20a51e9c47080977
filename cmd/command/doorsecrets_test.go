package command_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/figgosync/figgosync/api"
	"github.com/figgosync/figgosync/cmd/command"
	"github.com/figgosync/figgosync/internal/settings"
)

const randomToken = "kq3vTz8mWp2hYb7dRn5xJc9gLf4sA6eU"

// sourceFile is a settings file whose source takes webhooks with a secret. It is read
// as for an import, which checks less than a start does.
func sourceFile(t *testing.T, secret string) *settings.File {
	t.Helper()
	text := `sources: [{name: acme, host: "https://acme.ilucca.net", clientId: a, clientSecret: b, webhookSecret: "` + secret + `"}]
connections: [{name: mail, provider: exchange, exchange: {url: "https://mail.acme.example/ews", username: a, password: b}}]
synchronizations: [{name: one, source: acme, connection: mail, legalEntities: ["1"], zone: Europe/Paris}]
`
	file, err := settings.Parse([]byte(text), "x", settings.LoadOptions{AllowInsecureEndpoints: true})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestFiggosyncDoesNotStartWithSecretsThatCanBeGuessed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		token, secret string
		rehearsal     bool
		wrong, warned string
	}{
		"good ones":                 {randomToken, randomToken, false, "", ""},
		"no token":                  {"", randomToken, false, "", ""},
		"a letter":                  {"x", randomToken, false, "FIGGOSYNC_API_TOKEN (--api-token): This secret can be guessed. Write at least 32", ""},
		"a letter, in a rehearsal":  {"x", randomToken, true, "at least 32", ""},
		"the demo's, in earnest":    {settings.DemoToken, randomToken, false, "at least 32", ""},
		"the demo's, in a demo":     {settings.DemoToken, settings.DemoWebhookSecret, true, "", "everybody knows"},
		"the demo's webhook secret": {randomToken, settings.DemoWebhookSecret, false, "source acme: webhookSecret: This secret can be guessed. Write at least 24", ""},
	} {
		var log strings.Builder
		_, err := command.NewSite(command.SiteConfig{AllowInsecure: c.rehearsal, API: api.Config{
			Settings: sourceFile(t, c.secret), Token: settings.Secret(c.token), Registry: prometheus.NewRegistry(), Log: slog.New(slog.NewTextHandler(&log, nil)),
		}})
		if (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%s: got %v", name, err)
		}
		if !strings.Contains(log.String(), c.warned) || c.warned == "" && log.Len() > 0 {
			t.Errorf("%s: logged %q", name, log.String())
		}
	}
}
