package calendars

import (
	"context"
	"errors"
	"strings"

	"github.com/figgosync/figgosync/internal/egress"
)

// Finding is what a step of a check found, finer than a Reason: one meaning, and
// one thing to do. Texts for people are in web/texts under the same names.
type Finding string

// Findings about the way to the server.
const (
	// SettingsInvalid: the connection's settings cannot be used as they are.
	SettingsInvalid Finding = "settings-invalid"
	// ConnectionUnknown: the worker's settings have no such connection.
	ConnectionUnknown  Finding = "connection-unknown-to-worker"
	NameNotResolved    Finding = "name-not-resolved"
	ConnectionRefused  Finding = "connection-refused"
	ConnectionTimeout  Finding = "connection-timeout"
	NetworkUnreachable Finding = "network-unreachable"
	// ConnectionCut: the other side, or something in between, hung up.
	ConnectionCut    Finding = "connection-cut"
	ProxyUnreachable Finding = "proxy-unreachable"
	ProxyRefuses     Finding = "proxy-refuses"
	// NotThatService: something answers there, but not what should.
	NotThatService Finding = "not-that-service"
	// Redirected: the server sends us elsewhere, as sign-in pages in front do.
	Redirected         Finding = "redirected"
	ServiceUnavailable Finding = "service-unavailable"
	// ClockSkew: this machine's clock is wrong, so nothing it signs is believed.
	ClockSkew Finding = "clock-skew"
	// AutodiscoverAddress: the address of Autodiscover was given for that of EWS.
	AutodiscoverAddress Finding = "autodiscover-address"
	// ExchangeOnline: EWS of Office 365, which Microsoft switches off.
	ExchangeOnline Finding = "exchange-online-needs-graph"
)

// Findings about TLS.
const (
	TLSUnknownAuthority Finding = "tls-unknown-authority"
	TLSExpired          Finding = "tls-expired"
	TLSExpiresSoon      Finding = "tls-expires-soon" // a notice
	TLSNotYetValid      Finding = "tls-not-yet-valid"
	TLSNameMismatch     Finding = "tls-name-mismatch"
	// TLSTooOld: the server speaks only versions older than the connection allows.
	TLSTooOld Finding = "tls-too-old"
	// TLSWeak: a signature with SHA-1, or only methods of encryption given up as
	// weak, such as the RSA key exchange.
	TLSWeak Finding = "tls-weak"
	// TLSCertificateUnusable: a certificate that is not one for servers.
	TLSCertificateUnusable Finding = "tls-certificate-unusable"
	// TLSClientCertificate: the server wants a certificate of ours.
	TLSClientCertificate Finding = "tls-client-certificate"
	TLSNotSpoken         Finding = "tls-not-spoken"
	TLSRefused           Finding = "tls-refused"
)

// Findings about Office 365.
const (
	SecretExpired          Finding = "secret-expired"
	SecretExpiresSoon      Finding = "secret-expires-soon" // a notice
	SecretWrong            Finding = "secret-wrong"
	CertificateExpired     Finding = "certificate-expired"
	CertificateExpiresSoon Finding = "certificate-expires-soon" // a notice
	// CertificateUnknown: the application does not have this certificate.
	CertificateUnknown      Finding = "certificate-unknown"
	AppUnknown              Finding = "app-unknown"
	AppDisabled             Finding = "app-disabled"
	TenantUnknown           Finding = "tenant-unknown"
	WrongCloud              Finding = "wrong-cloud"
	ConsentNeverGiven       Finding = "consent-missing"
	ConditionalAccessBlocks Finding = "conditional-access-blocks"
	// ConsentPropagating: the right is in the token but Graph does not honour it
	// yet.
	ConsentPropagating Finding = "consent-propagating"
	// RoleMissing: the token lacks Calendars.ReadWrite, and the mailbox is not
	// opened by Exchange's own roles (RBAC for Applications) either.
	RoleMissing Finding = "role-missing-rbac-possible"
	// RoleReadOnly: the token may read calendars and not write.
	RoleReadOnly Finding = "role-read-only"
	// AccessPolicyDenies: the token has the right, Exchange Online refuses this
	// mailbox all the same.
	AccessPolicyDenies Finding = "access-policy-denies"
	TokenRefused       Finding = "token-refused"
	// TenantWithoutExchange: nobody in the tenant can have a mailbox.
	TenantWithoutExchange Finding = "tenant-without-exchange"
	// MailboxElsewhere: the person has no mailbox in Exchange Online: it is on
	// premises, or there is no licence.
	MailboxElsewhere Finding = "mailbox-on-premises-or-unlicensed"
)

// Findings about Exchange servers.
const (
	NTLMNotOffered  Finding = "ntlm-not-offered"
	BasicNotOffered Finding = "basic-not-offered"
	// NTLMVariant: the server demands a form of NTLM we do not speak.
	NTLMVariant Finding = "ntlm-variant-unsupported"
	// NTLMSplit: the steps of one sign-in reach the server over different
	// connections, as behind some load balancers.
	NTLMSplit       Finding = "ntlm-connection-split"
	PasswordWrong   Finding = "password-wrong"
	PasswordExpired Finding = "password-expired"
	// AccountLocked: refused just after it was accepted.
	AccountLocked Finding = "account-locked-or-throttled"
	// ExtendedProtection is a likelihood: the same login and password are taken
	// elsewhere on this server.
	ExtendedProtection Finding = "extended-protection-required"
	// KerberosOnly: the server takes tickets only, and NTLM was tried.
	KerberosOnly Finding = "kerberos-only"
	// KerberosNotOffered: the server does not offer Negotiate, and Kerberos was
	// chosen.
	KerberosNotOffered Finding = "kerberos-not-offered"
	// KerberosServiceUnknown: the directory knows no such service: its name (SPN) is
	// not registered.
	KerberosServiceUnknown Finding = "kerberos-service-unknown"
	// KerberosRefused: the server does not take the directory's ticket.
	KerberosRefused Finding = "kerberos-ticket-refused"
	// DirectoryUnreachable: no server of the realm answers.
	DirectoryUnreachable    Finding = "kerberos-directory-unreachable"
	EWSDisabled             Finding = "ews-disabled-or-client-not-allowed"
	ImpersonationMissing    Finding = "impersonation-missing"
	ImpersonationOutOfScope Finding = "impersonation-out-of-scope"
	ImpersonationFailed     Finding = "impersonation-failed"
	ExchangeTooOld          Finding = "exchange-version-too-old"
	// MailboxOtherServer: on a server this one does not speak for.
	MailboxOtherServer Finding = "mailbox-on-another-server"
	CalendarMissing    Finding = "calendar-missing"
)

// Findings about Google.
const (
	// KeyRotated: Google no longer has the key the file holds.
	KeyRotated         Finding = "key-rotated"
	ServiceAccountGone Finding = "service-account-gone"
	DelegationMissing  Finding = "delegation-missing"
	DelegationBlocked  Finding = "delegation-blocked"
	// ScopeMismatch: delegation is granted, for other scopes than we ask for.
	ScopeMismatch      Finding = "scope-mismatch"
	APINotEnabled      Finding = "api-not-enabled"
	ProjectSuspended   Finding = "project-suspended"
	UserUnknown        Finding = "user-unknown"
	UserSuspended      Finding = "user-suspended"
	CalendarServiceOff Finding = "calendar-service-off"
	// QuotaUsedUp: closed for hours, unlike Throttled.
	QuotaUsedUp Finding = "quota"
)

// Findings any provider may cause.
const (
	Throttled          Finding = "throttled"
	CredentialsRefused Finding = "credentials-refused"
	MailboxUnknown     Finding = "mailbox-unknown"
	MailboxDisabled    Finding = "mailbox-disabled"
	MailboxDenied      Finding = "mailbox-access-denied"
	MailboxIsFull      Finding = "mailbox-full"
	// RequestRefused: the provider calls our request malformed. Our bug.
	RequestRefused Finding = "request-refused"
	// ReplyNotGranted: automatic replies may not be read and written.
	ReplyNotGranted Finding = "auto-reply-not-granted"
	// WrittenNotFound: the event was written but its marker does not find it.
	WrittenNotFound Finding = "written-not-found"
	// ProbeLeftBehind: the event of Probe could not be removed.
	ProbeLeftBehind Finding = "probe-left-behind"
	Unexpected      Finding = "unexpected"
)

// Findings lists every finding there is, for those who explain them.
func Findings() []Finding {
	return []Finding{
		SettingsInvalid, ConnectionUnknown, NameNotResolved, ConnectionRefused, ConnectionTimeout, NetworkUnreachable,
		ConnectionCut,
		ProxyUnreachable, ProxyRefuses, NotThatService, Redirected, ServiceUnavailable, ClockSkew, AutodiscoverAddress,
		ExchangeOnline,
		TLSUnknownAuthority, TLSExpired, TLSExpiresSoon, TLSNotYetValid, TLSNameMismatch, TLSTooOld, TLSWeak,
		TLSCertificateUnusable,
		TLSClientCertificate, TLSNotSpoken, TLSRefused,
		SecretExpired, SecretExpiresSoon, SecretWrong, CertificateExpired, CertificateExpiresSoon, CertificateUnknown,
		AppUnknown,
		AppDisabled,
		TenantUnknown, WrongCloud, ConsentNeverGiven, ConditionalAccessBlocks, ConsentPropagating, RoleMissing,
		RoleReadOnly,
		AccessPolicyDenies, TokenRefused, TenantWithoutExchange, MailboxElsewhere,
		NTLMNotOffered, BasicNotOffered, NTLMVariant, NTLMSplit, PasswordWrong, PasswordExpired, AccountLocked,
		ExtendedProtection, EWSDisabled,
		KerberosOnly, KerberosNotOffered, KerberosServiceUnknown, KerberosRefused, DirectoryUnreachable,
		ImpersonationMissing, ImpersonationOutOfScope, ImpersonationFailed, ExchangeTooOld, MailboxOtherServer,
		CalendarMissing,
		KeyRotated, ServiceAccountGone, DelegationMissing, DelegationBlocked, ScopeMismatch, APINotEnabled,
		ProjectSuspended,
		UserUnknown, UserSuspended, CalendarServiceOff, QuotaUsedUp,
		Throttled, CredentialsRefused, MailboxUnknown, MailboxDisabled, MailboxDenied, MailboxIsFull, RequestRefused,
		ReplyNotGranted, WrittenNotFound, ProbeLeftBehind, Unexpected,
	}
}

// FindingOf is what an error of the port means where the adapter knows no better.
// code is the provider's.
func FindingOf(err error) (finding Finding, code string) {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return ConnectionTimeout, ""
	}
	if e, ok := errors.AsType[*Blocked](err); ok {
		return blockedFinding(e), e.Code
	}
	if e, ok := errors.AsType[*Temporary](err); ok {
		return temporaryFinding(e), e.Code
	}
	if e, ok := errors.AsType[*Invalid](err); ok {
		return RequestRefused, e.Code
	}
	if e, ok := errors.AsType[*Gone](err); ok {
		return CalendarMissing, e.Code
	}
	return Unexpected, ""
}

func blockedFinding(e *Blocked) Finding {
	switch {
	case e.Code == egress.Code:
		return SettingsInvalid
	case e.Code == string(ProxyRefuses):
		return ProxyRefuses
	}
	switch e.Reason {
	case ConsentMissing:
		return ConsentNeverGiven
	case NoExchangeOnline:
		return TenantWithoutExchange
	case CredentialsRejected:
		return CredentialsRefused
	case AccessDenied:
		return MailboxDenied
	case MailboxMissing:
		return MailboxUnknown
	case CalendarDisabled:
		return MailboxDisabled
	case MailboxFull:
		return MailboxIsFull
	case ServerUnreachable:
		return NotThatService
	case RequestRejected:
		return RequestRefused
	case AutoReplyNotGranted:
		return ReplyNotGranted
	}
	return Unexpected
}

// temporaryFinding reads the words adapters use for trouble of the network, and
// takes the rest for an outage.
func temporaryFinding(e *Temporary) Finding {
	switch code := e.Code; {
	case code == "timeout":
		return ConnectionTimeout
	case code == "name-not-resolved":
		return NameNotResolved
	case code == "connection-refused":
		return ConnectionRefused
	case code == string(ProxyRefuses), code == string(ProxyUnreachable):
		return Finding(code)
	case strings.HasPrefix(code, "connection-"), code == "network":
		return ConnectionCut
	}
	return ServiceUnavailable
}
