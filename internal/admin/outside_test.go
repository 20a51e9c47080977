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

// A private address is refused where it is typed, unless it is the company's choice.
func TestPrivateAddressesAreRefusedAtTheirField(t *testing.T) {
	store := storedtest.Open(t)
	desk := func(private bool) *admin.Service {
		return admin.New(admin.Config{Settings: store, Editor: store, Engine: &fakeEngine{}, AllowPrivate: private, Log: slog.New(slog.DiscardHandler)})
	}
	exchange := func(address string) admin.ConnectionInput {
		return admin.ConnectionInput{
			Connection: settings.Connection{Name: "exchange", Provider: calendars.Exchange, System: &ews.Settings{URL: address, Username: `ACME\sync`}},
			Secrets:    secrets("exchange.password", "secret"),
		}
	}
	for address, code := range map[string]string{
		"https://10.0.0.7/ews/exchange.asmx":          "private-address",
		"https://127.0.0.1/ews/exchange.asmx":         "loopback-address",
		"https://localhost/ews/exchange.asmx":         "loopback-address",
		"https://169.254.169.254/latest/meta-data":    "metadata-address",
		"https://0x7f000001/ews/exchange.asmx":        "loopback-address",
		"https://[::ffff:10.0.0.7]/ews/exchange.asmx": "private-address",
	} {
		_, err := desk(false).PutConnection(t.Context(), settings.Author{ID: "t"}, exchange(address), 0)
		invalid, ok := errors.AsType[*settings.InvalidError](err)
		if !ok {
			t.Errorf("%s: %v; want an InvalidError", address, err)
			continue
		}
		if diff := cmp.Diff([]settings.Problem{{Field: "exchange.url", Code: code}}, invalid.Problems); diff != "" {
			t.Errorf("%s (-want +got):\n%s", address, diff)
		}
	}
	for address, code := range map[string]string{
		"http://10.0.0.1:3128": "private-address", "http://proxy:3128": "local-name", "https://169.254.169.254": "metadata-address", "socks5://proxy.example.com": "not-web",
	} {
		typed := exchange("https://mail.acme.com/ews/exchange.asmx")
		typed.System.(*ews.Settings).Proxy = address
		_, err := desk(false).PutConnection(t.Context(), settings.Author{ID: "t"}, typed, 0)
		invalid, _ := errors.AsType[*settings.InvalidError](err)
		if invalid == nil || len(invalid.Problems) != 1 || invalid.Problems[0].Field != "exchange.proxy" || invalid.Problems[0].Code != code {
			t.Errorf("the proxy %s: %v, %+v", address, err, invalid)
		}
	}
	_, err := desk(false).PutSource(t.Context(), settings.Author{ID: "t"}, admin.SourceInput{Source: settings.Source{Name: "acme", Host: "https://192.168.1.2"}}, 0)
	if _, ok := errors.AsType[*settings.InvalidError](err); !ok {
		t.Errorf("a private Lucca: %v; want an InvalidError", err)
	}
	if _, err := desk(true).PutConnection(t.Context(), settings.Author{ID: "t"}, exchange("https://169.254.169.254/"), 0); err == nil {
		t.Error("the metadata address is accepted where private ones are")
	}
	if _, err := desk(true).PutConnection(t.Context(), settings.Author{ID: "t"}, exchange("https://10.0.0.7/ews/exchange.asmx"), 0); err != nil {
		t.Errorf("a private address is refused though it is allowed: %v", err)
	}
}
