package figgo_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/figgo"
)

var received = time.Date(2026, 4, 5, 12, 0, 0, 0, time.FixedZone("", 2*60*60))

func TestDecodeHTTPSynchronization(t *testing.T) {
	t.Parallel()
	const post = `{"id":"78287-20260424-PM","date":"2026-04-24","isAm":false,
 "owner":{"id":134,"name":"Jane Doe","email":"jane.doe@example.com","employeeNumber":"00001"},
 "leaveAccount":{"id":1718,"name":"Paid leave 2026","categoryId":1,"categoryName":"Paid leave"},
 "isConfirmed":true,"confirmationDate":"2026-04-04T22:34:47.797","isCancelled":false,"cancellationDate":""}`
	got, err := figgo.DecodeHTTPSynchronization("Approved", []byte(post), received)
	if err != nil {
		t.Fatal(err)
	}
	paid := halves(true, "2026-04-24 pm")
	paid[0].Type = absence.Type{ID: "1718", Name: "Paid leave 2026", Category: "Paid leave"}
	want := figgo.Notice{
		Kind: figgo.Approved, Topic: "approved", AbsenceID: "78287", EmployeeID: "134", Email: "jane.doe@example.com",
		ChangedAt: utc("2026-04-04T22:34:47.797Z"), OccurredAt: utc("2026-04-05T10:00:00Z"), Partial: true,
		Absence: absence.Absence{HalfDays: paid, Account: "1718", AccountName: "Paid leave 2026", Category: "Paid leave"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// postObject is a small post: Monday morning, pending.
func postObject() object {
	return object{
		"id": "78287-20260202-AM", "date": "2026-02-02", "isAm": true,
		"owner":       object{"id": 134, "email": "jane.doe@example.com"},
		"isConfirmed": false, "confirmationDate": "", "isCancelled": false, "cancellationDate": "",
	}
}

func TestDecodeHTTPSynchronizationKinds(t *testing.T) {
	t.Parallel()
	const confirmed, cancelled = "2026-01-20T10:00:00", "2026-01-21T10:00:00.5"
	cases := []struct {
		name, event string
		post        object
		want        figgo.Kind
		changedAt   string
	}{
		{"a request", "created", object{}, figgo.Requested, ""},
		{"any case", " CREATED ", object{}, figgo.Requested, ""},
		{"approved at once", "created", object{"isConfirmed": true, "confirmationDate": confirmed}, figgo.Approved, "2026-01-20T10:00:00Z"},
		{"an approval", "approved", object{"isConfirmed": true, "confirmationDate": confirmed}, figgo.Approved, "2026-01-20T10:00:00Z"},
		{"an approval whose body is older", "approved", object{}, figgo.Approved, ""},
		{"an approval that was cancelled since", "approved", object{"isConfirmed": true, "isCancelled": true, "cancellationDate": cancelled}, figgo.Deleted, "2026-01-21T10:00:00.5Z"},
		{"a request that was cancelled since", "created", object{"isCancelled": true}, figgo.Deleted, ""},
		{"a deletion", "deleted", object{"isCancelled": true, "cancellationDate": cancelled}, figgo.Deleted, "2026-01-21T10:00:00.5Z"},
		{"a deletion whose body is older", "deleted", object{"isConfirmed": true, "confirmationDate": confirmed}, figgo.Deleted, ""},
		{"no flags", "created", object{"isConfirmed": nil, "isCancelled": nil}, figgo.Requested, ""},
		{"a date for a flag", "created", object{"isConfirmed": nil, "confirmationDate": confirmed}, figgo.Approved, "2026-01-20T10:00:00Z"},
		{"a cancellation date for a flag", "created", object{"isCancelled": nil, "cancellationDate": cancelled}, figgo.Deleted, "2026-01-21T10:00:00.5Z"},
		{"a flag against a date", "created", object{"isConfirmed": false, "confirmationDate": confirmed}, figgo.Requested, ""},
		{"flags as texts", "created", object{"isConfirmed": "True", "isCancelled": ""}, figgo.Approved, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := figgo.DecodeHTTPSynchronization(c.event, postObject().with(c.post).json(), received)
			if err != nil {
				t.Fatal(err)
			}
			var changedAt time.Time
			if c.changedAt != "" {
				changedAt = utc(c.changedAt)
			}
			if got.Kind != c.want || !got.ChangedAt.Equal(changedAt) || !got.Partial {
				t.Errorf("got %+v", got)
			}
			if diff := cmp.Diff(halves(c.want == figgo.Approved, "2026-02-02 am"), got.Absence.HalfDays); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeHTTPSynchronizationIgnoresOtherEvents(t *testing.T) {
	t.Parallel()
	for _, event := range []string{"", "imported", "created,deleted"} {
		got, err := figgo.DecodeHTTPSynchronization(event, []byte("not even JSON"), received)
		if err != nil || got.Kind != figgo.Ignored || got.Topic != event {
			t.Errorf("%q: got %+v, %v", event, got, err)
		}
	}
}

func TestDecodeHTTPSynchronizationFields(t *testing.T) {
	t.Parallel()
	type result struct{ absence, employee, email, half string }
	usual := result{"78287", "134", "jane.doe@example.com", "2026-02-02 am"}
	cases := map[string]struct {
		post object
		want result
	}{
		"as it comes":           {object{}, usual},
		"a day with a time":     {object{"date": "2026-02-02T00:00:00"}, usual},
		"a day with an offset":  {object{"date": "2026-02-02T00:00:00+11:00"}, usual},
		"day only in the id":    {object{"date": "", "isAm": nil}, usual},
		"id against the fields": {object{"id": "78287-20260101-PM"}, usual},
		"the prefix is opaque":  {object{"id": "ab-12-20260202-20260203-AM"}, result{"ab-12", "134", "jane.doe@example.com", "2026-02-02 am"}},
		"no such form":          {object{"id": "78287"}, usual},
		"a number":              {object{"id": 78287}, usual},
		"owner id as a text":    {object{"owner": object{"id": "134"}}, result{"78287", "134", "", "2026-02-02 am"}},
		"owner by address":      {object{"owner": object{"email": " jane@example.com "}}, result{"78287", "", "jane@example.com", "2026-02-02 am"}},
		"address with invisible signs": {object{"owner": object{"email": "\ufeff jane\u200b@\u200eexample.com\u2069\u00a0"}},
			result{"78287", "", "jane@example.com", "2026-02-02 am"}},
		"address is none": {object{"owner": object{"id": 134, "email": "n/a"}}, result{"78287", "134", "", "2026-02-02 am"}},
		"address is null": {object{"owner": raw(`{"id":134,"email":null}`)}, result{"78287", "134", "", "2026-02-02 am"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := figgo.DecodeHTTPSynchronization("created", postObject().with(c.post).json(), received)
			if err != nil {
				t.Fatal(err)
			}
			if r := (result{got.AbsenceID, got.EmployeeID, got.Email, c.want.half}); r != c.want {
				t.Errorf("got %+v", got)
			}
			if diff := cmp.Diff(halves(false, c.want.half), got.Absence.HalfDays); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeHTTPSynchronizationHours(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value   any
		minutes int
	}{
		{nil, 0}, {"", 0}, {raw("null"), 0}, {0, 0}, {"00:00:00", 0}, {"0", 0},
		{"03:30:00", 210}, {"3:30", 210}, {"03:29:59.9999999", 210}, {"00:00:01", 1}, {"0.03:30:00", 210},
		{"1.11:00:00", 0}, {"24:00:00", 0}, {"23:59:59", 0}, {"23:59:00", 1439},
		{3.5, 210}, {2, 120}, {"3.5", 210}, {"3,5", 210}, {"0.25", 15}, {raw("3.5e0"), 210},
		{"PT3H30M", 210}, {"PT3.5H", 210}, {"P1DT11H", 0}, {"PT35H", 0}, {"PT90M", 90}, {"P0DT1H", 60}, {"P1W", 0},
	} {
		got, err := figgo.DecodeHTTPSynchronization("created", postObject().with(object{"value": c.value}).json(), received)
		if err != nil || got.Absence.HalfDays[0].Minutes != c.minutes {
			t.Errorf("%v: got %+v, %v", c.value, got.Absence.HalfDays, err)
		}
	}
	for _, value := range []any{canary, "NaN", "-1", -1, "P1M", "P1Y", "P", "PT", "P1DT", "1:75", "3h", "0x10", "1_0", []int{3}, object{"h": 3}, true, "12:00:00:00"} {
		_, err := figgo.DecodeHTTPSynchronization("created", postObject().with(object{"value": value}).json(), received)
		wantBodyError(t, err, "value")
	}
}

func TestDecodeHTTPSynchronizationRefuses(t *testing.T) {
	t.Parallel()
	cases := map[string]object{
		"id":               {"id": nil},
		"date":             {"date": canary},
		"isAm":             {"id": "78287", "isAm": nil},
		"owner":            {"owner": object{"name": canary}},
		"owner.email":      {"owner": object{"id": 134, "email": 7}},
		"owner.id":         {"owner": object{"id": 1.5}},
		"leaveAccount":     {"leaveAccount": canary},
		"isCancelled":      {"isCancelled": canary},
		"isConfirmed":      {"isConfirmed": 2},
		"confirmationDate": {"confirmationDate": canary},
	}
	for field, post := range cases {
		_, err := figgo.DecodeHTTPSynchronization("approved", postObject().with(post).json(), received)
		wantBodyError(t, err, field)
	}
	_, err := figgo.DecodeHTTPSynchronization("created", postObject().with(object{"id": "78287", "date": nil}).json(), received)
	wantBodyError(t, err, "date")
}

func TestDecodeHTTPSynchronizationDeletesWithoutOwner(t *testing.T) {
	t.Parallel()
	got, err := figgo.DecodeHTTPSynchronization("deleted", postObject().with(object{"owner": nil}).json(), received)
	if err != nil || got.Kind != figgo.Deleted || got.AbsenceID != "78287" {
		t.Fatalf("got %+v, %v", got, err)
	}
}
