package google

import (
	"errors"
	"net/http"
	"strings"

	"github.com/figgosync/figgosync/internal/calendars"
)

// reasonFindings say what Google's reasons mean to an admin, finer than
// reasonRules; the first one with a reason of the answer counts.
var reasonFindings = []struct {
	finding calendars.Finding
	reasons []string
}{
	{calendars.ScopeMismatch, []string{"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}},
	{calendars.APINotEnabled, []string{"accessNotConfigured", "SERVICE_DISABLED"}},
	{calendars.ProjectSuspended, []string{
		"BILLING_DISABLED", "CONSUMER_INVALID", "CONSUMER_SUSPENDED", "USER_PROJECT_DENIED",
	}},
	{calendars.DelegationMissing, []string{"forbiddenForServiceAccounts"}},
	{calendars.CalendarServiceOff, []string{"notACalendarUser"}},
	{calendars.UserSuspended, []string{"ACCOUNT_STATE_INVALID"}},
	{calendars.QuotaUsedUp, []string{"quotaExceeded", "dailyLimitExceeded", "RESOURCE_QUOTA_EXCEEDED"}},
	{calendars.Throttled, []string{"userRateLimitExceeded", "rateLimitExceeded", "RATE_LIMIT_EXCEEDED"}},
	{calendars.MailboxDenied, []string{"forbidden", "PERMISSION_DENIED"}},
}

// tokenFindings are the errors of the token endpoint, where its description tells
// nothing.
var tokenFindings = map[string]calendars.Finding{
	"unauthorized_client":     calendars.DelegationMissing,
	"access_denied":           calendars.DelegationBlocked,
	"admin_policy_enforced":   calendars.DelegationBlocked,
	"org_internal":            calendars.DelegationBlocked,
	"invalid_scope":           calendars.ScopeMismatch,
	"invalid_client":          calendars.ServiceAccountGone,
	"deleted_client":          calendars.ServiceAccountGone,
	"disabled_client":         calendars.ServiceAccountGone,
	"rate_limit_exceeded":     calendars.Throttled,
	"server_error":            calendars.ServiceUnavailable,
	"temporarily_unavailable": calendars.ServiceUnavailable,
	"internal_failure":        calendars.ServiceUnavailable,
}

// grantFindings tell the meanings of one error apart, by words of its description:
// the first that is in it counts.
var grantFindings = []struct {
	words   string
	finding calendars.Finding
}{
	{"email or user id", calendars.UserUnknown},
	{"not a valid email", calendars.UserUnknown},
	{"account has been deleted", calendars.UserUnknown},
	{"invalid impersonation", calendars.UserUnknown},
	{"account restricted", calendars.UserSuspended},
	{"account not found", calendars.ServiceAccountGone},
	{"signature", calendars.KeyRotated},
	{"short-lived", calendars.ClockSkew},
	{"reasonable timeframe", calendars.ClockSkew},
	{"audience", calendars.SettingsInvalid},
}

func tokenFinding(e *apiError, code, description string) calendars.Finding {
	if finding := statusFinding(e); finding != "" {
		return finding
	}
	if code == "invalid_grant" || code == "invalid_request" || code == "access_denied" {
		description = strings.ToLower(description)
		for _, row := range grantFindings {
			if strings.Contains(description, row.words) {
				return row.finding
			}
		}
	}
	if known, ok := tokenFindings[code]; ok {
		return known
	}
	return calendars.CredentialsRefused
}

// statusFinding reads statuses that mean the same on both servers, "" for none.
func statusFinding(e *apiError) calendars.Finding {
	switch {
	case e.status == http.StatusTooManyRequests:
		return calendars.Throttled
	case e.status >= 500 || e.status == http.StatusRequestTimeout:
		return calendars.ServiceUnavailable
	case e.status == http.StatusProxyAuthRequired:
		return calendars.ProxyRefuses
	case e.status < 400:
		return calendars.Redirected
	case e.foreign && e.status != http.StatusUnauthorized:
		return calendars.NotThatService
	}
	return ""
}

// ofMailbox are the findings that say nothing against the right.
var ofMailbox = map[calendars.Finding]bool{
	calendars.CalendarServiceOff: true, calendars.UserSuspended: true,
	calendars.UserUnknown: true, calendars.CalendarMissing: true,
}

// explain says what an error of a call or of the token endpoint means, with its
// code.
func explain(err error) (calendars.Finding, string) {
	e, ok := errors.AsType[*apiError](err)
	switch {
	case !ok:
		return calendars.FindingOf(err)
	case e.finding != "":
		return e.finding, e.code()
	}
	if e.status < 500 && !e.foreign {
		for _, row := range reasonFindings {
			if e.has(row.reasons...) {
				return row.finding, e.code()
			}
		}
	}
	if finding := statusFinding(e); finding != "" {
		return finding, e.code()
	}
	switch e.status {
	case http.StatusUnauthorized:
		return calendars.CredentialsRefused, e.code()
	case http.StatusForbidden:
		return calendars.MailboxDenied, e.code()
	case http.StatusNotFound, http.StatusGone:
		return calendars.CalendarMissing, e.code()
	}
	return calendars.RequestRefused, e.code()
}
