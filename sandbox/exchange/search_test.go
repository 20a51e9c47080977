package exchange_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/sandbox/exchange"
)

func calendarView(from, to string) string {
	return `<m:CalendarView StartDate="` + from + `" EndDate="` + to + `"/>`
}

func TestFind(t *testing.T) {
	t.Parallel()
	s := startBasic(t)
	s.must(t, request{body: createBody(item("Absent", marker("demo/1")+wholeDays), item("Absent again", marker("demo/2")+wholeDays), item("Lunch", wholeDays),
		item("August", marker("demo/8")+strings.ReplaceAll(wholeDays, "2026-07", "2026-08")))})
	subject := `<t:FieldURI FieldURI="item:Subject"/>`
	contains := func(mode, comparison, value string) string {
		return `<t:Contains ContainmentMode="` + mode + `" ContainmentComparison="` + comparison + `">` + subject + `<t:Constant Value="` + value + `"/></t:Contains>`
	}
	field := func(uri string) string { return `<t:FieldURI FieldURI="` + uri + `"/>` }
	compare := func(operator, uri, constant string) string {
		return strings.ReplaceAll(equals(field(uri), constant), "IsEqualTo", operator)
	}
	for name, test := range map[string]struct{ view, restriction, want string }{
		"everything":             {"", "", "Absent,Absent again,Lunch,August"},
		"by marker":              {"", where(equals(markerURI, "demo/2")), "Absent again"},
		"without regard to case": {"", where(equals(markerURI, "DEMO/2")), "Absent again"},
		"none":                   {"", where(equals(markerURI, "demo/3")), ""},
		"another name's case":    {"", where(equals(strings.Replace(markerURI, "figgosyncKey", "FiggosyncKey", 1), "demo/2")), ""},
		"another type":           {"", where(equals(strings.Replace(markerURI, `"String"`, `"Binary"`, 1), "demo/2")), ""},
		"by subject":             {"", where(equals(subject, "absent")), "Absent"},
		"marked":                 {"", where(`<t:Exists>` + markerURI + `</t:Exists>`), "Absent,Absent again,August"},
		"not marked":             {"", where(`<t:Not><t:Exists>` + markerURI + `</t:Exists></t:Not>`), "Lunch"},
		"either":                 {"", where(`<t:Or>` + equals(markerURI, "demo/1") + equals(subject, "Lunch") + `</t:Or>`), "Absent,Lunch"},
		"both":                   {"", where(`<t:And>` + equals(markerURI, "demo/1") + equals(subject, "Lunch") + `</t:And>`), ""},
		"substring":              {"", where(contains("Substring", "Exact", "sent")), "Absent,Absent again"},
		"prefix":                 {"", where(contains("Prefixed", "Exact", "absent")), ""},
		"prefix without case":    {"", where(contains("Prefixed", "IgnoreCase", "absent")), "Absent,Absent again"},
		"from a moment on":       {"", where(compare("IsGreaterThanOrEqualTo", "calendar:Start", "2026-07-31T22:00:00Z")), "August"},
		"after a moment":         {"", where(compare("IsGreaterThan", "calendar:Start", "2026-07-31T22:00:00Z")), ""},
		"before a moment":        {"", where(compare("IsLessThan", "calendar:End", "2026-07-31T22:00:00+02:00")), "Absent,Absent again,Lunch"},
		"not later than":         {"", where(compare("IsLessThanOrEqualTo", "calendar:Start", "2026-06-30T22:00:00Z")), "Absent,Absent again,Lunch"},
		"another subject":        {"", where(compare("IsNotEqualTo", "item:Subject", "lunch")), "Absent,Absent again,August"},
		"another marker":         {"", where(strings.ReplaceAll(equals(markerURI, "demo/1"), "IsEqualTo", "IsNotEqualTo")), "Absent again,August"},
		"a status":               {"", where(compare("IsEqualTo", "calendar:LegacyFreeBusyStatus", "OOF")), "Absent,Absent again,Lunch,August"},
		"whole days":             {"", where(compare("IsEqualTo", "calendar:IsAllDayEvent", "false")), ""},
		"two properties":         {"", where(`<t:IsLessThan>` + field("calendar:Start") + `<t:FieldURIOrConstant>` + field("calendar:End") + `</t:FieldURIOrConstant></t:IsLessThan>`), "Absent,Absent again,Lunch,August"},
		"a page":                 {`<m:IndexedPageItemView MaxEntriesReturned="2" Offset="1" BasePoint="Beginning"/>`, "", "Absent again,Lunch"},
		"from the end":           {`<m:IndexedPageItemView MaxEntriesReturned="1" Offset="0" BasePoint="End"/>`, "", "August"},
		"beyond the end":         {`<m:IndexedPageItemView Offset="9" BasePoint="Beginning"/>`, "", ""},
		"July":                   {calendarView("2026-07-02T00:00:00Z", "2026-07-03T00:00:00Z"), "", "Absent,Absent again,Lunch"},
		"a view's end excluded":  {calendarView("2026-07-04T00:00:00Z", "2026-07-31T22:00:00Z"), "", ""},
	} {
		a := s.must(t, request{body: findBody("calendar", test.view, test.restriction)})
		var got []string
		for _, n := range a.all("Subject") {
			got = append(got, n.Text)
		}
		if strings.Join(got, ",") != test.want {
			t.Errorf("%s: %v, want %s", name, got, test.want)
		}
	}
}

// A sort order goes by kinds: moments by time, texts without regard to case; items
// without the property come first, last when descending.
func TestFindInOrder(t *testing.T) {
	t.Parallel()
	s := startBasic(t)
	s.must(t, request{body: createBody(item("beta", marker("demo/2")+wholeDays), item("Alpha", strings.ReplaceAll(wholeDays, "2026-07", "2026-08")),
		item("gamma", marker("demo/1")+strings.ReplaceAll(wholeDays, "2026-07", "2025-07")))})
	field := func(uri string) string { return `<t:FieldURI FieldURI="` + uri + `"/>` }
	for name, test := range map[string]struct{ body, want string }{
		"by subject":       {ordered(field("item:Subject"), "Ascending"), "Alpha,beta,gamma"},
		"by subject, last": {ordered(field("item:Subject"), "Descending"), "gamma,beta,Alpha"},
		"by start":         {ordered(field("calendar:Start"), "Ascending"), "gamma,beta,Alpha"},
		"by marker":        {ordered(markerURI, "Ascending"), "Alpha,gamma,beta"},
		"by marker, last":  {ordered(markerURI, "Descending"), "beta,gamma,Alpha"},
		"by two": {strings.Replace(ordered(field("calendar:LegacyFreeBusyStatus"), "Ascending"), "</m:SortOrder>",
			`<t:FieldOrder Order="Descending">`+field("calendar:Start")+`</t:FieldOrder></m:SortOrder>`, 1), "Alpha,beta,gamma"},
	} {
		var got []string
		for _, n := range s.must(t, request{body: test.body}).all("Subject") {
			got = append(got, n.Text)
		}
		if strings.Join(got, ",") != test.want {
			t.Errorf("%s: %v, want %s", name, got, test.want)
		}
	}
}

// ConvertId writes ids in other forms and back, of items that exist and others.
func TestConvertID(t *testing.T) {
	t.Parallel()
	s := startBasic(t)
	id, _ := s.must(t, request{body: createBody(item("s", wholeDays))}).id(t)
	folder := s.must(t, request{body: `<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id="calendar"/></m:FolderIds></m:GetFolder>`}).all("FolderId")[0].Value("Id")
	alternate := func(form, id, mailbox string) string {
		return `<t:AlternateId Format="` + form + `" Id="` + id + `" Mailbox="` + mailbox + `"/>`
	}
	for _, id := range []string{id, folder} {
		for _, form := range []string{"EntryId", "HexEntryId", "EwsId"} {
			other := s.must(t, request{as: "-", body: convertBody(form, alternate("EwsId", id, alice))}).all("AlternateId")[0]
			if other.Value("Format") != form || other.Value("Mailbox") != alice || (other.Value("Id") == id) != (form == "EwsId") {
				t.Errorf("%s: %v", form, other.Attrs)
			}
			back := s.must(t, request{body: convertBody("EwsId", alternate(form, other.Value("Id"), alice))}).all("AlternateId")[0]
			if back.Value("Id") != id {
				t.Errorf("%s and back: %s, want %s", form, back.Value("Id"), id)
			}
		}
	}
	for name, test := range map[string]struct{ id, want string }{
		"no address":        {alternate("EwsId", id, "DUMMY"), "ErrorInvalidSmtpAddress"},
		"nobody":            {alternate("EwsId", id, "nobody@example.com"), "ErrorNonExistentMailbox"},
		"no id":             {alternate("EwsId", "", alice), "ErrorInvalidIdEmpty"},
		"an id in disorder": {alternate("EwsId", "AAMk", alice), "ErrorInvalidIdMalformed"},
		"another form":      {alternate("HexEntryId", id, alice), "ErrorInvalidIdMalformed"},
	} {
		if got := s.send(t, request{body: convertBody("EntryId", test.id)}).one("ResponseCode"); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

// The folders clients begin with, from the root to the calendar, tell how they hang
// together and what others may do in them.
func TestFolders(t *testing.T) {
	t.Parallel()
	s := startBasic(t)
	ids := ""
	for _, name := range []string{"root", "msgfolderroot", "inbox", "calendar", "deleteditems"} {
		ids += `<t:DistinguishedFolderId Id="` + name + `"/>`
	}
	body := `<m:GetFolder><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="folder:PermissionSet"/>` +
		`</t:AdditionalProperties></m:FolderShape><m:FolderIds>` + ids + `</m:FolderIds></m:GetFolder>`
	for _, version := range []string{"Exchange2010_SP2", "Exchange2016"} {
		a := s.must(t, request{version: version, body: body})
		folders, parents := a.all("FolderId"), a.all("ParentFolderId")
		if len(folders) != 5 || len(parents) != 4 || parents[0].Value("Id") != folders[0].Value("Id") || parents[2].Value("Id") != folders[1].Value("Id") {
			t.Fatalf("%s", a.text)
		}
		calendar := a.all("CalendarFolder")[0]
		if calendar.Child("FolderClass").Text != "IPF.Appointment" || calendar.Child("EffectiveRights").Child("Delete").Text != "true" ||
			calendar.Child("PermissionSet").Child("CalendarPermissions").Children[0].Child("CalendarPermissionLevel").Text != "FreeBusyTimeOnly" {
			t.Errorf("%s", a.text)
		}
		if named := a.all("DistinguishedFolderId"); (len(named) == 5) != (version == "Exchange2016") {
			t.Errorf("%s names %d folders", version, len(named))
		}
	}
	if found := s.must(t, request{body: findBody("inbox", "", "")}); found.all("RootFolder")[0].Value("TotalItemsInView") != "0" {
		t.Errorf("%s", found.text)
	}
}

func TestPagesOf250(t *testing.T) {
	t.Parallel()
	s := startBasic(t)
	for range 6 {
		s.must(t, request{body: createBody(slices.Repeat([]string{item("Absent", marker("demo/1")+wholeDays)}, 50)...)})
	}
	view := func(offset string) string {
		return `<m:IndexedPageItemView MaxEntriesReturned="1000" Offset="` + offset + `" BasePoint="Beginning"/>`
	}
	for _, test := range []struct{ offset, restriction, want string }{
		{"0", where(equals(markerURI, "demo/1")), "250 250 300 false"},
		{"250", where(equals(markerURI, "demo/1")), "50 300 300 true"},
		{"0", "", "300 300 300 true"},
	} {
		a := s.must(t, request{body: findBody("calendar", view(test.offset), test.restriction)})
		root := a.all("RootFolder")[0]
		got := fmt.Sprint(len(a.all("ItemId")), " ", root.Value("IndexedPagingOffset"), " ", root.Value("TotalItemsInView"), " ", root.Value("IncludesLastItemInRange"))
		if got != test.want {
			t.Errorf("from %s: %s, want %s", test.offset, got, test.want)
		}
	}
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	s := startBasic(t)
	resolve := func(entry string) answer {
		return s.send(t, request{as: "-", body: `<m:ResolveNames ReturnFullContactData="false" SearchScope="ActiveDirectory"><m:UnresolvedEntry>` + entry + `</m:UnresolvedEntry></m:ResolveNames>`})
	}
	for entry, want := range map[string]string{"smtp:" + alice: "NoError", "SMTP:ALICE@example.com": "NoError", "ali": "NoError",
		" ": "ErrorInvalidNameForNameResolution", ",": "ErrorInvalidNameForNameResolution", "-": "ErrorInvalidNameForNameResolution",
		"smtp:cloud@example.com": "ErrorNameResolutionNoResults", "smtp:al": "ErrorNameResolutionNoResults"} {
		if a := resolve(entry); a.status != http.StatusOK || a.one("ResponseCode") != want || want == "NoError" && a.one("EmailAddress") != alice {
			t.Errorf("%s: %s", entry, a.text)
		}
	}
	s.must(t, request{as: "-", body: `<m:GetServerTimeZones ReturnFullTimeZoneData="false"><m:Ids><t:Id>Romance Standard Time</t:Id><t:Id>Mars</t:Id></m:Ids></m:GetServerTimeZones>`})
	folder := `<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>%s</m:FolderIds></m:GetFolder>`
	a := s.must(t, request{body: fmt.Sprintf(folder, `<t:DistinguishedFolderId Id="calendar"/><t:DistinguishedFolderId Id="deleteditems"/>`)})
	if a.one("DisplayName") != "Calendar" || len(a.all("Folder")) != 1 {
		t.Errorf("GetFolder: %s", a.text)
	}
	id := a.all("FolderId")[0].Value("Id")
	s.must(t, request{body: fmt.Sprintf(folder, `<t:FolderId Id="`+id+`"/>`)})
	if a := s.send(t, request{as: "bob@example.com", body: fmt.Sprintf(folder, `<t:FolderId Id="`+id+`"/>`)}); a.one("ResponseCode") != "ErrorFolderNotFound" {
		t.Errorf("another's folder: %s", a.text)
	}
}

// The sample requests are known to be valid in both editions of the schema. The
// ids in them are placeholders: an error about the id is the right answer, a
// fault is not.
func TestSamplesAreAccepted(t *testing.T) {
	dir := schemas(t)
	if dir == "" {
		t.Skip("skipped: the EWS schema files are not at hand (../shared/schemas/ews beside the repository)")
	}
	samples := must(filepath.Glob(filepath.Join(dir, "samples", "*.xml")))
	if len(samples) == 0 {
		t.Fatal("no samples")
	}
	for _, build := range []exchange.Build{exchange.ServerSE, exchange.Server2016, exchange.Server2013, exchange.Server2010SP2} {
		s := start(t, exchange.Config{Schemes: []string{exchange.Basic}, Build: build})
		id, key := s.must(t, request{as: "u@example.test", body: createBody(item("s", wholeDays))}).id(t)
		slices.SortFunc(samples, func(a, b string) int { return strings.Count(a, "delete") - strings.Count(b, "delete") })
		for _, file := range samples {
			text := string(must(os.ReadFile(file)))
			a := s.send(t, request{as: "u@example.test", envelope: text})
			if a.status != http.StatusOK || a.one("ResponseCode") != "NoError" && a.one("ResponseCode") != "ErrorInvalidIdMalformed" {
				t.Errorf("%s on %s: %d %s", filepath.Base(file), build, a.status, a.text)
			}
			text = strings.NewReplacer(`"AAMk"`, `"`+id+`"`, `"DwAAA"`, `"`+key+`"`).Replace(text)
			if build != exchange.Server2010SP2 {
				text = strings.Replace(text, "Exchange2010_SP2", "Exchange2013", 1)
			}
			s.must(t, request{as: "u@example.test", envelope: text})
		}
	}
}
