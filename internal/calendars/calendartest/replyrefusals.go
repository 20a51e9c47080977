package calendartest

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/google/go-cmp/cmp"
)

func repliesRefusedHere(s *stage) {
	before := s.Person.Reply(s.T, s.Mailbox)
	for name, change := range map[string]func(*calendars.AutoReply){
		"no state":    func(r *calendars.AutoReply) { r.State = "" },
		"no audience": func(r *calendars.AutoReply) { r.Audience = "" },
		"backwards":   func(r *calendars.AutoReply) { r.From, r.Until = r.Until, r.From },
		"no words":    func(r *calendars.AutoReply) { r.Inside, r.Outside = "", "" },
		"too many":    func(r *calendars.AutoReply) { r.Inside = strings.Repeat("x", 1<<20) },
	} {
		_, err := s.replier().SetAutoReply(s.Context(), s.Mailbox, away(change))
		if _, ok := errors.AsType[*calendars.Invalid](err); !ok {
			s.Errorf("%s: %v, wanted invalid", name, err)
		}
	}
	if diff := cmp.Diff(before, s.Person.Reply(s.T, s.Mailbox)); diff != "" {
		s.Errorf("a refusal changed the reply (-had +has):\n%s", diff)
	}
}

// replyMethodsAre wants both methods to be blocked so.
func (s *stage) replyMethodsAre(cal calendars.Calendar, mailbox string, want calendars.Blocked) {
	s.Helper()
	for name, err := range s.replyErrors(cal, mailbox) {
		got, ok := errors.AsType[*calendars.Blocked](err)
		if !ok || got.Reason != want.Reason || got.Scope != want.Scope {
			s.Errorf("%s of %s: %v, wanted blocked: %s (%s)", name, mailbox, err, want.Reason, want.Scope)
			continue
		}
		s.tellsNothing(err, mailbox, "Back soon")
	}
}

// replyErrors are the errors of both methods, which must answer no reply with one.
func (s *stage) replyErrors(cal calendars.Calendar, mailbox string) map[string]error {
	s.Helper()
	replier, ok := cal.(calendars.AutoReplier)
	if !ok {
		s.Fatal("the adapter has no automatic replies")
	}
	read, readErr := replier.AutoReply(s.Context(), mailbox)
	written, writeErr := replier.SetAutoReply(s.Context(), mailbox, away())
	if readErr != nil && read.State != "" || writeErr != nil && written.State != "" {
		s.Error("an error came with a reply")
	}
	return map[string]error{"AutoReply": readErr, "SetAutoReply": writeErr}
}

// repliesNotGranted: the second mailbox confirms that everybody's replies are closed;
// from then on nobody asks, and all the while the calendar works.
func repliesNotGranted(s *stage) {
	bare := s.NoReplies(s.T)
	s.Calendar = calendars.NewBreaker(calendars.HonorRetryAfter(bare, nil), calendars.BreakerOptions{})
	s.apply(s.events(days(monday, friday)))
	before := s.Person.Reply(s.T, s.Mailbox)
	other := "second@example.com"
	s.AddMailbox(other, s.Zone)
	for _, mailbox := range []string{s.Mailbox, other} {
		_, err := s.replier().AutoReply(s.Context(), mailbox)
		if blocked, ok := errors.AsType[*calendars.Blocked](err); !ok ||
			blocked.Reason != calendars.AutoReplyNotGranted {
			s.Errorf("AutoReply of %s: %v", mailbox, err)
		}
		s.apply(s.events(days(monday, thursday)))
		s.apply(s.events(days(monday, friday)))
	}
	s.Proxy.Count()
	s.replyMethodsAre(s.Calendar, s.Mailbox,
		calendars.Blocked{Reason: calendars.AutoReplyNotGranted, Scope: calendars.ScopeConnection})
	if asked := s.Proxy.Count(); asked != 0 {
		s.Errorf("%d requests about replies that nobody may set", asked)
	}
	s.apply(nil)
	if diff := cmp.Diff(before, s.Person.Reply(s.T, s.Mailbox)); diff != "" {
		s.Errorf("the reply was changed (-had +has):\n%s", diff)
	}
}

func repliesThrottled(s *stage) {
	s.reply()
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		for text, wait := range map[string]time.Duration{"7": 7 * time.Second, "": 0} {
			s.Proxy.Every(s.calendarOnly(),
				Give(Answer{Status: status, Header: map[string]string{"Retry-After": text}}))
			for _, err := range s.replyErrors(s.Calendar, s.Mailbox) {
				s.toldToWait(wait, err)
			}
			s.Proxy.Clear()
		}
	}
	if s.Throttled != nil {
		s.Proxy.Every(s.calendarOnly(), Give(s.Throttled(9*time.Second)))
		for _, err := range s.replyErrors(s.Calendar, s.Mailbox) {
			s.toldToWait(9*time.Second, err)
		}
		s.Proxy.Clear()
	}
	s.setReply(away())
}

func repliesEveryStatus(s *stage) {
	s.setReply(away())
	before := s.Person.Reply(s.T, s.Mailbox)
	for status := 300; status < 600; status++ {
		for body, answer := range map[string]Answer{"no events": s.NoEvents, "HTML": htmlPage(0), "nothing": {}} {
			s.Proxy.Every(s.calendarOnly(), Give(answer.with(status)))
			for name, err := range s.replyErrors(s.Calendar, s.Mailbox) {
				if !isOfThePort(err) {
					s.Errorf("%s: status %d with %s as its body: %v", name, status, body, err)
					continue
				}
				s.tellsNothing(err, s.Mailbox, "Back soon", spoken)
			}
			s.Proxy.Clear()
		}
		if status%100 == 1 {
			s.Calendar = s.Open(s.T, timeout) // 401 may have told it to doubt its credentials
		}
	}
	s.Calendar = s.Open(s.T, timeout)
	if diff := cmp.Diff(before, s.Person.Reply(s.T, s.Mailbox)); diff != "" {
		s.Errorf("an error changed the reply (-had +has):\n%s", diff)
	}
	s.setReply(away())
}

// repliesGarbage: a success without a reply in it must not read as a mailbox whose owner
// has none, which would lose what they had.
func repliesGarbage(s *stage) {
	s.reply()
	whole := s.NoEvents.Body
	for _, body := range []string{
		"", "null", "[]", "true", `""`, "0", `{"value":null}`, `{"error":{"code":"x"}}`, `{"value":[{}]}`,
		`{"kind":"calendar#events","items":[]}`, `{"automaticRepliesSetting":null}`, `{"automaticRepliesSetting":{}}`,
		`{"automaticRepliesSetting":{"status":"later","externalAudience":"all"}}`, "<a/>", "<html></html>",
		htmlPage(0).Body, whole, whole[:len(whole)/2], "\x00\xff\xfe", strings.Repeat("[", 20000),
		`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>`,
	} {
		for _, media := range []string{s.NoEvents.media(), "text/html"} {
			s.Proxy.Every(s.calendarOnly(), Give(Answer{Status: http.StatusOK,
				Header: map[string]string{"Content-Type": media}, Body: body}))
			for name, err := range s.replyErrors(s.Calendar, s.Mailbox) {
				if !isTemporary(err) {
					s.Errorf("%s, %.80q as %s: %v, wanted temporary", name, body, media, err)
				}
			}
			s.Proxy.Clear()
		}
	}
	s.setReply(away())
}

// repliesLost loses the answer to each request of a write in turn: sent again, it is as
// if nothing had been lost.
func repliesLost(s *stage) {
	for n := 1; ; n++ {
		one := s.another(s.T)
		kept := one.reply()
		one.Proxy.Nth(n, one.calendarOnly(), Lose())
		wanted := away()
		_, err := one.replier().SetAutoReply(one.Context(), one.Mailbox, wanted)
		if one.Proxy.Clear() == 0 {
			return
		}
		if err != nil && !isTemporary(err) {
			s.Errorf("lost answer %d: %v", n, err)
		}
		got := one.setReply(wanted)
		if got.Inside != wanted.Inside || !got.Until.Equal(wanted.Until) {
			s.Errorf("lost answer %d: %#v", n, fieldsOf(got))
		}
		if back := one.setReply(kept); back.Fingerprint() != kept.Fingerprint() {
			s.Errorf("lost answer %d: given back, it is another reply", n)
		}
	}
}
