package admin_test

import (
	"errors"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/internal/settings/stored/storedtest"
)

// A stored secret is not sent to another server because somebody changed the address.
func TestAMovedAddressAsksForItsSecretAgain(t *testing.T) {
	store := storedtest.Open(t)
	desk := admin.New(admin.Config{Settings: store, Editor: store, Engine: &fakeEngine{}, Log: slog.New(slog.DiscardHandler)})
	by := settings.Author{ID: "t"}
	put := func(address string, password settings.Secret, version settings.Version) error {
		_, err := desk.PutConnection(t.Context(), by, admin.ConnectionInput{
			Connection: settings.Connection{Name: "exchange", Provider: calendars.Exchange, System: &ews.Settings{URL: address, Username: `ACME\sync`}},
			Secrets:    secrets("exchange.password", password.Reveal()),
		}, version)
		return err
	}
	if err := put("https://mail.acme.com/ews/exchange.asmx", "first", 0); err != nil {
		t.Fatal(err)
	}
	if err := put("https://mail.acme.com/EWS/Exchange.asmx", "", 1); err != nil {
		t.Errorf("another path of the same server: %v", err)
	}
	err := put("https://evil.example.net/ews/exchange.asmx", "", 2)
	invalid, ok := errors.AsType[*settings.InvalidError](err)
	if !ok {
		t.Fatalf("another server: %v; want an InvalidError", err)
	}
	if diff := cmp.Diff([]settings.Problem{{Field: "exchange.password", Code: "secret-again"}}, invalid.Problems); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := put("https://mail2.acme.com/ews/exchange.asmx", "first", 2); err != nil {
		t.Errorf("another server with its password: %v", err)
	}
	through := func(proxy, login string, version settings.Version) error {
		_, err := desk.PutConnection(t.Context(), by, admin.ConnectionInput{
			Connection: settings.Connection{Name: "proxied", Provider: calendars.Exchange, System: &ews.Settings{
				URL: "https://mail.acme.com/ews/exchange.asmx", Username: `ACME\sync`, ProxySettings: calendars.ProxySettings{Proxy: proxy},
			}},
			Secrets: secrets("exchange.password", "p", "exchange.proxyCredentials", login),
		}, version)
		return err
	}
	if err := through("http://proxy.acme.com:3128", "svc:secret", 0); err != nil {
		t.Fatal(err)
	}
	if err := through("http://proxy.acme.com:3128", "", 1); err != nil {
		t.Errorf("the same proxy: %v", err)
	}
	err = through("http://evil.example.net:3128", "", 1)
	invalid, _ = errors.AsType[*settings.InvalidError](err)
	if invalid == nil {
		t.Fatalf("another proxy: %v; want an InvalidError", err)
	}
	if diff := cmp.Diff([]settings.Problem{{Field: "exchange.proxyCredentials", Code: "secret-again"}}, invalid.Problems); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	source := admin.SourceInput{
		Source: settings.Source{Name: "acme", Host: "https://acme.ilucca.net", ClientID: "id"}, Secrets: secrets("clientSecret", "s"),
	}
	if _, err := desk.PutSource(t.Context(), by, source, 0); err != nil {
		t.Fatal(err)
	}
	source.Host, source.Secrets = "https://evil.example.net", nil
	if _, err := desk.PutSource(t.Context(), by, source, 1); err == nil {
		t.Error("a source's secret moves to another host")
	}
}
