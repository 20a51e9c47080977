package sandbox

import (
	"net/http"

	"github.com/figgosync/figgosync/sandbox/desk"
)

// keyFile is where the desk offers the service account's key.
const keyFile = "/sandbox/google-key.json"

// values are the credentials as figgosync's forms ask for them.
func (c Credentials) values() []desk.Values {
	return []desk.Values{
		{System: "Lucca", Fields: []desk.Value{
			{Name: "valueHost", Value: c.Lucca.Host}, {Name: "valueClientID", Value: c.Lucca.ClientID},
			{Name: "valueClientSecret", Value: c.Lucca.ClientSecret}, {Name: "valueTokenURL", Value: c.Lucca.TokenURL},
		}},
		{System: "Office 365", Fields: []desk.Value{
			{Name: "valueTenant", Value: c.Office365.TenantID}, {Name: "valueApp", Value: c.Office365.ClientID},
			{Name: "valueAppSecret", Value: c.Office365.ClientSecret},
			{Name: "valueAuthority", Value: c.Office365.AuthorityURL},
			{Name: "valueGraph", Value: c.Office365.GraphURL}, {Name: "valueMailbox", Value: "jane.doe@example.com"},
		}},
		{System: "Exchange", Fields: []desk.Value{
			{Name: "valueEWS", Value: c.Exchange.URL}, {Name: "valueLogin", Value: c.Exchange.Username},
			{Name: "valuePassword", Value: c.Exchange.Password},
			{Name: "valueMailbox", Value: "lukas.baumann@example.com"},
		}},
		{System: "Google", Fields: []desk.Value{
			{Name: "valueKey", File: keyFile}, {Name: "valueCalendar", Value: c.Google.CalendarURL},
			{Name: "valueGmail", Value: c.Google.GmailURL}, {Name: "valueGoogleToken", Value: c.Google.TokenURL},
			{Name: "valueMailbox", Value: "melissa.payet@example.com"},
		}},
	}
}

// serveKeyFile answers the service account's key, which opens invented calendars
// only.
func (s *Sandbox) serveKeyFile(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", `attachment; filename="figgosync-sandbox-key.json"`)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write([]byte(s.credentials.Google.KeyJSON))
}
