package pages

import (
	"cmp"
	"fmt"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/reconcile"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/web/texts"
	"github.com/figgosync/figgosync/workflows"
)

// operationView is one reconciliation or removal on its page.
type operationView struct {
	starter.Operation
	Kind settings.Kind
	ID   string
	// Live is true while it goes on or waits.
	Live bool
	// Down is true when its worker does not answer, Unreadable when this process
	// cannot decrypt the progress.
	Down, Unreadable bool
	// Problem is why it failed, in words.
	Problem     runFailure
	Differences []shownDifference
	Rules       []shownRule
	People      map[string]admin.Person
	Form        *form
	Cancel      confirmation
	WorkflowURL string
}

// shownDifference is one on the page. What is the code of what was done about it.
type shownDifference struct {
	workflows.Found
	Date absence.Date
	What string
}

func newOperationView(loc texts.Localizer, kind settings.Kind, one starter.Operation) *operationView {
	v := &operationView{
		Operation: one, Kind: kind, ID: starter.ShortID(one.WorkflowID), Form: newForm(0),
		Live: !starter.Ended(one.Phase),
	}
	if one.Phase == workflows.PhaseFailed {
		v.Problem = operationFailure(loc, one)
	}
	if one.Reconciliation != nil {
		for _, found := range one.Reconciliation.Differences {
			day, _ := absence.ParseDate(found.Day)
			done := cmp.Or(string(found.Done), v.done())
			switch {
			case found.Left && found.Kind == string(reconcile.Surplus):
				done = "refused"
			case found.Left:
				done = "respected"
			}
			v.Differences = append(v.Differences, shownDifference{found, day, done})
		}
		v.Rules = shownRules(loc, one.Reconciliation.ByRule)
	}
	v.Cancel = v.cancellation(loc)
	return v
}

// shownRule are the counts of a rule on the page.
type shownRule struct {
	workflows.RuleCounts
	Name string
}

// shownRules are the differences by the rules of the policy, none where it has none.
func shownRules(loc texts.Localizer, counted []workflows.RuleCounts) (all []shownRule) {
	for _, one := range counted {
		all = append(all, shownRule{one, ruleName(loc, one)})
	}
	if len(all) == 1 && all[0].Rule == 0 {
		return nil
	}
	return all
}

// ruleName names a rule by its place and the absence types it is about.
func ruleName(loc texts.Localizer, one workflows.RuleCounts) string {
	switch {
	case one.Unlisted:
		return loc.T("reconciliation.rule.unlisted")
	case one.Rule == 0:
		return loc.T("reconciliation.rule.none")
	}
	accounts := accountsText(loc, one.Accounts)
	if one.More > 0 {
		accounts += ", " + loc.T("reconciliation.rule.more", "count", one.More)
	}
	return loc.T("reconciliation.rule", "number", one.Rule, "accounts", accounts)
}

// operationFailure puts what an operation failed for into words.
func operationFailure(loc texts.Localizer, one starter.Operation) runFailure {
	if reason, known := texts.Reasons()[one.Reason]; known {
		return runFailure{What: reason.What.In(loc.Lang), Do: reason.Do.In(loc.Lang)}
	}
	if key := "operation.failed." + one.Reason; one.Reason != "" && loc.Has(key) {
		return runFailure{What: loc.T(key)}
	}
	return runFailure{What: loc.T("init.failed.other"), Do: loc.T("init.failed.other.do"), Detail: one.Failure}
}

// done is the code of what was done about the differences.
func (v *operationView) done() string {
	progress, counts := v.Reconciliation, v.Reconciliation.Counts
	switch {
	case !progress.Repair:
		return "told"
	case v.Phase == workflows.PhaseComparing || v.Phase == workflows.PhaseWaiting:
		return "waiting"
	case v.Live:
		return "repairing"
	case v.Phase == workflows.PhaseCompleted && counts.Repaired >= counts.Differences():
		return "repaired"
	case counts.Repaired == 0:
		return "nothing"
	}
	return "some"
}

// Person is the employee with the id, with no more than it where nobody knows them.
func (v *operationView) Person(id string) admin.Person {
	return personIn(v.People, id)
}

// Initialization is the short id of the one whose events a removal takes out.
func (v *operationView) Initialization() string {
	if v.Removal.Initialization == "" {
		return ""
	}
	return starter.ShortID(v.Removal.Initialization)
}

// Path is the page's address.
// PhaseKey is the text of the phase; French has genders where it is over.
func (v *operationView) PhaseKey() string {
	switch v.Phase {
	case workflows.PhaseCompleted, workflows.PhaseCancelled, workflows.PhaseFailed:
		return "operation.phase." + string(v.Kind) + "." + string(v.Phase)
	}
	return "operation.phase." + string(v.Phase)
}

func (v *operationView) Path() string { return "/" + string(v.Kind) + "s/" + v.ID }

// Asked is what it waits for, as the page's stream is told.
func (v *operationView) Asked() string { return askedBy(v.Breaker) }

func askedBy(breaker *workflows.Breaker) string {
	if breaker == nil {
		return ""
	}
	return fmt.Sprintf("%d-%d", breaker.Deletions, breaker.Changes)
}

// Title is the page's name.
func (v *operationView) Title(loc texts.Localizer) string {
	key := "operation.page." + string(v.Kind)
	if v.Removal != nil && v.Removal.DryRun {
		key = "removal.preview"
	}
	return loc.T(key, "date", loc.Date(v.StartsAt))
}

// More counts the differences, and what is left to owners, that are not listed.
func (v *operationView) More() int {
	counts := v.Reconciliation.Counts
	return max(counts.Differences()+counts.Left-len(v.Differences), 0)
}

// Offers tells whether a report or a preview may be carried out.
func (v *operationView) Offers() bool {
	if v.Phase != workflows.PhaseCompleted {
		return false
	}
	if v.Removal != nil {
		return v.Removal.DryRun && v.Removal.Counts.Events > 0
	}
	return !v.Reconciliation.Repair && v.Reconciliation.Counts.Differences() > 0
}

// Deletions and Changes are what a repair of a report would do.
func (v *operationView) Deletions() int { return v.Reconciliation.Counts.Deletions() }

// Changes are the events that a repair of a report would write.
func (v *operationView) Changes() int { return v.Reconciliation.Counts.Changes() }

func (v *operationView) cancellation(loc texts.Localizer) confirmation {
	title, text := loc.T("operation.cancel"), loc.T("operation.warning."+string(v.Kind))
	return confirmation{
		ID: "cancel", Link: v.Path() + "/cancel", Action: v.Path() + "/cancel", Title: title, Text: text,
		Button: title, Keep: loc.T("init.cancel.keep"), Opener: title, Icon: "close", Danger: true, Back: v.Path(),
	}
}
