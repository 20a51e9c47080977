package graph_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// outcome is an error of the port without its cause.
type outcome struct {
	Kind       string
	Reason     calendars.Reason
	Scope      calendars.Scope
	Code       string
	RetryAfter time.Duration
}

func outcomeOf(err error) outcome {
	switch e := err.(type) {
	case nil:
		return outcome{Kind: "ok"}
	case *calendars.Temporary:
		return outcome{Kind: "temporary", Code: e.Code, RetryAfter: e.RetryAfter}
	case *calendars.Blocked:
		return outcome{Kind: "blocked", Reason: e.Reason, Scope: e.Scope, Code: e.Code}
	case *calendars.Gone:
		return outcome{Kind: "gone", Code: e.Code}
	case *calendars.Invalid:
		return outcome{Kind: "invalid", Code: e.Code}
	}
	return outcome{Kind: "not an error of the port: " + err.Error()}
}

func graphError(code string) string {
	return `{"error":{"code":"` + code + `","message":"about marie.o'neil@example.com","innerError":{"date":"2026-02-02T10:00:00","request-id":"r-1"}}}`
}

var (
	invalid   = func(code string) outcome { return outcome{Kind: "invalid", Code: code} }
	temporary = func(code string) outcome { return outcome{Kind: "temporary", Code: code} }
	gone      = func(code string) outcome { return outcome{Kind: "gone", Code: code} }
	ofMailbox = func(r calendars.Reason, code string) outcome {
		return outcome{Kind: "blocked", Reason: r, Scope: calendars.ScopeMailbox, Code: code}
	}
	unclear = func(r calendars.Reason, code string) outcome {
		return outcome{Kind: "blocked", Reason: r, Scope: calendars.ScopeUnclear, Code: code}
	}
	ofConnection = func(r calendars.Reason, code string) outcome {
		return outcome{Kind: "blocked", Reason: r, Scope: calendars.ScopeConnection, Code: code}
	}
)

func TestEveryRefusalHasOneMeaning(t *testing.T) {
	t.Parallel()
	after := func(o outcome, d time.Duration) outcome { o.RetryAfter = d; return o }
	for _, test := range []struct {
		status int
		body   string
		header string // Retry-After
		find   outcome
		update *outcome // nil: as find
	}{
		{400, graphError("ErrorInvalidExtendedProperty"), "", invalid("ErrorInvalidExtendedProperty"), nil},
		{400, graphError("ErrorInvalidProperty"), "", invalid("ErrorInvalidProperty"), nil},
		{400, graphError("RequestBodyRead"), "", invalid("RequestBodyRead"), nil},
		{400, graphError("InvalidTimeZone"), "", invalid("InvalidTimeZone"), nil},
		{400, graphError("TimeZoneNotSupportedException"), "", invalid("TimeZoneNotSupportedException"), nil},
		{400, graphError("ErrorPropertyValidationFailure"), "", invalid("ErrorPropertyValidationFailure"), nil},
		{400, graphError("ErrorInvalidIdMalformed"), "", invalid("ErrorInvalidIdMalformed"), nil},
		{400, graphError(""), "", invalid("HTTP 400"), nil},
		{400, graphError("the mailbox marie@example.com is wrong"), "", invalid("HTTP 400"), nil},
		{400, graphError("ErrorInvalidUser"), "", ofMailbox(calendars.MailboxMissing, "ErrorInvalidUser"), nil},
		{405, ``, "", invalid("HTTP 405"), nil},
		{413, ``, "", invalid("HTTP 413"), nil},
		{415, ``, "", invalid("HTTP 415"), nil},
		{422, ``, "", invalid("HTTP 422"), nil},
		{501, graphError("notImplemented"), "", invalid("notImplemented"), nil},

		{401, graphError("InvalidAuthenticationToken"), "", unclear(calendars.CredentialsRejected, "InvalidAuthenticationToken"), nil},
		{401, ``, "", unclear(calendars.CredentialsRejected, "HTTP 401"), nil},
		{401, graphError("UnknownError"), "", ofMailbox(calendars.MailboxMissing, "UnknownError"), nil},
		{401, graphError("NoPermissionsInAccessToken"), "", ofConnection(calendars.ConsentMissing, "NoPermissionsInAccessToken"), nil},
		{401, graphError("OrganizationFromTenantGuidNotFound"), "",
			ofConnection(calendars.NoExchangeOnline, "OrganizationFromTenantGuidNotFound"), nil},

		{403, graphError("ErrorAccessDenied"), "", ofMailbox(calendars.AccessDenied, "ErrorAccessDenied"), nil},
		{403, graphError("Authorization_RequestDenied"), "", unclear(calendars.ConsentMissing, "Authorization_RequestDenied"), nil},
		{403, graphError("accessDenied"), "", unclear(calendars.ConsentMissing, "accessDenied"), nil},
		{403, graphError(""), "", ofMailbox(calendars.AccessDenied, "HTTP 403"), nil},
		{403, graphError("ErrorQuotaExceeded"), "", ofMailbox(calendars.MailboxFull, "ErrorQuotaExceeded"), nil},
		{403, graphError("ErrorAccountDisabled"), "", ofMailbox(calendars.CalendarDisabled, "ErrorAccountDisabled"), nil},
		{403, graphError("ErrorServerBusy"), "9", after(temporary("ErrorServerBusy"), 9*time.Second), nil},

		{404, graphError("ErrorInvalidUser"), "", ofMailbox(calendars.MailboxMissing, "ErrorInvalidUser"), nil},
		{404, graphError("ResourceNotFound"), "", ofMailbox(calendars.MailboxMissing, "ResourceNotFound"), nil},
		{404, graphError("MailboxNotEnabledForRESTAPI"), "", ofMailbox(calendars.MailboxMissing, "MailboxNotEnabledForRESTAPI"), nil},
		{404, graphError("MailboxNotSupportedForRESTAPI"), "", ofMailbox(calendars.MailboxMissing, "MailboxNotSupportedForRESTAPI"), nil},
		{401, graphError("ErrorAccessDenied"), "", ofMailbox(calendars.AccessDenied, "ErrorAccessDenied"), nil},
		{401, graphError("accessDenied"), "", unclear(calendars.ConsentMissing, "accessDenied"), nil},
		{404, graphError("Request_ResourceNotFound"), "", ofMailbox(calendars.MailboxMissing, "Request_ResourceNotFound"), nil},
		{404, graphError("ErrorItemNotFound"), "", ofMailbox(calendars.MailboxMissing, "ErrorItemNotFound"), new(gone("ErrorItemNotFound"))},
		{404, graphError(""), "", ofMailbox(calendars.MailboxMissing, "HTTP 404"), new(gone("HTTP 404"))},
		{404, `<html>not here</html>`, "", unclear(calendars.ServerUnreachable, "HTTP 404"), nil},
		{404, ``, "", unclear(calendars.ServerUnreachable, "HTTP 404"), nil},
		{404, `{}`, "", unclear(calendars.ServerUnreachable, "HTTP 404"), nil},
		{410, graphError(""), "", ofMailbox(calendars.MailboxMissing, "HTTP 410"), new(gone("HTTP 410"))},
		{410, `<html>not here</html>`, "", unclear(calendars.ServerUnreachable, "HTTP 410"), nil},
		{410, ``, "", unclear(calendars.ServerUnreachable, "HTTP 410"), nil},

		{409, graphError("ConcurrentItemSave"), "", temporary("ConcurrentItemSave"), nil},
		{409, graphError("conflict"), "", temporary("conflict"), nil},
		{412, graphError("ErrorIrresolvableConflict"), "", temporary("ErrorIrresolvableConflict"), nil},
		{408, ``, "", temporary("HTTP 408"), nil},
		{423, ``, "", temporary("HTTP 423"), nil},

		{429, graphError("ApplicationThrottled"), "2.128", after(temporary("ApplicationThrottled"), 2128*time.Millisecond), nil},
		{429, graphError("TooManyRequests"), "", temporary("TooManyRequests"), nil},
		{429, graphError("activityLimitReached"), "120", after(temporary("activityLimitReached"), 2*time.Minute), nil},
		{429, graphError("UnknownError"), "soon", temporary("UnknownError"), nil},
		{500, graphError("ErrorInternalServerError"), "", temporary("ErrorInternalServerError"), nil},
		{500, graphError("ErrorInternalServerTransientError"), "", temporary("ErrorInternalServerTransientError"), nil},
		{502, `<html>bad gateway</html>`, "", temporary("HTTP 502"), nil},
		{503, graphError("serviceNotAvailable"), "10", after(temporary("serviceNotAvailable"), 10*time.Second), nil},
		{503, graphError("MailboxNotEnabledForRESTAPI"), "", temporary("MailboxNotEnabledForRESTAPI"), nil},
		{504, ``, "", temporary("HTTP 504"), nil},
		{507, ``, "", ofMailbox(calendars.MailboxFull, "HTTP 507"), nil},
		{509, ``, "", temporary("HTTP 509"), nil},

		{302, ``, "", unclear(calendars.ServerUnreachable, "HTTP 302"), nil},
		{308, ``, "", unclear(calendars.ServerUnreachable, "HTTP 308"), nil},
		{304, ``, "", unclear(calendars.ServerUnreachable, "HTTP 304"), nil},
		{407, ``, "", ofConnection(calendars.ServerUnreachable, "HTTP 407"), nil},
	} {
		f := newFake(t, func(w http.ResponseWriter, _ *http.Request) {
			if test.header != "" {
				w.Header().Set("Retry-After", test.header)
			}
			w.Header().Set("Location", "/graph/v1.0/elsewhere")
			w.Header().Set("request-id", "r-1")
			writeJSON(w, test.status, test.body)
		})
		cal, event := f.calendar(), allDay(t, "2026-02-02", "2026-02-03")
		update := test.find
		if test.update != nil {
			update = *test.update
		}
		found, findErr := cal.Find(t.Context(), mailbox, key)
		_, createErr := cal.Create(t.Context(), mailbox, marker, event, "v1")
		_, updateErr := cal.Update(t.Context(), mailbox, placed, event)
		deleteErr := cal.Delete(t.Context(), mailbox, placed)
		for _, got := range []struct {
			call string
			err  error
			want outcome
		}{{"find", findErr, test.find}, {"create", createErr, test.find}, {"update", updateErr, update}, {"delete", deleteErr, update}} {
			if diff := cmp.Diff(got.want, outcomeOf(got.err)); diff != "" {
				t.Errorf("%s: %d %s (-want +got):\n%s", got.call, test.status, test.body, diff)
			}
			if got.err != nil && strings.Contains(strings.ToLower(got.err.Error()), "marie") {
				t.Errorf("%s: %d: the error's text names the person: %v", got.call, test.status, got.err)
			}
		}
		if found != nil {
			t.Errorf("%d: Find answers %v beside an error", test.status, found)
		}
	}
}

func TestErrorsTellTheRequestID(t *testing.T) {
	t.Parallel()
	f := newFake(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("request-id", "6f3b0f0e-1111-2222-3333-444455556666")
		writeJSON(w, 403, graphError("ErrorAccessDenied"))
	})
	_, err := f.calendar().Find(t.Context(), mailbox, key)
	if err == nil || !strings.Contains(err.Error(), "HTTP 403, request-id 6f3b0f0e-1111-2222-3333-444455556666") {
		t.Errorf("error %v does not name the request", err)
	}
}

// The ids that Microsoft's support asks for reach the error, also when no answer came.
func TestErrorsKeepTheRequestID(t *testing.T) {
	t.Parallel()
	idOf := func(err error) string {
		switch e := err.(type) {
		case *calendars.Temporary:
			return e.RequestID
		case *calendars.Blocked:
			return e.RequestID
		case *calendars.Invalid:
			return e.RequestID
		}
		return ""
	}
	for _, status := range []int{400, 403, 503} {
		f := newFake(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("request-id", "r-1")
			writeJSON(w, status, graphError(""))
		})
		_, err := f.calendar().Find(t.Context(), mailbox, key)
		if want := "r-1, client-request-id " + f.requests()[0].Header.Get("client-request-id"); idOf(err) != want {
			t.Errorf("%d: request id %q, want %q", status, idOf(err), want)
		}
	}
	f := newFake(t, func(w http.ResponseWriter, _ *http.Request) { hangUp(w, false) })
	_, err := f.calendar().Create(t.Context(), mailbox, marker, timed(t), "v1")
	if want := f.requests()[0].Header.Get("client-request-id"); want == "" || idOf(err) != want {
		t.Errorf("no answer: request id %q, want %q", idOf(err), want)
	}
}

func TestWhoseWaitItIs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status     int
		code, wait string
		want       calendars.Scope
	}{
		{503, "serviceNotAvailable", "10", calendars.ScopeConnection},
		{504, "", "10", calendars.ScopeConnection},
		{503, "serviceNotAvailable", "", calendars.ScopeMailbox},
		{503, "ErrorMailboxMoveInProgress", "10", calendars.ScopeMailbox},
		{503, "ErrorMailboxFailover", "10", calendars.ScopeMailbox},
		{429, "ApplicationThrottled", "10", calendars.ScopeMailbox},
		{500, "ErrorInternalServerError", "10", calendars.ScopeMailbox},
	} {
		f := newFake(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", test.wait)
			writeJSON(w, test.status, graphError(test.code))
		})
		_, err := f.calendar().Find(t.Context(), mailbox, key)
		temporary, ok := errors.AsType[*calendars.Temporary](err)
		if !ok || temporary.Scope != test.want {
			t.Errorf("%d %s with Retry-After %q: %v, scope %v; want %s", test.status, test.code, test.wait, err, temporary, test.want)
		}
	}
}

// A refusal for want of a right is everybody's when our token lacks the role, and
// this mailbox's when it has it or when Exchange's own roles give the right.
func TestTheTokensRolesTellWhoseRefusalItIs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		roles       []string
		works       bool // another mailbox can be read and written
		read, write outcome
	}{
		"the role":            {roles: []string{"Calendars.ReadWrite"}, read: deniedHere, write: deniedHere},
		"the role, others go": {roles: []string{"Calendars.ReadWrite"}, works: true, read: deniedHere, write: deniedHere},
		"read only":           {roles: []string{"Calendars.Read"}, read: deniedHere, write: deniedAll},
		"other roles":         {roles: []string{"Mail.Read"}, read: deniedAll, write: deniedAll},
		"none":                {roles: []string{}, read: deniedAll, write: deniedAll},
		"none, others go":     {roles: []string{}, works: true, read: deniedHere, write: deniedHere},
	} {
		f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
			switch {
			case !strings.Contains(r.URL.Path, "other@"):
				writeJSON(w, 403, graphError("ErrorAccessDenied"))
			case r.Method == "GET":
				writeJSON(w, 200, list())
			default:
				writeJSON(w, 201, `{"id":"A"}`)
			}
		})
		f.token = func(w http.ResponseWriter, _ *http.Request, _ int) {
			writeJSON(w, 200, `{"token_type":"Bearer","expires_in":3599,"access_token":"`+tokenWith(test.roles)+`"}`)
		}
		cal := f.calendar()
		if test.works {
			_, find := cal.Find(t.Context(), "other@example.com", key)
			_, create := cal.Create(t.Context(), "other@example.com", marker, timed(t), "v1")
			if err := errors.Join(find, create); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		_, find := cal.Find(t.Context(), mailbox, key)
		_, create := cal.Create(t.Context(), mailbox, marker, timed(t), "v1")
		if diff := cmp.Diff([]outcome{test.read, test.write}, []outcome{outcomeOf(find), outcomeOf(create)}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

var (
	deniedHere = ofMailbox(calendars.AccessDenied, "ErrorAccessDenied")
	deniedAll  = ofConnection(calendars.ConsentMissing, "ErrorAccessDenied")
)

// tokenWith writes a token that says it has these roles.
func tokenWith(roles []string) string {
	claims, _ := json.Marshal(map[string]any{"roles": roles})
	return "e30." + base64.RawURLEncoding.EncodeToString(claims) + ".c2ln"
}

// timed is an event with hours, for which nobody asks the mailbox's zone.
func timed(t testing.TB) absence.Event {
	event := allDay(t, "2026-02-02", "2026-02-02")
	event.AllDay, event.Start.Clock, event.End.Clock = false, 9*60, 12*60
	return event
}

// An answer that is not a list of events must never read as "no events".
func TestGarbageIsNotAnEmptyCalendar(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"nothing":                          always(200, ``),
		"no content":                       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) },
		"an empty object":                  always(200, `{}`),
		"null":                             always(200, `null`),
		"a list":                           always(200, `[]`),
		"value null":                       always(200, `{"value":null}`),
		"value text":                       always(200, `{"value":"none"}`),
		"value object":                     always(200, `{"value":{}}`),
		"an error in 200":                  always(200, graphError("ErrorServerBusy")),
		"HTML":                             always(200, `<html>Sign in</html>`),
		"half an answer":                   always(200, `{"value":[`),
		"two answers":                      always(200, list()+list()),
		"an event null":                    always(200, list("null")),
		"an event text":                    always(200, list(`"x"`)),
		"an event without id":              always(200, list(strings.Replace(listed("A", "lucca/42", "1:a"), `"id":"A"`, `"x":"A"`, 1))),
		"an event without properties":      always(200, list(`{"id":"A"}`)),
		"an event with others' properties": always(200, list(`{"id":"A","singleValueExtendedProperties":[{"id":"`+runID+`","value":"1:a"},null,{}]}`)),
		"HTML labelled so": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html>Sign in</html>")
		},
		"a list not labelled JSON": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, list())
		},
		"a list not labelled": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			_, _ = io.WriteString(w, list())
		},
	} {
		f := newFake(t, answer)
		found, err := f.calendar().Find(t.Context(), mailbox, key)
		if diff := cmp.Diff(temporary("unexpected-answer"), outcomeOf(err)); diff != "" || found != nil {
			t.Errorf("%s: Find = %v (-want +got):\n%s", name, found, diff)
		}
	}
}

// A page that some other server answers in 200 must not pass for done.
func TestGarbageIsNotSuccess(t *testing.T) {
	t.Parallel()
	event := allDay(t, "2026-02-02", "2026-02-03")
	for _, body := range []string{``, `{}`, `null`, `{"id":""}`, `{"id":null}`, `{"id":7}`, `[]`, `<html>Sign in</html>`, `{"id":"A"`} {
		f := newFake(t, always(200, body))
		cal := f.calendar()
		_, create := cal.Create(t.Context(), mailbox, marker, event, "v1")
		errs := []error{create}
		if body != "" && body != "null" {
			_, update := cal.Update(t.Context(), mailbox, placed, event)
			errs = append(errs, update)
		}
		if !json.Valid([]byte(body)) && body != "" {
			errs = append(errs, cal.Delete(t.Context(), mailbox, placed))
		}
		for i, err := range errs {
			if diff := cmp.Diff(temporary("unexpected-answer"), outcomeOf(err)); diff != "" {
				t.Errorf("%q, call %d (-want +got):\n%s", body, i, diff)
			}
		}
	}
}

// Every error of a call is the port's own type, at the top or below wrapping.
func TestErrorsKeepTheirCause(t *testing.T) {
	t.Parallel()
	f := newFake(t, always(503, ``))
	_, err := f.calendar().Find(t.Context(), mailbox, key)
	if errors.Unwrap(err) == nil || cmp.Equal(err, &calendars.Temporary{Code: "HTTP 503"}, cmpopts.EquateErrors()) {
		t.Errorf("%#v has no cause", err)
	}
}

// FuzzFind reads arbitrary answers: an error or exact matches, never a panic.
func FuzzFind(f *testing.F) {
	for _, seed := range []string{list(), list(listed("A", "lucca/42", "1:a")), `{"value":[{"id":1}]}`, `{"value":[[]]}`,
		`{"value":[{"id":"A","isCancelled":"no","singleValueExtendedProperties":{"id":1}}]}`,
		`{"value":[{"@odata.type":"#microsoft.graph.message","id":"A","start":3}],"@odata.nextLink":5}`,
		`{"value":[{"id":"A","lastModifiedDateTime":"yesterday","attendees":[{"type":"x","status":{"response":9}}],"recurrence":{"pattern":{"daysOfWeek":["x",null,1]}}}]}`} {
		f.Add([]byte(seed))
	}
	var body []byte
	server := newFake(f, func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, string(body)) })
	cal := server.calendar()
	f.Fuzz(func(t *testing.T, answer []byte) {
		body = answer
		found, err := cal.Find(t.Context(), mailbox, key)
		if err != nil && outcomeOf(err).Kind != "temporary" {
			t.Errorf("error %v", err)
		}
		for _, p := range found {
			if p.ID == "" || p.Marker.Key != key {
				t.Errorf("found %+v", p)
			}
		}
	})
}

// Answers made of Graph's own names with any values in them are read without a
// panic of the SDK's decoders.
func TestStrangeEventsAreReadWithoutPanic(t *testing.T) {
	t.Parallel()
	names := rapid.SampledFrom([]string{"value", "@odata.nextLink", "@odata.type", "@odata.count", "id", "isCancelled", "start", "end", "body",
		"attendees", "recurrence", "type", "singleValueExtendedProperties", "multiValueExtendedProperties", "calendar", "extensions", "location",
		"createdDateTime", "categories", "instances", "showAs", "reminderMinutesBeforeStart", "other"})
	scalars := []*rapid.Generator[any]{rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.Int64().AsAny(), rapid.Float64().AsAny(), rapid.String().AsAny(),
		rapid.SampledFrom([]any{"lucca/42", keyID, runID, "#microsoft.graph.event", "#microsoft.graph.message", "2026-02-02T00:00:00Z", "oof"})}
	var value func(depth int) *rapid.Generator[any]
	value = func(depth int) *rapid.Generator[any] {
		if depth == 0 {
			return rapid.OneOf(scalars...)
		}
		return rapid.OneOf(append(scalars[:len(scalars):len(scalars)], rapid.SliceOfN(value(depth-1), 0, 3).AsAny(),
			rapid.MapOfN(names, value(depth-1), 0, 4).AsAny())...)
	}
	events := rapid.SliceOfN(rapid.OneOf(value(3), rapid.MapOfN(names, value(2), 0, 8).AsAny()), 0, 3)
	var body []byte
	f := newFake(t, func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, string(body)) })
	cal := f.calendar()
	rapid.Check(t, func(rt *rapid.T) {
		answer := map[string]any{"value": events.Draw(rt, "value"), names.Draw(rt, "name"): value(2).Draw(rt, "other")}
		var err error
		if body, err = json.Marshal(answer); err != nil {
			rt.Fatal(err)
		}
		if _, err := cal.Find(t.Context(), mailbox, key); err != nil && outcomeOf(err).Kind != "temporary" {
			rt.Fatalf("error %v", err)
		}
		_, err = cal.Update(t.Context(), mailbox, placed, allDay(t, "2026-02-02", "2026-02-03"))
		if err != nil && outcomeOf(err).Kind != "temporary" {
			rt.Fatalf("error %v", err)
		}
	})
}
