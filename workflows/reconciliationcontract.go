package workflows

import (
	"slices"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
)

// Names of the reconciliation's workflow type and activities.
const (
	ReconciliationType = "Reconciliation"

	PlanReconciliationActivity = "PlanReconciliation"
	CompareMailboxesActivity   = "CompareMailboxes"
)

const reconciliationPrefix = "reconciliation/"

// ReconciliationSchedules begins the ids of the Temporal Schedules of nightly
// reconciliations; the synchronization's name follows.
const ReconciliationSchedules = "reconciliation-nightly-"

// ReconciliationID is the workflow id of a reconciliation: "reconciliation/{source}/{id}".
func ReconciliationID(source, id string) string { return reconciliationPrefix + source + "/" + id }

// ReconciliationInput is what a Reconciliation is started with; by hand the
// synchronization is enough.
type ReconciliationInput struct {
	// Synchronization is a name in the settings.
	Synchronization string `json:"synchronization"`
	// From and To are the days that are compared, inclusive; by default 30 days back to
	// 400 ahead.
	From absence.Date `json:"from,omitzero"`
	To   absence.Date `json:"to,omitzero"`
	// Repair also puts right what is wrong.
	Repair bool `json:"repair,omitempty"`
	// Approve are the numbers the person who starts it expects, where they are more than
	// a few.
	Approve Approval `json:"approve,omitzero"`
}

// ReconciliationPlan is a ReconciliationInput made complete by the settings.
type ReconciliationPlan struct {
	Source        string       `json:"source"`
	LegalEntities []string     `json:"legalEntities"`
	From          absence.Date `json:"from"`
	To            absence.Date `json:"to"`
	// Limits are what is repaired without an approval.
	Limits Limits `json:"limits,omitzero"`
}

// ReconciliationCounts are what a comparison found. Events are those of ours in the
// mailboxes; Right those of them that are as they should be; Repaired are the
// differences that a second look no longer finds; Blocked the mailboxes and absences
// that could not be compared.
type ReconciliationCounts struct {
	Mailboxes int `json:"mailboxes"`
	Absences  int `json:"absences"`
	Events    int `json:"events"`
	Right     int `json:"right"`
	Missing   int `json:"missing"`
	Surplus   int `json:"surplus"`
	Duplicate int `json:"duplicate"`
	Edited    int `json:"edited"`
	Misplaced int `json:"misplaced"`
	Repaired  int `json:"repaired"`
	Blocked   int `json:"blocked"`
	// Left are the events that owners edited or deleted where the policy respects it, and
	// those whose deletion somebody refused; they are no differences.
	Left int `json:"left"`
}

// Add adds other counts to these.
func (c *ReconciliationCounts) Add(o ReconciliationCounts) {
	c.Mailboxes += o.Mailboxes
	c.Absences += o.Absences
	c.Events += o.Events
	c.Right += o.Right
	c.Missing += o.Missing
	c.Surplus += o.Surplus
	c.Duplicate += o.Duplicate
	c.Edited += o.Edited
	c.Misplaced += o.Misplaced
	c.Repaired += o.Repaired
	c.Blocked += o.Blocked
	c.Left += o.Left
}

// Differences is how many there are.
func (c ReconciliationCounts) Differences() int {
	return c.Missing + c.Surplus + c.Duplicate + c.Edited + c.Misplaced
}

// Deletions are the events that a repair would delete.
func (c ReconciliationCounts) Deletions() int { return c.Surplus + c.Duplicate }

// Changes are the events that a repair would write.
func (c ReconciliationCounts) Changes() int { return c.Missing + c.Edited + c.Misplaced }

// RuleCounts are the differences of the absences that one rule of the policy is about.
type RuleCounts struct {
	// Rule is the rule's place in the policy, from 1; 0 for absences that no rule is about.
	Rule int `json:"rule" doc:"The rule's place in the policy, from 1; 0 for absences that no rule is about."`
	// Accounts are the first accounts of the rule, as it names them; More is how many others
	// it has.
	Accounts []string `json:"accounts,omitempty" doc:"The first absence types of the rule, as it names them."`
	More     int      `json:"more,omitempty" doc:"How many others it has."`
	// Unlisted says that Figgo no longer lists the absences: nobody knows their rule.
	Unlisted bool `json:"unlisted,omitempty" doc:"Absences that Figgo no longer has, of which nobody knows the rule."`
	// Changes are the events that a repair would write, Deletions those it would delete,
	// Repaired the differences that a second look no longer finds.
	Changes   int `json:"changes" doc:"Events that a repair would write."`
	Deletions int `json:"deletions" doc:"Events that a repair would delete."`
	Repaired  int `json:"repaired" doc:"Differences that a second look no longer found."`
}

// same tells whether both are of one rule, as long as it names the same accounts.
func (c RuleCounts) same(o RuleCounts) bool {
	return c.Rule == o.Rule && c.Unlisted == o.Unlisted && c.More == o.More && slices.Equal(c.Accounts, o.Accounts)
}

// AddRule adds the counts of a rule to those of all, which are in the policy's order: at
// first absences that no rule is about, at last those that Figgo does not list.
func AddRule(all []RuleCounts, one RuleCounts) []RuleCounts {
	if i := slices.IndexFunc(all, one.same); i >= 0 {
		all[i].Changes += one.Changes
		all[i].Deletions += one.Deletions
		return all
	}
	at := slices.IndexFunc(all, func(o RuleCounts) bool { return !one.Unlisted && (o.Unlisted || o.Rule > one.Rule) })
	if at < 0 {
		at = len(all)
	}
	return slices.Insert(all, at, one)
}

// Found is one difference, for people.
type Found struct {
	Kind     string `json:"kind"`
	Absence  string `json:"absence"`
	Employee string `json:"employee"`
	Day      string `json:"day"`
	// Left says that it stays: its owner did it and the policy respects it, or, of a
	// surplus one, somebody refused its deletion.
	Left bool `json:"left,omitempty"`
	// Done is what became of it, "" where nothing was done yet, or it is not known.
	Done RepairOutcome `json:"done,omitempty"`
}

// RepairOutcome is what became of a difference that was to be repaired.
type RepairOutcome string

// The outcomes: a second look no longer finds it, or still does.
const (
	OutcomeRepaired RepairOutcome = "repaired"
	OutcomeLeft     RepairOutcome = "left"
)

// The phases of a Reconciliation, besides PhaseWaiting and those of an initialization.
const (
	PhaseComparing Phase = "comparing"
	PhaseRepairing Phase = "repairing"
	PhaseVerifying Phase = "verifying"
)

// ReconciliationProgress is the answer to ProgressQuery, and a Reconciliation's result.
type ReconciliationProgress struct {
	Phase           Phase                `json:"phase"`
	Synchronization string               `json:"synchronization"`
	Source          string               `json:"source,omitempty"`
	From            absence.Date         `json:"from,omitzero"`
	To              absence.Date         `json:"to,omitzero"`
	Repair          bool                 `json:"repair,omitempty"`
	StartedAt       time.Time            `json:"startedAt,omitzero"`
	Counts          ReconciliationCounts `json:"counts"`
	// Breaker is set while it waits.
	Breaker *Breaker `json:"breaker,omitempty"`
	// Differences lists the first ones that the comparison found.
	Differences []Found `json:"differences,omitempty"`
	// ByRule are all of them, without those that stay, by the rules of the policy.
	ByRule []RuleCounts `json:"byRule,omitempty"`
}

// CompareRequest asks to compare the mailboxes of a legal entity's people with what
// Figgo says.
type CompareRequest struct {
	Source          string       `json:"source"`
	Synchronization string       `json:"synchronization"`
	LegalEntity     string       `json:"legalEntity"`
	From            absence.Date `json:"from"`
	To              absence.Date `json:"to"`
	// Repair tells the absences' workflows what differs. Nothing is told when there are
	// more differences than AtMost.
	Repair bool     `json:"repair,omitempty"`
	AtMost Approval `json:"atMost,omitzero"`
	// Remember tells absences' workflows what their owners deleted and the policy respects.
	Remember bool `json:"remember,omitempty"`
}

// CompareResult is what the comparison found.
type CompareResult struct {
	Counts      ReconciliationCounts `json:"counts"`
	Differences []Found              `json:"differences,omitempty"`
	// ByRule are the differences that do not stay, by the rules of the policy.
	ByRule []RuleCounts `json:"byRule,omitempty"`
	// TooMany says that nothing was repaired: there were more differences than were
	// approved.
	TooMany bool     `json:"tooMany,omitempty"`
	Trouble *Trouble `json:"trouble,omitempty"`
}
