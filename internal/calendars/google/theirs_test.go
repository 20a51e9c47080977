package google_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// TestWhatIsTheirsStays: through approval, move, another policy and a rewrite an
// event keeps what its owner put into it, and their duplicate of it stays as it is,
// also when the absence is deleted.
func TestWhatIsTheirsStays(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	const mailbox = "marie.o'neil@example.com"
	c := w.open(t, 0, time.Minute)
	apply := func(events ...absence.Event) calendars.Result {
		t.Helper()
		result, err := calendars.Apply(t.Context(), c, mailbox, key, events, calendars.Options{Token: "token", Rewrite: true})
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	pending := allDay()
	pending.Status = absence.Pending
	id := apply(pending).Events[0].ID
	mine := mailboxes.Personal{
		Body: "Ask Paul", Location: "Brest", Colour: "11", Reminder: new(30),
		Attachments: []string{"ticket.pdf"}, Attendees: []string{"paul@example.com"},
	}
	if err := w.service.OwnerEdit(mailbox, id, mailboxes.Edit{
		Body: &mine.Body, Location: &mine.Location, Colour: &mine.Colour, Reminder: mine.Reminder,
		Attachments: &mine.Attachments, Attendees: &mine.Attendees,
	}); err != nil {
		t.Fatal(err)
	}
	copied, err := w.service.OwnerCopy(mailbox, id, "2026-03-02", "2026-03-03")
	if err != nil {
		t.Fatal(err)
	}
	copyBefore := eventOf(t, w, mailbox, copied)
	private := morning()
	private.Title, private.Private, private.ShowAs = "Congés payés", true, absence.Free
	for name, event := range map[string]absence.Event{"approved": allDay(), "moved": morning(), "another policy": private, "back": pending} {
		result := apply(event)
		if result.Writes() != 1 || result.Events[0].ID != id {
			t.Errorf("%s: %d writes into %+v", name, result.Writes(), result.Events)
		}
		if diff := cmp.Diff(mine, eventOf(t, w, mailbox, id).Personal, noCategories); diff != "" {
			t.Errorf("%s: what is theirs (-want +got):\n%s", name, diff)
		}
	}
	apply()
	if diff := cmp.Diff(copyBefore, eventOf(t, w, mailbox, copied)); diff != "" {
		t.Errorf("their copy (-want +got):\n%s", diff)
	}
	if views, _ := w.store.Views(mailbox); len(views) != 1 {
		t.Errorf("%d events are left, want their copy alone", len(views))
	}
}

// noCategories: Google has none.
var noCategories = cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Categories" }, cmp.Ignore())

func eventOf(t *testing.T, w *workspace, mailbox, id string) mailboxes.Event {
	t.Helper()
	event, err := w.store.Event(mailbox, id)
	if err != nil {
		t.Fatal(err)
	}
	return event
}
