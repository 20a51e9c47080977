package ews

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/transport"
)

// class is what a response code means to us.
type class struct {
	kind   kind
	reason calendars.Reason
	scope  calendars.Scope
}

type kind int

const (
	kindTemporary kind = iota
	kindBlocked
	kindInvalid
	kindGone
)

func mailboxTrouble(reason calendars.Reason) class {
	return class{kindBlocked, reason, calendars.ScopeMailbox}
}

func connectionTrouble(reason calendars.Reason) class {
	return class{kindBlocked, reason, calendars.ScopeConnection}
}

// classes sorts the codes whose names do not tell by their meaning at
// learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode.
// A code in neither classes nor ourMistakes is Temporary: an unknown trouble is
// tried again, seen and named, but never takes an absence for lost.
var classes = map[string]class{
	// Load and outages: of the server, or of where one mailbox stands.
	"ErrorServerBusy":                       {},
	"ErrorTimeoutExpired":                   {},
	"ErrorInternalServerTransientError":     {},
	"ErrorInternalServerError":              {},
	"ErrorMailboxMoveInProgress":            {scope: calendars.ScopeMailbox},
	"ErrorMailboxFailover":                  {scope: calendars.ScopeMailbox},
	"ErrorMailboxStoreUnavailable":          {scope: calendars.ScopeMailbox},
	"ErrorConnectionFailed":                 {},
	"ErrorADUnavailable":                    {},
	"ErrorADOperation":                      {},
	"ErrorInsufficientResources":            {},
	"ErrorNotEnoughMemory":                  {},
	"ErrorTooManyObjectsOpened":             {},
	"ErrorServiceUnavailable":               {},
	"ErrorClientDisconnected":               {},
	"ErrorNoRespondingCASInDestinationSite": {scope: calendars.ScopeMailbox},
	"ErrorBatchProcessingStopped":           {},
	"ErrorIrresolvableConflict":             {scope: calendars.ScopeMailbox},
	"ErrorStaleObject":                      {scope: calendars.ScopeMailbox},
	"ErrorExceededConnectionCount":          {},
	"ErrorExceededFindCountLimit":           {},

	// Between Exchange servers; their names look like our mistakes.
	"ErrorInvalidProxySecurityContext":  {},
	"ErrorInvalidNetworkServiceContext": {},
	"ErrorInvalidClientSecurityContext": {},

	// One person's mailbox.
	"ErrorNonExistentMailbox":                        mailboxTrouble(calendars.MailboxMissing),
	"ErrorMailboxConfiguration":                      mailboxTrouble(calendars.MailboxMissing),
	"ErrorInvalidSmtpAddress":                        mailboxTrouble(calendars.MailboxMissing),
	"ErrorNonPrimarySmtpAddress":                     mailboxTrouble(calendars.MailboxMissing),
	"ErrorInvalidUserPrincipalName":                  mailboxTrouble(calendars.MailboxMissing),
	"ErrorMissingExchangePrincipal":                  mailboxTrouble(calendars.MailboxMissing),
	"ErrorCannotFindUser":                            mailboxTrouble(calendars.MailboxMissing),
	"ErrorNoCalendar":                                mailboxTrouble(calendars.MailboxMissing),
	"ErrorCrossSiteRequest":                          mailboxTrouble(calendars.MailboxMissing),
	"ErrorWrongServerVersion":                        mailboxTrouble(calendars.MailboxMissing),
	"ErrorAccountDisabled":                           mailboxTrouble(calendars.CalendarDisabled),
	"ErrorInvalidLicense":                            mailboxTrouble(calendars.CalendarDisabled),
	"ErrorAccessDenied":                              mailboxTrouble(calendars.AccessDenied),
	"ErrorCreateItemAccessDenied":                    mailboxTrouble(calendars.AccessDenied),
	"ErrorQuotaExceeded":                             mailboxTrouble(calendars.MailboxFull),
	"ErrorMessagePerFolderCountReceiveQuotaExceeded": mailboxTrouble(calendars.MailboxFull),

	// Servers between us and the mailbox that an admin must set up.
	"ErrorNoDestinationCASDueToKerberosRequirements": mailboxTrouble(calendars.ServerUnreachable),
	"ErrorNoDestinationCASDueToSSLRequirements":      mailboxTrouble(calendars.ServerUnreachable),
	"ErrorNoDestinationCASDueToVersionMismatch":      mailboxTrouble(calendars.ServerUnreachable),

	// The right to act for others. Since 2010 a missing role is told like a mailbox
	// out of its scope (ErrorImpersonateUserDenied), and all of these come singly at
	// times and go away: see unclear.
	"ErrorImpersonateUserDenied": {kindBlocked, calendars.ConsentMissing, calendars.ScopeUnclear},
	"ErrorImpersonationDenied":   {kindBlocked, calendars.ConsentMissing, calendars.ScopeUnclear},
	"ErrorImpersonationFailed":   {kindBlocked, calendars.ConsentMissing, calendars.ScopeUnclear},
	// The header of impersonation called malformed although it is as it always is.
	"ErrorInvalidExchangeImpersonationHeaderData": {},

	// The service account.
	"ErrorOrganizationAccessBlocked":   connectionTrouble(calendars.ConsentMissing),
	"ErrorPasswordExpired":             connectionTrouble(calendars.CredentialsRejected),
	"ErrorPasswordChangeRequired":      connectionTrouble(calendars.CredentialsRejected),
	"ErrorCallerIsInvalidADAccount":    connectionTrouble(calendars.CredentialsRejected),
	"ErrorLogonAsNetworkServiceFailed": connectionTrouble(calendars.CredentialsRejected),

	// Our request.
	"ErrorSchemaValidation":                    {kind: kindInvalid},
	"ErrorIncorrectSchemaVersion":              {kind: kindInvalid},
	"ErrorIncorrectUpdatePropertyCount":        {kind: kindInvalid},
	"ErrorUpdatePropertyMismatch":              {kind: kindInvalid},
	"ErrorChangeKeyRequired":                   {kind: kindInvalid},
	"ErrorChangeKeyRequiredForWriteOperations": {kind: kindInvalid},
	"ErrorCannotDeleteObject":                  {kind: kindInvalid},
	"ErrorMessageDispositionRequired":          {kind: kindInvalid},
	"ErrorRequiredPropertyMissing":             {kind: kindInvalid},
	"ErrorPropertyValidationFailure":           {kind: kindInvalid},
	"ErrorObjectTypeChanged":                   {kind: kindInvalid},
	"ErrorTimeZone":                            {kind: kindInvalid},
	"ErrorValueOutOfRange":                     {kind: kindInvalid},
	"ErrorDuplicateSOAPHeader":                 {kind: kindInvalid},
	"ErrorRequestStreamTooBig":                 {kind: kindInvalid},
	"ErrorDataSizeLimitExceeded":               {kind: kindInvalid},
	"ErrorMessageSizeExceeded":                 {kind: kindInvalid},
	"ErrorRestrictionTooLong":                  {kind: kindInvalid},
	"ErrorRestrictionTooComplex":               {kind: kindInvalid},
	"ErrorCorruptData":                         {kind: kindInvalid},
	"ErrorItemCorrupt":                         {kind: kindInvalid},

	// The event.
	"ErrorItemNotFound":                    {kind: kindGone},
	"ErrorFolderNotFound":                  {kind: kindGone},
	"ErrorCalendarCannotUpdateDeletedItem": {kind: kindGone},
}

// ourMistakes are the beginnings of the codes that call a request wrong, such
// as ErrorInvalidRequest, ErrorInvalidExtendedProperty,
// ErrorSendMeetingInvitationsRequired, ErrorCalendarEndDateIsEarlierThanStartDate.
var ourMistakes = []string{
	"ErrorInvalid", "ErrorMissing", "ErrorUnsupported", "ErrorCalendar", "ErrorSendMeeting",
	"ErrorCannotCreate", "ErrorCannotUse", "ErrorAccessMode", "ErrorMoreThanOne",
}

// unclear sharpens a refusal that may be one person's or everybody's. As long as
// nothing ever worked it is taken for the missing right of the connection. Once
// other mailboxes opened, a mailbox out of the role's scope is its person's trouble,
// and any other refusal may still be either.
func (c *Calendar) unclear(err error) error {
	refused, ok := errors.AsType[*calendars.Blocked](err)
	if !ok || refused.Scope != calendars.ScopeUnclear || refused.Reason != calendars.ConsentMissing ||
		!c.worked.Load() {
		return err
	}
	sharper := *refused
	sharper.Reason = calendars.AccessDenied
	if refused.Code == "ErrorImpersonateUserDenied" {
		sharper.Scope = calendars.ScopeMailbox
	}
	return &sharper
}

// soapClient is SOAP 1.1's own word, without one of Exchange's: the server does not
// know such a request (w3.org/TR/2000/NOTE-SOAP-20000508 4.4.1).
const soapClient = "Client"

func classOf(code string) class {
	if known, ok := classes[code]; ok {
		return known
	}
	for _, beginning := range ourMistakes {
		if strings.HasPrefix(code, beginning) {
			return class{kind: kindInvalid}
		}
	}
	return class{}
}

// classify turns a response code into the port's error. An
// ErrorInternalServerError can hide the real code among its details, and the
// wish of a busy server to be left alone is there too, in milliseconds.
func classify(op operation, code string, detail messageXML) error {
	code = cleanCode(code)
	if inner := detail.value("InnerErrorResponseCode"); code == "ErrorInternalServerError" && inner != "" {
		code = cleanCode(inner)
	}
	c := classOf(code)
	if code == soapClient {
		c.kind = kindInvalid
	}
	switch {
	case c.kind == kindGone && (op.name == opFind.name || op.name == opCreate.name):
		// No event was named, so it is the calendar that is not there.
		return blocked(op, code, calendars.MailboxMissing, calendars.ScopeMailbox)
	case c.kind == kindGone:
		return &calendars.Gone{Code: code, Err: op.err()}
	case c.kind == kindBlocked:
		return blocked(op, code, c.reason, c.scope)
	case c.kind == kindInvalid:
		return invalid(op, code)
	}
	milliseconds, _ := strconv.ParseFloat(detail.value("BackOffMilliseconds"), 64)
	return &calendars.Temporary{Code: code, RetryAfter: transport.Wait(milliseconds, time.Millisecond),
		Scope: cmp.Or(c.scope, calendars.ScopeConnection), Err: op.err()}
}
