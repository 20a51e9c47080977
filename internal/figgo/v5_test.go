package figgo_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/figgo"
)

// event is a delivery as Lucca's documentation shows it. 2026-02-02 is a Monday.
const event = `{
  "id": "9001", "type": "event",
  "url": "https://acme.ilucca.net/lucca-api/events/9001",
  "apiVersion": "2024-11-01",
  "topic": "leave.updated",
  "occurredAt": "2026-02-01T09:34:23.001Z",
  "source": "https://acme.ilucca.net",
  "businessEstablishment": {"id": "12", "type": "business-establishment", "url": "https://acme.ilucca.net/lucca-api/business-establishments/12"},
  "data": {
    "id": "8750", "type": "leave", "url": "https://acme.ilucca.net/lucca-api/leaves/8750",
    "startsOn": "2026-02-02", "startPosition": "firstHalfDay",
    "endsOn":   "2026-02-03", "endPosition":   "secondHalfDay",
    "employee":     {"id": "416", "type": "employee", "url": "https://acme.ilucca.net/lucca-api/employees/416"},
    "leaveAccount": {"id": "56", "type": "leave-account", "url": "https://acme.ilucca.net/lucca-api/leave-accounts/56"},
    "days": [
      {"date": "2026-02-02", "range": "allDay", "duration": {"iso": "P1D", "value": 1, "unit": "days"}},
      {"date": "2026-02-03", "range": "allDay", "duration": {"iso": "P1D", "value": 1, "unit": "days"}}
    ],
    "totalDuration": {"iso": "P2D", "value": 2, "unit": "days"},
    "status": "confirmed", "details": {"nature": "frenchMaternity", "nature": 1},
    "createdAt": "2026-01-01T08:23:56.234Z", "lastUpdatedAt": "2026-02-01T09:34:22Z"
  },
  "previousAttributes": {"status": "tentative"},
  "links": {"retry": {"href": "https://acme.ilucca.net/lucca-api/webhook-deliveries"}}
}`

func TestDecodeV5(t *testing.T) {
	t.Parallel()
	got, err := figgo.DecodeV5([]byte(event))
	if err != nil {
		t.Fatal(err)
	}
	want := figgo.Notice{
		Kind: figgo.Approved, EventID: "9001", Topic: "leave.updated", AbsenceID: "8750", EmployeeID: "416", LegalEntity: "12",
		ChangedAt: utc("2026-02-01T09:34:22Z"), OccurredAt: utc("2026-02-01T09:34:23.001Z"),
		Absence: absence.Absence{
			HalfDays: halves(true, "2026-02-02 am", "2026-02-02 pm", "2026-02-03 am", "2026-02-03 pm"),
			Account:  "56",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// leaveObject is a small leave of one Monday, pending.
func leaveObject() object {
	return object{
		"id": "8750", "status": "tentative", "employee": object{"id": "416"}, "leaveAccount": object{"id": "56"},
		"startsOn": "2026-02-02", "startPosition": "firstHalfDay", "endsOn": "2026-02-02", "endPosition": "secondHalfDay",
		"lastUpdatedAt": "2026-02-01T09:00:00Z",
	}
}

func eventObject(leave any) object {
	return object{"id": "9001", "topic": "leave.updated", "occurredAt": "2026-02-01T10:00:00Z", "data": leave}
}

func TestDecodeV5Status(t *testing.T) {
	t.Parallel()
	cases := map[string]figgo.Kind{
		"tentative": figgo.Requested, "pending": figgo.Requested, "Pending": figgo.Requested,
		"confirmed": figgo.Approved, "approved": figgo.Approved, "CONFIRMED": figgo.Approved,
		"cancelled": figgo.Deleted, "canceled": figgo.Deleted, "denied": figgo.Deleted, "rejected": figgo.Deleted, "refused": figgo.Deleted,
		"cancellationPending": figgo.Ignored, "deletedSoon": figgo.Ignored,
	}
	for status, want := range cases {
		for _, topic := range []string{"leave.created", "leave.updated", "leave.deleted"} {
			got, err := figgo.DecodeV5(eventObject(leaveObject().with(object{"status": status})).with(object{"topic": topic}).json())
			if err != nil {
				t.Fatal(err)
			}
			if topic == "leave.deleted" {
				want = figgo.Deleted
			}
			if got.Kind != want || got.AbsenceID != "8750" || got.Topic != topic {
				t.Errorf("%s with %s: got %+v", topic, status, got)
			}
			for _, h := range got.Absence.HalfDays {
				if h.Confirmed != (want == figgo.Approved) {
					t.Errorf("%s with %s: half-day %+v", topic, status, h)
				}
			}
		}
	}
}

func TestDecodeV5Ignores(t *testing.T) {
	t.Parallel()
	for body, topic := range map[string]string{
		`{"topic":"ping","data":null}`:                                 "ping",
		`{"topic":"test.created","id":{}}`:                             "test.created",
		`{"topic":"leave-request.updated","data":{"status":7}}`:        "leave-request.updated",
		`{"topic":"leave.archived"}`:                                   "leave.archived",
		`{"topic":"employee.updated","data":{"id":1},"data":{"id":2}}`: "",
		`{"specversion":"1.0.3","id":"0b6f","type":"com.luccasoftware.leave.created","source":"https://x/leaves"}`: "com.luccasoftware.leave.created",
		`{"specversion":"1.0.3","type":7}`: "",
	} {
		got, err := figgo.DecodeV5([]byte(body))
		if strings.Count(body, `"data"`) == 2 {
			wantBodyError(t, err, "data")
			continue
		}
		if err != nil || got.Kind != figgo.Ignored || got.Topic != topic {
			t.Errorf("%s: got %+v, %v", body, got, err)
		}
	}
}

// days makes days[] from texts such as "2026-02-02 allDay PT7H hours".
func days(texts ...string) []object {
	var list []object
	for _, text := range texts {
		f := strings.Fields(text)
		day := object{"date": f[0], "range": f[1]}
		if len(f) == 4 {
			// Lucca may round value: it must not be used.
			day["duration"] = object{"iso": f[2], "value": 99, "unit": f[3]}
		}
		list = append(list, day)
	}
	return list
}

func TestDecodeV5HalfDays(t *testing.T) {
	t.Parallel()
	type dates = []absence.Date
	cases := map[string]struct {
		leave object
		want  []string
		off   dates
	}{
		"a day by period":  {object{}, []string{"2026-02-02 am", "2026-02-02 pm"}, nil},
		"empty days":       {object{"days": []any{}}, []string{"2026-02-02 am", "2026-02-02 pm"}, nil},
		"a morning":        {object{"endPosition": "firstHalfDay"}, []string{"2026-02-02 am"}, nil},
		"an afternoon":     {object{"startPosition": "secondHalfDay"}, []string{"2026-02-02 pm"}, nil},
		"positions absent": {object{"startPosition": nil, "endPosition": nil}, []string{"2026-02-02 am", "2026-02-02 pm"}, nil},
		"with times":       {object{"startsOn": "2026-02-02T00:00:00", "endsOn": "2026-02-02T23:59:59.999+01:00"}, []string{"2026-02-02 am", "2026-02-02 pm"}, nil},
		"over a weekend": {object{"startsOn": "2026-02-06", "startPosition": "secondHalfDay", "endsOn": "2026-02-09", "endPosition": "firstHalfDay"},
			[]string{"2026-02-06 pm", "2026-02-09 am"}, nil},
		"a weekend on purpose": {object{"startsOn": "2026-02-07", "endsOn": "2026-02-07"}, []string{"2026-02-07 am", "2026-02-07 pm"}, nil},
		"a day off in the middle": {object{"endsOn": "2026-02-04", "days": days("2026-02-02 allDay", "2026-02-04 firstHalfDay")},
			[]string{"2026-02-02 am", "2026-02-02 pm", "2026-02-04 am"}, dates{date("2026-02-03")}},
		"days off at both ends": {object{"endsOn": "2026-02-04", "days": days("2026-02-03 allDay")},
			[]string{"2026-02-03 am", "2026-02-03 pm"}, dates{date("2026-02-02"), date("2026-02-04")}},
		"a day with nothing is off": {object{"endsOn": "2026-02-03", "days": days("2026-02-02 allDay P1D days", "2026-02-03 allDay P0D days")},
			[]string{"2026-02-02 am", "2026-02-02 pm"}, dates{date("2026-02-03")}},
		"an account that counts nothing": {object{"days": days("2026-02-02 allDay P0D days")}, []string{"2026-02-02 am", "2026-02-02 pm"}, nil},
		"days without a period": {object{"startsOn": nil, "endsOn": nil, "days": days("2026-02-05 secondHalfDay", "2026-02-03 secondHalfDay")},
			[]string{"2026-02-03 pm", "2026-02-05 pm"}, dates{date("2026-02-04")}},
		"a day said twice": {object{"days": days("2026-02-02 firstHalfDay", "2026-02-02 allDay")}, []string{"2026-02-02 am", "2026-02-02 pm"}, nil},

		"hours":                      {object{"days": days("2026-02-02 secondHalfDay PT3H30M hours")}, []string{"2026-02-02 pm 210"}, nil},
		"hours, rounded to a minute": {object{"days": days("2026-02-02 firstHalfDay PT1H59M59S hours")}, []string{"2026-02-02 am 120"}, nil},
		"hours, fraction":            {object{"days": days("2026-02-02 firstHalfDay PT1.5H hours")}, []string{"2026-02-02 am 90"}, nil},
		"a second is a minute":       {object{"days": days("2026-02-02 firstHalfDay PT1S hours")}, []string{"2026-02-02 am 1"}, nil},
		"hours as a whole day":       {object{"days": days("2026-02-02 allDay PT7H hours")}, []string{"2026-02-02 am", "2026-02-02 pm"}, nil},
		"few hours as a whole day":   {object{"days": days("2026-02-02 allDay PT2H hours")}, []string{"2026-02-02 am", "2026-02-02 pm"}, nil},
		"35 hours, one way":          {object{"days": days("2026-02-02 allDay P1DT11H hours")}, []string{"2026-02-02 am", "2026-02-02 pm"}, nil},
		"35 hours, other way":        {object{"days": days("2026-02-02 allDay PT35H hours")}, []string{"2026-02-02 am", "2026-02-02 pm"}, nil},
		"days written as hours":      {object{"days": days("2026-02-02 allDay PT24H days")}, []string{"2026-02-02 am", "2026-02-02 pm"}, nil},
		"days in words we ignore":    {object{"days": days("2026-02-02 firstHalfDay P1M days")}, []string{"2026-02-02 am"}, nil},
		"hours without days[]": {object{"startPosition": "secondHalfDay", "totalDuration": object{"iso": "PT2H", "unit": "hours"}},
			[]string{"2026-02-02 pm 120"}, nil},
		"few hours of a day without days[]": {object{"totalDuration": object{"iso": "PT2H", "unit": "hours"}}, []string{"2026-02-02 am 120"}, nil},
		"a day of hours without days[]":     {object{"totalDuration": object{"iso": "PT7H", "unit": "hours"}}, []string{"2026-02-02 am", "2026-02-02 pm"}, nil},
		"hours of many days without days[]": {object{"endsOn": "2026-02-03", "endPosition": "firstHalfDay", "totalDuration": object{"iso": "PT9H", "unit": "hours"}},
			[]string{"2026-02-02 am", "2026-02-02 pm", "2026-02-03 am"}, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := figgo.DecodeV5(eventObject(leaveObject().with(c.leave)).json())
			if err != nil {
				t.Fatal(err)
			}
			want := absence.Absence{HalfDays: halves(false, c.want...), Off: c.off, Account: "56"}
			if diff := cmp.Diff(want, got.Absence); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Whole days on an account that counts hours are one event, whatever a day counts
// for, and only days that are taken in part are events of their own.
func TestWholeDaysCountedInHoursAreOneRun(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		count := rapid.IntRange(1, 10).Draw(rt, "days")
		partly := rapid.IntRange(-1, count-1).Draw(rt, "partly")
		var list []object
		// Monday to Friday of two weeks: a weekend does not split.
		for i := range count {
			text := fmt.Sprintf("%s allDay PT%dM hours", date("2026-02-02").AddDays(i+i/5*2), rapid.IntRange(1, 1439).Draw(rt, "minutes"))
			if i == partly {
				text = fmt.Sprintf("%s firstHalfDay PT2H hours", date("2026-02-02").AddDays(i+i/5*2))
			}
			list = append(list, days(text)...)
		}
		got, err := figgo.DecodeV5(eventObject(leaveObject().with(object{"endsOn": "2026-02-15", "days": list})).json())
		if err != nil {
			rt.Fatal(err)
		}
		want := 1
		if partly >= 0 {
			want = min(partly, 1) + 1 + min(count-1-partly, 1)
		}
		runs := absence.Runs(got.Absence)
		if len(runs) != want {
			rt.Fatalf("%d days, %d of them partly, are %d runs, want %d: %v", count, partly, len(runs), want, runs)
		}
		for _, run := range runs {
			if !run.WholeDays() && run[0].Minutes != 120 {
				rt.Fatalf("a run of whole days is %v", run)
			}
		}
	})
}

func TestDecodeV5LongLeaves(t *testing.T) {
	t.Parallel()
	// Lucca lists 365 days and no more; 2026-02-02 is a Monday.
	var list []object
	for d := date("2026-02-02"); len(list) < 365; d = d.AddDays(1) {
		if wd := d.Weekday(); wd != time.Saturday && wd != time.Sunday {
			list = append(list, object{"date": d.String(), "range": "allDay"})
		}
	}
	long := leaveObject().with(object{"endsOn": "2028-02-06"}) // two years to a Sunday
	for name, leave := range map[string]object{"cut list": long.with(object{"days": list}), "period only": long} {
		got, err := figgo.DecodeV5(eventObject(leave).json())
		if err != nil {
			t.Fatal(name, err)
		}
		workingDays := 105 * 5 // Monday 2026-02-02 to Sunday 2028-02-06 is 105 weeks
		if n := len(got.Absence.HalfDays); n != 2*workingDays || got.Absence.LastDay() != date("2028-02-04") {
			t.Errorf("%s: got %d half-days to %s", name, n, got.Absence.LastDay())
		}
	}
}

func TestDecodeV5Deletions(t *testing.T) {
	t.Parallel()
	// What is left of a deleted leave is not documented: only the id is needed.
	for name, data := range map[string]object{
		"only the id":   {"id": 8750},
		"days unread":   leaveObject().with(object{"days": "none"}),
		"no dates":      leaveObject().with(object{"startsOn": nil}),
		"odd employee":  leaveObject().with(object{"employee": 7}),
		"all of it":     leaveObject(),
		"status broken": leaveObject().with(object{"status": 7}),
	} {
		got, err := figgo.DecodeV5(eventObject(data).with(object{"topic": "leave.deleted"}).json())
		if err != nil || got.Kind != figgo.Deleted || got.AbsenceID != "8750" {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
		if !got.ChangedAt.Equal(utc("2026-02-01T10:00:00Z")) {
			t.Errorf("%s: changed at %s", name, got.ChangedAt)
		}
		if whole := name == "all of it" || name == "status broken"; whole != !got.Absence.IsEmpty() {
			t.Errorf("%s: absence %+v", name, got.Absence)
		}
	}
}

func TestDecodeV5Times(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		updated, occurred any
		topic             string
		changedAt, at     string
	}{
		"both":                      {"2026-02-01T09:00:00.0001Z", "2026-02-01T10:00:00Z", "leave.updated", "2026-02-01T09:00:00.0001Z", "2026-02-01T10:00:00Z"},
		"with an offset":            {"2026-02-01T11:00:00.001+02:00", "2026-02-01T10:00:00Z", "leave.updated", "2026-02-01T09:00:00.001Z", "2026-02-01T10:00:00Z"},
		"not updated":               {nil, "2026-02-01T10:00:00Z", "leave.updated", "2026-02-01T10:00:00Z", "2026-02-01T10:00:00Z"},
		"updated never":             {"0001-01-01T00:00:00Z", "2026-02-01T10:00:00Z", "leave.updated", "2026-02-01T10:00:00Z", "2026-02-01T10:00:00Z"},
		"occurrence missing":        {"2026-02-01T09:00:00Z", nil, "leave.created", "2026-02-01T09:00:00Z", "2026-02-01T09:00:00Z"},
		"deleted after the update":  {"2026-02-01T09:00:00Z", "2026-02-01T10:00:00Z", "leave.deleted", "2026-02-01T10:00:00Z", "2026-02-01T10:00:00Z"},
		"deleted before the update": {"2026-02-01T11:00:00Z", "2026-02-01T10:00:00Z", "leave.deleted", "2026-02-01T11:00:00Z", "2026-02-01T10:00:00Z"},
	} {
		body := eventObject(leaveObject().with(object{"lastUpdatedAt": c.updated})).with(object{"occurredAt": c.occurred, "topic": c.topic}).json()
		got, err := figgo.DecodeV5(body)
		if err != nil || !got.ChangedAt.Equal(utc(c.changedAt)) || !got.OccurredAt.Equal(utc(c.at)) || got.ChangedAt.Location() != time.UTC {
			t.Errorf("%s: got %s, %s, %v", name, got.ChangedAt, got.OccurredAt, err)
		}
	}
}

func TestDecodeV5AccountNames(t *testing.T) {
	t.Parallel()
	embedded := object{"leave-account": object{"56": object{"id": "56", "name": "Congés\tpayés "}, "57": object{"name": "RTT"}}}
	for name, c := range map[string]struct {
		event object
		want  string
	}{
		"in the reference":       {eventObject(leaveObject().with(object{"leaveAccount": object{"id": 56, "name": "Congés payés"}})), "Congés payés"},
		"embedded in the leave":  {eventObject(leaveObject().with(object{"embedded": embedded})), "Congés payés"},
		"embedded in the event":  {eventObject(leaveObject()).with(object{"embedded": embedded}), "Congés payés"},
		"nowhere":                {eventObject(leaveObject()), ""},
		"embedded as a surprise": {eventObject(leaveObject()).with(object{"embedded": []int{1}}), ""},
	} {
		got, err := figgo.DecodeV5(c.event.json())
		if err != nil || got.Absence.Account != "56" || got.Absence.AccountName != c.want {
			t.Errorf("%s: got %+v, %v", name, got.Absence, err)
		}
	}
}

func TestDecodeV5ToleratesPreviousAttributesInBothPlaces(t *testing.T) {
	t.Parallel()
	leave := leaveObject().with(object{"previousAttributes": object{"status": "confirmed"}})
	got, err := figgo.DecodeV5(eventObject(leave).with(object{"previousAttributes": object{"status": nil}}).json())
	if err != nil || got.Kind != figgo.Requested {
		t.Fatalf("got %+v, %v", got, err)
	}
}

func TestDecodeV5Refuses(t *testing.T) {
	t.Parallel()
	leave := func(more object) object { return eventObject(leaveObject().with(more)) }
	cases := map[string]object{
		"topic":                      eventObject(leaveObject()).with(object{"topic": nil}),
		"occurredAt":                 eventObject(leaveObject()).with(object{"occurredAt": canary}),
		"data":                       eventObject(nil),
		"data.id":                    leave(object{"id": nil}),
		"data.status":                leave(object{"status": nil}),
		"data.employee":              leave(object{"employee": nil}),
		"data.employee.id":           leave(object{"employee": object{"id": ""}}),
		"businessEstablishment":      eventObject(leaveObject()).with(object{"businessEstablishment": canary}),
		"data.startsOn":              leave(object{"startsOn": canary}),
		"data.endsOn":                leave(object{"endsOn": "2026-02-01"}),
		"data.startPosition":         leave(object{"startPosition": canary}),
		"data.lastUpdatedAt":         leave(object{"lastUpdatedAt": canary}),
		"data.leaveAccount.id":       leave(object{"leaveAccount": object{"id": canary + " \n"}.with(object{"id": []int{1}})}),
		"data.days":                  leave(object{"days": canary}),
		"data.days[0].date":          leave(object{"days": []any{object{"range": "allDay"}}}),
		"data.days[1].range":         leave(object{"days": days("2026-02-02 allDay", "2026-02-03 "+canary)}),
		"data.days[0].duration.iso":  leave(object{"days": days("2026-02-02 allDay " + canary + " hours")}),
		"data.totalDuration.iso":     leave(object{"totalDuration": object{"unit": "hours"}}),
		"data.days[0].duration.unit": leave(object{"days": []any{object{"date": "2026-02-02", "range": "allDay", "duration": object{"unit": 7}}}}),
		"data.days[0]":               leave(object{"days": []any{canary}}),
		"data.days[2].date":          leave(object{"days": days("2026-02-02 allDay", "2026-02-03 allDay", "2026-02-31 allDay")}),
	}
	for field, body := range cases {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			_, err := figgo.DecodeV5(body.json())
			wantBodyError(t, err, field)
		})
	}
}

func TestDecodeV5RefusesLeavesWithoutEnd(t *testing.T) {
	t.Parallel()
	for field, leave := range map[string]object{
		"data.endsOn":       leaveObject().with(object{"endsOn": "2400-12-31"}),
		"data.days":         leaveObject().with(object{"startsOn": nil, "days": days("2026-02-02 allDay", "2499-02-02 allDay")}),
		"data.startsOn":     leaveObject().with(object{"startsOn": "0001-01-01"}),
		"data.days[0].date": leaveObject().with(object{"days": days("9999-12-31 allDay")}),
	} {
		_, err := figgo.DecodeV5(eventObject(leave).json())
		wantBodyError(t, err, field)
	}
}

func TestDecodeV5RefusesNamesThatStandTwice(t *testing.T) {
	t.Parallel()
	body := fmt.Sprintf(`{"topic":"leave.updated","occurredAt":"2026-02-01T10:00:00Z","data":{"id":"1","status":"confirmed","status":%q}}`, canary)
	_, err := figgo.DecodeV5([]byte(body))
	wantBodyError(t, err, "data.status")
}

func TestDecodeV5StaleEmployee(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"topic":"employee.created","data":{"id":"416","email":7}}`:                           "416",
		`{"topic":"employee.updated","data":{"id":416}}`:                                       "416",
		`{"topic":"job-position.deleted","data":{"id":"74","employee":{"id":"416"}}}`:          "416",
		`{"topic":"employment.updated","data":{"id":"154","employee":{"id":"416","url":7}}}`:   "416",
		`{"topic":"job-position.created","data":{"id":"74"}}`:                                  "",
		`{"topic":"employee.updated","data":{"id":{}}}`:                                        "",
		`{"topic":"employee.updated","data":[]}`:                                               "",
		`{"topic":"employee.updated"}`:                                                         "",
		`{"topic":"employee-personal-record.updated","data":{"id":"9","employee":{"id":"1"}}}`: "",
		`{"topic":"leave-request.created","data":{"id":"9","employee":{"id":"1"}}}`:            "",
	} {
		got, err := figgo.DecodeV5([]byte(body))
		if err != nil || got.Kind != figgo.Ignored || got.StaleEmployee != want {
			t.Errorf("%s: got %+v, %v", body, got, err)
		}
	}
	if got, err := figgo.DecodeV5([]byte(event)); err != nil || got.StaleEmployee != "" {
		t.Errorf("got %+v, %v", got, err)
	}
}
