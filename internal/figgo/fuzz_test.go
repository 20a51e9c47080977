package figgo_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/figgo"
)

// checkNotice checks what holds for every notice whatever the body.
func checkNotice(t *testing.T, notice figgo.Notice, err error) {
	t.Helper()
	if err != nil {
		if !errors.Is(err, figgo.ErrBody) || notice.Kind != "" {
			t.Fatalf("got %+v with %v", notice, err)
		}
		return
	}
	switch notice.Kind {
	case figgo.Requested, figgo.Approved, figgo.Deleted:
		if notice.AbsenceID == "" || strings.ContainsAny(notice.AbsenceID+notice.EmployeeID, "\n\x00 ") {
			t.Fatalf("ids of %+v", notice)
		}
	case figgo.Ignored:
	default:
		t.Fatalf("kind of %+v", notice)
	}
	if err := notice.Absence.Validate(); err != nil {
		t.Fatalf("%+v: %v", notice, err)
	}
	if diff := cmp.Diff(notice.Absence.Normalize().HalfDays, notice.Absence.HalfDays); diff != "" && len(notice.Absence.HalfDays) > 0 {
		t.Fatalf("not normal: %s", diff)
	}
	// It becomes a signal's payload.
	if _, err := json.Marshal(notice); err != nil {
		t.Fatal(err)
	}
}

func FuzzDecodeV5(f *testing.F) {
	f.Add([]byte(event))
	f.Add([]byte(`{"topic":"ping"}`))
	f.Add([]byte(`{"specversion":"1.0.3","type":"com.luccasoftware.leave.created"}`))
	f.Add(eventObject(leaveObject().with(object{"endsOn": "2028-02-06"})).json())
	f.Add(eventObject(leaveObject().with(object{"days": days("2026-02-02 allDay PT7H hours", "2026-02-04 firstHalfDay P0D days")})).json())
	f.Add(eventObject(object{"id": 8750}).with(object{"topic": "leave.deleted"}).json())
	f.Fuzz(func(t *testing.T, body []byte) {
		notice, err := figgo.DecodeV5(body)
		checkNotice(t, notice, err)
	})
}

func FuzzDecodeHTTPSynchronization(f *testing.F) {
	for _, event := range []string{"created", "approved", "deleted", "other"} {
		f.Add(event, postObject().json())
		f.Add(event, postObject().with(object{"value": "03:30:00", "date": nil, "isAm": nil}).json())
		f.Add(event, postObject().with(object{"value": 3.5, "isConfirmed": nil, "confirmationDate": "2026-01-20T10:00:00.123"}).json())
	}
	f.Fuzz(func(t *testing.T, event string, body []byte) {
		notice, err := figgo.DecodeHTTPSynchronization(event, body, time.Unix(0, 0))
		checkNotice(t, notice, err)
		if notice.Kind != "" && notice.Kind != figgo.Ignored && len(notice.Absence.HalfDays) != 1 {
			t.Fatalf("got %+v", notice)
		}
	})
}

func FuzzV3Leave(f *testing.F) {
	f.Add(rowObject("1-20260202-AM").json())
	f.Add(rowObject("1-20260202-PM").with(object{"value": "1.02:30:00", "cancellationDate": "2026-01-20T10:00:00"}).json())
	f.Fuzz(func(t *testing.T, body []byte) {
		var row figgo.V3Leave
		if err := row.UnmarshalJSON(body); err != nil {
			if !errors.Is(err, figgo.ErrBody) || row != (figgo.V3Leave{}) {
				t.Fatalf("got %+v with %v", row, err)
			}
			return
		}
		for _, notice := range figgo.FromV3Rows([]figgo.V3Leave{row}) {
			checkNotice(t, notice, nil)
		}
	})
}

// FuzzClientAnswers gives one body as every answer of Lucca's API.
func FuzzClientAnswers(f *testing.F) {
	f.Add([]byte(`{"items":[{"id":"416","email":"jane.doe@example.com","status":"active","applicableJobPosition":{"id":"74"}}],` +
		`"embedded":{"job-position":{"74":{"businessEstablishment":{"id":"12"}}}},"timezoneId":"Europe/Paris"}`))
	f.Add([]byte(`{"items":[{"id":"416","applicableJobPosition":{"id":"74"}}],"businessEstablishment":{"id":"12"},"timezoneId":null}`))
	f.Add([]byte(`{"items":[]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		client := over(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/connect/token" {
				reply(w, object{"access_token": "token", "token_type": "Bearer", "expires_in": 1800})
				return
			}
			_, _ = w.Write(body)
		}))
		employee, err := client.Employee(t.Context(), "416")
		if err == nil && employee.ID != "416" {
			t.Fatalf("got %+v", employee)
		}
		if _, ok := errors.AsType[*figgo.APIError](err); err != nil && !ok && !errors.Is(err, figgo.ErrNoEmployee) {
			t.Fatalf("got %v", err)
		}
	})
}

// checkPage checks what holds for every page of leaves whatever the answer.
func checkPage(t *testing.T, page figgo.LeavesPage, err error) {
	t.Helper()
	if err != nil {
		if _, ok := errors.AsType[*figgo.APIError](err); !ok && !errors.Is(err, figgo.ErrNoLegalEntity) || len(page.Notices)+len(page.Next) > 0 {
			t.Fatalf("got %+v with %v", page, err)
		}
		return
	}
	for _, notice := range page.Notices {
		if checkNotice(t, notice, nil); notice.Kind != figgo.Requested && notice.Kind != figgo.Approved || notice.Absence.LastDay().Before(paris.Since) {
			t.Fatalf("got %+v", notice)
		}
	}
	if len(page.Next) > 4096 {
		t.Fatalf("a cursor of %d bytes", len(page.Next))
	}
}

func FuzzLeaves(f *testing.F) {
	f.Add(leavesPage("/lucca-api/leaves?page=2", 2, leaveItem(1)).json())
	f.Add(leavesPage("", 1, leaveItem(1).with(object{"days": days("2026-02-02 allDay PT7H hours")})).json())
	f.Add(leavesPage("", 0).json())
	f.Add(rowsPage(2, halfDayRow(1, "2026-02-02"), halfDayRow(2, "2025-12-02")).json())
	f.Add(rowsPage(9, halfDayRow(1, "2026-02-02"), object{"id": "x"}, halfDayRow(2, "2026-02-02")).json())
	f.Add([]byte(`{"data":{"items":[{"id":"1-20260202-AM","leavePeriodId":{}}]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		// What would wait for its turn fails instead.
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		client := overTransport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/connect/token" {
				reply(w, object{"access_token": "t", "token_type": "Bearer", "expires_in": 1800})
				return
			}
			_, _ = w.Write(body)
		}))
		for _, reader := range []figgo.Reader{
			figgo.NewClient(figgo.ClientConfig{
				Host: "https://acme.ilucca.net", TokenURL: "https://acme.ilucca.net/connect/token", ClientID: "key", ClientSecret: "s", HTTPClient: client,
			}),
			figgo.NewLegacyClient(figgo.LegacyConfig{Host: "https://acme.ilucca.net", APIKey: "key", HTTPClient: client}),
		} {
			query := paris
			query.Limit = 2
			for range 3 {
				page, err := reader.Leaves(ctx, query)
				if checkPage(t, page, err); page.Next == "" {
					break
				}
				query.Cursor = page.Next
			}
			_, _ = reader.EmployeesPage(ctx, "", "12")
		}
	})
}
