package graph_test

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/calendars"
)

// One whole day is one day in Outlook wherever the mailbox lives.
func TestAWholeDayShowsOnOneDayInEveryZone(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	cal := o.open(t, conformApp, conformSecret, 0)
	for address, zone := range map[string]string{
		"paris@example.com": "Europe/Paris", "york@example.com": "America/New_York", "reunion@example.com": "Indian/Reunion",
		"tokyo@example.com": "Asia/Tokyo", "west@example.com": "America/Los_Angeles",
	} {
		o.add(address, zone)
		event := allDay(t, "2026-07-06", "2026-07-07")
		created, err := cal.Create(t.Context(), address, marker, event, "v1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cal.Update(t.Context(), address, created, event); err != nil {
			t.Fatal(err)
		}
		for _, view := range o.views(t, address) {
			if !view.AllDay || view.Start != "2026-07-06" || view.End != "2026-07-07" {
				t.Errorf("%s: %s to %s", zone, view.Start, view.End)
			}
		}
	}
}

// The owner's notes, categories, reminder, place survive what we change of ours.
func TestAnUpdateKeepsWhatIsTheOwners(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	cal := o.open(t, conformApp, conformSecret, 0)
	event := allDay(t, "2026-07-06", "2026-07-07")
	created, err := cal.Create(t.Context(), mailbox, marker, event, "v1")
	if err != nil {
		t.Fatal(err)
	}
	theirs := map[string]any{
		"body":       map[string]any{"contentType": "text", "content": "Ask Paul for the keys"},
		"categories": []string{"Holidays"}, "isReminderOn": true, "reminderMinutesBeforeStart": 45, "importance": "high",
		"location": map[string]any{"displayName": "Brest"}, "responseRequested": true, "allowNewTimeProposals": true,
	}
	if err := o.service.UserEdit(mailbox, created.ID, theirs); err != nil {
		t.Fatal(err)
	}
	var before, after map[string]any
	path := "/users/" + url.PathEscape(mailbox) + "/calendar/events/" + url.PathEscape(created.ID)
	o.get(t, path, &before)
	event.Title, event.AllDay, event.Start.Clock, event.End = "RTT", false, 9*60, event.Start
	event.End.Clock = 12 * 60
	updated, err := cal.Update(t.Context(), mailbox, created, event)
	if err != nil || updated.Identity != calendars.IdentityOwn {
		t.Fatalf("Update = %+v, %v", updated, err)
	}
	o.get(t, path, &after)
	for name := range theirs {
		if diff := cmp.Diff(before[name], after[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if after["subject"] != "RTT" {
		t.Errorf("the title is %v", after["subject"])
	}
	found, err := cal.Find(t.Context(), mailbox, key)
	if err != nil || len(found) != 1 || found[0].Identity != calendars.IdentityOwn || found[0].CreatedAt.IsZero() {
		t.Errorf("Find = %+v, %v", found, err)
	}
	if err := cal.Delete(t.Context(), mailbox, found[0]); err != nil {
		t.Error(err)
	}
}
