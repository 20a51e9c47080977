package activities_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/figgo/directory"
	"github.com/figgosync/figgosync/workflows"
)

// A report tells how many events a changed policy reaches by its rules, absences of no rule
// and those that Figgo no longer has among them.
func TestDifferencesAreCountedByRule(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 6)
	o.accounts = directory.NewAccounts(nil, directory.AccountsOptions{Logger: slog.New(slog.DiscardHandler)})
	types := []absence.Type{
		{ID: "58", Name: "Congés payés", Category: "Congés"}, {ID: "58", Name: "Congés payés", Category: "Congés"}, {ID: "59", Name: "Grippe"},
		{ID: "60", Name: "RTT", Category: "RTT"}, {ID: "61", Name: "Maladie", Category: "Arrêt maladie"},
	}
	for i, one := range types {
		o.page.Notices[i].Absence.Account, o.page.Notices[i].Absence.AccountName = one.ID, "" // v5 tells no name
		o.accounts.Learn(one)
	}
	o.page.Notices = o.page.Notices[:5] // the last one is gone
	o.synchronization.Policy.Label = "Elsewhere"
	o.synchronization.Policy.Rules = []absence.Rule{
		{Accounts: []string{"59", "name:Maladie", "category:Arrêt maladie", "66", "67"}, Write: absence.WriteNever},
		{Accounts: []string{"58"}, Title: absence.TitleNeutral},
		{Accounts: []string{"62"}},
	}
	var logged bytes.Buffer
	a := o.withOffice()
	a.Log = slog.New(slog.NewTextHandler(&logged, nil))
	result, err := o.compareBy(t, a)
	want := []workflows.RuleCounts{
		{Changes: 1}, // 60
		{Rule: 1, Accounts: []string{"59", "name:Maladie", "category:Arrêt maladie"}, More: 2, Deletions: 2}, // 59, and 61 by its name
		{Rule: 2, Accounts: []string{"58"}, Changes: 2},
		{Unlisted: true, Deletions: 1},
	}
	if diff := cmp.Diff(want, result.ByRule); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s%+v", err, diff, result)
	}
	total := 0
	for _, one := range result.ByRule {
		total += one.Changes + one.Deletions
	}
	if total != result.Counts.Differences() {
		t.Errorf("%d by rule, %d in all", total, result.Counts.Differences())
	}
	for _, secret := range []string{"Maladie", "maladie", "Congés", "Grippe"} {
		if strings.Contains(logged.String(), secret) {
			t.Errorf("the log tells %s:\n%s", secret, &logged)
		}
	}
}
