package access

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"regexp"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// oauthCode is what an OAuth error code looks like (RFC 6749, 5.2); anything
// else in its place is not logged.
var oauthCode = regexp.MustCompile(`^[a-z_]{1,40}$`)

// cause puts an error of the libraries into a word for the log.
func cause(err error) string {
	var retrieve *oauth2.RetrieveError
	var expired *oidc.TokenExpiredError
	var issuer *oidc.IssuerMismatchError
	var certificate *tls.CertificateVerificationError
	var tooLong *http.MaxBytesError
	var network net.Error
	var address *url.Error
	switch {
	case err == nil:
		return ""
	case errors.Is(err, errInsecure):
		return "not-https"
	case errors.As(err, &retrieve) && oauthCode.MatchString(retrieve.ErrorCode):
		return retrieve.ErrorCode
	case errors.As(err, &expired):
		return "expired"
	case errors.As(err, &issuer):
		return "issuer-mismatch"
	case errors.As(err, &certificate):
		return "certificate"
	case errors.As(err, &tooLong):
		return "answer-too-long"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "timeout"
	case errors.As(err, &address):
		return "unreachable"
	}
	return "answer"
}

// unreachable tells whether the provider did not answer, as opposed to an answer
// that does not hold.
func unreachable(err error) bool {
	switch cause(err) {
	case "certificate", "timeout", "unreachable":
		return true
	}
	var retrieve *oauth2.RetrieveError
	return errors.As(err, &retrieve) && retrieve.Response != nil && retrieve.Response.StatusCode >= 500
}
