package google_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

func TestWhatTheOwnerAddsStaysWithAPatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ok(t, "insert", w.do("POST", "", `{"id":"abcde","summary":"Absent","extendedProperties":{"private":{"figgosyncKey":"demo/7"}},`+day+`}`), 200)
	own := mailboxes.Personal{
		Body: "Bring the keys", Location: "Home", Colour: "3", Reminder: new(20), Attachments: []string{"plan.pdf"}, Attendees: []string{bob},
	}
	if err := w.service.OwnerEdit(alice, "abcde", mailboxes.Edit{
		Body: &own.Body, Location: &own.Location, Colour: &own.Colour, Reminder: own.Reminder, Attachments: &own.Attachments, Attendees: &own.Attendees,
		Start: new("2026-12-02T09:00"), End: new("2026-12-02T10:00"),
	}); err != nil {
		t.Fatal(err)
	}
	ok(t, "patch", w.do("PATCH", "/abcde", `{"summary":"RTT"}`), 200)
	seen, _ := w.store.Events(alice)
	equal(t, "times", []string{"RTT", "2026-12-02T09:00", "2026-12-02T10:00"}, []string{seen[0].Subject, seen[0].Start, seen[0].End})
	if diff := cmp.Diff(own, seen[0].Personal, cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Categories" }, cmp.Ignore())); diff != "" {
		t.Error(diff)
	}
	read := ok(t, "get", w.do("GET", "/abcde", ""), 200)
	if len(read.body["attendees"].([]any)) != 1 || len(read.body["attachments"].([]any)) != 1 {
		t.Errorf("%v", read.body)
	}
	sequence := read.body["sequence"]
	ok(t, "update", w.do("PUT", "/abcde", `{"summary":"RTT","sequence":`+string('0'+rune(sequence.(float64)))+`,`+day+`}`), 200)
	seen, _ = w.store.Events(alice)
	if seen[0].Body != "" || len(seen[0].Attendees) != 0 {
		t.Errorf("an update of the whole event kept what it left out: %+v", seen[0].Personal)
	}
}

func TestOwnersCopy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ok(t, "insert", w.do("POST", "", `{"id":"abcde","summary":"Absent","extendedProperties":{"private":{"figgosyncKey":"demo/7"}},`+day+`}`), 200)
	id, err := w.service.OwnerCopy(alice, "abcde", "2026-12-08", "2026-12-10")
	if err != nil {
		t.Fatal(err)
	}
	copied := ok(t, "get", w.do("GET", "/"+id, ""), 200)
	if copied.text("iCalUID") == "abcde@google.com" || id == "abcde" {
		t.Errorf("the copy is %s, %s", id, copied.text("iCalUID"))
	}
	seen, _ := w.store.Events(alice)
	equal(t, "the copy", mailboxes.View{
		Subject: "Absent", Start: "2026-12-08", End: "2026-12-10", AllDay: true, TimeZone: "Europe/Paris", ShowAs: "opaque", Status: "confirmed", Marked: true,
	}, seen[1].View)
	if seen[0].ID == seen[1].ID {
		t.Error("the desk cannot tell them apart")
	}
}
