package sandbox

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/figgosync/figgosync/sandbox/desk"
	"github.com/figgosync/figgosync/sandbox/entra"
	"github.com/figgosync/figgosync/sandbox/exchange"
	"github.com/figgosync/figgosync/sandbox/google"
	"github.com/figgosync/figgosync/sandbox/graph"
	"github.com/figgosync/figgosync/sandbox/lucca"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// Sandbox is the imitated outside world.
type Sandbox struct {
	credentials Credentials
	store       *mailboxes.Store
	company     *lucca.Service
	desk        *desk.Desk
	services    map[string]http.Handler // by target
	counts      counts
	faults      faults
	control     *http.ServeMux
}

// New returns a sandbox with the demo company in it. Close it when done.
func New(cfg Config) (*Sandbox, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	account, err := serviceAccount(&cfg)
	if err != nil {
		return nil, err
	}
	s := &Sandbox{credentials: cfg.credentials(), store: mailboxes.New(), counts: newCounts()}
	s.company = newLucca(cfg, s.credentials.Lucca)
	if err := settle(s.company, s.store); err != nil {
		s.company.Close()
		return nil, fmt.Errorf("sandbox: demo company: %w", err)
	}
	login := newEntra(cfg, s.credentials.Office365)
	google, office365, exchange := newGoogle(cfg, s.store, account), newGraph(cfg, s.store, login),
		newExchange(s.store, s.credentials.Exchange)
	s.desk = desk.New(s.company, s.store, map[mailboxes.System]mailboxes.Owner{
		mailboxes.Google: google, mailboxes.Graph: office365, mailboxes.Exchange: exchange,
	})
	s.desk.Show(s.credentials.values())
	s.desk.Link(cfg.WebhookBaseURL)
	googleHandler := http.StripPrefix("/google", google.Handler())
	s.services = map[string]http.Handler{
		targetLucca:       http.StripPrefix("/lucca", s.company.Handler()),
		targetEntra:       http.StripPrefix("/entra", login.Handler()),
		targetGraph:       http.StripPrefix("/graph/v1.0", office365.Handler()),
		targetExchange:    exchange.Handler(),
		targetGoogle:      googleHandler,
		targetGoogleToken: googleHandler,
	}
	s.control = s.controlRoutes()
	return s, nil
}

// Handler serves everything. The server it is given to needs ConnContext.
func (s *Sandbox) Handler() http.Handler { return http.HandlerFunc(s.serve) }

// ConnContext goes into http.Server.ConnContext: NTLM signs in a connection, not a
// request.
func (s *Sandbox) ConnContext(ctx context.Context, conn net.Conn) context.Context {
	return exchange.ConnContext(ctx, conn)
}

// Credentials are what a client needs to reach the systems.
func (s *Sandbox) Credentials() Credentials { return s.credentials }

// Mailboxes is the store behind the calendar systems.
func (s *Sandbox) Mailboxes() *mailboxes.Store { return s.store }

// Lucca is the Lucca account.
func (s *Sandbox) Lucca() *lucca.Service { return s.company }

// Close stops the webhooks and the desk's streams.
func (s *Sandbox) Close() {
	s.desk.Close()
	s.company.Close()
}

func newLucca(cfg Config, c LuccaCredentials) *lucca.Service {
	account := lucca.Config{
		ClientID: c.ClientID, ClientSecret: c.ClientSecret, APIKey: c.APIKey, Host: c.Host,
		AllowHTTP: true, Delivery: cfg.Delivery, RequestsPerMinute: cfg.Limits.LuccaPerMinute,
		FirstLeave: cfg.FirstLeave,
	}
	if cfg.WebhookBaseURL != "" {
		source := url.PathEscape(cfg.Source)
		account.Webhooks = []lucca.Webhook{{URL: cfg.WebhookBaseURL + "/webhooks/lucca/" + source,
			Secret: c.WebhookSecret}}
		account.HTTPSynchronization = []lucca.HTTPTarget{{URL: cfg.WebhookBaseURL + "/webhooks/figgo/" + source,
			Key: c.HTTPSynchronizationKey}}
	}
	return lucca.New(account)
}

// newEntra issues tokens for Graph at its own hosts and at the sandbox's: a client asks
// for the host it calls.
func newEntra(cfg Config, c Office365Credentials) *entra.Service {
	roles := []string{entra.CalendarsReadWrite, entra.MailboxSettingsReadWrite}
	return entra.New(entra.Config{
		BaseURL:   c.AuthorityURL,
		Resources: graphResources(cfg),
		Tenants: []entra.Tenant{{ID: c.TenantID, Domains: []string{"example.com"}, Apps: []entra.App{{
			ClientID: c.ClientID, Secret: c.ClientSecret, Roles: roles, Requests: roles,
			RedirectURIs: []string{cfg.WebhookBaseURL + "/connections/consent/callback"},
		}}}},
	})
}

func graphResources(cfg Config) []string {
	return append([]string{cfg.BaseURL}, entra.GraphResources...)
}

func newGraph(cfg Config, store *mailboxes.Store, login *entra.Service) *graph.Service {
	resources := graphResources(cfg)
	authorize := func(bearer string) (principal graph.Principal, err error) {
		for _, resource := range resources {
			var p entra.Principal
			if p, err = login.Verify(bearer, resource); err == nil {
				return graph.Principal{TenantID: p.TenantID, AppID: p.AppID, Roles: p.Roles}, nil
			}
		}
		return principal, err
	}
	return graph.New(store, graph.Config{
		Authorize: authorize, BaseURL: cfg.BaseURL + "/graph/v1.0", PerMailbox: cfg.Limits.GraphPerMailbox,
	})
}

func newExchange(store *mailboxes.Store, c ExchangeCredentials) *exchange.Service {
	domain, login, _ := strings.Cut(c.Username, `\`)
	return exchange.New(store, exchange.Config{Accounts: []exchange.Account{
		{Domain: domain, Username: login, Password: c.Password, Impersonate: true},
	}})
}

func newGoogle(cfg Config, store *mailboxes.Store, account google.ServiceAccount) *google.Service {
	return google.New(store, google.Config{
		TokenURL: cfg.BaseURL + "/google/token", ServiceAccounts: []google.ServiceAccount{account},
		PerUserPerMinute: cfg.Limits.GooglePerUserPerMinute, PerProjectPerMinute: cfg.Limits.GooglePerProjectPerMinute,
	})
}

// route says whose a request is; "" is nobody's.
func route(path string) string {
	switch {
	case strings.HasPrefix(path, "/lucca/"):
		return targetLucca
	case strings.HasPrefix(path, "/entra/"):
		return targetEntra
	case strings.HasPrefix(path, "/graph/v1.0/"):
		return targetGraph
	case strings.EqualFold(path, exchange.Path):
		return targetExchange
	case path == "/google/token":
		return targetGoogleToken
	case strings.HasPrefix(path, "/google/"):
		return targetGoogle
	}
	return ""
}

func (s *Sandbox) serve(w http.ResponseWriter, r *http.Request) {
	target := route(r.URL.Path)
	if target == "" {
		s.serveDesk(w, r)
		return
	}
	defer s.counts.enter(target, r)()
	s.faults.serve(target, s.services[target], w, r)
	s.counts.answered(target, w.Header())
}

func (s *Sandbox) serveDesk(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case path == "/":
		http.Redirect(w, r, "/sandbox", http.StatusFound)
	case slices.Contains([]string{"/sandbox/faults", "/sandbox/requests", keyFile}, path):
		s.control.ServeHTTP(w, r)
	default:
		s.desk.Handler().ServeHTTP(w, r)
	}
}

func (s *Sandbox) controlRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	guard := http.NewCrossOriginProtection()
	for pattern, handler := range map[string]http.HandlerFunc{
		"GET /sandbox/faults": s.faults.list, "POST /sandbox/faults": s.faults.add,
		"DELETE /sandbox/faults": s.faults.clear,
		"GET /sandbox/requests":  s.counts.list, "DELETE /sandbox/requests": s.counts.reset,
		"GET " + keyFile: s.serveKeyFile,
	} {
		mux.Handle(pattern, guard.Handler(handler))
	}
	return mux
}
