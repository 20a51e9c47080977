package graph

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strconv"

	"github.com/figgosync/figgosync/internal/calendars"
)

// consentCodes are the AADSTS codes that the admin of the tenant mends by
// granting something, not by typing another secret
// (learn.microsoft.com/entra/identity-platform/reference-error-codes).
var consentCodes = map[string]bool{
	"AADSTS65001":   true, // no consent
	"AADSTS65004":   true, // consent declined
	"AADSTS700016":  true, // the application is not in this tenant: never consented to, or another tenant
	"AADSTS7000229": true, // no service principal in this tenant: never consented to
	"AADSTS7000112": true, // the application was disabled in this tenant
	"AADSTS500011":  true, // Graph itself is not in this tenant
	"AADSTS53003":   true, // blocked by conditional access
}

// passingCodes are AADSTS codes that pass with time though their status is 4xx.
var passingCodes = map[string]bool{
	"AADSTS90033":             true, // transient error
	"AADSTS90024":             true, // busy
	"AADSTS90006":             true, // external server retryable
	"AADSTS50196":             true, // too many equal requests in a short time
	"temporarily_unavailable": true,
	"server_error":            true,
}

// tokenError sorts what the wire saw of a token request. All of it is the
// trouble of the whole connection.
func tokenError(err error) error {
	r, ok := errors.AsType[*refusal](err)
	if !ok {
		return transportError(err)
	}
	switch {
	case transient(r.status) || passingCodes[r.code]:
		return &calendars.Temporary{RetryAfter: r.retryAfter, Scope: calendars.ScopeConnection, Code: code(r),
			RequestID: r.requestID, Err: r}
	case r.status < 400 || !r.shaped || r.status == http.StatusProxyAuthRequired:
		return blocked(calendars.ServerUnreachable, calendars.ScopeConnection, r)
	case consentCodes[r.code]:
		return blocked(calendars.ConsentMissing, calendars.ScopeConnection, r)
	}
	return blocked(calendars.CredentialsRejected, calendars.ScopeConnection, r)
}

var aadsts = regexp.MustCompile(`^AADSTS[0-9]{3,10}`)

// entraCode reads the most exact code of a token endpoint's error: the first of
// error_codes, else the AADSTS code that begins the description, else OAuth's.
func entraCode(body []byte) (code string, shaped bool) {
	var answer struct {
		Error       string  `json:"error"`
		Description string  `json:"error_description"`
		Codes       []int64 `json:"error_codes"`
	}
	if json.Unmarshal(body, &answer) != nil || answer.Error == "" {
		return "", false
	}
	if len(answer.Codes) > 0 {
		return "AADSTS" + strconv.FormatInt(answer.Codes[0], 10), true
	}
	if found := aadsts.FindString(answer.Description); found != "" {
		return found, true
	}
	return answer.Error, true
}
