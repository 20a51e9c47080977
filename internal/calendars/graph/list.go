package graph

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/windowszones"
)

// listPageSize makes maxPages enough for some fifty years of absences; Graph gives
// 1,000 events a page at most (learn.microsoft.com/graph/api/user-list-events).
const listPageSize = int32(250)

// listQuery asks for all events of ours of a source, with what their owner sees of
// our own fields. Times come in UTC, the default.
func listQuery(source string) *users.ItemCalendarEventsRequestBuilderGetRequestConfiguration {
	query := searchQuery(fmt.Sprintf("startswith(ep/value, %s)", quote(calendars.SourcePrefix(source))))
	query.QueryParameters.Select = append(query.QueryParameters.Select,
		"subject", "start", "end", "isAllDay", "originalStartTimeZone", "showAs", "sensitivity")
	query.QueryParameters.Top = new(listPageSize)
	return query
}

// List implements calendars.Calendar. Its answers are as strict as Find's.
func (c *Calendar) List(ctx context.Context, mailbox, source string) ([]calendars.Listed, error) {
	if err := checkMailbox(mailbox); err != nil {
		return nil, err
	}
	var found []calendars.Listed
	err := c.search(ctx, mailbox, listQuery(source), func(event models.Eventable, value string) error {
		key, ok := calendars.ParseKey(value)
		if !ok || key.Source != source { // Graph compares without case
			return nil
		}
		shown, err := shownOf(event)
		found = append(found, calendars.Listed{Placed: decode(event, key), Shown: shown})
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Shown implements calendars.Calendar. An all-day event shows its dates whatever
// the zone it was written in.
func (c *Calendar) Shown(_ context.Context, _ string, event absence.Event) (calendars.Shown, error) {
	if err := checkEvent(event); err != nil {
		return calendars.Shown{}, err
	}
	showAs := freeBusy[event.ShowAs]
	shown := calendars.Shown{
		Title: event.Title, AllDay: event.AllDay, Start: event.Start.Date.String(), End: event.End.Date.String(),
		ShowAs: showAs.String(), Private: event.Private,
	}
	if event.AllDay {
		return shown, nil
	}
	location, err := time.LoadLocation(event.Zone)
	if err != nil {
		return calendars.Shown{}, &calendars.Invalid{Code: "time-zone"}
	}
	shown.Start, shown.End = calendars.Moment(calendars.At(event.Start, location)),
		calendars.Moment(calendars.At(event.End, location))
	return shown, nil
}

// shownOf reads what stands of our own fields in an event that listQuery asked for.
func shownOf(event models.Eventable) (calendars.Shown, error) {
	start, startOK := momentOf(event.GetStart())
	end, endOK := momentOf(event.GetEnd())
	if !startOK || !endOK || event.GetIsAllDay() == nil || event.GetShowAs() == nil || event.GetSensitivity() == nil {
		return calendars.Shown{}, unexpectedAnswer("an event without what it was asked for")
	}
	shown := calendars.Shown{
		Title: text(event.GetSubject()), AllDay: *event.GetIsAllDay(), Start: calendars.Moment(start),
		End:    calendars.Moment(end),
		ShowAs: event.GetShowAs().String(), Private: *event.GetSensitivity() != models.NORMAL_SENSITIVITY,
	}
	if shown.AllDay {
		zone := text(event.GetOriginalStartTimeZone())
		shown.Start, shown.End = dayOf(start, zone), dayOf(end, zone)
	}
	return shown, nil
}

func momentOf(d models.DateTimeTimeZoneable) (time.Time, bool) {
	if d == nil || !strings.EqualFold(text(d.GetTimeZone()), "UTC") {
		return time.Time{}, false
	}
	t, err := time.Parse("2006-01-02T15:04:05.9999999", text(d.GetDateTime()))
	return t, err == nil
}

// dayOf is the date of an all-day event's midnight. Graph writes it as midnight
// whatever the zone asked for
// (github.com/microsoftgraph/microsoft-graph-docs/issues/1802); where it is another
// hour, it is the moment of midnight in the zone the event was made in.
func dayOf(midnight time.Time, windows string) string {
	if midnight.Equal(midnight.Truncate(24 * time.Hour)) {
		return midnight.Format(time.DateOnly)
	}
	if name, ok := windowszones.ToIANA(windows); ok {
		if location, err := time.LoadLocation(name); err == nil {
			return midnight.In(location).Format(time.DateOnly)
		}
	}
	return midnight.Add(12 * time.Hour).Truncate(24 * time.Hour).Format(time.DateOnly)
}
