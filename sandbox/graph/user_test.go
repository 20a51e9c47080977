package graph_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// What the owner does in Outlook, as the application then meets it.
func TestUserActions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	stable := w.create(anna, with(timed(), "singleValueExtendedProperties", property(keyID, "s/1"))).id()
	classic := w.do("GET", events(anna)+"/"+stable, nil).id()
	listed := func() int { return len(w.do("GET", events(anna)+"?"+search(keyID, "s/1"), nil).values()) }
	act := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}

	act(w.service.UserEdit(anna, classic, map[string]any{"subject": "Beach", "showAs": "free"}))
	if a := w.do("GET", events(anna)+"/"+classic, nil); a.body["subject"] != "Beach" || a.body["showAs"] != "free" {
		t.Errorf("edited: %s", a.text)
	}

	act(w.service.UserMove(anna, stable, "Family"))
	if a := w.do("GET", events(anna)+"/"+classic, nil); a.status != http.StatusNotFound || listed() != 0 || len(w.views(anna)) != 1 {
		t.Errorf("moved away: by classic id %d, listed %d, seen %d", a.status, listed(), len(w.views(anna)))
	}

	act(w.service.UserBin(anna, stable))
	if listed() != 0 || len(w.views(anna)) != 0 {
		t.Errorf("binned: listed %d, seen %v", listed(), w.views(anna))
	}

	act(w.service.UserMove(anna, stable, ""))
	if listed() != 1 || len(w.views(anna)) != 1 {
		t.Errorf("taken back: listed %d, seen %d", listed(), len(w.views(anna)))
	}

	act(w.service.UserPurge(anna, stable))
	if a := w.do("GET", events(anna)+"/"+stable, nil); a.code() != "ErrorItemNotFound" {
		t.Errorf("purged: %d", a.status)
	}

	own, err := w.service.UserCreate(anna, timed())
	act(err)
	if view := w.views(anna)[0]; view.Marked || len(own) != 72 {
		t.Errorf("the owner's own: %+v", view)
	}
}

func TestUserActionsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.create(anna, timed()).id()
	if err := w.service.UserBin(anna, "AAkALgAAnothing"); !errors.Is(err, mailboxes.ErrNoEvent) {
		t.Errorf("unknown event: %v", err)
	}
	if err := w.service.UserBin("nobody@example.com", id); !errors.Is(err, mailboxes.ErrNoMailbox) {
		t.Errorf("unknown mailbox: %v", err)
	}
	if err := w.service.UserBin(onPrem, id); !errors.Is(err, mailboxes.ErrNoMailbox) {
		t.Errorf("mailbox elsewhere: %v", err)
	}
	if err := w.service.UserEdit(anna, id, map[string]any{"colour": "red"}); err == nil {
		t.Error("an unknown property was taken")
	}
	if _, err := w.service.UserCreate(anna, map[string]any{"subject": "when?"}); err == nil {
		t.Error("an event without times was taken")
	}
	if _, err := w.service.UserCreate(onPrem, timed()); !errors.Is(err, mailboxes.ErrNoMailbox) {
		t.Errorf("created in a mailbox elsewhere: %v", err)
	}
	if n := len(w.views(anna)); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}
