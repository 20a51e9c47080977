package desk_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/figgosync/figgosync/sandbox/exchange"
	"github.com/figgosync/figgosync/sandbox/lucca"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

const (
	zurich = "jane.doe2@example.com" // on Exchange
	events = "/sandbox/mailboxes/" + zurich + "/events"
	marker = "7b1f0c52-6d0e-4f0c-9c55-5b0d6f1e7a21"
)

// written puts an event of figgosync's into the Exchange mailbox, and returns its
// id at the desk.
func (o *office) written() string {
	o.t.Helper()
	service := exchange.New(o.store, exchange.Config{})
	day := time.Date(2026, 10, 11, 22, 0, 0, 0, time.UTC)
	if err := o.store.Within(mailboxes.Exchange, zurich, func(tx *mailboxes.Tx) error {
		return service.Unpack(tx, mailboxes.Carried{
			UID: "u1", Subject: "Absent", Start: day, End: day.AddDate(0, 0, 1), AllDay: true, Zone: "W. Europe Standard Time", ShowAs: "oof",
			Properties: []mailboxes.NamedProperty{{Set: marker, Name: "figgosyncKey", Value: "demo/8750"}},
		})
	}); err != nil {
		o.t.Fatal(err)
	}
	return o.call(200, http.MethodGet, events, "").([]any)[0].(map[string]any)["id"].(string)
}

func TestTheDeskActsAsOwner(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	id := o.written()
	one := events + "/" + id
	edited := o.call(200, http.MethodPatch, one,
		`{"subject":"Skiing","body":"Bring the keys","start":"2026-10-12T09:00","end":"2026-10-12T12:30","categories":["Blue"]}`).(map[string]any)
	want := map[string]any{
		"id": id, "subject": "Skiing", "start": "2026-10-12T09:00", "end": "2026-10-12T12:30", "allDay": false, "timeZone": "Europe/Zurich",
		"showAs": "OOF", "private": false, "status": "confirmed", "marked": true, "body": "Bring the keys", "location": "", "colour": "",
		"reminder": nil, "categories": []any{"Blue"}, "attachments": []any{}, "attendees": []any{},
	}
	if diff := cmp.Diff(want, edited); diff != "" {
		t.Error(diff)
	}
	copied := o.call(201, http.MethodPost, one+"/copy", `{"start":"2026-10-19","end":"2026-10-21"}`).(map[string]any)
	if copied["id"] == id || copied["marked"] != true || copied["body"] != "Bring the keys" || copied["end"] != "2026-10-21" {
		t.Errorf("the copy: %v", copied)
	}
	o.call(204, http.MethodDelete, one, "")
	left := o.call(200, http.MethodGet, events, "").([]any)
	if len(left) != 1 || left[0].(map[string]any)["id"] != copied["id"] {
		t.Errorf("after the deletion: %v", left)
	}
	o.call(404, http.MethodDelete, one, "")
	o.call(404, http.MethodPatch, "/sandbox/mailboxes/nobody@example.com/events/1", `{}`)
	o.call(400, http.MethodPatch, events+"/"+copied["id"].(string), `{"start":"2026-10-30"}`)
	o.call(400, http.MethodPatch, events+"/"+copied["id"].(string), `{"when":"2026-10-30"}`)
	o.call(400, http.MethodPost, events+"/"+copied["id"].(string)+"/copy", `{"start":"2026-10-30"}`)
}

func TestOwnersEnterEventsOfTheirOwn(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.call(201, http.MethodPost, "/sandbox/mailboxes/jane.doe3@example.com", "")
	for email, busy := range map[string]string{"jane.doe1@example.com": "busy", zurich: "Busy", "jane.doe3@example.com": "opaque"} {
		all := "/sandbox/mailboxes/" + email + "/events"
		made := o.call(201, http.MethodPost, all, `{"subject":"Dentist","body":"Upstairs","start":"2026-12-18T09:00","end":"2026-12-18T10:00"}`).(map[string]any)
		if made["subject"] != "Dentist" || made["body"] != "Upstairs" || made["start"] != "2026-12-18T09:00" || made["showAs"] != busy || made["marked"] != false {
			t.Errorf("%s: %v", email, made)
		}
		if diff := cmp.Diff([]any{made}, o.call(200, http.MethodGet, all, "")); diff != "" {
			t.Errorf("%s: %s", email, diff)
		}
		o.call(400, http.MethodPost, all, `{"subject":"Dentist","start":"2026-12-18T09:00"}`)
		o.call(400, http.MethodPost, all, `{"start":"2026-12-18","end":"2026-12-17"}`)
	}
	o.call(404, http.MethodPost, "/sandbox/mailboxes/nobody@example.com/events", `{"start":"2026-12-18","end":"2026-12-19"}`)
}

func TestMailboxesMoveAndHaveAliases(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.written()
	before := o.call(200, http.MethodGet, events, "").([]any)[0].(map[string]any)
	o.call(400, http.MethodPost, "/sandbox/mailboxes/"+zurich+"/move", `{"to":"paper"}`)
	o.call(404, http.MethodPost, "/sandbox/mailboxes/nobody@example.com/move", `{"to":"google"}`)
	moved := o.call(200, http.MethodPost, "/sandbox/mailboxes/"+zurich+"/move", `{"to":"office365"}`).(map[string]any)
	after := o.call(200, http.MethodGet, events, "").([]any)[0].(map[string]any)
	if diff := cmp.Diff(before, after, cmpopts.IgnoreMapEntries(func(k string, _ any) bool { return k == "id" || k == "showAs" })); diff != "" || moved["system"] != "office365" {
		t.Errorf("moved to %v: %s", moved["system"], diff)
	}
	if who := o.call(200, http.MethodGet, "/sandbox/employees", "").([]any)[1].(map[string]any); who["system"] != "office365" {
		t.Errorf("the list of employees: %v", who)
	}
	o.call(201, http.MethodPost, "/sandbox/mailboxes/"+zurich+"/aliases", `{"alias":"Jane@new.example.com"}`)
	if got := o.call(200, http.MethodGet, "/sandbox/mailboxes/jane@new.example.com/events", "").([]any); len(got) != 1 {
		t.Errorf("by its alias: %v", got)
	}
	o.call(409, http.MethodPost, "/sandbox/mailboxes/"+zurich+"/aliases", `{"alias":"jane.doe1@example.com"}`)
	o.call(400, http.MethodPost, "/sandbox/mailboxes/"+zurich+"/aliases", `{"alias":"jane"}`)
	o.call(404, http.MethodPost, "/sandbox/mailboxes/nobody@example.com/aliases", `{"alias":"x@example.com"}`)
	o.call(200, http.MethodPost, "/sandbox/mailboxes/"+zurich+"/move", `{"to":"google"}`)
	if got := o.call(200, http.MethodGet, "/sandbox/mailboxes/jane@new.example.com/events", "").([]any); len(got) != 0 {
		t.Errorf("taken to Google: %v", got)
	}
}

func TestEmployeesChange(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	got := o.call(200, http.MethodPatch, "/sandbox/employees/417", `{"email":"jane@new.example.com","legalEntity":"3"}`).(map[string]any)
	if got["email"] != "jane@new.example.com" || got["legalEntity"] != "3" || got["hasMailbox"] != false || got["zone"] != "Indian/Reunion" {
		t.Errorf("%v", got)
	}
	if _, ok := o.company.EmployeeByEmail(zurich); ok {
		t.Error("the old address still names somebody")
	}
	o.call(200, http.MethodPatch, "/sandbox/employees/417?silent=true", `{"legalEntity":2}`)
	o.call(400, http.MethodPatch, "/sandbox/employees/417", `{"legalEntity":"9"}`)
	o.call(400, http.MethodPatch, "/sandbox/employees/417", `{"email":"jane.doe1@example.com"}`)
	o.call(400, http.MethodPatch, "/sandbox/employees/417?silent=perhaps", `{}`)
	o.call(404, http.MethodPatch, "/sandbox/employees/1", `{}`)
}

// Figgo changes and nobody hears of it: no webhook of either kind is made.
func TestSilentLeaves(t *testing.T) {
	t.Parallel()
	company := lucca.New(lucca.Config{Host: "http://lucca", AllowHTTP: true,
		Webhooks: []lucca.Webhook{{URL: "http://127.0.0.1:1", Secret: "s"}}, HTTPSynchronization: []lucca.HTTPTarget{{URL: "http://127.0.0.1:1"}}})
	o := officeOf(t, company)
	for _, via := range []string{"v5", "http"} {
		made := o.call(201, http.MethodPost, "/sandbox/leaves?silent=true", `{"employee":416,"startsOn":"2026-10-12","via":"`+via+`"}`).(map[string]any)
		one := "/sandbox/leaves/" + made["id"].(string)
		if got := o.call(200, http.MethodPost, one+"/approve?silent=true", "").(map[string]any); got["status"] != "confirmed" {
			t.Errorf("%s: approved: %v", via, got)
		}
		for range 2 { // one cancels, the other deletes
			o.call(200, http.MethodDelete, one+"?silent=true", "")
			made = o.call(201, http.MethodPost, "/sandbox/leaves?silent=true", `{"employee":416,"startsOn":"2026-10-13","via":"`+via+`"}`).(map[string]any)
			one = "/sandbox/leaves/" + made["id"].(string)
		}
		if sent := o.call(200, http.MethodGet, "/sandbox/deliveries", "").([]any); len(sent) != 0 {
			t.Errorf("%s: somebody was told: %v", via, sent)
		}
	}
	o.call(400, http.MethodDelete, "/sandbox/leaves/8750?silent=1", "")
	o.call(200, http.MethodPost, "/sandbox/leaves/8752/approve", "")
	if sent := o.call(200, http.MethodGet, "/sandbox/deliveries", "").([]any); len(sent) == 0 {
		t.Error("nobody was told of what was not silent")
	}
}
