package exchange

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/figgosync/figgosync/sandbox/exchange/ntlm"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// Path is where the endpoint is; IIS compares it without regard to case.
const Path = "/EWS/Exchange.asmx"

// The authentication schemes of Config.Schemes.
const (
	NTLM      = "NTLM"
	Negotiate = "Negotiate" // raw NTLM inside; no Kerberos, no SPNEGO
	Basic     = "Basic"
)

// Account is one account of the domain that may log on.
type Account struct {
	// Domain is the NetBIOS name, Username the account's name in it. Both are
	// compared without regard to case.
	Domain, Username, Password string
	// UPN is the user principal name, accepted with an empty domain; "" means
	// Username@Domain. The account has a mailbox of its own if the store has
	// one at that address.
	UPN string
	// Impersonate tells whether it has the ApplicationImpersonation role, Scope
	// over whom: nil is everybody.
	Impersonate bool
	Scope       func(email string) bool
	// MaxConcurrent is its EWSMaxConcurrency: how many requests it may have open
	// at once. 0 is the build's default, 27, or 10 on Exchange 2010
	// (learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange).
	MaxConcurrent int
	// NoAutoReplies denies it the automatic replies of the mailboxes it may open.
	NoAutoReplies bool
}

// Config is what a service is made from.
type Config struct {
	Accounts []Account
	// Schemes are offered in this order; nil is NTLM and Negotiate, as IIS has
	// it by default: Basic only works where an admin turned it on.
	Schemes []string
	// Build is the server's version, "" is Server SE.
	Build Build
	// CloseEvery closes the connection after every n-th answer that is not part
	// of a handshake, as load balancers and idle limits do now and then; 0 never.
	CloseEvery int
	// RefusesDocuments has automatic replies refused that are whole HTML documents, as
	// some servers do although that is what they answer.
	RefusesDocuments bool
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Service is one imitated server.
type Service struct {
	store    *mailboxes.Store
	accounts []*account
	schemes  []string
	build    Build
	every    int64
	answers  atomic.Int64
	now      func() time.Time
	names    ntlm.Server

	refusesDocuments bool
}

type account struct {
	Account
	open atomic.Int64
}

// New returns a service over store. It panics on a scheme or build it does not
// know.
func New(store *mailboxes.Store, cfg Config) *Service {
	r := &Service{store: store, schemes: cfg.Schemes, build: cfg.Build, every: int64(cfg.CloseEvery), now: cfg.Now,
		refusesDocuments: cfg.RefusesDocuments}
	r.names = ntlm.Server{Domain: "EXAMPLE", DNSDomain: "example.com", Computer: "EX1", DNSComputer: "ex1.example.com"}
	if r.now == nil {
		r.now = time.Now
	}
	if r.schemes == nil {
		r.schemes = []string{NTLM, Negotiate}
	}
	if r.build == "" {
		r.build = ServerSE
	}
	if _, ok := newestVersion[r.build]; !ok {
		panic("sandbox/exchange: unknown build " + string(r.build))
	}
	for _, scheme := range r.schemes {
		if !slices.Contains([]string{NTLM, Negotiate, Basic}, scheme) {
			panic("sandbox/exchange: unknown authentication scheme " + scheme)
		}
	}
	if len(cfg.Accounts) > 0 && cfg.Accounts[0].Domain != "" {
		r.names.Domain = cfg.Accounts[0].Domain
	}
	for _, a := range cfg.Accounts {
		r.accounts = append(r.accounts, r.newAccount(a))
	}
	return r
}

func (s *Service) newAccount(a Account) *account {
	if a.UPN == "" {
		a.UPN = a.Username + "@" + a.Domain
	}
	if a.MaxConcurrent == 0 {
		a.MaxConcurrent = 27
		if s.build == Server2010SP2 {
			a.MaxConcurrent = 10
		}
	}
	if a.Scope == nil {
		a.Scope = func(string) bool { return true }
	}
	return &account{Account: a}
}

// account returns who a client means by domain and user; nil for nobody. With
// an empty domain the user may be a user principal name, or a name of the
// server's own domain.
func (s *Service) account(domain, user string) *account {
	for _, a := range s.accounts {
		same := strings.EqualFold(user, a.Username)
		if domain != "" && strings.EqualFold(domain, a.Domain) && same ||
			domain == "" && (strings.EqualFold(user, a.UPN) || same) {
			return a
		}
	}
	return nil
}

type connectionKey struct{}

// connection is what the Exchange services of a process know about one TCP connection.
type connection struct {
	mu       sync.Mutex
	sessions map[*Service]*session
}

// ConnContext goes into http.Server.ConnContext: it gives each TCP connection
// the state NTLM needs. Without it every request is answered with HTTP 500.
func ConnContext(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, &connection{sessions: map[*Service]*session{}})
}

// session returns the service's state on the connection of a request. HTTP/1.1
// serves one request at a time per connection, so nobody else uses it meanwhile.
func (s *Service) session(req *http.Request) *session {
	c, ok := req.Context().Value(connectionKey{}).(*connection)
	if !ok {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sessions[s] == nil {
		c.sessions[s] = &session{}
	}
	return c.sessions[s]
}
