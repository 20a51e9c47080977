package graph

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The addresses of the worldwide cloud. National clouds have their own pairs
// (learn.microsoft.com/graph/deployments).
const (
	DefaultAuthorityURL = "https://login.microsoftonline.com"
	DefaultGraphURL     = "https://graph.microsoft.com/v1.0"
)

// Config tells how to reach one Entra tenant as one application. Exactly one of
// ClientSecret and CertificatePEM is set.
type Config struct {
	// TenantID is the tenant's GUID or one of its domains; not "common".
	TenantID string
	// ClientID is the application's GUID.
	ClientID     string
	ClientSecret string
	// SecretEnd is when ClientSecret expires, zero where nobody knows.
	SecretEnd time.Time
	// CertificatePEM is the certificate followed by its unencrypted private key.
	CertificatePEM []byte
	// AuthorityURL is where tokens come from; DefaultAuthorityURL when empty.
	AuthorityURL string
	// GraphURL is Graph with its version; DefaultGraphURL when empty.
	GraphURL string
	// AllowInsecure allows http addresses, for a rehearsal on one machine.
	AllowInsecure bool
	// MaxConcurrent is how many requests may be open at once over all mailboxes;
	// 16 when 0. A mailbox never has more than 4.
	MaxConcurrent int
	// Timeout is how long one request may take, its token included; 30 s when 0.
	// Waiting for a free place among MaxConcurrent does not count.
	Timeout time.Duration
	// WrapTransport, when set, gets each transport before its first use and returns the one
	// to use instead, such as egress.Policy.Transport.
	WrapTransport func(*http.Transport) *http.Transport
	// Logger gets one debug line a request; nothing is logged when nil.
	Logger *slog.Logger
}

// String hides the secrets of c from %v and %+v.
func (c Config) String() string {
	return fmt.Sprintf("tenant %s, application %s, %s, %s", c.TenantID, c.ClientID, c.AuthorityURL, c.GraphURL)
}

// LogValue hides the secrets of c from slog.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

func (c Config) withDefaults() Config {
	if c.AuthorityURL == "" {
		c.AuthorityURL = DefaultAuthorityURL
	}
	if c.GraphURL == "" {
		c.GraphURL = DefaultGraphURL
	}
	if c.MaxConcurrent <= 0 {
		c.MaxConcurrent = 16
	}
	if c.Timeout <= 0 {
		c.Timeout = 30 * time.Second
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

func (c Config) validate() (base, authority *url.URL, err error) {
	switch {
	case !tenantPattern.MatchString(c.TenantID):
		return nil, nil, errors.New("graph: the tenant id must be a GUID or a domain")
	case strings.TrimSpace(c.ClientID) == "":
		return nil, nil, errors.New("graph: the client id is missing")
	case (c.ClientSecret == "") == (len(c.CertificatePEM) == 0):
		return nil, nil, errors.New("graph: give either a client secret or a certificate")
	}
	if base, err = c.endpoint("Graph", c.GraphURL); err != nil {
		return nil, nil, err
	}
	authority, err = c.endpoint("authority", c.AuthorityURL)
	return base, authority, err
}

func (c Config) endpoint(name, address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("graph: the %s address must be a plain https address", name)
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && c.AllowInsecure) {
		return nil, fmt.Errorf("graph: the %s address must begin with https", name)
	}
	return u, nil
}
