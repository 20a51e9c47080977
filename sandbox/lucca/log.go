package lucca

import "time"

// Sent is one webhook as the desk shows it.
type Sent struct {
	ID       string
	Leave    int
	Employee int
	Via      Generation
	// Topic is the event's topic, or X-Event of the HTTP synchronization.
	Topic string
	// State is delivered, undelivered (one more attempt follows) or failed.
	State    string
	Attempts int
	// Status and Took are the last attempt's: the HTTP status (0: no answer in time)
	// and how long the answer took.
	Status int
	Took   time.Duration
	At     time.Time // when it was queued
}

// Deliveries lists the newest webhooks about an employee, newest first, at most
// limit of them; employee 0 is everybody.
func (s *Service) Deliveries(employee, limit int) []Sent {
	s.mu.RLock()
	defer s.mu.RUnlock()
	sent := []Sent{}
	for i := len(s.deliveries) - 1; i >= 0 && len(sent) < limit; i-- {
		if d := s.deliveries[i]; employee == 0 || d.employee == employee {
			sent = append(sent, d.sent())
		}
	}
	return sent
}

func (d *delivery) sent() Sent {
	s := Sent{
		ID: d.id, Leave: d.leave, Employee: d.employee, Via: V5, Topic: d.topic,
		State: d.status, Attempts: len(d.attempts), At: d.createdAt,
	}
	if d.event == nil {
		s.Via = HTTP
	}
	if n := len(d.attempts); n > 0 {
		s.Status, s.Took = d.attempts[n-1].status, d.attempts[n-1].took
	}
	return s
}
