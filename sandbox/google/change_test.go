package google_test

import (
	"net/http"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

func TestUpdateReplacesTheWholeEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ok(t, "insert", w.do("POST", "", `{"id":"abcde","summary":"Absent","description":"x","location":"y","colorId":"3","status":"tentative",
		"visibility":"private","transparency":"transparent","reminders":{"useDefault":false},"source":{"title":"t","url":"https://figgo.example.com"},
		"extendedProperties":{"private":{"figgosyncKey":"demo/7"}},`+day+`}`), 200)
	got := ok(t, "update", w.do("PUT", "/abcde", `{"summary":"RTT",`+day+`}`), 200)
	for _, name := range []string{"description", "location", "colorId", "visibility", "transparency", "source", "extendedProperties"} {
		if value, there := got.body[name]; there {
			t.Errorf("%s survived an update without it: %v", name, value)
		}
	}
	equal(t, "kept", []any{"abcde", "abcde@google.com", "RTT", "confirmed", "default", map[string]any{"useDefault": true}},
		[]any{got.body["id"], got.body["iCalUID"], got.body["summary"], got.body["status"], got.body["eventType"], got.body["reminders"]})
	equal(t, "view", []mailboxes.View{{
		Subject: "RTT", Start: "2026-12-01", End: "2026-12-02", AllDay: true, TimeZone: "Europe/Paris", ShowAs: "opaque", Status: "confirmed",
	}}, w.views(alice))

	want(t, "no end", w.do("PUT", "/abcde", `{"start":{"date":"2026-12-01"}}`), 400, "required")
	want(t, "another id", w.do("PUT", "/abcde", `{"id":"fffff",`+day+`}`), 400, "invalid")
	want(t, "another iCalUID", w.do("PUT", "/abcde", `{"iCalUID":"fffff@google.com",`+day+`}`), 400, "invalid")
	want(t, "an attendee", w.do("PUT", "/abcde", `{"attendees":[],`+day+`}`), 400, "SandboxRefused")
	want(t, "sendUpdates", w.do("PUT", "/abcde?sendUpdates=no", `{`+day+`}`), 400, "invalidParameter")
	want(t, "no such event", w.do("PUT", "/fffff", `{`+day+`}`), 404, "notFound")
	want(t, "of somebody else", w.send("PUT", "/calendar/v3/calendars/primary/events/abcde", `{`+day+`}`, "Authorization", "Bearer "+w.token(bob)), 404, "notFound")
}

func TestAnEventThatWasReadCanBeSentBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := w.client(alice)
	first, err := client.Events.Insert("primary", &calendar.Event{
		Summary: "Absent", Start: &calendar.EventDateTime{DateTime: "2026-12-01T14:00:00", TimeZone: "Indian/Reunion"},
		End: &calendar.EventDateTime{DateTime: "2026-12-01T18:00:00", TimeZone: "Indian/Reunion"},
	}).Do()
	if err != nil {
		t.Fatal(err)
	}
	before := w.views(alice)
	w.pass(time.Minute)
	second, err := client.Events.Update("primary", first.Id, first).Do()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "view", before, w.views(alice))
	equal(t, "times", []string{first.Start.DateTime, first.End.DateTime, first.Start.TimeZone, first.Created},
		[]string{second.Start.DateTime, second.End.DateTime, second.Start.TimeZone, second.Created})
	if second.Etag == first.Etag || second.Updated == first.Updated {
		t.Errorf("etag %s then %s, updated %s then %s", first.Etag, second.Etag, first.Updated, second.Updated)
	}
}

func TestPatchMergesAndNullRemoves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ok(t, "insert", w.do("POST", "", `{"id":"abcde","summary":"Absent","description":"x",
		"extendedProperties":{"private":{"figgosyncKey":"demo/7","figgosyncRun":"1:a"},"shared":{"s":"t"}},`+noon+`}`), 200)
	got := ok(t, "patch", w.do("PATCH", "/abcde", `{"description":null,"visibility":"private",
		"extendedProperties":{"private":{"figgosyncRun":"1:b","new":"c"},"shared":null}}`), 200)
	equal(t, "merged", map[string]any{"private": map[string]any{"figgosyncKey": "demo/7", "figgosyncRun": "1:b", "new": "c"}}, got.body["extendedProperties"].(map[string]any))
	equal(t, "kept, removed, added", []any{"Absent", nil, "private"}, []any{got.body["summary"], got.body["description"], got.body["visibility"]})

	want(t, "a date beside the dateTime", w.do("PATCH", "/abcde", `{"start":{"date":"2026-12-01"},"end":{"date":"2026-12-02"}}`), 400, "invalid")
	ok(t, "a date instead of the dateTime", w.do("PATCH", "/abcde",
		`{"start":{"date":"2026-12-01","dateTime":null},"end":{"date":"2026-12-02","dateTime":null}}`), 200)
	want(t, "only an end before the start", w.do("PATCH", "/abcde", `{"end":{"date":"2026-11-30"}}`), 400, "timeRangeEmpty")
	want(t, "removing the end", w.do("PATCH", "/abcde", `{"end":null}`), 400, "required")
	want(t, "a name that is no such", w.do("PATCH", "/abcde", `{"titel":"x"}`), 400, "badRequest")
	want(t, "removing the attendees", w.do("PATCH", "/abcde", `{"attendees":null}`), 400, "SandboxRefused")
	want(t, "no such event", w.do("PATCH", "/fffff", `{}`), 404, "notFound")
	equal(t, "view", []mailboxes.View{{
		Subject: "Absent", Start: "2026-12-01", End: "2026-12-02", AllDay: true, TimeZone: "Europe/Paris", ShowAs: "opaque", Status: "confirmed", Private: true, Marked: true,
	}}, w.views(alice))
	equal(t, "unmarked", false, func() bool {
		ok(t, "patch", w.do("PATCH", "/abcde", `{"extendedProperties":{"private":null}}`), 200)
		return w.views(alice)[0].Marked
	}())
}

func TestTheTypeOfAnEventStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const office = `"eventType":"outOfOffice","outOfOfficeProperties":{"autoDeclineMode":"declineNone"}`
	ok(t, "default", w.do("POST", "", `{"id":"abcde",`+noon+`}`), 200)
	ok(t, "out of office", w.do("POST", "", `{"id":"fffff",`+office+`,`+noon+`}`), 200)
	want(t, "default to out of office", w.do("PATCH", "/abcde", `{`+office+`}`), 400, "invalidEventType")
	want(t, "default to out of office", w.do("PUT", "/abcde", `{`+office+`,`+noon+`}`), 400, "invalidEventType")
	want(t, "an update that leaves it out", w.do("PUT", "/fffff", `{`+noon+`}`), 400, "invalidEventType")
	want(t, "a description", w.do("PATCH", "/fffff", `{"description":"x"}`), 400, "malformedOutOfOfficeEvent")
	want(t, "all day", w.do("PUT", "/fffff", `{`+office+`,`+day+`}`), 400, "malformedOutOfOfficeEvent")
	equal(t, "type", "outOfOffice", ok(t, "patch", w.do("PATCH", "/fffff", `{"summary":"Absent"}`), 200).text("eventType"))
}

func TestSequence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sequence := func(what string, got answer) int {
		t.Helper()
		return int(ok(t, what, got, 200).body["sequence"].(float64))
	}
	const later = `"start":{"date":"2026-12-01"},"end":{"date":"2026-12-03"}`
	equal(t, "inserted", 0, sequence("insert", w.do("POST", "", `{"id":"abcde",`+day+`}`)))
	equal(t, "a new title", 0, sequence("title", w.do("PUT", "/abcde", `{"summary":"x",`+day+`}`)))
	equal(t, "a new time", 1, sequence("time", w.do("PUT", "/abcde", `{`+later+`}`)))
	got := w.do("PUT", "/abcde", `{`+later+`}`)
	want(t, "an update that has not read the sequence", got, 400, "invalid")
	want(t, "a patch that goes back", w.do("PATCH", "/abcde", `{"sequence":0}`), 400, "invalid")
	equal(t, "the read one", 1, sequence("update", w.do("PUT", "/abcde", `{"sequence":1,`+later+`}`)))
	equal(t, "a higher one", 7, sequence("update", w.do("PUT", "/abcde", `{"sequence":7,`+later+`}`)))
	equal(t, "a patch needs none", 8, sequence("patch", w.do("PATCH", "/abcde", `{"end":{"date":"2026-12-04"}}`)))
	ok(t, "delete", w.do("DELETE", "/abcde", ""), 204)
	want(t, "restoring without it", w.do("PUT", "/abcde", `{"status":"confirmed","sequence":8,`+day+`}`), 400, "invalid")
	equal(t, "restored", 10, sequence("restore", w.do("PUT", "/abcde", `{"status":"confirmed","sequence":9,`+day+`}`)))
}

func TestOnlyRemindersLeaveUpdatedAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := ok(t, "insert", w.do("POST", "", `{"id":"abcde",`+noon+`}`), 200)
	w.pass(time.Minute)
	second := ok(t, "reminders", w.do("PATCH", "/abcde", `{"reminders":{"useDefault":false}}`), 200)
	equal(t, "updated", first.text("updated"), second.text("updated"))
	third := ok(t, "title", w.do("PATCH", "/abcde", `{"summary":"x"}`), 200)
	if third.text("updated") == first.text("updated") {
		t.Error("a new title did not change updated")
	}
	if first.text("etag") == second.text("etag") || second.text("etag") == third.text("etag") {
		t.Error("the etag did not change")
	}
}

func TestIfMatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := w.client(alice)
	first, err := client.Events.Insert("primary", &calendar.Event{Id: "abcde", Start: &calendar.EventDateTime{Date: "2026-12-01"}, End: &calendar.EventDateTime{Date: "2026-12-02"}}).Do()
	if err != nil {
		t.Fatal(err)
	}
	fresh := client.Events.Patch("primary", "abcde", &calendar.Event{Summary: "one"})
	fresh.Header().Set("If-Match", first.Etag)
	second, err := fresh.Do()
	if err != nil {
		t.Fatal(err)
	}
	stale := client.Events.Patch("primary", "abcde", &calendar.Event{Summary: "two"})
	stale.Header().Set("If-Match", first.Etag)
	_, err = stale.Do()
	wantGoogle(t, "patch", err, 412, "conditionNotMet")
	got := w.do("PUT", "/abcde", `{`+day+`}`, "If-Match", first.Etag)
	equal(t, "body of 412", map[string]any{"error": map[string]any{
		"errors": []any{map[string]any{"domain": "global", "reason": "conditionNotMet", "message": "Precondition Failed", "locationType": "header", "location": "If-Match"}},
		"code":   412.0, "message": "Precondition Failed",
	}}, got.body)
	want(t, "delete", w.do("DELETE", "/abcde", "", "If-Match", first.Etag), 412, "conditionNotMet")
	equal(t, "title", "one", w.views(alice)[0].Subject)
	equal(t, "unchanged", 304, w.do("GET", "/abcde", "", "If-None-Match", second.Etag).status)
	ok(t, "changed", w.do("GET", "/abcde", "", "If-None-Match", first.Etag), 200)
	ok(t, "any", w.do("PATCH", "/abcde", `{}`, "If-Match", "*"), 200)
	etag := w.do("GET", "/abcde", "").text("etag")
	ok(t, "delete", w.do("DELETE", "/abcde", "", "If-Match", first.Etag+", "+etag), http.StatusNoContent)
	want(t, "restore", w.do("PATCH", "/abcde", `{"status":"confirmed"}`, "If-Match", etag), 412, "conditionNotMet")
}
