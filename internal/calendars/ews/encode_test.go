package ews_test

import (
	"encoding/xml"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/internal/calendars/windowszones"
)

func head(version, zone string) string {
	context := ""
	if zone != "" {
		context = `<t:TimeZoneContext><t:TimeZoneDefinition Id="` + zone + `"></t:TimeZoneDefinition></t:TimeZoneContext>`
	}
	return `<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">` +
		`<soap:Header><t:RequestServerVersion Version="` + version + `"></t:RequestServerVersion>` +
		`<t:ExchangeImpersonation><t:ConnectingSID><t:SmtpAddress>jean@example.com</t:SmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>` +
		context + `</soap:Header><soap:Body>`
}

const tail = `</soap:Body></soap:Envelope>`

func field(name string) string {
	return `<t:ExtendedFieldURI PropertySetId="7b1f0c52-6d0e-4f0c-9c55-5b0d6f1e7a21" PropertyName="` + name + `" PropertyType="String"></t:ExtendedFieldURI>`
}

func property(name, value string) string {
	return `<t:ExtendedProperty>` + field(name) + `<t:Value>` + value + `</t:Value></t:ExtendedProperty>`
}

var shape = `<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>` +
	`<t:FieldURI FieldURI="item:DateTimeCreated"></t:FieldURI><t:FieldURI FieldURI="calendar:UID"></t:FieldURI>` + field("figgosyncKey") + field("figgosyncRun") + `</t:AdditionalProperties></m:ItemShape>`

// body runs one call against a server that says yes and returns what was sent
// by the last request.
func body(t testing.TB, call func(*ews.Calendar) error) string {
	t.Helper()
	e, c := open(t, wellBehaved)
	if err := call(c); err != nil {
		t.Fatal(err)
	}
	if last := lastCreate(e.seen()); last.body != "" {
		return last.body
	}
	return e.seen()[len(e.seen())-1].body
}

func TestRequestsByteForByte(t *testing.T) {
	t.Parallel()
	run := marker.RunValue(calendars.Fingerprint(twoDays())) // a server that tells no UID
	bound := marker.BoundRunValue(calendars.Fingerprint(twoDays()), uidOf(marker))
	for name, test := range map[string]struct {
		call func(*ews.Calendar) error
		want string
	}{
		"find": {
			func(c *ews.Calendar) error { _, err := c.Find(t.Context(), mailbox, key); return err },
			head("Exchange2010_SP2", "") + `<m:FindItem Traversal="Shallow">` + shape +
				`<m:IndexedPageItemView MaxEntriesReturned="250" Offset="0" BasePoint="Beginning"></m:IndexedPageItemView>` +
				`<m:Restriction><t:IsEqualTo>` + field("figgosyncKey") + `<t:FieldURIOrConstant><t:Constant Value="acme/1234"></t:Constant></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>` +
				`<m:ParentFolderIds><t:DistinguishedFolderId Id="calendar"></t:DistinguishedFolderId></m:ParentFolderIds></m:FindItem>` + tail,
		},
		"create": {
			func(c *ews.Calendar) error {
				_, err := c.Create(t.Context(), mailbox, marker, twoDays(), "")
				return err
			},
			head("Exchange2010_SP2", "Romance Standard Time") + `<m:CreateItem SendMeetingInvitations="SendToNone">` +
				`<m:SavedItemFolderId><t:DistinguishedFolderId Id="calendar"></t:DistinguishedFolderId></m:SavedItemFolderId><m:Items><t:CalendarItem>` +
				`<t:Subject>Absent</t:Subject><t:Sensitivity>Normal</t:Sensitivity><t:ReminderIsSet>false</t:ReminderIsSet>` +
				property("figgosyncKey", "acme/1234") + property("figgosyncRun", bound) + `<t:UID>` + uidOf(marker) + `</t:UID>` +
				`<t:Start>2026-07-01T00:00:00</t:Start><t:End>2026-07-03T00:00:00</t:End><t:IsAllDayEvent>true</t:IsAllDayEvent>` +
				`<t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus><t:IsResponseRequested>false</t:IsResponseRequested>` +
				`<t:StartTimeZone Id="Romance Standard Time"></t:StartTimeZone><t:EndTimeZone Id="Romance Standard Time"></t:EndTimeZone>` +
				`</t:CalendarItem></m:Items></m:CreateItem>` + tail,
		},
		"get and update": {
			func(c *ews.Calendar) error {
				_, err := c.Update(t.Context(), mailbox, calendars.Placed{Marker: marker, ID: "AAA="}, twoDays())
				return err
			},
			head("Exchange2010_SP2", "Romance Standard Time") +
				`<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly" SendMeetingInvitationsOrCancellations="SendToNone">` +
				`<m:ItemChanges><t:ItemChange><t:ItemId Id="AAA=" ChangeKey="CK2"></t:ItemId><t:Updates>` +
				set("item:Subject", `<t:Subject>Absent</t:Subject>`) +
				set("item:Sensitivity", `<t:Sensitivity>Normal</t:Sensitivity>`) +
				set("calendar:LegacyFreeBusyStatus", `<t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus>`) +
				set("calendar:StartTimeZone", `<t:StartTimeZone Id="Romance Standard Time"></t:StartTimeZone>`) +
				set("calendar:EndTimeZone", `<t:EndTimeZone Id="Romance Standard Time"></t:EndTimeZone>`) +
				set("calendar:IsAllDayEvent", `<t:IsAllDayEvent>true</t:IsAllDayEvent>`) +
				set("calendar:Start", `<t:Start>2026-07-01T00:00:00</t:Start>`) +
				set("calendar:End", `<t:End>2026-07-03T00:00:00</t:End>`) +
				`<t:SetItemField>` + field("figgosyncRun") + `<t:CalendarItem>` + property("figgosyncRun", run) + `</t:CalendarItem></t:SetItemField>` +
				`</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>` + tail,
		},
		"delete": {
			func(c *ews.Calendar) error {
				return c.Delete(t.Context(), mailbox, calendars.Placed{Marker: marker, ID: "AAA=", Version: "CK"})
			},
			head("Exchange2010_SP2", "") + `<m:DeleteItem DeleteType="MoveToDeletedItems" SendMeetingCancellations="SendToNone">` +
				`<m:ItemIds><t:ItemId Id="AAA="></t:ItemId></m:ItemIds></m:DeleteItem>` + tail,
		},
	} {
		if diff := cmp.Diff(test.want, body(t, test.call)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func set(uri, inside string) string {
	return `<t:SetItemField><t:FieldURI FieldURI="` + uri + `"></t:FieldURI><t:CalendarItem>` + inside + `</t:CalendarItem></t:SetItemField>`
}

// sentItem is the event inside a CreateItem, as a server understands it.
type sentItem struct {
	Subject       string `xml:"Body>CreateItem>Items>CalendarItem>Subject"`
	Sensitivity   string `xml:"Body>CreateItem>Items>CalendarItem>Sensitivity"`
	Start         string `xml:"Body>CreateItem>Items>CalendarItem>Start"`
	End           string `xml:"Body>CreateItem>Items>CalendarItem>End"`
	AllDay        bool   `xml:"Body>CreateItem>Items>CalendarItem>IsAllDayEvent"`
	FreeBusy      string `xml:"Body>CreateItem>Items>CalendarItem>LegacyFreeBusyStatus"`
	ReminderIsSet bool   `xml:"Body>CreateItem>Items>CalendarItem>ReminderIsSet"`
	StartTimeZone struct {
		ID string `xml:"Id,attr"`
	} `xml:"Body>CreateItem>Items>CalendarItem>StartTimeZone"`
}

// lastCreate is the last creation: the first one of all is read again.
func lastCreate(seen []request) request {
	for _, r := range slices.Backward(seen) {
		if r.operation == "CreateItem" {
			return r
		}
	}
	return request{}
}

func sent(t testing.TB, c *ews.Calendar, e *exchange, event absence.Event) sentItem {
	t.Helper()
	if _, err := c.Create(t.Context(), mailbox, marker, event, ""); err != nil {
		t.Fatal(err)
	}
	var got sentItem
	if err := xml.Unmarshal([]byte(lastCreate(e.seen()).body), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestEventFields(t *testing.T) {
	t.Parallel()
	timed := func(date absence.Date, start, end absence.Clock, zone string) absence.Event {
		e := twoDays()
		e.AllDay, e.Zone = false, zone
		e.Start, e.End = absence.LocalTime{Date: date, Clock: start}, absence.LocalTime{Date: date, Clock: end}
		return e
	}
	with := func(change func(*absence.Event)) absence.Event { e := twoDays(); change(&e); return e }
	day := absence.Date{Year: 2026, Month: 12, Day: 31}
	// 2026-03-29 has no 02:30 in Paris; the wall clock goes out as it is.
	spring := absence.Date{Year: 2026, Month: 3, Day: 29}
	for name, test := range map[string]struct {
		event absence.Event
		want  string
	}{
		"all day":        {twoDays(), "Absent|Normal|2026-07-01T00:00:00|2026-07-03T00:00:00|true|OOF|Romance Standard Time"},
		"morning":        {timed(day, 540, 720, "Indian/Reunion"), "Absent|Normal|2026-12-31T09:00:00|2026-12-31T12:00:00|false|OOF|Mauritius Standard Time"},
		"until 24:00":    {timed(day, 14*60, 24*60, "Europe/Zurich"), "Absent|Normal|2026-12-31T14:00:00|2027-01-01T00:00:00|false|OOF|W. Europe Standard Time"},
		"odd minutes":    {timed(spring, 150, 471, "Europe/Paris"), "Absent|Normal|2026-03-29T02:30:00|2026-03-29T07:51:00|false|OOF|Romance Standard Time"},
		"old zone name":  {timed(day, 540, 720, "Asia/Calcutta"), "Absent|Normal|2026-12-31T09:00:00|2026-12-31T12:00:00|false|OOF|India Standard Time"},
		"tentative":      {with(func(e *absence.Event) { e.ShowAs = absence.Tentative }), "Absent|Normal|2026-07-01T00:00:00|2026-07-03T00:00:00|true|Tentative|Romance Standard Time"},
		"free":           {with(func(e *absence.Event) { e.ShowAs = absence.Free }), "Absent|Normal|2026-07-01T00:00:00|2026-07-03T00:00:00|true|Free|Romance Standard Time"},
		"busy, private":  {with(func(e *absence.Event) { e.ShowAs, e.Private = absence.Busy, true }), "Absent|Private|2026-07-01T00:00:00|2026-07-03T00:00:00|true|Busy|Romance Standard Time"},
		"elsewhere":      {with(func(e *absence.Event) { e.ShowAs = absence.Elsewhere }), "Absent|Normal|2026-07-01T00:00:00|2026-07-03T00:00:00|true|WorkingElsewhere|Romance Standard Time"},
		"markup":         {with(func(e *absence.Event) { e.Title = `<b>"R&D" ]]>'</b>` }), `<b>"R&D" ]]>'</b>|Normal|2026-07-01T00:00:00|2026-07-03T00:00:00|true|OOF|Romance Standard Time`},
		"control":        {with(func(e *absence.Event) { e.Title = "a\x00b\x0bc\td\r\ne\x1f\uFFFEf" }), "abc d  ef|Normal|2026-07-01T00:00:00|2026-07-03T00:00:00|true|OOF|Romance Standard Time"},
		"other writings": {with(func(e *absence.Event) { e.Title = "Congés 休暇 🏝" }), "Congés 休暇 🏝|Normal|2026-07-01T00:00:00|2026-07-03T00:00:00|true|OOF|Romance Standard Time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, c := open(t, wellBehaved)
			got := sent(t, c, e, test.event)
			text := strings.Join([]string{got.Subject, got.Sensitivity, got.Start, got.End, map[bool]string{true: "true", false: "false"}[got.AllDay], got.FreeBusy, got.StartTimeZone.ID}, "|")
			if diff := cmp.Diff(test.want, text); diff != "" {
				t.Error(diff)
			}
			if got.ReminderIsSet {
				t.Error("a reminder is set")
			}
		})
	}
}

func TestTitleIsOneLineTheServerKeeps(t *testing.T) {
	t.Parallel()
	e, c := open(t, wellBehaved)
	rapid.Check(t, func(t *rapid.T) {
		event := twoDays()
		event.Title = rapid.OneOf(rapid.String(), rapid.StringN(0, 400, -1), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "title")
		if _, err := c.Create(t.Context(), mailbox, marker, event, ""); err != nil {
			t.Fatal(err)
		}
		seen := e.seen()
		var got sentItem
		if err := xml.Unmarshal([]byte(lastCreate(seen).body), &got); err != nil {
			t.Fatalf("%v in %q", err, lastCreate(seen).body)
		}
		if units := len(utf16.Encode([]rune(got.Subject))); units > 255 || strings.ContainsAny(got.Subject, "\r\n\t") {
			t.Fatalf("%d units: %q", units, got.Subject)
		}
		if plain := strings.Map(func(r rune) rune {
			if r < ' ' || r == 0xFFFE || r == 0xFFFF {
				return -1
			}
			return r
		}, event.Title); !strings.ContainsAny(event.Title, "\r\n\t") && !strings.HasPrefix(plain, got.Subject) {
			t.Fatalf("%q became %q", event.Title, got.Subject)
		}
	})
}

// An all-day event is midnight to midnight of the zone's wall clock whatever
// the zone and date: it can never be a day longer.
func TestAllDayIsMidnightToMidnightInEveryZone(t *testing.T) {
	t.Parallel()
	e, c := open(t, wellBehaved)
	zones := []string{"Europe/Paris", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia", "Asia/Kathmandu", "America/St_Johns", "Pacific/Chatham", "Africa/Cairo"}
	rapid.Check(t, func(t *rapid.T) {
		start := absence.DateOf(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).AddDays(rapid.IntRange(0, 30_000).Draw(t, "day"))
		days := rapid.IntRange(1, 400).Draw(t, "days")
		event := twoDays()
		event.Zone = rapid.SampledFrom(zones).Draw(t, "zone")
		event.Start.Date, event.End.Date = start, start.AddDays(days)
		if _, err := c.Create(t.Context(), mailbox, marker, event, ""); err != nil {
			t.Fatal(err)
		}
		seen := e.seen()
		var got sentItem
		if err := xml.Unmarshal([]byte(lastCreate(seen).body), &got); err != nil {
			t.Fatal(err)
		}
		zone, _ := windowszones.FromIANA(event.Zone)
		want := sentItem{Subject: "Absent", Sensitivity: "Normal", FreeBusy: "OOF", AllDay: true,
			Start: start.String() + "T00:00:00", End: start.AddDays(days).String() + "T00:00:00"}
		want.StartTimeZone.ID = zone
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}
