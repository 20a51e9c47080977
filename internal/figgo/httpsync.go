package figgo

import (
	"regexp"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
)

// The values of X-Event on the legacy webhook
// (https://support.lucca.fr/hc/en-us/articles/360007031991).
const (
	EventCreated  = "created"
	EventApproved = "approved"
	EventDeleted  = "deleted"
)

// HeaderEvent is the header of the legacy webhook that says what happened.
const HeaderEvent = "X-Event"

// halfDayID is how Lucca forms the id of a legacy half-day: the leave period's
// number, the day, the half. The number is what ties the half-days of one
// absence together; it is opaque to us.
var halfDayID = regexp.MustCompile(`^(.+?)-(\d{4})(\d{2})(\d{2})-(?:([AaPp])[Mm]$)?`)

// DecodeHTTPSynchronization reads one post of the legacy webhook, "HTTP
// synchronization", whose X-Event header was event (any case). Each post is of
// one half-day, so the Notice is Partial. now is when it was received, for
// OccurredAt: the post itself says not when it was sent.
//
// Where header and fields disagree, the one that says more wins, for posts are
// sent anew without saying so: deleted by either is Deleted, else approved by
// either is Approved. A flag that is missing is read from its date. Other values
// of X-Event are Ignored. ChangedAt is the cancellation or confirmation date
// and zero for a request; Lucca writes these dates without an offset, and they
// are read as UTC. An unreadable body is a BodyError.
func DecodeHTTPSynchronization(event string, body []byte, now time.Time) (Notice, error) {
	event = strings.ToLower(strings.TrimSpace(event))
	notice := Notice{Kind: Ignored, Topic: event, OccurredAt: now.UTC(), Partial: true}
	if event != EventCreated && event != EventApproved && event != EventDeleted {
		return notice, nil
	}
	var problem error
	post := bodyOf(body, &problem).members("id", "date", "isAm", "owner", "leaveAccount", "value",
		"isConfirmed", "confirmationDate", "isCancelled", "cancellationDate")
	post.of.mustBeObject()
	notice.Kind, notice.ChangedAt = httpKind(event, post)
	half := readHalfDay(post, &notice.AbsenceID)
	half.Confirmed = notice.Kind == Approved
	readOwner(post.at("owner"), &notice)
	account := post.at("leaveAccount").members("id", "name", "categoryName")
	half.Type = absence.Type{
		ID: account.at("id").id(), Name: account.at("name").name(), Category: account.at("categoryName").name(),
	}
	notice.Absence.HalfDays = []absence.HalfDay{half}
	notice.Absence.Account, notice.Absence.AccountName, notice.Absence.Category = half.Type.ID, half.Type.Name,
		half.Type.Category
	if problem != nil {
		return Notice{}, problem
	}
	return notice, nil
}

// httpKind tells what happened and when, as far as the post says.
func httpKind(event string, post members) (Kind, time.Time) {
	cancelled, cancelledAt := flagOrDate(post.at("isCancelled"), post.at("cancellationDate"))
	confirmed, confirmedAt := flagOrDate(post.at("isConfirmed"), post.at("confirmationDate"))
	switch {
	case event == EventDeleted || cancelled:
		return Deleted, cancelledAt
	case event == EventApproved || confirmed:
		return Approved, confirmedAt
	}
	return Requested, time.Time{}
}

// flagOrDate reads a flag with the date since when; where the flag is missing,
// having a date is the flag.
func flagOrDate(flag, date value) (bool, time.Time) {
	at := date.instant()
	if is, set := flag.flag(); set {
		return is, at
	}
	return !at.IsZero(), at
}

// readHalfDay reads which half-day it is, and the absence's id from the
// half-day's own. Where date or isAm are missing the id has them as well.
func readHalfDay(row members, absenceID *string) absence.HalfDay {
	id := row.at("id").requiredID()
	parts := halfDayID.FindStringSubmatch(id)
	if *absenceID = id; parts != nil {
		*absenceID = parts[1]
	}
	half := absence.HalfDay{Date: row.at("date").date(), Part: absence.Afternoon, Minutes: row.at("value").hours()}
	if half.Date.IsZero() && parts != nil {
		half.Date, _ = absence.ParseDate(parts[2] + "-" + parts[3] + "-" + parts[4])
	}
	if half.Date.IsZero() {
		row.at("date").fail("it is missing")
	}
	morning, set := row.at("isAm").flag()
	if !set && parts != nil && parts[5] != "" {
		morning, set = strings.EqualFold(parts[5], "a"), true
	}
	if !set {
		row.at("isAm").fail("it is missing")
	}
	if morning {
		half.Part = absence.Morning
	}
	return half
}

// readOwner reads whose absence it is. A deletion needs no owner: the absence's
// id says which one.
func readOwner(v value, notice *Notice) {
	owner := v.members("id", "email")
	notice.EmployeeID, notice.Email = owner.at("id").id(), owner.at("email").address()
	if notice.EmployeeID == "" && notice.Email == "" && notice.Kind != Deleted {
		v.fail("it has neither id nor e-mail")
	}
}
