package graph_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

const (
	workday        = `"daysOfWeek":["monday"],"startTime":"09:00:00.0000000","endTime":"18:00:00.0000000"`
	parisByOffsets = `{"@odata.type":"#microsoft.graph.customTimeZone","name":"Customized Time Zone","bias":-60,
		"standardOffset":{"time":"03:00:00.0000000","dayOccurrence":5,"dayOfWeek":"sunday","month":10,"year":0},
		"daylightOffset":{"daylightBias":-60,"time":"02:00:00.0000000","dayOccurrence":5,"dayOfWeek":"sunday","month":3,"year":0}}`
)

func schedule(hours string) string {
	return `{"value":[{"scheduleId":"x","workingHours":{` + hours + `}}]}`
}

// All-day events get the midnights of the mailbox's own zone.
func TestAllDayEventsAreInTheMailboxsZone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   string
		// waits is how many tries are told to come again before that.
		waits int
	}{
		"a Windows name": {always(200, schedule(workday+`,"timeZone":{"name":"Eastern Standard Time"}`)), "Eastern Standard Time", 0},
		"an IANA name":   {always(200, schedule(workday+`,"timeZone":{"name":"America/New_York"}`)), "Eastern Standard Time", 0},
		"offsets":        {always(200, schedule(workday+`,"timeZone":`+parisByOffsets)), "Romance Standard Time", 0},
		"the maker's default": {always(200, schedule(`"startTime":"08:00:00.0000000","endTime":"17:00:00.0000000",
			"timeZone":{"name":"Pacific Standard Time"}`)), "Romance Standard Time", 0},
		"a name nobody knows":   {always(200, schedule(workday+`,"timeZone":{"name":"Middle-earth Standard Time"}`)), "Romance Standard Time", 0},
		"no working hours":      {always(200, `{"value":[{"scheduleId":"x"}]}`), "Romance Standard Time", 0},
		"an error inside":       {always(200, `{"value":[{"scheduleId":"x","error":{"responseCode":"ErrorMailRecipientNotFound"}}]}`), "Romance Standard Time", 0},
		"no schedule":           {always(200, `{"value":[]}`), "Romance Standard Time", 0},
		"refused":               {always(403, graphError("ErrorAccessDenied")), "Romance Standard Time", 0},
		"nothing that is JSON":  {always(200, `<html>`), "Romance Standard Time", 2},
		"the connection closed": {func(w http.ResponseWriter, _ *http.Request) { hangUp(w, false) }, "Romance Standard Time", 2},
	} {
		f := newFake(t, always(201, `{"id":"A"}`))
		f.schedule = test.answer
		cal := f.calendar()
		event := allDay(t, "2026-07-06", "2026-07-08")
		for range test.waits {
			_, err := cal.Create(t.Context(), mailbox, marker, event, "v1")
			if _, passing := errors.AsType[*calendars.Temporary](err); !passing || len(f.requests()) != 0 {
				t.Errorf("%s: %v and %d requests, want another try", name, err, len(f.requests()))
			}
		}
		_, create := cal.Create(t.Context(), mailbox, marker, event, "v1")
		_, update := cal.Update(t.Context(), mailbox, placed, event)
		if create != nil || update != nil {
			t.Errorf("%s: %v, %v", name, create, update)
			continue
		}
		for _, r := range f.requests() {
			got := parse(t, r.Body)
			if got.Start.TimeZone != test.want || got.End.TimeZone != test.want || got.Start.DateTime != "2026-07-06T00:00:00" {
				t.Errorf("%s: %s from %+v to %+v, want midnights in %s", name, r.Method, got.Start, got.End, test.want)
			}
		}
		if f.zoneQuestions() != 1+test.waits {
			t.Errorf("%s: asked %d times, want once a try", name, f.zoneQuestions())
		}
	}
}

// Hours are moments, the same wherever they are shown: nobody asks.
func TestHoursStayInTheEventsZone(t *testing.T) {
	t.Parallel()
	f := newFake(t, always(201, `{"id":"A"}`))
	if _, err := f.calendar().Create(t.Context(), mailbox, marker, timed(t), "v1"); err != nil {
		t.Fatal(err)
	}
	if got := parse(t, f.requests()[0].Body).Start.TimeZone; got != "Romance Standard Time" || f.zoneQuestions() != 0 {
		t.Errorf("%s after %d questions", got, f.zoneQuestions())
	}
}

// The zone is no part of what tells one event from another: a mailbox whose zone
// changes is not written again, and a repeated creation stays the same one.
func TestTheMailboxsZoneChangesNoIdentity(t *testing.T) {
	t.Parallel()
	var ids, prints []string
	for _, zone := range []string{"Eastern Standard Time", "Tokyo Standard Time"} {
		f := newFake(t, always(201, `{"id":"A"}`))
		f.schedule = always(200, schedule(workday+`,"timeZone":{"name":"`+zone+`"}`))
		got, err := f.calendar().Create(t.Context(), mailbox, marker, allDay(t, "2026-07-06", "2026-07-08"), "v1")
		if err != nil {
			t.Fatal(err)
		}
		ids, prints = append(ids, transactionID(t, f.requests()[0].Body)), append(prints, got.Fingerprint)
	}
	event := allDay(t, "2026-07-06", "2026-07-08")
	if ids[0] != ids[1] || prints[0] != prints[1] || prints[0] != calendars.Fingerprint(event) || event.ShowAs != absence.OutOfOffice {
		t.Errorf("transaction ids %q, fingerprints %q", ids, prints)
	}
}
