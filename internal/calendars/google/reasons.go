package google

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/transport"
)

// rule is what an error answer means to us.
type rule int

const (
	ruleUnknown rule = iota
	ruleConsent
	ruleDelegation  // consent that one person may lack, or all
	ruleCredentials // of the connection
	ruleUser        // credentials that are refused for one person, or for all
	ruleCalendarOff
	ruleMailboxMissing
	ruleDenied
	ruleForbidden
	ruleParked
	ruleTemporary
	ruleInvalid
	ruleGone
	ruleUnreachable // from here, or for whom it is asked
	ruleProxy
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
	}},
	// "without Domain-Wide Delegation": we always delegate, so it is not granted.
	{ruleDelegation, []string{"forbiddenForServiceAccounts"}},
	{ruleCalendarOff, []string{"notACalendarUser"}},
	{ruleMailboxMissing, []string{"ACCOUNT_STATE_INVALID"}},
	{ruleParked, []string{"quotaExceeded", "dailyLimitExceeded", "RESOURCE_QUOTA_EXCEEDED"}},
	{ruleTemporary, []string{
		"userRateLimitExceeded", "rateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED",
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
	case e.status == http.StatusProxyAuthRequired:
		return ruleProxy
	case e.status < 400:
		return ruleUnreachable
	case e.isLimit && e.status == http.StatusForbidden:
		return ruleTemporary
	case e.status == http.StatusUnauthorized:
		return ruleUser // a fresh token was refused: the account, or all of them
	case e.foreign && slices.Contains([]int{http.StatusForbidden, http.StatusNotFound, http.StatusGone}, e.status):
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
	return ruled(ruleFor(e), e.code(), e)
}

// mailboxError is portError for calls that name no event: what is not found is
// then the mailbox's calendar.
func mailboxError(err error) error {
	if e, ok := asAPI(err); ok && asPort(err) == nil && e.status == http.StatusNotFound {
		return ruled(ruleMailboxMissing, e.code(), e)
	}
	return portError(err)
}

// blocks is what the rules mean that a person must mend something for. What names
// the key, the project or the scope concerns everybody; what Google answers about
// one subject and about all alike is unclear.
var blocks = map[rule]struct {
	reason calendars.Reason
	scope  calendars.Scope
}{
	ruleConsent:        {calendars.ConsentMissing, calendars.ScopeConnection},
	ruleDelegation:     {calendars.ConsentMissing, calendars.ScopeUnclear},
	ruleCredentials:    {calendars.CredentialsRejected, calendars.ScopeConnection},
	ruleUser:           {calendars.CredentialsRejected, calendars.ScopeUnclear},
	ruleUnreachable:    {calendars.ServerUnreachable, calendars.ScopeUnclear},
	ruleProxy:          {calendars.ServerUnreachable, calendars.ScopeConnection},
	ruleCalendarOff:    {calendars.CalendarDisabled, calendars.ScopeMailbox},
	ruleMailboxMissing: {calendars.MailboxMissing, calendars.ScopeMailbox},
	ruleDenied:         {calendars.AccessDenied, calendars.ScopeMailbox},
	ruleForbidden:      {calendars.AccessDenied, calendars.ScopeMailbox},
}

func ruled(r rule, code string, e *apiError) error {
	if block, ok := blocks[r]; ok {
		return &calendars.Blocked{Reason: block.reason, Scope: block.scope, Code: code, Err: e}
	}
	switch r {
	case ruleParked:
		return &calendars.Temporary{RetryAfter: max(e.retryAfter, parking), Code: code, Err: e}
	case ruleTemporary:
		return &calendars.Temporary{RetryAfter: e.retryAfter, Scope: outageScope(e), Code: code, Err: e}
	case ruleGone:
		return &calendars.Gone{Code: code, Err: e}
	}
	return &calendars.Invalid{Code: code, Err: e}
}

// outageScope tells whose a temporary trouble is. A service that fails and says
// for how long is not at one mailbox's fault, a limit that was reached is.
func outageScope(e *apiError) calendars.Scope {
	if e.status >= 500 && e.retryAfter > 0 {
		return calendars.ScopeConnection
	}
	return ""
}

// tokenRules are the errors of the token endpoint, by the "error" of their body
// (RFC 6749 5.2; developers.google.com/identity/protocols/oauth2/service-account#error-codes),
// where subjectRules and keyWords say nothing.
var tokenRules = map[string]rule{
	// Not granted in the Admin console; or the subject is a consumer's address or
	// one of another organization, to which nothing can be granted.
	"unauthorized_client":     ruleDelegation,
	"access_denied":           ruleDelegation,
	"admin_policy_enforced":   ruleDelegation, // policies differ by organizational unit
	"org_internal":            ruleDelegation,
	"invalid_scope":           ruleDelegation,
	"invalid_grant":           ruleUser,
	"invalid_request":         ruleUser,
	"invalid_client":          ruleCredentials,
	"disabled_client":         ruleCredentials,
	"deleted_client":          ruleCredentials,
	"server_error":            ruleTemporary,
	"temporarily_unavailable": ruleTemporary,
	"internal_failure":        ruleTemporary,
	"rate_limit_exceeded":     ruleTemporary,
}

// subjectRules are the refusals that name the subject, by the error and words of
// its description in small letters: there is no such user, the user was deleted or
// is suspended, or an administrator restricted the account.
var subjectRules = []struct {
	code, words string
	rule        rule
}{
	{"invalid_grant", "email or user id", ruleMailboxMissing},
	{"invalid_grant", "not a valid email", ruleMailboxMissing},
	{"invalid_grant", "account has been deleted", ruleMailboxMissing},
	{"invalid_request", "invalid impersonation", ruleMailboxMissing},
	{"access_denied", "account restricted", ruleDenied},
}

// keyWords are in the refusals of the assertion itself, which is the same for all
// but for its subject: the key was deleted, the clock is wrong, the service
// account is gone.
var keyWords = []string{"signature", "invalid jwt", "account not found", "audience"}

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
	e := &apiError{status: answer.Response.StatusCode,
		retryAfter: transport.RetryAfter(answer.Response.Header, time.Now())}
	e.foreign = json.Unmarshal(answer.Body, &body) != nil || body.Error == ""
	e.add(body.Error)
	e.finding = tokenFinding(e, body.Error, body.Description)
	return ruled(tokenRule(e, body.Error, strings.ToLower(body.Description)), "token "+e.code(), e)
}

// tokenRule reads an error answer of the token endpoint; description is in small
// letters.
func tokenRule(e *apiError, code, description string) rule {
	switch {
	case e.status >= 500 || e.status == http.StatusTooManyRequests || e.status == http.StatusRequestTimeout:
		return ruleTemporary
	case e.status == http.StatusProxyAuthRequired:
		return ruleProxy
	case e.status < 400 || e.foreign:
		return ruleUnreachable
	}
	for _, row := range subjectRules {
		if code == row.code && strings.Contains(description, row.words) {
			return row.rule
		}
	}
	isIn := func(words string) bool { return strings.Contains(description, words) }
	if code == "invalid_grant" && slices.ContainsFunc(keyWords, isIn) {
		return ruleCredentials
	}
	if known, ok := tokenRules[code]; ok {
		return known
	}
	return ruleUser
}

// isNotGranted tells whether a token was refused in a way that another scope may
// mend.
func isNotGranted(err error) bool {
	blocked, ok := errors.AsType[*calendars.Blocked](err)
	return ok && blocked.Reason == calendars.ConsentMissing
}
