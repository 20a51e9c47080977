package worker

import (
	"fmt"
	"log/slog"

	"github.com/figgosync/figgosync/calendars"
	"github.com/figgosync/figgosync/calendars/ews"
	"github.com/figgosync/figgosync/calendars/google"
	"github.com/figgosync/figgosync/calendars/graph"
	"github.com/figgosync/figgosync/settings"
)

// Calendar is what every adapter is. Close ends its connections.
type Calendar interface {
	calendars.Calendar
	calendars.Checker
	Close()
}

// Open makes the adapter of a connection; it talks to nobody yet. insecure
// permits http addresses. What cannot work as it is configured is a
// calendars.Blocked for the whole connection, whose cause names the key that is
// wrong and never its value.
func Open(connection settings.Connection, insecure bool, log *slog.Logger) (Calendar, error) {
	var (
		made Calendar
		err  error
	)
	log = log.With("connection", connection.Name)
	switch {
	case connection.Office365 != nil:
		made, err = openGraph(connection, insecure, log)
	case connection.Exchange != nil:
		made, err = openEWS(connection, insecure, log)
	case connection.Google != nil:
		made, err = openGoogle(connection, insecure, log)
	default:
		err = fmt.Errorf("connection %q has no credentials", connection.Name)
	}
	if err != nil {
		return nil, &calendars.Blocked{Reason: calendars.CredentialsRejected, Scope: calendars.ScopeConnection, Code: "bad-configuration", Err: err}
	}
	return made, nil
}

func openGraph(connection settings.Connection, insecure bool, log *slog.Logger) (Calendar, error) {
	s := connection.Office365
	return graph.New(graph.Config{
		TenantID: s.TenantID, ClientID: s.ClientID, ClientSecret: s.ClientSecret.Reveal(), CertificatePEM: []byte(s.CertificatePEM.Reveal()),
		AuthorityURL: s.AuthorityURL, GraphURL: s.GraphURL,
		MaxConcurrent: connection.MaxConcurrent, AllowInsecure: insecure, Logger: log,
	})
}

func openEWS(connection settings.Connection, insecure bool, log *slog.Logger) (Calendar, error) {
	s := connection.Exchange
	return ews.New(ews.Config{
		URL: s.URL, Username: s.Username, Password: s.Password.Reveal(), Auth: string(s.Auth), CAPEM: s.CAPEM, MinTLS: s.MinTLS,
		MaxConcurrent: connection.MaxConcurrent, AllowInsecure: insecure, Logger: log,
	})
}

func openGoogle(connection settings.Connection, insecure bool, log *slog.Logger) (Calendar, error) {
	s := connection.Google
	return google.New(google.Config{
		KeyJSON: []byte(s.KeyJSON.Reveal()), CalendarURL: s.CalendarURL, TokenURL: s.TokenURL,
		MaxConcurrent: connection.MaxConcurrent, AllowInsecure: insecure, Logger: log,
	})
}
