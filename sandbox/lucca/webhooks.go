package lucca

import (
	"encoding/json"
	"net/http"
	"strconv"
)

func (s *Service) webhookEndpoints() *collection[*endpoint] {
	return &collection[*endpoint]{
		name: "webhook-endpoints", scopes: []string{"webhook-endpoints.readonly"},
		items:  s.orderedEndpoints,
		id:     func(e *endpoint) string { return strconv.Itoa(e.ID) },
		key:    func(e *endpoint) string { return sortable(e.ID) },
		encode: func(e *endpoint) any { return s.endpointResource(e) },
		filters: fields[*endpoint]{
			"status":         func(e *endpoint) string { return e.Status },
			"application.id": func(*endpoint) string { return "1" },
		},
	}
}

func (s *Service) webhookDeliveries() *collection[*delivery] {
	return &collection[*delivery]{
		name: "webhook-deliveries", scopes: []string{"webhook-deliveries.readonly"},
		items:  s.v5Deliveries,
		id:     func(d *delivery) string { return d.id },
		key:    func(d *delivery) string { return instant(d.createdAt) + d.id },
		encode: func(d *delivery) any { return s.deliveryResource(d) },
		filters: fields[*delivery]{
			"status":             func(d *delivery) string { return d.status },
			"event.id":           func(d *delivery) string { return d.event.id },
			"webhookEndpoint.id": func(d *delivery) string { return strconv.Itoa(d.target.endpoint.ID) },
		},
	}
}

func (s *Service) v5Deliveries() []*delivery {
	var list []*delivery
	for _, d := range s.deliveries {
		if d.event != nil {
			list = append(list, d)
		}
	}
	return list
}

func (s *Service) deliveryResource(d *delivery) map[string]any {
	var next any
	if !d.next.IsZero() {
		next = instant(d.next)
	}
	return map[string]any{
		"id": d.id, "type": "webhook-delivery", "url": s.url("webhook-deliveries", d.id),
		"nextAttemptAt": next, "attemptsCount": len(d.attempts), "status": d.status,
		"event":           reference{ID: d.event.id, Type: "event", URL: s.url("events", d.event.id)},
		"webhookEndpoint": s.refer("webhook-endpoint", d.target.endpoint.ID),
		"links": map[string]link{
			"attempts": {Href: s.cfg.Host + "/lucca-api/webhook-delivery-attempts?webhookDelivery.id=" + d.id},
		},
	}
}

// tried is one attempt with the delivery it belongs to.
type tried struct {
	attempt
	delivery *delivery
}

func (s *Service) webhookAttempts() *collection[tried] {
	return &collection[tried]{
		name: "webhook-delivery-attempts", scopes: []string{"webhook-deliveries.readonly"},
		items: func() []tried {
			var list []tried
			for _, d := range s.v5Deliveries() {
				for _, a := range d.attempts {
					list = append(list, tried{a, d})
				}
			}
			return list
		},
		id:      func(t tried) string { return t.id },
		key:     func(t tried) string { return instant(t.at) + t.id },
		encode:  s.attemptResource,
		filters: fields[tried]{"webhookDelivery.id": func(t tried) string { return t.delivery.id }},
	}
}

func (s *Service) attemptResource(t tried) any {
	var status any
	if t.status != 0 {
		status = t.status
	}
	return map[string]any{
		"id": t.id, "type": "webhook-delivery-attempt", "url": s.url("webhook-delivery-attempts", t.id),
		"signature": t.signature,
		"webhookDelivery": reference{ID: t.delivery.id, Type: "webhook-delivery",
			URL: s.url("webhook-deliveries", t.delivery.id)},
		"isSuccessful": t.status/100 == 2, "responseStatusCode": status, "errorResponseBody": orNull(t.response),
		"createdAt": instant(t.at),
	}
}

func (s *Service) eventCollection() *collection[*event] {
	return &collection[*event]{
		name: "events", scopes: []string{"events.readonly"},
		items:   func() []*event { return s.events },
		id:      func(e *event) string { return e.id },
		key:     func(e *event) string { return instant(e.occurredAt) + e.id },
		encode:  func(e *event) any { return json.RawMessage(e.body) },
		filters: fields[*event]{"status": (*event).status},
	}
}

// postDelivery sends an event again, or, without one, a ping; see
// https://developers.lucca.fr/api-reference/latest/webhooks/post-webhook-deliveries.
func (s *Service) postDelivery(w http.ResponseWriter, req *http.Request) {
	var body struct {
		Event           *referenceBody `json:"event"`
		WebhookEndpoint referenceBody  `json:"webhookEndpoint"`
	}
	if !readBody(w, req, &body) {
		return
	}
	id, _ := strconv.Atoi(body.WebhookEndpoint.ID)
	s.mu.Lock()
	defer s.mu.Unlock()
	to := s.endpoints[id]
	if to == nil {
		problem(w, req, http.StatusBadRequest, "the delivery is not valid",
			map[string][]string{"webhookEndpoint": {"no such webhook endpoint"}})
		return
	}
	var e *event
	if body.Event == nil {
		e = s.newEvent("ping", s.now(), nil, map[string]any{}, nil)
	} else if e = s.byEvent[body.Event.ID]; e == nil {
		problem(w, req, http.StatusBadRequest, "the delivery is not valid",
			map[string][]string{"event": {"no such event"}})
		return
	}
	d := s.deliver(to.target, e)
	w.Header().Set("Location", s.url("webhook-deliveries", d.id))
	writeJSON(w, http.StatusCreated, s.deliveryResource(d))
}
