package calendartest

import (
	"net/http"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// Harness is one adapter, connected with real credentials to a calendar system
// of its own that nobody else uses. What is nil or empty the system does not
// offer, and the cases that need it are reported so.
type Harness struct {
	Provider calendars.Provider
	// Calendar is the adapter under test. It has sent nothing yet.
	Calendar calendars.Calendar
	// Mailbox is the address of an empty mailbox, Zone its IANA time zone.
	Mailbox, Zone string
	// AddMailbox makes another empty mailbox the adapter may write to.
	AddMailbox func(address, zone string)

	// TellsRepeats says that the system offers a way to recognize a creation that
	// was sent before.
	TellsRepeats bool
	// TellsTwins says that a second event of ours, left by a lost answer or by
	// another writer, cannot be (Google: its id is chosen from the marker) or is
	// known from a copy of its owner's (EWS: the UID is chosen from the marker).
	TellsTwins bool
	// Missing are addresses that have no mailbox in this system.
	Missing []string
	// Denied is an existing mailbox that the connection may not open.
	Denied string
	// WrongCredentials and NoConsent open the same system with a wrong secret,
	// and with good credentials that nobody consented to.
	WrongCredentials, NoConsent func(testing.TB) calendars.Calendar
	// NoReplies opens the same system with credentials that may write into calendars
	// and not touch automatic replies.
	NoReplies func(testing.TB) calendars.Calendar
	// OwnReplies are automatic replies as owners may have them in this system, one of
	// each kind. Their schedules end in the future.
	OwnReplies []Reply

	// Views is what the owner of a mailbox sees, in any order.
	Views func(t testing.TB, mailbox string) []View
	// Details is the same as another client of the system reads it.
	Details func(t testing.TB, mailbox string) []Detail
	// ShowAs and Status spell what Views shows for an event.
	ShowAs func(absence.ShowAs) string
	Status func(absence.Event) string
	// Telework is what Views shows for telework where the system has no word for it; ""
	// where it is that of the event's ShowAs.
	Telework string

	Person Person
	// Complete says that the harness offers all that the system can do. What it does
	// not, must then have its reason in NotOffered, by the name of the capability or
	// annotation. Without it, what is missing is only reported.
	Complete   bool
	NotOffered map[string]string
	// SayGone has the next so many updates and deletions of an event answered as if
	// it were not there; all of them below 0, none any more with 0.
	SayGone func(times int)
	// Refusals are the ways in which one mailbox is refused.
	Refusals []Refusal
	// TellsScopes says that a 503 with Retry-After holds back the whole connection
	// and a 429 the mailbox.
	TellsScopes bool

	// Proxy is what all requests to the system pass, sign-in included.
	Proxy *Proxy
	// Open makes another adapter with the same credentials and that timeout for
	// one request. It has sent nothing yet either.
	Open func(t testing.TB, timeout time.Duration) calendars.Calendar
	// SignIn tells the requests that only sign in from those to the calendar.
	// nil: the system has no such requests of their own.
	SignIn func(*http.Request) bool
	// NoEvents is the system's answer to a search that found nothing.
	NoEvents Answer
	// Throttled is how the system itself says that it wants to be left alone so
	// long, if not by status 429 and Retry-After.
	Throttled func(time.Duration) Answer
}

// View is an event as its owner sees it.
type View struct {
	Title string
	// Start and End are YYYY-MM-DD when AllDay (End exclusive), else local
	// YYYY-MM-DDTHH:MM in Zone (IANA).
	Start, End string
	AllDay     bool
	Zone       string
	// ShowAs and Status are spelt as the system spells them.
	ShowAs, Status string
	Private        bool
	// Marked tells whether the event carries our marker.
	Marked bool
}

// Detail is what only another client sees of an event.
type Detail struct {
	Title     string
	Attendees int
	Reminder  bool
	Body      string
}

// Person is what the owner of a mailbox does in her own calendar, or what
// happens to it behind our back. IDs are those of calendars.Placed. Each act
// fails the test when it does not succeed; one that is nil cannot be done there.
type Person struct {
	// Create makes an event of her own at noon of that day (YYYY-MM-DD), for one
	// hour, without our marker.
	Create func(t testing.TB, mailbox, title, day string)
	// Edit changes the title, the time and who may see one of our events.
	Edit func(t testing.TB, mailbox, id string)
	// Bin deletes an event as she would.
	Bin func(t testing.TB, mailbox, id string)
	// Move puts an event into another calendar of hers, where she still sees it.
	Move func(t testing.TB, mailbox, id string)
	// Duplicate copies one of our events into the same calendar, as a calendar
	// client does: everything with it, our marker included, but its global id.
	Duplicate func(t testing.TB, mailbox, id string)
	// Annotate adds to one of our events all that an owner may add there, and
	// Annotations reads it back as it is now.
	Annotate    func(t testing.TB, mailbox, id string)
	Annotations func(t testing.TB, mailbox, id string) Annotations
	// Copy puts a second event with the same marker and content beside one of
	// ours. nil: the adapter's own Create makes one under a new token.
	Copy func(t testing.TB, mailbox string, marker calendars.Marker, event absence.Event)
	// Reply is the automatic reply as she sees it, and SetReply changes it.
	Reply    func(t testing.TB, mailbox string) Reply
	SetReply func(t testing.TB, mailbox string, reply Reply)
	// SetRun overwrites the text of calendars.PropertyRun.
	SetRun func(t testing.TB, mailbox, id, value string)
}

// Answer is an HTTP answer.
type Answer struct {
	Status int
	Header map[string]string
	Body   string
}

// with returns the answer with another status.
func (a Answer) with(status int) Answer {
	a.Status = status
	return a
}

// media is the answer's Content-Type.
func (a Answer) media() string { return a.Header["Content-Type"] }
