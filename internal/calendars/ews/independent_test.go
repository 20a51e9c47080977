//go:build linux

package ews_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	sandbox "github.com/figgosync/figgosync/sandbox/exchange"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// The servers here speak NTLM as others wrote it: Samba, and the GSSAPI plug-in
// gss-ntlmssp behind Apache. Ours above could share a misunderstanding with us.

const (
	domainBob = `EX\bob`
	cycles    = 125
	// cycleRequests: four a cycle, and each of the two Calendars reads its first event
	// again.
	cycleRequests = 4*cycles + 2
)

func independentAccounts() map[string]string {
	return map[string]string{alice: "pâssword 1", domainBob: "other €"}
}

// owner returns the account that a mailbox must be reached as.
func owner(mailbox string) string {
	return map[bool]string{true: alice, false: domainBob}[strings.HasPrefix(mailbox, "alices-")]
}

// served is one request as a server let it in.
type served struct{ account, mailbox string }

// signedInExchange is the sandbox's Exchange behind a server that did the sign-in. Each
// account may impersonate the mailboxes it owns only, so the sandbox refuses
// what runs as the wrong account.
type signedInExchange struct {
	service   http.Handler
	passwords map[string]string

	mu  sync.Mutex
	log []served
}

func newSignedInExchange(passwords map[string]string) *signedInExchange {
	store := mailboxes.New()
	for i := range cycles {
		store.Add(mailboxes.Mailbox{Email: ownedMailbox(i), Name: "Jean", System: mailboxes.Exchange, Zone: "Europe/Paris"})
	}
	config := sandbox.Config{Schemes: []string{sandbox.Basic}, CloseEvery: 20}
	for login, password := range passwords {
		domain, name, _ := strings.Cut(login, `\`)
		config.Accounts = append(config.Accounts, sandbox.Account{
			Domain: domain, Username: name, Password: password, Impersonate: true,
			Scope: func(email string) bool { return owner(email) == login },
		})
	}
	return &signedInExchange{service: sandbox.New(store, config).Handler(), passwords: passwords}
}

func ownedMailbox(i int) string {
	return fmt.Sprintf("%s-%d@example.com", []string{"alices", "bobs"}[i%2], i)
}

// ServeHTTP serves what Apache lets in.
func (m *signedInExchange) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.serve(w, r, r.Header.Get("X-Account"))
}

// serve lets the sandbox answer a request of the account that signed in.
func (m *signedInExchange) serve(w http.ResponseWriter, r *http.Request, account string) {
	m.mu.Lock()
	m.log = append(m.log, served{account: account, mailbox: r.Header.Get("X-AnchorMailbox")})
	m.mu.Unlock()
	r = r.Clone(r.Context())
	r.SetBasicAuth(account, m.passwords[account])
	m.service.ServeHTTP(w, r)
}

func (m *signedInExchange) seen() []served {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]served(nil), m.log...)
}

func TestSambaSignsUsIn(t *testing.T) {
	t.Parallel()
	passwords := independentAccounts()
	service := newSignedInExchange(passwords)
	server, url := newSambaServer(t, startSamba(t, passwords), service)
	runCycles(t, url, passwords)
	checkAccounts(t, "the server", service.seen())
	if server.refused.Load() != 0 {
		t.Errorf("Samba refused %d sign-ins", server.refused.Load())
	}
	t.Logf("%d requests, %d sign-ins by Samba", len(service.seen()), server.signIns.Load())
	tries := checkWrongCredentials(t, url)
	if refused, in := int(server.refused.Load()), len(service.seen()); refused < tries || in != cycleRequests {
		t.Errorf("with wrong credentials Samba refused %d sign-ins and let in %d requests", refused, in-cycleRequests)
	}
}

func TestApacheSignsUsIn(t *testing.T) {
	t.Parallel()
	passwords := independentAccounts()
	service := newSignedInExchange(passwords)
	server := startApache(t, byNTLM(t, passwords), service)
	runCycles(t, server.url, passwords)
	checkAccounts(t, "the sandbox", service.seen())
	got := server.settled(t, cycleRequests, 0)
	checkAccounts(t, "Apache", got.in)
	if got.refused != 0 || len(got.odd) != 0 {
		t.Errorf("Apache refused %d sign-ins, and logs %d other answers, such as %q", got.refused, len(got.odd), got.odd[:min(3, len(got.odd))])
	}
	t.Logf("%d requests, %d sign-ins by Apache", len(got.in), got.proofs)
	tries := checkWrongCredentials(t, server.url)
	if got := server.settled(t, cycleRequests, tries); got.refused < tries || len(got.in) != cycleRequests {
		t.Errorf("with wrong credentials Apache refused %d sign-ins and let in %d requests", got.refused, len(got.in)-cycleRequests)
	}
}

// runCycles runs 500 requests over 8 slots for each of the two accounts: an event
// is written, found, changed and taken away again in each mailbox.
func runCycles(t *testing.T, url string, passwords map[string]string) {
	t.Helper()
	reached := map[string]*ews.Calendar{}
	for login, password := range passwords {
		reached[login] = openAt(t, url, login, password, 8)
	}
	var group sync.WaitGroup
	for i := range cycles {
		mailbox := ownedMailbox(i)
		group.Go(func() {
			if err := runCycle(t, reached[owner(mailbox)], mailbox); err != nil {
				t.Errorf("mailbox %d: %v", i, err)
			}
		})
	}
	group.Wait()
}

func openAt(t testing.TB, url, login, password string, slots int) *ews.Calendar {
	t.Helper()
	c, err := ews.New(ews.Config{URL: url, Username: login, Password: password, MaxConcurrent: slots, AllowInsecure: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// runCycle makes four requests.
func runCycle(t *testing.T, c *ews.Calendar, mailbox string) error {
	event := morning()
	created, err := c.Create(t.Context(), mailbox, marker, event, "")
	if err != nil {
		return fmt.Errorf("create: %w", err)
	}
	found, err := c.Find(t.Context(), mailbox, key)
	if err != nil {
		return fmt.Errorf("find: %w", err)
	}
	if len(found) != 1 || found[0].ID != created.ID {
		return fmt.Errorf("find: %d events", len(found))
	}
	event.Status, event.ShowAs = absence.Pending, absence.Tentative
	updated, err := c.Update(t.Context(), mailbox, found[0], event)
	if err != nil {
		return fmt.Errorf("update: %w", err)
	}
	if err := c.Delete(t.Context(), mailbox, updated); err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	return nil
}

// checkAccounts wants each of the 500 requests under the mailbox's own account.
func checkAccounts(t *testing.T, who string, log []served) {
	t.Helper()
	wrong := 0
	for _, entry := range log {
		if entry.account != owner(entry.mailbox) {
			wrong++
		}
	}
	if wrong != 0 || len(log) != cycleRequests {
		t.Errorf("%s saw %d requests, %d of them as the wrong account, such as %+v", who, len(log), wrong, log[:min(1, len(log))])
	}
}

// checkWrongCredentials wants a refusal by the server to be understood. It
// returns with how many wrong credentials it tried to sign in.
func checkWrongCredentials(t *testing.T, url string) int {
	t.Helper()
	all := map[string][2]string{
		"another's password": {alice, "other €"},
		"password's case":    {domainBob, "Other €"},
		"no such account":    {`EX\carol`, "pâssword 1"},
		"password without â": {alice, "password 1"},
	}
	for name, credentials := range all {
		c := openAt(t, url, credentials[0], credentials[1], 1)
		_, err := c.Find(t.Context(), ownedMailbox(0), key)
		blocked, ok := errors.AsType[*calendars.Blocked](err)
		if !ok || blocked.Reason != calendars.CredentialsRejected || blocked.Scope != calendars.ScopeConnection {
			t.Errorf("%s: %v", name, err)
		}
	}
	return len(all)
}
