package graph

import (
	"errors"
	"net/http"
	"strings"

	"github.com/figgosync/figgosync/internal/calendars"
)

// entraFindings say what Entra's codes mean to an admin
// (learn.microsoft.com/entra/identity-platform/reference-error-codes).
var entraFindings = map[string]calendars.Finding{
	"AADSTS7000222": calendars.SecretExpired,
	"AADSTS7000215": calendars.SecretWrong,
	"AADSTS1000502": calendars.CertificateExpired,
	"AADSTS700027":  calendars.CertificateUnknown, // the assertion's signature: no such key on the application
	"AADSTS700024":  calendars.ClockSkew,          // the assertion is not within its time
	"AADSTS700016":  calendars.AppUnknown,
	"AADSTS7000112": calendars.AppDisabled,
	"AADSTS90002":   calendars.TenantUnknown,
	"AADSTS900023":  calendars.TenantUnknown, // neither a GUID nor a domain
	"AADSTS500011":  calendars.WrongCloud,    // Graph at this address is not in the tenant
	"AADSTS900382":  calendars.WrongCloud,    // cross-cloud request
	"AADSTS7000229": calendars.ConsentNeverGiven,
	"AADSTS65001":   calendars.ConsentNeverGiven,
	"AADSTS65004":   calendars.ConsentNeverGiven,
	"AADSTS53003":   calendars.ConditionalAccessBlocks,
	"AADSTS50196":   calendars.Throttled,
}

// explainToken says what an error of the token endpoint means, with its code.
func explainToken(err error) (calendars.Finding, string) {
	finding, code := calendars.FindingOf(err)
	if known, ok := entraFindings[code]; ok {
		return known, code
	}
	return byStatus(err, finding), code
}

// graphFindings say what Graph's codes mean, in lower case as in codeKinds.
var graphFindings = map[string]calendars.Finding{
	"errorinvaliduser":            calendars.MailboxUnknown,
	"request_resourcenotfound":    calendars.MailboxUnknown,
	"errornonexistentmailbox":     calendars.MailboxUnknown,
	"resourcenotfound":            calendars.MailboxElsewhere, // the two alternate, see codeKinds
	"mailboxnotenabledforrestapi": calendars.MailboxElsewhere,
	"errorfoldernotfound":         calendars.CalendarMissing,
	"nopermissionsinaccesstoken":  calendars.RoleMissing,

	"organizationfromtenantguidnotfound": calendars.TenantWithoutExchange,

	"erroritemnotfound":    calendars.CalendarMissing,
	"erroraccountdisabled": calendars.MailboxDisabled,
	"errorinvalidlicense":  calendars.MailboxDisabled,
	"errorquotaexceeded":   calendars.MailboxIsFull,
	"errorserverbusy":      calendars.Throttled,
}

// ofMailbox are the findings that say nothing against the right.
var ofMailbox = map[calendars.Finding]bool{
	calendars.MailboxUnknown: true, calendars.MailboxElsewhere: true, calendars.CalendarMissing: true,
	calendars.MailboxDisabled: true, calendars.MailboxIsFull: true,
}

// explain says what an error of Graph means, given the token's roles.
func (r roles) explain(err error) (calendars.Finding, string) {
	finding, code := calendars.FindingOf(err)
	refused, ok := errors.AsType[*refusal](err)
	if !ok {
		return finding, code
	}
	if known, ok := graphFindings[strings.ToLower(refused.code)]; ok {
		return known, code
	}
	switch refused.status {
	case http.StatusUnauthorized:
		if isUnknownError(refused) {
			return calendars.MailboxElsewhere, code
		}
		return calendars.TokenRefused, code
	case http.StatusForbidden:
		return r.forbidden(refused), code
	}
	return byStatus(err, finding), code
}

// forbidden: ErrorAccessDenied comes from the mailbox's server, other codes from
// Graph's gateway, which looks at no mailbox.
func (r roles) forbidden(refused *refusal) calendars.Finding {
	gateway := codeKinds[strings.ToLower(refused.code)] == kindConsentMissing
	switch {
	case !r.read:
		return calendars.RoleMissing
	case r.readOnly():
		return calendars.RoleReadOnly
	case gateway:
		return calendars.ConsentPropagating
	}
	return calendars.AccessPolicyDenies
}

func byStatus(err error, otherwise calendars.Finding) calendars.Finding {
	refused, ok := errors.AsType[*refusal](err)
	switch {
	case ok && refused.status == http.StatusTooManyRequests:
		return calendars.Throttled
	case ok && refused.status == http.StatusProxyAuthRequired:
		return calendars.ProxyRefuses
	case ok && refused.status < 400:
		return calendars.Redirected
	}
	return otherwise
}
