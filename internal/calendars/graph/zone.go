package graph

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/mailboxzone"
	"github.com/figgosync/figgosync/internal/calendars/windowszones"
)

// zoneFor is the Windows id of the zone to write the event in: the event's own for
// one with hours, whose moments are the same everywhere; the mailbox's for an
// all-day one, or the event's own where that cannot be told. Its errors are Invalid
// for an event Graph cannot show, Temporary where asking again may help, and ctx's.
// It is no part of the fingerprint, so that a person who changes theirs causes no
// rewrite.
func (c *Calendar) zoneFor(ctx context.Context, mailbox string, event absence.Event) (
	windows string, guess bool, err error,
) {
	if err := checkEvent(event); err != nil {
		return "", false, err
	}
	own, _ := windowszones.FromIANA(event.Zone)
	if !event.AllDay {
		return own, false, nil
	}
	return c.zones.Of(ctx, mailbox, own, func() mailboxzone.Answer { return c.askZone(ctx, mailbox, own) })
}

// askZone reads the zone of the mailbox's working hours. The mailbox's settings are closed
// to an application that has calendars only; its working hours are not
// (learn.microsoft.com/graph/api/calendar-getschedule).
func (c *Calendar) askZone(ctx context.Context, mailbox, own string) mailboxzone.Answer {
	now := time.Now().UTC()
	question := users.NewItemCalendarGetSchedulePostRequestBody()
	question.SetSchedules([]string{mailbox})
	question.SetStartTime(utc(now))
	question.SetEndTime(utc(now.Add(time.Hour)))
	question.SetAvailabilityViewInterval(new(int32(60)))
	ask := c.users.ByUserId(mailbox).Calendar().GetSchedule().PostAsGetSchedulePostResponse
	answer, err := call(ctx, c, request{mailbox: mailbox, operation: "zone"},
		func(ctx context.Context) (schedules, error) {
			return ask(ctx, question, nil)
		})
	if _, passing := errors.AsType[*calendars.Temporary](err); passing {
		return mailboxzone.Answer{Passing: err}
	}
	if err != nil || answer == nil || len(answer.GetValue()) != 1 || answer.GetValue()[0] == nil {
		return mailboxzone.Answer{}
	}
	hours := answer.GetValue()[0].GetWorkingHours()
	if hours == nil || hours.GetTimeZone() == nil || neverSet(hours) {
		return mailboxzone.Answer{Heard: true}
	}
	return mailboxzone.Answer{Zone: zoneName(hours.GetTimeZone(), now.Year(), own), Heard: true}
}

type schedules = users.ItemCalendarGetSchedulePostResponseable

func utc(t time.Time) models.DateTimeTimeZoneable {
	d := models.NewDateTimeTimeZone()
	d.SetDateTime(new(t.Format("2006-01-02T15:04:05")))
	d.SetTimeZone(new("UTC"))
	return d
}

// neverSet tells working hours nobody chose: Exchange's own default, eight to five
// on its makers' clocks, which says nothing of where the person is.
func neverSet(hours models.WorkingHoursable) bool {
	start, end := hours.GetStartTime(), hours.GetEndTime()
	return text(hours.GetTimeZone().GetName()) == "Pacific Standard Time" && start != nil && end != nil &&
		strings.HasPrefix(start.String(), "08:00:00") && strings.HasPrefix(end.String(), "17:00:00")
}

// zoneName is the Windows id of a zone: named, by either kind of name, or told by
// its offsets.
func zoneName(zone models.TimeZoneBaseable, year int, own string) string {
	name := text(zone.GetName())
	if _, ok := windowszones.ToIANA(name); ok {
		return name
	}
	if windows, ok := windowszones.FromIANA(name); ok {
		return windows
	}
	custom, ok := zone.(models.CustomTimeZoneable)
	if !ok || custom.GetBias() == nil {
		return ""
	}
	rules := windowszones.Rules{Bias: int(*custom.GetBias())}
	if standard, daylight := custom.GetStandardOffset(),
		custom.GetDaylightOffset(); standard != nil && daylight != nil {
		rules.Standard, rules.Daylight = change(standard), change(daylight)
		if bias := daylight.GetDaylightBias(); bias != nil {
			rules.Daylight.Bias = int(*bias)
		}
	}
	found, _ := rules.Named(year, own)
	return found
}

// change reads one change of the clocks; the zero one for none.
func change(offset models.StandardTimeZoneOffsetable) windowszones.Change {
	month, occurrence, weekday, at := offset.GetMonth(), offset.GetDayOccurrence(), offset.GetDayOfWeek(),
		offset.GetTime()
	if month == nil || occurrence == nil || weekday == nil || at == nil || *month < 1 || *month > 12 {
		return windowszones.Change{}
	}
	clock, err := time.Parse("15:04:05", strings.SplitN(at.String(), ".", 2)[0])
	if err != nil {
		return windowszones.Change{}
	}
	return windowszones.Change{
		Month: time.Month(*month), Occurrence: int(*occurrence), Weekday: weekdays[*weekday],
		Clock: time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute,
	}
}

var weekdays = map[models.DayOfWeek]time.Weekday{
	models.SUNDAY_DAYOFWEEK: time.Sunday, models.MONDAY_DAYOFWEEK: time.Monday, models.TUESDAY_DAYOFWEEK: time.Tuesday,
	models.WEDNESDAY_DAYOFWEEK: time.Wednesday, models.THURSDAY_DAYOFWEEK: time.Thursday,
	models.FRIDAY_DAYOFWEEK:   time.Friday,
	models.SATURDAY_DAYOFWEEK: time.Saturday,
}
