package admin_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/google"
	"github.com/figgosync/figgosync/internal/calendars/graph"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

func TestASecretIsKeptReplacedOrRemoved(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	input := acme()
	input.Secrets = secrets("webhookSecret", "hook-kq3vTz8mWp2hYb7dRn5xJc9g")
	view, err := d.PutSource(t.Context(), alice, input, 1)
	if err != nil || !view.Has("clientSecret") || !view.Has("webhookSecret") || view.Version != 2 || view.ChangedBy != alice {
		t.Fatalf("%+v, %v", view, err)
	}
	stored, err := d.store.Source(t.Context(), "acme")
	if err != nil || stored.ClientSecret.Reveal() != "s3cret" || stored.WebhookSecret.Reveal() != "hook-kq3vTz8mWp2hYb7dRn5xJc9g" {
		t.Errorf("the secrets left out were not kept: %v", err)
	}
	input.Secrets = map[string]admin.SecretInput{"webhookSecret": {Clear: true}, "clientSecret": {Value: "other"}}
	if view, err = d.PutSource(t.Context(), alice, input, 2); err != nil || view.Has("webhookSecret") {
		t.Fatalf("%+v, %v", view, err)
	}
	if stored, _ = d.store.Source(t.Context(), "acme"); stored.ClientSecret.Reveal() != "other" {
		t.Error("the client secret was not replaced")
	}
	if text := fmt.Sprintf("%+v", view); strings.Contains(text, "other") || strings.Contains(text, "hook") && !strings.Contains(text, "/webhooks/") {
		t.Errorf("the view shows a secret: %s", text)
	}
	if view.LuccaWebhook != "https://figgosync.example.com/webhooks/lucca/acme" || view.Host != "https://acme.ilucca.net" {
		t.Errorf("%+v", view)
	}
}

func TestNobodyOverwritesAnother(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	input := factory()
	input.MaxConcurrent = 3
	if _, err := d.PutConnection(t.Context(), alice, input, 1); err != nil {
		t.Fatal(err)
	}
	input.MaxConcurrent = 4
	if _, err := d.PutConnection(t.Context(), settings.Author{ID: "person:bob"}, input, 1); !errors.Is(err, settings.ErrChanged) {
		t.Errorf("the second of two: %v", err)
	}
	if _, err := d.PutSource(t.Context(), alice, acme(), 0); !errors.Is(err, settings.ErrExists) {
		t.Errorf("a name twice: %v", err)
	}
	if _, err := d.SetPaused(t.Context(), alice, "headquarters", true, 7); !errors.Is(err, settings.ErrChanged) {
		t.Errorf("another version: %v", err)
	}
	if err := d.RemoveConnection(t.Context(), alice, "factory", 2); !errors.Is(err, settings.ErrInUse) {
		t.Errorf("a connection in use: %v", err)
	}
	paused, err := d.SetPaused(t.Context(), alice, "headquarters", true, 1)
	if err != nil || !paused.Paused || paused.Provider != calendars.Exchange {
		t.Errorf("%+v, %v", paused, err)
	}
	if err := d.RemoveSynchronization(t.Context(), alice, "headquarters", paused.Version); err != nil {
		t.Error(err)
	}
	if _, err := d.Synchronization(t.Context(), "headquarters"); !errors.Is(err, settings.ErrNotFound) {
		t.Errorf("removed: %v", err)
	}
}

func TestWhatCannotBeANameIsNotFound(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, name := range []string{"", "nobody", "UPPER", "a/b", "\x00", "\xff", strings.Repeat("a", 1000), "é", "'; DROP TABLE sources; --"} {
		_, err1 := d.Source(t.Context(), name)
		_, err2 := d.Connection(t.Context(), name)
		_, err3 := d.CheckConnection(t.Context(), alice, name, "a@b.c", false)
		_, err4 := d.LegalEntities(t.Context(), name)
		err5 := d.RemoveSynchronization(t.Context(), alice, name, 1)
		for _, err := range []error{err1, err2, err3, err4, err5} {
			if !errors.Is(err, settings.ErrNotFound) {
				t.Errorf("%q: %v", name, err)
			}
		}
	}
}

func TestACertificateReplacesAClientSecret(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	expires := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	input := admin.ConnectionInput{
		Connection: settings.Connection{
			Name: "office", Provider: calendars.Office365, System: &graph.Settings{TenantID: "acme.example", ClientID: "app"},
		},
		Secrets: secrets("office365.clientSecret", "first"),
	}
	view, err := d.PutConnection(t.Context(), alice, input, 0)
	if err != nil || view.Text("office365.graphUrl") != record.Default[graph.Settings]("graphUrl") {
		t.Fatalf("%+v, %v", view, err)
	}
	input.Secrets = secrets("office365.certificate", certificate(t, expires).Reveal())
	if view, err = d.PutConnection(t.Context(), alice, input, 1); err != nil {
		t.Fatal(err)
	}
	if end, _ := view.Described["certificateExpires"].(time.Time); view.Has("office365.clientSecret") ||
		!view.Has("office365.certificate") || !end.Equal(expires) {
		t.Errorf("%+v", view)
	}
	input = admin.ConnectionInput{
		Connection: settings.Connection{Name: "office", Provider: calendars.Google, System: &google.Settings{}},
		Secrets:    secrets("google.key", googleKey(t).Reveal()),
	}
	if view, err = d.PutConnection(t.Context(), alice, input, 2); err != nil || view.Text("office365.tenantId") != "" {
		t.Fatalf("%+v, %v", view, err)
	}
	want := map[string]any{
		"key": view.Has("google.key"), "url": view.Text("google.calendarUrl"), "clientId": view.Described["clientId"],
		"serviceAccount": view.Described["serviceAccount"], "project": view.Described["project"],
	}
	if diff := cmp.Diff(map[string]any{
		"key": true, "url": record.Default[google.Settings]("calendarUrl"), "clientId": "1042",
		"serviceAccount": "sync@acme.iam.gserviceaccount.com", "project": "acme",
	}, want); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A password belongs to one file: it goes with it.
func TestAPasswordGoesWithItsCertificate(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	input := admin.ConnectionInput{Connection: settings.Connection{
		Name: "office", Provider: calendars.Office365, System: &graph.Settings{TenantID: "acme.example", ClientID: "app"},
	}}
	file := certificate(t, time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)).Reveal()
	var version settings.Version
	for i, step := range []struct {
		secrets map[string]admin.SecretInput
		want    bool
	}{
		{map[string]admin.SecretInput{"office365.certificate": {Value: settings.Secret(file)}, "office365.certificatePassword": {Value: "p1"}}, true},
		{nil, true},
		{map[string]admin.SecretInput{"office365.certificate": {Value: settings.Secret(file)}}, false},
		{map[string]admin.SecretInput{"office365.certificatePassword": {Value: "p2"}}, true},
		{map[string]admin.SecretInput{"office365.clientSecret": {Value: "s"}}, false},
	} {
		input.Secrets = step.secrets
		view, err := d.PutConnection(t.Context(), alice, input, version)
		if err != nil || view.Has("office365.certificatePassword") != step.want {
			t.Errorf("step %d: %+v, %v", i, view.Stored, err)
		}
		version = view.Version
	}
}

func certificate(t *testing.T, expires time.Time) settings.Secret {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now, NotAfter: expires}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return settings.Secret(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})) +
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})))
}

func googleKey(t *testing.T) settings.Secret {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]string{
		"type": "service_account", "client_id": "1042", "project_id": "acme", "client_email": "sync@acme.iam.gserviceaccount.com",
		"token_uri":   "https://oauth2.googleapis.com/token",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})),
	})
	if err != nil {
		t.Fatal(err)
	}
	return settings.Secret(text)
}

func TestSettingsFromAFileAreReadOnly(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	reader := admin.New(admin.Config{Settings: d.store, Engine: d.engine, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }})
	view, err := reader.Source(t.Context(), "acme")
	if err != nil || view.Version != 0 || !view.Has("clientSecret") || view.LuccaWebhook != "/webhooks/lucca/acme" {
		t.Errorf("%+v, %v", view, err)
	}
	if views, err := reader.Synchronizations(t.Context()); err != nil || len(views) != 1 || views[0].Provider != calendars.Exchange {
		t.Errorf("%+v, %v", views, err)
	}
	if _, err := reader.PutSource(t.Context(), alice, acme(), 0); !errors.Is(err, admin.ErrReadOnly) {
		t.Error(err)
	}
	if _, err := reader.CreateWebhook(t.Context(), alice, "acme"); !errors.Is(err, admin.ErrReadOnly) {
		t.Error(err)
	}
	if err := reader.RemoveConnection(t.Context(), alice, "factory", 1); !errors.Is(err, admin.ErrReadOnly) {
		t.Error(err)
	}
	if changes, err := reader.Changes(t.Context(), settings.ChangesQuery{}); err != nil || len(changes) != 0 || !reader.ReadOnly() {
		t.Errorf("%v, %v", changes, err)
	}
	if id, err := reader.StartInitialization(t.Context(), alice, workflows.InitializationInput{Synchronization: "headquarters"}, ""); err != nil || id == "" {
		t.Errorf("initializations work all the same: %v", err)
	}
}

func TestPreview(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	value := settings.Synchronization{Zone: "Europe/Paris", Policy: headquarters().Policy}
	samples, err := d.Preview(t.Context(), value)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, sample := range samples {
		pending, approved := sample.Pending[0], sample.Approved[0]
		if len(sample.Pending) != 1 || len(sample.Approved) != 1 || pending.Start != approved.Start {
			t.Errorf("%+v", sample)
		}
		lines = append(lines, fmt.Sprintf("%s %s %s %s %t %s/%s", sample.Code, approved.Title, approved.Start, approved.End, approved.AllDay, pending.ShowAs, approved.ShowAs))
	}
	want := []string{
		"whole-day Absent 2026-02-09T00:00 2026-02-10T00:00 true tentative/out-of-office",
		"morning Absent 2026-02-09T09:00 2026-02-09T12:00 false tentative/out-of-office",
		"afternoon Absent 2026-02-09T14:00 2026-02-09T18:00 false tentative/out-of-office",
		"week Absent 2026-02-09T00:00 2026-02-14T00:00 true tentative/out-of-office",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	value.Policy.ShowType = true
	if samples, err = d.Preview(t.Context(), value); err != nil || samples[0].Approved[0].Title == "Absent" {
		t.Errorf("the type does not show: %v", err)
	}
	value.Policy.Label, value.Policy.Hours.AfternoonEnd, value.Zone = "", 0, "Mars/Olympus"
	_, err = d.Preview(t.Context(), value)
	wrong := map[string]string{"policy.label": "required", "policy.hours.afternoonEnd": "hours-order", "zone": "bad-zone"}
	if diff := cmp.Diff(wrong, problems(t, err)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
