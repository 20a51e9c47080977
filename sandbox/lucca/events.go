package lucca

import (
	"encoding/json"
	"strconv"
	"time"
)

var allLeaveTopics = []string{
	"leave.created", "leave.updated", "leave.deleted",
	"leave-request.created", "leave-request.updated", "leave-request-decision.created",
}

// kept is how many events, and how many deliveries, the account remembers.
const kept = 10_000

// event is one change as told to v5 webhook endpoints; see
// https://developers.lucca.fr/api-reference/latest/events/event.
type event struct {
	id         string
	topic      string
	occurredAt time.Time
	leave      int
	employee   int
	body       []byte
	deliveries []*delivery
}

type envelope struct {
	ID                    string          `json:"id"`
	Type                  string          `json:"type"`
	URL                   string          `json:"url"`
	APIVersion            string          `json:"apiVersion"`
	Topic                 string          `json:"topic"`
	OccurredAt            string          `json:"occurredAt"`
	Source                string          `json:"source"`
	BusinessEstablishment *reference      `json:"businessEstablishment"`
	Data                  any             `json:"data"`
	PreviousAttributes    map[string]any  `json:"previousAttributes,omitempty"`
	Links                 map[string]link `json:"links"`
}

func (r *Room) announceRequest(l *Leave) {
	if l.Via == HTTP {
		r.sendHalfDays(l, map[Status]string{Tentative: "created", Confirmed: "approved"}[l.Status])
		return
	}
	r.publish(l, "leave.created", r.leaveResource(l), nil)
	if l.Status == Tentative {
		r.publish(l, "leave-request.created", r.leaveRequestResource(l), nil)
	}
}

// announceApproval sends the three events one approval causes; see
// https://developers.lucca.fr/documentation/webhooks/get-started.
func (r *Room) announceApproval(l *Leave) {
	if l.Via == HTTP {
		r.sendHalfDays(l, "approved")
		return
	}
	r.publish(l, "leave-request-decision.created", r.decisionResource(l, r.nextID()), nil)
	r.publish(l, "leave-request.updated", r.leaveRequestResource(l), map[string]any{"status": "pending"})
	r.publish(l, "leave.updated", r.leaveResource(l), map[string]any{"status": Tentative})
}

func (r *Room) announceCancellation(l *Leave, before Status) {
	if l.Via == HTTP {
		r.sendHalfDays(l, "deleted")
		return
	}
	r.publish(l, "leave.updated", r.leaveResource(l), map[string]any{"status": before})
}

// announceDeletion carries the leave as it last was, with the status it had.
func (r *Room) announceDeletion(l *Leave) {
	if l.Via == HTTP {
		r.sendHalfDays(l, "deleted")
		return
	}
	r.publish(l, "leave.deleted", r.leaveResource(l), nil)
}

// publish makes the event and hands it to every endpoint that listens to its topic;
// r.mu must be held.
func (r *Room) publish(l *Leave, topic string, data any, previous map[string]any) {
	if r.silent {
		return
	}
	r.tell(l.ID, l.Employee, topic, l.LastUpdatedAt, data, previous)
}

// announceEmployee tells of a new address, which is the employee's own attribute,
// and of a new legal entity, which is that of their job position.
func (r *Room) announceEmployee(now, before Employee) {
	if now.Email != before.Email {
		r.tell(0, now.ID, "employee.updated", r.now(), r.employeeResource(now),
			map[string]any{"email": orNull(before.Email)})
	}
	if now.LegalEntity != before.LegalEntity {
		r.tell(0, now.ID, "job-position.updated", r.now(), r.jobPositionResource(now),
			map[string]any{"businessEstablishment": r.refer("business-establishment", before.LegalEntity)})
	}
}

// tell is publish for anything about an employee; leave is 0 for none.
func (r *Room) tell(leave, employee int, topic string, at time.Time, data any, previous map[string]any) {
	establishment := r.refer("business-establishment", r.company.employees[employee].LegalEntity)
	e := r.newEvent(topic, at, &establishment, data, previous)
	e.leave, e.employee = leave, employee
	for _, ep := range r.orderedEndpoints() {
		if ep.listens(topic, establishment.ID) {
			r.deliver(ep.target, e)
		}
	}
}

func (r *Room) newEvent(topic string, at time.Time, establishment *reference, data any,
	previous map[string]any) *event {
	e := &event{id: strconv.Itoa(9000 + r.nextID()), topic: topic, occurredAt: at}
	// Marshalling cannot fail: all of it is text, numbers and maps of them.
	e.body, _ = json.Marshal(envelope{
		ID: e.id, Type: "event", URL: r.url("events", e.id), APIVersion: APIVersion, Topic: topic,
		OccurredAt: instant(at), Source: r.cfg.Host, BusinessEstablishment: establishment, Data: data,
		PreviousAttributes: previous,
		Links:              map[string]link{"retry": {Href: r.cfg.Host + "/lucca-api/webhook-deliveries"}},
	})
	r.events = append(r.events, e)
	r.byEvent[e.id] = e
	if len(r.events) > kept {
		delete(r.byEvent, r.events[0].id)
		r.events[0] = nil
		r.events = r.events[1:]
	}
	return e
}

// status is scheduled while a delivery waits, failed if one failed, else delivered.
func (e *event) status() string {
	status := "delivered"
	for _, d := range e.deliveries {
		switch d.status {
		case undelivered:
			return "scheduled"
		case failed:
			status = "failed"
		}
	}
	return status
}
