package calendars_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
)

// A synthetic absence is written, read and removed, and whatever goes wrong, the next run
// finds and removes what is left; real events stay.
func TestWatch(t *testing.T) {
	t.Parallel()
	key := calendars.WatchKey("office")
	theirs := calendars.Placed{Marker: calendars.Marker{Key: calendars.Key{Source: "demo", Absence: "office"}, Run: 1}, ID: "theirs"}
	former := calendars.Placed{Marker: calendars.Marker{Key: key, Run: 1}, ID: "former"}
	lost := &calendars.Temporary{Code: "connection-reset"}
	full := &calendars.Blocked{Reason: calendars.MailboxFull, Code: "full"}
	for name, test := range map[string]struct {
		box  *box
		code string
		left int // events of synthetic absences
	}{
		"good":              {&box{}, "", 0},
		"slow search":       {&box{blind: 3}, "", 0},
		"former left":       {&box{events: []calendars.Placed{former}}, "", 0},
		"refused":           {&box{idle: true, create: full}, "full", 0},
		"answer lost":       {&box{create: lost}, "connection-reset", 0},
		"never found":       {&box{blind: 4}, "written-not-found", 0},
		"not removed":       {&box{remove: lost}, "connection-reset", 1},
		"found, not theirs": {&box{events: []calendars.Placed{theirs}}, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				read, err := calendars.Watch(t.Context(), test.box, "jane@example.com", key)
				if code := codeIn(err); code != test.code || err == nil && (read.Before(began) || len(test.box.tokens) != 1) {
					t.Errorf("read at %s, %v, want %q; tokens %q", read, err, test.code, test.box.tokens)
				}
				left, others := 0, 0
				for _, placed := range test.box.events {
					if placed.Marker.Key == key {
						left++
					} else {
						others++
					}
				}
				if left != test.left || name == "found, not theirs" && others != 1 {
					t.Errorf("%d events left, want %d: %v", left, test.left, test.box.events)
				}
				test.box.create, test.box.remove, test.box.idle, test.box.blind = nil, nil, false, 0
				if _, err := calendars.Watch(t.Context(), test.box, "jane@example.com", key); err != nil || len(test.box.events) != others {
					t.Errorf("the next run: %v, left %v", err, test.box.events)
				}
			})
		})
	}
}

// codeIn is the code of the first of our errors in err, "" for none.
func codeIn(err error) string {
	if temporary, ok := errors.AsType[*calendars.Temporary](err); ok {
		return temporary.Code
	}
	if blocked, ok := errors.AsType[*calendars.Blocked](err); ok {
		return blocked.Code
	}
	return ""
}

// A worker that stops in between removes what it wrote.
func TestWatchCleansUpAfterTheCallerIsGone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	b := &box{onCreate: cancel}
	if _, err := calendars.Watch(ctx, b, "jane@example.com", calendars.WatchKey("office")); !errors.Is(err, context.Canceled) || len(b.events) != 0 {
		t.Errorf("%v, left %v", err, b.events)
	}
}
