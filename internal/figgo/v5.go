package figgo

import (
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
)

// The v5 topics we act on
// (https://github.com/LuccaSA/n8n-nodes-lucca lists all of them).
const (
	TopicLeaveCreated = "leave.created"
	TopicLeaveUpdated = "leave.updated"
	TopicLeaveDeleted = "leave.deleted"
)

// DecodeV5 reads the body of a verified v5 delivery
// (https://developers.lucca.fr/api-reference/latest/events/event).
//
// The kind comes from the leave's status, not from the topic: tentative is
// Requested, confirmed is Approved, cancelled is Deleted, as is the topic
// leave.deleted; Lucca's texts have other words for the same three and these are
// read too. Other topics, tests, pings and bodies in the CloudEvents format, of
// which Lucca does not document where the leave is, are Ignored without an error.
//
// A status we do not know is Ignored too, with Topic and AbsenceID set for the
// caller to log: it must not delete an event that is there, nor show somebody
// as absent. The absence stays as the last status we did know left it.
//
// News of employees, employments and job positions is Ignored as well, and says
// in StaleEmployee whose entry in the directory is out of date.
//
// A Deleted notice carries the absence where it could be read and none where it
// could not: a deletion needs only the id. An unreadable body is a BodyError.
func DecodeV5(body []byte) (Notice, error) {
	var problem error
	event := bodyOf(body, &problem).members("specversion", "id", "type", "topic", "occurredAt", "businessEstablishment",
		"data", "embedded")
	event.of.mustBeObject()
	notice := Notice{Kind: Ignored, EventID: event.at("id").apart().id()}
	if event.at("specversion").present() {
		notice.Topic = event.at("type").apart().text()
		return notice, problem
	}
	notice.Topic = event.at("topic").required().text()
	switch notice.Topic {
	case TopicLeaveCreated, TopicLeaveUpdated, TopicLeaveDeleted:
		notice = readLeaveEvent(notice, event)
	default:
		notice.StaleEmployee = staleEmployee(notice.Topic, event.at("data"))
	}
	if problem != nil {
		return Notice{}, problem
	}
	return notice, nil
}

// staleEmployee returns whom an event is about, "" where it is about nobody. What
// cannot be read is no reason to have the event sent again.
func staleEmployee(topic string, data value) string {
	kind, _, _ := strings.Cut(topic, ".")
	data = data.apart()
	switch kind {
	case "employee":
		return data.members("id").at("id").id()
	case "employment", "job-position":
		return data.members("employee").at("employee").members("id").at("id").id()
	}
	return ""
}

// readLeaveEvent completes the notice of a leave topic.
func readLeaveEvent(notice Notice, event members) Notice {
	leave := event.at("data").required().members("id", "status", "employee", "leaveAccount", "startsOn",
		"startPosition",
		"endsOn", "endPosition", "days", "totalDuration", "lastUpdatedAt", "embedded")
	notice.AbsenceID = leave.at("id").requiredID()
	notice.Kind = kindOf(notice.Topic, leave.at("status"))
	if notice.Kind == Ignored {
		return notice
	}
	notice.ChangedAt, notice.OccurredAt = leaveTimes(notice.Kind, event, leave)
	if notice.Kind == Deleted {
		// Lucca does not say what is left of a deleted leave in the event.
		leave.of = leave.of.apart()
		event.of = event.of.apart()
	}
	notice.EmployeeID = reference(leave.at("employee").required())
	notice.LegalEntity = reference(event.at("businessEstablishment"))
	notice.Absence = readLeave(leave, notice.Kind == Approved)
	notice.Absence.Account, notice.Absence.AccountName = readAccount(event, leave)
	if *leave.of.problem != nil {
		notice.Absence = absence.Absence{}
	}
	return notice
}

// kindOf reads a leave's status.
func kindOf(topic string, status value) Kind {
	if topic == TopicLeaveDeleted {
		return Deleted
	}
	switch strings.ToLower(strings.TrimSpace(status.required().text())) {
	case "tentative", "pending":
		return Requested
	case "confirmed", "approved":
		return Approved
	case "cancelled", "canceled", "denied", "rejected", "refused":
		return Deleted
	case "":
		status.fail("it is empty")
	}
	return Ignored
}

// leaveTimes returns Notice.ChangedAt and OccurredAt. A deletion may leave
// lastUpdatedAt as it was before, so there the later time counts.
func leaveTimes(kind Kind, event, leave members) (changed, occurred time.Time) {
	changed, occurred = leave.at("lastUpdatedAt").instant(), event.at("occurredAt").instant()
	switch {
	case changed.IsZero() && occurred.IsZero():
		event.at("occurredAt").fail("it is missing")
	case changed.IsZero():
		changed = occurred
	case occurred.IsZero():
		occurred = changed
	}
	if kind == Deleted {
		changed = later(changed, occurred)
	}
	return changed, occurred
}

// reference reads the id of a v5 reference {id, type, url}. The url is never
// used: Lucca's own samples disagree on it.
func reference(v value) string {
	if !v.present() {
		return ""
	}
	return v.members("id").at("id").requiredID()
}

// readAccount reads the absence type's id, and its name where the reference or
// the embedded resources have it.
func readAccount(event, leave members) (id, name string) {
	account := leave.at("leaveAccount").members("id", "name")
	if id = account.at("id").id(); id == "" {
		return "", ""
	}
	names := []value{account.at("name")}
	for _, embedded := range []value{leave.at("embedded"), event.at("embedded")} {
		accounts := embedded.apart().members("leave-account").at("leave-account")
		names = append(names, accounts.members(id).at(id).members("name").at("name"))
	}
	for _, v := range names {
		if name = v.apart().name(); name != "" {
			return id, name
		}
	}
	return id, ""
}
