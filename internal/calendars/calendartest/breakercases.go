package calendartest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// Refusal is one way in which the system refuses a mailbox, which may as well
// concern everybody.
type Refusal struct {
	Name   string
	Reason calendars.Reason
	// AtFirst is the reason as long as nothing worked, when it is another one.
	AtFirst calendars.Reason
	// Certain says that the answer can only mean the mailbox. Else it is everybody's
	// trouble as long as nothing worked, or when a second mailbox is refused so.
	Certain bool
	// For chooses the requests about a mailbox that get the answer.
	For    func(mailbox string) Match
	Answer Answer
}

// BodyContains chooses requests by their body.
func BodyContains(text string) Match {
	return func(r *http.Request) bool {
		body, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		return err == nil && bytes.Contains(body, []byte(text))
	}
}

// SayGoneBy makes a Harness.SayGone of the answer that says so and the requests it
// is given to: those that change or delete one event.
func SayGoneBy(proxy *Proxy, match Match, answer Answer) func(times int) {
	return func(times int) {
		proxy.Clear()
		if times < 0 {
			proxy.Every(match, Give(answer))
		}
		for n := range max(times, 0) {
			proxy.Nth(n+1, match, Give(answer))
		}
	}
}

var (
	canRefuse   = capability{"refusals of one mailbox", func(h Harness) bool { return len(h.Refusals) > 0 }}
	tellsScopes = capability{"the scope of a Retry-After", func(h Harness) bool { return h.TellsScopes }}
)

// breakerCases are refusals and wishes to wait, and whom they concern.
func breakerCases() []testCase {
	return []testCase{
		{name: "one mailbox is refused, others go on", needs: canRefuse, lacks: needsProxy, run: func(s *stage) {
			for _, refusal := range s.Refusals {
				s.oneIsRefused(refusal)
			}
		}},
		{name: "all mailboxes are refused", needs: canRefuse, lacks: needsProxy, run: func(s *stage) {
			for _, refusal := range s.Refusals {
				s.allAreRefused(refusal)
			}
		}},
		{name: "503 with Retry-After is everybody's, 429 the mailbox's", needs: tellsScopes, lacks: needsProxy,
			run: func(s *stage) {
				for status, scope := range map[int]calendars.Scope{
					http.StatusServiceUnavailable: calendars.ScopeConnection,
					http.StatusTooManyRequests:    calendars.ScopeMailbox,
				} {
					s.Proxy.Every(s.calendarOnly(),
						Give(Answer{Status: status, Header: map[string]string{"Retry-After": "7"}}))
					temporary, ok := errors.AsType[*calendars.Temporary](s.findAs(s.Calendar, s.Mailbox))
					s.Proxy.Clear()
					isWide := ok && temporary.Scope == calendars.ScopeConnection
					if !ok || temporary.RetryAfter != 7*time.Second || isWide != (scope == calendars.ScopeConnection) {
						s.Errorf("status %d: %+v, wanted it for the %s", status, temporary, scope)
					}
				}
			}},
	}
}

// others are mailboxes of other people.
func (s *stage) others() []string {
	addresses := []string{"anna.other@example.com", "ben.other@example.com"}
	for _, address := range addresses {
		s.AddMailbox(address, s.Zone)
	}
	return addresses
}

// chain is what production puts before a new adapter.
func (s *stage) chain() calendars.Calendar {
	return calendars.NewBreaker(calendars.HonorRetryAfter(s.Open(s.T, timeout), nil), calendars.BreakerOptions{})
}

func (s *stage) oneIsRefused(refusal Refusal) {
	s.Helper()
	others := s.others()
	for _, worked := range []bool{true, false} {
		cal := s.chain()
		if worked {
			s.writes(cal, others[0], days(tuesday, tuesday))
		}
		s.Proxy.Every(refusal.For(s.Mailbox), Give(refusal.Answer))
		want := calendars.ScopeMailbox
		if !worked && !refusal.Certain {
			want = calendars.ScopeConnection // nobody can tell yet
		}
		atFirst := refusal
		if !worked && refusal.AtFirst != "" {
			atFirst.Reason = refusal.AtFirst
		}
		s.isRefused(cal, s.Mailbox, atFirst, want)
		for _, mailbox := range others {
			s.writes(cal, mailbox, days(monday, friday))
			s.isRefused(cal, s.Mailbox, refusal, calendars.ScopeMailbox)
		}
		if s.Proxy.Clear() == 0 {
			s.Errorf("%s: the harness matches no request", refusal.Name)
		}
		s.writes(cal, others[1], days(tuesday, friday))
	}
}

func (s *stage) allAreRefused(refusal Refusal) {
	s.Helper()
	if refusal.Certain {
		return
	}
	others := s.others()
	cal := s.chain()
	s.writes(cal, others[0], days(tuesday, tuesday))
	for _, mailbox := range append(others, s.Mailbox) {
		s.Proxy.Every(refusal.For(mailbox), Give(refusal.Answer))
	}
	s.isRefused(cal, s.Mailbox, refusal, calendars.ScopeMailbox)
	s.isRefused(cal, others[1], refusal, calendars.ScopeConnection)
	s.Proxy.Count()
	s.isRefused(cal, others[0], refusal, calendars.ScopeConnection)
	if n := s.Proxy.Count(); n != 0 {
		s.Errorf("%s: %d requests through a connection that is blocked", refusal.Name, n)
	}
	s.Proxy.Clear()
}

func (s *stage) writes(cal calendars.Calendar, mailbox string, a absence.Absence) {
	s.Helper()
	_, err := calendars.Apply(s.Context(), cal, mailbox, s.key, s.events(a), calendars.Options{Token: s.token()})
	if err != nil {
		s.Errorf("another mailbox: %v", err)
	}
}

func (s *stage) isRefused(cal calendars.Calendar, mailbox string, refusal Refusal, want calendars.Scope) {
	s.Helper()
	err := s.findAs(cal, mailbox)
	blocked, ok := errors.AsType[*calendars.Blocked](err)
	if !ok || blocked.Reason != refusal.Reason || blocked.Scope != want {
		s.Errorf("%s: %v, wanted %s for the %s", refusal.Name, err, refusal.Reason, want)
	}
}
