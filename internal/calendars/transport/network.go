package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/egress"
)

// Classify says what it means that an exchange brought no complete answer, as one
// of the port's errors. cause stands in it instead of err, which holds addresses
// and host names.
func Classify(err, cause error) error {
	if refused, ok := calendars.AddressRefused(err); ok {
		return refused
	}
	code := TLSCode(err)
	if refused, ok := errors.AsType[*egress.ProxyRefusedError](err); ok && refused.Status < 500 {
		code = Code(err)
	}
	if code != "" {
		return &calendars.Blocked{
			Reason: calendars.ServerUnreachable, Scope: calendars.ScopeConnection, Code: code, Err: cause,
		}
	}
	return &calendars.Temporary{Code: Code(err), Err: cause}
}

// ofProxy names trouble with an HTTP proxy, "" for any other.
func ofProxy(err error) string {
	var dialed *net.OpError
	if _, refused := errors.AsType[*egress.ProxyRefusedError](err); refused {
		return string(calendars.ProxyRefuses)
	}
	if errors.As(err, &dialed) && dialed.Op == "proxyconnect" { // net/http's word
		return string(calendars.ProxyUnreachable)
	}
	return ""
}

// Code names a failure of the network that time may mend: timeout,
// name-not-resolved, connection-refused, connection-reset, connection-closed,
// answer-too-big, proxy-unreachable, proxy-refuses, or network for any other.
func Code(err error) string {
	var (
		dns     *net.DNSError
		timeout net.Error
		tooBig  *http.MaxBytesError
		asked   *url.Error
	)
	if errors.As(err, &asked) { // its Timeout looks no deeper than one error
		err = asked.Err
	}
	if code := ofProxy(err); code != "" {
		return code
	}
	switch {
	case errors.As(err, &tooBig):
		return "answer-too-big"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case errors.As(err, &dns):
		return "name-not-resolved"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection-refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection-reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection-closed"
	}
	return "network"
}

// TLSCode names a TLS failure that only a person can mend, "" for anything else:
// tls-unknown-authority, tls-name-mismatch, tls-expired, tls-certificate,
// tls-not-spoken, tls-version or tls-refused. What to do differs for each.
func TLSCode(err error) string {
	var (
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		roots   x509.SystemRootsError
		other   *tls.CertificateVerificationError
		record  tls.RecordHeaderError
	)
	switch {
	case err == nil:
		return ""
	case errors.As(err, &unknown):
		return "tls-unknown-authority"
	case errors.As(err, &name):
		return "tls-name-mismatch"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "tls-expired"
	case errors.As(err, &roots), errors.As(err, &invalid), errors.As(err, &other):
		return "tls-certificate"
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return "tls-not-spoken"
	}
	return alertCode(err.Error())
}

// alerts are handshake failures, for which crypto/tls has no types, by the names
// it gives to them. An alert about load or a broken record is not among them.
var alerts = map[string][]string{
	"tls-version": {"protocol version"},
	"tls-refused": {
		"handshake failure", "insufficient security level", "no cipher suite", "certificate required",
		"bad certificate",
		"unrecognized name", "failed to parse certificate", "unconfigured cipher suite",
	},
}

func alertCode(text string) string {
	if !strings.Contains(text, "tls: ") {
		return ""
	}
	for _, code := range []string{"tls-version", "tls-refused"} {
		for _, name := range alerts[code] {
			if strings.Contains(text, name) {
				return code
			}
		}
	}
	return ""
}
