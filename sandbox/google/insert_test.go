package google_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/api/calendar/v3"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
	"github.com/google/go-cmp/cmp"
)

func TestInsertFillsWhatGoogleFills(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got, err := w.client(alice).Events.Insert("primary", &calendar.Event{
		Id: "abcde12345", Summary: "Absent", Visibility: "private",
		Start: &calendar.EventDateTime{Date: "2026-12-01"}, End: &calendar.EventDateTime{Date: "2026-12-05"},
		ExtendedProperties: &calendar.EventExtendedProperties{Private: map[string]string{"figgosyncKey": "demo/7"}},
		Reminders:          &calendar.EventReminders{ForceSendFields: []string{"UseDefault"}},
	}).SendUpdates("none").Do()
	if err != nil {
		t.Fatal(err)
	}
	owner := "alice@example.com"
	wanted := &calendar.Event{
		Kind: "calendar#event", Id: "abcde12345", Summary: "Absent", Status: "confirmed", Visibility: "private", EventType: "default",
		Start: &calendar.EventDateTime{Date: "2026-12-01"}, End: &calendar.EventDateTime{Date: "2026-12-05"},
		ICalUID: "abcde12345@google.com", Reminders: &calendar.EventReminders{},
		Creator:            &calendar.EventCreator{Email: owner, DisplayName: "Alice Martin", Self: true},
		Organizer:          &calendar.EventOrganizer{Email: owner, DisplayName: "Alice Martin", Self: true},
		ExtendedProperties: &calendar.EventExtendedProperties{Private: map[string]string{"figgosyncKey": "demo/7"}},
	}
	if diff := cmp.Diff(wanted, got, cmpopts.IgnoreFields(calendar.Event{}, "ServerResponse", "Etag", "HtmlLink", "Created", "Updated")); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	for name, value := range map[string]string{"created": got.Created, "updated": got.Updated} {
		if at, err := time.Parse(time.RFC3339, value); err != nil || at.Sub(w.clock()).Abs() > time.Second {
			t.Errorf("%s is %q", name, value)
		}
	}
	if !strings.HasPrefix(got.Etag, `"`) || !strings.HasPrefix(got.HtmlLink, "https://www.google.com/calendar/event?eid=") {
		t.Errorf("etag %q, htmlLink %q", got.Etag, got.HtmlLink)
	}
	read, err := w.client(alice).Events.Get("primary", "abcde12345").Do()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, read, cmpopts.IgnoreFields(calendar.Event{}, "ServerResponse")); diff != "" {
		t.Errorf("read back (-inserted +got):\n%s", diff)
	}
}

func TestWhatThePersonSees(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body string
		want mailboxes.View
	}{
		"all day": {
			`{"summary":"Absent",` + day + `}`,
			mailboxes.View{Subject: "Absent", Start: "2026-12-01", End: "2026-12-02", AllDay: true, TimeZone: "Europe/Paris", ShowAs: "opaque", Status: "confirmed"},
		},
		"timed, in its own zone": {
			`{"status":"tentative","transparency":"transparent","visibility":"private",
			  "start":{"dateTime":"2026-12-01T09:00:00","timeZone":"Indian/Reunion"},"end":{"dateTime":"2026-12-01T12:30:00","timeZone":"Indian/Reunion"}}`,
			mailboxes.View{Start: "2026-12-01T09:00", End: "2026-12-01T12:30", TimeZone: "Indian/Reunion", ShowAs: "transparent", Status: "tentative", Private: true},
		},
		"timed, with an offset only": {
			`{"visibility":"confidential","start":{"dateTime":"2026-12-01T09:00:00Z"},"end":{"dateTime":"2026-12-01T17:00:00+04:00"}}`,
			mailboxes.View{Start: "2026-12-01T10:00", End: "2026-12-01T14:00", TimeZone: "Europe/Paris", ShowAs: "opaque", Status: "confirmed", Private: true},
		},
		"an offset and a zone": {
			`{"start":{"dateTime":"2026-07-01T09:00:00Z","timeZone":"Europe/Zurich"},"end":{"dateTime":"2026-07-02T00:00:00+02:00","timeZone":"Europe/Zurich"}}`,
			mailboxes.View{Start: "2026-07-01T11:00", End: "2026-07-02T00:00", TimeZone: "Europe/Zurich", ShowAs: "opaque", Status: "confirmed"},
		},
		"marked": {
			`{"visibility":"public","extendedProperties":{"private":{"figgosyncKey":"demo/7"}},` + day + `}`,
			mailboxes.View{Start: "2026-12-01", End: "2026-12-02", AllDay: true, TimeZone: "Europe/Paris", ShowAs: "opaque", Status: "confirmed", Marked: true},
		},
		"marked by somebody else": {
			`{"extendedProperties":{"private":{"key":"figgosync"},"shared":{"figgosyncKey":"demo/7"}},` + day + `}`,
			mailboxes.View{Start: "2026-12-01", End: "2026-12-02", AllDay: true, TimeZone: "Europe/Paris", ShowAs: "opaque", Status: "confirmed"},
		},
		"out of office": {
			`{"summary":"Absent","eventType":"outOfOffice","outOfOfficeProperties":{"autoDeclineMode":"declineNone"},"transparency":"opaque",` + noon + `}`,
			mailboxes.View{Subject: "Absent", Start: "2026-12-01T12:00", End: "2026-12-01T13:00", TimeZone: "Europe/Paris", ShowAs: "opaque", Status: "confirmed", Kind: "outOfOffice declineNone"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			ok(t, "insert", w.do("POST", "", c.body), 200)
			equal(t, "views", []mailboxes.View{c.want}, w.views(alice))
			equal(t, "views of another person", []mailboxes.View{}, w.views(bob))
		})
	}
}

func TestTheIDOfAnEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, bad := range []string{"abcd", "ABCDE", "abcdw", "abcde-f", "abcde=", strings.Repeat("a", 1025)} {
		got := w.do("POST", "", fmt.Sprintf(`{"id":%q,%s}`, bad, day))
		want(t, bad, got, 400, "invalid")
		equal(t, "message", "Invalid resource id value.", got.message())
	}
	for _, good := range []string{"abcde", "0123456789abcdefghijklmnopqrstuv", strings.Repeat("v", 1024)} {
		ok(t, good, w.do("POST", "", fmt.Sprintf(`{"id":%q,%s}`, good, day)), 200)
	}
	want(t, "the same id again", w.do("POST", "", `{"id":"abcde",`+day+`}`), 409, "duplicate")
	want(t, "an id and an iCalUID", w.do("POST", "", `{"id":"fffff","iCalUID":"x@y",`+day+`}`), 400, "invalid")
	equal(t, "iCalUID of its own", "x@y", ok(t, "iCalUID", w.do("POST", "", `{"iCalUID":"x@y",`+day+`}`), 200).text("iCalUID"))
	first := ok(t, "no id", w.do("POST", "", `{`+day+`}`), 200).text("id")
	second := ok(t, "no id", w.do("POST", "", `{`+day+`}`), 200).text("id")
	if first == second || len(first) < 5 {
		t.Errorf("Google chose the ids %q and %q", first, second)
	}
	ok(t, "the same id elsewhere", w.send("POST", "/calendar/v3/calendars/primary/events", `{"id":"abcde",`+day+`}`, "Authorization", "Bearer "+w.token(bob)), 200)
}

func TestInsertRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const office = `"eventType":"outOfOffice","outOfOfficeProperties":{"autoDeclineMode":"declineNone"},`
	for name, c := range map[string]struct {
		body, reason, says string
	}{
		"no start":                {`{"end":{"date":"2026-12-02"}}`, "required", "Missing start time."},
		"no end":                  {`{"start":{"date":"2026-12-01"}}`, "required", "Missing end time."},
		"an empty end":            {`{"start":{"date":"2026-12-01"},"end":{"timeZone":"Europe/Paris"}}`, "required", "Missing end time."},
		"an inclusive end":        {`{"start":{"date":"2026-12-01"},"end":{"date":"2026-12-01"}}`, "timeRangeEmpty", "The specified time range is empty."},
		"the end first":           {`{"start":{"dateTime":"2026-12-01T12:00:00Z"},"end":{"dateTime":"2026-12-01T11:00:00Z"}}`, "timeRangeEmpty", "empty"},
		"both kinds of time":      {`{"start":{"date":"2026-12-01"},"end":{"dateTime":"2026-12-02T11:00:00Z"}}`, "invalid", "both"},
		"date and dateTime":       {`{"start":{"date":"2026-12-01","dateTime":"2026-12-01T11:00:00Z"},"end":{"date":"2026-12-02"}}`, "invalid", "both date and dateTime"},
		"no such day":             {`{"start":{"date":"2026-02-29"},"end":{"date":"2026-03-02"}}`, "invalid", "start.date"},
		"a date with a time":      {`{"start":{"date":"2026-12-01T00:00:00Z"},"end":{"date":"2026-12-02"}}`, "invalid", "start.date"},
		"a dateTime without time": {`{"start":{"dateTime":"2026-12-01"},"end":{"dateTime":"2026-12-02"}}`, "invalid", "start.dateTime"},
		"a time without zone":     {`{"start":{"dateTime":"2026-12-01T12:00:00"},"end":{"dateTime":"2026-12-01T13:00:00"}}`, "required", "Missing time zone definition for start time."},
		"a Windows zone":          {`{"start":{"dateTime":"2026-12-01T12:00:00","timeZone":"Romance Standard Time"},"end":{"dateTime":"2026-12-01T13:00:00Z"}}`, "invalid", "start"},
		"a zone of Go's":          {`{"start":{"date":"2026-12-01"},"end":{"date":"2026-12-02","timeZone":"Local"}}`, "invalid", "end"},
		"attendees":               {`{"attendees":[{"email":"bob@example.com"}],` + day + `}`, "SandboxRefused", "attendees"},
		"no attendees":            {`{"attendees":[],` + day + `}`, "SandboxRefused", "attendees"},
		"a misspelt name":         {`{"sumary":"Absent",` + day + `}`, "badRequest", `Unknown name "sumary"`},
		"a name in capitals":      {`{"Summary":"Absent",` + day + `}`, "badRequest", `Unknown name "Summary"`},
		"a misspelt inner name":   {`{"extendedProperties":{"privat":{"a":"b"}},` + day + `}`, "badRequest", `"privat" at 'extendedProperties'`},
		"a misspelt list's name":  {`{"reminders":{"overrides":[{"method":"popup","minute":3}]},` + day + `}`, "badRequest", `"minute"`},
		"a wrong type":            {`{"summary":7,` + day + `}`, "invalid", "summary"},
		"a wrong inner type":      {`{"start":"2026-12-01","end":{"date":"2026-12-02"}}`, "invalid", "start"},
		"a list for an object":    {`{"start":[],"end":{"date":"2026-12-02"}}`, "invalid", "start"},
		"a property of no text":   {`{"extendedProperties":{"private":{"a":1}},` + day + `}`, "invalid", "private"},
		"no such status":          {`{"status":"pending",` + day + `}`, "invalid", "status"},
		"a cancelled status":      {`{"status":"cancelled",` + day + `}`, "invalid", "status"},
		"no such transparency":    {`{"transparency":"busy",` + day + `}`, "invalid", "transparency"},
		"no such visibility":      {`{"visibility":"normal",` + day + `}`, "invalid", "visibility"},
		"no such colour":          {`{"colorId":"red",` + day + `}`, "invalid", "colorId"},
		"a source without scheme": {`{"source":{"title":"Figgo","url":"figgo.example.com"},` + day + `}`, "invalid", "source.url"},
		"no such type":            {`{"eventType":"vacation",` + day + `}`, "invalidEventType", "vacation"},
		"default and overrides":   {`{"reminders":{"useDefault":true,"overrides":[{"method":"popup","minutes":3}]},` + day + `}`, "cannotUseDefaultRemindersAndSpecifyOverride", "both"},
		"no such reminder":        {`{"reminders":{"overrides":[{"method":"sms","minutes":3}]},` + day + `}`, "invalid", "overrides"},
		"too early a reminder":    {`{"reminders":{"overrides":[{"method":"popup","minutes":40321}]},` + day + `}`, "invalid", "overrides"},
		"not JSON":                {`{"summary":`, "parseError", "Parse Error"},
		"two objects":             {`{` + day + `}{}`, "parseError", "Parse Error"},
		"null":                    {`null`, "parseError", "Parse Error"},
		"a list":                  {`[]`, "parseError", "Parse Error"},
		"an all-day out of office": {`{` + office + day + `}`, "malformedOutOfOfficeEvent",
			"An out of office event must not be an all-day event."},
		"a described out of office":     {`{"description":"x",` + office + noon + `}`, "malformedOutOfOfficeEvent", "An out of office event must not have a description."},
		"a located out of office":       {`{"location":"x",` + office + noon + `}`, "malformedOutOfOfficeEvent", "location"},
		"a transparent out of office":   {`{"transparency":"transparent",` + office + noon + `}`, "malformedOutOfOfficeEvent", "opaque"},
		"out of office, no properties":  {`{"eventType":"outOfOffice",` + noon + `}`, "malformedOutOfOfficeEvent", "outOfOfficeProperties"},
		"out of office, no such mode":   {`{"eventType":"outOfOffice","outOfOfficeProperties":{"autoDeclineMode":"all"},` + noon + `}`, "malformedOutOfOfficeEvent", "autoDeclineMode"},
		"properties of another type":    {`{"outOfOfficeProperties":{"autoDeclineMode":"declineNone"},` + noon + `}`, "invalid", "outOfOfficeProperties"},
		"out of office with attendees":  {`{"attendees":[],` + office + noon + `}`, "SandboxRefused", "attendees"},
		"three hundred and one markers": {`{"extendedProperties":{"private":{` + manyProperties(301) + `}},` + day + `}`, "invalid", "300"},
	} {
		t.Run(name, func(t *testing.T) {
			got := w.do("POST", "", c.body)
			want(t, "insert", got, 400, c.reason)
			if !strings.Contains(got.message(), c.says) {
				t.Errorf("message %q does not say %q", got.message(), c.says)
			}
		})
	}
	equal(t, "what is in the calendar", []mailboxes.View{}, w.views(alice))
	want(t, "text", w.do("POST", "", `{}`, "Content-Type", "text/plain"), 400, "badContent")
	want(t, "a very long body", w.do("POST", "", `{"summary":"`+strings.Repeat("x", 1<<20)+`"}`), 400, "parseError")
}

func manyProperties(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`"k%d":"v"`, i))
	}
	return strings.Join(list, ",")
}

func TestQueryParametersOfWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, value := range []string{"all", "externalOnly", "none"} {
		ok(t, value, w.do("POST", "?sendUpdates="+value, `{`+day+`}`), 200)
	}
	want(t, "sendUpdates=false", w.do("POST", "?sendUpdates=false", `{`+day+`}`), 400, "invalidParameter")
	ok(t, "what clients with attachments send", w.do("POST",
		"?sendNotifications=false&supportsAttachments=true&conferenceDataVersion=0&maxAttendees=1", `{`+day+`}`), 200)
	want(t, "sendNotifications", w.do("POST", "?sendNotifications=no", `{`+day+`}`), 400, "invalidParameter")
	want(t, "a misspelt parameter", w.do("POST", "?sendupdates=none", `{`+day+`}`), 400, "badRequest")
	want(t, "a parameter twice", w.do("POST", "?sendUpdates=none&sendUpdates=none", `{`+day+`}`), 400, "invalidParameter")
	want(t, "another format", w.do("POST", "?alt=media", `{`+day+`}`), 501, "SandboxNotImitated")
	want(t, "POST on an event", w.do("POST", "/abcde", `{`+day+`}`), 404, "notFound")
	for _, other := range []string{"POST /import", "POST /quickAdd", "POST /watch", "GET /abcde/instances", "POST /abcde/move"} {
		method, path, _ := strings.Cut(other, " ")
		want(t, other, w.do(method, path, `{`+day+`}`), 501, "SandboxNotImitated")
	}
}

func TestExtendedPropertiesAreCutInSilence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key44, key45 := strings.Repeat("é", 44), strings.Repeat("k", 45)
	got := ok(t, "insert", w.do("POST", "", fmt.Sprintf(`{"extendedProperties":{"private":{%q:"a",%q:"b","long":%q},"shared":{%q:"c"}},%s}`,
		key44, key45, strings.Repeat("é", 1025), key45, day)), 200)
	equal(t, "properties", map[string]any{"private": map[string]any{key44: "a", "long": strings.Repeat("é", 1024)}}, got.body["extendedProperties"].(map[string]any))
}

func TestRemindersAreTheCalendarsUnlessRefusedInSoManyWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for body, wanted := range map[string]map[string]any{
		``:                                  {"useDefault": true},
		`"reminders":{},`:                   {"useDefault": true},
		`"reminders":null,`:                 {"useDefault": true},
		`"reminders":{"useDefault":false},`: {"useDefault": false},
		`"reminders":{"overrides":[{"method":"popup","minutes":0}]},`: {"useDefault": false, "overrides": []any{map[string]any{"method": "popup", "minutes": 0.0}}},
	} {
		got := ok(t, body, w.do("POST", "", `{`+body+day+`}`), 200)
		equal(t, body, wanted, got.body["reminders"].(map[string]any))
	}
}

func TestTimesAreShownInTheCalendarsZone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ok(t, "insert", w.do("POST", "", `{"id":"abcde","start":{"dateTime":"2026-07-01T12:00:00","timeZone":"Indian/Reunion"},"end":{"dateTime":"2026-07-01T12:00:00Z"}}`), 200)
	for query, wanted := range map[string][2]map[string]any{
		"": {{"dateTime": "2026-07-01T10:00:00+02:00", "timeZone": "Indian/Reunion"}, {"dateTime": "2026-07-01T14:00:00+02:00", "timeZone": "Europe/Paris"}},
		"?timeZone=Asia%2FTokyo": {{"dateTime": "2026-07-01T17:00:00+09:00", "timeZone": "Indian/Reunion"},
			{"dateTime": "2026-07-01T21:00:00+09:00", "timeZone": "Europe/Paris"}},
	} {
		got := ok(t, query, w.do("GET", "/abcde"+query, ""), 200)
		equal(t, "start"+query, wanted[0], got.body["start"].(map[string]any))
		equal(t, "end"+query, wanted[1], got.body["end"].(map[string]any))
	}
	want(t, "no such zone", w.do("GET", "/abcde?timeZone=Paris", ""), 400, "invalid")
}
