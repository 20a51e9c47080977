package calendars

import (
	"fmt"
	"time"
)

// Reason is the one meaning of a trouble a person must mend. Texts for people,
// with what to do, are in web/texts under the same names.
type Reason string

// The reasons an adapter blocks for. Scope tells whose trouble each is.
const (
	// ConsentMissing: the admin's consent, the delegation or the API itself is
	// not (or no longer) granted for the whole connection.
	ConsentMissing Reason = "consent-missing"
	// NoExchangeOnline: the connection's Entra tenant has no Exchange Online at all.
	NoExchangeOnline Reason = "no-exchange-online"
	// CredentialsRejected: secret, certificate, key, login or password is wrong
	// or expired.
	CredentialsRejected Reason = "credentials-rejected"
	// AccessDenied: this mailbox is outside what the connection may write to.
	AccessDenied Reason = "access-denied"
	// MailboxMissing: no such mailbox here (yet), or it has no calendar here.
	MailboxMissing Reason = "mailbox-missing"
	// CalendarDisabled: the person exists but the calendar service is off.
	CalendarDisabled Reason = "calendar-disabled"
	// MailboxFull: the mailbox's quota is used up.
	MailboxFull Reason = "mailbox-full"
	// ServerUnreachable: the address cannot be reached at all in a way that
	// time will not mend: TLS refused, redirected elsewhere, not that service.
	ServerUnreachable Reason = "server-unreachable"
	// RequestRejected: the provider calls our request malformed. Our bug.
	RequestRejected Reason = "request-rejected"
	// AutoReplyNotGranted: the right to read and write automatic replies is not (or no
	// longer) granted. It says nothing about the calendar.
	AutoReplyNotGranted Reason = "auto-reply-not-granted"
)

// Scope tells how far a trouble reaches.
type Scope string

// The scopes of a Blocked error.
const (
	ScopeMailbox    Scope = "mailbox"    // only this person
	ScopeConnection Scope = "connection" // everybody behind this connection
	// ScopeUnclear: this person or everybody, the answer does not tell. It counts
	// for the person until a second mailbox confirms it or as long as nothing ever
	// worked through the connection; callers of a circuit breaker never see it.
	ScopeUnclear Scope = "unclear"
)

// Temporary says that the same call may succeed later: throttling, an outage, a
// lost connection, a conflict that a fresh read resolves.
type Temporary struct {
	// RetryAfter is the provider's own wish, 0 when it named none. Scope tells
	// whom it concerns: this mailbox only ("" too), or the whole connection.
	RetryAfter time.Duration
	Scope      Scope
	// Code is the provider's error code or HTTP status as short text, for logs
	// and the absence's story. Never a message: messages carry addresses.
	Code string
	// RequestID is the provider's own id of the refused request, which its support
	// asks for; "" when it gave none. Short, and never anything about people.
	RequestID string
	Err       error
}

// Blocked says that a person must mend something first.
type Blocked struct {
	Reason Reason
	Scope  Scope
	Code   string
	// RequestID is as in Temporary.
	RequestID string
	Err       error
}

// Gone says that the event is no longer there.
type Gone struct {
	Code string
	Err  error
}

// Invalid says that the provider refuses this request and always will.
type Invalid struct {
	Code string
	// RequestID is as in Temporary.
	RequestID string
	Err       error
}

func (e *Temporary) Error() string { return describe("temporary", e.Code, e.Err) }
func (e *Blocked) Error() string   { return describe("blocked: "+string(e.Reason), e.Code, e.Err) }
func (e *Gone) Error() string      { return describe("gone", e.Code, e.Err) }
func (e *Invalid) Error() string   { return describe("invalid", e.Code, e.Err) }

// Unwrap returns the cause.
func (e *Temporary) Unwrap() error { return e.Err }

// Unwrap returns the cause.
func (e *Blocked) Unwrap() error { return e.Err }

// Unwrap returns the cause.
func (e *Gone) Unwrap() error { return e.Err }

// Unwrap returns the cause.
func (e *Invalid) Unwrap() error { return e.Err }

func describe(kind, code string, err error) string {
	if err == nil {
		return fmt.Sprintf("%s (%s)", kind, code)
	}
	return fmt.Sprintf("%s (%s): %v", kind, code, err)
}
