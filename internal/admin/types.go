package admin

import (
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/delays"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// SecretInput is a secret as somebody fills it in: left out keeps what is stored,
// a text replaces it, Clear removes it. It never comes back out.
type SecretInput struct {
	Value settings.Secret
	Clear bool
}

// SourceInput is a Source as somebody fills it in.
type SourceInput struct {
	Name, Host, TokenURL, ClientID string
	API                            settings.SourceAPI
	ClientSecret, APIKey           SecretInput
	WebhookSecret, HTTPKey         SecretInput
}

// SourceView is a Source as people may see it.
type SourceView struct {
	Name, Host, TokenURL, ClientID string
	API                            settings.SourceAPI
	// The Has fields say which secrets are stored.
	HasClientSecret, HasAPIKey, HasWebhookSecret, HasHTTPKey bool
	// LuccaWebhook and HTTPWebhook are the addresses to give to Lucca: absolute
	// where figgosync's public address is known, else paths.
	LuccaWebhook, HTTPWebhook string
	Version                   settings.Version
	ChangedAt                 time.Time
	ChangedBy                 settings.Author
}

// LegalEntity is one of Figgo's.
type LegalEntity struct {
	ID, Name string
	// Zone is its IANA time zone, "" where Figgo does not tell.
	Zone string
	// Synchronization is the one it is in, "" for none.
	Synchronization string
}

// SourceCheck is what a try-out of a Source found. Reason is a word of web/texts,
// "" when all is well, and LegalEntities are what Figgo lists.
type SourceCheck struct {
	Reason, Code  string
	LegalEntities []LegalEntity
}

// ConnectionInput is a Connection as somebody fills it in. Exactly the part named
// by Provider counts.
type ConnectionInput struct {
	Name          string
	Provider      calendars.Provider
	MaxConcurrent int
	Office365     Office365Input
	Exchange      ExchangeInput
	Google        GoogleInput
}

// Office365Input is an Entra application. One of ClientSecret and CertificatePEM
// is needed; AuthorityURL and GraphURL are Microsoft's public ones when "".
type Office365Input struct {
	TenantID, ClientID, AuthorityURL, GraphURL string
	ClientSecret, CertificatePEM               SecretInput
}

// ExchangeInput is an impersonation account.
type ExchangeInput struct {
	URL, Username, CAPEM, MinTLS string
	Auth                         settings.ExchangeAuth
	Password                     SecretInput
}

// GoogleInput is a service account's key.
type GoogleInput struct {
	KeyJSON               SecretInput
	CalendarURL, TokenURL string
}

// ConnectionView is a Connection as people may see it.
type ConnectionView struct {
	Name          string
	Provider      calendars.Provider
	MaxConcurrent int
	// Office365, Exchange and Google hold the fields that are no secrets; the one
	// named by Provider is set.
	Office365 *Office365View
	Exchange  *ExchangeView
	Google    *GoogleView
	// UsedBy names the synchronizations that use it.
	UsedBy    []string
	Version   settings.Version
	ChangedAt time.Time
	ChangedBy settings.Author
}

// Office365View is an Entra application without its secrets.
type Office365View struct {
	TenantID, ClientID, AuthorityURL, GraphURL string
	HasClientSecret, HasCertificate            bool
	// CertificateExpires is when the certificate does, zero without one.
	CertificateExpires time.Time
}

// ExchangeView is an impersonation account without its password.
type ExchangeView struct {
	URL, Username, CAPEM, MinTLS string
	Auth                         settings.ExchangeAuth
	HasPassword                  bool
}

// GoogleView is what may be shown of a service account's key.
type GoogleView struct {
	HasKey                bool
	CalendarURL, TokenURL string
	// ClientID is what the admin console asks for; ServiceAccount the account's
	// address and Project its project.
	ClientID, ServiceAccount, Project string
}

// SynchronizationView is a Synchronization with its version.
type SynchronizationView struct {
	settings.Synchronization
	Provider  calendars.Provider
	Version   settings.Version
	ChangedAt time.Time
	ChangedBy settings.Author
}

// Sample is one example absence of the live preview, with the events it makes.
type Sample struct {
	// Code names the example: "whole-day", "morning", "afternoon" or "week".
	Code string
	// Pending and Approved are the events of the two states, in the calendar of
	// the chosen provider.
	Pending, Approved []absence.Event
}

// Health is one synchronization on the overview.
type Health struct {
	SynchronizationView
	// State is "good", "working" (something is pending or retrying), "trouble"
	// (something is blocked), "paused" or "idle" (nothing yet).
	State  string
	Counts map[workflows.Status]int
	// Reasons counts what is blocked, skipped or retrying by reason, the most
	// frequent first.
	Reasons []ReasonCount
	// Last is when the last change reached a calendar, zero when not known.
	Last time.Time
	// P50 and P95 are over the last 24 hours, 0 when nothing was written; Series
	// has one bucket an hour that wrote anything.
	P50, P95 time.Duration
	Series   []delays.Bucket
	// LegalEntityNames are the names of its legal entities in their order, ids
	// where Figgo could not be asked.
	LegalEntityNames []string
}

// ReasonCount is how many absences have one reason.
type ReasonCount struct {
	Reason string
	Status workflows.Status
	Count  int
}

// Overview is the first page: every synchronization, and what is missing before
// the first absence can be synchronized.
type Overview struct {
	Synchronizations []Health
	// Sources and Connections count what is set up.
	Sources, Connections int
	// EngineDown is true when Temporal cannot be asked: counts are missing then.
	EngineDown bool
	// ReadOnly is true when the settings come from a file.
	ReadOnly bool
}

// AbsencesPage is one page of a search.
type AbsencesPage struct {
	Absences []starter.AbsenceLine
	// Next asks for the next page, "" on the last.
	Next string
	// Total is how many there are.
	Total int
	// People are the owners whose names are known, by source and employee id.
	People map[string]map[string]Person
	// Hint says what a search by name may miss: one of the Hint words, "" for
	// nothing.
	Hint string
}

// What AbsencesPage.Hint may say.
const (
	// HintLoading: the names of all employees are still being read.
	HintLoading = "names-loading"
	// HintMany: more people match than are searched for; the text must say more.
	HintMany = "many-people"
)

// Owner is whose absence a line is; his id alone where Figgo does not tell of him.
func (p AbsencesPage) Owner(line starter.AbsenceLine) Person {
	if one, ok := p.People[line.Source][line.Employee]; ok {
		return one
	}
	return Person{ID: line.Employee}
}
