package google

import (
	"context"
	"time"

	calendar "google.golang.org/api/calendar/v3"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
)

// List implements calendars.Calendar: the events with the constant property of the
// source. Google cannot search for the beginning of a value.
func (c *Calendar) List(ctx context.Context, mailbox, source string) ([]calendars.Listed, error) {
	if err := checkNames(mailbox, calendars.Key{Source: source}); err != nil {
		return nil, err
	}
	found := []calendars.Listed{}
	wanted := search{calendars.PropertySource, source, listFields}
	err := c.search(ctx, mailbox, wanted, func(event *calendar.Event) error {
		key, ok := calendars.ParseKey(propertyKey(event))
		if !ok || key.Source != source {
			return nil
		}
		shown, err := shownOf(event)
		found = append(found, calendars.Listed{Placed: placedOf(event, key), Shown: shown})
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Shown implements calendars.Calendar.
func (c *Calendar) Shown(_ context.Context, _ string, event absence.Event) (calendars.Shown, error) {
	body, err := encode(calendars.Marker{}, event)
	if err != nil {
		return calendars.Shown{}, err
	}
	shown := shownWithoutTimes(body)
	if event.AllDay {
		shown.AllDay, shown.Start, shown.End = true, event.Start.Date.String(), event.End.Date.String()
		return shown, nil
	}
	location, err := time.LoadLocation(event.Zone)
	if err != nil {
		return calendars.Shown{}, &calendars.Invalid{Code: "no-time-zone"}
	}
	shown.Start, shown.End = calendars.Moment(calendars.At(event.Start, location)),
		calendars.Moment(calendars.At(event.End, location))
	return shown, nil
}

// shownOf reads what stands of our own fields in an event with listFields. A timed
// event's times have an offset
// (developers.google.com/workspace/calendar/api/v3/reference/events).
func shownOf(event *calendar.Event) (calendars.Shown, error) {
	shown := shownWithoutTimes(event)
	if event.Start == nil || event.End == nil {
		return shown, mailboxError(errUnexpectedAnswer)
	}
	if shown.AllDay {
		shown.Start, shown.End = event.Start.Date, event.End.Date
		return shown, nil
	}
	start, startErr := time.Parse(time.RFC3339, event.Start.DateTime)
	end, endErr := time.Parse(time.RFC3339, event.End.DateTime)
	if startErr != nil || endErr != nil {
		return shown, mailboxError(errUnexpectedAnswer)
	}
	shown.Start, shown.End = calendars.Moment(start), calendars.Moment(end)
	if first, last, whole := wholeDays(event, start, end); whole {
		shown.AllDay, shown.Start, shown.End = true, first, last
	}
	return shown, nil
}

// wholeDays are the days of an out-of-office event from midnight to midnight in its time
// zone, which is how whole days of it are written.
func wholeDays(event *calendar.Event, start, end time.Time) (first, last string, whole bool) {
	if event.EventType != typeOutOfOffice || event.Start.TimeZone == "" {
		return "", "", false
	}
	location, err := time.LoadLocation(event.Start.TimeZone)
	if err != nil {
		return "", "", false
	}
	start, end = start.In(location), end.In(location)
	// In some zones a day begins at one o'clock when summer time does.
	begins := func(t time.Time) bool { return t.Add(-time.Nanosecond).Day() != t.Day() }
	return start.Format(time.DateOnly), end.Format(time.DateOnly), begins(start) && begins(end)
}

// shownWithoutTimes: what is left out has its default, busy and seen by those who
// see the calendar.
func shownWithoutTimes(event *calendar.Event) calendars.Shown {
	shown := calendars.Shown{
		Title: event.Summary, AllDay: event.Start != nil && event.Start.Date != "",
		ShowAs: event.Transparency, Status: event.Status,
		Private: event.Visibility == visibilityPrivate || event.Visibility == visibilityConfidential,
	}
	if shown.ShowAs == "" {
		shown.ShowAs = transparencyBusy
	}
	return shown
}
