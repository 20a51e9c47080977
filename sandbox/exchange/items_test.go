package exchange_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

func TestLifeOfAnItem(t *testing.T) {
	t.Parallel()
	s := startBasic(t)
	created := s.must(t, request{body: createBody(item("Absent", marker("demo/1")+wholeDays))})
	id, key := created.id(t)
	want := mailboxes.View{Subject: "Absent", Start: "2026-07-01", End: "2026-07-03", AllDay: true, TimeZone: "Europe/Paris", ShowAs: "OOF", Status: "confirmed", Marked: true}
	if diff := cmp.Diff([]mailboxes.View{want}, s.views(t, alice)); diff != "" {
		t.Error(diff)
	}

	_, fresh := s.must(t, request{body: getBody(id, "")}).id(t)
	if fresh == key {
		t.Error("the ChangeKey of CreateItem is still current")
	}
	if _, again := s.must(t, request{body: getBody(id, "")}).id(t); again != fresh {
		t.Error("reading moves the ChangeKey every time")
	}
	s.must(t, request{body: updateBody(id, fresh, set("item:Subject", "<t:Subject>Away</t:Subject>"), set("item:Sensitivity", "<t:Sensitivity>Private</t:Sensitivity>"),
		set("calendar:LegacyFreeBusyStatus", "<t:LegacyFreeBusyStatus>Tentative</t:LegacyFreeBusyStatus>"))})
	want.Subject, want.Private, want.ShowAs, want.Status = "Away", true, "Tentative", "tentative"
	if diff := cmp.Diff([]mailboxes.View{want}, s.views(t, alice)); diff != "" {
		t.Error(diff)
	}

	s.must(t, request{body: deleteBody(id, "MoveToDeletedItems")})
	if views := s.views(t, alice); len(views) != 0 {
		t.Errorf("a binned item is still seen: %v", views)
	}
	if a := s.send(t, request{body: getBody(id, "")}); a.status != http.StatusOK || a.one("ResponseCode") != "ErrorItemNotFound" {
		t.Errorf("the old id of a moved item: %d %s", a.status, a.one("ResponseCode"))
	}
	binned, _ := s.must(t, request{body: findBody("deleteditems", "", where(equals(markerURI, "demo/1")))}).id(t)
	if binned == id {
		t.Error("the id survived the move")
	}
	s.must(t, request{body: deleteBody(binned, "HardDelete")})
	if a := s.must(t, request{body: findBody("deleteditems", "", "")}); len(a.all("ItemId")) != 0 {
		t.Error("a hard-deleted item is still found")
	}
}

func TestExtendedPropertiesOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	s := startBasic(t)
	id, _ := s.must(t, request{body: createBody(item("Absent", marker("demo/1")+wholeDays))}).id(t)
	everything := strings.Replace(getBody(id, ""), "IdOnly", "AllProperties", 1)
	for _, version := range []string{"Exchange2010_SP2", "Exchange2016"} {
		a := s.must(t, request{version: version, body: everything})
		if len(a.all("ExtendedProperty")) != 0 || a.one("Subject") != "Absent" || a.one("ReminderIsSet") != "false" {
			t.Errorf("AllProperties: %s", a.text)
		}
	}
	other := strings.ReplaceAll(markerURI, "figgosyncKey", "FiggosyncKey")
	a := s.must(t, request{body: getBody(id, `<t:AdditionalProperties>`+strings.Replace(markerURI, "7b1f0c52", "7B1F0C52", 1)+other+`</t:AdditionalProperties>`)})
	if values := a.all("ExtendedProperty"); len(values) != 1 || a.one("Value") != "demo/1" {
		t.Errorf("the property by its name: %s", a.text)
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	s := startBasic(t)
	zones := func(id string) string { return `<t:StartTimeZone Id="` + id + `"/><t:EndTimeZone Id="` + id + `"/>` }
	for name, test := range map[string]struct {
		context, start, end, zones string
		allDay                     bool
		as                         string
		wantStart, wantEnd         string
	}{
		"item's zone":               {start: "2026-07-01T09:00:00", end: "2026-07-01T12:00:00", zones: zones("Romance Standard Time"), wantStart: "2026-07-01T09:00", wantEnd: "2026-07-01T12:00"},
		"item's zone before header": {context: paris, start: "2026-07-01T09:00:00", end: "2026-07-01T12:00:00", zones: zones("UTC"), wantStart: "2026-07-01T11:00", wantEnd: "2026-07-01T14:00"},
		"header's zone":             {context: paris, start: "2026-07-01T09:00:00", end: "2026-07-01T12:00:00", wantStart: "2026-07-01T09:00", wantEnd: "2026-07-01T12:00"},
		"no zone":                   {start: "2026-07-01T09:00:00", end: "2026-07-01T12:00:00", wantStart: "2026-07-01T11:00", wantEnd: "2026-07-01T14:00"},
		"Z wins":                    {context: paris, start: "2026-07-01T09:00:00Z", end: "2026-07-01T12:00:00Z", zones: zones("Romance Standard Time"), wantStart: "2026-07-01T11:00", wantEnd: "2026-07-01T14:00"},
		"offset wins":               {context: paris, start: "2026-07-01T09:00:00.000-01:00", end: "2026-07-01T12:00:00-01:00", wantStart: "2026-07-01T12:00", wantEnd: "2026-07-01T15:00"},
		"end without its zone":      {start: "2026-07-01T09:00:00", end: "2026-07-01T12:00:00", zones: `<t:StartTimeZone Id="Romance Standard Time"/>`, wantStart: "2026-07-01T09:00", wantEnd: "2026-07-01T14:00"},
		"whole days":                {start: "2026-07-01T00:00:00", end: "2026-07-02T00:00:00", zones: zones("Romance Standard Time"), allDay: true, wantStart: "2026-07-01", wantEnd: "2026-07-02"},
		"summer time begins":        {start: "2026-03-29T00:00:00", end: "2026-03-30T00:00:00", zones: zones("Romance Standard Time"), allDay: true, wantStart: "2026-03-29", wantEnd: "2026-03-30"},
		"a day without midnight":    {start: "2026-09-06T00:00:00", end: "2026-09-07T00:00:00", zones: zones("Pacific SA Standard Time"), allDay: true, as: "sofia@example.com", wantStart: "2026-09-06", wantEnd: "2026-09-07"},
		"a time never shown":        {start: "2026-03-29T02:30:00", end: "2026-03-29T04:00:00", zones: zones("Romance Standard Time"), wantStart: "2026-03-29T03:00", wantEnd: "2026-03-29T04:00"},
		"rounded to midnights":      {start: "2026-07-01T09:00:00", end: "2026-07-01T18:00:00", zones: zones("Romance Standard Time"), allDay: true, wantStart: "2026-07-01", wantEnd: "2026-07-02"},
		"UTC midnights, Paris zone": {start: "2026-07-01T00:00:00Z", end: "2026-07-02T00:00:00Z", zones: zones("Romance Standard Time"), allDay: true, wantStart: "2026-07-01", wantEnd: "2026-07-03"},
		"whole days without zone":   {start: "2026-07-01T00:00:00", end: "2026-07-02T00:00:00", allDay: true, wantStart: "2026-07-01", wantEnd: "2026-07-03"},
		"Paris in Réunion":          {start: "2026-07-01T00:00:00", end: "2026-07-02T00:00:00", zones: zones("Romance Standard Time"), allDay: true, as: "rene@example.com", wantStart: "2026-07-01", wantEnd: "2026-07-03"},
		"Réunion in Réunion":        {start: "2026-07-01T00:00:00", end: "2026-07-02T00:00:00", zones: zones("Mauritius Standard Time"), allDay: true, as: "rene@example.com", wantStart: "2026-07-01", wantEnd: "2026-07-02"},
		"Paris in Zurich":           {start: "2026-07-01T00:00:00", end: "2026-07-02T00:00:00", zones: zones("Romance Standard Time"), allDay: true, as: "bob@example.com", wantStart: "2026-07-01", wantEnd: "2026-07-02"},
	} {
		day := ""
		if test.allDay {
			day = `<t:IsAllDayEvent>true</t:IsAllDayEvent>`
		}
		s.must(t, request{as: test.as, context: test.context, body: createBody(`<t:Subject>` + name + `</t:Subject><t:Start>` + test.start + `</t:Start><t:End>` + test.end + `</t:End>` + day + test.zones)})
		views := s.views(t, or(test.as, alice))
		if v := views[len(views)-1]; v.Subject != name || v.Start != test.wantStart || v.End != test.wantEnd || v.AllDay != test.allDay {
			t.Errorf("%s: seen %s to %s, want %s to %s", name, v.Start, v.End, test.wantStart, test.wantEnd)
		}
	}
}

func TestUpdateOfTimes(t *testing.T) {
	t.Parallel()
	s := startBasic(t)
	const london = `<t:StartTimeZone Id="GMT Standard Time"/>`
	timed := strings.Replace(strings.Replace(wholeDays, "true", "false", 1), "T00:00:00</t:End>", "T08:00:00</t:End>", 1)
	for name, test := range map[string]struct {
		changes  []string
		context  string
		from, to string
	}{
		"only the zone keeps the clock": {changes: []string{set("calendar:StartTimeZone", london)}, from: "2026-07-01T01:00", to: "2026-07-03T08:00"},
		"the zone with the start":       {changes: []string{set("calendar:Start", "<t:Start>2026-07-02T10:00:00</t:Start>"), set("calendar:StartTimeZone", london)}, from: "2026-07-02T11:00", to: "2026-07-03T08:00"},
		"a start without a zone is UTC": {changes: []string{set("calendar:Start", "<t:Start>2026-07-02T10:00:00</t:Start>")}, from: "2026-07-02T12:00", to: "2026-07-03T08:00"},
		"or the header's":               {context: paris, changes: []string{set("calendar:Start", "<t:Start>2026-07-02T10:00:00</t:Start>")}, from: "2026-07-02T10:00", to: "2026-07-03T08:00"},
		"a morning while all-day":       {context: paris, changes: []string{set("calendar:IsAllDayEvent", "<t:IsAllDayEvent>true</t:IsAllDayEvent>"), set("calendar:Start", "<t:Start>2026-07-02T09:00:00</t:Start>"), set("calendar:End", "<t:End>2026-07-02T12:00:00</t:End>"), set("calendar:IsAllDayEvent", "<t:IsAllDayEvent>false</t:IsAllDayEvent>")}, from: "2026-07-02T00:00", to: "2026-07-03T00:00"},
		"a morning once timed":          {context: paris, changes: []string{set("calendar:IsAllDayEvent", "<t:IsAllDayEvent>false</t:IsAllDayEvent>"), set("calendar:Start", "<t:Start>2026-07-02T09:00:00</t:Start>"), set("calendar:End", "<t:End>2026-07-02T12:00:00</t:End>")}, from: "2026-07-02T09:00", to: "2026-07-02T12:00"},
		"all-day rounds":                {changes: []string{set("calendar:IsAllDayEvent", "<t:IsAllDayEvent>true</t:IsAllDayEvent>")}, from: "2026-07-01", to: "2026-07-04"},
	} {
		id, key := s.must(t, request{body: createBody(item(name, timed))}).id(t)
		s.must(t, request{context: test.context, body: updateBody(id, key, test.changes...)})
		views := s.views(t, alice)
		if v := views[len(views)-1]; v.Start != test.from || v.End != test.to {
			t.Errorf("%s: seen %s to %s, want %s to %s", name, v.Start, v.End, test.from, test.to)
		}
	}
}

func TestAnswersTellTheTimeZone(t *testing.T) {
	t.Parallel()
	s := startBasic(t)
	id, _ := s.must(t, request{body: createBody(item("Absent", wholeDays))}).id(t)
	ask := getBody(id, `<t:AdditionalProperties><t:FieldURI FieldURI="calendar:Start"/><t:FieldURI FieldURI="calendar:EndTimeZone"/></t:AdditionalProperties>`)
	if got := s.must(t, request{body: ask}).one("Start"); got != "2026-06-30T22:00:00Z" {
		t.Errorf("without a context: %s", got)
	}
	a := s.must(t, request{body: ask, context: paris})
	if got := a.one("Start"); got != "2026-07-01T00:00:00+02:00" {
		t.Errorf("with a context: %s", got)
	}
	if zone := a.all("EndTimeZone"); len(zone) != 1 || zone[0].Value("Id") != "Romance Standard Time" {
		t.Errorf("EndTimeZone: %s", a.text)
	}
}

func TestUserActions(t *testing.T) {
	t.Parallel()
	s := startBasic(t)
	id, _ := s.must(t, request{body: createBody(item("Absent", marker("demo/1")+wholeDays))}).id(t)
	_, key := s.must(t, request{body: getBody(id, "")}).id(t)
	subject := "Do not disturb"
	if err := s.OwnerEdit(alice, id, mailboxes.Edit{Subject: &subject, Days: 1}); err != nil {
		t.Fatal(err)
	}
	if v := s.views(t, alice)[0]; v.Subject != subject || v.Start != "2026-07-02" || v.End != "2026-07-04" || !v.Marked {
		t.Errorf("after an edit: %+v", v)
	}
	if _, after := s.must(t, request{body: getBody(id, "")}).id(t); after == key {
		t.Error("an edit left the ChangeKey as it was")
	}
	moved, err := s.UserMove(alice, id)
	if err != nil || moved == id {
		t.Fatalf("UserMove = %q, %v", moved, err)
	}
	if a := s.must(t, request{body: findBody("calendar", "", "")}); len(a.all("ItemId")) != 0 || len(s.views(t, alice)) != 1 {
		t.Error("a moved event is still in the default calendar, or no longer seen")
	}
	if err := s.OwnerDelete(alice, moved); err != nil {
		t.Fatal(err)
	}
	if a := s.must(t, request{body: findBody("deleteditems", "", "")}); len(a.all("ItemId")) != 1 || len(s.views(t, alice)) != 0 {
		t.Error("a binned event is not in Deleted Items, or still seen")
	}
	if err := s.OwnerDelete(alice, id); err == nil {
		t.Error("an old id can be binned")
	}
}
