package google_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"
	"google.golang.org/api/googleapi"

	"github.com/figgosync/figgosync/sandbox/google"
)

// missing fails unless the answer says that this is not imitated.
func missing(t *testing.T, asked string, got answer, what string) {
	t.Helper()
	want(t, asked, got, 501, "SandboxNotImitated")
	if got.header.Get("X-Sandbox-Not-Imitated") != what || got.message() != "Sandbox: not imitated: "+what {
		t.Errorf("%s: %q, %q, want %q", asked, got.header.Get("X-Sandbox-Not-Imitated"), got.message(), what)
	}
}

// ids are the ids a list answers with.
func ids(t *testing.T, w *world, query string) string {
	t.Helper()
	items, _ := ok(t, query, w.do("GET", query, ""), 200).body["items"].([]any)
	var list []string
	for _, item := range items {
		list = append(list, item.(map[string]any)["id"].(string))
	}
	return strings.Join(list, " ")
}

func seed(t *testing.T, w *world) {
	t.Helper()
	for _, body := range []string{
		`{"id":"aaaaa","extendedProperties":{"private":{"figgosyncKey":"demo/1","figgosyncRun":"1:x"}},"start":{"date":"2026-12-10"},"end":{"date":"2026-12-11"}}`,
		`{"id":"bbbbb","extendedProperties":{"private":{"figgosyncKey":"demo/1","figgosyncRun":"2:x"}},"start":{"date":"2026-12-05"},"end":{"date":"2026-12-06"}}`,
		`{"id":"ccccc","extendedProperties":{"private":{"figgosyncKey":"DEMO/1"},"shared":{"team":"a=b"}},"start":{"date":"2026-12-01"},"end":{"date":"2026-12-02"}}`,
		`{"id":"ddddd","eventType":"outOfOffice","outOfOfficeProperties":{},"start":{"dateTime":"2026-12-01T09:00:00+01:00"},"end":{"dateTime":"2026-12-01T12:00:00+01:00"}}`,
		`{"id":"eeeee","extendedProperties":{"private":{"figgosyncKey":"demo/1"}},"start":{"date":"2026-12-20"},"end":{"date":"2026-12-21"}}`,
	} {
		w.pass(time.Second)
		ok(t, "insert", w.do("POST", "", body), 200)
	}
	w.pass(time.Second)
	ok(t, "delete", w.do("DELETE", "/eeeee", ""), 204)
	w.pass(time.Second)
	ok(t, "patch", w.do("PATCH", "/aaaaa", `{"summary":"x"}`), 200)
}

func TestListFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seed(t, w)
	for query, wanted := range map[string]string{
		"":                                     "aaaaa bbbbb ccccc ddddd",
		"?showDeleted=true":                    "aaaaa bbbbb ccccc ddddd eeeee",
		"?singleEvents=true&showDeleted=false": "aaaaa bbbbb ccccc ddddd",
		"?privateExtendedProperty=figgosyncKey%3Ddemo%2F1":                                          "aaaaa bbbbb",
		"?privateExtendedProperty=figgosyncKey%3Ddemo%2F1&showDeleted=true":                         "aaaaa bbbbb eeeee",
		"?privateExtendedProperty=figgosyncKey%3Ddemo/1&privateExtendedProperty=figgosyncRun%3D2:x": "bbbbb",
		"?privateExtendedProperty=figgosyncKey%3D":                                                  "",
		"?sharedExtendedProperty=team%3Da%3Db":                                                      "ccccc",
		"?privateExtendedProperty=team%3Da%3Db":                                                     "",
		"?iCalUID=bbbbb%40google.com":                                                               "bbbbb",
		"?eventTypes=outOfOffice":                                                                   "ddddd",
		"?eventTypes=outOfOffice&eventTypes=default":                                                "aaaaa bbbbb ccccc ddddd",
		"?orderBy=startTime&singleEvents=true":                                                      "ccccc ddddd bbbbb aaaaa",
		"?orderBy=updated":                                                                          "bbbbb ccccc ddddd aaaaa",
		// Both bounds are exclusive, of the end and of the start; a day is the
		// calendar's: in Paris the 5th begins at 23:00 UTC.
		"?timeMin=2026-12-01T12:00:00%2B01:00":                                        "aaaaa bbbbb ccccc",
		"?timeMin=2026-12-01T11:59:59.999%2B01:00":                                    "aaaaa bbbbb ccccc ddddd",
		"?timeMin=2026-12-01T23:00:00Z":                                               "aaaaa bbbbb",
		"?timeMax=2026-12-04T23:00:00Z":                                               "ccccc ddddd",
		"?timeMax=2026-12-04T23:00:01Z":                                               "bbbbb ccccc ddddd",
		"?timeMin=2026-12-02T00:00:00Z&timeMax=2026-12-06T00:00:00Z&key=abc":          "bbbbb",
		"?timeMin=2026-12-01T00:00:00Z&timeMax=2026-12-01T08:00:00Z&fields=items(id)": "ccccc",
	} {
		equal(t, query, wanted, ids(t, w, query))
	}
}

func TestListRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for query, reason := range map[string]string{
		"?privateExtendedProperty=figgosyncKey": "invalid",
		"?privateExtendedProperty=%3Dx":         "invalid",
		"?privateExtendedPropertie=a%3Db":       "badRequest",
		"?showDeleted=1":                        "invalidParameter",
		"?singleEvents=yes":                     "invalidParameter",
		"?eventTypes=vacation":                  "invalidParameter",
		"?orderBy=start":                        "invalidParameter",
		"?orderBy=startTime":                    "badRequest",
		"?maxResults=0":                         "invalidParameter",
		"?maxResults=many":                      "invalidParameter",
		"?timeMin=2026-12-01":                   "badRequest",
		"?timeMin=2026-12-01T00:00:00":          "badRequest",
		"?timeMax=":                             "badRequest",
		"?timeMin=2026-12-01T00:00:00Z&timeMax=2026-12-01T00:00:00Z": "timeRangeEmpty",
		"?timeMin=2026-12-01T00:00:00Z&timeMin=2026-12-01T00:00:00Z": "invalidParameter",
		"?pageToken=abc":     "invalid",
		"?timeZone=Paris":    "invalid",
		"?fields=items(ids)": "invalidParameter",
		"?maxResults=%zz":    "badRequest",
	} {
		want(t, query, w.do("GET", query, ""), 400, reason)
	}
}

// TestWhatIsMissingIsSaid: a client can tell the sandbox's gaps from its own mistakes.
func TestWhatIsMissingIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for query, what := range map[string]string{
		"?q=Absent": "the query parameter q", "?syncToken=x": "the query parameter syncToken", "?alt=atom": "alt=atom",
		"?updatedMin=2026-12-01T00:00:00Z": "the query parameter updatedMin", "/abcde/instances": "GET calendars/{calendarId}/events/{eventId}/instances",
	} {
		missing(t, query, w.do("GET", query, ""), what)
	}
	missing(t, "colours", w.send("GET", "/calendar/v3/colors", ""), "GET colors")
	for body, what := range map[string]string{
		`{"recurrence":["RRULE:FREQ=DAILY"],` + day + `}`: "the field recurrence",
		`{"eventType":"focusTime",` + noon + `}`:          "the eventType focusTime",
		`{"conferenceData":{},` + noon + `}`:              "the field conferenceData",
	} {
		missing(t, body, w.do("POST", "", body), what)
	}
	for _, query := range []string{"?privateExtendedPropertie=a%3Db", "?sendUpdates=none"} {
		if got := w.do("GET", query, ""); got.status != 400 || !strings.Contains(got.message(), "Cannot bind query parameter") {
			t.Errorf("%s: %v", query, got.body)
		}
	}
	want(t, "a title", w.do("POST", "", `{"title":"Absent",`+noon+`}`), 400, "badRequest")
	want(t, "no such method", w.send("GET", "/calendar/v3/colours", ""), 404, "notFound")
	want(t, "an eventType that is no such", w.do("POST", "", `{"eventType":"vacation",`+day+`}`), 400, "invalidEventType")
	ok(t, "what does nothing here", w.do("GET", "?maxAttendees=1&alwaysIncludeEmail=false&showHiddenInvitations=false", ""), 200)
}

func TestAnEmptyTimeRangeIsTheCalendarsMatter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, got := range map[string]answer{
		"list":   w.do("GET", "?timeMin=2026-12-02T00:00:00Z&timeMax=2026-12-01T00:00:00Z", ""),
		"insert": w.do("POST", "", `{"start":{"date":"2026-12-02"},"end":{"date":"2026-12-02"}}`),
	} {
		want(t, name, got, 400, "timeRangeEmpty")
		item := map[string]any{"domain": "calendar", "reason": "timeRangeEmpty", "message": "The specified time range is empty."}
		if name == "list" {
			item["locationType"], item["location"] = "parameter", "timeMax"
		}
		equal(t, name, map[string]any{"error": map[string]any{"errors": []any{item}, "code": 400.0, "message": item["message"]}}, got.body)
	}
}

func TestListTellsOfTheCalendar(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	empty, err := w.client(bob).Events.List(bob).Do()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "calendar", []string{"calendar#events", bob, "Indian/Reunion", "owner", ""},
		[]string{empty.Kind, empty.Summary, empty.TimeZone, empty.AccessRole, empty.NextPageToken})
	if len(empty.Items) != 0 || empty.Etag == "" || len(empty.DefaultReminders) != 1 {
		t.Errorf("%d items, etag %q, %d reminders", len(empty.Items), empty.Etag, len(empty.DefaultReminders))
	}
	equal(t, "updated, of an empty calendar", w.clock().UTC().Format("2006-01-02T15:04:05.000Z"), empty.Updated)
	w.pass(time.Minute)
	ok(t, "insert", w.send("POST", "/calendar/v3/calendars/primary/events", `{`+day+`}`, "Authorization", "Bearer "+w.token(bob)), 200)
	full, err := w.client(bob).Events.List(bob).Do()
	if err != nil {
		t.Fatal(err)
	}
	if full.Etag == empty.Etag || full.Updated == empty.Updated {
		t.Error("the calendar's etag or updated did not change with it")
	}
}

func TestPagesGiveEveryEventOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 13 {
		ok(t, "insert", w.do("POST", "", fmt.Sprintf(`{"id":"event%02d","extendedProperties":{"private":{"odd":"%d"}},%s}`, i, i%2, day)), 200)
	}
	client := w.client(alice)
	for size, pages := range map[int64]int{1: 7, 2: 4, 3: 3, 7: 1, 2500: 1, 9999: 1} {
		var seen []string
		got := 0
		err := client.Events.List("primary").MaxResults(size).PrivateExtendedProperty("odd=0").Pages(context.Background(), func(page *calendar.Events) error {
			got++
			for _, event := range page.Items {
				seen = append(seen, event.Id)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, fmt.Sprintf("pages of %d", size), pages, got)
		equal(t, fmt.Sprintf("events in pages of %d", size), "event00 event02 event04 event06 event08 event10 event12", strings.Join(seen, " "))
	}

	first, err := client.Events.List("primary").MaxResults(5).Do()
	if err != nil {
		t.Fatal(err)
	}
	ok(t, "delete what the first page ended with", w.do("DELETE", "/event04", ""), 204)
	second, err := client.Events.List("primary").MaxResults(2).PageToken(first.NextPageToken).Do()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "the next page starts with", "event05", second.Items[0].Id)
	_, err = client.Events.List("primary").ShowDeleted(true).PageToken(first.NextPageToken).Do()
	wantGoogle(t, "the token of another list", err, 400, "invalid")
	ok(t, "the same id at bob's", w.send("POST", "/calendar/v3/calendars/primary/events", `{"id":"event04",`+day+`}`, "Authorization", "Bearer "+w.token(bob)), 200)
	_, err = w.client(bob).Events.List("primary").PageToken(first.NextPageToken).Do()
	wantGoogle(t, "the token of another person", err, 400, "invalid")
}

func TestAPageHas250EventsUnlessTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *google.Config) { c.PerUserPerMinute = 10_000 })
	for range 251 {
		ok(t, "insert", w.do("POST", "", `{`+day+`}`), 200)
	}
	got, err := w.client(alice).Events.List("primary").Do()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "events", 250, len(got.Items))
	if got.NextPageToken == "" {
		t.Error("there is no next page")
	}
}

func TestPartialAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ok(t, "insert", w.do("POST", "", `{"id":"abcde","summary":"Absent","extendedProperties":{"private":{"a":"1","b":"2"}},`+day+`}`), 200)
	for fields, wanted := range map[string]map[string]any{
		"id":                                     {"id": "abcde"},
		"id,summary":                             {"id": "abcde", "summary": "Absent"},
		"start/date,id":                          {"id": "abcde", "start": map[string]any{"date": "2026-12-01"}},
		"start(date),end(date)":                  {"start": map[string]any{"date": "2026-12-01"}, "end": map[string]any{"date": "2026-12-02"}},
		"extendedProperties/private/a":           {"extendedProperties": map[string]any{"private": map[string]any{"a": "1"}}},
		"extendedProperties/private(a,b),status": {"status": "confirmed", "extendedProperties": map[string]any{"private": map[string]any{"a": "1", "b": "2"}}},
		"extendedProperties(private/a,shared)":   {"extendedProperties": map[string]any{"private": map[string]any{"a": "1"}}},
		"start/*":                                {"start": map[string]any{"date": "2026-12-01"}},
		"start,start/date":                       {"start": map[string]any{"date": "2026-12-01"}},
		"location":                               {},
	} {
		got := ok(t, fields, w.do("GET", "/abcde?fields="+url.QueryEscape(fields), ""), 200)
		if got.body == nil {
			got.body = map[string]any{}
		}
		equal(t, fields, wanted, got.body)
	}
	for _, bad := range []string{"ID", "id,", "id)", "start(date", "start()", "/id", "start/day", "items", "id(x"} {
		want(t, bad, w.do("GET", "/abcde?fields="+url.QueryEscape(bad), ""), 400, "invalidParameter")
	}
	list, err := w.client(alice).Events.List("primary").Fields(googleapi.Field("nextPageToken"), googleapi.Field("items(id,etag)")).Do()
	if err != nil {
		t.Fatal(err)
	}
	if e := list.Items[0]; e.Id != "abcde" || e.Etag == "" || e.Summary != "" || list.Summary != "" {
		t.Errorf("event %+v of %+v", e, list)
	}
}
