package reach

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/transport"
	"github.com/figgosync/figgosync/internal/egress"
)

// explain says why no answer came.
func (t *try) explain(ctx context.Context, err error) {
	var refusal string
	var handshaking bool
	t.seen.note(func(s *seen) { refusal, handshaking = s.refusal, s.handshaking })
	ours, isRefused := errors.AsType[*egress.RefusedError](err)
	switch {
	case errors.Is(err, errAddress):
		t.address = calendars.SettingsInvalid
	case isRefused:
		t.address, t.detail = calendars.SettingsInvalid, ours.Error()
	case refusal != "":
		t.address, t.detail = calendars.ProxyRefuses, t.proxy+": HTTP "+refusal
	case transport.Code(err) == string(calendars.ProxyUnreachable): // its TLS too
		t.address, t.detail = calendars.ProxyUnreachable, t.proxy
	case handshaking:
		t.security, t.detail = t.handshakeFailure(ctx, err)
	default:
		t.address, t.detail = connecting(err)
		if t.proxy != "" {
			t.address, t.detail = calendars.ProxyUnreachable, t.proxy
		}
	}
}

// connecting is for failures before TLS.
func connecting(err error) (calendars.Finding, string) {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return calendars.NameNotResolved, ""
	case errors.As(err, &dns):
		return calendars.NameNotResolved, "the DNS server does not answer"
	case errors.Is(err, syscall.ECONNREFUSED):
		return calendars.ConnectionRefused, ""
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return calendars.NetworkUnreachable, ""
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled),
		errors.As(err, &timeout) && timeout.Timeout():
		return calendars.ConnectionTimeout, ""
	}
	return calendars.ConnectionCut, ""
}

// handshakeFailure is for failures in or after the handshake.
func (t *try) handshakeFailure(ctx context.Context, err error) (calendars.Finding, string) {
	if finding, detail := certificate(err); finding != "" {
		return finding, detail
	}
	var record tls.RecordHeaderError
	var timeout net.Error
	switch text := err.Error(); {
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return calendars.TLSNotSpoken, ""
	case strings.Contains(text, "certificate required"), strings.Contains(text, "bad certificate"):
		return calendars.TLSClientCertificate, ""
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return calendars.ConnectionTimeout, "in the TLS handshake"
	case t.state != nil:
		return calendars.ConnectionCut, "after the TLS handshake"
	}
	// What is wrong with the methods only shows in what the server would accept.
	offered := t.anything(ctx)
	switch {
	case offered != nil && offered.Version < t.lowest():
		return calendars.TLSTooOld, tls.VersionName(offered.Version)
	case offered != nil:
		return calendars.TLSWeak, tls.VersionName(offered.Version) + ", " + tls.CipherSuiteName(offered.CipherSuite)
	case strings.Contains(err.Error(), "protocol version"):
		return calendars.TLSTooOld, ""
	case strings.Contains(err.Error(), "tls: "):
		return calendars.TLSRefused, ""
	}
	return calendars.ConnectionCut, "in the TLS handshake"
}

// certificate sorts certificates that do not verify.
func certificate(err error) (calendars.Finding, string) {
	var (
		verification *tls.CertificateVerificationError
		name         x509.HostnameError
		invalid      x509.CertificateInvalidError
		authority    x509.UnknownAuthorityError
	)
	if !errors.As(err, &verification) {
		return "", ""
	}
	chain := verification.UnverifiedCertificates
	switch {
	case errors.As(err, &name):
		return calendars.TLSNameMismatch, names(name.Certificate)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && time.Now().Before(invalid.Cert.NotBefore):
		return calendars.TLSNotYetValid, "from " + date(invalid.Cert.NotBefore)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return calendars.TLSExpired, "on " + date(invalid.Cert.NotAfter)
	case slices.ContainsFunc(chain, weaklySigned):
		return calendars.TLSWeak, "certificate signed with SHA-1"
	case errors.As(err, &authority) && len(chain) > 0:
		return calendars.TLSUnknownAuthority, "issued by " + chain[len(chain)-1].Issuer.String()
	}
	return calendars.TLSCertificateUnusable, ""
}

// names are those the certificate is for. Names in its subject alone have not
// counted for years.
func names(certificate *x509.Certificate) string {
	all := slices.Clone(certificate.DNSNames)
	for _, ip := range certificate.IPAddresses {
		all = append(all, ip.String())
	}
	if len(all) == 0 {
		return "the certificate names no host as subject alternative name"
	}
	return "certificate for " + strings.Join(all[:min(len(all), 5)], ", ")
}

// weaklySigned: SHA-1 and older are not verified any more
// (go.dev/doc/godebug, Go 1.24). Nobody verifies a root's own signature.
func weaklySigned(c *x509.Certificate) bool {
	if c.Subject.String() == c.Issuer.String() {
		return false
	}
	switch c.SignatureAlgorithm {
	case x509.SHA1WithRSA, x509.ECDSAWithSHA1, x509.DSAWithSHA1, x509.MD5WithRSA, x509.MD2WithRSA:
		return true
	}
	return false
}

// lowest is the oldest version of TLS the adapter takes.
func (t *try) lowest() uint16 {
	if config := t.target.Transport.TLSClientConfig; config != nil && config.MinVersion != 0 {
		return config.MinVersion
	}
	return tls.VersionTLS12
}

// anything tells how the server would speak TLS with somebody who takes every
// version and every method; nil when not at all. The certificate is not looked
// at: nothing is sent but one anonymous GET, whose answer is not read.
func (t *try) anything(ctx context.Context) *tls.ConnectionState {
	loose := &try{target: t.target, url: t.url}
	transport := loose.transport()
	defer transport.CloseIdleConnections()
	transport.TLSClientConfig = &tls.Config{
		ServerName: t.url.Hostname(), MinVersion: tls.VersionTLS10,
		InsecureSkipVerify: true, // a diagnosis, see above
	}
	for _, suite := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		transport.TLSClientConfig.CipherSuites = append(transport.TLSClientConfig.CipherSuites, suite.ID)
	}
	request, err := http.NewRequestWithContext(loose.traced(ctx), http.MethodGet, t.target.URL, nil)
	if err != nil {
		return nil
	}
	response, err := transport.RoundTrip(request)
	if err == nil {
		_ = response.Body.Close()
	}
	var state *tls.ConnectionState
	loose.seen.note(func(s *seen) { state = s.state })
	return state
}
