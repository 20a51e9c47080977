package google

import (
	"encoding/json"
	"net/mail"
	"net/url"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/record"
)

// System is Google Calendar.
var System = calendars.System{
	Provider: calendars.Google,
	New:      func() calendars.Settings { return new(Settings) },
	Codes:    []string{CodeBadKeyJSON, CodeNotService, CodeBadKeyEmail, CodeBadKeyPrivate, CodeBadKeyToken},
}

// Settings are a service account with domain-wide delegation.
type Settings struct {
	_ struct{} `doc:"A service account with domain-wide delegation."`
	// Key is the key file as Google hands it out
	// (https://cloud.google.com/iam/docs/keys-create-delete).
	Key record.Secret `json:"key,omitempty" rule:"file required" to:"calendarUrl gmailUrl tokenUrl" hint:"write the key file as Google hands it out for a service account" doc:"The service account's key file, as Google hands it out."`
	// CalendarURL is the API's base with its version; TokenURL replaces the key's
	// token_uri.
	CalendarURL string `json:"calendarUrl" rule:"address" default:"https://www.googleapis.com/calendar/v3/" end:"/" doc:"Base address of the Calendar API."`
	// GmailURL is asked only for automatic replies.
	GmailURL string `json:"gmailUrl" rule:"address" default:"https://gmail.googleapis.com/" end:"/" doc:"Base address of the Gmail API, for automatic replies."`
	TokenURL string `json:"tokenUrl,omitempty" rule:"address" doc:"Replaces the key's token_uri."`
	calendars.ProxySettings
}

// The codes of what may be wrong with Settings besides those of package record.
const (
	CodeBadKeyJSON    = "bad-key-json"
	CodeNotService    = "not-a-service-account"
	CodeBadKeyEmail   = "bad-key-email"
	CodeBadKeyPrivate = "bad-key-private"
	CodeBadKeyToken   = "bad-key-token-address"
)

// keyFile is what of a key file is looked at
// (https://developers.google.com/identity/protocols/oauth2/service-account).
type keyFile struct {
	Type        string `json:"type"`
	ClientID    string `json:"client_id"`
	ClientEmail string `json:"client_email"`
	ProjectID   string `json:"project_id"`
	PrivateKey  string `json:"private_key"`
	TokenURI    string `json:"token_uri"`
}

func (s *Settings) keyFile() (key keyFile, err error) {
	err = json.Unmarshal([]byte(s.Key.Reveal()), &key)
	return key, err
}

// Check implements record.Checked.
func (s *Settings) Check(c *record.Checker) {
	if s.Key == "" || !c.Good("key") {
		return
	}
	key, err := s.keyFile()
	if err != nil {
		c.Add("key", CodeBadKeyJSON)
		return
	}
	if key.Type != "service_account" {
		c.Add("key", CodeNotService)
	}
	if _, err := mail.ParseAddress(key.ClientEmail); err != nil {
		c.Add("key", CodeBadKeyEmail)
	}
	if !isRSAKey([]byte(key.PrivateKey)) {
		c.Add("key", CodeBadKeyPrivate)
	}
	if s.TokenURL != "" {
		return
	}
	u, err := url.Parse(key.TokenURI)
	if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && c.Rules.AllowInsecureEndpoints) {
		c.Add("key", CodeBadKeyToken)
	}
}

// ShowsAs implements calendars.Availabilities: an event is opaque or transparent
// (https://developers.google.com/calendar/api/v3/reference/events#transparency).
func (s *Settings) ShowsAs(value absence.ShowAs) absence.ShowAs {
	if value == absence.Free {
		return absence.Free
	}
	return absence.Busy
}

// Description is what Settings tell besides their fields: what the key file says of
// its account.
type Description struct {
	ClientID       string `json:"clientId" doc:"What Google's admin console asks for."`
	ServiceAccount string `json:"serviceAccount" doc:"The account's address."`
	Project        string `json:"project" doc:"The account's project."`
}

// Describe implements calendars.Described with a Description.
func (s *Settings) Describe() any {
	key, _ := s.keyFile() // Check says what is wrong with it
	return &Description{ClientID: key.ClientID, ServiceAccount: key.ClientEmail, Project: key.ProjectID}
}

// Addresses implements calendars.Addressed: whoever uploads a key file chooses its
// token_uri, too.
func (s *Settings) Addresses() map[string]string {
	if s.TokenURL != "" {
		return nil
	}
	key, _ := s.keyFile()
	return map[string]string{"key": key.TokenURI}
}

// Open implements calendars.Settings.
func (s *Settings) Open(env calendars.Environment) (calendars.Adapter, error) {
	calendar, err := New(Config{
		KeyJSON: []byte(s.Key.Reveal()), CalendarURL: s.CalendarURL, GmailURL: s.GmailURL,
		TokenURL:      s.TokenURL,
		MaxConcurrent: env.MaxConcurrent, AllowInsecure: env.AllowInsecure, WrapTransport: env.Transport,
		Logger: env.Logger,
	})
	if err != nil {
		return nil, err // Blocked, with its own reason
	}
	return calendar, nil
}

// SharesIDs implements calendars.SharedIDs: see Calendar.Create.
func (*Settings) SharesIDs() {}

// Suit implements calendars.Suiting: Google Calendar shows a tentative event like any
// other, and has no categories.
func (*Settings) Suit(event absence.Event) absence.Event {
	event.Category = ""
	switch {
	case event.Kind == absence.KindTelework && event.Private:
		// Everybody sees a working location: what is to be private is a plain event.
		event.Kind, event.Place, event.ShowAs = "", "", absence.Free
	case event.Kind == absence.KindTelework:
		event.ShowAs = absence.Free
	case event.Kind == absence.KindOutOfOffice && event.ShowAs == absence.Free:
		event.Kind, event.Decline, event.Message = "", "", ""
	}
	return event.WithMark()
}
