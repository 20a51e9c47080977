package calendartest

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// answerCases are answers that are not what was asked for.
func answerCases() []testCase {
	hasSignIn := needs("a sign-in of its own", func(h Harness) bool { return h.SignIn != nil })
	return []testCase{
		{name: "every status of 300 to 599 on Find and List", lacks: needsProxy, run: everyStatusOnFind},
		{name: "every status of 300 to 599 on sign-in", lacks: allOf(needsProxy, hasSignIn), run: everyStatusOnSignIn},
		{name: "every status of 300 to 599 on writes", lacks: needsProxy, run: everyStatusOnWrites},
		{name: "success without what was asked for", lacks: needsProxy, run: emptySuccess},
		{name: "garbage 200", lacks: needsProxy, run: garbage},
		{name: "503 with HTML", lacks: needsProxy, run: func(s *stage) {
			s.everyMethodIsTemporary(Give(htmlPage(http.StatusServiceUnavailable)))
			s.everyMethodIsTemporary(Give(htmlPage(http.StatusBadGateway)))
		}},
		{name: "throttled with Retry-After", lacks: needsProxy, run: throttled},
		{name: "throttled in the system's own way", lacks: allOf(needsProxy,
			needs("a way of its own", func(h Harness) bool { return h.Throttled != nil })), run: func(s *stage) {
			for _, wait := range []time.Duration{3 * time.Second, 90 * time.Second} {
				s.Proxy.Every(s.calendarOnly(), Give(s.Throttled(wait)))
				s.toldToWait(wait, s.findAs(s.Calendar, s.Mailbox))
				s.Proxy.Clear()
			}
		}},
		{name: "throttled on sign-in", lacks: allOf(needsProxy, hasSignIn), run: func(s *stage) {
			s.cold()
			s.Proxy.Every(s.SignIn, Give(Answer{Status: http.StatusTooManyRequests,
				Header: map[string]string{"Retry-After": "11"}}))
			s.toldToWait(11*time.Second, s.findAs(s.Calendar, s.Mailbox))
			s.Proxy.Clear()
			s.apply(s.events(days(monday, friday)))
		}},
		{name: "huge answer", lacks: needsProxy, run: huge},
		{name: "redirect", lacks: needsProxy, run: redirect},
	}
}

// spoken is what a server may say in an error and we must not repeat.
const spoken = "of-the-servers-own"

func htmlPage(status int) Answer {
	return Answer{Status: status, Header: map[string]string{"Content-Type": "text/html; charset=utf-8"},
		Body: "<!DOCTYPE html><html><head><title>" + spoken + "</title></head><body><p>Something " + spoken +
			"</p></body></html>"}
}

// everyStatusOnFind: an error of the provider, or of a proxy before it, must
// never look like an empty calendar, not even when its body is one.
func everyStatusOnFind(s *stage) {
	events := s.events(days(monday, friday))
	s.apply(events)
	empty, bare := s.NoEvents, Answer{}
	for status := 300; status < 600; status++ {
		for body, answer := range map[string]Answer{"no events": empty, "HTML": htmlPage(0), "nothing": bare} {
			s.Proxy.Every(s.calendarOnly(), Give(answer.with(status)))
			found, err := s.Calendar.Find(s.Context(), s.Mailbox, s.key)
			listed, listErr := s.Calendar.List(s.Context(), s.Mailbox, s.key.Source)
			s.Proxy.Clear()
			if !isOfThePort(err) || found != nil || !isOfThePort(listErr) || listed != nil {
				s.Errorf("status %d with %s as its body: %d events found, %d listed, %v, %v", status, body, len(found),
					len(listed), err, listErr)
				continue
			}
			if _, gone := errors.AsType[*calendars.Gone](err); gone {
				s.Errorf("status %d with %s as its body: no event was named, and it is gone: %v", status, body, err)
			}
			s.tellsNothing(err, s.Mailbox, spoken)
		}
	}
	s.Calendar = s.Open(s.T, timeout) // the old one may mistrust its credentials
	s.apply(events)
}

func everyStatusOnSignIn(s *stage) {
	for status := 300; status < 600; status++ {
		for _, answer := range []Answer{htmlPage(0), {}, s.NoEvents} {
			s.cold()
			s.Proxy.Every(s.SignIn, Give(answer.with(status)))
			err := s.findAs(s.Calendar, s.Mailbox)
			if s.Proxy.Clear() == 0 {
				s.Fatal("the harness's SignIn matches no request")
			}
			if !isOfThePort(err) {
				s.Errorf("status %d: %v", status, err)
				continue
			}
			s.tellsNothing(err, s.Mailbox, spoken)
		}
	}
}

// everyStatusOnWrites: what a stranger says, such as a proxy's own page, proves
// neither that an event was written nor that it is gone.
func everyStatusOnWrites(s *stage) {
	events := s.events(days(monday, friday))
	s.apply(events)
	changed := s.events(days(monday, thursday))[0]
	for status := 300; status < 600; status++ {
		for _, answer := range []Answer{htmlPage(status), {Status: status}} {
			placed := s.find(s.key)[0]
			s.Proxy.Every(s.calendarOnly(), Give(answer))
			_, create := s.Calendar.Create(s.Context(), s.Mailbox, calendars.Marker{Key: s.key, Run: 2}, changed,
				s.token())
			_, update := s.Calendar.Update(s.Context(), s.Mailbox, placed, changed)
			remove := s.Calendar.Delete(s.Context(), s.Mailbox, placed)
			s.Proxy.Clear()
			for name, err := range map[string]error{"Create": create, "Update": update, "Delete": remove} {
				if !isOfThePort(err) {
					s.Errorf("%s, status %d, %d bytes of a page: %v", name, status, len(answer.Body), err)
					continue
				}
				if _, gone := errors.AsType[*calendars.Gone](err); gone && answer.Body != "" {
					s.Errorf("%s, status %d with a page of HTML: %v", name, status, err)
				}
				s.tellsNothing(err, s.Mailbox, changed.Title, spoken)
			}
		}
		if status%100 == 1 {
			s.Calendar = s.Open(s.T, timeout) // 401 may have told it to doubt its credentials
		}
	}
	s.stands(events)
}

// emptySuccess: a success without a body is none where an answer has one. (A
// deletion has none.)
func emptySuccess(s *stage) {
	events := s.events(days(monday, friday))
	s.apply(events)
	placed := s.find(s.key)[0]
	for status := 200; status < 227; status++ {
		for _, media := range []string{"", s.NoEvents.media(), "text/plain"} {
			answer := Answer{Status: status, Header: map[string]string{"Content-Type": media}}
			s.Proxy.Every(s.calendarOnly(), Give(answer))
			err := s.findAs(s.Calendar, s.Mailbox)
			_, create := s.Calendar.Create(s.Context(), s.Mailbox, calendars.Marker{Key: s.key, Run: 2}, events[0],
				s.token())
			_, update := s.Calendar.Update(s.Context(), s.Mailbox, placed, s.events(half(monday, absence.Morning))[0])
			s.Proxy.Clear()
			if !isTemporary(err) || !isTemporary(create) {
				s.Errorf("status %d, %q, no body: Find: %v, Create: %v", status, media, err, create)
			}
			// Graph may answer a change so: learn.microsoft.com/graph/errors.
			if !isTemporary(update) && status != http.StatusNoContent {
				s.Errorf("status %d, %q, no body: Update: %v", status, media, update)
			}
		}
	}
	s.apply(events)
}

// garbage is what a success may hold instead of an answer, for those that ask
// for JSON and those that ask for XML alike.
func garbage(s *stage) {
	events := s.events(days(monday, friday))
	s.apply(events)
	whole := s.NoEvents.Body
	bodies := []string{
		"null", "{}", "[]", "true", `""`, "0", `{"value":null}`, `{"items":null}`, `{"error":{"code":"x"}}`,
		`{"value":{}}`, `{"value":[null]}`,
		`{"items":[null],"kind":"calendar#events"}`, `{"value":[{}]}`, `{"kind":"calendar#events","items":[{}]}`,
		"<a/>", "<html></html>", "not a word",
		htmlPage(0).Body, whole[:len(whole)/2], whole[:len(whole)-1], strings.Repeat("[", 20000),
		strings.Repeat("<a>", 20000), "\x00\xff\xfe",
		`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>`,
		`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"/>`,
	}
	for _, body := range bodies {
		for _, media := range []string{s.NoEvents.media(), "text/html", "application/octet-stream"} {
			s.everyMethodIsTemporary(Give(Answer{Status: http.StatusOK,
				Header: map[string]string{"Content-Type": media}, Body: body}))
			if s.Failed() {
				s.Fatalf("that was %.100q as %s", body, media)
			}
		}
	}
	placed := s.find(s.key)[0]
	s.Proxy.Every(s.calendarOnly(), Give(htmlPage(http.StatusOK)))
	err := s.Calendar.Delete(s.Context(), s.Mailbox, placed)
	s.Proxy.Clear()
	if !isTemporary(err) {
		s.Errorf("Delete: %v, wanted temporary", err)
	}
	s.apply(events)
}

// everyMethodIsTemporary wants Find, Create and Update to be Temporary while the
// calendar answers so.
func (s *stage) everyMethodIsTemporary(action Action) {
	s.Helper()
	event := s.events(days(monday, friday))[0]
	marker := calendars.Marker{Key: s.key, Run: 1}
	s.Proxy.Every(s.calendarOnly(), action)
	find := s.findAs(s.Calendar, s.Mailbox)
	listed, list := s.Calendar.List(s.Context(), s.Mailbox, s.key.Source)
	if listed != nil {
		s.Errorf("List: %d events and %v", len(listed), list)
	}
	_, create := s.Calendar.Create(s.Context(), s.Mailbox, marker, event, s.token())
	_, update := s.Calendar.Update(s.Context(), s.Mailbox, calendars.Placed{Marker: marker, ID: "AAMkAGVmfs0abc"},
		event)
	s.Proxy.Clear()
	for name, err := range map[string]error{"Find": find, "List": list, "Create": create, "Update": update} {
		if !isTemporary(err) {
			s.Errorf("%s: %v, wanted temporary", name, err)
			continue
		}
		s.tellsNothing(err, s.Mailbox, event.Title, spoken)
	}
}

func throttled(s *stage) {
	for text, wait := range map[string]time.Duration{"7": 7 * time.Second, "120": 2 * time.Minute, "": 0, "soon": 0,
		"-3": 0} {
		for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
			s.Proxy.Every(s.calendarOnly(),
				Give(Answer{Status: status, Header: map[string]string{"Retry-After": text}}))
			s.toldToWait(wait, s.findAs(s.Calendar, s.Mailbox))
			_, err := s.try(s.Context(), s.events(days(monday, friday)), calendars.Options{Token: s.token()})
			s.toldToWait(wait, err)
			s.Proxy.Clear()
		}
	}
	at := time.Now().Add(10 * time.Minute).UTC().Format(http.TimeFormat)
	s.Proxy.Every(s.calendarOnly(), Give(Answer{Status: http.StatusTooManyRequests,
		Header: map[string]string{"Retry-After": at}}))
	temporary, ok := errors.AsType[*calendars.Temporary](s.findAs(s.Calendar, s.Mailbox))
	s.Proxy.Clear()
	if !ok || temporary.RetryAfter < 9*time.Minute || temporary.RetryAfter > 10*time.Minute {
		s.Errorf("Retry-After with a date in 10 minutes: %+v", temporary)
	}
	s.apply(s.events(days(monday, friday)))
}

func (s *stage) toldToWait(want time.Duration, err error) {
	s.Helper()
	temporary, ok := errors.AsType[*calendars.Temporary](err)
	if !ok || temporary.RetryAfter != want {
		s.Errorf("%v, wanted temporary with %s to wait", err, want)
	}
}

// swallowed is how much of an endless answer may leave the server: what an
// adapter reads (8 MB at most), what the sockets hold, and then some.
const swallowed = 32 << 20

func huge(s *stage) {
	events := s.events(days(monday, friday))
	s.apply(events)
	for _, media := range []string{s.NoEvents.media(), "text/html"} {
		before := s.Proxy.Flooded()
		s.Proxy.Every(s.calendarOnly(), s.Proxy.Flood(media))
		err := s.findAs(s.Calendar, s.Mailbox)
		s.Proxy.Clear()
		if !isTemporary(err) {
			s.Errorf("Find: %v", err)
		}
		if read := s.Proxy.Flooded() - before; read > swallowed {
			s.Errorf("%d MB were read", read>>20)
		}
	}
	if s.SignIn != nil {
		s.cold()
		before := s.Proxy.Flooded()
		s.Proxy.Every(s.SignIn, s.Proxy.Flood("application/json"))
		err := s.findAs(s.Calendar, s.Mailbox)
		s.Proxy.Clear()
		if err == nil || s.Proxy.Flooded()-before > swallowed {
			s.Errorf("sign-in: %v, %d MB were read", err, (s.Proxy.Flooded()-before)>>20)
		}
	}
	s.apply(events)
}

// redirect: following one would carry a token or a signed-in connection to
// another server, which here answers that there are no events.
func redirect(s *stage) {
	var visits atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visits.Add(1)
		Give(s.NoEvents)(nil, w, r)
	}))
	defer elsewhere.Close()
	events := s.events(days(monday, friday))
	s.apply(events)
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, match := range []Match{s.calendarOnly(), s.SignIn} {
			if match == nil && s.SignIn != nil {
				continue
			}
			s.cold()
			s.Proxy.Every(match, Give(Answer{Status: status,
				Header: map[string]string{"Location": elsewhere.URL + "/login"}}))
			_, err := s.try(s.Context(), nil, calendars.Options{Token: s.token()})
			s.Proxy.Clear()
			if !isOfThePort(err) {
				s.Errorf("status %d: %v", status, err)
			}
		}
	}
	if n := visits.Load(); n > 0 {
		s.Errorf("%d redirects were followed", n)
	}
	s.cold()
	s.apply(events)
}

// isOfThePort tells whether err is one of the port's errors.
func isOfThePort(err error) bool {
	_, blocked := errors.AsType[*calendars.Blocked](err)
	_, gone := errors.AsType[*calendars.Gone](err)
	_, invalid := errors.AsType[*calendars.Invalid](err)
	return blocked || gone || invalid || isTemporary(err)
}

// tellsNothing wants none of the words in the text of an error: it is logged.
func (s *stage) tellsNothing(err error, words ...string) {
	s.Helper()
	for _, word := range words {
		if strings.Contains(strings.ToLower(err.Error()), strings.ToLower(word)) {
			s.Errorf("an error tells %q: %v", word, err)
		}
	}
}
