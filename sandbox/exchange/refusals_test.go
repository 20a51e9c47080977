package exchange_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/figgosync/figgosync/sandbox/exchange"
)

// faults are refusals of the whole request: HTTP 500 and a SOAP fault.
func TestFaults(t *testing.T) {
	t.Parallel()
	s := start(t, exchange.Config{Schemes: []string{exchange.Basic}, Accounts: []exchange.Account{
		serviceAccount,
		{Domain: "DEMO", Username: "scoped", Password: "secret", Impersonate: true, Scope: func(email string) bool { return email == "bob@example.com" }},
		{Domain: "DEMO", Username: "plain", Password: "secret"},
	}})
	fine := createBody(item("Absent", wholeDays))
	for name, test := range map[string]struct {
		request
		code, part string
	}{
		"no version, zones":       {request{version: "-", body: fine}, "ErrorSchemaValidation", "newer than Exchange2007"},
		"no such version":         {request{version: "Exchange2019", body: fine}, "ErrorInvalidServerVersion", ""},
		"Exchange 2007":           {request{version: "Exchange2007_SP1", body: fine}, "ErrorSchemaValidation", "newer than Exchange2007_SP1"},
		"another envelope":        {request{envelope: strings.Replace(request{body: fine}.text(), "http://schemas.xmlsoap", "https://schemas.xmlsoap", 1)}, "", "s:VersionMismatch"},
		"wrong order":             {request{body: createBody(wholeDays + "<t:Subject>s</t:Subject>")}, "ErrorSchemaValidation", "<t:Violation>The element &#39;CalendarItem&#39;"},
		"newer than declared":     {request{body: createBody(item("s", strings.Replace(wholeDays, "OOF", "WorkingElsewhere", 1)))}, "ErrorSchemaValidation", "WorkingElsewhere"},
		"two ConnectingSIDs":      {request{as: "-", context: `<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>a</t:PrimarySmtpAddress><t:SmtpAddress>b</t:SmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>`, body: fine}, "ErrorSchemaValidation", "SmtpAddress"},
		"header twice":            {request{context: `<t:RequestServerVersion Version="Exchange2013"/>`, body: fine}, "ErrorSchemaValidation", "twice"},
		"unknown header":          {request{context: `<t:Password>p</t:Password>`, body: fine}, "ErrorSchemaValidation", "Password"},
		"two operations":          {request{body: fine + fine}, "ErrorSchemaValidation", "one Body with one element"},
		"unknown context zone":    {request{context: strings.Replace(paris, "Romance Standard Time", "Europe/Paris", 1), body: fine}, "ErrorTimeZone", ""},
		"no such mailbox":         {request{as: "nobody@example.com", body: fine}, "ErrorNonExistentMailbox", ""},
		"mailbox elsewhere":       {request{as: "cloud@example.com", body: fine}, "ErrorNonExistentMailbox", ""},
		"outside the scope":       {request{login: `DEMO\scoped`, body: fine}, "ErrorImpersonateUserDenied", ""},
		"no impersonation role":   {request{login: `DEMO\plain`, body: fine}, "ErrorImpersonateUserDenied", ""},
		"UpdateItem without mode": {request{body: strings.Replace(updateBody("AAMk", "AA", set("item:Subject", "<t:Subject/>")), `ConflictResolution="AlwaysOverwrite"`, "", 1)}, "ErrorSchemaValidation", "ConflictResolution"},
		"an attendee":             {request{body: createBody(item("s", strings.Replace(wholeDays, "<t:StartTimeZone", `<t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>b@example.com</t:EmailAddress></t:Mailbox></t:Attendee></t:RequiredAttendees><t:StartTimeZone`, 1)))}, "SandboxRefused", "RequiredAttendees would write to people"},
		"an attendee by update":   {request{body: updateBody("AAMk", "AA", set("calendar:OptionalAttendees", `<t:OptionalAttendees/>`))}, "SandboxRefused", "OptionalAttendees would write to people"},
		"invitations":             {request{body: strings.Replace(fine, "SendToNone", "SendToAllAndSaveCopy", 1)}, "SandboxRefused", "would write to people"},
		"no times":                {request{body: createBody(item("s", ""))}, "SandboxRefused", "Start and End"},
	} {
		a := s.send(t, test.request)
		if a.status != http.StatusInternalServerError || a.one("ResponseCode") != test.code || !strings.Contains(a.text, test.part) || len(a.all("Fault")) != 1 {
			t.Errorf("%s: %d %s %s", name, a.status, a.one("ResponseCode"), a.text)
		}
		if test.code == "ErrorSchemaValidation" && (a.one("LineNumber") != "1" || a.one("LinePosition") == "") {
			t.Errorf("%s: no place in %s", name, a.text)
		}
	}
	if views := s.views(t, alice); len(views) != 0 {
		t.Errorf("a refused request left %v", views)
	}
}

// TestItemErrors are refusals of one item: HTTP 200.
func TestItemErrors(t *testing.T) {
	t.Parallel()
	s := startBasic(t)
	fine := createBody(item("Absent", wholeDays))
	id, key := s.must(t, request{body: fine}).id(t)
	foreign, _ := s.must(t, request{as: "bob@example.com", body: fine}).id(t)
	update := updateBody(id, key, set("item:Subject", "<t:Subject>x</t:Subject>"))
	change := func(changes ...string) string { return updateBody(id, key, changes...) }
	field := func(uri string) string { return `<t:FieldURI FieldURI="` + uri + `"/>` }
	times := func(start, end string) string {
		return createBody(item("s", `<t:Start>`+start+`</t:Start><t:End>`+end+`</t:End>`))
	}
	for name, test := range map[string]struct{ body, code string }{
		"no invitations attribute":      {strings.Replace(fine, ` SendMeetingInvitations="SendToNone"`, "", 1), "ErrorSendMeetingInvitationsRequired"},
		"no cancellations attribute":    {strings.Replace(deleteBody(id, "HardDelete"), ` SendMeetingCancellations="SendToNone"`, "", 1), "ErrorSendMeetingCancellationsRequired"},
		"no update attribute":           {strings.Replace(update, ` SendMeetingInvitationsOrCancellations="SendToNone"`, "", 1), "ErrorSendMeetingInvitationsOrCancellationsRequired"},
		"no ChangeKey":                  {strings.Replace(update, ` ChangeKey="`+key+`"`, "", 1), "ErrorChangeKeyRequiredForWriteOperations"},
		"a bad ChangeKey":               {strings.Replace(update, key, "DwAAA", 1), "ErrorInvalidChangeKey"},
		"a stale ChangeKey":             {strings.Replace(update, "AlwaysOverwrite", "NeverOverwrite", 1), "ErrorIrresolvableConflict"},
		"a malformed id":                {getBody("AAMk", ""), "ErrorInvalidIdMalformed"},
		"no id":                         {getBody("", ""), "ErrorInvalidIdEmpty"},
		"another mailbox's item":        {getBody(foreign, ""), "ErrorItemNotFound"},
		"an unknown zone":               {createBody(item("s", strings.Replace(wholeDays, "Romance Standard Time", "Europe/Paris", 1))), "ErrorTimeZone"},
		"end before start":              {times("2026-07-01T10:00:00", "2026-07-01T09:00:00"), "ErrorCalendarEndDateIsEarlierThanStartDate"},
		"no whole day":                  {strings.Replace(fine, "2026-07-03", "2026-07-01", 1), "ErrorCalendarEndDateIsEarlierThanStartDate"},
		"longer than five years":        {times("2026-07-01T00:00:00", "2031-07-02T00:00:00"), "ErrorCalendarDurationIsTooLong"},
		"a start after the end":         {change(set("calendar:Start", "<t:Start>2027-01-01T00:00:00</t:Start>")), "ErrorCalendarEndDateIsEarlierThanStartDate"},
		"a read-only property":          {change(set("item:DateTimeCreated", "<t:DateTimeCreated>2027-01-01T00:00:00Z</t:DateTimeCreated>")), "ErrorInvalidPropertySet"},
		"a read-only property, created": {createBody(`<t:Subject>s</t:Subject><t:HasAttachments>true</t:HasAttachments>` + wholeDays), "ErrorInvalidPropertySet"},
		"two properties at once":        {change(set("item:Subject", "<t:Subject>x</t:Subject><t:Sensitivity>Private</t:Sensitivity>")), "ErrorIncorrectUpdatePropertyCount"},
		"no property":                   {change(set("item:Subject", "")), "ErrorIncorrectUpdatePropertyCount"},
		"another property":              {change(set("item:Subject", "<t:Sensitivity>Private</t:Sensitivity>")), "ErrorUpdatePropertyMismatch"},
		"another extended property":     {change(`<t:SetItemField>` + strings.Replace(markerURI, "figgosyncKey", "other", 1) + `<t:CalendarItem>` + marker("k") + `</t:CalendarItem></t:SetItemField>`), "ErrorUpdatePropertyMismatch"},
		"a start is not deleted":        {change(`<t:DeleteItemField><t:FieldURI FieldURI="calendar:Start"/></t:DeleteItemField>`), "ErrorInvalidPropertyDelete"},
		"a property of two kinds":       {createBody(item("s", strings.Replace(marker("k"), "PropertyName", `PropertyId="1" PropertyName`, 1)+wholeDays)), "ErrorInvalidExtendedProperty"},
		"a value of another kind":       {createBody(item("s", strings.Replace(marker("k"), `"String"`, `"Integer"`, 1)+wholeDays)), "ErrorInvalidExtendedPropertyValue"},
		"another folder":                {strings.Replace(fine, `Id="calendar"`, `Id="deleteditems"`, 1), "ErrorCannotCreateCalendarItemInNonCalendarFolder"},
		"another's folder":              {strings.Replace(fine, `<t:DistinguishedFolderId Id="calendar"/>`, `<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`, 1), "ErrorAccessDenied"},
		"a body in a list":              {strings.Replace(findBody("calendar", "", ""), "item:Subject", "item:Body", 1), "ErrorInvalidPropertyRequest"},
		"a restricted calendar view":    {findBody("calendar", calendarView("2026-07-01T00:00:00Z", "2026-08-01T00:00:00Z"), where(equals(markerURI, "k"))), "ErrorInvalidRestriction"},
		"a calendar view of the bin":    {findBody("deleteditems", calendarView("2026-07-01T00:00:00Z", "2026-08-01T00:00:00Z"), ""), "ErrorCalendarFolderIsInvalidForCalendarView"},
		"a calendar view too long":      {findBody("calendar", calendarView("2026-07-01T00:00:00Z", "2028-08-01T00:00:00Z"), ""), "ErrorCalendarViewRangeTooBig"},
		"a start that is no time":       {findBody("calendar", "", where(equals(field("calendar:Start"), "k"))), "ErrorInvalidValueForProperty"},
		"a status that is none":         {findBody("calendar", "", where(equals(field("calendar:LegacyFreeBusyStatus"), "Away"))), "ErrorInvalidValueForProperty"},
		"a search by attendees":         {findBody("calendar", "", where(`<t:Exists>`+field("calendar:RequiredAttendees")+`</t:Exists>`)), "ErrorUnsupportedPathForQuery"},
		"an order by attendees":         {ordered(field("calendar:RequiredAttendees"), "Ascending"), "ErrorUnsupportedPathForSortGroup"},
		"a part of a time":              {findBody("calendar", "", where(`<t:Contains ContainmentMode="Prefixed">`+field("calendar:Start")+`<t:Constant Value="2026"/></t:Contains>`)), "ErrorContainsFilterWrongType"},
		"an ordered calendar view":      {strings.Replace(ordered(field("calendar:Start"), "Ascending"), "<m:SortOrder>", calendarView("2026-07-01T00:00:00Z", "2026-08-01T00:00:00Z")+"<m:SortOrder>", 1), "ErrorInvalidRestriction"},
		"an item in the inbox":          {strings.Replace(fine, `Id="calendar"`, `Id="inbox"`, 1), "ErrorCannotCreateCalendarItemInNonCalendarFolder"},
		"another class's property":      {getBody(id, `<t:AdditionalProperties>`+field("contacts:Surname")+`</t:AdditionalProperties>`), "ErrorInvalidPropertyRequest"},
		"a page before the first":       {findBody("calendar", `<m:IndexedPageItemView Offset="-1" BasePoint="Beginning"/>`, ""), "ErrorInvalidIndexedPagingParameters"},
		"a huge restriction":            {findBody("calendar", "", where(`<t:Or>`+strings.Repeat(equals(markerURI, "k"), 80)+`</t:Or>`)), "ErrorRestrictionTooComplex"},
		"a page of nothing":             {findBody("calendar", `<m:IndexedPageItemView MaxEntriesReturned="0" Offset="0" BasePoint="Beginning"/>`, ""), "ErrorInvalidPagingMaxRows"},
	} {
		a := s.send(t, request{body: test.body})
		if a.status != http.StatusOK || a.one("ResponseCode") != test.code || a.one("MessageText") == "" || a.one("DescriptiveLinkKey") != "0" {
			t.Errorf("%s: %d %s %s", name, a.status, a.one("ResponseCode"), a.text)
		}
	}
	if views := s.views(t, alice); len(views) != 1 || views[0].Subject != "Absent" {
		t.Errorf("refused items left %v", views)
	}
}

// TestNotImitated are requests that Exchange would serve and the sandbox does not
// imitate: nothing calls them invalid.
func TestNotImitated(t *testing.T) {
	t.Parallel()
	s := startBasic(t)
	fine := createBody(item("Absent", wholeDays))
	subject := `<t:FieldURI FieldURI="item:Subject"/>`
	for name, test := range map[string]struct{ request, what string }{
		"an operation":           {`<m:SendItem SaveItemToFolder="false"/>`, "the operation SendItem"},
		"a recurrence":           {createBody(item("s", strings.Replace(wholeDays, "<t:StartTimeZone", `<t:Recurrence/><t:StartTimeZone`, 1))), "Recurrence"},
		"a message":              {strings.ReplaceAll(fine, "CalendarItem", "Message"), "an item of class Message"},
		"a folder":               {findBody("sentitems", "", ""), "the folder sentitems"},
		"a folder's property":    {`<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="folder:SharingEffectiveRights"/></t:AdditionalProperties></m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id="calendar"/></m:FolderIds></m:GetFolder>`, "the property folder:SharingEffectiveRights of a folder"},
		"an operator":            {findBody("calendar", "", where(`<t:Not><t:Excludes>`+subject+`<t:Bitmask Value="1"/></t:Excludes></t:Not>`)), "Excludes"},
		"a search by a property": {findBody("calendar", "", where(equals(`<t:FieldURI FieldURI="item:Size"/>`, "1"))), "a Restriction by item:Size"},
		"an order by a property": {ordered(`<t:FieldURI FieldURI="item:Size"/>`, "Ascending"), "a SortOrder by item:Size"},
		"another view":           {findBody("calendar", `<m:FractionalPageItemView Numerator="0" Denominator="1"/>`, ""), "FractionalPageItemView"},
		"ids for OWA":            {convertBody("OwaId", `<t:AlternateId Format="EwsId" Id="AAA=" Mailbox="alice@example.com"/>`), "ids of the form OwaId"},
		"whole zones":            {`<m:GetServerTimeZones><m:Ids><t:Id>UTC</t:Id></m:Ids></m:GetServerTimeZones>`, "GetServerTimeZones with ReturnFullTimeZoneData"},
		"whole contacts":         {`<m:ResolveNames ReturnFullContactData="true"><m:UnresolvedEntry>a</m:UnresolvedEntry></m:ResolveNames>`, "ResolveNames with ReturnFullContactData"},
	} {
		a := s.send(t, request{body: test.request})
		if a.status != http.StatusInternalServerError || a.one("ResponseCode") != "SandboxNotImitated" || !strings.Contains(a.text, "not imitated: "+test.what) ||
			a.header.Get("X-Sandbox-Not-Imitated") != test.what {
			t.Errorf("%s: %d %q %s", name, a.status, a.header.Get("X-Sandbox-Not-Imitated"), a.text)
		}
	}
}

func TestOneBadItemAmongGood(t *testing.T) {
	t.Parallel()
	s := startBasic(t)
	a := s.send(t, request{body: createBody(item("first", wholeDays), item("bad", strings.Replace(wholeDays, "Romance", "Roman", 1)), item("last", wholeDays))})
	var classes []string
	for _, m := range a.all("CreateItemResponseMessage") {
		classes = append(classes, m.Value("ResponseClass"))
	}
	if strings.Join(classes, " ") != "Success Error Success" || len(s.views(t, alice)) != 2 {
		t.Errorf("%v, %s", classes, a.text)
	}
}

func TestAccountWithoutMailbox(t *testing.T) {
	t.Parallel()
	s := start(t, exchange.Config{Schemes: []string{exchange.Basic}, Accounts: []exchange.Account{serviceAccount, {Domain: "DEMO", Username: "alice", Password: "secret", UPN: alice}}})
	a := s.send(t, request{as: "-", body: createBody(item("s", wholeDays))})
	if a.status != http.StatusOK || a.one("ResponseCode") != "ErrorMissingEmailAddress" {
		t.Errorf("without a mailbox: %d %s", a.status, a.text)
	}
	s.must(t, request{as: "-", login: `DEMO\alice`, body: createBody(item("own", wholeDays))})
	if views := s.views(t, alice); len(views) != 1 {
		t.Errorf("an account's own mailbox: %v", views)
	}
}

func TestBuilds(t *testing.T) {
	t.Parallel()
	for build, newest := range map[exchange.Build][2]string{
		exchange.ServerSE: {"V2017_07_11", "Exchange2019"}, exchange.Server2016: {"Exchange2016", "V2017_07_11"},
		exchange.Server2013: {"Exchange2013_SP1", "Exchange2016"}, exchange.Server2010SP2: {"Exchange2010_SP2", "Exchange2013"},
	} {
		s := start(t, exchange.Config{Schemes: []string{exchange.Basic}, Build: build})
		for _, version := range []string{newest[0], "Exchange2010_SP2"} {
			a := s.must(t, request{version: version, body: findBody("calendar", "", "")})
			info := a.all("ServerVersionInfo")
			if len(info) != 1 || !strings.HasPrefix(string(build), info[0].Value("MajorVersion")+"."+info[0].Value("MinorVersion")+".") {
				t.Errorf("%s: %s", build, a.text)
			}
		}
		if a := s.send(t, request{version: newest[1], body: findBody("calendar", "", "")}); a.one("ResponseCode") != "ErrorInvalidServerVersion" {
			t.Errorf("%s accepts %s", build, newest[1])
		}
	}
	s := startBasic(t)
	s.must(t, request{version: "Exchange2013", body: createBody(item("s", strings.Replace(wholeDays, "OOF", "WorkingElsewhere", 1)))})
	if v := s.views(t, alice)[0]; v.ShowAs != "WorkingElsewhere" || v.Status != "confirmed" {
		t.Errorf("%+v", v)
	}
}

func TestAnchorMailbox(t *testing.T) {
	t.Parallel()
	s := startBasic(t)
	for _, anchor := range []string{"bob@example.com"} {
		if a := s.send(t, request{anchor: anchor, body: createBody(item("s", wholeDays))}); a.status != http.StatusServiceUnavailable || a.soap != nil {
			t.Errorf("X-AnchorMailbox %q: %d %s", anchor, a.status, a.text)
		}
	}
	s.must(t, request{anchor: "-", body: createBody(item("s", wholeDays))})
	s.must(t, request{anchor: "Alice@Example.com", body: createBody(item("s", wholeDays))})
}

func TestHTTPRefusals(t *testing.T) {
	t.Parallel()
	s := startBasic(t)
	const xml = "text/xml; charset=utf-8"
	for name, test := range map[string]struct {
		method, path, contentType, body string
		status                          int
	}{
		"a browser":             {"GET", "", "", "", 200},
		"another case":          {"GET", "/ews/EXCHANGE.asmx", "", "", 200},
		"another page":          {"GET", "/owa", "", "", 404},
		"a trailing slash":      {"POST", "/EWS/Exchange.asmx/", xml, "<a/>", 404},
		"PUT":                   {"PUT", "", xml, "<a/>", 405},
		"SOAP 1.2":              {"POST", "", "application/soap+xml", "<a/>", 415},
		"no Content-Type":       {"POST", "", "", "<a/>", 415},
		"another encoding":      {"POST", "", "text/xml; charset=iso-8859-1", "<a/>", 415},
		"not XML":               {"POST", "", xml, "hello", 400},
		"a document type":       {"POST", "", xml, `<!DOCTYPE a SYSTEM "file:///etc/passwd">` + request{body: findBody("calendar", "", "")}.text(), 400},
		"a body without end":    {"POST", "", xml, strings.Repeat(" ", 5<<20), 413},
		"another root element":  {"POST", "", xml, "<a/>", 500},
		"an undeclared charset": {"POST", "", "text/xml", request{version: "-"}.text(), 500},
	} {
		url := s.url
		if test.path != "" {
			url = strings.Replace(url, exchange.Path, test.path, 1)
		}
		req, _ := http.NewRequest(test.method, url, strings.NewReader(test.body))
		if test.contentType != "" {
			req.Header.Set("Content-Type", test.contentType)
		}
		req.SetBasicAuth(`DEMO\svc`, "secret")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if a := read(t, resp); a.status != test.status {
			t.Errorf("%s: %d, want %d", name, a.status, test.status)
		}
	}
	if a := s.send(t, request{password: "wrong", body: findBody("calendar", "", "")}); a.status != 401 || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Basic realm=") {
		t.Errorf("Basic with a wrong password: %d %v", a.status, a.header)
	}
}

func TestConcurrencyLimit(t *testing.T) {
	t.Parallel()
	limited := serviceAccount
	limited.MaxConcurrent = 2
	s := start(t, exchange.Config{Schemes: []string{exchange.Basic}, Accounts: []exchange.Account{limited}})
	text := request{body: findBody("calendar", "", "")}.text()
	done := make(chan int, 2)
	var open []*io.PipeWriter
	for range 2 {
		body, writer := io.Pipe()
		open = append(open, writer)
		req, _ := http.NewRequest(http.MethodPost, s.url, body)
		req.ContentLength = int64(len(text))
		req.Header.Set("Content-Type", "text/xml")
		req.Header.Set("X-AnchorMailbox", alice)
		req.SetBasicAuth(`DEMO\svc`, "secret")
		go func() {
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				done <- 0
				return
			}
			resp.Body.Close()
			done <- resp.StatusCode
		}()
		if _, err := io.WriteString(writer, text[:1]); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(time.Minute); s.Open(0) < 2; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the first two requests never arrived")
		}
	}
	a := s.send(t, request{body: findBody("calendar", "", "")})
	if a.status != http.StatusInternalServerError || a.one("ResponseCode") != "ErrorExceededConnectionCount" {
		t.Errorf("a third request: %d %s", a.status, a.text)
	}
	for _, writer := range open {
		_, _ = io.WriteString(writer, text[1:])
		_ = writer.Close()
		if status := <-done; status != http.StatusOK {
			t.Errorf("one of the first: %d", status)
		}
	}
	s.must(t, request{body: findBody("calendar", "", "")})
}

func TestCloseEvery(t *testing.T) {
	t.Parallel()
	s := start(t, exchange.Config{Schemes: []string{exchange.Basic}, CloseEvery: 3})
	closed := ""
	for range 9 {
		req, _ := http.NewRequest(http.MethodGet, s.url, nil)
		req.SetBasicAuth("svc", "secret")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		closed += strconv.FormatBool(resp.Close)[:1]
	}
	if closed != "fftfftfft" {
		t.Errorf("closed after %s", closed)
	}
}
