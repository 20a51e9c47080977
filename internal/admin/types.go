package admin

import (
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/delays"
	"github.com/figgosync/figgosync/internal/record"
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
	// Source is what was filled in but for its secrets, which are ignored.
	settings.Source
	// Secrets are those that were filled in or cleared, by their keys in a settings
	// file.
	Secrets map[string]SecretInput
}

// SourceView is a Source as people may see it.
type SourceView struct {
	// Source is without its secrets; Stored tells which there are, by their keys in a
	// settings file.
	settings.Source
	Stored map[string]bool
	// LuccaWebhook and HTTPWebhook are the addresses to give to Lucca: absolute
	// where figgosync's public address is known, else paths.
	LuccaWebhook, HTTPWebhook string
	Version                   settings.Version
	ChangedAt                 time.Time
	ChangedBy                 settings.Author
}

// Has tells whether a secret is stored, by its key in a settings file.
func (v SourceView) Has(secret string) bool { return v.Stored[secret] }

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
	// Accounts is how many absence types Figgo lists; NoAccounts says why it lists none,
	// nil where it was not asked.
	Accounts   int
	NoAccounts *SourceError
}

// ConnectionInput is a Connection as somebody fills it in.
type ConnectionInput struct {
	// Connection is what was filled in but for its secrets, which are ignored.
	settings.Connection
	// Secrets are those that were filled in or cleared, by their keys in a settings
	// file, such as "office365.clientSecret".
	Secrets map[string]SecretInput
}

// ConnectionView is a Connection as people may see it.
type ConnectionView struct {
	// Connection is without its secrets; Stored tells which there are, by their keys
	// in a settings file, such as "office365.clientSecret".
	settings.Connection
	Stored map[string]bool
	// Described is what its calendar system tells of it besides, by name; see
	// calendars.Described.
	Described map[string]any
	// UsedBy names the synchronizations that use it.
	UsedBy    []string
	Version   settings.Version
	ChangedAt time.Time
	ChangedBy settings.Author
}

// Has tells whether a secret is stored, by its key in a settings file.
func (v ConnectionView) Has(secret string) bool { return v.Stored[secret] }

// Text is the value of a field that is no secret, by its key in a settings file,
// such as "office365.tenantId"; "" where the connection has no such field.
func (v ConnectionView) Text(path string) string {
	for _, f := range record.Fields("", &v.Connection) {
		if f.Path == path {
			return f.Text()
		}
	}
	return ""
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
	// Watch is how its synthetic absence does, nil where it has none or none has ended.
	Watch *WatchState
	// Replies are automatic replies that are refused, by connection.
	Replies []RefusedReplies
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
	// Stuck counts the absences whose workflow fails over and over: nothing is written
	// of them, and they do not tell so themselves.
	Stuck int
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
	// Days are the half-days by workflow id, of those that told them in time; nil
	// where nobody asked.
	Days map[string][]absence.HalfDay
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
	// HintFirst: more absences match than can be sorted, or looked through for days;
	// the newest ones were.
	HintFirst = "newest-only"
	// HintSilent: some absences did not tell their days in time: they are missing where days
	// bound the search, and last where they are its order.
	HintSilent = "days-missing"
)

// Owner is whose absence a line is; their id alone where Figgo does not tell of them.
func (p AbsencesPage) Owner(line starter.AbsenceLine) Person {
	if one, ok := p.People[line.Source][line.Employee]; ok {
		return one
	}
	return Person{ID: line.Employee}
}
