package lucca_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/sandbox/lucca"
)

func TestLegacyIsChecked(t *testing.T) {
	t.Parallel()
	a := newAccount(t, nil)
	if resp, body := a.call(http.MethodGet, "/api/v3/users", ""); resp.StatusCode != 401 || body["Status"] != 401.0 {
		t.Errorf("Bearer on v3: %d %v", resp.StatusCode, body)
	}
	for _, path := range []string{
		"/api/v3/leaves?date=2026-02-02",         // whose?
		"/api/v3/leaves?leavePeriod.ownerId=416", // when?
		"/api/v3/leaves?leavePeriod.ownerId=416&date=2026-02-02&orderBy=color,asc",
		"/api/v3/users?email=x",                           // v5's name
		"/api/v3/users?paging=0,10001",                    //
		"/api/v3/users?fields=id,legalEntity[id",          //
		"/organization/structure/api/establishments?no=1", //
	} {
		if status, body := a.legacy(path); status != 400 || body["Message"] == nil {
			t.Errorf("%s: %d %v, want 400", path, status, body)
		}
	}
}

func TestV3LeavesAreHalfDays(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 19, 9, 0, 0, 0, time.UTC)
	a := newAccount(t, func(cfg *lucca.Config) { cfg.Now = func() time.Time { return now } })
	a.request(lucca.LeaveRequest{StartsOn: "2026-02-02", EndsOn: "2026-02-03", EndPosition: lucca.FirstHalfDay})
	hours := a.request(lucca.LeaveRequest{Account: 58, StartsOn: "2026-02-10", Hours: 2.5, Confirmed: true})
	a.request(lucca.LeaveRequest{Employee: 417, StartsOn: "2026-02-02"})
	query := url.Values{
		"leavePeriod.owner.legalEntityId": {"1"}, "date": {"between,2026-02-01,2026-02-28"}, "paging": {"0,3"},
		"fields": {"id,date,isAm,value,leavePeriod[id,ownerId,isConfirmed],collection.count"},
	}
	status, body := a.legacy("/api/v3/leaves?" + query.Encode())
	row := func(id, date string, am bool) map[string]any {
		period := map[string]any{"id": 8750.0, "ownerId": 416.0, "isConfirmed": false}
		return map[string]any{"id": id, "date": date, "isAm": am, "value": nil, "leavePeriod": period}
	}
	want := map[string]any{"count": 4.0, "items": []any{
		row("8750-20260202-AM", "2026-02-02", true), row("8750-20260202-PM", "2026-02-02", false), row("8750-20260203-AM", "2026-02-03", true),
	}}
	if diff := cmp.Diff(want, body["data"]); status != 200 || diff != "" {
		t.Errorf("%d %s", status, diff)
	}
	query.Set("paging", "3,3")
	_, body = a.legacy("/api/v3/leaves?" + query.Encode())
	last := body["data"].(map[string]any)["items"].([]any)[0].(map[string]any)
	if last["value"] != "02:30:00" || last["leavePeriod"].(map[string]any)["isConfirmed"] != true {
		t.Errorf("hours: %v", last)
	}
	if _, err := a.service.Withdraw(hours.ID); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{"": 1, "&isActive=false": 1, "&isActive=true,false": 2, "&cancellationDate=since,2026-01-01&isActive=false": 1}
	for more, want := range counts {
		_, body := a.legacy("/api/v3/leaves?leavePeriod.ownerId=greaterthan,0&date=since,2026-02-03" + more)
		items := body["data"].(map[string]any)["items"].([]any)
		if len(items) != want {
			t.Errorf("%q: %d half-days, want %d", more, len(items), want)
		}
	}
}

func TestV3LeavesInOrder(t *testing.T) {
	t.Parallel()
	a := newAccount(t, nil)
	a.request(lucca.LeaveRequest{StartsOn: "2026-03-02", EndPosition: lucca.FirstHalfDay})
	a.request(lucca.LeaveRequest{StartsOn: "2026-02-02", EndPosition: lucca.FirstHalfDay})
	for order, want := range map[string]string{
		"": "2026-03-02", "leavePeriodId,asc": "2026-03-02", "leavePeriodId,desc": "2026-02-02", "date,asc": "2026-02-02", "id,desc": "2026-02-02",
	} {
		query := url.Values{"leavePeriod.ownerId": {"416"}, "date": {"since,2026-01-01"}, "fields": {"date,collection.count"}, "paging": {"0,1"}}
		if order != "" {
			query.Set("orderBy", order)
		}
		_, body := a.legacy("/api/v3/leaves?" + query.Encode())
		got := map[string]any{"count": 2.0, "items": []any{map[string]any{"date": want}}}
		if diff := cmp.Diff(got, body["data"]); diff != "" {
			t.Errorf("%q: %s", order, diff)
		}
	}
}

func TestV3UsersAndV4Establishments(t *testing.T) {
	t.Parallel()
	a := newAccount(t, nil)
	_, body := a.legacy("/api/v3/users?fields=id,mail,legalEntityId,legalEntity[name]&mail=like,JANE")
	want := []any{map[string]any{"id": 416.0, "mail": "jane.doe@example.com", "legalEntityId": 1.0, "legalEntity": map[string]any{"name": "Paris"}}}
	if diff := cmp.Diff(want, body["data"].(map[string]any)["items"]); diff != "" {
		t.Error(diff)
	}
	_, body = a.legacy("/organization/structure/api/establishments?limit=1")
	if body["items"].([]any)[0].(map[string]any)["timezoneId"] != "Europe/Paris" {
		t.Errorf("first page: %v", body)
	}
	_, body = a.legacy(body["next"].(string)[len(a.url):])
	if body["items"].([]any)[0].(map[string]any)["timezoneId"] != "Europe/Zurich" || body["next"] != nil {
		t.Errorf("second page: %v", body)
	}
}
