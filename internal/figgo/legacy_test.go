package figgo_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/figgo"
)

// halfDayRow is a row of a v3 list: a morning, approved.
func halfDayRow(period int, day string) object {
	return object{
		"id": fmt.Sprintf("%d-%s-AM", period, strings.ReplaceAll(day, "-", "")), "date": day, "isAm": true, "leaveAccountId": 7,
		"leaveAccount": object{"id": 7, "name": "RTT"}, "leavePeriodId": period, "value": nil, "creationDate": "2026-01-02T08:00:00",
		"isActive": true, "cancellationDate": nil,
		"leavePeriod": object{"id": period, "ownerId": 416, "isConfirmed": true, "confirmationDate": "2026-01-03T09:00:00.5"},
	}
}

// rowsPage is a page of a v3 list.
func rowsPage(count any, rows ...object) object {
	data := object{"items": append([]object{}, rows...)}
	if count != nil {
		data["count"] = count
	}
	return object{"header": object{"principal": canary}, "data": data}
}

// rowList is a v3 list that pages as Lucca does, of the rows on the days asked for.
func rowList(rows ...object) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		word, dates, _ := strings.Cut(query.Get("date"), ",")
		from, to, _ := strings.Cut(dates, ",")
		found := []object{}
		for _, row := range rows {
			if day := row["date"].(string); day >= from && (word == "since" || day <= to) {
				found = append(found, row)
			}
		}
		first, size, _ := strings.Cut(query.Get("paging"), ",")
		offset, _ := strconv.Atoi(first)
		limit, _ := strconv.Atoi(size)
		offset = min(offset, len(found))
		reply(w, rowsPage(len(found), found[offset:min(offset+limit, len(found))]...))
	}
}

func TestV3LeavesAsksAndReads(t *testing.T) {
	t.Parallel()
	var lucca pages
	_, client := lucca.serve(t, rowList(
		halfDayRow(9, "2026-02-02").with(object{"value": "01:30:00"}), halfDayRow(9, "2026-02-03"),
		halfDayRow(10, "2026-02-02").with(object{"leavePeriod": object{"ownerId": 417, "isConfirmed": false}}),
		halfDayRow(11, "2026-02-02").with(object{"isActive": false, "cancellationDate": "2026-01-05T00:00:00"}),
		halfDayRow(12, "2026-01-31"), // a Saturday before the date
		halfDayRow(100, "2026-02-04"),
	))
	query := paris
	query.Limit = 3
	page, err := client.Leaves(t.Context(), query)
	if err != nil || len(page.Notices) != 1 || page.Next == "" {
		t.Fatalf("got %+v, %v", page, err)
	}
	want := figgo.Notice{
		Kind: figgo.Approved, AbsenceID: "9", EmployeeID: "416", LegalEntity: "12",
		ChangedAt: utc("2026-01-03T09:00:00.5Z"), OccurredAt: utc("2026-01-03T09:00:00.5Z"),
		Absence: absence.Absence{HalfDays: halves(true, "2026-02-02 am 90", "2026-02-03 am"), Account: "7", AccountName: "RTT"},
	}
	if diff := cmp.Diff(want, page.Notices[0]); diff != "" || page.Skipped != nil {
		t.Errorf("%v %s", page.Skipped, diff)
	}
	rest := readAll(t, client, figgo.LeavesQuery{LegalEntity: "12", Since: paris.Since, Limit: 3, Cursor: page.Next})
	if diff := cmp.Diff([]string{"10", "100"}, idsOf(rest)); diff != "" || rest[0].Kind != figgo.Requested || rest[0].EmployeeID != "417" {
		t.Errorf("%+v %s", rest, diff)
	}
	asked := url.Values{
		"leavePeriod.owner.legalEntityId": {"12"}, "date": {"since,2025-12-01"}, "paging": {"0,3"}, "orderBy": {"leavePeriodId,asc"},
		"fields": {"id,date,isAm,value,creationDate,isActive,cancellationDate,leaveAccountId,leaveAccount[id,name]," +
			"leavePeriodId,leavePeriod[id,ownerId,isConfirmed,confirmationDate],collection.count"},
	}
	r := lucca.asked[0]
	if diff := cmp.Diff(asked, r.URL.Query()); diff != "" || r.URL.Path != "/api/v3/leaves" ||
		r.Header.Get("Authorization") != "lucca application=the-key" || r.Header.Get("User-Agent") != "figgosync/test" {
		t.Errorf("%s %v %s", r.URL.Path, r.Header, diff)
	}
}

// An absence over the date is whole, however long before the date it began.
func TestV3AbsencesThatBeganBeforeTheDate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var rows []object
		long := func(period int, from, to string, step int) (days int) {
			for day := date(from); !date(to).Before(day); day = day.AddDays(step) {
				rows, days = append(rows, halfDayRow(period, day.String())), days+1
			}
			return days
		}
		want := map[string]int{
			"1": long(1, "2026-01-30", "2026-02-02", 1),
			"2": long(2, "2025-12-15", "2026-02-20", 7),
			"3": long(3, "2025-10-01", "2026-03-01", 14),
			"4": long(4, "2023-01-02", "2026-02-02", 1),
			"5": long(5, "2026-03-01", "2026-03-05", 1),
		}
		long(6, "2025-10-01", "2026-01-31", 1) // over
		long(7, "2016-01-04", "2026-02-02", 7) // beyond all measure
		want["8"] = long(8, "2025-12-01", "2026-02-05", 1)
		l := rowList(rows...)
		client := figgo.NewLegacyClient(figgo.LegacyConfig{
			Host: "https://acme.ilucca.net", APIKey: "the-key", HTTPClient: overTransport(l),
		})
		got := map[string]int{}
		page, err := client.Leaves(t.Context(), paris)
		if err != nil || page.Next != "" {
			t.Fatalf("got %+v, %v", page, err)
		}
		for _, n := range page.Notices {
			got[n.AbsenceID] = len(n.Absence.HalfDays)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]figgo.Skipped{{ID: "7", Reason: "it began too long ago"}}, page.Skipped); diff != "" {
			t.Error(diff)
		}
	})
}

func TestV3PagesThatAreNotWhole(t *testing.T) {
	t.Parallel()
	full := []object{halfDayRow(1, "2026-02-02"), halfDayRow(2, "2026-02-02"), halfDayRow(3, "2026-02-02")}
	behind := []object{halfDayRow(2, "2026-02-02"), halfDayRow(3, "2026-02-02"), halfDayRow(4, "2026-02-02")}
	for name, c := range map[string]struct {
		second    http.HandlerFunc
		code      string
		temporary bool
	}{
		"429":             {fails(429, "Retry-After: 3", `{"Status":429,"Message":"`+canary+`"}`), "", true},
		"500":             {fails(500, "", canary), "", true},
		"a wrong key":     {fails(401, "", `{"Status":401,"Message":"Unauthorized"}`), "", false},
		"cut off":         {fails(200, "", `{"data":{"items":[`), figgo.CodeUnreadable, true},
		"no data":         {says(object{"items": []object{}}), figgo.CodeUnreadable, true},
		"a bare list":     {says(object{"data": []object{}}), figgo.CodeUnreadable, true},
		"too many":        {says(rowsPage(9, append(full, behind...)...)), figgo.CodeUnreadable, true},
		"fewer than said": {says(rowsPage(4, behind[:2]...)), figgo.CodeTruncated, true},
		"empty":           {says(rowsPage(0)), figgo.CodeTruncated, true},
		"empty, no count": {says(rowsPage(nil)), figgo.CodeTruncated, true},
		"out of order":    {says(rowsPage(9, behind[0], behind[2], behind[1])), figgo.CodeUnordered, false},
		"always the same": {says(rowsPage(9, full...)), figgo.CodeTruncated, true},
		"only old ones": {func(w http.ResponseWriter, r *http.Request) {
			first, size, _ := strings.Cut(r.URL.Query().Get("paging"), ",")
			offset, _ := strconv.Atoi(first)
			limit, _ := strconv.Atoi(size)
			reply(w, rowsPage(9, slices.Repeat(full[:1], min(limit, 9-offset))...))
		}, figgo.CodeTruncated, true},
		"and no count": {says(rowsPage(nil, full...)), figgo.CodeUnreadable, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := 0
				count := any(4)
				if strings.HasSuffix(name, "count") {
					count = nil
				}
				client := figgo.NewLegacyClient(figgo.LegacyConfig{
					Host: "https://acme.ilucca.net", APIKey: "the-key",
					HTTPClient: overTransport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if n++; n == 1 {
							reply(w, rowsPage(count, full...))
							return
						}
						c.second(w, r)
					})),
				})
				query := paris
				query.Limit = 3
				page, err := client.Leaves(t.Context(), query)
				if err != nil || len(page.Notices) != 2 {
					t.Fatalf("got %+v, %v", page, err)
				}
				query.Cursor = page.Next
				page, err = client.Leaves(t.Context(), query)
				wantAPIError(t, err, c.code, c.temporary)
				if diff := cmp.Diff(figgo.LeavesPage{}, page); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestV3ListsThatAreNotCounted(t *testing.T) {
	t.Parallel()
	var rows []object
	for i := range 6 {
		rows = append(rows, halfDayRow(1+i/2, date("2026-02-02").AddDays(i).String()))
	}
	uncounted := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		rowList(rows...)(recorder, r)
		var body struct{ Data struct{ Items []object } }
		_ = json.Unmarshal(recorder.Body.Bytes(), &body)
		reply(w, rowsPage(nil, body.Data.Items...))
	})
	synctest.Test(t, func(t *testing.T) {
		client := figgo.NewLegacyClient(figgo.LegacyConfig{Host: "https://acme.ilucca.net", APIKey: "the-key", HTTPClient: overTransport(uncounted)})
		for _, limit := range []int{0, 1, 3, 4, 6} {
			got := readAll(t, client, figgo.LeavesQuery{LegalEntity: "12", Since: paris.Since, Limit: limit})
			if diff := cmp.Diff([]string{"1", "2", "3"}, idsOf(got)); diff != "" || len(got[2].Absence.HalfDays) != 2 {
				t.Errorf("by %d: %+v %s", limit, got, diff)
			}
		}
	})
}

func TestV3OnePageNeedsNoOrder(t *testing.T) {
	t.Parallel()
	var lucca pages
	_, client := lucca.serve(t, rowList(halfDayRow(2, "2026-02-02"), halfDayRow(1, "2026-02-03"), halfDayRow(2, "2026-02-04"), halfDayRow(1, "2026-02-02")))
	got := readAll(t, client, paris)
	if diff := cmp.Diff([]string{"1", "2"}, idsOf(got)); diff != "" || len(got[0].Absence.HalfDays) != 2 || len(lucca.asked) != 1 {
		t.Errorf("%+v %s", got, diff)
	}
}

// An absence of which one half-day cannot be read is not shown cut.
func TestV3RowsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	lost := object{"id": canary, "date": "2026-02-03"}
	rows := []object{
		halfDayRow(1, "2026-02-02"),
		halfDayRow(2, "2026-02-02"), halfDayRow(2, "2026-02-03").with(object{"isAm": nil, "id": "2-x"}), halfDayRow(2, "2026-02-04"),
		halfDayRow(3, "2026-02-02"),
		halfDayRow(4, "2026-02-02"), lost, lost, halfDayRow(5, "2026-02-02"),
		halfDayRow(6, "2026-02-02").with(object{"leavePeriod": object{"id": 6}}),
		halfDayRow(7, "2026-02-02"),
	}
	for _, limit := range []int{0, 2, 3, 4, 5} {
		var lucca pages
		_, client := lucca.serve(t, rowList(rows...))
		query, ids, skipped := paris, []string{}, map[figgo.Skipped]bool{}
		query.Limit = limit
		for more := true; more; more = query.Cursor != "" {
			page, err := client.Leaves(t.Context(), query)
			if err != nil {
				t.Fatal(limit, err)
			}
			for _, n := range page.Notices {
				ids = append(ids, n.AbsenceID)
			}
			for _, s := range page.Skipped {
				s.Reason = s.Reason[strings.Index(s.Reason, ".")+1:]
				skipped[s] = true
			}
			query.Cursor = page.Next
		}
		want := map[figgo.Skipped]bool{
			{ID: "2", Reason: "isAm: it is missing"}:                    true,
			{ID: "4", Reason: "one of its half-days may be unreadable"}: true,
			{ID: "5", Reason: "one of its half-days may be unreadable"}: true,
			{Reason: "isAm: it is missing"}:                             true,
			{ID: "6", Reason: "ownerId: it is missing"}:                 true,
		}
		for s := range skipped {
			if strings.HasPrefix(s.Reason, "items[") {
				delete(skipped, s)
				s.Reason = s.Reason[strings.Index(s.Reason, "].")+2:]
				skipped[s] = true
			}
		}
		if diff := cmp.Diff([]string{"1", "3", "7"}, ids); diff != "" {
			t.Errorf("by %d: %s", limit, diff)
		}
		if diff := cmp.Diff(want, skipped); diff != "" {
			t.Errorf("by %d: %s", limit, diff)
		}
	}
}

// userRow is a user of the v3 list.
func userRow(id int, mail any) object {
	return object{"id": id, "mail": mail, "legalEntityId": 12, "dtContractStart": "2014-09-01T00:00:00", "dtContractEnd": nil}
}

func TestV3Users(t *testing.T) {
	t.Parallel()
	var lucca pages
	users := map[string]object{
		"416": userRow(416, "jane.doe@example.com"),
		"417": userRow(417, "shared@example.com").with(object{"dtContractEnd": "2020-12-31T00:00:00"}),
		"418": userRow(418, "Shared@example.com"),
		"419": userRow(419, "two@example.com"), "420": userRow(420, "two@example.com"),
		"421": userRow(421, "late@example.com").with(object{"dtContractStart": "2400-01-01T00:00:00"}),
		"422": userRow(422, nil).with(object{"legalEntityId": 99, "dtContractEnd": "9999-12-31T00:00:00"}),
	}
	_, client := lucca.serve(t, func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		id, single := strings.CutPrefix(r.URL.Path, "/api/v3/users/")
		switch {
		case strings.HasSuffix(r.URL.Path, "/establishments"):
			reply(w, object{"items": []object{{"id": 12, "name": "Saint-Denis", "timezoneId": "Indian/Reunion"}, {"id": 13, "name": canary}}, "next": nil})
		case single && users[id] == nil:
			fails(404, "", `{"Status":404,"Message":"Not found"}`)(w, r)
		case single:
			reply(w, object{"data": users[id]})
		default:
			found := []object{}
			for _, id := range []string{"416", "417", "418", "419", "420", "421", "422"} {
				mail, _ := users[id]["mail"].(string)
				if !query.Has("mail") && id != "417" || query.Has("mail") && strings.EqualFold(mail, query.Get("mail")) {
					found = append(found, users[id])
				}
			}
			reply(w, rowsPage(len(found), found...))
		}
	})
	for _, c := range []struct {
		id, email string
		want      string
		err       error
	}{
		{"416", "", "416", nil},
		{"", "JANE.doe@example.com", "416", nil},
		{"", "shared@example.com", "418", nil},
		{"", "two@example.com", "", figgo.ErrAmbiguousEmail},
		{"", "late@example.com", "421", nil},
		{"417", "", "417", nil},
		{"999", "", "", figgo.ErrNoEmployee},
		{"../leaves", "", "", figgo.ErrNoEmployee},
		{"", "nobody@example.com", "", figgo.ErrNoEmployee},
		{"", "null", "", figgo.ErrNoEmployee},
	} {
		got, err := client.Employee(t.Context(), c.id)
		if c.email != "" {
			got, err = client.EmployeeByEmail(t.Context(), c.email)
		}
		if !errors.Is(err, c.err) || got.ID != c.want || c.want != "" && (got.LegalEntity != "12" || got.Zone != "Indian/Reunion") {
			t.Errorf("%s%s: got %+v, %v", c.id, c.email, got, err)
		}
		if c.err == figgo.ErrNoEmployee && errors.Is(err, figgo.ErrAmbiguousEmail) {
			t.Errorf("%s%s: got %v", c.id, c.email, err)
		}
	}
	users["417"]["id"] = 4
	_, err := client.Employee(t.Context(), "417")
	wantAPIError(t, err, figgo.CodeUnreadable, true)
}

func TestV3EmployeesPage(t *testing.T) {
	t.Parallel()
	var lucca pages
	_, client := lucca.serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/establishments") {
			reply(w, object{"items": []object{{"id": 12, "name": "Saint-Denis", "timezoneId": "Indian/Reunion"}}, "next": nil})
			return
		}
		reply(w, rowsPage(7, userRow(416, "jane.doe@example.com"), userRow(417, nil).with(object{"cultureID": 4108}), userRow(418, nil).with(object{"legalEntityId": 13}),
			userRow(419, nil).with(object{"mail": 7}), userRow(420, "x@example.com").with(object{"dtContractStart": "2400-01-01T00:00:00", "cultureID": 2057}),
			userRow(421, nil).with(object{"cultureID": 1031}), userRow(422, nil).with(object{"cultureID": object{"id": 1}})))
	})
	page, err := client.EmployeesPage(t.Context(), "", "11,12")
	want := figgo.EmployeesPage{
		Employees: []figgo.EmployeeRecord{
			{Employee: jane, Status: figgo.EmployeeActive},
			{Employee: figgo.Employee{ID: "417", LegalEntity: "12", Zone: "Indian/Reunion", Language: absence.French}, Status: figgo.EmployeeActive},
			{Employee: figgo.Employee{ID: "420", Email: "x@example.com", LegalEntity: "12", Zone: "Indian/Reunion", Language: absence.English}, Status: figgo.EmployeeUpcoming},
			{Employee: figgo.Employee{ID: "421", LegalEntity: "12", Zone: "Indian/Reunion"}, Status: figgo.EmployeeActive},
			{Employee: figgo.Employee{ID: "422", LegalEntity: "12", Zone: "Indian/Reunion"}, Status: figgo.EmployeeActive},
		},
		Skipped: []figgo.Skipped{{ID: "419", Reason: "data.items[3].mail: it must be a text, not a number"}},
	}
	if diff := cmp.Diff(want, page); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	asked := url.Values{
		"legalEntityId": {"11,12"}, "paging": {"0,1000"}, "orderBy": {"id,asc"},
		"fields": {"id,mail,legalEntityId,cultureID,dtContractStart,dtContractEnd,collection.count"},
	}
	if diff := cmp.Diff(asked, lucca.asked[0].URL.Query()); diff != "" {
		t.Error(diff)
	}
}

func TestLegacyConfiguration(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]figgo.LegacyConfig{
		"http":   {Host: "http://acme.ilucca.net", APIKey: "key"},
		"no key": {Host: "https://acme.ilucca.net"},
		"empty":  {},
	} {
		_, err := figgo.NewLegacyClient(cfg).LegalEntities(t.Context())
		if apiErr, ok := errors.AsType[*figgo.APIError](err); !ok || apiErr.Code != figgo.CodeConfiguration || apiErr.Temporary() {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestLegacyErrorsHaveLuccasWords(t *testing.T) {
	t.Parallel()
	var lucca pages
	_, client := lucca.serve(t, fails(400, "", `{"Status":400,"Message":"Filter by date"}`))
	_, err := client.Leaves(t.Context(), paris)
	apiErr, ok := errors.AsType[*figgo.APIError](err)
	if !ok || apiErr.Title != "Filter by date" || apiErr.Error() != "Lucca leaves: status 400" || apiErr.Temporary() {
		t.Errorf("got %+v", err)
	}
}

func TestEstablishmentsThatAreNotWhole(t *testing.T) {
	t.Parallel()
	entity := object{"id": 12, "name": "Paris"}
	for name, answers := range map[string][]http.HandlerFunc{
		"an empty page": {says(object{"items": []object{entity}, "next": "x"}), says(object{"items": []object{}, "next": "x"})},
		"the same page": {says(object{"items": []object{entity}, "next": "x"})},
	} {
		var lucca pages
		_, client := lucca.serve(t, answers...)
		got, err := client.LegalEntities(t.Context())
		if wantAPIError(t, err, figgo.CodeTruncated, true); got != nil {
			t.Errorf("%s: got %v", name, got)
		}
	}
	var lucca pages
	client, legacy := lucca.serve(t, says(object{"items": []object{{"id": canary + " x"}}, "links": object{}, "next": nil}))
	_, err := client.LegalEntities(t.Context())
	wantAPIError(t, err, figgo.CodeUnreadable, true)
	_, err = legacy.LegalEntities(t.Context())
	wantAPIError(t, err, figgo.CodeUnreadable, true)
}
