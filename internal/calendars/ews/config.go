package ews

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/figgosync/figgosync/internal/calendars"
)

// The values of Config.Auth.
const (
	AuthNTLM     = "ntlm"
	AuthKerberos = "kerberos"
	AuthBasic    = "basic"
)

const (
	defaultTimeout     = 60 * time.Second
	defaultConcurrency = 4
	// maxConcurrency is Microsoft's advice of at most ten open requests for a
	// service account, and the whole EWSMaxConcurrency of Exchange 2010:
	// learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange.
	maxConcurrency = 10
)

// Config says how to reach one Exchange server.
type Config struct {
	// URL is the EWS address, such as https://mail.example.com/ews/exchange.asmx.
	URL string
	// Username is DOMAIN\login or login@domain of the service account.
	Username string
	Password string `json:"-"`
	// Auth is AuthNTLM (the default), AuthKerberos or AuthBasic. But for Basic the
	// password is never sent, whatever the server asks for.
	Auth string
	// Realm and KDCs are for Kerberos: the realm of the account, what stands behind
	// the @ of Username when "", and the directory's servers, HOST or HOST:PORT; those
	// that DNS tells when empty.
	Realm string
	KDCs  []string
	// Allowed, when set, judges addresses that are connected to in other ways than
	// through a transport, such as egress.Policy.CheckAddr.
	Allowed func(netip.Addr) error
	// CAPEM is certificate authorities in PEM, trusted besides the system's.
	CAPEM string
	// MinTLS is "1.0", "1.1", "1.2" (the default) or "1.3". Below 1.2 the RSA
	// key exchange of old Windows servers is allowed too.
	MinTLS string
	// MaxConcurrent is how many requests may run at once, each on a connection
	// of its own: 4 by default; more than 10 counts as 10.
	MaxConcurrent int
	// AllowInsecure permits an http URL, for rehearsals.
	AllowInsecure bool
	// Timeout bounds each HTTP call with its sign-in: 60 s by default.
	Timeout time.Duration
	// WrapTransport, when set, gets each transport before its first use and returns the one
	// to use instead, such as egress.Policy.Transport.
	WrapTransport func(*http.Transport) *http.Transport
	// SignIns is what other processes learn of the same credentials; nil where there are
	// none.
	SignIns calendars.SignIns
	// Logger gets operations, codes and durations, never a person's data; nil
	// is silence.
	Logger *slog.Logger
}

// Format shows the address only, so that no verb prints the password.
func (c Config) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "ews.Config{%s}", c.URL) }

func (c Config) address() (*url.URL, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Opaque != "" {
		return nil, errors.New("the EWS address is not a URL such as https://mail.example.com/ews/exchange.asmx")
	}
	if u.User != nil {
		return nil, errors.New("the EWS address must not contain credentials")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !c.AllowInsecure) {
		return nil, errors.New("the EWS address must begin with https://")
	}
	return u, nil
}

func (c Config) checkCredentials() error {
	switch {
	case !slices.Contains([]string{"", AuthNTLM, AuthKerberos, AuthBasic}, c.Auth):
		return fmt.Errorf("auth: %q is no way to sign in: use %q, %q or %q", c.Auth, AuthNTLM, AuthKerberos, AuthBasic)
	case c.Username == "" || c.Password == "":
		return errors.New("the Exchange account needs a login and a password")
	case strings.ContainsFunc(c.Username+c.Password, unicode.IsControl):
		return errors.New("the Exchange login and password must not contain control characters")
	case c.Auth == AuthKerberos && !strings.Contains(c.Username, "@") && c.Realm == "":
		return errors.New("realm: Kerberos needs the realm of the account")
	case c.Auth == AuthBasic && strings.Contains(c.Username, ":"):
		// RFC 7617: the server would cut the login at the colon.
		return errors.New("a login with a colon cannot be used with basic sign-in")
	}
	return nil
}

func (c Config) concurrency() int {
	if c.MaxConcurrent <= 0 {
		return defaultConcurrency
	}
	return min(c.MaxConcurrent, maxConcurrency)
}

func (c Config) timeout() time.Duration {
	if c.Timeout <= 0 {
		return defaultTimeout
	}
	return c.Timeout
}

func (c Config) logger() *slog.Logger {
	if c.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Logger
}

var tlsVersions = map[string]uint16{
	"": tls.VersionTLS12, "1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11,
	"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13,
}

func (c Config) tlsConfig() (*tls.Config, error) {
	version, ok := tlsVersions[c.MinTLS]
	if !ok {
		return nil, fmt.Errorf("%q is no TLS version: use 1.0, 1.1, 1.2 or 1.3", c.MinTLS)
	}
	config := &tls.Config{MinVersion: version}
	if version < tls.VersionTLS12 {
		config.CipherSuites = oldServerSuites()
	}
	if c.CAPEM == "" {
		return config, nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM([]byte(c.CAPEM)) {
		return nil, errors.New("the certificate authority is not a certificate in PEM")
	}
	config.RootCAs = roots
	return config, nil
}

// oldServerSuites adds the RSA key exchange, which Go no longer offers by
// itself and which is all that some unpatched Windows Server 2008 R2 speak.
// RC4 and 3DES stay out.
func oldServerSuites() []uint16 {
	var ids []uint16
	for _, suite := range tls.CipherSuites() {
		ids = append(ids, suite.ID)
	}
	return append(ids,
		tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
		tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA)
}
