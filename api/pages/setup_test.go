package pages_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/figgosync/figgosync/absence"
	"github.com/figgosync/figgosync/calendars"
	"github.com/figgosync/figgosync/sandbox"
	"github.com/figgosync/figgosync/settings"
)

// luccaWorld is an empty installation with the sandbox's Lucca to connect to.
func luccaWorld(t *testing.T) (*world, sandbox.Credentials) {
	t.Helper()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	outside, err := sandbox.New(sandbox.Config{BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(outside.Close)
	handler = outside.Handler()
	return newWorld(t, false), outside.Credentials()
}

// sourceFields are the fields of a source's form for the sandbox's Lucca.
func sourceFields(c sandbox.Credentials) url.Values {
	return url.Values{
		"host": {c.Lucca.Host}, "tokenUrl": {c.Lucca.TokenURL}, "api": {"v5"}, "clientId": {c.Lucca.ClientID}, "secret.clientSecret": {c.Lucca.ClientSecret},
	}
}

// setUp makes a source, a connection and a synchronization of the legal entities.
func (w *world) setUp(c sandbox.Credentials, provider calendars.Provider, legalEntities ...string) {
	w.Helper()
	ctx := w.Context()
	_, err := w.editor.PutSource(ctx, somebody, settings.Source{
		Name: "acme", Host: c.Lucca.Host, TokenURL: c.Lucca.TokenURL, ClientID: c.Lucca.ClientID, ClientSecret: settings.Secret(c.Lucca.ClientSecret), API: settings.APIv5,
	}, 0)
	w.must(err)
	one := settings.Connection{Name: string(provider), Provider: provider}
	switch provider {
	case calendars.Office365:
		one.Office365 = &settings.Office365{
			TenantID: c.Office365.TenantID, ClientID: c.Office365.ClientID, ClientSecret: "very-secret-graph-secret",
			AuthorityURL: settings.DefaultAuthorityURL, GraphURL: settings.DefaultGraphURL,
		}
	case calendars.Exchange:
		one.Exchange = &settings.Exchange{URL: "https://mail.example.com/EWS/Exchange.asmx", Username: `ACME\SynchroFiggoUser`, Password: "very-secret-password", Auth: settings.AuthNTLM, MinTLS: "1.2"}
	case calendars.Google:
		one.Google = &settings.Google{KeyJSON: settings.Secret(c.Google.KeyJSON), CalendarURL: c.Google.CalendarURL, TokenURL: c.Google.TokenURL}
	}
	_, err = w.editor.PutConnection(ctx, somebody, one, 0)
	w.must(err)
	_, err = w.editor.PutSynchronization(ctx, somebody, settings.Synchronization{
		Name: "acme-" + string(provider), Source: "acme", Connection: string(provider), LegalEntities: legalEntities, Zone: "Europe/Paris",
		Policy: absence.DefaultPolicy(), ConfirmAbove: settings.DefaultConfirmAbove,
	}, 0)
	w.must(err)
}
