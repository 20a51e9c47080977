package worker

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/figgosync/figgosync/calendars"
	"github.com/figgosync/figgosync/calendars/ews"
	"github.com/figgosync/figgosync/calendars/google"
	"github.com/figgosync/figgosync/calendars/graph"
	"github.com/figgosync/figgosync/settings"
)

// calendar is what every adapter is.
type calendar interface {
	calendars.Calendar
	Close()
}

// connections opens one Calendar a connection and keeps it, because tokens,
// NTLM handshakes and TLS sessions are dear.
type connections struct {
	settings settings.Store
	insecure bool
	log      *slog.Logger

	mu   sync.Mutex
	open map[string]opened
}

// opened remembers the settings a calendar was opened with, so that a changed
// password opens a new one. Work goes through guarded: thousands of absences
// behind a wrong password would lock the account.
type opened struct {
	calendar calendar
	guarded  calendars.Calendar
	with     settings.Connection
}

func newConnections(store settings.Store, insecure bool, log *slog.Logger) *connections {
	return &connections{settings: store, insecure: insecure, log: log, open: map[string]opened{}}
}

// Calendar implements activities.Calendars.
func (c *connections) Calendar(ctx context.Context, name string) (calendars.Calendar, error) {
	connection, err := c.settings.Connection(ctx, name)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	last, ok := c.open[name]
	if ok && same(last.with, connection) {
		return last.guarded, nil
	}
	calendar, err := c.dial(connection)
	if err != nil {
		return nil, err
	}
	if ok {
		last.calendar.Close()
	}
	fresh := opened{calendar, calendars.Guard(calendar, c.guard(ctx, connection)), connection}
	c.open[name] = fresh
	return fresh.guarded, nil
}

// guard waits no longer than a blocked absence does before it is tried again.
func (c *connections) guard(ctx context.Context, connection settings.Connection) calendars.GuardOptions {
	const firstWait = 30 * time.Second
	options := calendars.GuardOptions{FirstWait: firstWait, MaxConcurrent: connection.MaxConcurrent}
	if options.MaxConcurrent == 0 { // the adapters' own defaults
		options.MaxConcurrent = 16
		if connection.Provider == calendars.Exchange {
			options.MaxConcurrent = 4
		}
	}
	if timings, err := c.settings.Timings(ctx); err == nil {
		options.FirstWait, options.MaxWait = min(firstWait, timings.BlockedRetry), min(10*time.Minute, timings.BlockedRetryMax)
	}
	return options
}

// Close closes every calendar.
func (c *connections) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, one := range c.open {
		one.calendar.Close()
		delete(c.open, name)
	}
}

func same(a, b settings.Connection) bool {
	switch {
	case a.Provider != b.Provider || a.MaxConcurrent != b.MaxConcurrent:
		return false
	case a.Office365 != nil && b.Office365 != nil:
		return *a.Office365 == *b.Office365
	case a.Exchange != nil && b.Exchange != nil:
		return *a.Exchange == *b.Exchange
	case a.Google != nil && b.Google != nil:
		return *a.Google == *b.Google
	default:
		return false
	}
}

// dial makes the adapter; it talks to nobody yet. What cannot work as it is
// configured is a Blocked error for the whole connection.
func (c *connections) dial(connection settings.Connection) (calendar, error) {
	var (
		made calendar
		err  error
	)
	log := c.log.With("connection", connection.Name)
	switch {
	case connection.Office365 != nil:
		made, err = c.graph(connection, log)
	case connection.Exchange != nil:
		made, err = c.ews(connection, log)
	case connection.Google != nil:
		made, err = c.google(connection, log)
	default:
		err = fmt.Errorf("connection %q has no credentials", connection.Name)
	}
	if err != nil {
		return nil, &calendars.Blocked{Reason: calendars.CredentialsRejected, Scope: calendars.ScopeConnection, Code: "bad-configuration", Err: err}
	}
	return made, nil
}

func (c *connections) graph(connection settings.Connection, log *slog.Logger) (calendar, error) {
	s := connection.Office365
	return graph.New(graph.Config{
		TenantID: s.TenantID, ClientID: s.ClientID, ClientSecret: s.ClientSecret.Reveal(), CertificatePEM: []byte(s.CertificatePEM.Reveal()),
		AuthorityURL: s.AuthorityURL, GraphURL: s.GraphURL,
		MaxConcurrent: connection.MaxConcurrent, AllowInsecure: c.insecure, Logger: log,
	})
}

func (c *connections) ews(connection settings.Connection, log *slog.Logger) (calendar, error) {
	s := connection.Exchange
	return ews.New(ews.Config{
		URL: s.URL, Username: s.Username, Password: s.Password.Reveal(), Auth: string(s.Auth), CAPEM: s.CAPEM, MinTLS: s.MinTLS,
		MaxConcurrent: connection.MaxConcurrent, AllowInsecure: c.insecure, Logger: log,
	})
}

func (c *connections) google(connection settings.Connection, log *slog.Logger) (calendar, error) {
	s := connection.Google
	return google.New(google.Config{
		KeyJSON: []byte(s.KeyJSON.Reveal()), CalendarURL: s.CalendarURL, TokenURL: s.TokenURL,
		MaxConcurrent: connection.MaxConcurrent, AllowInsecure: c.insecure, Logger: log,
	})
}
