package admin_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/admin"
)

func TestAccountsAreListedWithWhatIsSensitive(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	want := []admin.Account{
		{ID: "56", Name: "Congés payés"}, {ID: "59", Name: "Maladie", Sensitive: true}, {ID: "62", Name: "Mission"}, {ID: "57", Name: "RTT"},
		{ID: "58", Name: "Récupération"}, {ID: "61", Name: "Sans solde"}, {ID: "60", Name: "Télétravail"},
	}
	for range 3 {
		accounts, err := d.Accounts(t.Context(), "acme")
		if diff := cmp.Diff(want, accounts); diff != "" || err != nil {
			t.Error(err, diff)
		}
	}
	if calls := d.account.count("leave-accounts"); calls != 1 {
		t.Errorf("%d calls, want 1", calls)
	}
}

// That the key may not read the types is told by the check, and fails nothing else.
func TestAKeyThatMayNotReadAccounts(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	d.account.refuses = map[string]int{"leave-accounts": http.StatusForbidden}
	check, err := d.CheckSource(t.Context(), alice, "acme")
	if err != nil || check.Reason != "" || len(check.LegalEntities) != 2 ||
		check.NoAccounts == nil || check.NoAccounts.Reason != admin.ReasonAccountsUnreadable {
		t.Errorf("%+v, %v", check, err)
	}
	refused := (*admin.SourceError)(nil)
	if _, err := d.Accounts(t.Context(), "acme"); !errors.As(err, &refused) {
		t.Errorf("%v", err)
	}
}

// A rule by id shows in its preview what it says: the type is named as Lucca names it.
func TestPreviewOfARuleByID(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	if _, err := d.Accounts(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	record, err := d.Synchronization(t.Context(), "headquarters")
	if err != nil {
		t.Fatal(err)
	}
	value := record.Synchronization
	for account, title := range map[string]string{"57": "RTT", "59": value.Policy.Label} {
		value.Policy.Rules = []absence.Rule{{Accounts: []string{account}, Title: absence.TitleType}}
		samples, err := d.PreviewRule(t.Context(), value, 0)
		if err != nil || samples[0].Approved[0].Title != title {
			t.Errorf("%s: %v %+v", account, err, samples)
		}
	}
}
