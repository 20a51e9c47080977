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

// allPeopleTopics tell who somebody is, where they belong and which mailbox is theirs
// (https://github.com/LuccaSA/n8n-nodes-lucca lists all topics).
var allPeopleTopics = []string{
	"employee.created", "employee.updated",
	"employment.created", "employment.updated", "employment.deleted",
	"job-position.created", "job-position.updated", "job-position.deleted",
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

func (s *Service) announceRequest(l *Leave) {
	if l.Via == HTTP {
		s.sendHalfDays(l, map[Status]string{Tentative: "created", Confirmed: "approved"}[l.Status])
		return
	}
	s.publish(l, "leave.created", s.leaveResource(l), nil)
	if l.Status == Tentative {
		s.publish(l, "leave-request.created", s.leaveRequestResource(l), nil)
	}
}

// announceApproval sends the three events one approval causes; see
// https://developers.lucca.fr/documentation/webhooks/get-started.
func (s *Service) announceApproval(l *Leave) {
	if l.Via == HTTP {
		s.sendHalfDays(l, "approved")
		return
	}
	s.publish(l, "leave-request-decision.created", s.decisionResource(l, s.nextID()), nil)
	s.publish(l, "leave-request.updated", s.leaveRequestResource(l), map[string]any{"status": "pending"})
	s.publish(l, "leave.updated", s.leaveResource(l), map[string]any{"status": Tentative})
}

// announceMove tells the attributes that changed as they were.
func (s *Service) announceMove(l *Leave, before Leave) {
	previous := map[string]any{}
	for name, was := range map[string][2]string{
		"startsOn": {before.StartsOn, l.StartsOn}, "endsOn": {before.EndsOn, l.EndsOn},
		"startPosition": {string(before.StartPosition), string(l.StartPosition)},
		"endPosition":   {string(before.EndPosition), string(l.EndPosition)},
	} {
		if was[0] != was[1] {
			previous[name] = was[0]
		}
	}
	s.publish(l, "leave.updated", s.leaveResource(l), previous)
}

func (s *Service) announceCancellation(l *Leave, before Status) {
	if l.Via == HTTP {
		s.sendHalfDays(l, "deleted")
		return
	}
	s.publish(l, "leave.updated", s.leaveResource(l), map[string]any{"status": before})
}

// announceDeletion carries the leave as it last was, with the status it had.
func (s *Service) announceDeletion(l *Leave) {
	if l.Via == HTTP {
		s.sendHalfDays(l, "deleted")
		return
	}
	s.publish(l, "leave.deleted", s.leaveResource(l), nil)
}

// publish makes the event and hands it to every endpoint that listens to its topic;
// s.mu must be held.
func (s *Service) publish(l *Leave, topic string, data any, previous map[string]any) {
	if s.silent {
		return
	}
	s.tell(l.ID, l.Employee, topic, l.LastUpdatedAt, data, previous)
}

// announceEmployee tells of a new address or status, the employee's own attributes,
// and of a new legal entity, which is that of their job position.
func (s *Service) announceEmployee(now, before Employee) {
	previous := map[string]any{}
	if now.Email != before.Email {
		previous["email"] = orNull(before.Email)
	}
	if now.Left != before.Left {
		previous["status"] = before.status()
	}
	if len(previous) > 0 {
		s.tell(0, now.ID, "employee.updated", s.now(), s.employeeResource(now), previous)
	}
	if now.LegalEntity != before.LegalEntity {
		s.tell(0, now.ID, "job-position.updated", s.now(), s.jobPositionResource(now),
			map[string]any{"businessEstablishment": s.refer("business-establishment", before.LegalEntity)})
	}
}

// tell is publish for anything about an employee; leave is 0 for none.
func (s *Service) tell(leave, employee int, topic string, at time.Time, data any, previous map[string]any) {
	establishment := s.refer("business-establishment", s.company.employees[employee].LegalEntity)
	e := s.newEvent(topic, at, &establishment, data, previous)
	e.leave, e.employee = leave, employee
	for _, ep := range s.orderedEndpoints() {
		if ep.listens(topic, establishment.ID) {
			s.deliver(ep.target, e)
		}
	}
}

func (s *Service) newEvent(topic string, at time.Time, establishment *reference, data any,
	previous map[string]any) *event {
	e := &event{id: strconv.Itoa(9000 + s.nextID()), topic: topic, occurredAt: at}
	// Marshalling cannot fail: all of it is text, numbers and maps of them.
	e.body, _ = json.Marshal(envelope{
		ID: e.id, Type: "event", URL: s.url("events", e.id), APIVersion: APIVersion, Topic: topic,
		OccurredAt: instant(at), Source: s.cfg.Host, BusinessEstablishment: establishment, Data: data,
		PreviousAttributes: previous,
		Links:              map[string]link{"retry": {Href: s.cfg.Host + "/lucca-api/webhook-deliveries"}},
	})
	s.events = append(s.events, e)
	s.byEvent[e.id] = e
	if len(s.events) > kept {
		delete(s.byEvent, s.events[0].id)
		s.events[0] = nil
		s.events = s.events[1:]
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
