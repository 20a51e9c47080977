// Package entra is the sandbox's imitation of Microsoft Entra ID, the login in
// front of Microsoft Graph: the token endpoint for client credentials (secret
// or certificate), the admin-consent page, and the discovery documents official
// clients ask for first. It is strict where Microsoft is, and where Microsoft
// does not say it takes the stricter reading.
//
// Sources: learn.microsoft.com/entra/identity-platform, pages
// v2-oauth2-client-creds-grant-flow, v2-admin-consent, certificate-credentials
// and reference-error-codes.
package entra

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Errors of the calls that change a Service.
var (
	ErrNoTenant = errors.New("entra: no such tenant")
	ErrNoApp    = errors.New("entra: no such application in the tenant")
)

// CalendarsReadWrite is the application permission a calendar writer needs:
// learn.microsoft.com/graph/permissions-reference.
const CalendarsReadWrite = "Calendars.ReadWrite"

// MailboxSettingsReadWrite is the one for automatic replies.
const MailboxSettingsReadWrite = "MailboxSettings.ReadWrite"

// GraphResources are the resources tokens are issued for when Config names
// none: Graph's hosts in Microsoft's clouds
// (learn.microsoft.com/graph/deployments).
var GraphResources = []string{
	"https://graph.microsoft.com",
	"https://graph.microsoft.us",
	"https://dod-graph.microsoft.us",
	"https://microsoftgraph.chinacloudapi.cn",
}

// Config describes the directory.
type Config struct {
	Tenants []Tenant
	// Resources are the resources tokens can be asked for, without a trailing
	// slash; GraphResources when empty. A scope is a resource and "/.default",
	// and the resource is the token's audience.
	Resources []string
	// BaseURL is where clients reach the handler, without a trailing slash:
	// "https://127.0.0.1:9090/entra". When empty it is read from each request,
	// which is right unless a proxy stands before.
	BaseURL string
	// Key signs the tokens (RSA, 2048 bits or more); a new one when nil.
	Key *rsa.PrivateKey
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

// Tenant is one company's directory.
type Tenant struct {
	// ID is the tenant's GUID.
	ID string
	// Domains are the domain names that stand for the tenant in URLs.
	Domains []string
	Apps    []App
	// RefusesConsent makes the administrator press Cancel on the consent page.
	RefusesConsent bool
}

// App is an application as one tenant knows it.
type App struct {
	ClientID string
	// Secret is the client secret; "" when the app has none.
	Secret string
	// CertificatePEM is the registered certificate; "" when the app has none.
	CertificatePEM string
	// RedirectURIs are compared exactly.
	RedirectURIs []string
	// Roles are the application permissions the tenant has consented to.
	Roles []string
	// Requests are the application permissions the registration asks for:
	// admin consent adds them to Roles. CalendarsReadWrite when empty.
	Requests []string
}

// Principal is the application a token was issued to.
type Principal struct {
	TenantID string
	AppID    string
	Roles    []string
}

// Service is the running imitation. It is safe for concurrent use.
type Service struct {
	resources []string
	baseURL   string
	now       func() time.Time
	key       *rsa.PrivateKey
	kid       string

	mu      sync.Mutex
	tenants []*tenant
	used    map[string]time.Time // jti of accepted assertions, until they expire
}

type tenant struct {
	id      string
	domains []string
	refuses bool
	apps    []*app
}

type app struct {
	App
	certificate *x509.Certificate
}

// New opens the service. It panics when a CertificatePEM holds no certificate: the
// configuration is the program's own.
func New(cfg Config) *Service {
	key := signingKey(cfg.Key)
	r := &Service{
		resources: cfg.Resources, baseURL: strings.TrimSuffix(cfg.BaseURL, "/"), now: cfg.Now,
		key: key, kid: keyID(&key.PublicKey), used: map[string]time.Time{},
	}
	if len(r.resources) == 0 {
		r.resources = GraphResources
	}
	if r.now == nil {
		r.now = time.Now
	}
	for _, t := range cfg.Tenants {
		r.tenants = append(r.tenants, newTenant(t))
	}
	return r
}

func signingKey(key *rsa.PrivateKey) *rsa.PrivateKey {
	if key != nil {
		return key
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(fmt.Errorf("entra: signing key: %w", err))
	}
	return key
}

func newTenant(t Tenant) *tenant {
	known := &tenant{id: strings.ToLower(t.ID), refuses: t.RefusesConsent}
	for _, domain := range t.Domains {
		known.domains = append(known.domains, strings.ToLower(domain))
	}
	for _, a := range t.Apps {
		a.ClientID = strings.ToLower(a.ClientID)
		if len(a.Requests) == 0 {
			a.Requests = []string{CalendarsReadWrite}
		}
		a.Roles = slices.Clone(a.Roles)
		known.apps = append(known.apps, &app{App: a, certificate: parseCertificate(a.CertificatePEM)})
	}
	return known
}

func parseCertificate(text string) *x509.Certificate {
	if text == "" {
		return nil
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" {
		panic("entra: CertificatePEM holds no certificate")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		panic(fmt.Errorf("entra: CertificatePEM: %w", err))
	}
	return certificate
}

// Handler serves the service at the root: a caller that mounts it under a prefix
// strips the prefix with http.StripPrefix.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", s.token)
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", s.openIDConfiguration)
	mux.HandleFunc("GET /{tenant}/discovery/v2.0/keys", s.keys)
	mux.HandleFunc("GET /common/discovery/instance", s.instance)
	mux.HandleFunc("GET /{tenant}/v2.0/adminconsent", s.adminConsent)
	return mux
}

// SetConsent makes roles the application permissions the tenant has consented
// to for the app; none withdraws consent. Tokens already issued keep the roles
// they have until they expire. It returns ErrNoTenant or ErrNoApp.
func (s *Service) SetConsent(tenant, clientID string, roles ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.find(tenant)
	if t == nil {
		return ErrNoTenant
	}
	a := t.app(clientID)
	if a == nil {
		return ErrNoApp
	}
	a.Roles = slices.Clone(roles)
	return nil
}

// SetRefusal tells whether the tenant's administrator presses Cancel on the
// consent page from now on. It returns ErrNoTenant.
func (s *Service) SetRefusal(tenant string, refuses bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.find(tenant)
	if t == nil {
		return ErrNoTenant
	}
	t.refuses = refuses
	return nil
}

// find returns the tenant named by GUID or domain, or nil. s.mu must be held.
func (s *Service) find(name string) *tenant {
	name = strings.ToLower(name)
	for _, t := range s.tenants {
		if t.id == name || slices.Contains(t.domains, name) {
			return t
		}
	}
	return nil
}

func (t *tenant) app(clientID string) *app {
	clientID = strings.ToLower(clientID)
	for _, a := range t.apps {
		if a.ClientID == clientID {
			return a
		}
	}
	return nil
}

// base is the URL under which the client reached the service. A prefix stripped by
// http.StripPrefix is still in RequestURI.
func (s *Service) base(req *http.Request) string {
	if s.baseURL != "" {
		return s.baseURL
	}
	scheme := "http"
	if req.TLS != nil {
		scheme = "https"
	}
	asked, _, _ := strings.Cut(req.RequestURI, "?")
	return scheme + "://" + req.Host + strings.TrimSuffix(asked, req.URL.EscapedPath())
}
