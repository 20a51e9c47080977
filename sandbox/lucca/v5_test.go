package lucca_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/sandbox/lucca"
)

func TestTokenEndpointRefuses(t *testing.T) {
	t.Parallel()
	a := newAccount(t, nil)
	good := url.Values{"grant_type": {"client_credentials"}, "client_id": {"client"}, "client_secret": {"secret"}, "scope": {"leaves.readonly"}}
	for field, wrong := range map[string][2]string{
		"grant_type":    {"password", "unsupported_grant_type"},
		"client_secret": {"nope", "invalid_client"},
		"client_id":     {"", "invalid_client"},
		"scope":         {"leaves.readonly everything", "invalid_scope"},
	} {
		form := url.Values{}
		for name, values := range good {
			form[name] = values
		}
		form.Set(field, wrong[0])
		if status, body := a.postToken(form); status != 400 || body["error"] != wrong[1] {
			t.Errorf("%s=%s: %d %v, want 400 %s", field, wrong[0], status, body, wrong[1])
		}
	}
}

func TestEveryCallIsChecked(t *testing.T) {
	t.Parallel()
	a := newAccount(t, nil)
	narrow := "Bearer " + a.getToken("employees.readonly")
	for _, c := range []struct {
		name, path string
		headers    []string
		want       int
	}{
		{"no token", "/lucca-api/leaves", []string{"Authorization", ""}, 401},
		{"wrong token", "/lucca-api/leaves", []string{"Authorization", "Bearer x"}, 401},
		{"API key on v5", "/lucca-api/leaves", []string{"Authorization", "lucca application=the-key"}, 401},
		{"no version", "/lucca-api/leaves", []string{"Api-Version", ""}, 400},
		{"version before the first", "/lucca-api/leaves", []string{"Api-Version", "2019-01-01"}, 400},
		{"later version", "/lucca-api/leaves", []string{"Api-Version", "2026-01-01"}, 200},
		{"missing scope", "/lucca-api/leaves", []string{"Authorization", narrow}, 403},
		{"right scope", "/lucca-api/employees", []string{"Authorization", narrow}, 200},
		{"unknown parameter", "/lucca-api/leaves?lastUpdatedAt.between=..--..", nil, 400},
		{"v3 name", "/lucca-api/employees?mail=x", nil, 400},
		{"limit over 100", "/lucca-api/employees?limit=101", nil, 400},
		{"wrong separator", "/lucca-api/leaves?startsOn.between=2026-01-01/2026-02-01", nil, 400},
		{"wrong cursor", "/lucca-api/leaves?page=!x", nil, 400},
		{"unknown include", "/lucca-api/leaves?include=everything", nil, 400},
		{"unknown resource", "/lucca-api/holidays", nil, 404},
		{"unknown id", "/lucca-api/employees/1", nil, 404},
	} {
		resp, body := a.call(http.MethodGet, c.path, "", c.headers...)
		if resp.StatusCode != c.want {
			t.Errorf("%s: %d, want %d", c.name, resp.StatusCode, c.want)
		}
		if resp.StatusCode >= 400 && (resp.Header.Get("Content-Type") != "application/problem+json" || body["detail"] == nil) {
			t.Errorf("%s: not problem+json: %v", c.name, body)
		}
		if resp.StatusCode == 200 && resp.Header.Get("Api-Version") != "2024-11-01" {
			t.Errorf("%s: Api-Version is not repeated", c.name)
		}
	}
}

func TestTokensExpire(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	a := newAccount(t, func(cfg *lucca.Config) { cfg.Now = func() time.Time { return now } })
	a.get("/lucca-api/employees/416")
	now = now.Add(30 * time.Minute)
	if resp, _ := a.call(http.MethodGet, "/lucca-api/employees/416", ""); resp.StatusCode != 401 {
		t.Errorf("after 30 minutes: %d, want 401", resp.StatusCode)
	}
}

func TestFiftyRequestsAMinute(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	a := newAccount(t, func(cfg *lucca.Config) {
		cfg.Now = func() time.Time { return now }
		cfg.RequestsPerMinute = 0
	})
	for range 49 {
		a.get("/lucca-api/employees/416")
	}
	now = now.Add(20 * time.Second)
	if status, _ := a.legacy("/api/v3/users?id=416"); status != 200 {
		t.Fatalf("50th, on v3: %d", status)
	}
	resp, _ := a.call(http.MethodGet, "/lucca-api/employees/416", "")
	if resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "40" {
		t.Errorf("51st: %d, Retry-After %q; want 429, 40", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	now = now.Add(40 * time.Second)
	a.get("/lucca-api/employees/416")
}

func TestEmployeeLeadsToItsTimeZone(t *testing.T) {
	t.Parallel()
	a := newAccount(t, nil)
	list := a.get("/lucca-api/employees?email=jane.doe%40example.com&include=embedded,totalCount")
	if diff := cmp.Diff([]string{"416"}, ids(list)); diff != "" {
		t.Fatal(diff)
	}
	employee := list["items"].([]any)[0].(map[string]any)
	position := employee["applicableJobPosition"].(map[string]any)
	embedded := list["embedded"].(map[string]any)["job-position"].(map[string]any)[position["id"].(string)]
	if diff := cmp.Diff(a.get("/lucca-api/job-positions/"+position["id"].(string)), embedded); diff != "" {
		t.Errorf("embedded is not what GET answers: %s", diff)
	}
	establishment := embedded.(map[string]any)["businessEstablishment"].(map[string]any)
	got := a.get("/lucca-api/business-establishments/" + establishment["id"].(string))
	if got["timezoneId"] != "Europe/Paris" || got["type"] != "business-establishment" {
		t.Errorf("establishment: %v", got)
	}
	second := a.get("/lucca-api/employees?applicableJobPosition.businessEstablishment.id=2")
	if diff := cmp.Diff([]string{"417"}, ids(second)); diff != "" {
		t.Error(diff)
	}
}

func TestEmbeddedHidesWhatTheTokenMayNotRead(t *testing.T) {
	t.Parallel()
	a := newAccount(t, nil)
	a.token = a.getToken("employees.readonly")
	body := a.get("/lucca-api/employees/416?include=embedded")
	if len(body["embedded"].(map[string]any)) != 0 {
		t.Errorf("embedded: %v", body["embedded"])
	}
}

func TestLeaveAsDocumented(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 8, 23, 56, 234e6, time.UTC)
	a := newAccount(t, func(cfg *lucca.Config) { cfg.Now = func() time.Time { return now } })
	a.request(lucca.LeaveRequest{StartsOn: "2026-01-30", StartPosition: lucca.SecondHalfDay, EndsOn: "2026-02-02"})
	got := a.get("/lucca-api/leaves/8750")
	ref := func(kind, id string) map[string]any {
		return map[string]any{"id": id, "type": kind, "url": a.url + "/lucca-api/" + kind + "s/" + id}
	}
	days := func(iso string, value float64) map[string]any {
		return map[string]any{"iso": iso, "value": value, "unit": "days"}
	}
	decisions := map[string]any{"href": a.url + "/lucca-api/leave-request-decisions"}
	want := map[string]any{
		"id": "8750", "type": "leave", "url": a.url + "/lucca-api/leaves/8750",
		"startsOn": "2026-01-30", "startPosition": "secondHalfDay", "endsOn": "2026-02-02", "endPosition": "secondHalfDay",
		"employee": ref("employee", "416"), "leaveAccount": ref("leave-account", "56"),
		"days": []any{
			map[string]any{"date": "2026-01-30", "range": "secondHalfDay", "duration": days("PT12H", 0.5)},
			map[string]any{"date": "2026-02-02", "range": "allDay", "duration": days("P1D", 1)},
		},
		"totalDuration": days("P1DT12H", 1.5), "status": "tentative", "details": nil,
		"createdAt": "2026-01-01T08:23:56.234Z", "lastUpdatedAt": "2026-01-01T08:23:56.234Z",
		"links": map[string]any{"approve": decisions, "deny": decisions, "leaveRequest": map[string]any{"href": a.url + "/lucca-api/leave-requests/108750"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRequestsAreChecked(t *testing.T) {
	t.Parallel()
	a := newAccount(t, nil)
	for field, req := range map[string]lucca.LeaveRequest{
		"employee":      {Employee: 1, StartsOn: "2026-02-02"},
		"account":       {Employee: 416, Account: 1, StartsOn: "2026-02-02"},
		"startsOn":      {Employee: 416, StartsOn: "2026-02-07", EndsOn: "2026-02-08"}, // a weekend
		"endsOn":        {Employee: 416, StartsOn: "2026-02-03", EndsOn: "2026-02-02"},
		"startPosition": {Employee: 416, StartsOn: "2026-02-02", StartPosition: "noon"},
		"hours":         {Employee: 416, StartsOn: "2026-02-02", Account: 58},
		"via":           {Employee: 416, StartsOn: "2026-02-02", Via: "fax"},
	} {
		_, err := a.service.Request(req)
		invalid, ok := err.(*lucca.InvalidError)
		if !ok || invalid.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := a.service.Approve(1); err != lucca.ErrNoLeave {
		t.Errorf("approve nothing: %v", err)
	}
	leave := a.request(lucca.LeaveRequest{StartsOn: "2026-02-02", Confirmed: true})
	if _, err := a.service.Approve(leave.ID); err != lucca.ErrWrongState {
		t.Errorf("approve twice: %v", err)
	}
}

func TestFiltersOfLeaves(t *testing.T) {
	t.Parallel()
	a := newAccount(t, nil)
	a.request(lucca.LeaveRequest{StartsOn: "2026-02-02"})
	a.request(lucca.LeaveRequest{StartsOn: "2026-03-02", Confirmed: true})
	a.request(lucca.LeaveRequest{Employee: 417, StartsOn: "2026-03-31", EndsOn: "2026-04-02"})
	cancelled := a.request(lucca.LeaveRequest{StartsOn: "2026-05-04"})
	if _, err := a.service.Cancel(cancelled.ID); err != nil {
		t.Fatal(err)
	}
	deleted := a.request(lucca.LeaveRequest{StartsOn: "2026-05-05"})
	if _, err := a.service.Delete(deleted.ID); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string][]string{
		"":                           {"8750", "8751", "8752", "8753"},
		"status=tentative,confirmed": {"8750", "8751", "8752"},
		"-status=cancelled":          {"8750", "8751", "8752"},
		"employee.id=417":            {"8752"},
		"startsOn=2026-03-02":        {"8751"},
		"startsOn.between=2026-03-02--2026-03-31":                   {"8751", "8752"},
		"startsOn.between=..--2026-03-02":                           {"8750", "8751"},
		"endsOn.between=2026-04-01--..":                             {"8752", "8753"},
		"sort=-startsOn&status=tentative":                           {"8752", "8750"},
		"employee.applicableJobPosition.businessEstablishment.id=2": {"8752"},
		"limit=0": {},
	} {
		if diff := cmp.Diff(want, ids(a.get("/lucca-api/leaves?"+query))); diff != "" {
			t.Errorf("%q: %s", query, diff)
		}
	}
}

func TestPagesStayRightWhenLeavesGo(t *testing.T) {
	t.Parallel()
	a := newAccount(t, nil)
	for range 7 {
		a.request(lucca.LeaveRequest{StartsOn: "2026-02-02"})
	}
	path, seen := "/lucca-api/leaves?limit=2&include=links,totalCount&sort=startsOn", []string{}
	for page := 0; path != ""; page++ {
		body := a.get(path)
		seen = append(seen, ids(body)...)
		if page == 0 {
			if body["totalCount"] != 7.0 {
				t.Errorf("totalCount: %v", body["totalCount"])
			}
			if _, err := a.service.Delete(8750); err != nil {
				t.Fatal(err)
			}
		}
		path = ""
		if next, ok := body["links"].(map[string]any)["next"].(map[string]any); ok {
			path = next["href"].(string)
		}
	}
	want := []string{}
	for i := range 7 {
		want = append(want, strconv.Itoa(8750+i))
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
	if body := a.get("/lucca-api/leaves"); body["links"] != nil || body["totalCount"] != nil {
		t.Error("links and totalCount come unasked")
	}
	back := a.get("/lucca-api/leaves?limit=2&page=3&include=links")
	prev := a.get(back["links"].(map[string]any)["prev"].(map[string]any)["href"].(string))
	if diff := cmp.Diff([]string{"8753", "8754"}, ids(prev)); diff != "" {
		t.Error(diff)
	}
}

func TestNotModified(t *testing.T) {
	t.Parallel()
	a := newAccount(t, nil)
	resp, _ := a.call(http.MethodGet, "/lucca-api/employees/416", "")
	again, _ := a.call(http.MethodGet, "/lucca-api/employees/416", "", "If-None-Match", resp.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("%d, want 304", again.StatusCode)
	}
}

func TestHourLeave(t *testing.T) {
	t.Parallel()
	a := newAccount(t, nil)
	for hours, want := range map[float64]string{2: "PT2H firstHalfDay", 3.5: "PT3H30M firstHalfDay", 7: "PT7H allDay"} {
		leave := a.request(lucca.LeaveRequest{Account: 58, StartsOn: "2026-02-02", Hours: hours})
		day := a.get(fmt.Sprintf("/lucca-api/leaves/%d", leave.ID))["days"].([]any)[0].(map[string]any)
		if got := fmt.Sprint(day["duration"].(map[string]any)["iso"], " ", day["range"]); got != want {
			t.Errorf("%v hours: %s, want %s", hours, got, want)
		}
	}
}
