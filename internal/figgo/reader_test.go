package figgo_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/figgo/directory"
	sandbox "github.com/figgosync/figgosync/sandbox/lucca"
)

// pages is a Lucca that gives one answer after the other, and the last one again
// and again. It keeps what it was asked.
type pages struct {
	answers []http.HandlerFunc

	mu     sync.Mutex
	asked  []*http.Request
	tokens []string // the scopes asked for
}

func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.URL.Path == "/connect/token" {
		_ = r.ParseForm()
		p.tokens = append(p.tokens, r.PostForm.Get("scope"))
		reply(w, object{"access_token": "token-1", "token_type": "Bearer", "expires_in": 1800})
		return
	}
	p.asked = append(p.asked, r)
	p.answers[min(len(p.asked), len(p.answers))-1](w, r)
}

func (p *pages) serve(t *testing.T, answers ...http.HandlerFunc) (*figgo.Client, *figgo.LegacyClient) {
	t.Helper()
	p.answers = answers
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return figgo.NewClient(figgo.ClientConfig{
			Host: server.URL, TokenURL: server.URL + "/connect/token", ClientID: "key", ClientSecret: "s&cret",
			AllowInsecure: true, UserAgent: "figgosync/test",
		}), figgo.NewLegacyClient(figgo.LegacyConfig{
			Host: server.URL, APIKey: "the-key", AllowInsecure: true, UserAgent: "figgosync/test",
		})
}

// says answers 200 with a body.
func says(body any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { reply(w, body) }
}

func fails(status int, header, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if name, value, ok := strings.Cut(header, ": "); ok {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// wantAPIError checks code and whether it is temporary, and that no value shows.
func wantAPIError(t *testing.T, err error, code string, temporary bool) {
	t.Helper()
	apiErr, ok := errors.AsType[*figgo.APIError](err)
	if !ok || apiErr.Code != code || apiErr.Temporary() != temporary || errors.Is(err, figgo.ErrBody) {
		t.Errorf("got %v, want the code %q, temporary %v", err, code, temporary)
	} else if strings.Contains(err.Error(), canary) {
		t.Errorf("the error shows a value: %v", err)
	}
}

// leaveItem is a leave of a v5 list: one Monday, confirmed.
func leaveItem(id int) object {
	return leaveObject().with(object{"id": strconv.Itoa(id), "status": "confirmed", "createdAt": "2026-01-01T00:00:00Z"})
}

// leavesPage is a page of a v5 list with a next link, "" for none.
func leavesPage(next string, total any, items ...object) object {
	links := object{"prev": nil, "next": nil}
	if next != "" {
		links["next"] = object{"href": next}
	}
	page := object{"type": "leaves", "url": "https://x", "items": append([]object{}, items...), "links": links}
	if total != nil {
		page["totalCount"] = total
	}
	return page
}

var paris = figgo.LeavesQuery{LegalEntity: "12", Since: date("2026-02-01")}

func TestV5LeavesAsksAndReads(t *testing.T) {
	t.Parallel()
	var lucca pages
	first := leaveItem(8750).with(object{"lastUpdatedAt": "2026-01-09T08:00:00.001Z", "details": object{"nature": canary}})
	pending := leaveItem(8751).with(object{"status": "tentative", "endsOn": "2026-02-03", "endPosition": "firstHalfDay", "lastUpdatedAt": nil})
	client, _ := lucca.serve(t,
		func(w http.ResponseWriter, r *http.Request) {
			next := "http://" + r.Host + "/lucca-api/leaves?limit=2&page=%21abc&anything=more"
			reply(w, leavesPage(next, 3, first, pending).with(object{
				"embedded": object{"leave-account": object{"56": object{"id": "56", "name": "Congés payés"}}, "employee": object{"416": object{"givenName": canary}}},
			}))
		},
		says(leavesPage("", 3, leaveItem(8752).with(object{"status": "cancelled"}))))
	query := paris
	query.Limit = 2
	page, err := client.Leaves(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	notice := func(kind figgo.Kind, id, changed string, halves []absence.HalfDay) figgo.Notice {
		return figgo.Notice{
			Kind: kind, AbsenceID: id, EmployeeID: "416", LegalEntity: "12", ChangedAt: utc(changed), OccurredAt: utc(changed),
			Absence: absence.Absence{HalfDays: halves, Account: "56", AccountName: "Congés payés"},
		}
	}
	want := []figgo.Notice{
		notice(figgo.Approved, "8750", "2026-01-09T08:00:00.001Z", halves(true, "2026-02-02 am", "2026-02-02 pm")),
		notice(figgo.Requested, "8751", "2026-01-01T00:00:00Z", halves(false, "2026-02-02 am", "2026-02-02 pm", "2026-02-03 am")),
	}
	if diff := cmp.Diff(want, page.Notices); diff != "" || page.Skipped != nil {
		t.Errorf("%v %s", page.Skipped, diff)
	}
	query.Cursor, query.Limit = page.Next, 0
	if page, err = client.Leaves(t.Context(), query); err != nil || page.Next != "" || page.Notices != nil || page.Skipped != nil {
		t.Errorf("got %+v, %v", page, err)
	}
	asked := url.Values{
		"employee.applicableJobPosition.businessEstablishment.id": {"12"}, "endsOn.between": {"2026-02-01--.."},
		"status": {"tentative,confirmed"}, "include": {"links,totalCount,embedded"}, "limit": {"2"},
	}
	if diff := cmp.Diff(asked, lucca.asked[0].URL.Query()); diff != "" || lucca.asked[0].Header.Get("Api-Version") != "2024-11-01" {
		t.Error(diff)
	}
	if diff := cmp.Diff(url.Values{"limit": {"2"}, "page": {"!abc"}, "anything": {"more"}}, lucca.asked[1].URL.Query()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{figgo.LeaveScopes}, lucca.tokens); diff != "" || !strings.HasSuffix(figgo.LeaveScopes, " leaves.readonly") {
		t.Error(diff)
	}
}

// What is not a whole page is a Temporary error, never the end of the list.
func TestV5PagesThatAreNotWhole(t *testing.T) {
	t.Parallel()
	items := []object{leaveItem(1), leaveItem(2)}
	for name, c := range map[string]struct {
		second http.HandlerFunc
		code   string
	}{
		"429":               {fails(429, "Retry-After: 3", ""), ""},
		"500":               {fails(500, "", canary), ""},
		"cut off":           {fails(200, "", `{"items":[{"id":"`+canary), figgo.CodeUnreadable},
		"nothing":           {fails(200, "", ""), figgo.CodeUnreadable},
		"null":              {says(nil), figgo.CodeUnreadable},
		"no items":          {says(object{"links": object{}, "totalCount": 4}), figgo.CodeUnreadable},
		"an odd count":      {says(leavesPage("", "4", items...)), figgo.CodeUnreadable},
		"no links":          {says(leavesPage("", nil, leaveItem(3)).with(object{"links": nil})), figgo.CodeTruncated},
		"empty, more":       {says(leavesPage("/lucca-api/leaves?page=3", 6)), figgo.CodeTruncated},
		"empty, the last":   {says(leavesPage("", nil)), figgo.CodeTruncated},
		"empty, total of 0": {says(leavesPage("", 0)), figgo.CodeTruncated},
		"short, more":       {says(leavesPage("/lucca-api/leaves?page=3", 6, leaveItem(3))), figgo.CodeTruncated},
		"short, the last":   {says(leavesPage("", 4, leaveItem(3))), figgo.CodeTruncated},
		"the first again":   {says(leavesPage("/lucca-api/leaves?page=3", 6, items...)), figgo.CodeTruncated},
		"next is itself":    {says(leavesPage("/lucca-api/leaves?page=2&limit=2", 6, leaveItem(3), leaveItem(4))), figgo.CodeTruncated},
		"next elsewhere":    {says(leavesPage("https://elsewhere.example/lucca-api/leaves?page=3", 6, leaveItem(3), leaveItem(4))), figgo.CodeUnreadable},
		"next another list": {says(leavesPage("/lucca-api/employees?page=3", 6, leaveItem(3), leaveItem(4))), figgo.CodeUnreadable},
		"next nowhere":      {says(leavesPage("/lucca-api/leaves", 6, leaveItem(3), leaveItem(4))), figgo.CodeUnreadable},
		"next no address":   {says(leavesPage(":%", 6, leaveItem(3), leaveItem(4))), figgo.CodeUnreadable},
		"next far too long": {says(leavesPage("/lucca-api/leaves?page="+strings.Repeat("x", 4000), 6, leaveItem(3), leaveItem(4))), figgo.CodeUnreadable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var lucca pages
			client, _ := lucca.serve(t, says(leavesPage("/lucca-api/leaves?page=2&limit=2", 4, items...)), c.second, says(leavesPage("", 4, leaveItem(3), leaveItem(4))))
			query := paris
			query.Limit = 2
			page, err := client.Leaves(t.Context(), query)
			if err != nil || page.Next == "" {
				t.Fatalf("got %+v, %v", page, err)
			}
			query.Cursor = page.Next
			page, err = client.Leaves(t.Context(), query)
			wantAPIError(t, err, c.code, true)
			if diff := cmp.Diff(figgo.LeavesPage{}, page); diff != "" {
				t.Error(diff)
			}
			if c.code == "" {
				return
			}
			// The same cursor goes on once Lucca is well again.
			if page, err = client.Leaves(t.Context(), query); err != nil || page.Next != "" || len(page.Notices) != 2 {
				t.Errorf("again: got %+v, %v", page, err)
			}
		})
	}
}

func TestV5ListsMayChange(t *testing.T) {
	t.Parallel()
	for name, last := range map[string]object{
		"grown":           leavesPage("", 5, leaveItem(3), leaveItem(4), leaveItem(5)),
		"shrunk":          leavesPage("", 3, leaveItem(4)),
		"shrunk to a gap": leavesPage("", 2),
		"not counted":     leavesPage("", nil, leaveItem(3), leaveItem(4)),
		"no links":        leavesPage("", 4, leaveItem(3), leaveItem(4)).with(object{"links": nil}),
	} {
		var lucca pages
		client, _ := lucca.serve(t, says(leavesPage("/lucca-api/leaves?page=2", 4, leaveItem(1), leaveItem(2))), says(last))
		query := paris
		query.Limit = 2
		page, err := client.Leaves(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		query.Cursor = page.Next
		if page, err = client.Leaves(t.Context(), query); err != nil || page.Next != "" {
			t.Errorf("%s: got %+v, %v", name, page, err)
		}
	}
}

// A list that goes in a circle, its links always new, is found out.
func TestV5PagesInACircle(t *testing.T) {
	t.Parallel()
	for length := 1; length <= 3; length++ {
		n := 0
		l := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/connect/token" {
				reply(w, object{"access_token": "t", "token_type": "Bearer", "expires_in": 1800})
				return
			}
			n++
			page := n
			if n > 3 {
				page = 4 + (n-4)%length
			}
			reply(w, leavesPage(fmt.Sprintf("/lucca-api/leaves?page=%d", n), nil, leaveItem(page)))
		})
		client := over(l)
		query := paris
		for range 9 { // the throttle's burst
			page, err := client.Leaves(t.Context(), query)
			if err != nil {
				wantAPIError(t, err, figgo.CodeTruncated, true)
				break
			}
			query.Cursor = page.Next
		}
		if n == 9 {
			t.Errorf("a circle of %d is not found", length)
		}
	}
}

func TestV5RowsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	var lucca pages
	client, _ := lucca.serve(t, says(leavesPage("", 8,
		leaveItem(1).with(object{"employee": nil}),
		leaveItem(2).with(object{"startsOn": canary}),
		leaveItem(3).with(object{"status": "cancellationPending"}),
		leaveItem(4).with(object{"id": nil}),
		leaveItem(5),
		leaveItem(6).with(object{"status": "cancelled", "startsOn": canary}),
		// It ends on a Sunday, but its last half-day is before the date.
		leaveItem(7).with(object{"startsOn": "2026-01-30", "endsOn": "2026-02-01"}),
		leaveItem(8).with(object{"lastUpdatedAt": nil, "createdAt": nil}),
	)))
	query := paris
	query.Since = date("2026-01-31")
	page, err := client.Leaves(t.Context(), query)
	want := []figgo.Skipped{
		{ID: "1", Reason: "items[0].employee: it is missing"},
		{ID: "2", Reason: "items[1].startsOn: it is not a date from 1950 to 2500, written YYYY-MM-DD"},
		{ID: "3", Reason: "items[2].status: it is not one we know"},
		{Reason: "items[3].id: it is missing"},
		{ID: "8", Reason: "items[7].createdAt: it is missing"},
	}
	if diff := cmp.Diff(want, page.Skipped); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if diff := cmp.Diff([]string{"5"}, idsOf(page.Notices)); diff != "" {
		t.Error(diff)
	}
}

func TestAKeyWithoutTheRightToLeavesStillFindsEmployees(t *testing.T) {
	t.Parallel()
	l := newLucca()
	l.answer = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/connect/token" {
			return false
		}
		_ = r.ParseForm()
		if !strings.Contains(r.PostForm.Get("scope"), "leaves") {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		fails(http.StatusBadRequest, "", `{"error":"invalid_scope"}`)(w, r)
		return true
	}
	client := l.serve(t)
	_, err := client.Leaves(t.Context(), paris)
	if apiErr, ok := errors.AsType[*figgo.APIError](err); !ok || !apiErr.ScopeMissing() || apiErr.Temporary() {
		t.Errorf("got %v", err)
	}
	if got, err := client.Employee(t.Context(), "416"); err != nil || got != jane {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestQueriesThatAskForSomethingElse(t *testing.T) {
	t.Parallel()
	var lucca pages
	client, legacy := lucca.serve(t, says(leavesPage("/lucca-api/leaves?page=2", nil, leaveItem(1))))
	page, err := client.Leaves(t.Context(), paris)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*figgo.LeavesQuery){
		"no legal entity":   func(q *figgo.LeavesQuery) { q.LegalEntity = "" },
		"several":           func(q *figgo.LeavesQuery) { q.LegalEntity = "12,13" },
		"all without":       func(q *figgo.LeavesQuery) { q.LegalEntity = "null" },
		"a path":            func(q *figgo.LeavesQuery) { q.LegalEntity = "../12" },
		"no date":           func(q *figgo.LeavesQuery) { q.Since = absence.Date{} },
		"no cursor":         func(q *figgo.LeavesQuery) { q.Cursor = "abc" },
		"cursor, no base64": func(q *figgo.LeavesQuery) { q.Cursor = "5***" },
		"cursor, no JSON":   func(q *figgo.LeavesQuery) { q.Cursor = "5AAAA" },
		"cursor, too long":  func(q *figgo.LeavesQuery) { q.Cursor = "5" + strings.Repeat("A", 5000) },
	} {
		query, code := paris, figgo.CodeConfiguration
		if change(&query); query.Cursor != "" {
			code = figgo.CodeCursor
		}
		_, err := client.Leaves(t.Context(), query)
		wantAPIError(t, err, code, false)
		if _, err = legacy.Leaves(t.Context(), query); err == nil {
			t.Errorf("%s: v3 takes it", name)
		}
		wantAPIError(t, err, code, false)
	}
	query := paris
	query.Cursor = page.Next
	_, err = legacy.Leaves(t.Context(), query)
	wantAPIError(t, err, figgo.CodeCursor, false)
	_, err = legacy.EmployeesPage(t.Context(), page.Next, "")
	wantAPIError(t, err, figgo.CodeCursor, false)
	if len(lucca.asked) != 1 {
		t.Errorf("%d calls", len(lucca.asked))
	}
}

// The sandbox over HTTP, below a path.
func TestReadingOverHTTP(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	service := sandbox.New(sandbox.Config{ClientID: "key", ClientSecret: "s&cret", APIKey: "the-key", Host: server.URL + "/lucca"})
	mux.Handle("/lucca/", http.StripPrefix("/lucca", service.Handler()))
	t.Cleanup(func() { server.Close(); service.Close() })
	service.AddLegalEntity(sandbox.LegalEntity{ID: 12, Name: "Paris", Zone: "Europe/Paris"})
	if err := service.AddEmployee(sandbox.Employee{ID: 416, Email: "jane.doe@example.com", LegalEntity: 12}); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		if _, err := service.Import(sandbox.LeaveRequest{Employee: 416, StartsOn: fmt.Sprintf("2026-02-0%d", 2+i%4)}); err != nil {
			t.Fatal(err)
		}
	}
	throttle := figgo.NewThrottle(nil)
	for name, reader := range map[string]source{
		"v5": figgo.NewClient(figgo.ClientConfig{
			Host: server.URL + "/lucca/", TokenURL: server.URL + "/lucca/connect/token", ClientID: "key", ClientSecret: "s&cret", AllowInsecure: true, Throttle: throttle,
		}),
		"v3": figgo.NewLegacyClient(figgo.LegacyConfig{Host: server.URL + "/lucca", APIKey: "the-key", AllowInsecure: true}),
	} {
		got := readAll(t, reader, figgo.LeavesQuery{LegalEntity: "12", Since: date("2026-02-01"), Limit: 3})
		if diff := cmp.Diff([]string{"8750", "8751", "8752", "8753", "8754"}, idsOf(got)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		d := directory.New(reader, directory.Options{})
		if n, err := d.Warm(t.Context(), nil); n != 1 || err != nil {
			t.Errorf("%s: %d, %v", name, n, err)
		}
		want := figgo.Employee{ID: "416", Email: "jane.doe@example.com", LegalEntity: "12", Zone: "Europe/Paris", Language: languages[name]}
		if known, ok := d.Known("416"); !ok || known != want {
			t.Errorf("%s: got %+v, %v", name, known, ok)
		}
		for _, find := range []func() (figgo.Employee, error){
			func() (figgo.Employee, error) { return reader.Employee(t.Context(), "416") },
			func() (figgo.Employee, error) { return reader.EmployeeByEmail(t.Context(), "JANE.doe@example.com") },
		} {
			// The sandbox compares addresses with their case.
			if got, err := find(); err != nil && !errors.Is(err, figgo.ErrNoEmployee) || err == nil && got != want {
				t.Errorf("%s: got %+v, %v", name, got, err)
			}
		}
	}
}
