package ews

import (
	"strings"

	"github.com/figgosync/figgosync/internal/calendars"
)

// findings say what a code means to an admin, finer than classes do: ours, then
// HTTP's, then Exchange's
// (learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode).
var findings = map[string]calendars.Finding{
	codeHTML:               calendars.NotThatService,
	codeUnreadable:         calendars.NotThatService,
	"error-page":           calendars.ServiceUnavailable,
	"invalid-address":      calendars.MailboxUnknown,
	"401-ntlm-not-offered": calendars.NTLMNotOffered,
	"401-ntlm-challenge":   calendars.NTLMVariant,
	"401-connection-cut":   calendars.NTLMSplit,
	"401-kerberos-only":    calendars.KerberosOnly,

	"401-negotiate-not-offered":            calendars.KerberosNotOffered,
	"401-kerberos":                         calendars.KerberosRefused,
	"kerberos-" + codeNoKDC:                calendars.DirectoryUnreachable,
	"kerberos-KDC_ERR_SVC_UNAVAILABLE":     calendars.DirectoryUnreachable,
	"kerberos-KDC_ERR_PREAUTH_FAILED":      calendars.PasswordWrong,
	"kerberos-KDC_ERR_C_PRINCIPAL_UNKNOWN": calendars.PasswordWrong,
	"kerberos-KDC_ERR_WRONG_REALM":         calendars.PasswordWrong,
	"kerberos-KDC_ERR_KEY_EXPIRED":         calendars.PasswordExpired,
	"kerberos-KDC_ERR_S_PRINCIPAL_UNKNOWN": calendars.KerberosServiceUnknown,
	"kerberos-KRB_AP_ERR_SKEW":             calendars.ClockSkew,
	// Refused although the sign-in a moment ago went well.
	"401": calendars.AccountLocked,
	"403": calendars.EWSDisabled,
	"429": calendars.Throttled,

	"tls-unknown-authority": calendars.TLSUnknownAuthority,
	"tls-name-mismatch":     calendars.TLSNameMismatch,
	"tls-expired":           calendars.TLSExpired,
	"tls-certificate":       calendars.TLSCertificateUnusable,
	"tls-not-spoken":        calendars.TLSNotSpoken,
	"tls-version":           calendars.TLSTooOld,
	"tls-refused":           calendars.TLSRefused,

	"ErrorPasswordExpired":             calendars.PasswordExpired,
	"ErrorPasswordChangeRequired":      calendars.PasswordExpired,
	"ErrorCallerIsInvalidADAccount":    calendars.CredentialsRefused,
	"ErrorLogonAsNetworkServiceFailed": calendars.CredentialsRefused,

	"ErrorOrganizationAccessBlocked": calendars.EWSDisabled,
	"ErrorImpersonationDenied":       calendars.ImpersonationMissing,
	"ErrorImpersonationFailed":       calendars.ImpersonationFailed,
	"ErrorImpersonateUserDenied":     calendars.ImpersonationOutOfScope,
	"ErrorAccessDenied":              calendars.MailboxDenied,
	"ErrorCreateItemAccessDenied":    calendars.MailboxDenied,

	"ErrorNonExistentMailbox":       calendars.MailboxUnknown,
	"ErrorInvalidSmtpAddress":       calendars.MailboxUnknown,
	"ErrorNonPrimarySmtpAddress":    calendars.MailboxUnknown,
	"ErrorInvalidUserPrincipalName": calendars.MailboxUnknown,
	"ErrorMissingExchangePrincipal": calendars.MailboxUnknown,
	"ErrorCannotFindUser":           calendars.MailboxUnknown,
	"ErrorMailboxConfiguration":     calendars.MailboxDisabled,
	"ErrorAccountDisabled":          calendars.MailboxDisabled,
	"ErrorInvalidLicense":           calendars.MailboxDisabled,
	"ErrorNoCalendar":               calendars.CalendarMissing,
	"ErrorFolderNotFound":           calendars.CalendarMissing,
	"ErrorItemNotFound":             calendars.CalendarMissing,

	"ErrorCrossSiteRequest":                          calendars.MailboxOtherServer,
	"ErrorWrongServerVersion":                        calendars.MailboxOtherServer,
	"ErrorNoRespondingCASInDestinationSite":          calendars.MailboxOtherServer,
	"ErrorNoDestinationCASDueToKerberosRequirements": calendars.MailboxOtherServer,
	"ErrorNoDestinationCASDueToSSLRequirements":      calendars.MailboxOtherServer,
	"ErrorNoDestinationCASDueToVersionMismatch":      calendars.MailboxOtherServer,

	"ErrorQuotaExceeded":                             calendars.MailboxIsFull,
	"ErrorMessagePerFolderCountReceiveQuotaExceeded": calendars.MailboxIsFull,
	"ErrorServerBusy":                                calendars.Throttled,
	"ErrorExceededConnectionCount":                   calendars.Throttled,
	"ErrorExceededFindCountLimit":                    calendars.Throttled,
	"ErrorInvalidServerVersion":                      calendars.ExchangeTooOld,
	"ErrorIncorrectSchemaVersion":                    calendars.ExchangeTooOld,
	"ErrorInvalidSchemaVersionForMailboxVersion":     calendars.ExchangeTooOld,
}

// explain says what one of the port's errors means, with its code.
func explain(err error) (calendars.Finding, string) {
	code := codeOf(err)
	if finding, ok := findings[code]; ok {
		return finding, code
	}
	if strings.HasPrefix(code, "redirect-") {
		return calendars.Redirected, code
	}
	return calendars.FindingOf(err)
}
