package calendars_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
)

func TestOutcome(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"ok":        nil,
		"throttled": &calendars.Temporary{RetryAfter: time.Second},
		"temporary": fmt.Errorf("wrapped: %w", &calendars.Temporary{}),
		"blocked":   &calendars.Blocked{},
		"gone":      &calendars.Gone{},
		"invalid":   &calendars.Invalid{},
		"ended":     context.Canceled,
	} {
		if got := calendars.Outcome(err); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}

func midnight(t *testing.T, day string) absence.LocalTime {
	t.Helper()
	date, err := absence.ParseDate(day)
	if err != nil {
		t.Fatal(err)
	}
	return absence.LocalTime{Date: date}
}

// Every call is told, by its name and its outcome, and answered as it was.
func TestMeasured(t *testing.T) {
	t.Parallel()
	const mailbox = "adele@example.com"
	var told []string
	cal := calendars.Measured(calendartest.NewMemory(mailbox), func(_ context.Context, c calendars.Call) {
		if c.Took < 0 {
			t.Errorf("%s took %v", c.Method, c.Took)
		}
		told = append(told, c.Method+" "+c.Outcome)
	})
	marker := calendars.Marker{Key: calendars.Key{Source: "demo", Absence: "1"}}
	event := absence.Event{ShowAs: absence.Busy, Status: absence.Confirmed,
		Title: "Away", AllDay: true, Start: midnight(t, "2026-12-01"), End: midnight(t, "2026-12-02"), Zone: "UTC"}
	placed, createErr := cal.Create(t.Context(), mailbox, marker, event, "token")
	found, findErr := cal.Find(t.Context(), mailbox, marker.Key)
	listed, listErr := cal.List(t.Context(), mailbox, marker.Key.Source)
	_, shownErr := cal.Shown(t.Context(), mailbox, event)
	placed, updateErr := cal.Update(t.Context(), mailbox, placed, event)
	deleteErr := cal.Delete(t.Context(), mailbox, placed)
	if err := errors.Join(createErr, findErr, listErr, shownErr, updateErr, deleteErr); err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || len(listed) != 1 {
		t.Errorf("found %v, listed %v", found, listed)
	}
	_, err := cal.Find(t.Context(), "nobody@example.com", marker.Key)
	if blocked, ok := errors.AsType[*calendars.Blocked](err); !ok || blocked.Reason != calendars.MailboxMissing {
		t.Errorf("a mailbox that is not there: %v", err)
	}
	want := []string{"create ok", "find ok", "list ok", "shown ok", "update ok", "delete ok", "find blocked"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}
