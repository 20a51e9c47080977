package worker

import (
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/database/databasetest"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/internal/settings/signins"
	"github.com/figgosync/figgosync/internal/settings/stored"
	"github.com/figgosync/figgosync/internal/settings/stored/storedtest"
	"github.com/figgosync/figgosync/sandbox/exchange"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

const somebody = "marie@example.com"

// domain is an Exchange server whose directory counts the passwords that it refuses, as
// one does before it locks an account.
type domain struct {
	address string
	refused atomic.Int64
	people  *mailboxes.Store
	server  atomic.Pointer[http.Handler]
}

func newDomain(t *testing.T, password string) *domain {
	t.Helper()
	d := &domain{people: mailboxes.New()}
	d.people.Add(mailboxes.Mailbox{Email: somebody, System: mailboxes.Exchange, Zone: "Europe/Paris"})
	d.hasPassword(password)
	server := httptest.NewUnstartedServer(d)
	server.Config.ConnContext = exchange.ConnContext
	server.Start()
	t.Cleanup(server.Close)
	d.address = server.URL + exchange.Path
	return d
}

// hasPassword changes the account's password. What is signed in stays so for a call.
func (d *domain) hasPassword(password string) {
	account := exchange.Account{Domain: "EX", Username: "svc", Password: password, Impersonate: true}
	handler := exchange.New(d.people, exchange.Config{Accounts: []exchange.Account{account}, CloseEvery: 2}).Handler()
	d.server.Store(&handler)
}

func (d *domain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	message, _ := base64.StdEncoding.DecodeString(token)
	answer := &statusOf{ResponseWriter: w}
	(*d.server.Load()).ServeHTTP(answer, r)
	if len(message) > 8 && message[8] == 3 && answer.status == http.StatusUnauthorized {
		d.refused.Add(1)
	}
}

type statusOf struct {
	http.ResponseWriter
	status int
}

func (s *statusOf) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// process is what a worker has of its own: a connection to the database, the settings,
// and calendars.
type process struct {
	db          *database.DB
	store       *stored.Store
	connections *connections
}

func newProcess(t *testing.T, address, keyset string) *process {
	t.Helper()
	p := &process{db: databasetest.Open(t, address)}
	if err := p.db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.store = storedtest.OpenOn(t, p.db, keyset)
	p.connections = newConnections(p.store, Outside{AllowInsecure: true, SignIns: signins.Open(p.db, p.store)}, nil,
		slog.New(slog.DiscardHandler))
	return p
}

// open makes the calendar as the settings are now, without a circuit breaker.
func (p *process) open(t *testing.T) calendars.Adapter {
	t.Helper()
	connection, err := p.store.Connection(t.Context(), "exchange")
	if err != nil {
		t.Fatal(err)
	}
	calendar, err := p.connections.outside.Open(connection, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(calendar.Close)
	return calendar
}

// premises are three processes on one database.
type premises struct {
	*domain
	processes [3]*process
	version   settings.Version
}

func newPremises(t *testing.T, address, password string) *premises {
	t.Helper()
	c := &premises{domain: newDomain(t, password)}
	keyset := filepath.Join(t.TempDir(), "keyset.json")
	for i := range c.processes {
		c.processes[i] = newProcess(t, address, keyset)
	}
	return c
}

// save saves the connection with a password, as a person does.
func (c *premises) save(t *testing.T, password string) {
	t.Helper()
	connection := settings.Connection{Name: "exchange", Provider: calendars.Exchange, System: &ews.Settings{
		URL: c.address, Username: `EX\svc`, Password: settings.Secret(password), Auth: ews.AuthNTLM, MinTLS: "1.2",
	}}
	var err error
	if c.version, err = c.processes[0].store.PutConnection(t.Context(), settings.Author{}, connection, c.version); err != nil {
		t.Fatal(err)
	}
	for _, p := range c.processes { // settings are looked at anew every few seconds
		if _, err := p.store.ConnectionRecord(t.Context(), "exchange"); err != nil {
			t.Fatal(err)
		}
	}
}

func (c *premises) open(t *testing.T) (all [3]calendars.Adapter) {
	for i, p := range c.processes {
		all[i] = p.open(t)
	}
	return all
}

// call makes some calls of each at once, in a few rounds, and returns the last errors.
func call(t *testing.T, all [3]calendars.Adapter) (last [3]error) {
	for range 4 {
		var group sync.WaitGroup
		for i, calendar := range all {
			for n := range 3 {
				group.Go(func() {
					_, err := calendar.Find(t.Context(), somebody, calendars.Key{Source: "s", Absence: "1"})
					if n == 0 {
						last[i] = err
					}
				})
			}
		}
		group.Wait()
	}
	return last
}

func TestAWrongPasswordIsTriedByAllProcessesTogether(t *testing.T) {
	t.Parallel()
	databasetest.AllURLs(t, func(t *testing.T, address string) {
		c := newPremises(t, address, "right")
		c.save(t, "wrong")
		for _, err := range call(t, c.open(t)) {
			if isRejected(err) != "401" {
				t.Errorf("with a wrong password: %v", err)
			}
		}
		if n := c.refused.Load(); n != 1 {
			t.Errorf("%d log-ins with a password that never worked, want 1 of all processes", n)
		}
		call(t, c.open(t)) // all began anew
		if n := c.refused.Load(); n != 1 {
			t.Errorf("%d log-ins after all processes began anew, want 1", n)
		}
		c.save(t, "right")
		all := c.open(t)
		for _, err := range call(t, all) {
			if err != nil {
				t.Errorf("with the right password: %v", err)
			}
		}
		c.hasPassword("another")
		for { // until the first one signs in anew
			if _, err := all[0].Find(t.Context(), somebody, calendars.Key{Source: "s", Absence: "1"}); err != nil {
				break
			}
		}
		for _, err := range call(t, all) {
			if isRejected(err) != "401" {
				t.Errorf("after the password was changed: %v", err)
			}
		}
		if n := c.refused.Load() - 1; n != 3 {
			t.Errorf("%d log-ins with a password that worked once, want 3 of all processes", n)
		}
		call(t, c.open(t))
		if n := c.refused.Load() - 1; n != 3 {
			t.Errorf("%d log-ins after all processes began anew, want 3", n)
		}
	})
}

// Who is under way when a password is refused for the first time cannot know of it: that
// is one of each process.
func TestAChangedPasswordIsMetByAllProcessesAtOnce(t *testing.T) {
	t.Parallel()
	databasetest.AllURLs(t, func(t *testing.T, address string) {
		c := newPremises(t, address, "right")
		c.save(t, "right")
		all := c.open(t)
		call(t, all)
		c.hasPassword("another")
		call(t, all)
		if n := c.refused.Load(); n < 3 || n > 5 {
			t.Errorf("%d log-ins, want 3, and 2 more at most for the others that were under way", n)
		}
	})
}

func isRejected(err error) (code string) {
	if blocked, ok := err.(*calendars.Blocked); ok && blocked.Reason == calendars.CredentialsRejected { //nolint:errorlint // never wrapped
		return blocked.Code
	}
	return ""
}

// Somebody's check is one log-in, also while all processes rest; when it is accepted they
// go on.
func TestACheckOfAPersonEndsTheRest(t *testing.T) {
	t.Parallel()
	databasetest.AllURLs(t, func(t *testing.T, address string) {
		c := newPremises(t, address, "right")
		c.save(t, "wrong")
		all := c.open(t)
		call(t, all)
		if steps := c.processes[1].open(t).Check(t.Context(), somebody, false); calendars.Passed(steps) {
			t.Errorf("the check of a wrong password: %+v", steps)
		}
		if n := c.refused.Load(); n != 2 {
			t.Errorf("%d log-ins, want 1 of all processes and 1 of the check", n)
		}
		c.hasPassword("wrong") // put right on the server
		if err := call(t, all)[0]; isRejected(err) == "" {
			t.Errorf("nobody looked: %v", err)
		}
		if steps := c.processes[1].open(t).Check(t.Context(), somebody, false); !calendars.Passed(steps) {
			t.Errorf("the check of a right password: %+v", steps)
		}
		for _, err := range call(t, all) {
			if err != nil {
				t.Errorf("after a check: %v", err)
			}
		}
		if n := c.refused.Load(); n != 2 {
			t.Errorf("%d log-ins in the end", n)
		}
	})
}

// Without its database a process knows what it learnt itself.
func TestWithoutTheDatabaseAProcessKnowsForItself(t *testing.T) {
	t.Parallel()
	c := newPremises(t, databasetest.SQLite(t), "right")
	c.save(t, "wrong")
	all := c.open(t)
	for _, p := range c.processes {
		_ = p.db.Close()
	}
	for _, err := range call(t, all) {
		if isRejected(err) != "401" {
			t.Errorf("with a wrong password: %v", err)
		}
	}
	if n := c.refused.Load(); n != 3 {
		t.Errorf("%d log-ins, want 1 of each process", n)
	}
}
