package desk_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/sandbox/desk"
	"github.com/figgosync/figgosync/sandbox/exchange"
	"github.com/figgosync/figgosync/sandbox/google"
	"github.com/figgosync/figgosync/sandbox/graph"
	"github.com/figgosync/figgosync/sandbox/lucca"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// office is a running desk over a company of three.
type office struct {
	t       *testing.T
	url     string
	company *lucca.Service
	store   *mailboxes.Store
	desk    *desk.Desk
}

func newOffice(t *testing.T) *office {
	t.Helper()
	return officeOf(t, lucca.New(lucca.Config{Host: "http://lucca"}))
}

// officeOf settles the three in an empty company.
func officeOf(t *testing.T, company *lucca.Service) *office {
	t.Helper()
	o := &office{t: t, company: company, store: mailboxes.New()}
	for id, zone := range []string{"Europe/Paris", "Europe/Zurich", "Indian/Reunion"} {
		o.company.AddLegalEntity(lucca.LegalEntity{ID: id + 1, Name: zone, Zone: zone})
		e := lucca.Employee{ID: 416 + id, GivenName: "Jane", FamilyName: "Doe", Email: fmt.Sprintf("jane.doe%d@example.com", id+1), LegalEntity: id + 1}
		if err := o.company.AddEmployee(e); err != nil {
			t.Fatal(err)
		}
		if id < 2 {
			desk.GiveMailbox(o.company, o.store, e)
		}
	}
	o.desk = desk.New(o.company, o.store, map[mailboxes.System]mailboxes.Owner{
		mailboxes.Exchange: exchange.New(o.store, exchange.Config{}), mailboxes.Graph: graph.New(o.store, graph.Config{}),
		mailboxes.Google: google.New(o.store, google.Config{}),
	})
	server := httptest.NewServer(o.desk.Handler())
	o.url = server.URL
	t.Cleanup(func() { o.desk.Close(); server.Close(); o.company.Close() })
	return o
}

func (o *office) send(method, path, body string, headers ...string) *http.Response {
	o.t.Helper()
	req, err := http.NewRequest(method, o.url+path, strings.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		o.t.Fatal(err)
	}
	return resp
}

// call sends and decodes; want is the status it must have.
func (o *office) call(want int, method, path, body string) any {
	o.t.Helper()
	resp := o.send(method, path, body)
	defer resp.Body.Close()
	var text bytes.Buffer
	_, _ = text.ReadFrom(resp.Body)
	if resp.StatusCode != want {
		o.t.Fatalf("%s %s %s: %d %s, want %d", method, path, body, resp.StatusCode, text.String(), want)
	}
	if want >= 400 && resp.Header.Get("Content-Type") != "application/problem+json" {
		o.t.Errorf("%s %s: %s is not problem+json", method, path, resp.Header.Get("Content-Type"))
	}
	var decoded any
	if text.Len() > 0 {
		if err := json.Unmarshal(text.Bytes(), &decoded); err != nil {
			o.t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	return decoded
}

func TestEmployeesAndMailboxes(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	third := func() any { return o.call(200, http.MethodGet, "/sandbox/employees", "").([]any)[2] }
	want := map[string]any{
		"id": "418", "name": "Jane Doe", "email": "jane.doe3@example.com", "legalEntity": "3", "legalEntityName": "Indian/Reunion", "system": "google",
		"zone": "Indian/Reunion", "hasMailbox": false,
	}
	if diff := cmp.Diff(want, third()); diff != "" {
		t.Error(diff)
	}
	const path = "/sandbox/mailboxes/jane.doe3@example.com"
	o.call(404, http.MethodGet, path+"/events", "")
	o.call(404, http.MethodDelete, path, "")
	o.call(404, http.MethodPost, "/sandbox/mailboxes/nobody@example.com", "")
	made := o.call(201, http.MethodPost, path, "")
	if diff := cmp.Diff(map[string]any{"email": "jane.doe3@example.com", "name": "Jane Doe", "system": "google", "zone": "Indian/Reunion"}, made); diff != "" {
		t.Error(diff)
	}
	o.call(200, http.MethodPost, path, "")
	if diff := cmp.Diff([]any{}, o.call(200, http.MethodGet, path+"/events", "")); diff != "" {
		t.Error(diff)
	}
	o.call(204, http.MethodDelete, path, "")
	if third().(map[string]any)["hasMailbox"] != false {
		t.Error("the mailbox is still there")
	}
}

func TestEventsAreWhatThePersonSees(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	view := mailboxes.View{Subject: "Absent", Start: "2026-10-12", End: "2026-10-14", AllDay: true, ShowAs: "oof", Marked: true}
	if err := o.store.Within(mailboxes.Graph, "jane.doe1@example.com", func(tx *mailboxes.Tx) error {
		tx.Put(mailboxes.Item{ID: "1", View: view, Personal: mailboxes.Personal{Body: "Bring the keys"}})
		tx.Put(mailboxes.Item{ID: "2", View: view, Binned: true})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := []any{map[string]any{
		"subject": "Absent", "start": "2026-10-12", "end": "2026-10-14", "allDay": true, "timeZone": "", "showAs": "oof",
		"private": false, "status": "", "marked": true, "id": "1", "body": "Bring the keys", "location": "", "colour": "", "reminder": nil,
		"categories": []any{}, "attachments": []any{}, "attendees": []any{},
	}}
	if diff := cmp.Diff(want, o.call(200, http.MethodGet, "/sandbox/mailboxes/Jane.Doe1@example.com/events", "")); diff != "" {
		t.Error(diff)
	}
}

func TestLifeOfALeave(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	made := o.call(201, http.MethodPost, "/sandbox/leaves",
		`{"employee":"JANE.doe1@example.com","startsOn":"2026-10-12","endsOn":"2026-10-14","startPosition":"secondHalfDay","account":"rtt","via":"http"}`).(map[string]any)
	id := made["id"].(string)
	for field, want := range map[string]any{
		"employee": "416", "account": "RTT", "status": "tentative", "via": "http", "startPosition": "secondHalfDay", "endPosition": "secondHalfDay",
	} {
		if made[field] != want {
			t.Errorf("%s: %v, want %v", field, made[field], want)
		}
	}
	if got := o.call(200, http.MethodPost, "/sandbox/leaves/"+id+"/approve", "").(map[string]any); got["status"] != "confirmed" {
		t.Errorf("approved: %v", got)
	}
	o.call(409, http.MethodPost, "/sandbox/leaves/"+id+"/approve", "")
	if got := o.call(200, http.MethodDelete, "/sandbox/leaves/"+id, "").(map[string]any); got["status"] != "cancelled" {
		t.Errorf("first one withdrawn: %v", got)
	}
	o.call(409, http.MethodDelete, "/sandbox/leaves/"+id, "")
	second := o.call(201, http.MethodPost, "/sandbox/leaves", `{"employee":417,"startsOn":"2026-10-12","hours":2,"status":"confirmed"}`).(map[string]any)
	if second["account"] != "Récupération" || second["hours"] != 2.0 || second["status"] != "confirmed" {
		t.Errorf("hours: %v", second)
	}
	moved := o.call(200, http.MethodPatch, "/sandbox/leaves/"+second["id"].(string), `{"startsOn":"2026-10-13"}`).(map[string]any)
	if moved["startsOn"] != "2026-10-13" || moved["endsOn"] != "2026-10-13" || moved["hours"] != 2.0 || moved["status"] != "confirmed" {
		t.Errorf("moved: %v", moved)
	}
	o.call(400, http.MethodPatch, "/sandbox/leaves/"+second["id"].(string), `{"startsOn":"2026-10-13","endPosition":"noon"}`)
	o.call(400, http.MethodPatch, "/sandbox/leaves/"+id, `{"startsOn":"2026-10-13"}`) // of HTTP synchronization
	o.call(404, http.MethodPatch, "/sandbox/leaves/1", `{"startsOn":"2026-10-13"}`)
	if got := o.call(200, http.MethodDelete, "/sandbox/leaves/"+second["id"].(string), "").(map[string]any); got["status"] != "deleted" {
		t.Errorf("second one withdrawn: %v", got)
	}
	if n := len(o.call(200, http.MethodGet, "/sandbox/leaves", "").([]any)); n != 2 {
		t.Errorf("%d leaves, want 2", n)
	}
	if n := len(o.call(200, http.MethodGet, "/sandbox/leaves?employee=417", "").([]any)); n != 1 {
		t.Errorf("%d leaves of 417, want 1", n)
	}
}

func TestProblemsSayWhatToDo(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for body, part := range map[string]string{
		``:                                       "empty",
		`[]`:                                     "JSON",
		`{"when":"x"}`:                           "when",
		`{"startsOn":"2026-10-12"}`:              "employee",
		`{"employee":1,"startsOn":"2026-10-12"}`: "employee",
		`{"employee":416,"startsOn":"12/10/2026"}`:                           "YYYY-MM-DD",
		`{"employee":416,"startsOn":"2026-10-17"}`:                           "Monday to Friday",
		`{"employee":416,"startsOn":"2026-10-12","account":"Lune"}`:          "Congés payés, RTT",
		`{"employee":416,"startsOn":"2026-10-12","status":"maybe"}`:          "tentative",
		`{"employee":416,"startsOn":"2026-10-12","via":"pigeon"}`:            "v5 or http",
		`{"employee":416,"startsOn":"2026-10-12","endPosition":"noon"}`:      "endPosition",
		`{"employee":416,"startsOn":"2026-10-12","account":"RTT","hours":2}`: "hours",
	} {
		problem := o.call(400, http.MethodPost, "/sandbox/leaves", body).(map[string]any)
		if detail, _ := problem["detail"].(string); !strings.Contains(detail, part) {
			t.Errorf("%s: %q does not say %q", body, detail, part)
		}
	}
	o.call(404, http.MethodPost, "/sandbox/leaves/1/approve", "")
	o.call(404, http.MethodDelete, "/sandbox/leaves/none", "")
	o.call(404, http.MethodGet, "/sandbox/leaves?employee=1", "")
	o.call(404, http.MethodGet, "/sandbox/nothing", "")
	o.call(400, http.MethodPost, "/sandbox/company", `{"employees":-1}`)
	o.call(400, http.MethodPost, "/sandbox/company", `{"since":"today"}`)
}

func TestOtherPagesCannotActHere(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	resp := o.send(http.MethodPost, "/sandbox/leaves", `{"employee":416,"startsOn":"2026-10-12"}`, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("%d, want 403", resp.StatusCode)
	}
}

func TestCompanyIsDeterministic(t *testing.T) {
	t.Parallel()
	const body = `{"legalEntities":7,"employees":70,"absencesPerEmployee":3,"seed":42,"since":"2026-10-01"}`
	var people, leaves [2]any
	for i := range 2 {
		o := newOffice(t)
		answer := o.call(201, http.MethodPost, "/sandbox/company", body)
		if diff := cmp.Diff(map[string]any{"legalEntities": 7.0, "employees": 70.0, "absences": 210.0}, answer); diff != "" {
			t.Error(diff)
		}
		people[i] = o.call(200, http.MethodGet, "/sandbox/employees", "")
		all := o.call(200, http.MethodGet, "/sandbox/leaves", "").([]any)
		for _, leave := range all {
			delete(leave.(map[string]any), "createdAt")
			delete(leave.(map[string]any), "lastUpdatedAt")
		}
		leaves[i] = all
		if n := len(o.company.Deliveries(0, 1)); n != 0 {
			t.Error("somebody was told")
		}
	}
	if diff := cmp.Diff(people[0], people[1]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(leaves[0], leaves[1]); diff != "" {
		t.Error(diff)
	}
	systems, emails, kinds := map[any]int{}, map[any]bool{}, map[string]int{}
	for _, p := range people[0].([]any) {
		systems[p.(map[string]any)["system"]]++
		emails[p.(map[string]any)["email"]] = true
	}
	if systems["office365"] != 31 || systems["exchange"] != 21 || systems["google"] != 21 || len(emails) != 73 {
		t.Errorf("systems %v, %d addresses", systems, len(emails))
	}
	for _, l := range leaves[0].([]any) {
		l := l.(map[string]any)
		kinds[l["status"].(string)]++
		if l["startsOn"].(string) < "2026-09-28" {
			t.Errorf("%v is before the week of since", l)
		}
	}
	if kinds["tentative"] == 0 || kinds["confirmed"] <= kinds["tentative"] {
		t.Errorf("%v", kinds)
	}
}

func TestGeneratedAbsencesDoNotOverlap(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.call(201, http.MethodPost, "/sandbox/company", `{"employees":30,"absencesPerEmployee":10,"seed":7}`)
	last := map[int]string{}
	for _, l := range o.company.Leaves(0) {
		if l.StartsOn <= last[l.Employee] {
			t.Fatalf("%d: %s is not after %s", l.Employee, l.StartsOn, last[l.Employee])
		}
		last[l.Employee] = l.EndsOn
	}
}

func TestLargeCompanyIsQuick(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	start := time.Now()
	o.call(201, http.MethodPost, "/sandbox/company", `{"legalEntities":9,"employees":5000,"absencesPerEmployee":4,"seed":1}`)
	t.Logf("5,000 employees with 20,000 absences: %v", time.Since(start))
	if n := len(o.company.Employees()); n != 5003 {
		t.Errorf("%d employees", n)
	}
}

func TestStreamTellsWhatChanges(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, o.url+"/sandbox/events", nil)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%v", resp.Header)
	}
	lines := bufio.NewScanner(resp.Body)
	next := func() string {
		var event []string
		for lines.Scan() {
			if text := lines.Text(); text != "" {
				event = append(event, text)
			} else if len(event) > 0 {
				return strings.Join(event, "|")
			}
		}
		return "closed"
	}
	if got := next(); got != "retry: 1000" {
		t.Fatal(got)
	}
	if err := o.store.Within(mailboxes.Exchange, "jane.doe2@example.com", func(tx *mailboxes.Tx) error {
		tx.Put(mailboxes.Item{ID: "1"})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got, want := next(), `event: mailbox|data: {"email":"jane.doe2@example.com"}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	o.call(201, http.MethodPost, "/sandbox/leaves", `{"employee":416,"startsOn":"2026-10-12"}`)
	if got, want := next(), `event: leaves|data: {"employee":"416"}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	o.desk.Close()
	if got := next(); got != "closed" {
		t.Errorf("after Close: %s", got)
	}
}

func TestDeliveriesAreShown(t *testing.T) {
	t.Parallel()
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(202) }))
	t.Cleanup(hook.Close)
	company := lucca.New(lucca.Config{Host: "http://lucca", AllowHTTP: true, Webhooks: []lucca.Webhook{{URL: hook.URL, Secret: "s"}}})
	t.Cleanup(company.Close)
	company.AddLegalEntity(lucca.LegalEntity{ID: 1, Zone: "Europe/Paris"})
	if err := company.AddEmployee(lucca.Employee{ID: 416, GivenName: "Jane", Email: "jane@example.com", LegalEntity: 1}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(desk.New(company, mailboxes.New(), nil).Handler())
	t.Cleanup(server.Close)
	o := &office{t: t, url: server.URL}
	o.call(201, http.MethodPost, "/sandbox/leaves", `{"employee":416,"startsOn":"2026-10-12","status":"confirmed"}`)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		list := o.call(200, http.MethodGet, "/sandbox/deliveries?employee=416", "").([]any)
		if d := list[0].(map[string]any); d["state"] == "delivered" {
			if d["httpStatus"] != 202.0 || d["topic"] != "leave.created" || d["attempts"] != 1.0 || d["tookMs"].(float64) <= 0 {
				t.Errorf("%v", d)
			}
			return
		}
	}
	t.Error("not delivered")
}

func TestSystemsTakeTurns(t *testing.T) {
	t.Parallel()
	var got []mailboxes.System
	for id := 1; id <= 4; id++ {
		got = append(got, desk.SystemOf(id))
	}
	if !slices.Equal(got, []mailboxes.System{mailboxes.Graph, mailboxes.Exchange, mailboxes.Google, mailboxes.Graph}) {
		t.Errorf("%v", got)
	}
}
