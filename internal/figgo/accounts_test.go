package figgo_test

import (
	"errors"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/figgo"
)

func (c *company) accounts(generation string) figgo.AccountReader {
	reader, _ := c.sources()[generation].(figgo.AccountReader)
	return reader
}

func TestAccountsOfTheSandbox(t *testing.T) {
	c := newCompany(t, 1, 1)
	accounts, err := c.accounts("v5").Accounts(t.Context())
	want := []absence.Type{
		{ID: "56", Name: "Congés payés"}, {ID: "59", Name: "Maladie"}, {ID: "62", Name: "Mission"}, {ID: "57", Name: "RTT"},
		{ID: "58", Name: "Récupération"}, {ID: "61", Name: "Sans solde"}, {ID: "60", Name: "Télétravail"},
	}
	if diff := gocmp.Diff(want, accounts); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if _, err := c.accounts("v3").Accounts(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("the legacy API: %v", err)
	}
}
