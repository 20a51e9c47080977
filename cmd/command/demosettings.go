package command

import (
	"bytes"
	"text/template"

	"github.com/figgosync/figgosync/sandbox"
)

// DemoSettings is a settings file that connects figgosync to a sandbox: one
// source, one connection and one synchronization a calendar system.
func DemoSettings(credentials sandbox.Credentials) []byte {
	var file bytes.Buffer
	if err := demoSettings.Execute(&file, credentials); err != nil {
		panic(err) // the template and its data are ours
	}
	return file.Bytes()
}

var demoSettings = template.Must(template.New("demo").Parse(`# Written by figgosync for its sandbox, and written anew at every start.
# These secrets protect nothing: the sandbox holds invented people only.
sources:
  - name: {{.Lucca.Source}}
    host: {{.Lucca.Host}}
    tokenUrl: {{.Lucca.TokenURL}}
    clientId: {{.Lucca.ClientID}}
    clientSecret: {{.Lucca.ClientSecret}}
    webhookSecret: {{.Lucca.WebhookSecret}}
    httpSynchronizationKey: {{.Lucca.HTTPSynchronizationKey}}
connections:
  - name: demo-office365
    provider: office365
    office365:
      tenantId: {{.Office365.TenantID}}
      clientId: {{.Office365.ClientID}}
      clientSecret: {{.Office365.ClientSecret}}
      authorityUrl: {{.Office365.AuthorityURL}}
      graphUrl: {{.Office365.GraphURL}}
  - name: demo-exchange
    provider: exchange
    exchange:
      url: {{.Exchange.URL}}
      username: '{{.Exchange.Username}}'
      password: {{.Exchange.Password}}
  - name: demo-google
    provider: google
    google:
      key: {{printf "%q" .Google.KeyJSON}}
      calendarUrl: {{.Google.CalendarURL}}
      gmailUrl: {{.Google.GmailURL}}
      tokenUrl: {{.Google.TokenURL}}
synchronizations:
  - {name: demo-office365, source: {{.Lucca.Source}}, connection: demo-office365, legalEntities: ["1"], zone: Europe/Paris, confirmAbove: 0}
  - {name: demo-exchange, source: {{.Lucca.Source}}, connection: demo-exchange, legalEntities: ["2"], zone: Europe/Zurich, confirmAbove: 0}
  - {name: demo-google, source: {{.Lucca.Source}}, connection: demo-google, legalEntities: ["3"], zone: Indian/Reunion, confirmAbove: 0}
timings:
  blockedRetry: 5s
  blockedRetryMax: 30s
`))
