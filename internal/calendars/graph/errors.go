package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/transport"
)

// kind is what an error code means to us.
type kind int

const (
	kindTemporary kind = iota
	kindGone
	kindMailboxMissing
	kindCalendarDisabled
	kindMailboxFull
	kindAccessDenied
	kindConsentMissing
	kindNoRole
	kindNoExchange
)

// codeKinds sorts the codes Graph and the Exchange store behind it answer with,
// in lower case: Graph is not consistent about theirs. The same mailbox without
// Exchange Online alternates between ResourceNotFound and
// MailboxNotEnabledForRESTAPI
// (github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/4341).
//
// ErrorAccessDenied comes from the mailbox's server: an application access policy
// or a role scope that does not hold this mailbox
// (learn.microsoft.com/graph/auth-limit-mailbox-access), or a token without the
// role. Authorization_RequestDenied and accessDenied are the gateway's.
// NoPermissionsInAccessToken is its answer to a token without any role,
// OrganizationFromTenantGuidNotFound to one of a tenant without Exchange Online.
var codeKinds = map[string]kind{
	"erroritemnotfound": kindGone,
	"itemnotfound":      kindGone,

	"errorinvaliduser":              kindMailboxMissing,
	"resourcenotfound":              kindMailboxMissing,
	"mailboxnotenabledforrestapi":   kindMailboxMissing,
	"mailboxnotsupportedforrestapi": kindMailboxMissing,
	"request_resourcenotfound":      kindMailboxMissing,
	"errornonexistentmailbox":       kindMailboxMissing,
	"errormailboxconfiguration":     kindMailboxMissing,
	"errormissingexchangeprincipal": kindMailboxMissing,
	"errorfoldernotfound":           kindMailboxMissing,

	"erroraccountdisabled": kindCalendarDisabled,
	"errorinvalidlicense":  kindCalendarDisabled,

	"errorquotaexceeded": kindMailboxFull,

	"erroraccessdenied":              kindAccessDenied,
	"authorization_requestdenied":    kindConsentMissing,
	"authorization_identitynotfound": kindConsentMissing,
	"accessdenied":                   kindConsentMissing,
	"nopermissionsinaccesstoken":     kindNoRole,

	"organizationfromtenantguidnotfound": kindNoExchange,

	"applicationthrottled":              kindTemporary,
	"toomanyrequests":                   kindTemporary,
	"activitylimitreached":              kindTemporary,
	"servicenotavailable":               kindTemporary,
	"concurrentitemsave":                kindTemporary,
	"errorirresolvableconflict":         kindTemporary,
	"errorserverbusy":                   kindTemporary,
	"errortimeoutexpired":               kindTemporary,
	"errormailboxmoveinprogress":        kindTemporary,
	"errormailboxfailover":              kindTemporary,
	"errormailboxstoreunavailable":      kindTemporary,
	"errorinternalservertransienterror": kindTemporary,
}

// ofOneMailbox are codes that concern one mailbox whatever the status says.
var ofOneMailbox = map[string]bool{
	"errormailboxmoveinprogress":    true,
	"errormailboxfailover":          true,
	"errormailboxstoreunavailable":  true,
	"mailboxnotenabledforrestapi":   true,
	"mailboxnotsupportedforrestapi": true,
	"resourcenotfound":              true,
	"applicationthrottled":          true,
}

// refusedRequest is what a refusal is judged by beside its own status and code.
type refusedRequest struct {
	request
	rights roles // of the token it was sent with
	// exchangeRoles: such requests worked before though the token did not allow them.
	exchangeRoles bool
}

// portError turns whatever went wrong in a call into an error of the port, or
// ctx's own when the caller gave up. requestID is the one it was sent with.
func portError(ctx context.Context, requestID string, asked refusedRequest, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if ours := ownError(err); ours != nil {
		return ours
	}
	if r, ok := errors.AsType[*refusal](err); ok {
		return refusalError(r, asked)
	}
	err = transportError(err)
	if temporary, ok := errors.AsType[*calendars.Temporary](err); ok {
		temporary.RequestID = requestID
	}
	return err
}

// ownError finds an error of the port inside err and drops what is around it:
// net/http wraps errors in texts that quote the address, mailbox included.
func ownError(err error) error {
	if e, ok := errors.AsType[*calendars.Blocked](err); ok {
		return e
	}
	if e, ok := errors.AsType[*calendars.Temporary](err); ok {
		return e
	}
	return nil
}

// refusalError sorts an answer of Graph by status and code. The list of
// statuses is learn.microsoft.com/graph/errors.
func refusalError(r *refusal, asked refusedRequest) error {
	found, known := codeKinds[strings.ToLower(r.code)]
	switch {
	case r.status == http.StatusInsufficientStorage || (known && found == kindMailboxFull):
		return blocked(calendars.MailboxFull, calendars.ScopeMailbox, r)
	case transient(r.status):
		return temporary(r)
	case r.status < 400:
		// Graph does not redirect: some other server answers here, about this
		// address perhaps.
		return blocked(calendars.ServerUnreachable, calendars.ScopeUnclear, r)
	case known:
		return kindError(found, r, asked)
	}
	return statusError(r, asked)
}

func kindError(k kind, r *refusal, asked refusedRequest) error {
	switch k {
	case kindTemporary:
		return temporary(r)
	case kindAccessDenied, kindConsentMissing, kindNoRole:
		return forbidden(k, r, asked)
	case kindNoExchange:
		return blocked(calendars.NoExchangeOnline, calendars.ScopeConnection, r)
	case kindCalendarDisabled:
		return blocked(calendars.CalendarDisabled, calendars.ScopeMailbox, r)
	case kindGone:
		if asked.item {
			return &calendars.Gone{Code: code(r), Err: r}
		}
	}
	return blocked(calendars.MailboxMissing, calendars.ScopeMailbox, r)
}

// forbidden tells whether a right is missing for everybody or for this mailbox.
// Graph answers both alike, so the token's own roles decide; where Exchange's roles
// give the right, they have nothing to say.
func forbidden(k kind, r *refusal, asked refusedRequest) error {
	switch {
	case asked.replies:
		return forbiddenReplies(k, r, asked.rights)
	case k == kindNoRole:
		return blocked(calendars.ConsentMissing, calendars.ScopeConnection, r)
	case asked.exchangeRoles:
		return blocked(calendars.AccessDenied, calendars.ScopeMailbox, r)
	case asked.rights.readable && !asked.rights.allow(asked.writes):
		return blocked(calendars.ConsentMissing, calendars.ScopeConnection, r)
	case k == kindConsentMissing:
		return blocked(calendars.ConsentMissing, calendars.ScopeUnclear, r)
	}
	return blocked(calendars.AccessDenied, calendars.ScopeMailbox, r)
}

// forbiddenReplies: a token with the right is refused by the mailbox's server for a
// policy or scope that leaves this mailbox out. Without the right, Exchange's own roles
// may still give it, mailbox by mailbox, so one refusal says nothing of all.
func forbiddenReplies(k kind, r *refusal, rights roles) error {
	if rights.settings && k == kindAccessDenied {
		return blocked(calendars.AccessDenied, calendars.ScopeMailbox, r)
	}
	return blocked(calendars.AutoReplyNotGranted, calendars.ScopeUnclear, r)
}

// unauthorized sorts what Graph says of a token that Entra issued just before: all
// mailboxes are asked with it.
func unauthorized(r *refusal) error {
	if isUnknownError(r) {
		return blocked(calendars.MailboxMissing, calendars.ScopeMailbox, r)
	}
	return blocked(calendars.CredentialsRejected, calendars.ScopeUnclear, r)
}

// isUnknownError: 401 with this code is Graph's answer for a mailbox on the own
// server of a tenant that has both
// (github.com/MicrosoftDocs/azure-docs/issues/27188).
func isUnknownError(r *refusal) bool {
	return r.status == http.StatusUnauthorized && strings.EqualFold(r.code, "UnknownError")
}

// statusError sorts an answer with a code we do not know, or none.
func statusError(r *refusal, asked refusedRequest) error {
	switch r.status {
	case http.StatusUnauthorized:
		return unauthorized(r)
	case http.StatusForbidden:
		return forbidden(kindAccessDenied, r, asked)
	case http.StatusNotFound, http.StatusGone:
		// Only Graph itself can say that something of Graph is not there. A 404
		// of a proxy or of a wrong address must not pass for a deleted event; nor
		// one of a gateway that stumbles over an odd mailbox in the path for
		// everybody's.
		if !r.shaped {
			return blocked(calendars.ServerUnreachable, calendars.ScopeUnclear, r)
		}
		return kindError(kindGone, r, asked)
	case http.StatusProxyAuthRequired:
		return blocked(calendars.ServerUnreachable, calendars.ScopeConnection, r)
	}
	return &calendars.Invalid{Code: code(r), RequestID: r.requestID, Err: r}
}

// transient tells whether a status passes with time, whatever the code says.
// 501 is the one of the 5xx that does not.
func transient(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusPreconditionFailed, http.StatusLocked,
		http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= 500 && status != http.StatusNotImplemented
}

// temporary: a 503 or 504 that names a time speaks for the service, a 429 for the
// mailbox, by which Outlook's limits count (learn.microsoft.com/graph/throttling-limits).
func temporary(r *refusal) error {
	scope := calendars.ScopeMailbox
	ofService := r.status == http.StatusServiceUnavailable || r.status == http.StatusGatewayTimeout
	if ofService && r.retryAfter > 0 && !ofOneMailbox[strings.ToLower(r.code)] {
		scope = calendars.ScopeConnection
	}
	return &calendars.Temporary{RetryAfter: r.retryAfter, Scope: scope, Code: code(r), RequestID: r.requestID, Err: r}
}

func blocked(reason calendars.Reason, scope calendars.Scope, r *refusal) error {
	return &calendars.Blocked{Reason: reason, Scope: scope, Code: code(r), RequestID: r.requestID, Err: r}
}

func code(r *refusal) string {
	if r.code != "" {
		return r.code
	}
	return fmt.Sprintf("HTTP %d", r.status)
}

// unexpectedAnswer is a 2xx that does not hold what was asked for. why is our
// own text, never the server's.
func unexpectedAnswer(why string) error {
	return &calendars.Temporary{Code: "unexpected-answer", Err: errors.New(why)}
}

// refused tells whether Graph answered with this status.
func refused(err error, status int) bool {
	r, ok := errors.AsType[*refusal](err)
	return ok && ownError(err) == nil && r.status == status
}

var errNoAnswer = errors.New("no whole answer arrived")

// transportError sorts failures without an answer that can be used.
func transportError(err error) error {
	_, lost := errors.AsType[noAnswer](err)
	if lost || errors.Is(err, context.DeadlineExceeded) {
		return transport.Classify(err, errNoAnswer)
	}
	return &calendars.Temporary{Code: "unexpected-answer", Err: errUnexpected}
}
