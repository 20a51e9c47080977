// Package settings holds what a company chose: its Sources, Connections and
// Synchronizations, with their secrets. The rest of the house reads them
// through Store and never learns where they are kept.
package settings

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// ErrNotFound is what a Store returns for a name it does not know.
var ErrNotFound = errors.New("not found in the settings")

// Secret is a text that never shows itself: not in logs, not in JSON, not in
// error messages. Reveal is the only way out.
type Secret string

// Reveal returns the secret itself, for the one place that sends it.
func (s Secret) Reveal() string { return string(s) }

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "[secret]"
}

// Format hides the secret from every fmt verb, %q and %x too.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// MarshalText hides the secret from JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue hides the secret from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Source is one Figgo (Lucca) account.
type Source struct {
	// Name is the source's id, in webhook addresses and workflow ids:
	// lower-case letters, digits and dashes, 40 at most.
	Name string
	// WebhookSecret verifies v5 webhooks; "" refuses them.
	WebhookSecret Secret
	// HTTPSynchronizationKey is the whole Authorization header of the legacy
	// webhook; "" refuses it.
	HTTPSynchronizationKey Secret
	// Host is the Lucca account's base address, such as https://acme.ilucca.net.
	Host string
	// TokenURL is Lucca's OAuth 2 token endpoint.
	TokenURL string
	// ClientID and ClientSecret are an integration key with the scopes
	// employees.readonly, job-positions.readonly and
	// business-establishments.readonly.
	ClientID     string
	ClientSecret Secret
	// API is the generation of Lucca's API that is read: v5 with ClientID and
	// ClientSecret, v3 with APIKey.
	API SourceAPI
	// APIKey is a legacy API key, for the v3 API; "" when not used.
	APIKey Secret
}

// SourceAPI is a generation of Lucca's REST API.
type SourceAPI string

// The generations that can be read.
const (
	APIv5 SourceAPI = "v5"
	APIv3 SourceAPI = "v3"
)

// Connection is credentials for one calendar system. Exactly the part named by
// Provider is set.
type Connection struct {
	Name     string
	Provider calendars.Provider
	// MaxConcurrent bounds requests at once over the whole connection; 0 is the
	// adapter's default.
	MaxConcurrent int
	Office365     *Office365
	Exchange      *Exchange
	Google        *Google
}

// Office365 is an Entra application with Calendars.ReadWrite.
type Office365 struct {
	TenantID     string
	ClientID     string
	ClientSecret Secret
	// CertificatePEM holds certificate and private key, instead of ClientSecret.
	CertificatePEM Secret
	// AuthorityURL is the login host, https://login.microsoftonline.com by
	// default; GraphURL the API with its version,
	// https://graph.microsoft.com/v1.0 by default.
	AuthorityURL string
	GraphURL     string
}

// ExchangeAuth is how we sign in to an Exchange server.
type ExchangeAuth string

// The ways to sign in. Basic is off on Exchange unless an admin turned it on.
const (
	AuthNTLM  ExchangeAuth = "ntlm"
	AuthBasic ExchangeAuth = "basic"
)

// Exchange is an impersonation account on an Exchange server.
type Exchange struct {
	// URL is the EWS address, such as https://mail.example.com/ews/exchange.asmx.
	URL      string
	Username string // DOMAIN\login or login@domain
	Password Secret
	Auth     ExchangeAuth
	// CAPEM adds certificate authorities to the system's.
	CAPEM string
	// MinTLS is "1.2" by default; "1.0" and "1.1" exist for old servers.
	MinTLS string
}

// Google is a service account with domain-wide delegation.
type Google struct {
	// KeyJSON is the key file as Google hands it out.
	KeyJSON Secret
	// CalendarURL is the API base with its version and a slash at its end,
	// https://www.googleapis.com/calendar/v3/ by default; TokenURL
	// replaces the key's token_uri.
	CalendarURL string
	TokenURL    string
}

// Synchronization says which absences go where and how they look.
type Synchronization struct {
	Name       string
	Source     string
	Connection string
	// LegalEntities are ids; no legal entity is in two active synchronizations
	// of one source.
	LegalEntities []string
	// Zone is the IANA zone for legal entities that name none.
	Zone   string
	Policy absence.Policy
	Paused bool
	// ConfirmAbove is the number of employees above which an initialization
	// must be confirmed by their number; 0 asks never.
	ConfirmAbove int
}

// DefaultConfirmAbove lets a small company start without a question.
const DefaultConfirmAbove = 2000

// Timings are the waiting times an operator may change.
type Timings struct {
	// BlockedRetry is the first wait before a blocked absence is tried again;
	// it doubles up to BlockedRetryMax.
	BlockedRetry    time.Duration
	BlockedRetryMax time.Duration
}

// DefaultTimings are 1 minute doubling to 24 hours.
func DefaultTimings() Timings {
	return Timings{BlockedRetry: time.Minute, BlockedRetryMax: 24 * time.Hour}
}

// Store gives the settings. Every method answers from memory or a local
// database, in milliseconds, and returns ErrNotFound (wrapped) for unknown names.
// It is safe for concurrent use.
type Store interface {
	Source(ctx context.Context, name string) (Source, error)
	Sources(ctx context.Context) ([]Source, error)
	Connection(ctx context.Context, name string) (Connection, error)
	Connections(ctx context.Context) ([]Connection, error)
	Synchronization(ctx context.Context, name string) (Synchronization, error)
	Synchronizations(ctx context.Context) ([]Synchronization, error)
	// SynchronizationFor returns the active or paused synchronization that the
	// legal entity of the source is in.
	SynchronizationFor(ctx context.Context, source, legalEntity string) (Synchronization, error)
	Timings(ctx context.Context) (Timings, error)
}
