package graph_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

func TestWhatTheOwnerAddsStaysWithAPatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.create(anna, with(timed(), "singleValueExtendedProperties", property(keyID, "s/1"))).id()
	own := mailboxes.Personal{
		Body: "Bring the keys", Location: "Home", Categories: []string{"Blue"}, Reminder: new(20),
		Attachments: []string{"plan.pdf"}, Attendees: []string{"boss@example.com"},
	}
	if err := w.service.OwnerEdit(anna, id, mailboxes.Edit{
		Body: &own.Body, Location: &own.Location, Categories: &own.Categories, Reminder: own.Reminder, Attachments: &own.Attachments,
		Attendees: &own.Attendees, Start: new("2026-10-07"), End: new("2026-10-09"),
	}); err != nil {
		t.Fatal(err)
	}
	read := w.must(200, w.do("PATCH", events(anna)+"/"+id, map[string]any{"subject": "RTT"}))
	if read.body["hasAttachments"] != true || len(read.body["attendees"].([]any)) != 1 || read.body["isAllDay"] != true {
		t.Errorf("%s", read.text)
	}
	seen, _ := w.store.Events(anna)
	if diff := cmp.Diff(own, seen[0].Personal); diff != "" || seen[0].Subject != "RTT" || seen[0].Start != "2026-10-07" || seen[0].End != "2026-10-09" {
		t.Errorf("%+v: %s", seen[0].View, diff)
	}
	w.must(200, w.do("PATCH", events(anna)+"/"+id, map[string]any{"body": map[string]any{"contentType": "text", "content": ""}}))
	if seen, _ = w.store.Events(anna); seen[0].Body != "" {
		t.Error("a PATCH of the body left the notes")
	}
}

func TestOwnersCopy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	first := w.create(anna, with(timed(), "singleValueExtendedProperties", property(keyID, "s/1"), "transactionId", "t1"))
	id, err := w.service.OwnerCopy(anna, first.id(), "2026-10-08T09:00", "2026-10-08T12:00")
	if err != nil {
		t.Fatal(err)
	}
	copied := w.must(200, w.do("GET", events(anna)+"/"+id, nil))
	if id == first.id() || copied.body["iCalUId"] == first.body["iCalUId"] || copied.body["transactionId"] != nil {
		t.Errorf("%s", copied.text)
	}
	if found := w.do("GET", events(anna)+"?"+search(keyID, "s/1"), nil).values(); len(found) != 2 {
		t.Errorf("%d events with the key, want 2", len(found))
	}
	if seen, _ := w.store.Events(anna); seen[0].ID == seen[1].ID || seen[1].Start != "2026-10-08T09:00" {
		t.Errorf("%+v", seen)
	}
}
