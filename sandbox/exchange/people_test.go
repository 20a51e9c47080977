package exchange_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

func TestWhatTheOwnerAddsStaysWithAnUpdate(t *testing.T) {
	t.Parallel()
	s := startBasic(t)
	id, _ := s.must(t, request{body: createBody(item("Absent", marker("demo/1")+wholeDays))}).id(t)
	own := mailboxes.Personal{
		Body: "Bring the keys", Location: "Home", Categories: []string{"Blue"}, Reminder: new(20),
		Attachments: []string{"plan.pdf"}, Attendees: []string{"bob@example.com"},
	}
	if err := s.OwnerEdit(alice, id, mailboxes.Edit{
		Body: &own.Body, Location: &own.Location, Categories: &own.Categories, Reminder: own.Reminder, Attachments: &own.Attachments,
		Attendees: &own.Attendees, Start: new("2026-07-06T09:00"), End: new("2026-07-06T12:00"),
	}); err != nil {
		t.Fatal(err)
	}
	all := `<t:AdditionalProperties><t:FieldURI FieldURI="calendar:RequiredAttendees"/><t:FieldURI FieldURI="item:HasAttachments"/></t:AdditionalProperties>`
	read := s.must(t, request{body: getBody(id, all)})
	if len(read.all("Attendee")) != 1 || read.one("HasAttachments") != "true" {
		t.Errorf("%s", read.text)
	}
	_, key := read.id(t)
	s.must(t, request{body: updateBody(id, key, set("item:Subject", "<t:Subject>RTT</t:Subject>"))})
	seen, _ := s.store.Events(alice)
	if diff := cmp.Diff(own, seen[0].Personal); diff != "" || seen[0].Subject != "RTT" || seen[0].Start != "2026-07-06T09:00" || seen[0].AllDay {
		t.Errorf("%+v: %s", seen[0].View, diff)
	}
}

// Only NeverOverwrite fails on an old ChangeKey: [MS-OXWSCORE] 3.1.4.9.4.1.
func TestAutoResolveResolves(t *testing.T) {
	t.Parallel()
	s := startBasic(t)
	id, key := s.must(t, request{body: createBody(item("Absent", wholeDays))}).id(t)
	body := updateBody(id, key, set("item:Subject", "<t:Subject>RTT</t:Subject>"))
	s.must(t, request{body: strings.Replace(body, "AlwaysOverwrite", "AutoResolve", 1)})
	if got := s.views(t, alice)[0].Subject; got != "RTT" {
		t.Errorf("the subject is %q", got)
	}
}

// FindItem gives the first 255 characters of a text, GetItem all of it.
func TestFindItemCutsTexts(t *testing.T) {
	t.Parallel()
	s := startBasic(t)
	long := strings.Repeat("x", 300)
	id, _ := s.must(t, request{body: createBody(item(long, marker(long)+wholeDays))}).id(t)
	found := s.must(t, request{body: findBody("calendar", "", "")})
	if n := len(found.one("Subject")); n != 255 {
		t.Errorf("FindItem gives %d characters of the subject", n)
	}
	if n := len(found.one("Value")); n != 255 {
		t.Errorf("FindItem gives %d characters of the property", n)
	}
	whole := s.must(t, request{body: getBody(id, `<t:AdditionalProperties>`+markerURI+`</t:AdditionalProperties>`)})
	if n := len(whole.one("Value")); n != 300 {
		t.Errorf("GetItem gives %d characters of the property", n)
	}
}

// A request that declares no version is one for Exchange 2007.
func TestNoVersionIsExchange2007(t *testing.T) {
	t.Parallel()
	s := startBasic(t)
	s.must(t, request{version: "-", body: createBody(item("s", `<t:Start>2026-07-01T08:00:00Z</t:Start><t:End>2026-07-01T09:00:00Z</t:End>`))})
	if found := s.must(t, request{version: "-", body: findBody("calendar", "", "")}); len(found.all("ItemId")) != 1 {
		t.Errorf("%s", found.text)
	}
}

func TestOwnersCopy(t *testing.T) {
	t.Parallel()
	s := startBasic(t)
	id, _ := s.must(t, request{body: createBody(item("Absent", marker("demo/1")+wholeDays))}).id(t)
	copied, err := s.OwnerCopy(alice, id, "2026-07-06", "2026-07-07")
	if err != nil {
		t.Fatal(err)
	}
	uid := func(id string) string {
		return s.must(t, request{body: getBody(id, `<t:AdditionalProperties><t:FieldURI FieldURI="calendar:UID"/></t:AdditionalProperties>`)}).one("UID")
	}
	if copied == id || uid(copied) == uid(id) || uid(copied) == "" {
		t.Errorf("the copy is %s with UID %s, of %s with %s", copied, uid(copied), id, uid(id))
	}
	if found := s.must(t, request{body: findBody("calendar", "", where(equals(markerURI, "demo/1")))}); len(found.all("ItemId")) != 2 {
		t.Errorf("%s", found.text)
	}
	if seen, _ := s.store.Events(alice); seen[0].ID == seen[1].ID || seen[1].Start != "2026-07-06" || !seen[1].Marked {
		t.Errorf("%+v", seen)
	}
}
