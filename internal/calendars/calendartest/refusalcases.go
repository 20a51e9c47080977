package calendartest

import (
	"context"
	"errors"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// refusalCases are the troubles that a person must mend, as the system itself
// tells them.
func refusalCases() []testCase {
	return []testCase{
		{name: "mailbox missing", run: mailboxMissing},
		{name: "no rights on the mailbox", lacks: needs("rights by mailbox",
			func(h Harness) bool { return h.Denied != "" }), run: func(s *stage) {
			// Before anything worked the right of the whole connection may be missing.
			if err := s.findAs(s.Calendar, s.Mailbox); err != nil {
				s.Fatal(err)
			}
			s.everyMethodIs(s.Calendar, s.Denied,
				calendars.Blocked{Reason: calendars.AccessDenied, Scope: calendars.ScopeMailbox})
			s.apply(s.events(days(monday, friday)))
		}},
		{name: "wrong credentials", lacks: needs("credentials",
			func(h Harness) bool { return h.WrongCredentials != nil }), run: func(s *stage) {
			s.everyMethodIs(s.WrongCredentials(s.T), s.Mailbox,
				calendars.Blocked{Reason: calendars.CredentialsRejected, Scope: calendars.ScopeConnection})
		}},
		{name: "no consent", lacks: needs("consent", func(h Harness) bool { return h.NoConsent != nil }),
			run: func(s *stage) {
				err := s.findAs(s.NoConsent(s.T), s.Mailbox)
				blocked, ok := errors.AsType[*calendars.Blocked](err)
				if !ok || blocked.Reason != calendars.ConsentMissing && blocked.Reason != calendars.AccessDenied {
					s.Errorf("Find: %v", err)
				}
			}},
		{name: "an update of what is gone", run: updateOfGone},
		{name: "cancelled before it begins", run: func(s *stage) {
			if s.Proxy != nil {
				s.Proxy.Count()
			}
			ctx, cancel := context.WithCancel(s.Context())
			cancel()
			if _, err := s.try(ctx, s.events(days(monday, friday)),
				calendars.Options{Token: s.token()}); !errors.Is(err, context.Canceled) {
				s.Errorf("Apply: %v", err)
			}
			if s.Proxy != nil && s.Proxy.Count() != 0 {
				s.Error("requests were sent all the same")
			}
			s.stands(nil)
		}},
		{name: "deadline passed before it begins", run: func(s *stage) {
			ctx, cancel := context.WithDeadline(s.Context(), time.Now().Add(-time.Second))
			defer cancel()
			if _, err := s.try(ctx, nil, calendars.Options{Token: s.token()}); !errors.Is(err,
				context.DeadlineExceeded) {
				s.Errorf("Apply: %v", err)
			}
		}},
	}
}

func mailboxMissing(s *stage) {
	if len(s.Missing) == 0 {
		s.Fatal("the harness names no address without a mailbox")
	}
	for _, address := range s.Missing {
		for range 2 { // real systems alternate between codes
			s.everyMethodIs(s.Calendar, address,
				calendars.Blocked{Reason: calendars.MailboxMissing, Scope: calendars.ScopeMailbox})
		}
	}
	// A mailbox made tomorrow gets today's absence.
	later := "made.later@example.com"
	if err := s.findAs(s.Calendar, later); err == nil {
		s.Error("Find in a mailbox that is not there yet: no error")
	}
	s.AddMailbox(later, s.Zone)
	s.Mailbox, s.neighbours = later, nil
	s.apply(s.events(days(monday, friday)))
}

// everyMethodIs wants Find and Create to be blocked so, and Apply to be so too,
// with events and without.
func (s *stage) everyMethodIs(cal calendars.Calendar, mailbox string, want calendars.Blocked) {
	s.Helper()
	events := s.events(days(monday, friday))
	_, create := cal.Create(s.Context(), mailbox, calendars.Marker{Key: s.key, Run: 1}, events[0], s.token())
	_, apply := calendars.Apply(s.Context(), cal, mailbox, s.key, events, calendars.Options{Token: s.token()})
	_, remove := calendars.Apply(s.Context(), cal, mailbox, s.key, nil, calendars.Options{Token: s.token()})
	for name, err := range map[string]error{"Find": s.findAs(cal, mailbox), "Create": create, "Apply": apply,
		"Apply of nothing": remove} {
		got, ok := errors.AsType[*calendars.Blocked](err)
		if !ok || got.Reason != want.Reason || got.Scope != want.Scope {
			s.Errorf("%s: %v, wanted blocked: %s (%s)", name, err, want.Reason, want.Scope)
			continue
		}
		s.tellsNothing(err, mailbox, events[0].Title)
	}
}

func (s *stage) findAs(cal calendars.Calendar, mailbox string) error {
	s.Helper()
	found, err := cal.Find(s.Context(), mailbox, s.key)
	if len(found) > 0 {
		s.Errorf("Find returns %d events", len(found))
	}
	return err
}

func updateOfGone(s *stage) {
	events := s.events(days(monday, friday))
	s.apply(events)
	placed := s.find(s.key)[0]
	s.apply(nil)
	changed := s.events(days(monday, tuesday))[0]
	if s.Provider != calendars.Office365 {
		// An immutable id of Graph still names the event in the bin, and nothing
		// in the answer tells (learn.microsoft.com/graph/outlook-immutable-id).
		_, err := s.Calendar.Update(s.Context(), s.Mailbox, placed, changed)
		if _, ok := errors.AsType[*calendars.Gone](err); !ok {
			s.Errorf("Update: %v, wanted gone", err)
		}
	}
	s.stands(nil)
	s.apply([]absence.Event{changed})
}

// timeout is the adapter's own timeout where a case does not look at it.
const timeout = 30 * time.Second
