package admin_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
)

func TestCheckSource(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	check, err := d.CheckSource(t.Context(), alice, "acme")
	if err != nil {
		t.Fatal(err)
	}
	want := admin.SourceCheck{LegalEntities: []admin.LegalEntity{
		{ID: "2", Name: "Genève", Zone: "Europe/Zurich"}, {ID: "1", Name: "Lyon", Zone: "Europe/Paris", Synchronization: "headquarters"},
	}, Accounts: 7}
	if diff := cmp.Diff(want, check); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	calls := d.account.count("business-establishments")
	for range 20 {
		if entities, err := d.LegalEntities(t.Context(), "acme"); err != nil || len(entities) != 2 {
			t.Fatal(err)
		}
	}
	if again := d.account.count("business-establishments"); again != calls {
		t.Errorf("%d calls more, want none", again-calls)
	}
}

func TestARefusedKeyIsAnAnswer(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	input := acme()
	input.Secrets = secrets("clientSecret", "wrong")
	if _, err := d.PutSource(t.Context(), alice, input, 1); err != nil {
		t.Fatal(err)
	}
	check, err := d.CheckSource(t.Context(), alice, "acme")
	if err != nil || check.Reason != "source-rejected" || check.Code != "invalid_client" {
		t.Errorf("%+v, %v", check, err)
	}
	refused := (*admin.SourceError)(nil)
	if _, err := d.LegalEntities(t.Context(), "acme"); !errors.As(err, &refused) || refused.Reason != "source-rejected" {
		t.Errorf("%v", err)
	}
	// The right one again: nothing of the wrong one is remembered.
	if _, err := d.PutSource(t.Context(), alice, acme(), 2); err != nil {
		t.Fatal(err)
	}
	if check, err = d.CheckSource(t.Context(), alice, "acme"); err != nil || check.Reason != "" {
		t.Errorf("%+v, %v", check, err)
	}
	d.account.fails = errors.New("no route to host")
	if check, err = d.CheckSource(t.Context(), alice, "acme"); err != nil || check.Reason != "temporary" || check.LegalEntities == nil {
		t.Errorf("%+v, %v", check, err)
	}
	if strings.Contains(check.Code, "route") {
		t.Errorf("the code is a network's text: %q", check.Code)
	}
}

func TestALegacySourceIsCheckedToo(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	input := admin.SourceInput{
		Source: settings.Source{Name: "old", Host: "https://acme.ilucca.net", API: settings.APIv3}, Secrets: secrets("apiKey", "the-key"),
	}
	if _, err := d.PutSource(t.Context(), alice, input, 0); err != nil {
		t.Fatal(err)
	}
	check, err := d.CheckSource(t.Context(), alice, "old")
	if err != nil || check.Reason != "" || len(check.LegalEntities) != 2 ||
		check.NoAccounts == nil || check.NoAccounts.Reason != admin.ReasonAccountsUnlisted {
		t.Errorf("%+v, %v", check, err)
	}
	if _, err := d.CreateWebhook(t.Context(), alice, "old"); !errors.Is(err, admin.ErrLegacySource) {
		t.Error(err)
	}
}

func TestManyPagesMakeOneCall(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	d.account.delay = 20 * time.Millisecond
	var group sync.WaitGroup
	for range 30 {
		group.Go(func() {
			if _, err := d.LegalEntities(t.Context(), "acme"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if calls := d.account.count("business-establishments"); calls != 1 {
		t.Errorf("%d calls, want 1", calls)
	}
}

func TestGenerateHTTPKey(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	first, view, err := d.GenerateHTTPKey(t.Context(), alice, "acme", 1)
	if err != nil || !view.Has("httpSynchronizationKey") || !strings.HasPrefix(first, "Basic ") {
		t.Fatalf("%q, %+v, %v", first, view, err)
	}
	if _, _, err := d.GenerateHTTPKey(t.Context(), alice, "acme", 1); !errors.Is(err, settings.ErrChanged) {
		t.Errorf("an old version: %v", err)
	}
	second, _, err := d.GenerateHTTPKey(t.Context(), alice, "acme", view.Version)
	if err != nil || second == first {
		t.Errorf("%q twice, %v", second, err)
	}
	stored, _ := d.store.Source(t.Context(), "acme")
	if stored.HTTPSynchronizationKey.Reveal() != second || stored.ClientSecret.Reveal() != "s3cret" {
		t.Error("the key is not what is stored")
	}
	changes, err := d.Changes(t.Context(), settings.ChangesQuery{})
	if err != nil || len(changes) < 2 || strings.Contains(cmp.Diff(nil, changes), second) {
		t.Errorf("the audit log lacks the change or shows the key: %v", err)
	}
}

func TestCreateWebhook(t *testing.T) {
	t.Parallel()
	lucca := &endpoints{status: "active"}
	d := newDesk(t, func(c *admin.Config) { c.HTTP = &http.Client{Transport: lucca} }).fill(t)
	for version := settings.Version(2); version <= 3; version++ { // twice: a double submit
		check, err := d.CreateWebhook(t.Context(), alice, "acme")
		if err != nil || check.Reason != "" {
			t.Fatalf("%+v, %v", check, err)
		}
		view, err := d.Source(t.Context(), "acme")
		stored, _ := d.store.Source(t.Context(), "acme")
		if err != nil || view.Version != version || stored.WebhookSecret.Reveal() != lucca.secret() {
			t.Errorf("version %d, the secret is Lucca's: %t, %v", view.Version, stored.WebhookSecret.Reveal() == lucca.secret(), err)
		}
	}
	if len(lucca.all) != 1 || lucca.all[0]["webhookUrl"] != "https://figgosync.example.com/webhooks/lucca/acme" {
		t.Errorf("Lucca has %v", lucca.all)
	}
	lucca.status = "suspended"
	if check, err := d.CreateWebhook(t.Context(), alice, "acme"); err != nil || check.Reason != admin.ReasonWebhookSuspended {
		t.Errorf("%+v, %v", check, err)
	}
	lucca.forbidden = true
	if check, err := d.CreateWebhook(t.Context(), alice, "acme"); err != nil || check.Reason != admin.ReasonWebhookScope {
		t.Errorf("%+v, %v", check, err)
	}
	local := newDesk(t, func(c *admin.Config) { c.PublicURL = "" }).fill(t)
	if _, err := local.CreateWebhook(t.Context(), alice, "acme"); !errors.Is(err, admin.ErrNoPublicURL) {
		t.Error(err)
	}
}
