// Package exchange imitates one Exchange server's EWS endpoint,
// /EWS/Exchange.asmx, strictly: real NTLM on the server's side, requests checked
// against the schema of the version they declare, and the refusals and habits
// that a client only meets in production. It is for rehearsals and tests.
//
// Where Microsoft's documentation leaves the answer open or says "at times", the
// service always does the same, and rather refuses:
//
//   - an X-AnchorMailbox that is not the impersonated mailbox is always HTTP 503
//     (documented: "500 or 503 at times"); without one all is well;
//   - a RequestServerVersion the build does not know is ErrorInvalidServerVersion,
//     none at all means Exchange 2007;
//   - a body that is not well-formed, has a document type or is not UTF-8 is
//     HTTP 400 without a body; another envelope namespace is a VersionMismatch
//     fault; another Content-Type is HTTP 415;
//   - an account without the ApplicationImpersonation role gets
//     ErrorImpersonateUserDenied, a mailbox outside the account's scope
//     ErrorImpersonateUserDenied;
//   - UpdateItem always needs a ChangeKey; a stale one is ErrorIrresolvableConflict
//     with NeverOverwrite;
//   - the ChangeKey of a created item moves on the next access, as when a calendar
//     assistant touches the item;
//   - properties of items that the service does not keep (EffectiveRights, DisplayTo,
//     Duration...) are left out of answers, as those without a value are;
//   - what a restriction compares with a property an item does not have is false,
//     also for IsNotEqualTo; in a sort order such items come first;
//   - strings in restrictions are compared without regard to case, as the same
//     store does behind Graph;
//   - a CalendarView with a restriction is ErrorInvalidRestriction (the text is
//     Exchange's, the code is documented nowhere);
//   - GetServerTimeZones leaves unknown ids out of its answer;
//   - SetUserOofSettings refuses replies of another mailbox than the impersonated one
//     with ErrorAccessDenied and keeps texts as HTML documents; times of a reply that
//     nobody scheduled are made up at each reading;
//   - GetUserAvailability tells working hours and their zone, and no events; without
//     a zone in the request it is ErrorTimeZone.
//
// Valid requests that nobody here should send (attendees, invitations) are refused
// loudly, with the code SandboxRefused. Valid ones that the service does not imitate are
// told so with the code SandboxNotImitated. Exchange has neither code.
//
// NTLM authenticates a TCP connection, so the http.Server needs ConnContext.
package exchange
