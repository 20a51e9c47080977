package browser_test

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/figgosync/figgosync/web/texts"
)

// The steps of setting figgosync up, as people take them. Each begins where the one
// before left the visitor, and follows what the pages offer next.

// signsIn uses a sign-in link.
func (v *visitor) signsIn(link string) {
	v.t.Helper()
	v.goes(link)
	v.clicks(v.T("sign-in.link.use"))
	v.sees(v.T("nav.overview"))
}

// signsOut ends the session.
func (v *visitor) signsOut() {
	v.t.Helper()
	v.clicks(v.T("frame.sign-out"))
	v.sees(v.T("sign-in.reason.signed-out"))
	v.goesBack()
	v.sees(v.T("sign-in.title"))
	v.doesNotSee(v.T("frame.sign-out"))
}

// opens goes to a page of the navigation.
func (v *visitor) opens(code string) {
	v.t.Helper()
	v.clicks(v.T("nav."+code), v.T("frame.navigation"))
}

// fillsSource fills the form of a source that is the sandbox's Lucca.
func (v *visitor) fillsSource(secret string) {
	v.t.Helper()
	given := v.r.given.Sources[0]
	v.fills(v.T("source.host"), given.Host)
	v.fills(v.T("source.clientId"), given.ClientID)
	v.types(v.T("source.clientSecret"), secret)
	v.fills(v.T("source.tokenUrl"), given.TokenURL)
}

// picks begins a new connection on a calendar system's card.
func (v *visitor) picks(provider string) {
	v.t.Helper()
	v.clicks(v.T("connection.card." + provider))
}

// fillsOffice365 fills the form of a connection to the sandbox's Microsoft.
func (v *visitor) fillsOffice365(secret string) {
	v.t.Helper()
	given := v.r.given.Connections[0].Office365
	v.fills(v.T("connection.office365.tenantId"), given.TenantID)
	v.fills(v.T("connection.office365.clientId"), given.ClientID)
	v.types(v.T("connection.office365.clientSecret"), secret)
	v.fills(v.T("connection.office365.authorityUrl"), given.AuthorityURL)
	v.fills(v.T("connection.office365.graphUrl"), given.GraphURL)
}

// fillsExchange fills the form of a connection to the sandbox's Exchange server.
func (v *visitor) fillsExchange(password string) {
	v.t.Helper()
	given := v.r.given.Connections[1].Exchange
	v.fills(v.T("connection.exchange.url"), given.URL)
	v.fills(v.T("connection.exchange.username"), given.Username)
	v.types(v.T("connection.exchange.password"), password)
}

// fillsGoogle fills the form of a connection to the sandbox's Google.
func (v *visitor) fillsGoogle(key string) {
	v.t.Helper()
	given := v.r.given.Connections[2].Google
	v.givesKey(key)
	v.fills(v.T("connection.google.calendarUrl"), given.CalendarURL)
}

// givesKey uploads a key file.
func (v *visitor) givesKey(key string) {
	v.t.Helper()
	v.r.Secrets.addKey("Google key", key)
	file := filepath.Join(v.t.TempDir(), "key.json")
	must(v, os.WriteFile(file, []byte(key), 0o600), "write the key file")
	v.uploads(v.T("connection.google.keyFile"), file)
}

// wrongKey is a key file whose private key Google does not know: the right one
// with another key in it.
func (v *visitor) wrongKey() string {
	v.t.Helper()
	var key map[string]any
	must(v, json.Unmarshal([]byte(v.r.given.Connections[2].Google.Key), &key), "read the key file")
	key["private_key"] = anotherPrivateKey(v.t)
	text, err := json.Marshal(key)
	must(v, err, "write the key file")
	return string(text)
}

// savesAndTests saves a new connection, to be checked with a mailbox.
func (v *visitor) savesAndTests(mailbox string) {
	v.t.Helper()
	if mailbox != "" {
		v.fills(v.T("connection.mailbox"), mailbox, v.T("connection.trial"))
	}
	v.clicks(v.T("connection.saveAndTest"))
}

// seesFinding waits for what a check found wrong, in words, with what to do.
func (v *visitor) seesFinding(code string) {
	v.t.Helper()
	finding := texts.FindingFor(code)
	v.sees(finding.What.In(v.loc.Lang))
	v.sees(finding.Do.In(v.loc.Lang))
}

// seesReason is seesFinding for the reason of an absence or a source.
func (v *visitor) seesReason(code string) {
	v.t.Helper()
	reason := texts.ReasonFor(code)
	v.sees(reason.What.In(v.loc.Lang))
	v.sees(reason.Do.In(v.loc.Lang))
}
