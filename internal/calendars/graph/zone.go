package graph

import (
	"context"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars/windowszones"
)

// Outlook shows an all-day event on every day its midnights touch in the mailbox's
// own zone: written with another zone's midnights, one day becomes two. So all-day
// events are written in the zone of the mailbox, and only those; the zone is no part
// of an event's fingerprint, so that a person who changes theirs causes no rewrite.
//
// The mailbox's settings are closed to an application that has calendars only. Its
// working hours are not, and they name their zone
// (learn.microsoft.com/graph/api/calendar-getschedule).
const (
	// zoneAge is how long an answer is believed, failedZoneAge how long nobody asks
	// again after a question without one.
	zoneAge       = 24 * time.Hour
	failedZoneAge = 15 * time.Minute
	// manyZones is how many are kept before those that are too old go.
	manyZones = 10_000
)

// mailboxZones remembers the time zones of mailboxes.
type mailboxZones struct {
	mu    sync.Mutex
	known map[string]knownZone // by address in lower case
}

type knownZone struct {
	name  string // the Windows id, "" for unknown
	until time.Time
}

func (z *mailboxZones) get(mailbox string, now time.Time) (name string, known bool) {
	z.mu.Lock()
	defer z.mu.Unlock()
	zone := z.known[strings.ToLower(mailbox)]
	return zone.name, now.Before(zone.until)
}

func (z *mailboxZones) keep(mailbox, name string, until time.Time) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.known == nil {
		z.known = map[string]knownZone{}
	}
	if len(z.known) >= manyZones {
		maps.DeleteFunc(z.known, func(_ string, zone knownZone) bool { return time.Now().After(zone.until) })
	}
	z.known[strings.ToLower(mailbox)] = knownZone{name, until}
}

// zoneFor is the Windows id of the zone to write the event in: the event's own for
// one with hours, whose moments are the same everywhere; the mailbox's for an
// all-day one, or the event's own where that cannot be told. Its errors are Invalid
// for an event Graph cannot show, and ctx's.
func (c *Calendar) zoneFor(ctx context.Context, mailbox string, event absence.Event) (string, error) {
	if err := checkEvent(event); err != nil {
		return "", err
	}
	own, _ := windowszones.FromIANA(event.Zone)
	if !event.AllDay {
		return own, nil
	}
	name, known := c.zones.get(mailbox, time.Now())
	if !known {
		answered, age := false, zoneAge
		name, answered = c.askZone(ctx, mailbox, own)
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if !answered {
			age = failedZoneAge
		}
		c.zones.keep(mailbox, name, time.Now().Add(age))
	}
	if name == "" {
		return own, nil
	}
	return name, nil
}

// askZone reads the zone of the mailbox's working hours, "" when they do not tell it;
// answered is false when nothing was heard of it.
func (c *Calendar) askZone(ctx context.Context, mailbox, own string) (name string, answered bool) {
	now := time.Now().UTC()
	question := users.NewItemCalendarGetSchedulePostRequestBody()
	question.SetSchedules([]string{mailbox})
	question.SetStartTime(utc(now))
	question.SetEndTime(utc(now.Add(time.Hour)))
	question.SetAvailabilityViewInterval(new(int32(60)))
	ask := c.users.ByUserId(mailbox).Calendar().GetSchedule().PostAsGetSchedulePostResponse
	answer, err := call(ctx, c, request{mailbox: mailbox, operation: "zone"}, func(ctx context.Context) (schedules, error) {
		return ask(ctx, question, nil)
	})
	if err != nil || answer == nil || len(answer.GetValue()) != 1 || answer.GetValue()[0] == nil {
		return "", false
	}
	hours := answer.GetValue()[0].GetWorkingHours()
	if hours == nil || hours.GetTimeZone() == nil || neverSet(hours) {
		return "", true
	}
	return zoneName(hours.GetTimeZone(), now.Year(), own), true
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
	if standard, daylight := custom.GetStandardOffset(), custom.GetDaylightOffset(); standard != nil && daylight != nil {
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
	month, occurrence, weekday, at := offset.GetMonth(), offset.GetDayOccurrence(), offset.GetDayOfWeek(), offset.GetTime()
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
	models.WEDNESDAY_DAYOFWEEK: time.Wednesday, models.THURSDAY_DAYOFWEEK: time.Thursday, models.FRIDAY_DAYOFWEEK: time.Friday,
	models.SATURDAY_DAYOFWEEK: time.Saturday,
}
