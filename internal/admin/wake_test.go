package admin_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// Whoever resumes or changes settings wakes what waited for them, and nothing while it
// is paused. That Temporal is down, or the browser gone, keeps no change from being
// saved.
func TestSavingWakesWhatWaited(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	filled := []workflows.WakeRequest{{Source: "acme"}, {Connection: "factory"}, {Synchronization: "headquarters"}}
	if diff := cmp.Diff(filled, d.engine.takeWoken()); diff != "" {
		t.Errorf("woken by new settings (-want +got):\n%s", diff)
	}
	view, err := d.Synchronization(t.Context(), "headquarters")
	if err != nil {
		t.Fatal(err)
	}
	if view, err = d.SetPaused(t.Context(), alice, "headquarters", true, view.Version); err != nil {
		t.Fatal(err)
	}
	view.Policy.Label = "Away"
	if view, err = d.PutSynchronization(t.Context(), alice, view.Synchronization, view.Version); err != nil {
		t.Fatal(err)
	}
	if woken := d.engine.takeWoken(); len(woken) > 0 {
		t.Errorf("woken while it is paused: %+v", woken)
	}
	ctx, cancel := context.WithCancel(t.Context())
	d.engine.cancelled = cancel
	if view, err = d.SetPaused(ctx, alice, "headquarters", false, view.Version); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]workflows.WakeRequest{{Synchronization: "headquarters"}}, d.engine.takeWoken()); diff != "" {
		t.Errorf("woken by resuming (-want +got):\n%s", diff)
	}
	d.engine.down = errors.New("down")
	if view, err = d.Synchronization(t.Context(), "headquarters"); err != nil || view.Paused {
		t.Fatalf("it is not resumed: %+v, %v", view, err)
	}
	if _, err := d.PutSynchronization(t.Context(), alice, view.Synchronization, view.Version); err != nil {
		t.Errorf("not saved because Temporal is down: %v", err)
	}
}

// Automatic replies are to look at what was changed twice in a moment, and paused: the
// index that finds them may be a little behind.
func TestSavingHasRepliesLook(t *testing.T) {
	t.Parallel()
	d, one := newRepliesDesk(t, func(*settings.Synchronization) {})
	view, err := d.Synchronization(t.Context(), one.Name)
	if err != nil {
		t.Fatal(err)
	}
	put := func(want ...workflows.WakeRequest) {
		t.Helper()
		d.engine.takeWoken()
		if view, err = d.PutSynchronization(t.Context(), alice, view.Synchronization, view.Version); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, d.engine.takeWoken()); diff != "" {
			t.Errorf("woken (-want +got):\n%s", diff)
		}
	}
	look := workflows.WakeRequest{Synchronization: one.Name, After: 3 * time.Second}
	view.Policy.AutomaticReplies.Enabled = false
	put(look)
	put(workflows.WakeRequest{Synchronization: one.Name})
	view.Policy.AutomaticReplies.Enabled = true
	put(look)
	view.Paused = true
	put(look)
	put()
}
