package activities_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/activities"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

func TestPlanWatchNamesThePlaces(t *testing.T) {
	t.Parallel()
	f := newFixture()
	f.synchronization.Watch = settings.Watch{Mailbox: "watch@example.com"}
	plan, err := f.activities().PlanWatch(t.Context(), workflows.WatchInput{Synchronization: "s1"})
	want := workflows.WatchPlan{Places: []workflows.Place{{Connection: "c1", Provider: "google", Mailbox: "watch@example.com"}}}
	if diff := cmp.Diff(want, plan); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	f.synchronization.Watch = settings.Watch{}
	for _, name := range []string{"s1", "s2", ""} {
		if _, err := f.activities().PlanWatch(t.Context(), workflows.WatchInput{Synchronization: name}); err == nil {
			t.Errorf("%q: there is nothing to watch", name)
		}
	}
}

func TestWatchCalendarLeavesNoTrace(t *testing.T) {
	t.Parallel()
	f := newFixture()
	memory := calendartest.NewMemory("watch@example.com")
	f.calendar = memory
	request := workflows.WatchRequest{
		Synchronization: "s1", Place: workflows.Place{Connection: "c1", Provider: "google", Mailbox: "watch@example.com"},
		BegunAt: time.Now().Add(-time.Minute),
	}
	watched, err := f.activities().WatchCalendar(t.Context(), request)
	if err != nil || watched.Trouble != nil || watched.Delay < time.Minute || watched.Delay > time.Hour {
		t.Errorf("%+v, %v", watched, err)
	}
	left, err := memory.Find(t.Context(), "watch@example.com", calendars.WatchKey("s1"))
	if err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
	for name, test := range map[string]struct {
		change func(*workflows.WatchRequest)
		reason string
	}{
		"no such mailbox":    {func(r *workflows.WatchRequest) { r.Place.Mailbox = "nobody@example.com" }, string(calendars.MailboxMissing)},
		"no such connection": {func(r *workflows.WatchRequest) { r.Place.Connection = "c9" }, activities.ReasonUnknownConnection},
	} {
		request := request
		test.change(&request)
		watched, err := f.activities().WatchCalendar(t.Context(), request)
		if err != nil || watched.Trouble == nil || watched.Trouble.Reason != test.reason {
			t.Errorf("%s: %+v, %v", name, watched.Trouble, err)
		}
	}
}

// checkedReader is a source that answers with err.
type checkedReader struct {
	*fixture
	err error
}

func (c checkedReader) Reader(context.Context, string) (figgo.Reader, error) { return c, nil }

func (c checkedReader) LegalEntities(context.Context) ([]figgo.LegalEntity, error) { return nil, c.err }

func TestCheckSourceTellsWhatRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err    error
		reason string
		retry  bool
	}{
		"good":    {nil, "", false},
		"refused": {&figgo.APIError{Status: 401, Code: "invalid_client"}, activities.ReasonSourceRejected, false},
		"busy":    {&figgo.APIError{Status: 503}, "", true},
		"odd":     {errors.New("odd"), "", true},
	} {
		f := newFixture()
		a := f.activities()
		a.Directories = checkedReader{f, test.err}
		watched, err := a.CheckSource(t.Context(), workflows.DailyCheckInput{Source: "demo"})
		reason := ""
		if watched.Trouble != nil {
			reason = watched.Trouble.Reason
		}
		if reason != test.reason || (err != nil) != test.retry {
			t.Errorf("%s: %+v, %v", name, watched.Trouble, err)
		}
	}
}
