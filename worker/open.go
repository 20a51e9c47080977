package worker

import (
	"fmt"
	"log/slog"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/internal/calendars/google"
	"github.com/figgosync/figgosync/internal/calendars/graph"
	"github.com/figgosync/figgosync/internal/egress"
	"github.com/figgosync/figgosync/internal/settings"
)

// Calendar is what every adapter is. Close ends its connections.
type Calendar interface {
	calendars.Calendar
	calendars.Checker
	Close()
}

// Outside says which addresses of outside systems may be used. Its zero value, for
// hosted installations, allows https to public addresses.
type Outside struct {
	// AllowInsecure permits http, for rehearsals. It implies AllowPrivate.
	AllowInsecure bool
	// AllowPrivate permits private addresses, this machine, and local names.
	AllowPrivate bool
}

// Policy is what every connection to an outside system obeys.
func (o Outside) Policy() egress.Policy {
	return egress.Policy{AllowPrivate: o.AllowPrivate || o.AllowInsecure}
}

// Open is Outside.Open without AllowPrivate, but where insecure implies it.
func Open(connection settings.Connection, insecure bool, log *slog.Logger) (Calendar, error) {
	return Outside{AllowInsecure: insecure}.Open(connection, log)
}

// Open makes the adapter of a connection; it talks to nobody yet. What cannot work
// as it is configured is a calendars.Blocked for the whole connection, whose cause
// names the key that is wrong and never its value. An address that may not be used
// shows with the first call.
func (o Outside) Open(connection settings.Connection, log *slog.Logger) (Calendar, error) {
	var (
		made Calendar
		err  error
	)
	log = log.With("connection", connection.Name)
	switch {
	case connection.Office365 != nil:
		made, err = o.openGraph(connection, log)
	case connection.Exchange != nil:
		made, err = o.openEWS(connection, log)
	case connection.Google != nil:
		made, err = o.openGoogle(connection, log)
	default:
		err = fmt.Errorf("connection %q has no credentials", connection.Name)
	}
	if err != nil {
		return nil, &calendars.Blocked{Reason: calendars.CredentialsRejected, Scope: calendars.ScopeConnection, Code: "bad-configuration", Err: err}
	}
	return made, nil
}

func (o Outside) openGraph(connection settings.Connection, log *slog.Logger) (Calendar, error) {
	s := connection.Office365
	return graph.New(graph.Config{
		TenantID: s.TenantID, ClientID: s.ClientID, ClientSecret: s.ClientSecret.Reveal(), CertificatePEM: []byte(s.CertificatePEM.Reveal()),
		AuthorityURL: s.AuthorityURL, GraphURL: s.GraphURL,
		MaxConcurrent: connection.MaxConcurrent, AllowInsecure: o.AllowInsecure, Guard: o.Policy().Transport, Logger: log,
	})
}

func (o Outside) openEWS(connection settings.Connection, log *slog.Logger) (Calendar, error) {
	s := connection.Exchange
	return ews.New(ews.Config{
		URL: s.URL, Username: s.Username, Password: s.Password.Reveal(), Auth: string(s.Auth), CAPEM: s.CAPEM, MinTLS: s.MinTLS,
		MaxConcurrent: connection.MaxConcurrent, AllowInsecure: o.AllowInsecure, Guard: o.Policy().Transport, Logger: log,
	})
}

func (o Outside) openGoogle(connection settings.Connection, log *slog.Logger) (Calendar, error) {
	s := connection.Google
	return google.New(google.Config{
		KeyJSON: []byte(s.KeyJSON.Reveal()), CalendarURL: s.CalendarURL, TokenURL: s.TokenURL,
		MaxConcurrent: connection.MaxConcurrent, AllowInsecure: o.AllowInsecure, Guard: o.Policy().Transport, Logger: log,
	})
}
