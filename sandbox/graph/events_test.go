package graph_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/sandbox/graph"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

func TestCreateAnswersTheWholeEvent(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 1, 8, 30, 0, 0, time.UTC)
	w := newWorld(t, func(cfg *graph.Config) { cfg.Now = func() time.Time { return now } })
	minimal := map[string]any{"start": at("2026-10-05T09:00", paris), "end": at("2026-10-05T12:00:00.0000000", "Europe/Paris")}
	a := w.must(http.StatusCreated, w.do("POST", "/users/"+anna+"/events", minimal))
	validate(t, "microsoft.graph.event", a.body)
	got := map[string]any{}
	want := map[string]any{
		"showAs": "busy", "isReminderOn": true, "reminderMinutesBeforeStart": 15.0, "sensitivity": "normal", "importance": "normal",
		"isAllDay": false, "type": "singleInstance", "responseRequested": true, "subject": "",
		"start":                 at("2026-10-05T07:00:00.0000000", "UTC"),
		"end":                   at("2026-10-05T10:00:00.0000000", "UTC"),
		"originalStartTimeZone": paris, "originalEndTimeZone": "Europe/Paris",
		"createdDateTime": "2026-09-01T08:30:00.0000000Z", "lastModifiedDateTime": "2026-09-01T08:30:00.0000000Z",
		"attendees": []any{},
	}
	for name := range want {
		got[name] = a.body[name]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	for _, absent := range []string{"transactionId", "singleValueExtendedProperties"} {
		if _, ok := a.body[absent]; ok {
			t.Errorf("the answer has %s", absent)
		}
	}
	if len(a.id()) != 140 {
		t.Errorf("classic id of %d characters", len(a.id()))
	}
	if a.body["@odata.etag"] != `W/"`+a.body["changeKey"].(string)+`"` {
		t.Errorf("etag %v, changeKey %v", a.body["@odata.etag"], a.body["changeKey"])
	}
}

func TestBodiesRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	tests := map[string]struct {
		event map[string]any
		code  string
	}{
		"unknown property":        {with(timed(), "colour", "red"), "RequestBodyRead"},
		"property in wrong case":  {with(timed(), "Subject", "x"), "RequestBodyRead"},
		"unknown nested property": {with(timed(), "start", map[string]any{"dateTime": "2026-10-05T09:00:00", "timeZone": paris, "offset": 1}), "RequestBodyRead"},
		"wrong type annotation":   {with(timed(), "@odata.type", "microsoft.graph.event"), "RequestBodyRead"},
		"other annotation":        {with(timed(), "@odata.id", "x"), "RequestBodyRead"},
		"boolean as text":         {with(timed(), "isAllDay", "false"), "RequestBodyRead"},
		"text as number":          {with(timed(), "subject", 7), "RequestBodyRead"},
		"minutes as fraction":     {with(timed(), "reminderMinutesBeforeStart", 1.5), "RequestBodyRead"},
		"minutes too large":       {with(timed(), "reminderMinutesBeforeStart", 1<<40), "RequestBodyRead"},
		"showAs in EWS spelling":  {with(timed(), "showAs", "OOF"), "RequestBodyRead"},
		"showAs unknown":          {with(timed(), "showAs", "unknown"), "RequestBodyRead"},
		"sensitivity":             {with(timed(), "sensitivity", "Private"), "RequestBodyRead"},
		"body type":               {with(timed(), "body", map[string]any{"contentType": "markdown", "content": ""}), "RequestBodyRead"},
		"attendees":               {with(timed(), "attendees", []any{}), "SandboxRefused"},
		"recurrence":              {with(timed(), "recurrence", map[string]any{}), "SandboxRefused"},
		"online meeting":          {with(timed(), "isOnlineMeeting", false), "SandboxRefused"},
		"read-only property":      {with(timed(), "iCalUId", "x"), "ErrorInvalidPropertySet"},
		"no start":                {with(timed(), "start", nil), "ErrorPropertyValidationFailure"},
		"no end":                  {with(timed(), "end", nil), "ErrorPropertyValidationFailure"},
		"start without zone":      {with(timed(), "start", map[string]any{"dateTime": "2026-10-05T09:00:00"}), "RequestBodyRead"},
		"date alone":              {with(timed(), "start", at("2026-10-05", paris)), "ErrorPropertyValidationFailure"},
		"no such day":             {with(timed(), "start", at("2026-02-30T09:00:00", paris)), "ErrorPropertyValidationFailure"},
		"no such zone":            {with(timed(), "start", at("2026-10-05T09:00:00", "Mars/Olympus")), "TimeZoneNotSupportedException"},
		"IANA zone not listed":    {with(timed(), "start", at("2026-10-05T09:00:00", "Europe/Zurich")), "TimeZoneNotSupportedException"},
		"Windows zone, case":      {with(timed(), "start", at("2026-10-05T09:00:00", "romance standard time")), "TimeZoneNotSupportedException"},
		"ends when it starts":     {with(timed(), "end", timed()["start"]), "ErrorPropertyValidationFailure"},
		"ends before, by zone":    {with(timed(), "end", at("2026-10-05T09:30:00", "Russian Standard Time")), "ErrorPropertyValidationFailure"},
		"longer than five years":  {with(timed(), "end", at("2031-10-06T09:00:00", paris)), "ErrorCalendarDurationIsTooLong"},
		"all day from nine":       {with(allDay("2026-10-05", "2026-10-07", paris), "start", at("2026-10-05T09:00:00", paris)), "ErrorPropertyValidationFailure"},
		"all day to nine":         {with(allDay("2026-10-05", "2026-10-07", paris), "end", at("2026-10-07T09:00:00", paris)), "ErrorPropertyValidationFailure"},
		"all day, inclusive end":  {allDay("2026-10-05", "2026-10-05", paris), "ErrorPropertyValidationFailure"},
		"all day in two zones":    {with(allDay("2026-10-05", "2026-10-06", paris), "end", at("2026-10-06T00:00:00", "UTC")), "ErrorPropertyValidationFailure"},
		"GUID without braces":     {with(timed(), "singleValueExtendedProperties", property("String 7b1f0c52-6d0e-4f0c-9c55-5b0d6f1e7a21 Name k", "v")), "ErrorInvalidExtendedProperty"},
		"two spaces":              {with(timed(), "singleValueExtendedProperties", property("String  {7b1f0c52-6d0e-4f0c-9c55-5b0d6f1e7a21} Name k", "v")), "ErrorInvalidExtendedProperty"},
		"no name":                 {with(timed(), "singleValueExtendedProperties", property("String {7b1f0c52-6d0e-4f0c-9c55-5b0d6f1e7a21} Name", "v")), "ErrorInvalidExtendedProperty"},
		"no such type":            {with(timed(), "singleValueExtendedProperties", property("Text {7b1f0c52-6d0e-4f0c-9c55-5b0d6f1e7a21} Name k", "v")), "ErrorInvalidExtendedProperty"},
		"short GUID":              {with(timed(), "singleValueExtendedProperties", property("String {7b1f0c52-6d0e-4f0c-9c55} Name k", "v")), "ErrorInvalidExtendedProperty"},
		"property without value":  {with(timed(), "singleValueExtendedProperties", []any{map[string]any{"id": keyID}}), "RequestBodyRead"},
		"value as number":         {with(timed(), "singleValueExtendedProperties", []any{map[string]any{"id": keyID, "value": 1}}), "RequestBodyRead"},
	}
	for name, test := range tests {
		if a := w.do("POST", events(anna), test.event); a.status != http.StatusBadRequest || a.code() != test.code {
			t.Errorf("%s: %d %s, want %s", name, a.status, a.text, test.code)
		}
	}
	if views := w.views(anna); len(views) != 0 {
		t.Errorf("refused bodies made events: %v", views)
	}
}

// All-day events are midnight to midnight whatever zone is preferred; timed ones
// are converted.
func TestPreferredZone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	day := w.create(anna, allDay("2026-10-05", "2026-10-07", paris)).id()
	hours := w.create(anna, timed()).id()
	a := w.do("GET", events(anna)+"/"+day, nil, "Prefer", `outlook.timezone="Tokyo Standard Time", IdType="ImmutableId"`)
	if diff := cmp.Diff(at("2026-10-05T00:00:00.0000000", "Tokyo Standard Time"), a.body["start"]); diff != "" || a.id() != day {
		t.Errorf("all-day start (-want +got):\n%s", diff)
	}
	a = w.do("GET", events(anna)+"/"+hours, nil, "Prefer", `outlook.timezone="Tokyo Standard Time"`)
	if diff := cmp.Diff(at("2026-10-05T16:00:00.0000000", "Tokyo Standard Time"), a.body["start"]); diff != "" {
		t.Errorf("timed start (-want +got):\n%s", diff)
	}
	if a := w.do("GET", events(anna)+"/"+hours, nil, "Prefer", `other="x, IdType=ImmutableId"`); len(a.id()) != 140 {
		t.Errorf("a preference was read out of another one's value: id %s", a.id())
	}
	if a := w.do("GET", events(anna), nil, "Prefer", `outlook.timezone="Europe/Zurich"`); a.code() != "TimeZoneNotSupportedException" {
		t.Errorf("unlisted zone: %d %s", a.status, a.text)
	}
}

func TestTransactionID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	event := with(timed(), "transactionId", "tx-1")
	first := w.create(anna, event)
	if first.body["transactionId"] != "tx-1" {
		t.Errorf("the answer hides the transactionId: %s", first.text)
	}
	if again := w.create(anna, with(event, "subject", "Other")); again.id() != first.id() || again.body["subject"] != "Absent" {
		t.Errorf("repeated: %s", again.text)
	}
	if other := w.create(ravi, event); other.id() == first.id() {
		t.Error("a transactionId reached into another mailbox")
	}
	if n := len(w.views(anna)); n != 1 {
		t.Fatalf("%d events, want 1", n)
	}
	for _, body := range []map[string]any{{"transactionId": "tx-2"}, {"transactionId": "tx-1"}} {
		if a := w.do("PATCH", events(anna)+"/"+first.id(), body); a.status != http.StatusBadRequest {
			t.Errorf("PATCH %v: %d", body, a.status)
		}
	}
	w.must(http.StatusNoContent, w.do("DELETE", events(anna)+"/"+first.id(), nil))
	if after := w.create(anna, event); after.id() != first.id() || len(w.views(anna)) != 0 {
		t.Errorf("after the bin: %s, shown %v", after.id(), w.views(anna))
	}
}

func TestTransactionIDsSentAtOnceMakeOneEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(cfg *graph.Config) { cfg.PerMailbox = 100; cfg.Latency = time.Millisecond })
	ids := make([]string, 20)
	var wait sync.WaitGroup
	for i := range ids {
		wait.Go(func() {
			ids[i] = w.do("POST", events(anna), with(timed(), "transactionId", "same"), immutable...).id()
		})
	}
	wait.Wait()
	for _, id := range ids {
		if id != ids[0] || id == "" {
			t.Fatalf("ids differ: %v", ids)
		}
	}
	if n := len(w.views(anna)); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}

func TestTransactionMemory(t *testing.T) {
	t.Parallel()
	now := time.Now()
	w := newWorld(t, func(cfg *graph.Config) {
		cfg.Now, cfg.TransactionMemory = func() time.Time { return now }, time.Hour
	})
	first := w.create(anna, with(timed(), "transactionId", "tx")).id()
	now = now.Add(time.Hour)
	if second := w.create(anna, with(timed(), "transactionId", "tx")).id(); second == first {
		t.Error("the transactionId is still remembered")
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	stable := w.create(anna, timed()).id()
	classic := w.do("GET", events(anna)+"/"+stable, nil).id()
	if len(stable) != 72 || len(classic) != 140 {
		t.Fatalf("lengths %d and %d", len(stable), len(classic))
	}
	for id, want := range map[string]string{
		"nonsense!":                          "ErrorInvalidIdMalformed",
		flipCase(stable):                     "ErrorItemNotFound",
		"AAkALgAAnoSuchThing":                "ErrorItemNotFound",
		stable[:len(stable)-1] + "%2F" + "x": "ErrorInvalidIdMalformed",
	} {
		if a := w.do("GET", events(anna)+"/"+id, nil); a.code() != want {
			t.Errorf("%s: %d %s, want %s", id, a.status, a.code(), want)
		}
	}
	if a := w.do("GET", events(ravi)+"/"+stable, nil); a.code() != "ErrorItemNotFound" {
		t.Errorf("in another mailbox: %d", a.status)
	}
	w.must(http.StatusNoContent, w.do("DELETE", events(anna)+"/"+classic, nil))
	if a := w.do("GET", events(anna)+"/"+classic, nil); a.code() != "ErrorItemNotFound" {
		t.Errorf("classic id after the bin: %d %s", a.status, a.text)
	}
	binned := w.must(http.StatusOK, w.do("GET", events(anna)+"/"+stable, nil))
	if binned.id() == classic {
		t.Error("the classic id did not change with the move")
	}
	if n := len(w.do("GET", events(anna), nil).values()); n != 0 {
		t.Errorf("the list shows %d binned events", n)
	}
	edited := w.must(http.StatusOK, w.do("PATCH", events(anna)+"/"+stable, map[string]any{"subject": "Ghost"}))
	if edited.body["subject"] != "Ghost" || len(w.views(anna)) != 0 {
		t.Errorf("PATCH in the bin: %s", edited.text)
	}
	w.must(http.StatusNoContent, w.do("DELETE", events(anna)+"/"+stable, nil))
	if a := w.do("DELETE", events(anna)+"/"+stable, nil); a.code() != "ErrorItemNotFound" {
		t.Errorf("third DELETE: %d %s", a.status, a.text)
	}
}

func flipCase(id string) string {
	letters := []byte(id)
	for i := len(letters) - 1; i >= 0; i-- {
		if c := letters[i]; c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			letters[i] = c ^ 0x20
			return string(letters)
		}
	}
	return id
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	before := w.create(anna, with(timed(), "singleValueExtendedProperties", property(keyID, "s/1")))
	path := events(anna) + "/" + before.id()
	a := w.must(http.StatusOK, w.do("PATCH", path, map[string]any{"showAs": "tentative", "sensitivity": "private"}))
	if a.body["changeKey"] == before.body["changeKey"] || a.body["subject"] != "Absent" {
		t.Errorf("after PATCH: %s", a.text)
	}
	want := []mailboxes.View{{
		Subject: "Absent", Start: "2026-10-05T09:00", End: "2026-10-05T12:00", TimeZone: "Europe/Paris",
		ShowAs: "tentative", Status: "tentative", Private: true, Marked: true,
	}}
	if diff := cmp.Diff(want, w.views(anna)); diff != "" {
		t.Errorf("view (-want +got):\n%s", diff)
	}
	// What is sent is checked together with what stays.
	for name, body := range map[string]map[string]any{
		"isAllDay alone":       {"isAllDay": true},
		"end before old start": {"end": at("2026-10-05T08:00:00", paris)},
		"unknown":              {"colour": "red"},
		"attendees":            {"attendees": []any{}},
	} {
		if a := w.do("PATCH", path, body); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	if diff := cmp.Diff(want, w.views(anna)); diff != "" {
		t.Errorf("a refused PATCH changed the event:\n%s", diff)
	}
	w.must(http.StatusOK, w.do("PATCH", path, with(allDay("2026-10-05", "2026-10-06", paris), "subject", nil)))
	if view := w.views(anna)[0]; !view.AllDay || view.Start != "2026-10-05" || view.End != "2026-10-06" || !view.Marked {
		t.Errorf("made all-day: %+v", view)
	}
}

func TestIfMatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	created := w.create(anna, timed())
	path, old := events(anna)+"/"+created.id(), created.body["@odata.etag"].(string)
	fresh := w.must(http.StatusOK, w.do("PATCH", path, map[string]any{"subject": "x"}, "If-Match", old)).body["@odata.etag"].(string)
	for _, method := range []string{"PATCH", "DELETE"} {
		if a := w.do(method, path, map[string]any{"subject": "y"}, "If-Match", old); a.status != http.StatusPreconditionFailed || a.code() != "ErrorIrresolvableConflict" {
			t.Errorf("%s with an old etag: %d %s", method, a.status, a.text)
		}
	}
	w.must(http.StatusOK, w.do("PATCH", path, map[string]any{"subject": "y"}, "If-Match", "*"))
	if a := w.do("DELETE", path, nil, "If-Match", fresh); a.status != http.StatusPreconditionFailed {
		t.Errorf("DELETE with the etag before last: %d", a.status)
	}
	w.must(http.StatusNoContent, w.do("DELETE", path, nil))
}

func TestWritesTakeNoParameters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	if a := w.do("POST", events(anna)+"?$select=id", timed()); a.status != http.StatusBadRequest {
		t.Errorf("status %d", a.status)
	}
}

// A time with Z or an offset names a moment, whatever the zone beside it.
func TestTimesWithAnOffset(t *testing.T) {
	t.Parallel()
	for _, start := range []string{"2026-10-05T07:00:00Z", "2026-10-05T07:00:00.000Z", "2026-10-05T11:00:00+04:00"} {
		w := newWorld(t, nil)
		w.must(http.StatusCreated, w.create(anna, with(timed(), "start", at(start, paris))))
		if got := w.views(anna)[0].Start; got != "2026-10-05T09:00" {
			t.Errorf("%s starts at %s", start, got)
		}
	}
}
