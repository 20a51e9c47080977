package access

import (
	"net/http"
	"net/url"
)

// Reason is why somebody is on the sign-in page: /sign-in?reason=REASON. The
// pages have a text for each, and for none.
type Reason string

// The reasons.
const (
	// ReasonLink asks for the token of a sign-in link. The browser has it in the
	// fragment of the address (#TOKEN); the page's form sends it as the field
	// "token" by POST to /sign-in/link.
	ReasonLink Reason = "link"
	// ReasonLinkInvalid: the link is unknown, too old, or was used already.
	ReasonLinkInvalid Reason = "link-invalid"
	// ReasonSignedOut: the session has ended, on the server too.
	ReasonSignedOut Reason = "signed-out"
	// ReasonSignedOutHere is ReasonSignedOut for somebody whom the identity
	// provider still knows, with a provider that lets one sign out: the page
	// offers a link (not a form) to /sign-out/oidc.
	ReasonSignedOutHere Reason = "signed-out-here"
	// ReasonExpired: the sign-in took more than ten minutes, was finished already,
	// or was begun in another browser.
	ReasonExpired Reason = "expired"
	// ReasonDenied: the identity provider let nobody in, or the person gave up.
	ReasonDenied Reason = "denied"
	// ReasonFailed: the identity provider's answer did not hold; the log has why.
	ReasonFailed Reason = "failed"
	// ReasonUnavailable: the identity provider did not answer.
	ReasonUnavailable Reason = "unavailable"
	// ReasonNoRole: the person is known and has neither role.
	ReasonNoRole Reason = "no-role"
	// ReasonTooManyGroups: the person is in so many groups that Entra ID leaves
	// them out of its answer; app roles are the way out.
	// https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference#groups-overage-claim
	ReasonTooManyGroups Reason = "too-many-groups"
	// ReasonUnverifiedEmail: roles go by e-mail address, and the identity provider
	// does not vouch for this one.
	ReasonUnverifiedEmail Reason = "unverified-email"
	// ReasonTooMany: too many tries from one address; a minute later it works.
	ReasonTooMany Reason = "too-many"
	// ReasonOff: there is no single sign-on.
	ReasonOff Reason = "off"
)

// Reasons are all of them.
func Reasons() []Reason {
	return []Reason{
		ReasonLink, ReasonLinkInvalid, ReasonSignedOut, ReasonSignedOutHere, ReasonExpired, ReasonDenied, ReasonFailed,
		ReasonUnavailable, ReasonNoRole, ReasonTooManyGroups, ReasonUnverifiedEmail, ReasonTooMany, ReasonOff,
	}
}

// toSignIn sends the browser to the sign-in page; next is kept for another try.
func toSignIn(w http.ResponseWriter, r *http.Request, reason Reason, next string) {
	http.Redirect(w, r, signInPage(reason, next), http.StatusSeeOther)
}

func signInPage(reason Reason, next string) string {
	query := url.Values{}
	if reason != "" {
		query.Set("reason", string(reason))
	}
	if next != "" && next != "/" {
		query.Set("next", next)
	}
	if len(query) == 0 {
		return "/sign-in"
	}
	return "/sign-in?" + query.Encode()
}
