package ews

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/figgosync/figgosync/internal/calendars"
)

// networkError classifies an exchange that brought no complete answer. Causes
// stay out of the error: they hold addresses and host names.
func networkError(op operation, err error) error {
	if refused, ok := calendars.AddressRefused(err); ok {
		return refused
	}
	if code := tlsTrouble(err); code != "" {
		return blocked(op, code, calendars.ServerUnreachable, calendars.ScopeConnection)
	}
	return temporary(op, networkCode(err))
}

func networkCode(err error) string {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.Is(err, errTooBig):
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

// worthRepeating tells whether a fresh connection may help at once: not when
// the server was slow, talkative or refused by TLS, or its address by us.
func worthRepeating(err error) bool {
	if _, refused := calendars.AddressRefused(err); refused {
		return false
	}
	switch networkCode(err) {
	case "timeout", "answer-too-big", "name-not-resolved", "connection-refused":
		return false
	}
	return tlsTrouble(err) == ""
}

// tlsTrouble names a TLS failure that only a person can mend, "" for anything
// else. It matters which one it is: an admin must act on it.
func tlsTrouble(err error) string {
	var (
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		roots   x509.SystemRootsError
		other   *tls.CertificateVerificationError
		record  tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &unknown):
		return "tls-unknown-authority"
	case errors.As(err, &name):
		return "tls-name-mismatch"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "tls-expired"
	case errors.As(err, &roots), errors.As(err, &invalid), errors.As(err, &other):
		return "tls-certificate"
	case errors.As(err, &record):
		return "tls-not-spoken"
	case strings.Contains(err.Error(), "tls: "):
		return tlsAlert(err.Error())
	}
	return ""
}

// tlsAlert sorts handshake failures, for which crypto/tls has no types, by the
// names it gives to alerts. An alert about load or a broken record is not one.
func tlsAlert(text string) string {
	switch {
	case strings.Contains(text, "protocol version"):
		return "tls-version"
	case strings.Contains(text, "handshake failure"), strings.Contains(text, "insufficient security level"),
		strings.Contains(text, "no cipher suite"), strings.Contains(text, "certificate required"),
		strings.Contains(text, "bad certificate"), strings.Contains(text, "unrecognized name"),
		strings.Contains(text, "failed to parse certificate"), strings.Contains(text, "unconfigured cipher suite"):
		return "tls-refused"
	}
	return ""
}
