// Package settings holds what a company chose: its Sources, Connections and
// Synchronizations, with their secrets. The rest of the house reads them
// through Store and never learns where they are kept.
package settings

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/record"
)

// ErrNotFound is what a Store returns for a name it does not know.
var ErrNotFound = errors.New("not found in the settings")

// Secret is a text that never shows itself.
type Secret = record.Secret

// Source is one Figgo (Lucca) account.
type Source struct {
	// Name is the source's id, in webhook addresses and workflow ids:
	// lower-case letters, digits and dashes, 40 at most.
	Name string `json:"name" show:"never" doc:"Id of the source. It never changes; on PUT it may be left out."`
	// Title is how people call it; Name where it is "".
	Title string `json:"title,omitempty" rule:"max=80" doc:"How people call the source; its name where it is missing."`
	// Host is the Lucca account's base address, such as https://acme.ilucca.net.
	Host string `json:"host" rule:"address required" end:"-" hint:"write your Lucca account's address, such as https://acme.ilucca.net" doc:"The Lucca account's base address, such as https://acme.ilucca.net."`
	// TokenURL is Lucca's OAuth 2 token endpoint: the one of all accounts, unless
	// told otherwise (https://developers.lucca.fr/documentation/using-api/authentication).
	TokenURL string `json:"tokenUrl" rule:"address" default:"https://accounts.world.luccasoftware.com/connect/token" doc:"Lucca's token endpoint."`
	// API is the generation of Lucca's API that is read: v5 with ClientID and
	// ClientSecret, v3 with APIKey.
	API SourceAPI `json:"api" choice:"v5 v3" doc:"Generation of Lucca's API that is read: v5 with clientId and clientSecret, v3 with apiKey."`
	// ClientID and ClientSecret are an integration key with the scopes
	// employees.readonly, job-positions.readonly and
	// business-establishments.readonly.
	ClientID     string `json:"clientId,omitempty" hint:"write the integration key's client id" doc:"The integration key's client id (v5)."`
	ClientSecret Secret `json:"clientSecret,omitempty" to:"host tokenUrl" doc:"The integration key's secret (v5)."`
	// APIKey is a legacy API key, for the v3 API; "" when not used.
	APIKey Secret `json:"apiKey,omitempty" to:"host" doc:"The legacy API key (v3)."`
	// WebhookSecret verifies v5 webhooks; "" refuses them.
	WebhookSecret Secret `json:"webhookSecret,omitempty" doc:"The secret that Lucca shows when a webhook endpoint is made."`
	// HTTPSynchronizationKey is the whole Authorization header of the legacy
	// webhook; "" refuses it.
	HTTPSynchronizationKey Secret `json:"httpSynchronizationKey,omitempty" doc:"The whole Authorization header of the HTTP synchronization."`
	// HoldDeletionsAbove is how many live deletions within an hour are carried out
	// without a question; 0 is 50. Further ones are held until a person decides.
	HoldDeletionsAbove int `json:"holdDeletionsAbove,omitempty" rule:"max=10000" doc:"Live deletions within an hour above which they are held until somebody decides; 0 is 50."`
}

// Label is how people call the source.
func (s Source) Label() string { return cmp.Or(s.Title, s.Name) }

// Label is how people call the connection.
func (c Connection) Label() string { return cmp.Or(c.Title, c.Name) }

// Connections are the names of Connection and of those that Fallback adds, in the order
// in which a mailbox is looked for.
func (s Synchronization) Connections() []string {
	return append([]string{s.Connection}, s.Fallback...)
}

// Label is how people call the synchronization.
func (s Synchronization) Label() string { return cmp.Or(s.Title, s.Name) }

// SourceAPI is a generation of Lucca's REST API.
type SourceAPI string

// The generations that can be read.
const (
	APIv5 SourceAPI = "v5"
	APIv3 SourceAPI = "v3"
)

// Connection is credentials for one calendar system.
type Connection struct {
	Name string `json:"name" show:"never" doc:"Id of the connection. It never changes; on PUT it may be left out."`
	// Title is how people call it; Name where it is "".
	Title    string             `json:"title,omitempty" rule:"max=80" doc:"How people call the connection; its name where it is missing."`
	Provider calendars.Provider `json:"provider" doc:"The calendar system."`
	// MaxConcurrent bounds requests at once over the whole connection; 0 is the
	// adapter's default.
	MaxConcurrent int `json:"maxConcurrent,omitempty" rule:"max=1000" doc:"Bounds requests at once; 0 is the default."`
	// System are the settings of the calendar system that Provider names, under
	// that name in a settings file and in JSON; nil where they were not given.
	System calendars.Settings `json:"-" named:"Provider"`
}

// Synchronization says which absences go where and how they look.
type Synchronization struct {
	Name string `json:"name" show:"never" doc:"Id of the synchronization. It never changes; on PUT it may be left out."`
	// Title is how people call it; Name where it is "".
	Title      string `json:"title,omitempty" rule:"max=80" doc:"How people call the synchronization; its name where it is missing."`
	Source     string `json:"source" rule:"required" doc:"Name of a source."`
	Connection string `json:"connection" rule:"required" doc:"Name of a connection."`
	// Fallback are names of further connections, in the order in which the mailboxes are
	// looked for that Connection, and those before, do not have.
	Fallback []string `json:"fallback,omitempty" rule:"max=80 items=5" doc:"Names of further connections, in their order: where a mailbox is looked for that the connection, and those before, do not have."`
	// LegalEntities are ids; no legal entity is in two active synchronizations
	// of one source.
	LegalEntities []string `json:"legalEntities" rule:"visible required max=128 items=10000" doc:"Figgo's ids; none may be in another active synchronization of the source."`
	// Zone is the IANA zone for legal entities that name none.
	Zone   string `json:"zone" rule:"word required max=64" hint:"write an IANA time zone such as Europe/Paris" doc:"IANA time zone for legal entities that name none."`
	Paused bool   `json:"paused" doc:"Nothing is written while it is paused."`
	// ConfirmAbove is the number of employees above which an initialization
	// must be confirmed by their number; 0 asks never.
	ConfirmAbove int `json:"confirmAbove" rule:"max=10000000" doc:"Employees above which an initialization must be confirmed; 0 asks never."`
	// Exclude are employees' ids of whom nothing is written; what stands in their
	// calendars stays until a removal or their deletion in Figgo.
	Exclude []string `json:"exclude,omitempty" rule:"visible max=128 items=1000" doc:"Figgo's ids of employees of whom nothing is written."`
	// HideType are ids of employees who wish that nothing tells the type of their
	// absences: what the policy and its rules tell is not told of them. Changes show a
	// digest only: who wishes so is nobody else's business.
	HideType []string `json:"hideType,omitempty" rule:"visible max=128 items=1000" show:"digest" doc:"Figgo's ids of employees who wish that nothing tells the type of their absences."`
	// Addresses are the addresses of employees' mailboxes by Figgo's id, where they are
	// not those that Figgo has: an alias, a name that was changed. Changes show a digest
	// only: they are personal data.
	Addresses map[string]string `json:"addresses,omitempty" rule:"visible max=254 items=10000" show:"digest" doc:"Addresses of mailboxes by employee, where they are not those in Figgo."`
	// Breaker is what a run may delete and change without an approval.
	Breaker BreakerLimits `json:"breaker,omitzero"`
	// Reconciliation is the nightly one.
	Reconciliation Nightly `json:"reconciliation,omitzero"`
	// Watch is the synthetic absence.
	Watch  Watch          `json:"watch,omitzero"`
	Policy absence.Policy `json:"policy"`
}

// DefaultTokenURL is the one token endpoint of all Lucca accounts.
var DefaultTokenURL = record.Default[Source]("tokenUrl")

// DefaultConfirmAbove lets a small company start without a question.
const DefaultConfirmAbove = 2000

// Timings are the waiting times an operator may change.
type Timings struct {
	// BlockedRetry is the first wait before a blocked absence is tried again;
	// it doubles up to BlockedRetryMax.
	BlockedRetry    time.Duration `json:"blockedRetry"`
	BlockedRetryMax time.Duration `json:"blockedRetryMax"`
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
	// Recipients are told of troubles.
	Recipients(ctx context.Context) ([]Recipient, error)
}
