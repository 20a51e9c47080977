package ews

import (
	"context"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/windowszones"
)

// List implements calendars.Calendar. It speaks Exchange 2013's schema where it can:
// older ones have no word for WorkingElsewhere.
func (c *Calendar) List(ctx context.Context, mailbox, source string) ([]calendars.Listed, error) {
	if err := checkTarget(opFind, mailbox, calendars.Key{Source: source}); err != nil {
		return nil, err
	}
	var found []calendars.Listed
	build := func(offset int) findItem { return newListItems(source, offset) }
	err := c.search(ctx, mailbox, exchange2013, build, func(item answerItem) error {
		key, ok := calendars.ParseKey(item.property(calendars.PropertyKey))
		if !ok || key.Source != source {
			return nil
		}
		placed, ok := item.placed(key)
		if !ok {
			return nil
		}
		shown, err := item.shown()
		found = append(found, calendars.Listed{Placed: placed, Shown: shown})
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Shown implements calendars.Calendar. FindItem tells moments and not the zone they
// were written in, so the midnights of an all-day event become the nearest days of
// UTC. That is the day before east of UTC+12, here and in List alike.
func (c *Calendar) Shown(ctx context.Context, mailbox string, event absence.Event) (calendars.Shown, error) {
	windows, _, err := c.zoneFor(ctx, opFind, mailbox, event)
	if err != nil {
		return calendars.Shown{}, err
	}
	zone := event.Zone
	if name, ok := windowszones.ToIANA(windows); ok && event.AllDay {
		zone = name
	}
	start, end := event.Start, event.End
	if event.AllDay {
		start.Clock, end.Clock = 0, 0
	}
	shown := calendars.Shown{
		Title: subject(event.Title), AllDay: event.AllDay, Private: event.Private,
		ShowAs: freeBusyOf(event, c.versions.highest(mailbox, exchange2013)),
	}
	location, err := time.LoadLocation(zone)
	if err != nil {
		return calendars.Shown{}, invalid(opFind, "zone")
	}
	shown.Start, shown.End = boundary(calendars.At(start, location), event.AllDay),
		boundary(calendars.At(end, location), event.AllDay)
	return shown, nil
}

func boundary(t time.Time, allDay bool) string {
	if allDay {
		return t.UTC().Add(12 * time.Hour).Format(time.DateOnly)
	}
	return calendars.Moment(t)
}

// shown reads what stands of our own fields in an item that newListItems asked for.
func (i answerItem) shown() (calendars.Shown, error) {
	start, startErr := time.Parse(time.RFC3339, i.Start)
	end, endErr := time.Parse(time.RFC3339, i.End)
	if startErr != nil || endErr != nil || i.AllDay == nil || i.FreeBusy == "" || i.Sensitivity == "" {
		return calendars.Shown{}, temporary(opFind, codeUnreadable)
	}
	return calendars.Shown{
		Title: i.Subject, AllDay: *i.AllDay, Start: boundary(start, *i.AllDay), End: boundary(end, *i.AllDay),
		ShowAs: i.FreeBusy, Private: i.Sensitivity != "Normal",
	}, nil
}
