package figgo_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/figgo"
)

func readRows(t *testing.T, rows ...object) []figgo.V3Leave {
	t.Helper()
	var read []figgo.V3Leave
	b, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

func TestV3Leave(t *testing.T) {
	t.Parallel()
	const row = `{"id":"78287-20260202-AM","date":"2026-02-02T00:00:00","isAm":true,"leaveAccountId":1718,"leaveAccount":{"id":1718,"name":"Paid leave"},
  "leavePeriodId":78287,"leavePeriod":{"id":78287,"ownerId":416,"isConfirmed":true,"confirmationDate":"2026-01-20T10:00:00","attachmentId":null,
   "leaves":[{}],"logs":[{"id":1,"date":"2026-01-20T10:00:00","comment":"","status":2}]},
  "value":"02:30:00","creationDate":"2026-01-19T09:00:00","isActive":true,"cancellationDate":null,"cancellationUserId":null,"comment":"x","comment":"y"}`
	var got figgo.V3Leave
	if err := json.Unmarshal([]byte(row), &got); err != nil {
		t.Fatal(err)
	}
	want := figgo.V3Leave{
		LeavePeriodID: "78287", OwnerID: "416", HalfDay: half("2026-02-02 am 150", true), Active: true,
		Account: "1718", AccountName: "Paid leave",
		CreatedAt: utc("2026-01-19T09:00:00Z"), ConfirmedAt: utc("2026-01-20T10:00:00Z"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// rowObject is a confirmed, active row of period 1.
func rowObject(id string) object {
	return object{
		"id": id, "date": id[2:6] + "-" + id[6:8] + "-" + id[8:10], "isAm": strings.HasSuffix(id, "AM"), "isActive": true,
		"leavePeriod": object{"id": 1, "ownerId": 416, "isConfirmed": true}, "leaveAccountId": 1718, "creationDate": "2026-01-19T09:00:00",
	}
}

func TestV3LeaveState(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		more   object
		active bool
		period string
	}{
		"active":                         {object{}, true, "1"},
		"inactive":                       {object{"isActive": false}, false, "1"},
		"cancelled but called active":    {object{"cancellationDate": "2026-01-20T10:00:00"}, false, "1"},
		"not said":                       {object{"isActive": nil, "cancellationDate": ""}, true, "1"},
		"period by its own id":           {object{"leavePeriodId": 2}, true, "2"},
		"period only in the half-day id": {object{"leavePeriod": nil}, true, "1"},
	} {
		row := readRows(t, rowObject("1-20260202-AM").with(c.more))[0]
		if row.Active != c.active || row.LeavePeriodID != c.period {
			t.Errorf("%s: got %+v", name, row)
		}
	}
}

func TestV3LeaveRefuses(t *testing.T) {
	t.Parallel()
	for field, more := range map[string]object{
		"id": {"id": nil}, "date": {"date": canary}, "value": {"value": canary}, "isActive": {"isActive": canary},
		"leavePeriod": {"leavePeriod": canary}, "leavePeriod.ownerId": {"leavePeriod": object{"ownerId": object{}}}, "creationDate": {"creationDate": 7},
	} {
		var row figgo.V3Leave
		wantBodyError(t, json.Unmarshal(rowObject("1-20260202-AM").with(more).json(), &row), field)
	}
}

// A leave period may mix accounts: each half-day tells its own then.
func TestMixedPeriod(t *testing.T) {
	t.Parallel()
	other := object{"leavePeriod": object{"id": 1, "ownerId": 416, "isConfirmed": true}, "leaveAccountId": 57, "leaveAccount": object{"id": 57, "name": "RTT"}}
	first := object{"leaveAccountId": 56, "leaveAccount": object{"id": 56, "name": "Congés payés"}}
	notice := figgo.FromV3Rows(readRows(t, rowObject("1-20260202-AM").with(first), rowObject("1-20260202-PM").with(other)))["1"]
	var types []string
	for _, h := range notice.Absence.HalfDays {
		types = append(types, h.Type.ID+" "+h.Type.Name)
	}
	if want := []string{"56 Congés payés", "57 RTT"}; !slices.Equal(types, want) {
		t.Errorf("got %q, want %q", types, want)
	}
}

func TestFromV3Rows(t *testing.T) {
	t.Parallel()
	am, pm, next := rowObject("1-20260202-AM"), rowObject("1-20260202-PM"), rowObject("1-20260203-AM")
	pending := object{"leavePeriod": object{"id": 1, "ownerId": 416, "isConfirmed": false}}
	gone := object{"isActive": false, "cancellationDate": "2026-01-25T10:00:00"}
	cases := map[string]struct {
		rows      []object
		kind      figgo.Kind
		changedAt string
		halfDays  []absence.HalfDay
	}{
		"approved, in any order": {[]object{next, am, pm, am}, figgo.Approved, "2026-01-19T09:00:00Z", halves(true, "2026-02-02 am", "2026-02-02 pm", "2026-02-03 am")},
		"pending":                {[]object{am.with(pending), pm.with(pending)}, figgo.Requested, "2026-01-19T09:00:00Z", halves(false, "2026-02-02 am", "2026-02-02 pm")},
		"one half still pending": {[]object{pm.with(pending), am}, figgo.Requested, "2026-01-19T09:00:00Z",
			[]absence.HalfDay{half("2026-02-02 am", true), half("2026-02-02 pm", false)}},
		"one half cancelled": {[]object{am, pm.with(gone)}, figgo.Approved, "2026-01-25T10:00:00Z", halves(true, "2026-02-02 am")},
		"all cancelled":      {[]object{pm.with(gone), am.with(gone)}, figgo.Deleted, "2026-01-25T10:00:00Z", halves(true, "2026-02-02 am", "2026-02-02 pm")},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			other := rowObject("2-20260301-AM").with(object{"leavePeriod": object{"id": 2}})
			got := figgo.FromV3Rows(readRows(t, append(c.rows, other)...))
			want := figgo.Notice{
				Kind: c.kind, AbsenceID: "1", EmployeeID: "416", ChangedAt: utc(c.changedAt), OccurredAt: utc(c.changedAt),
				Absence: absence.Absence{HalfDays: c.halfDays, Account: "1718"},
			}
			if diff := cmp.Diff(want, got["1"], cmpopts.EquateEmpty()); diff != "" || len(got) != 2 {
				t.Error(len(got), diff)
			}
		})
	}
}

// TestGenerationsAgree enters one absence three times, as each generation of
// Lucca would tell it, and wants the same set of half-days.
func TestGenerationsAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		confirmed := rapid.Bool().Draw(rt, "confirmed")
		taken := drawHalfDays(rt, confirmed)
		v5, err := figgo.DecodeV5(asV5(taken, confirmed).json())
		if err != nil {
			rt.Fatal(err)
		}
		var merged absence.Absence
		var rows []object
		for _, h := range rapid.Permutation(taken).Draw(rt, "order") {
			row := asRow(h)
			post, err := figgo.DecodeHTTPSynchronization("created", row.json(), received)
			if err != nil {
				rt.Fatal(err)
			}
			if post.AbsenceID != "8750" || post.Kind != v5.Kind {
				rt.Fatalf("got %+v", post)
			}
			merged.HalfDays = append(merged.HalfDays, post.Absence.HalfDays...)
			rows = append(rows, row.with(object{"leavePeriod": object{"ownerId": 416, "isConfirmed": confirmed}}))
		}
		v3 := figgo.FromV3Rows(readRows(t, rows...))["8750"]
		if diff := cmp.Diff(v5.Absence.HalfDays, merged.Normalize().HalfDays); diff != "" {
			rt.Fatalf("v5 and HTTP synchronization differ: %s", diff)
		}
		if diff := cmp.Diff(v5.Absence.HalfDays, v3.Absence.HalfDays); diff != "" || v3.Kind != v5.Kind {
			rt.Fatalf("v5 and v3 (%s, %s) differ: %s", v5.Kind, v3.Kind, diff)
		}
		if diff := cmp.Diff(taken, v5.Absence.HalfDays); diff != "" {
			rt.Fatalf("not what was entered: %s", diff)
		}
	})
}

// drawHalfDays draws a set of half-days on working days, some with hours.
func drawHalfDays(rt *rapid.T, confirmed bool) []absence.HalfDay {
	var taken []absence.HalfDay
	start := date("2026-01-01").AddDays(rapid.IntRange(0, 400).Draw(rt, "start"))
	hours := rapid.Bool().Draw(rt, "hours")
	for i := range rapid.IntRange(1, 20).Draw(rt, "days") {
		for _, part := range []absence.Part{absence.Morning, absence.Afternoon} {
			if d := start.AddDays(i); rapid.Bool().Draw(rt, "taken") || len(taken) == 0 {
				h := absence.HalfDay{Date: d, Part: part, Confirmed: confirmed}
				if hours {
					h.Minutes = rapid.IntRange(1, 239).Draw(rt, "minutes")
				}
				taken = append(taken, h)
			}
		}
	}
	return taken
}

// asV5 writes half-days as a v5 event, two whole halves of a day as allDay.
func asV5(taken []absence.HalfDay, confirmed bool) object {
	ranges := map[absence.Part]string{absence.Morning: "firstHalfDay", absence.Afternoon: "secondHalfDay"}
	var list []object
	for i, h := range taken {
		day := object{"date": h.Date.String(), "range": ranges[h.Part], "duration": object{"iso": "PT12H", "unit": "days"}}
		if h.Minutes > 0 {
			day["duration"] = object{"iso": fmt.Sprintf("PT%dM", h.Minutes), "unit": "hours"}
		} else if i > 0 && taken[i-1].Date == h.Date {
			list[len(list)-1]["range"] = "allDay"
			continue
		}
		list = append(list, day)
	}
	status := map[bool]string{true: "confirmed", false: "tentative"}[confirmed]
	first, last := taken[0], slices.MaxFunc(taken, func(a, b absence.HalfDay) int { return a.Date.Compare(b.Date) })
	return eventObject(leaveObject().with(object{
		"status": status, "days": list, "startsOn": first.Date.String(), "endsOn": last.Date.String(),
	}))
}

// asRow writes a half-day as the legacy webhook and the v3 API do.
func asRow(h absence.HalfDay) object {
	suffix := strings.ToUpper(string(h.Part))
	row := object{
		"id":   "8750-" + strings.ReplaceAll(h.Date.String(), "-", "") + "-" + suffix,
		"date": h.Date.String(), "isAm": h.Part == absence.Morning, "owner": object{"id": 416}, "isConfirmed": h.Confirmed, "isActive": true,
	}
	if h.Minutes > 0 {
		row["value"] = (time.Time{}).Add(time.Duration(h.Minutes) * time.Minute).Format(time.TimeOnly)
	}
	return row
}
