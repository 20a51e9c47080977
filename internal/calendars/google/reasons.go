package google

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/figgosync/figgosync/internal/calendars"
)

// rule is what an error answer means to us.
type rule int

const (
	ruleUnknown rule = iota
	ruleConsent
	ruleCredentials
	ruleCalendarOff
	ruleMailboxMissing
	ruleDenied
	ruleForbidden
	ruleParked
	ruleTemporary
	ruleInvalid
	ruleGone
	ruleUnreachable
)

// reasonRules, in order: the first one with a reason of the answer counts, so
// the telling ones stand before the general ones. Reasons in small letters are
// the Calendar API's (developers.google.com/workspace/calendar/api/guides/errors),
// those in capitals the front end's (google.api.ErrorReason) or words of
// google.rpc.Code.
var reasonRules = []struct {
	rule    rule
	reasons []string
}{
	{ruleConsent, []string{
		"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", // scope not granted
		"accessNotConfigured", "SERVICE_DISABLED", "BILLING_DISABLED", // the API is off in the project
		"CONSUMER_INVALID", "CONSUMER_SUSPENDED", "USER_PROJECT_DENIED",
		// "without Domain-Wide Delegation": we always delegate, so it is not granted
		"forbiddenForServiceAccounts",
	}},
	{ruleCalendarOff, []string{"notACalendarUser"}},
	{ruleMailboxMissing, []string{"ACCOUNT_STATE_INVALID"}},
	{ruleParked, []string{"quotaExceeded", "dailyLimitExceeded", "RESOURCE_QUOTA_EXCEEDED"}},
	{ruleTemporary, []string{
		"userRateLimitExceeded", "rateLimitExceeded", "RATE_LIMIT_EXCEEDED",
		"backendError", "internalError", "conditionNotMet", "conflict",
		"fullSyncRequired", "updatedMinTooLongAgo", // of sync tokens, which we never send
	}},
	{ruleInvalid, []string{"forbiddenForNonOrganizer", "cannotChangeOrganizer"}},
	{ruleForbidden, []string{"forbidden", "PERMISSION_DENIED"}},
}

// ruleFor reads an error answer of the API: by its reason, else by its status.
func ruleFor(e *apiError) rule {
	if e.status < 500 && !e.foreign {
		for _, row := range reasonRules {
			if e.has(row.reasons...) {
				return row.rule
			}
		}
	}
	return ruleForStatus(e)
}

func ruleForStatus(e *apiError) rule {
	switch {
	case e.status >= 500, e.status == http.StatusTooManyRequests, e.status == http.StatusRequestTimeout,
		e.status == http.StatusConflict, e.status == http.StatusPreconditionFailed, e.status == http.StatusNotModified:
		return ruleTemporary
	case e.status < 400, e.status == http.StatusProxyAuthRequired:
		return ruleUnreachable
	case e.status == http.StatusUnauthorized:
		return ruleCredentials
	case e.foreign && (e.status == http.StatusForbidden || e.status == http.StatusNotFound || e.status == http.StatusGone):
		return ruleUnreachable // a proxy or another service speaks
	case e.status == http.StatusForbidden:
		return ruleDenied
	case e.status == http.StatusNotFound, e.status == http.StatusGone:
		return ruleGone
	}
	return ruleInvalid
}

// portError turns *apiError into the port's error and leaves the others.
func portError(err error) error {
	var e *apiError
	if !errors.As(err, &e) || asPort(err) != nil {
		return err
	}
	return ruled(ruleFor(e), e.code(), e.retryAfter, e)
}

// mailboxError is portError for calls that name no event: what is not found is
// then the mailbox's calendar.
func mailboxError(err error) error {
	if e, ok := asAPI(err); ok && asPort(err) == nil && e.status == http.StatusNotFound {
		return ruled(ruleMailboxMissing, e.code(), 0, e)
	}
	return portError(err)
}

func ruled(r rule, code string, wait time.Duration, cause error) error {
	blocked := func(reason calendars.Reason, scope calendars.Scope) error {
		return &calendars.Blocked{Reason: reason, Scope: scope, Code: code, Err: cause}
	}
	switch r {
	case ruleConsent:
		return blocked(calendars.ConsentMissing, calendars.ScopeConnection)
	case ruleCredentials:
		return blocked(calendars.CredentialsRejected, calendars.ScopeConnection)
	case ruleUnreachable:
		return blocked(calendars.ServerUnreachable, calendars.ScopeConnection)
	case ruleCalendarOff:
		return blocked(calendars.CalendarDisabled, calendars.ScopeMailbox)
	case ruleMailboxMissing:
		return blocked(calendars.MailboxMissing, calendars.ScopeMailbox)
	case ruleDenied, ruleForbidden:
		return blocked(calendars.AccessDenied, calendars.ScopeMailbox)
	case ruleParked:
		return &calendars.Temporary{RetryAfter: max(wait, parking), Code: code, Err: cause}
	case ruleTemporary:
		return &calendars.Temporary{RetryAfter: wait, Code: code, Err: cause}
	case ruleGone:
		return &calendars.Gone{Code: code, Err: cause}
	}
	return &calendars.Invalid{Code: code, Err: cause}
}

// tokenRules are the errors of the token endpoint, by the "error" of their body
// (RFC 6749 5.2; developers.google.com/identity/protocols/oauth2/service-account#error-codes).
var tokenRules = map[string]rule{
	"unauthorized_client":     ruleConsent, // client id or scope not granted in the Admin console
	"access_denied":           ruleConsent,
	"invalid_scope":           ruleConsent,
	"admin_policy_enforced":   ruleConsent,
	"org_internal":            ruleConsent,
	"invalid_grant":           ruleCredentials, // key deleted, clock wrong; or see tokenRule
	"invalid_client":          ruleCredentials,
	"disabled_client":         ruleCredentials,
	"deleted_client":          ruleCredentials,
	"server_error":            ruleTemporary,
	"temporarily_unavailable": ruleTemporary,
	"internal_failure":        ruleTemporary,
	"rate_limit_exceeded":     ruleTemporary,
}

// tokenError turns the failure of a token request into the port's error. wire is
// the error of the connection, nil when an answer came.
//
// In the JWT flow package oauth2 leaves RetrieveError.ErrorCode empty, so the
// body is read here.
func tokenError(err, wire error) error {
	var answer *oauth2.RetrieveError
	if !errors.As(err, &answer) {
		if wire != nil {
			return transportError(wire)
		}
		return &calendars.Temporary{Code: "token-answer", Err: errUnexpectedAnswer}
	}
	var body struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	e := &apiError{status: answer.Response.StatusCode, retryAfter: retryAfter(answer.Response.Header)}
	e.foreign = json.Unmarshal(answer.Body, &body) != nil || body.Error == ""
	e.add(body.Error)
	e.finding = tokenFinding(e, body.Error, body.Description)
	return ruled(tokenRule(e, body.Error, body.Description), "token "+e.code(), e.retryAfter, e)
}

func tokenRule(e *apiError, code, description string) rule {
	switch known := tokenRules[code]; {
	case e.status >= 500 || e.status == http.StatusTooManyRequests || e.status == http.StatusRequestTimeout:
		return ruleTemporary
	case e.status < 400 || e.foreign:
		return ruleUnreachable
	case code == "invalid_grant" && strings.Contains(strings.ToLower(description), "email or user id"):
		return ruleMailboxMissing // no such user in the domain, or suspended
	case known != ruleUnknown:
		return known
	}
	return ruleCredentials
}
